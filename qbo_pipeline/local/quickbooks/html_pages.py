"""The page a person connects a company on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 3rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; }}
label {{ display: block; padding: .6rem .8rem; border: 1px solid #8886; border-radius: .5rem; margin: .5rem 0; }}
button {{ font: inherit; padding: .6rem 1.6rem; border: 0; border-radius: .5rem; background: #2ca01c; color: #fff; }}
p.note {{ color: #777; }}
</style></head><body>{body}</body></html>"""


def connect_page(companies: Iterable[tuple[str, str]], hidden: Mapping[str, str]) -> str:
    """Choose a company and click Connect."""
    choices = "".join(
        f'<label><input type="radio" name="realm" value="{escape(realm)}" {"checked" if index == 0 else ""}> '
        f"{escape(name)} <small>({escape(realm)})</small></label>"
        for index, (realm, name) in enumerate(companies)
    )
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden.items()
    )
    body = (
        "<h1>Connect a company</h1><p>The pipeline asks to read the books of a company.</p>"
        f'<form method="post" action="/connect/oauth2">{choices or "<p>There is no company yet.</p>"}{fields}'
        '<p><button name="answer" value="connect">Connect</button></p></form>'
        '<p class="note">Local QuickBooks: stands in for the real sign-in and consent pages.</p>'
    )
    return _FRAME.format(title="Connect a company", body=body)
