"""The proof of a company's books: what ties with QuickBooks' reports, what had to be patched, what holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from qbo_pipeline.finance.check_files import Check, Severity
from qbo_pipeline.finance.checks import judge, shipped_checks
from qbo_pipeline.warehouse.query import Query
from qbo_pipeline.warehouse.verdict import Verdict

JUDGED_WITH_EACH_LOAD = {
    15: "no_duplicate_keys, on every table of QuickBooks",
    19: "row_count_matches, on every table of QuickBooks",
}
"""Invariants whose checks need no finance model, by number: Dagster judges them after every load."""


class NothingToProveError(Exception):
    """The warehouse has no books of a company."""

    def __init__(self, realm_id: str) -> None:
        self.realm_id = realm_id
        super().__init__(f"company {realm_id}: the warehouse has no books of it to prove.")


@dataclass(frozen=True, slots=True)
class TieOut:
    """How a statement agrees with QuickBooks' on a basis; an account-month is one account at one month or day."""

    basis: str
    statement: str
    """`BalanceSheet`, `ProfitAndLoss` or `TrialBalance`."""
    months: int
    months_tied: int
    accounts: int
    accounts_tied: int
    account_months: int
    tied: int
    """Account-months that agree to the cent."""
    waiting: int
    """Those with documents that changed after the reports were pulled."""
    not_pulled: int
    """Those of which no report was pulled."""
    differing: int
    """Those that differ, which is never right."""


@dataclass(frozen=True, slots=True)
class EntityShare:
    """What follows from the documents alone, on the accrual basis."""

    legs: int
    """Legs that QuickBooks posts."""
    tied: int
    """Those that the documents show, in account and amount."""
    named_by_quickbooks: int
    """Those that no document shows: cost of goods sold and stock, accounts of sales tax and receivables."""
    waiting: int
    """Legs of documents that changed after the reports were pulled; not among `legs`."""
    account_months: int
    account_months_tied: int

    @property
    def percent(self) -> Decimal:
        """Tied of all legs; 100 where there are none."""
        return _percent(self.tied, self.legs)

    @property
    def percent_of_shown(self) -> Decimal:
        """Tied of the legs that documents show."""
        return _percent(self.tied, self.legs - self.named_by_quickbooks)


@dataclass(frozen=True, slots=True)
class Patched:
    """What the ledger has from QuickBooks' reports for one reason."""

    reason: str
    legs: int
    transactions: int
    debit: Decimal
    credit: Decimal
    first_month: date
    last_month: date


@dataclass(frozen=True, slots=True)
class Judged:
    """A check and what was found."""

    invariant: int
    name: str
    severity: Severity
    blocking: bool
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Proof:
    """What a company's books were found to be."""

    realm_id: str
    company: str
    as_of: date | None
    """The day of the newest synchronization, UTC."""
    reports_pulled_at: datetime | None
    """When the newest of QuickBooks' reports was asked for, UTC; None where none was."""
    tie_outs: tuple[TieOut, ...]
    entities: EntityShare
    patched: tuple[Patched, ...]
    judged: tuple[Judged, ...]

    @property
    def unexplained(self) -> int:
        """Account-months that differ and legs patched for no known reason."""
        patches = sum(one.legs for one in self.patched if one.reason == "unexplained")
        return patches + sum(one.differing for one in self.tie_outs)

    @property
    def unproven(self) -> int:
        """Account-months that wait for reports, or never had any."""
        return sum(one.waiting + one.not_pulled for one in self.tie_outs)

    @property
    def broken(self) -> tuple[Judged, ...]:
        """Errors among what does not hold."""
        return tuple(one for one in self.judged if one.severity is Severity.ERROR and not one.verdict.holds)

    @property
    def proven(self) -> bool:
        """Every account-month of both bases ties, nothing is unexplained, no check of severity error fails."""
        bases = {one.basis for one in self.tie_outs if one.tied}
        return bases == {"Accrual", "Cash"} and not (self.unexplained or self.unproven or self.broken)


def companies(query: Query) -> list[tuple[str, str]]:
    """Realm id and name of the companies whose books the warehouse has."""
    return [
        (realm_id, name) for realm_id, name in query("SELECT realm_id, name FROM finance.dim_company ORDER BY 2, 1")
    ]


def prove(query: Query, realm_ids: Sequence[str], checks: Sequence[Check] | None = None) -> list[Proof]:
    """Prove the books of companies as the warehouse has them.

    Args:
        query: asks a warehouse whose models are built.
        realm_ids: the companies.
        checks: those to judge; all that are shipped, unless said.

    Raises:
        NothingToProveError: nothing of a company is there.
    """
    asked = shipped_checks() if checks is None else checks
    together = [(check, judge(query, check, realm_ids)) for check in asked]
    return [_prove(query, realm_id, together, alone=len(realm_ids) == 1) for realm_id in realm_ids]


def _prove(query: Query, realm_id: str, together: Sequence[tuple[Check, Verdict]], *, alone: bool) -> Proof:
    """Of one company; what holds of all of them together holds of it, and what does not is its own if it is alone."""
    company = query("SELECT name, as_of_date FROM finance.dim_company WHERE realm_id = ?", [realm_id])
    if not company:
        raise NothingToProveError(realm_id)
    [(name, as_of)] = company
    [(pulled_at,)] = query("SELECT max(pulled_at) FROM reports.month_pull WHERE realm_id = ?", [realm_id])
    return Proof(
        realm_id,
        name,
        as_of,
        pulled_at,
        tie_outs=tuple(TieOut(*row) for row in query(_TIE_OUT, [realm_id])),
        entities=EntityShare(*query(_ENTITY_SHARE, [realm_id])[0]),
        patched=tuple(Patched(*row) for row in query(_PATCHED, [realm_id])),
        judged=tuple(
            Judged(
                check.invariant,
                check.name,
                check.severity,
                check.blocking,
                of_all if of_all.holds or alone else judge(query, check, [realm_id]),
            )
            for check, of_all in together
        ),
    )


_TIE_OUT = """
WITH account AS (
    SELECT basis, statement, as_of, coalesce(account_id, line) AS account, reason
    FROM finance.reconciliation
    WHERE realm_id = ?
),
untied AS (SELECT * FROM account WHERE reason <> 'ties')
SELECT
    basis,
    statement,
    count(DISTINCT as_of),
    count(DISTINCT as_of) - (
        SELECT count(DISTINCT as_of) FROM untied WHERE (basis, statement) = (account.basis, account.statement)
    ),
    count(DISTINCT account),
    count(DISTINCT account) - (
        SELECT count(DISTINCT account) FROM untied WHERE (basis, statement) = (account.basis, account.statement)
    ),
    count(*),
    count(*) FILTER (WHERE reason = 'ties'),
    count(*) FILTER (WHERE reason = 'waiting'),
    count(*) FILTER (WHERE reason = 'not_pulled'),
    count(*) FILTER (WHERE reason = 'differs')
FROM account
GROUP BY basis, statement
ORDER BY basis, statement
"""
_ENTITY_SHARE = """
SELECT
    coalesce(sum(legs), 0)::BIGINT,
    coalesce(sum(legs_tied), 0)::BIGINT,
    coalesce(sum(legs_named_by_quickbooks), 0)::BIGINT,
    coalesce(sum(legs_waiting), 0)::BIGINT,
    coalesce(sum(accounts), 0)::BIGINT,
    coalesce(sum(accounts_tied), 0)::BIGINT
FROM finance.entity_tie_out
WHERE realm_id = ?
"""
_PATCHED = """
SELECT patch_reason, sum(legs)::BIGINT, sum(transactions)::BIGINT, sum(debit), sum(credit), min(month), max(month)
FROM finance.patch_summary
WHERE realm_id = ?
GROUP BY patch_reason
ORDER BY sum(legs) DESC, patch_reason
"""


def _percent(part: int, whole: int) -> Decimal:
    return Decimal(100) if not whole else round(Decimal(100 * part) / whole, 2)
