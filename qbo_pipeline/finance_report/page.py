"""A report as one HTML file that needs nothing beside itself: no network, and for the statements no script."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import UTC
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from qbo_pipeline.finance_report.amounts import cents, money, percent, ratio
from qbo_pipeline.finance_report.books import pack
from qbo_pipeline.finance_report.charts import draw_charts
from qbo_pipeline.finance_report.figures import Line, Report
from qbo_pipeline.finance_report.periods import day
from qbo_pipeline.finance_report.reading import PARTIES
from qbo_pipeline.finance_report.terminal import cell, headline_figure
from qbo_pipeline.finance_report.wording import BUCKET_TITLES, provenance, tie_out


def render_page(report: Report) -> str:
    """The whole page."""
    report = replace(report, receivable=report.receivable.shortened(PARTIES), payable=report.payable.shortened(PARTIES))
    positions = {account: place for place, account in enumerate(report.accounts)}

    def numbers(line: Line) -> str:
        return " ".join(str(positions[one]) for one in line.accounts)

    script = _file("page.js")
    found = report.tie_out
    environment = Environment(
        loader=FunctionLoader(_file),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    synced, closed = report.company.synced_at, report.company.books_closed_until
    return environment.get_template("page.html.j2").render(
        report=report,
        as_of=day(report.periods.as_of),
        synced="never" if synced is None else f"{day(synced)}, {synced:%H:%M} UTC",
        closed=None if closed is None else day(closed),
        proof=tie_out(found, report.basis),
        proof_class="unknown" if not found.compared else "ties" if found.ties else "differs",
        provenance=provenance(report),
        written_at=f"{day(report.written_at)}, {report.written_at.astimezone(UTC):%H:%M}",
        charts=draw_charts(report),
        bucket_titles=BUCKET_TITLES,
        books=pack(report, positions),
        style=_file("page.css"),
        script=script,
        script_hash=f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}",
        positions=numbers,
        cell=cell,
        cents=cents,
        money=money,
        percent=percent,
        ratio=ratio,
        headline_figure=headline_figure,
    )


def _file(name: str) -> str:
    return (files("qbo_pipeline.finance_report") / "templates" / name).read_text(encoding="utf-8")
