"""Income statement, balance sheet and cash flow out of the movements of accounts. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from qbo_pipeline.finance_report.account_lines import (
    Amounts,
    Cells,
    Section,
    add,
    heading,
    negated,
    section_lines,
    together,
    total,
)
from qbo_pipeline.finance_report.amounts import change, ratio
from qbo_pipeline.finance_report.figures import Account, Column, Line, Statement
from qbo_pipeline.finance_report.periods import Period, Periods, day

Net = Mapping[str, Decimal]
"""Account → debit less credit in some days, home currency."""

INCOME_TYPES = ("Income", "Other Income")
COST_TYPES = ("Cost of Goods Sold", "Expense", "Other Expense")
INCOME_STATEMENT_TYPES = (*INCOME_TYPES, *COST_TYPES)

_ASSETS = (
    ("Current assets", (("Bank accounts", "Bank"), ("Accounts receivable", "Accounts Receivable"),
                        ("Other current assets", "Other Current Asset"))),
    ("Fixed assets", (("", "Fixed Asset"),)),
    ("Other assets", (("", "Other Asset"),)),
)  # fmt: skip
_LIABILITIES = (
    ("Current liabilities", (("Accounts payable", "Accounts Payable"), ("Credit cards", "Credit Card"),
                             ("Other current liabilities", "Other Current Liability"))),
    ("Long-term liabilities", (("", "Long Term Liability"),)),
)  # fmt: skip
_ACTIVITIES = (("Operating", "Operating activities"), ("Investing", "Investing activities"),
               ("Financing", "Financing activities"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Movements:
    """Net movements of all accounts in the days that statements compare."""

    month: Net
    year: Net
    prior: Net
    """The same days as `year`, a year before."""
    until_as_of: Net
    """Everything up to the day, the balance."""
    until_month_before: Net
    until_year_before: Net
    earlier_years_as_of: Net
    """Everything before the fiscal year of the day; what of it is income is retained earnings then."""
    earlier_years_month_before: Net
    earlier_years_year_before: Net
    until_prior: Net
    """Everything up to the day a year before."""


def income_statement(accounts: Mapping[str, Account], moved: Movements, when: Periods) -> Statement:
    """Income less costs: the month, the year to date beside the year before."""
    windows = 3
    signed = _windows(accounts, [moved.month, moved.year, moved.prior], natural=True)
    income_of_year = sum((signed[one.id][1] for one in _of(accounts, "Income")), Decimal(0))

    def cells(amounts: Amounts) -> tuple[Decimal | None, ...]:
        month, year, prior = amounts
        return (month, year, ratio(year, income_of_year), prior, year - prior, change(year, prior))

    def part(type_: str, sign: int) -> Section:
        return section_lines(_of(accounts, type_), signed, cells, windows=windows, level=1, sign=sign)

    income, cost, expense = part("Income", -1), part("Cost of Goods Sold", 1), part("Expense", 1)
    other_income, other_expense = part("Other Income", -1), part("Other Expense", 1)

    def less(plus: Section, minus: Section) -> Section:
        return Section(add(plus.amounts, negated(minus.amounts)), plus.accounts + minus.accounts, [])

    gross = less(income, cost)
    operating = less(gross, expense)
    other = less(other_income, other_expense)
    net = together([operating, other], windows)
    lines = _group("Income", income, cells, -1)
    if cost.lines:
        lines += _group("Cost of goods sold", cost, cells, 1)
    lines.append(total("Gross profit", gross, cells, sign=-1, style="total"))
    lines += _group("Expenses", expense, cells, 1)
    lines.append(total("Operating income", operating, cells, sign=-1))
    if other_income.lines:
        lines += _group("Other income", other_income, cells, -1)
    if other_expense.lines:
        lines += _group("Other expenses", other_expense, cells, 1)
    lines.append(total("Net income", net, cells, style="result", sign=-1))
    columns = (
        Column(_month_title(when), when.month.label, drill=when.month),
        Column(when.year_title, when.year.label, drill=when.year),
        Column("% of income", kind="share"),
        Column("Prior year", when.prior.label),
        Column("Change"),
        Column("%", kind="share"),
    )
    return Statement("income", "Income statement", when.year.label, columns, tuple(lines))


def balance_sheet(accounts: Mapping[str, Account], moved: Movements, when: Periods) -> Statement:
    """What is owned and owed on the day, beside the end of the month and of the year before."""
    windows = 3
    balances = [moved.until_as_of, moved.until_month_before, moved.until_year_before]
    signed = _windows(accounts, balances, natural=True)

    def cells(amounts: Amounts) -> tuple[Decimal | None, ...]:
        now, month_before, year_before = amounts
        return (now, month_before, year_before, now - year_before, change(now, year_before))

    def side(groups: Sequence[tuple[str, Sequence[tuple[str, str]]]], sign: int) -> tuple[list[Line], Section]:
        lines: list[Line] = []
        parts: list[Section] = []
        for title, kinds in groups:
            inner: list[Line] = []
            found: list[Section] = []
            for name, type_ in kinds:
                level = 2 if name else 1
                one = section_lines(_of(accounts, type_), signed, cells, windows=windows, level=level + 1, sign=sign)
                found.append(one)
                if one.lines and name:
                    inner += [heading(name, level), *one.lines]
                    inner.append(total(f"Total {name.lower()}", one, cells, level=level, style="subtotal", sign=sign))
                else:
                    inner += one.lines
            group = together(found, windows)
            parts.append(group)
            if inner:
                lines += [heading(title, 1), *inner]
                lines.append(total(f"Total {title.lower()}", group, cells, level=1, style="subtotal", sign=sign))
        return lines, together(parts, windows)

    asset_lines, assets = side(_ASSETS, 1)
    liability_lines, liabilities = side(_LIABILITIES, -1)
    own = section_lines(_of(accounts, "Equity"), signed, cells, windows=windows, level=1, sign=-1)
    earlier = [moved.earlier_years_as_of, moved.earlier_years_month_before, moved.earlier_years_year_before]
    rolled = tuple(-_income(accounts, one) for one in earlier)
    earned = tuple(-_income(accounts, one) for one in balances)
    net = tuple(one - before for one, before in zip(earned, rolled, strict=True))
    equity_lines = _with_retained(own.lines, accounts, signed, rolled, cells)
    result = tuple(one.id for one in accounts.values() if one.type in INCOME_STATEMENT_TYPES)
    equity_lines.append(Line("Net income of the fiscal year", 1, "account", cells(net), result, -1))
    equity = Section(add(own.amounts, rolled, net), own.accounts + result, [])
    both = together([liabilities, equity], windows)
    lines = [
        heading("Assets", 0), *asset_lines, total("Total assets", assets, cells, style="result"),
        heading("Liabilities", 0), *liability_lines, total("Total liabilities", liabilities, cells, sign=-1),
        heading("Equity", 0), *equity_lines, total("Total equity", equity, cells, sign=-1),
        total("Total liabilities and equity", both, cells, style="result", sign=-1),
    ]  # fmt: skip
    columns = (
        Column(day(when.as_of), drill=when.year),
        Column(day(when.month_before)),
        Column(day(when.year_before)),
        Column("Change", f"since {day(when.year_before)}"),
        Column("%", kind="share"),
    )
    opened = tuple(replace(line, opening=_opening(line, moved.year)) for line in lines)
    return Statement("balance", "Balance sheet", day(when.as_of), columns, opened)


def cash_flow(accounts: Mapping[str, Account], moved: Movements, when: Periods) -> Statement:
    """Where cash came from and went to, by the indirect method: net income and what changed on the balance sheet."""
    windows = 3
    signed = {one: negated(amounts) for one, amounts in _windows(
        accounts, [moved.month, moved.year, moved.prior], natural=False).items()}  # fmt: skip

    def cells(amounts: Amounts) -> tuple[Decimal | None, ...]:
        month, year, prior = amounts
        return (month, year, prior, year - prior)

    result = tuple(one.id for one in accounts.values() if one.type in INCOME_STATEMENT_TYPES)
    nothing = (Decimal(0),) * windows
    net = Section(add(nothing, *(signed[one] for one in result)), result, [])
    lines: list[Line] = []
    parts: list[Section] = []
    for key, title in _ACTIVITIES:
        members = [one for one in accounts.values() if one.cash_flow_section == key and one.id not in result]
        inner = section_lines(members, signed, cells, windows=windows, level=1, sign=-1)
        one = together([net, inner], windows) if key == "Operating" else inner
        parts.append(one)
        if not one.accounts:
            continue
        first = [total("Net income", net, cells, level=1, style="account", sign=-1)] if key == "Operating" else []
        lines += [heading(title, 0), *first, *inner.lines]
        lines.append(total(f"Net cash from {title.lower()}", one, cells, sign=-1))
    moved_cash = together(parts, windows)
    lines.append(total("Change in cash", moved_cash, cells, style="total", sign=-1))
    cash = [one.id for one in accounts.values() if one.cash_flow_section == "Cash"]
    ends = [moved.until_as_of, moved.until_as_of, moved.until_prior]
    closing = tuple(sum((end.get(one, Decimal(0)) for one in cash), Decimal(0)) for end in ends)
    opening = add(closing, negated(moved_cash.amounts))
    lines.append(Line("Cash at the beginning", 0, "account", (*opening, None)))
    lines.append(Line("Cash at the end", 0, "result", (*closing, None)))
    columns = (
        Column(_month_title(when), when.month.label, drill=when.month),
        Column(when.year_title, when.year.label, drill=when.year),
        Column("Prior year", when.prior.label),
        Column("Change"),
    )
    note = "Indirect method. Cash is bank accounts and undeposited funds."
    return Statement("cash", "Cash flow", when.year.label, columns, tuple(lines), note)


def budget_comparison(accounts: Mapping[str, Account], name: str, actual: Net, budget: Net, days: Period) -> Statement:
    """Income and costs beside what was planned; a variance below zero is unfavourable.

    Args:
        accounts: All.
        name: What the budget is called.
        actual: Account → debit less credit of the days.
        budget: Account → planned for the same days, as the income statement shows it.
        days: The days.
    """
    windows = 2
    signed = {
        one.id: (actual.get(one.id, Decimal(0)) * _natural(one), budget.get(one.id, Decimal(0)))
        for one in accounts.values()
        if one.type in INCOME_STATEMENT_TYPES
    }

    def good_when_more(amounts: Amounts) -> tuple[Decimal | None, ...]:
        return (*amounts, amounts[0] - amounts[1], ratio(amounts[0] - amounts[1], abs(amounts[1])))

    def good_when_less(amounts: Amounts) -> tuple[Decimal | None, ...]:
        return (*amounts, amounts[1] - amounts[0], ratio(amounts[1] - amounts[0], abs(amounts[1])))

    lines: list[Line] = []
    net: Amounts = (Decimal(0),) * windows
    members: tuple[str, ...] = ()
    for type_, title in _SECTIONS:
        income = type_ in INCOME_TYPES
        cells: Cells = good_when_more if income else good_when_less
        part = section_lines(_of(accounts, type_), signed, cells, windows=windows, level=1, sign=-1 if income else 1)
        if part.lines:
            lines += _group(title, part, cells, -1 if income else 1)
            net = add(net, part.amounts if income else negated(part.amounts))
            members += part.accounts
    lines.append(Line("Net income", 0, "result", good_when_more(net), members, -1))
    columns = (
        Column("Actual", days.label, drill=days),
        Column("Budget", name),
        Column("Variance", "(unfavourable)"),
        Column("%", kind="share"),
    )
    return Statement("budget", "Budget and actual", days.label, columns, tuple(lines))


_SECTIONS = (
    ("Income", "Income"), ("Cost of Goods Sold", "Cost of goods sold"), ("Expense", "Expenses"),
    ("Other Income", "Other income"), ("Other Expense", "Other expenses"),
)  # fmt: skip


def _month_title(when: Periods) -> str:
    return f"{when.as_of:%B}"


def _of(accounts: Mapping[str, Account], type_: str) -> Iterable[Account]:
    return [one for one in accounts.values() if one.type == type_]


def _natural(account: Account) -> int:
    """1 where an amount is shown as debit less credit."""
    debit = ("Bank", "Accounts Receivable", "Other Current Asset", "Fixed Asset", "Other Asset", *COST_TYPES)
    return 1 if account.type in debit else -1


def _windows(accounts: Mapping[str, Account], nets: Sequence[Net], *, natural: bool) -> dict[str, Amounts]:
    return {
        one.id: tuple(net.get(one.id, Decimal(0)) * (_natural(one) if natural else 1) for net in nets)
        for one in accounts.values()
    }


def _income(accounts: Mapping[str, Account], net: Net) -> Decimal:
    return sum(
        (net.get(one.id, Decimal(0)) for one in accounts.values() if one.type in INCOME_STATEMENT_TYPES), Decimal(0)
    )


def _group(title: str, section: Section, cells: Cells, sign: int) -> list[Line]:
    return [heading(title, 0), *section.lines, total(f"Total {title.lower()}", section, cells, sign=sign)]


def _with_retained(
    lines: list[Line],
    accounts: Mapping[str, Account],
    signed: Mapping[str, Amounts],
    rolled: Amounts,
    cells: Cells,
) -> list[Line]:
    """The equity accounts, the results of earlier fiscal years put to retained earnings as QuickBooks does."""
    name = "Retained earnings"
    kept = next((one for one in accounts.values() if one.is_retained_earnings), None)
    if kept is None:
        return [*lines, Line(name, 1, "account", cells(rolled), (), -1)] if any(rolled) else lines
    amounts = add(signed[kept.id], rolled)
    line = Line(kept.path[-1], 1, "account", cells(amounts), (kept.id,), -1)
    others = [one for one in lines if one.accounts != (kept.id,)]
    return [*others, line] if any(amounts) else others


def _opening(line: Line, year: Net) -> Decimal:
    """What a balance holds beside the legs of the year."""
    if line.style == "heading" or line.cells[0] is None:
        return Decimal(0)
    legs = sum((year.get(one, Decimal(0)) for one in line.accounts), Decimal(0))
    return line.cells[0] - legs * line.sign
