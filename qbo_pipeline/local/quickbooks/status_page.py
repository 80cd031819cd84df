"""The page on the root of the service: what a person wants to see while it is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from html import escape

from qbo_pipeline.local.quickbooks.limits import Limits
from qbo_pipeline.local.quickbooks.status import Change, CompanyStatus, Status

REFRESH_MILLISECONDS = 2000

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>
<circle cx='4.5' cy='4.5' r='4' fill='%232b8a1e'/></svg>">
<title>Local QuickBooks</title><style>
:root {{ color-scheme: light dark; --ink: light-dark(#1d2b24, #e4ebe7); --soft: light-dark(#5d6b64, #93a39b);
  --paper: light-dark(#f3f6f4, #121815); --card: light-dark(#fff, #1b231f); --line: light-dark(#e2e8e4, #2c3731);
  --green: light-dark(#2b8a1e, #6fce61); --red: light-dark(#b3261e, #ff8a80); --amber: light-dark(#8a5a00, #ffc46b); }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }}
header, main {{ max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }}
header {{ display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 1rem; padding-top: 1.75rem; }}
h1 {{ font-size: 1.4rem; margin: 0; }} h1::before {{ content: ""; display: inline-block; width: .7em; height: .7em;
  border-radius: 50%; background: var(--green); margin-right: .5em; }}
.stale h1::before {{ background: var(--red); }} #gone {{ display: none; color: var(--red); }}
.stale #gone {{ display: inline; }}
h2 {{ font-size: 1rem; margin: 0 0 .6rem; display: flex; flex-wrap: wrap; gap: 0 .6rem; align-items: baseline; }}
small, .soft {{ color: var(--soft); font-weight: 400; font-size: .85rem; }}
main {{ display: grid; grid-template-columns: repeat(12, 1fr); gap: 1rem; padding-block: 1.25rem 3rem; }}
section {{ background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.1rem;
  grid-column: span 6; min-width: 0; overflow-x: auto; }}
section.figure {{ grid-column: span 3; }} section.wide {{ grid-column: 1 / -1; }}
section.figure b {{ display: block; font-size: 1.8rem; line-height: 1.2; font-variant-numeric: tabular-nums; }}
@media (max-width: 52rem) {{ section, section.figure {{ grid-column: 1 / -1; }} }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
th {{ text-align: left; color: var(--soft); font-weight: 400; font-size: .85rem; }}
th, td {{ padding: .22rem .75rem .22rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }}
td.label {{ white-space: normal; overflow-wrap: anywhere; width: 99%; }}
tr:last-child td {{ border-bottom: 0; }} .number {{ text-align: right; padding-right: 0; padding-left: .75rem; }}
ul.counts {{ columns: 3 10rem; column-gap: 1.5rem; list-style: none; margin: 0; padding: 0; font-size: .88rem; }}
ul.counts li {{ display: flex; justify-content: space-between; gap: .5rem; padding: .08rem 0; break-inside: avoid; }}
.created {{ color: var(--green); }} .deleted, .bad {{ color: var(--red); }} .voided {{ color: var(--amber); }}
svg {{ display: block; width: 100%; height: 2.6rem; fill: var(--green); }}
</style></head><body>
<header><h1>Local QuickBooks</h1><span class="soft">stands in for QuickBooks Online</span>
<span id="gone">does not answer any more</span></header>
<main>{main}</main>
<script>
setInterval(async () => {{
  try {{
    const answer = await fetch(location);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("main").replaceWith(page.querySelector("main"));
    document.body.classList.remove("stale");
  }} catch {{ document.body.classList.add("stale"); }}
}}, {milliseconds});
</script></body></html>"""


_IMPORT = '<p class="soft">Load one from API JSON: <code>qbo-pipeline local import &lt;folder&gt;</code></p>'


def status_page(status: Status) -> str:
    """The status as HTML. It renews itself every two seconds, and says so when the service is gone."""
    names = {company.realm_id: company.name for company in status.companies}
    sections = [
        *_figures(status),
        *([_company(company) for company in status.companies] or [_section("wide", "No company yet", _IMPORT)]),
        _requests(status),
        _faults(status),
        *_limits_left(status),
        _webhooks(status),
        _changes(status.changes, names),
    ]
    return _PAGE.format(main="".join(sections), milliseconds=REFRESH_MILLISECONDS)


def _figures(status: Status) -> list[str]:
    records = sum(sum(company.records.values()) for company in status.companies)
    requests = sum(one.count for one in status.requests)
    refused = sum(one.count for one in status.requests if one.status >= 400)
    bars = "".join(
        f'<rect x="{place * 4}" y="{40 - height}" width="3" height="{height}"/>'
        for place, height in enumerate(_heights(status.per_second))
    )
    return [
        _section("figure", "Companies", f"<b>{len(status.companies):,}</b>"),
        _section("figure", "Records", f"<b>{records:,}</b>"),
        _section("figure", "Requests", f'<b>{requests:,}</b><span class="soft">{refused:,} refused</span>'),
        _section(
            "figure",
            "Last minute",
            f'<svg viewBox="0 0 240 40" preserveAspectRatio="none" role="img" '
            f'aria-label="requests a second">{bars}</svg><span class="soft">{sum(status.per_second):,} requests, '
            f"at most {max(status.per_second, default=0):,} a second</span>",
        ),
    ]


def _heights(per_second: list[int]) -> list[int]:
    """Of bars, in a picture forty high; a single request is seen too."""
    highest = max(per_second, default=0)
    return [max(1, 40 * count // highest) if count else 0 for count in per_second]


def _company(company: CompanyStatus) -> str:
    listed = "".join(
        f'<li><span>{escape(entity)}</span><span class="count">{count:,}</span></li>'
        for entity, count in company.records.items()
    )
    gone = f"{company.deleted:,} deleted" if company.deleted else ""
    total = sum(company.records.values())
    aside = f"<small>{escape(company.realm_id)}</small><small>{total:,} records</small><small>{gone}</small>"
    return _section("company", company.name, f'<ul class="counts">{listed}</ul>', aside)


def _requests(status: Status) -> str:
    counts: dict[str, dict[int, int]] = defaultdict(dict)
    for one in status.requests:
        counts[one.kind][one.status] = one.count
    codes = sorted({one.status for one in status.requests})
    head = "".join(f'<th class="number{" bad" if code >= 400 else ""}">{code}</th>' for code in codes)
    rows = "".join(
        f"<tr><td>{escape(kind)}</td>"
        + "".join(f'<td class="number">{found[code]:,}</td>' if code in found else "<td></td>" for code in codes)
        + "</tr>"
        for kind, found in counts.items()
    )
    body = f"<table><tr><th>Kind</th>{head}</tr>{rows}</table>" if rows else _nothing("No request yet.")
    return _section("", "Requests by kind and status", body)


def _faults(status: Status) -> str:
    rows = "".join(
        f'<tr><td>{escape(one.kind)}</td><td class="label">{escape(one.match) or "every request"}</td>'
        f'<td class="number">{one.struck:,}{"" if one.times is None else f" of {one.times:,}"}</td></tr>'
        for one in status.faults
    )
    slow = f"<p>Every request takes {status.latency:g} s at least.</p>" if status.latency else ""
    table = f'<table><tr><th>Fault</th><th>Strikes</th><th class="number">Struck</th></tr>{rows}</table>'
    return _section("", "Faults on", (table if rows else _nothing("None.")) + slow)


_LIMITS: tuple[tuple[str, str, Callable[[Limits], int]], ...] = (
    ("This second", "second", lambda limits: limits.per_second),
    ("This minute", "minute", lambda limits: limits.per_minute),
    ("Batches this minute", "batches", lambda limits: limits.batches_per_minute),
    ("Reports this minute", "reports", lambda limits: limits.reports_per_minute),
    ("Reads this month", "month", lambda limits: limits.reads_per_month),
)
"""Title, what is left of it (`LimitsLeft`), all of it."""


def _limits_left(status: Status) -> list[str]:
    limits = status.limits
    rows = "".join(
        f'<tr><td class="label">{escape(company.name)}</td>'
        + "".join(_left(getattr(company.left, name), of(limits)) for _, name, of in _LIMITS)
        + "</tr>"
        for company in status.companies
        if company.left is not None
    )
    if not rows:
        return []
    head = "<tr><th>Company</th>" + "".join(f'<th class="number">{title}</th>' for title, _, _ in _LIMITS) + "</tr>"
    aside = "<small>the month is of all companies together</small>" if limits.metered else ""
    return [_section("wide limits", "Limits left", f"<table>{head}{rows}</table>", aside)]


def _left(left: int | None, whole: int) -> str:
    if left is None:
        return '<td class="number soft">not metered</td>'
    return f'<td class="number{"" if left else " bad"}">{left:,} <small>of {whole:,}</small></td>'


def _webhooks(status: Status) -> str:
    rows = "".join(
        f'<tr><td class="label">{escape(one.url)}</td><td class="number">{one.delivered:,}</td>'
        f'<td class="number">{one.pending:,}</td><td class="number{" bad" if one.attempts else ""}">'
        f'{escape(one.answer)}</td><td class="number">{escape(one.next_attempt[11:19])}</td></tr>'
        for one in status.webhooks
    )
    titles = ("Delivered", "Waiting", "Last answer", "Next attempt")
    numbers = "".join(f'<th class="number">{title}</th>' for title in titles)
    head = f"<tr><th>Endpoint</th>{numbers}</tr>"
    return _section("wide", "Webhooks", f"<table>{head}{rows}</table>" if rows else _nothing("Nobody has subscribed."))


def _changes(changes: list[Change], names: dict[str, str]) -> str:
    rows = "".join(
        f"<tr><td>{escape(one.at[:10])} {escape(one.at[11:19])}</td><td>{escape(names.get(one.realm_id, ''))}</td>"
        f'<td class="{escape(one.what)}">{escape(one.what)}</td><td>{escape(one.entity)} {escape(one.id)}</td>'
        f'<td class="label">{escape(one.label)}</td></tr>'
        for one in changes
    )
    head = "<tr><th>Pacific time</th><th>Company</th><th></th><th>Record</th><th>Number or name</th></tr>"
    body = f"<table>{head}{rows}</table>" if rows else _nothing("Nothing happened yet.")
    return _section("wide", "Latest changes", body)


def _section(kind: str, title: str, body: str, aside: str = "") -> str:
    return f'<section class="{kind}"><h2>{escape(title)}{aside}</h2>{body}</section>'


def _nothing(text: str) -> str:
    return f'<p class="soft">{text}</p>'
