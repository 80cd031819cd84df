"""Reports as QuickBooks would answer them, made of legs, in both shapes and with titles of any language."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

NOTICE = "Unable to display more data. Please reduce the date range."


@dataclass(frozen=True)
class Posting:
    """A debit (positive) or a credit (negative) on an account."""

    account: str
    amount: Decimal


@dataclass(frozen=True)
class Transaction:
    """What a test knows of a transaction."""

    id: str
    title: str
    day: date
    postings: tuple[Posting, ...]


@st.composite
def transactions(draw: st.DrawFn, first: date = date(2026, 1, 1), days: int = 90) -> list[Transaction]:
    """Balanced transactions on a few accounts, in the order of their dates."""
    amounts = st.decimals(Decimal("-9999.99"), Decimal("9999.99"), places=2).filter(bool)
    made = []
    for number in range(draw(st.integers(0, 8))):
        some = draw(st.lists(amounts, min_size=1, max_size=4))
        postings = [Posting(draw(st.sampled_from("12345")), amount) for amount in some]
        if sum(some):
            postings.append(Posting(draw(st.sampled_from("12345")), -sum(some, Decimal(0))))
        title = draw(st.sampled_from(("Invoice", "Facture", "请款单", "")))
        made.append(Transaction(str(number), title, first + timedelta(draw(st.integers(0, days - 1))), tuple(postings)))
    return sorted(made, key=lambda one: one.day)


LEG_KEYS = ("tx_date", "txn_type", "doc_num", "account_name", "debt_home_amt", "credit_home_amt")


def columns(keys: Iterable[str], version: str = "v2") -> Json:
    """Columns of a list of transactions: v1 has the key in the type, v2 in the metadata."""
    if version == "v1":
        return {"Column": [{"ColTitle": f"«{key}»", "ColType": key} for key in keys]}
    named = [
        {"ColTitle": f"«{key}»", "ColType": "String", "MetaData": [{"Name": "ColKey", "Value": key}]} for key in keys
    ]
    return {"Column": named}


def header(name: str, *, no_data: bool = False) -> Json:
    options = [{"Name": "NoReportData", "Value": str(no_data).lower()}]
    return {"Time": "2026-11-20T09:30:00-08:00", "ReportName": name, "Currency": "USD", "Option": options}


def row(*cells: str | tuple[str, str], **more: Any) -> Json:
    """A row of data; a cell with an id is a pair."""
    return {"ColData": cells_of(cells), "type": "Data", **more}


def cells_of(cells: Iterable[str | tuple[str, str]]) -> list[Json]:
    return [{"value": one} if isinstance(one, str) else {"value": one[0], "id": one[1]} for one in cells]


def amount_text(amount: Decimal) -> str:
    """As reports write amounts: nothing for zero, no zero before the point."""
    return "" if not amount else f"{amount:.2f}".replace("0.", ".", 1) if 0 < amount < 1 else f"{amount:.2f}"


def sides(postings: Iterable[Posting]) -> tuple[str, str]:
    debit = sum((one.amount for one in postings if one.amount > 0), Decimal(0))
    credit = -sum((one.amount for one in postings if one.amount < 0), Decimal(0))
    return amount_text(debit), amount_text(credit)


def journal(made: Sequence[Transaction], version: str = "v2") -> Json:
    """JournalReport."""
    rows: list[Json] = []
    for one in made:
        for number, posting in enumerate(one.postings):
            day, title, doc = (one.day.isoformat(), one.title, f"D{one.id}") if number == 0 else ("0-00-00", "", "")
            account = (f"Account {posting.account}", posting.account)
            rows.append(row(day, (title, one.id), doc, account, *sides([posting])))
        rows.append({"Summary": {"ColData": cells_of(("", "", "", "", *sides(one.postings)))}, "type": "Section"})
        if version == "v1":
            rows.append(row(*[""] * len(LEG_KEYS)))
    every = [posting for one in made for posting in one.postings]
    if made:
        rows.append({"Summary": {"ColData": cells_of(("TOTAL", "", "", "", *sides(every)))}, "type": "Section"})
    return {
        "Header": header("JournalReport", no_data=not made),
        "Columns": columns(LEG_KEYS, version),
        "Rows": {"Row": rows} if rows else {},
    }


def general_ledger(made: Sequence[Transaction], parents: dict[str, str] | None = None, version: str = "v2") -> Json:
    """GeneralLedger; sub-accounts, given with their parents, are sections within these."""
    parents = parents or {}
    used = sorted({posting.account for one in made for posting in one.postings} | set(parents.values()))
    tops = [one for one in used if one not in parents]
    rows = [_section(one, made, parents, used, version) for one in tops]
    return {
        "Header": header("GeneralLedger", no_data=not made),
        "Columns": columns(LEG_KEYS, version),
        "Rows": {"Row": rows} if made else {},
    }


def _section(account: str, made: Sequence[Transaction], parents: dict[str, str], used: list[str], version: str) -> Json:
    rows = [row("Solde d'ouverture", *[""] * (len(LEG_KEYS) - 1))]
    inside: list[Posting] = []
    for one in made:
        for posting in one.postings:
            if posting.account == account:
                # What the row itself names is the parent, as in Intuit's sample.
                named = parents.get(account, account)
                rows.append(
                    row(one.day.isoformat(), (one.title, one.id), "", (f"Account {named}", named), *sides([posting]))
                )
                inside.append(posting)
    for child in [one for one in used if parents.get(one) == account]:
        rows.append(_section(child, made, parents, used, version))
        inside += [posting for one in made for posting in one.postings if posting.account == child]
    blank = [""] * (len(LEG_KEYS) - 1)
    identity = {} if version == "v1" and account in parents else {"id": account}
    return {
        "Header": {"ColData": [{"value": f"Account {account}", **identity}, *cells_of(blank)]},
        "Rows": {"Row": rows},
        "Summary": {"ColData": cells_of(("Total", "", "", "", *sides(inside)))},
        "type": "Section",
    }


def body(report: Json) -> bytes:
    return json.dumps(report).encode()
