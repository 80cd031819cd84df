"""How measures are written: the DAX and the SQL that many of them share.

Over tables that are delivered by signed rows measures are sums of additive columns and quotients of these: a table of
which some rows are reversals has no count, average or extreme of its own.

In SQL `$realm_id`, `$first_day` and `$last_day` are the company and the period; the basis is accrual.
"""

from __future__ import annotations

from qbo_pipeline.model.columns import MONEY_FORMAT, PERCENT_FORMAT
from qbo_pipeline.model.definition import Measure
from qbo_pipeline.model.tables.measures import MEASURES

ANY_TIME = "REMOVEFILTERS('Calendar'), REMOVEFILTERS('Fiscal Period')"
"""Filters of CALCULATE that leave any choice of time behind."""
FISCAL_YEAR_START = """(
    SELECT make_date(
        year($last_day::DATE)::INTEGER - (month($last_day::DATE) < fiscal_year_start_month)::INTEGER,
        fiscal_year_start_month, 1
    )
    FROM finance.semantic_company
    WHERE realm_id = $realm_id
)"""
"""SQL: first day of the fiscal year that the last day of the period is in."""


def measure(
    name: str,
    dax: str,
    sql: str,
    description: str,
    *,
    folder: str,
    format_: str = MONEY_FORMAT,
    hidden: bool = False,
) -> Measure:
    """A measure of the table of measures."""
    return Measure(
        name=name, table=MEASURES.name, dax=dax, sql=sql, description=description, format=format_, folder=folder,
        hidden=hidden,
    )  # fmt: skip


def share(name: str, part: str, whole: str, description: str, *, folder: str, of: dict[str, Measure]) -> Measure:
    """One measure as a percentage of another."""
    return measure(
        name,
        f"DIVIDE([{part}], [{whole}])",
        f"SELECT ({of[part].sql})::DOUBLE / nullif(({of[whole].sql}), 0)",
        description,
        folder=folder,
        format_=PERCENT_FORMAT,
    )


def named(measures: tuple[Measure, ...]) -> dict[str, Measure]:
    """Measures by name, for others to be made of."""
    return {one.name: one for one in measures}


def difference(first: Measure, *others: Measure) -> str:
    """SQL: the first less the others."""
    return "SELECT " + " - ".join(f"coalesce(({one.sql}), 0)" for one in (first, *others))


def ledger(expression: str, condition: str = "TRUE") -> str:
    """SQL: a sum over the ledger's lines of the period."""
    return _ledger(expression, f"line.transaction_date BETWEEN $first_day AND $last_day AND {condition}")


def ledger_to_date(expression: str, condition: str = "TRUE") -> str:
    """SQL: a sum over all lines of the ledger up to the last day of the period."""
    return _ledger(expression, f"line.transaction_date <= $last_day AND {condition}")


def _ledger(expression: str, condition: str) -> str:
    return (
        f"SELECT {expression}\n"
        "FROM finance.semantic_ledger_line AS line\n"
        "INNER JOIN finance.semantic_account AS account ON account.account_key = line.account_key\n"
        f"WHERE line.realm_id = $realm_id AND line.basis = 'Accrual' AND {condition}"
    )


def of_relation(expression: str, relation: str, day: str, condition: str = "TRUE") -> str:
    """SQL: a sum over rows of the period."""
    return (
        f"SELECT {expression}\nFROM finance.{relation}\n"
        f"WHERE realm_id = $realm_id AND {day} BETWEEN $first_day AND $last_day AND {condition}"
    )


def of_basis(column: str) -> str:
    """DAX: the sum of a column of the ledger on the basis that is chosen, or else on accrual."""
    return (
        "VAR chosenBasis = SELECTEDVALUE('Basis'[Basis], \"Accrual\")\n"
        f"RETURN CALCULATE(SUM('General Ledger Lines'[{column}]), 'Basis'[Basis] = chosenBasis)"
    )


def to_date(measure_name: str) -> str:
    """DAX: a measure over all time up to the last day that is chosen."""
    return (
        "VAR lastDay = [Last Day]\n"
        f"RETURN CALCULATE([{measure_name}], {ANY_TIME}, 'Calendar'[Date] <= lastDay)"
    )  # fmt: skip


def at_month(total: str, month_column: str, newest: str) -> str:
    """DAX: a sum at the end of the last month that is chosen, or of each company's newest where that is earlier."""
    return (
        "VAR lastDay = [Last Day]\n"
        "VAR chosenMonth = DATE(YEAR(lastDay), MONTH(lastDay), 1)\n"
        "RETURN SUMX(\n"
        "    'Company',\n"
        f"    VAR newestMonth = 'Company'[{newest}]\n"
        "    VAR shownMonth = IF(chosenMonth < newestMonth, chosenMonth, newestMonth)\n"
        f"    RETURN CALCULATE({total}, {ANY_TIME}, {month_column} = shownMonth)\n"
        ")"
    )
