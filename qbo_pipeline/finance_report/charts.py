"""The charts of a report: declared with Altair, drawn here as SVG without a script.

Colours are variables of the page's stylesheet, so that one drawing serves light, dark and paper. Charts that are wide
on a desk are drawn twice, the second time for phones and paper, so that letters have the same size everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import altair
import vl_convert

from qbo_pipeline.finance_report.amounts import money, short
from qbo_pipeline.finance_report.figures import Aging, MonthFigures, Ranking, Report, Statement
from qbo_pipeline.finance_report.periods import day, is_month_end
from qbo_pipeline.finance_report.wording import BUCKET_TITLES

SEVENTH, HALF, FIFTH, THIRD = (7, 614), (6, 518), (5, 421), (4, 325)
"""Columns of twelve that a chart takes on the page, and its width in pixels there."""
NARROW = 330
"""Width in pixels on a phone, and on half a sheet of paper."""
_HEIGHT = 215
_LETTERS = 11
_BAR = 23
_VARIANCES = 8

Draw = Callable[[int], altair.LayerChart]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart on the page."""

    key: str
    title: str
    aside: str
    told: str
    """What it shows, for who cannot see it."""
    span: int
    """Columns of twelve."""
    wide: str
    """SVG for a desk."""
    narrow: str
    """SVG for a phone and for paper; empty where the wide one is no wider."""
    legend: tuple[tuple[str, str], ...] = ()
    """Name and colour of each series."""


def draw_charts(report: Report) -> list[Drawn]:
    """The charts of a report, in the order they are looked at. What has no figures is left out."""
    return list(_charts(report))


def _charts(report: Report) -> Iterator[Drawn]:
    currency, when, months = report.company.currency, report.periods, report.months
    so_far = "" if is_month_end(when.as_of) else f", until {day(when.as_of)}"
    yield _drawn(
        "months", "Income and costs by month", currency + so_far, _months_told(months), SEVENTH, _months(months),
        (("Income", "var(--income)"), ("Costs", "var(--costs)"), ("Net income", "var(--result)")),
    )  # fmt: skip
    yield _drawn("cash", "Cash", f"{currency}, at the end of each month", _cash_told(months), FIFTH, _cash(months))
    agings = [one for one in (report.receivable, report.payable) if one.parties]
    width = THIRD if report.budget and len(agings) == 2 else HALF
    for aging in agings:
        aside = f"{currency} by days overdue, {day(aging.as_of)}"
        yield _drawn(aging.key, aging.title, aside, _aging_told(aging), width, _aging(aging))
    if report.budget:
        aside = f"{currency}, {report.budget.when}; favourable to the right"
        told = _variances_told(report.budget)
        yield _drawn("budget", "Budget variance", aside, told, width, _variances(report.budget))
    for key, ranking in (("customers", report.customers), ("vendors", report.vendors)):
        if ranking.first:
            aside = f"{currency}, {when.year.label}"
            colour = "var(--income)" if key == "customers" else "var(--costs)"
            yield _drawn(key, ranking.title, aside, _ranking_told(ranking), HALF, _ranking(ranking, colour))


def _drawn(
    key: str, title: str, aside: str, told: str, size: tuple[int, int], draw: Draw,
    legend: tuple[tuple[str, str], ...] = (),
) -> Drawn:  # fmt: skip
    span, width = size
    narrow = _svg(draw(NARROW)) if width > NARROW else ""
    return Drawn(key, title, aside, told, span, _svg(draw(width)), narrow, legend)


def _svg(chart: altair.LayerChart) -> str:
    styled = (
        chart.configure(
            background="transparent",
            font="inherit",
            padding=2,
            autosize=altair.AutoSizeParams(type="fit", contains="padding"),
        )
        .configure_view(stroke=None)
        .configure_axis(
            domain=False,
            ticks=False,
            gridColor="var(--line)",
            labelColor="var(--soft)",
            labelFontSize=_LETTERS,
            labelPadding=6,
            title=None,
        )
        .configure_text(color="var(--ink)", fontSize=_LETTERS)
    )
    drawing: str = vl_convert.vegalite_to_svg(styled.to_dict(validate=False))
    return drawing


def _pixels(amount: Decimal) -> float:
    """An amount where only the length of a line comes of it: the one place where amounts become floats."""
    return float(amount)


def _layers(rows: Sequence[dict[str, Any]], width: int, height: int, *layers: altair.Chart) -> altair.LayerChart:
    data = altair.InlineData(values=list(rows))
    return altair.LayerChart(layer=layers, data=data, width=width, height=height)


def _by_month(months: Sequence[MonthFigures]) -> altair.X:
    names = [f"{one.month:%b}" for one in months]
    year = next((one.month.year for one in months if one.month.month == 1), months[-1].month.year)
    labels = f"datum.value == 'Jan' ? ['Jan', '{year}'] : datum.value"
    axis = altair.Axis(labelAngle=0, labelExpr=labels, grid=False, labelOverlap=False)
    return altair.X("month:N", sort=names, axis=axis, scale=altair.Scale(paddingInner=0.25, paddingOuter=0.1))


def _money_axis() -> altair.Y:
    return altair.Y("amount:Q", axis=altair.Axis(format="~s", tickCount=5))


def _months(months: Sequence[MonthFigures]) -> Draw:
    rows = [
        {"month": f"{one.month:%b}", "what": what, "amount": _pixels(amount)}
        for one in months
        for what, amount in (("Income", one.revenue), ("Costs", one.expense), ("Net income", one.net_income))
    ]
    colours = altair.Scale(domain=["Income", "Costs"], range=["var(--income)", "var(--costs)"])
    bars = (
        altair.Chart()
        .mark_bar(cornerRadiusEnd=1.5)
        .encode(
            x=_by_month(months),
            y=_money_axis(),
            xOffset=altair.XOffset("what:N", sort=["Income", "Costs"]),
            color=altair.Color("what:N", scale=colours, legend=None),
        )
        .transform_filter("datum.what != 'Net income'")
    )
    line = (
        altair.Chart()
        .mark_line(
            color="var(--result)",
            strokeWidth=1.75,
            point=altair.OverlayMarkDef(fill="var(--card)", stroke="var(--result)", size=26, strokeWidth=1.5),
        )
        .encode(x=_by_month(months), y=_money_axis())
        .transform_filter("datum.what == 'Net income'")
    )
    return lambda width: _layers(rows, width, _HEIGHT, bars, line)


def _cash(months: Sequence[MonthFigures]) -> Draw:
    rows = [
        {"month": f"{one.month:%b}", "amount": _pixels(one.cash), "label": short(one.cash), "last": one is months[-1]}
        for one in months
    ]
    base = altair.Chart().encode(x=_by_month(months), y=_money_axis())
    area = base.mark_area(color="var(--income)", opacity=0.14)
    line = base.mark_line(color="var(--income)", strokeWidth=2)
    end = base.mark_point(fill="var(--income)", stroke="var(--card)", size=60, opacity=1).transform_filter("datum.last")
    label = base.mark_text(dy=-13, fontWeight=600).encode(text="label:N").transform_filter("datum.last")
    return lambda width: _layers(rows, width, _HEIGHT + 22, area, line, end, label)


def _aging(aging: Aging) -> Draw:
    rows = [
        {"bucket": title, "amount": _pixels(amount), "label": short(amount), "colour": f"var(--late-{place})"}
        for place, (title, amount) in enumerate(zip(BUCKET_TITLES, aging.totals, strict=True))
    ]
    axis = altair.Axis(labelAngle=0, grid=False)
    base = altair.Chart().encode(
        x=altair.X("bucket:N", sort=list(BUCKET_TITLES), axis=axis, scale=altair.Scale(paddingInner=0.3)),
        y=altair.Y("amount:Q", axis=None),
    )
    bars = base.mark_bar(cornerRadiusEnd=2).encode(color=altair.Color("colour:N", scale=None))
    labels = base.mark_text(dy=-8).encode(text="label:N")
    return lambda width: _layers(rows, width, _HEIGHT - 10, bars, labels)


def _ranking(ranking: Ranking, colour: str) -> Draw:
    return _bars_beside_names([(one.name, one.amount, colour) for one in ranking.first])


def _variances(budget: Statement) -> Draw:
    shown = _largest_variances(budget)
    return _bars_beside_names(
        [(name, amount, "var(--income)" if amount > 0 else "var(--bad)") for name, amount in shown], plus="+"
    )


def _largest_variances(budget: Statement) -> list[tuple[str, Decimal]]:
    found = [(one.label, one.cells[2]) for one in budget.lines if one.style == "account" and one.cells[2]]
    largest = sorted(found, key=lambda one: -abs(one[1]))[:_VARIANCES]
    return sorted(largest, key=lambda one: -one[1])


def _bars_beside_names(rows: Sequence[tuple[str, Decimal, str]], *, plus: str = "") -> Draw:
    """Bars from above down; each is a name, an amount and a colour. Names may be the same.

    Args:
        rows: First above.
        plus: What stands before amounts above zero.
    """
    signed = any(amount < 0 for _, amount, _ in rows)
    names = json.dumps([name for name, _, _ in rows])
    data = [
        {
            "place": place,
            "amount": _pixels(amount),
            "label": (plus if amount > 0 else "") + short(amount),
            "colour": colour,
        }
        for place, (_, amount, colour) in enumerate(rows)
    ]

    def draw(width: int) -> altair.LayerChart:
        share = 0.42 if width <= NARROW else 0.36
        axis = altair.Axis(
            labelExpr=f"{names}[datum.value]",
            labelLimit=int(width * share),
            labelColor="var(--ink)",
            minExtent=int(width * 0.3),
            grid=False,
        )
        base = altair.Chart().encode(
            x=altair.X("amount:Q", axis=None, scale=altair.Scale(padding=44 if signed else 0)),
            y=altair.Y("place:O", axis=axis, scale=altair.Scale(paddingInner=0.32)),
        )
        bars = base.mark_bar(cornerRadiusEnd=1.5).encode(color=altair.Color("colour:N", scale=None))
        after = base.mark_text(align="left", dx=5).encode(text="label:N").transform_filter("datum.amount >= 0")
        before = base.mark_text(align="right", dx=-5).encode(text="label:N").transform_filter("datum.amount < 0")
        return _layers(data, width, _BAR * len(rows) + 8, bars, after, before)

    return draw


def _months_told(months: Sequence[MonthFigures]) -> str:
    told = (f"{one.month:%B %Y}: income {money(one.revenue)}, costs {money(one.expense)}" for one in months)
    return "Bars of income and costs, a line of net income. " + "; ".join(told) + "."


def _cash_told(months: Sequence[MonthFigures]) -> str:
    return "Line. " + "; ".join(f"{one.month:%B %Y}: {money(one.cash)}" for one in months) + "."


def _aging_told(aging: Aging) -> str:
    return (
        "Bars. "
        + "; ".join(f"{name}: {money(one)}" for name, one in zip(BUCKET_TITLES, aging.totals, strict=True))
        + "."
    )


def _ranking_told(ranking: Ranking) -> str:
    return "Bars. " + "; ".join(f"{one.name}: {money(one.amount)}" for one in ranking.first) + "."


def _variances_told(budget: Statement) -> str:
    return "Bars. " + "; ".join(f"{name}: {money(one)}" for name, one in _largest_variances(budget)) + "."
