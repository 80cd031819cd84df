"""The page and the rows of a table as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from qbo_pipeline.local.cards import requests_card, section, steered_card, table
from qbo_pipeline.local.power_bi.page.status import DatasetStatus, Status

REFRESH_MILLISECONDS = 3000
ROWS = 100

_FRAME = Template((Path(__file__).parent / "frame.html").read_text(encoding="utf-8"))
_NOTHING = (
    '<p class="soft">Publish the books: <code>qbo-pipeline power-bi publish</code>. '
    "What arrives is seen here as it comes.</p>"
)


def status_page(status: Status, charts: dict[str, list[tuple[str, str]]]) -> str:
    """The front page; `charts` has title and SVG by dataset. It renews itself, and says so when the service is gone."""
    sections = _figures(status)
    for dataset in status.datasets:
        sections.extend(_dataset(dataset, charts.get(dataset.id, [])))
    if not status.datasets:
        sections.append(section("wide", "No dataset yet", _NOTHING))
    sections.extend(_mirrored(status))
    sections.append(_requests(status))
    sections.append(steered_card(status.faults, status.switches, _cell))
    return page("Local Power BI", "stands in for Power BI and Fabric", "".join(sections))


def rows_page(dataset: str, name: str, table: str, kept: dict[str, Any], offset: int) -> str:
    """A hundred rows of a table, the newest first."""
    names = ["Batch of the service", *kept["columns"]]
    rows = [
        [str(batch), *(row[column] for column in kept["columns"])]
        for batch, row in zip(kept["batches"], kept["rows"], strict=True)
    ]
    address = f"/datasets/{dataset}/tables/{quote(table)}"
    newer = f'<a href="{address}?offset={max(0, offset - ROWS)}">newer</a>' if offset else ""
    older = f'<a href="{address}?offset={offset + ROWS}">older</a>' if offset + len(rows) < kept["count"] else ""
    shown = f"{offset + 1:,} to {offset + len(rows):,} of {kept['count']:,}" if rows else "no rows"
    body = f'<div class="scroll">{_table(names, rows)}</div><nav>{newer}{older}</nav>'
    heading = f"{escape(table)} <small>{shown}, newest first</small>"
    return page(f"{table}, Local Power BI", escape(name), section("wide", heading, body))


def page(title: str, subtitle: str, main: str) -> str:
    """A whole document."""
    return _FRAME.substitute(title=escape(title), subtitle=subtitle, main=main, milliseconds=REFRESH_MILLISECONDS)


def _requests(status: Status) -> str:
    counts = ((endpoint or "other", code, count) for endpoint, code, count in status.requests)
    return requests_card(counts, status.refused, _cell)


def _figures(status: Status) -> list[str]:
    rows = sum(dataset.rows for dataset in status.datasets)
    requests = sum(count for _, _, count in status.requests)
    failed = sum(count for _, code, count in status.requests if code >= 400)
    clock = f"{datetime.fromtimestamp(status.now, UTC):%Y-%m-%d %H:%M:%S}"
    ahead = f"{status.clock_ahead:+,.0f} s" if status.clock_ahead else "UTC"
    return [
        section("figure", "Datasets", f"<b>{len(status.datasets):,}</b>"),
        section("figure", "Rows", f"<b>{rows:,}</b>"),
        section("figure", "Requests", f'<b>{requests:,}</b><span class="soft">{failed:,} refused or failed</span>'),
        section("figure", "Clock", f'<b>{clock[11:]}</b><span class="soft">{clock[:10]}, {ahead}</span>'),
    ]


def _dataset(dataset: DatasetStatus, charts: Sequence[tuple[str, str]]) -> list[str]:
    heading = (
        f'<h2 class="dataset">{escape(dataset.name)} <small>{dataset.rows:,} rows in {len(dataset.tables)} tables, '
        f"{dataset.relationships} relationships, retention {escape(dataset.retention)}</small></h2>"
    )
    listed = "".join(
        f'<li><a href="/datasets/{dataset.id}/tables/{quote(table.name)}">{escape(table.name)}</a>'
        f'<span class="{"" if table.rows else "soft"}">{table.rows:,}</span></li>'
        for table in dataset.tables
    )
    batches = [
        [
            str(one.number),
            one.table,
            f"{datetime.fromtimestamp(one.at, UTC):%H:%M:%S}",
            one.rows,
            f"{one.bytes / 1024:,.0f} KB",
            "" if one.sequence is None else str(one.sequence),
            "" if one.seen else "not seen yet",
        ]
        for one in dataset.batches
    ]
    used = (
        f"{dataset.posts_last_minute:,} requests in the last minute, {dataset.rows_last_hour:,} rows in the last hour"
    )
    names = ["batch", "table", "at", "rows", "size", "sequence", ""]
    return [
        heading,
        *(section("chart", escape(title), picture) for title, picture in charts),
        section("tables", "Tables", f'<ul class="tables">{listed}</ul>'),
        section(
            "batches", f"Last batches <small>{used}</small>", f'<div class="scroll">{_table(names, batches)}</div>'
        ),
    ]


def _mirrored(status: Status) -> list[str]:
    return [
        section(
            "wide",
            f"{escape(one['name'])} <small>mirrored database, {escape(one['status'])}</small>",
            '<div class="scroll">'
            + _table(
                ["table", "status", "rows that came", "error"],
                [[table["name"], table["status"], table["rows"], table["error"] or ""] for table in one["tables"]],
            )
            + "</div>",
        )
        for one in status.mirrored
    ]


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    return table(names, rows, _cell)


def _cell(value: Any) -> str:
    match value:
        case None:
            return '<span class="blank">blank</span>'
        case bool() | str():
            return escape(str(value))
        case datetime():
            return f"{value:%Y-%m-%d}" if value.time() == datetime.min.time() else f"{value:%Y-%m-%d %H:%M:%S}"
        case int():
            return f"{value:,}"
    return escape(f"{value:,}")
