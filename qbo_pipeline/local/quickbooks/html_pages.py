"""The two pages a person sees: Connect, and what the service holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 3rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; }} h2 {{ font-size: 1.1rem; margin-top: 2rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; }}
td.number {{ text-align: right; font-variant-numeric: tabular-nums; }}
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


def status_page(
    companies: Iterable[tuple[str, str, Mapping[str, int]]], requests: int, now: str, faults: Iterable[str]
) -> str:
    """Companies with their rows, requests answered, faults asked for."""
    sections = "".join(
        f"<h2>{escape(name)} <small>{escape(realm)}</small></h2><table><tr><th>Entity</th><th>Records</th></tr>"
        + "".join(f'<tr><td>{entity}</td><td class="number">{count:,}</td></tr>' for entity, count in counts.items())
        + "</table>"
        for realm, name, counts in companies
    )
    listed = "".join(f"<li>{escape(one)}</li>" for one in faults)
    body = (
        f"<h1>Local QuickBooks</h1><p>{requests:,} requests answered. Its clock says {escape(now)}.</p>"
        + (f"<h2>Faults</h2><ul>{listed}</ul>" if listed else "")
        + (sections or "<p>There is no company yet.</p>")
    )
    return _FRAME.format(title="Local QuickBooks", body=body)
