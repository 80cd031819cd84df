"""How measures are written: the DAX, the SQL and the formula of Tableau that many of them share.

Over tables that are delivered by signed rows measures are sums of additive columns and quotients of these: a table of
which some rows are reversals has no count, average or extreme of its own.

In SQL `$realm_id`, `$first_day` and `$last_day` are the company and the period; the basis is accrual. Tableau's
formulas have the same period, and the basis, as parameters, and sum the rows that a sheet looks at.
"""

from __future__ import annotations

from dataclasses import dataclass

from qbo_pipeline.model.columns import MONEY_FORMAT, PERCENT_FORMAT
from qbo_pipeline.model.definition import Measure
from qbo_pipeline.model.measures.formulas import BASIS, FIRST_DAY, LAST_DAY, field, summed
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
FISCAL_YEAR_START_IN_TABLEAU = (
    f"MAKEDATE(YEAR({LAST_DAY}) - IIF(MONTH({LAST_DAY}) < [Fiscal Year Start Month], 1, 0), "
    "[Fiscal Year Start Month], 1)"
)
"""The same of each company, as a formula of Tableau."""
BOOKS_END = "(SELECT last_day(last_month) FROM finance.semantic_company WHERE realm_id = $realm_id)"
"""SQL: the last day of the last month of the books."""
_LEDGER = {"line": "finance.semantic_ledger_line", "account": "finance.semantic_account"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as SQL over the warehouse and as a formula of Tableau; None where it cannot be said as one."""

    sql: str
    tableau: str | None = None


def measure(
    name: str,
    dax: str,
    figure: Figure,
    description: str,
    *,
    folder: str,
    format_: str = MONEY_FORMAT,
    hidden: bool = False,
) -> Measure:
    """A measure of the table of measures."""
    return Measure(
        name=name, table=MEASURES.name, dax=dax, sql=figure.sql, tableau=figure.tableau, description=description,
        format=format_, folder=folder, hidden=hidden,
    )  # fmt: skip


def share(name: str, part: str, whole: str, description: str, *, folder: str, of: dict[str, Measure]) -> Measure:
    """One measure as a percentage of another."""
    return measure(
        name,
        f"DIVIDE([{part}], [{whole}])",
        Figure(f"SELECT ({of[part].sql})::DOUBLE / nullif(({of[whole].sql}), 0)", f"[{part}] / [{whole}]"),
        description,
        folder=folder,
        format_=PERCENT_FORMAT,
    )


def named(measures: tuple[Measure, ...]) -> dict[str, Measure]:
    """Measures by name, for others to be made of."""
    return {one.name: one for one in measures}


def difference(first: Measure, *others: Measure) -> Figure:
    """The first less the others."""
    return _joined(" - ", first, *others)


def total(*measures: Measure) -> Figure:
    """All of them together."""
    return _joined(" + ", *measures)


def _joined(operator: str, *measures: Measure) -> Figure:
    return Figure(
        "SELECT " + operator.join(f"coalesce(({one.sql}), 0)" for one in measures),
        operator.join(f"ZN([{one.name}])" for one in measures),
    )


def ledger(expression: str, condition: str = "TRUE") -> Figure:
    """A sum over the ledger's lines of the period."""
    return _ledger(expression, f"line.transaction_date BETWEEN $first_day AND $last_day AND {condition}")


def ledger_to_date(expression: str, condition: str = "TRUE") -> Figure:
    """A sum over all lines of the ledger up to the last day of the period; nothing of a period after the books."""
    return _within_the_books(_ledger(expression, f"line.transaction_date <= $last_day AND {condition}"))


def ledger_before(expression: str, condition: str = "TRUE") -> Figure:
    """A sum over all lines of the ledger before the first day of the period; nothing of a period after the books."""
    return _within_the_books(_ledger(expression, f"line.transaction_date < $first_day AND {condition}"))


def unless_after_the_books(figure: Figure) -> Figure:
    """A figure that is nothing in a period that begins after the books, whatever it is made of."""
    rows = _of_books_that_reach(figure.tableau)
    reached = _not_after("Last Month Of Books").replace("[Last Month Of Books]", "MAX([Last Month Of Books])")
    formula = rows and f"IF {reached} THEN {rows} END"
    return Figure(f"SELECT CASE WHEN $first_day <= {BOOKS_END} THEN ({figure.sql}) END", formula)


def _within_the_books(figure: Figure) -> Figure:
    return Figure(f"{figure.sql} AND $first_day <= {BOOKS_END}", _of_books_that_reach(figure.tableau))


def _of_books_that_reach(formula: str | None) -> str | None:
    """Tableau: of the companies whose books reach into the period."""
    return formula and formula.replace("SUM(IF ", f"SUM(IF {_not_after('Last Month Of Books')} AND ")


def _not_after(newest: str) -> str:
    """Tableau: the period does not begin after a month."""
    return f"DATE(DATETRUNC('month', {FIRST_DAY})) <= [{newest}]"


def _ledger(expression: str, condition: str) -> Figure:
    sql = (
        f"SELECT {expression}\n"
        "FROM finance.semantic_ledger_line AS line\n"
        "INNER JOIN finance.semantic_account AS account ON account.account_key = line.account_key\n"
        f"WHERE line.realm_id = $realm_id AND line.basis = 'Accrual' AND {condition}"
    )
    basis = field("line.basis", _LEDGER)
    formula = summed(expression, f"line.basis = 'Accrual' AND {condition}", _LEDGER)
    return Figure(sql, formula.replace(f'{basis} = "Accrual"', f"{basis} = {BASIS}"))


def of_relation(expression: str, relation: str, day: str, condition: str = "TRUE") -> Figure:
    """A sum over rows of the period."""
    period = f"{day} BETWEEN $first_day AND $last_day AND {condition}"
    sql = f"SELECT {expression}\nFROM finance.{relation}\nWHERE realm_id = $realm_id AND {period}"
    return Figure(sql, summed(expression, period, {"": f"finance.{relation}"}))


def of_basis(column: str) -> str:
    """DAX: the sum of a column of the ledger on the basis that is chosen, or else on accrual."""
    return (
        "VAR chosenBasis = SELECTEDVALUE('Basis'[Basis], \"Accrual\")\n"
        f"RETURN CALCULATE(SUM('General Ledger Lines'[{column}]), 'Basis'[Basis] = chosenBasis)"
    )


def of_each_company(*lines: str) -> str:
    """DAX: the sum of an expression over companies: a fiscal month that is chosen is of another time in each."""
    inner = "\n".join(f"    {line}" for line in lines)
    return f"SUMX(\n    'Company',\n{inner}\n)"


def to_date(measure_name: str) -> str:
    """DAX: a measure over all time up to the last day that is chosen; blank where the period begins after the books."""
    return of_each_company(
        "VAR firstDay = [First Day]",
        "VAR lastDay = [Last Day]",
        "VAR newestDay = EOMONTH('Company'[Last Month Of Books], 0)",
        "RETURN IF(",
        f"    firstDay <= newestDay, CALCULATE([{measure_name}], {ANY_TIME}, 'Calendar'[Date] <= lastDay)",
        ")",
    )


def at_month(total_: str, month_column: str, newest: str) -> str:
    """DAX: a sum at the end of the last month that is chosen, or of each company's newest where that is earlier; blank
    where the period begins after that one: it would stand at each month to come."""
    return of_each_company(
        "VAR firstDay = [First Day]",
        "VAR lastDay = [Last Day]",
        "VAR chosenMonth = DATE(YEAR(lastDay), MONTH(lastDay), 1)",
        f"VAR newestMonth = 'Company'[{newest}]",
        "VAR shownMonth = IF(chosenMonth < newestMonth, chosenMonth, newestMonth)",
        "RETURN IF(",
        "    NOT ISBLANK(lastDay) && firstDay <= EOMONTH(newestMonth, 0),",
        f"    CALCULATE({total_}, {ANY_TIME}, {month_column} = shownMonth)",
        ")",
    )


def summed_at_month(column: str, month: str, newest: str, condition: str = "") -> str:
    """Tableau: the same sum: rows of the last month that is chosen, or of each company's newest."""
    shown = f"MIN(DATE(DATETRUNC('month', {LAST_DAY})), [{newest}])"
    return f"SUM(IF [{month}] = {shown} AND {_not_after(newest)}{condition} THEN [{column}] END)"
