"""The reports of both demo companies agree with each other in every month of their history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qbo_pipeline.local.companies import DEMO_COMPANIES, GeneratedCompany, generate
from qbo_pipeline.local.companies.amounts import to_home
from qbo_pipeline.local.companies.model import Document
from qbo_pipeline.local.quickbooks.books.model import Application, Leg, Name, Transaction
from qbo_pipeline.local.quickbooks.reports.accounts import Account, AccountTree
from qbo_pipeline.local.quickbooks.reports.ledger import Ledger
from qbo_pipeline_tests.local.quickbooks.report_books import months
from qbo_pipeline_tests.local.quickbooks.report_invariants import hold_for_month


def settlements(document: Document) -> Iterator[Application]:
    """What a payment settles; credits that it uses, which count as negative in it, settle first."""
    credits_ = [(credit, -amount) for credit, amount in document.applications if amount < 0]
    for target, amount in document.applications:
        left = max(amount, 0)
        while left:
            payer, most = credits_.pop() if credits_ else (document, left)
            part = min(most, left)
            if part < most:
                credits_.append((payer, most - part))
            left -= part
            yield Application(
                payer=(payer.entity, payer.id),
                paid=(target.entity, target.id),
                day=max(document.day, payer.day, target.day),
                amount=Decimal(part) / 100,
                home=Decimal(to_home(part, target.rate)) / 100,
            )


def ledger_of_journal(company: GeneratedCompany) -> Ledger:
    """The company's own journal, as it was generated."""
    books = company.books
    documents = {(one.entity, one.id): one for one in books.documents}
    transactions: list[Transaction] = []
    applications: list[Application] = []
    for entity, identity, day, entry in company.journal:
        document = documents[entity, identity]
        party = document.party
        transactions.append(
            Transaction(
                entity=entity,
                id=identity,
                kind=entity,
                day=day,
                due=document.due,
                number=document.number,
                memo=document.memo,
                name=Name(party.kind, party.id) if party else None,  # type: ignore[arg-type]
                currency=document.currency,
                rate=Decimal(1),
                created=datetime.fromtimestamp(document.created, UTC),
                updated=datetime.fromtimestamp(document.updated, UTC),
                legs=tuple(Leg(leg.account.id, Decimal(leg.home) / 100, Decimal(leg.native) / 100) for leg in entry),
            )
        )
        applications.extend(settlements(document))
    accounts = [
        Account(one.id, one.name, one.type, one.sub_type, one.parent.id if one.parent else None, one.number)
        for one in books.accounts
    ]
    return Ledger(AccountTree(accounts), transactions, applications, {}, multi_currency=company.multi_currency)


@pytest.mark.parametrize("name", DEMO_COMPANIES)
def test_statements_ledger_journal_and_aging_agree_in_every_month(name: str) -> None:
    company = generate(name, scale=0.05)
    ledger = ledger_of_journal(company)
    for month in months(ledger.first_day, company.as_of):
        hold_for_month(ledger, month)
