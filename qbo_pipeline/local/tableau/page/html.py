"""The page and the rows of a table as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from qbo_pipeline.local.cards import requests_card, section, steered_card, table
from qbo_pipeline.local.tableau.page.status import DataSourceStatus, SiteStatus, Status

REFRESH_MILLISECONDS = 3000
ROWS = 100
VIEWS = 3
"""Of a workbook, that are named."""

_FRAME = Template((Path(__file__).parent / "frame.html").read_text(encoding="utf-8"))
_NOTHING = (
    '<p class="soft">Publish the books: <code>qbo-pipeline tableau publish</code>. '
    "What arrives is seen here as it comes.</p>"
)
_FLAVOURS = {"server": "Tableau Server", "cloud": "Tableau Cloud"}


def status_page(status: Status) -> str:
    """The front page. It renews itself, and says so when the service is gone."""
    sections = _figures(status)
    for site in status.sites:
        sections.extend(_site(site, several=len(status.sites) > 1))
    sections.extend(_deliveries(status))
    sections.extend([_requests(status), steered_card(status.faults, status.switches, _cell)])
    subtitle = f"stands in for {_FLAVOURS[status.flavour]}, REST API {escape(status.version)}"
    return page("Local Tableau", subtitle, "".join(sections))


def rows_page(identity: str, name: str, table: str, kept: dict[str, Any], offset: int) -> str:
    """A hundred rows of a table, in the order of its file."""
    rows = [[row[column] for column in kept["columns"]] for row in kept["rows"]]
    address = f"/datasources/{identity}/tables/{quote(table, safe='')}"
    before = f'<a href="{address}?offset={max(0, offset - ROWS)}">before</a>' if offset else ""
    after = f'<a href="{address}?offset={offset + ROWS}">after</a>' if offset + len(rows) < kept["count"] else ""
    shown = f"{offset + 1:,} to {offset + len(rows):,} of {kept['count']:,}" if rows else "no rows"
    body = f'<div class="scroll">{_table(kept["columns"], rows)}</div><nav>{before}{after}</nav>'
    heading = f"{escape(table)} <small>{shown}, as they lie in the .hyper file</small>"
    return page(f"{table}, Local Tableau", escape(name), section("wide", heading, body))


def page(title: str, subtitle: str, main: str) -> str:
    """A whole document."""
    return _FRAME.substitute(title=escape(title), subtitle=subtitle, main=main, milliseconds=REFRESH_MILLISECONDS)


def _requests(status: Status) -> str:
    counts = (((endpoint or "other").replace("_", " "), code, count) for endpoint, code, count in status.requests)
    return requests_card(counts, status.refused, _cell)


def _figures(status: Status) -> list[str]:
    sources = [source for site in status.sites for source in site.data_sources]
    requests = sum(count for _, _, count in status.requests)
    failed = sum(count for _, code, count in status.requests if code >= 400)
    clock = f"{datetime.fromtimestamp(status.now, UTC):%Y-%m-%d %H:%M:%S}"
    ahead = f"{status.clock_ahead:+,.0f} s" if status.clock_ahead else "UTC"
    return [
        section("figure", "Data sources", f"<b>{len(sources):,}</b>"),
        section("figure", "Rows", f"<b>{sum(source.rows for source in sources):,}</b>"),
        section("figure", "Requests", f'<b>{requests:,}</b><span class="soft">{failed:,} refused or failed</span>'),
        section("figure", "Clock", f'<b>{clock[11:]}</b><span class="soft">{clock[:10]}, {ahead}</span>'),
    ]


def _site(site: SiteStatus, *, several: bool) -> list[str]:
    made = []
    if several:
        shown = f"contentUrl {escape(site.content_url)}" if site.content_url else "default site"
        made.append(f'<h2 class="site">{escape(site.name)} <small>{shown}</small></h2>')
    made.extend(_data_source(source) for source in site.data_sources)
    if not site.data_sources and not several:
        made.append(section("wide", "No data source yet", _NOTHING))
    made.append(_jobs(site))
    if site.workbooks:
        rows = [
            [
                one.name,
                one.project,
                ", ".join(one.data_sources) or ("an extract of its own" if one.has_extracts else ""),
                _moment(one.updated),
                _moment(one.refreshed),
                ", ".join(one.views[:VIEWS])
                + (f" and {len(one.views) - VIEWS} more" if len(one.views) > VIEWS else ""),
            ]
            for one in site.workbooks
        ]
        names = ["workbook", "project", "connected to", "published", "refreshed", "views"]
        made.append(section("wide workbooks", "Workbooks", f'<div class="scroll">{_table(names, rows)}</div>'))
    if site.webhooks:
        hooks = [
            [one.name, one.event, one.url, "" if one.enabled else "off", one.delivered, one.failed]
            for one in site.webhooks
        ]
        names = ["webhook", "event", "to", "", "delivered", "given up"]
        made.append(section("webhooks", "Webhooks", f'<div class="scroll">{_table(names, hooks)}</div>'))
    return made


def _data_source(one: DataSourceStatus) -> str:
    listed = "".join(
        f'<li><a href="/datasources/{one.id}/tables/{quote(table.name, safe="")}">{escape(table.name)}</a>'
        f'<span class="{"" if table.rows else "soft"}">{table.rows:,}</span></li>'
        for table in one.tables
    )
    kind = "live to Hyper" if one.live else f"extract of {one.type}"
    told = (
        f"{one.rows:,} rows in {len(one.tables)} tables, {escape(kind)}, {one.bytes / 1024 / 1024:,.1f} MB, "
        f"project {escape(one.project)}, publication {one.revision}, changed {_moment(one.updated)}"
    )
    body = f'<ul class="tables">{listed}</ul>' if listed else '<p class="soft">It holds no rows here.</p>'
    return section("wide tables", f"{escape(one.name)} <small>{told}</small>", body)


def _jobs(site: SiteStatus) -> str:
    used = f"{site.job_count:,} in all, {site.tasks:,} refresh tasks"
    if site.refreshes_last_hour or site.publishes_last_hour:
        used += f"; last hour {site.refreshes_last_hour} refreshes, {site.publishes_last_hour} publications"
    rows = [
        [
            one.type.replace("_", " "),
            one.target,
            one.status,
            _moment(one.started),
            "" if one.seconds is None else f"{one.seconds:,.1f} s",
            one.notes,
        ]
        for one in site.jobs
    ]
    names = ["job", "of", "status", "started", "took", "notes"]
    body = f'<div class="scroll">{_table(names, rows)}</div>' if rows else '<p class="soft">None yet.</p>'
    return section("wide jobs", f"Jobs <small>{used}</small>", body)


def _deliveries(status: Status) -> list[str]:
    if not status.deliveries:
        return []
    rows = [
        [one["event"], _moment(one["created"]), one["tries"], "" if one["status"] is None else str(one["status"])]
        for one in status.deliveries
    ]
    return [section("deliveries", "Last events told", _table(["event", "at", "tries", "answer"], rows))]


def _moment(at: float | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    return table(names, rows, _cell, (str, date))


def _cell(value: Any) -> str:
    match value:
        case None:
            return '<span class="blank">null</span>'
        case bool():
            return escape(str(value))
        case str():
            return f'<span class="bad">{escape(value)}</span>' if value == "Failed" else escape(value)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case date():
            return f"{value:%Y-%m-%d}"
        case int():
            return f"{value:,}"
        case bytes():
            return f"{len(value):,} bytes"
    return escape(f"{value:,}") if hasattr(value, "as_tuple") or isinstance(value, float) else escape(str(value))
