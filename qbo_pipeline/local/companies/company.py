"""A generated company, ready to be served: its records and what was deleted from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from qbo_pipeline.local.companies import json_lists as lists
from qbo_pipeline.local.companies.attachments import attachable_records
from qbo_pipeline.local.companies.books import Books, Deletion
from qbo_pipeline.local.companies.closing import balances_with_children, close
from qbo_pipeline.local.companies.company_settings import Identity, company_info, currency_records, preferences
from qbo_pipeline.local.companies.json_common import Forms
from qbo_pipeline.local.companies.json_documents import document_record
from qbo_pipeline.local.companies.json_parts import Record
from qbo_pipeline.local.companies.planning import Template, recurring_record
from qbo_pipeline.local.companies.posting import Leg, legs

DEFAULT_AS_OF = date(2026, 11, 15)
"""The last day of history, unless another is asked for."""


class Scenario(Protocol):
    """One company's history: lists at construction, everything else by `run`."""

    books: Books
    identity: Identity
    custom_fields: tuple[str, ...]
    sales_tax: bool

    def run(self) -> None:
        """Lives through the history."""

    def plans(self) -> Iterator[tuple[str, Record]]:
        """Budgets, journal codes and whatever else only this company has."""

    def templates(self) -> list[Template]:
        """Its recurring documents."""


@dataclass(frozen=True)
class GeneratedCompany:
    """A complete company. Iterating `records` twice gives the same; each record is made anew, so it may be changed."""

    realm_id: str
    name: str
    country: str
    home_currency: str
    multi_currency: bool
    as_of: date
    deleted: tuple[Deletion, ...]
    company_info: Record
    preferences: Record
    books: Books
    _scenario: Scenario
    _templates: tuple[Template, ...]
    _plans: tuple[tuple[str, Record], ...]

    @property
    def records(self) -> Iterable[tuple[str, Record]]:
        """(entity, record), lists before documents, documents in the order of their creation.

        A CreditCardPayment goes by that name here although its JSON key is CreditCardPaymentTxn; a
        RecurringTransaction is `{"<type>": {...}}`. Names of inactive members come without " (deleted)".
        """
        return _records(self)

    @property
    def journal(self) -> Iterator[tuple[str, str, date, list[Leg]]]:
        """(entity, id, date, legs) of every posting document: the truth that reports would show."""
        for document in self.books.documents:
            entry = legs(document, self.books.control)
            if entry:
                yield document.entity, document.id, document.day, entry


def assemble(scenario: Scenario) -> GeneratedCompany:
    """Runs a scenario to its end and closes the books."""
    scenario.run()
    books, identity = scenario.books, scenario.identity
    templates = tuple(scenario.templates())
    plans = tuple(scenario.plans())
    close(books)
    return GeneratedCompany(
        realm_id=identity.realm_id,
        name=identity.name,
        country="US",
        home_currency=books.home,
        multi_currency=books.multi_currency,
        as_of=books.as_of,
        deleted=tuple(sorted(books.deletions, key=lambda gone: (gone.deleted_at, gone.entity, gone.id))),
        company_info=company_info(identity, books),
        preferences=preferences(books, scenario.custom_fields, scenario.sales_tax),
        books=books,
        _scenario=scenario,
        _templates=templates,
        _plans=plans,
    )


def _records(company: GeneratedCompany) -> Iterator[tuple[str, Record]]:
    books, scenario = company.books, company._scenario
    forms = Forms(books.control, books.multi_currency, scenario.custom_fields)
    yield "CompanyInfo", deepcopy(company.company_info)
    yield "Preferences", deepcopy(company.preferences)
    yield from currency_records(books)
    with_children = balances_with_children(books.accounts)
    for account in books.accounts:
        yield "Account", lists.account_record(account, with_children[account.id])
    for term in books.terms:
        yield "Term", lists.term_record(term)
    for method in books.methods:
        yield "PaymentMethod", lists.payment_method_record(method)
    for kind in books.customer_types:
        yield "CustomerType", lists.label_record(kind, "")
    for klass in books.classes:
        yield "Class", lists.label_record(klass, "SubClass")
    for department in books.departments:
        yield "Department", lists.label_record(department, "SubDepartment")
    for agency in books.agencies:
        yield "TaxAgency", lists.tax_agency_record(agency)
    for rate in books.tax_rates:
        yield "TaxRate", lists.tax_rate_record(rate)
    for code in books.tax_codes:
        yield "TaxCode", lists.tax_code_record(code)
    for vendor in books.vendors:
        yield "Vendor", lists.vendor_record(vendor)
    for employee in books.employees:
        yield "Employee", lists.employee_record(employee)
    for customer in books.customers:
        yield "Customer", lists.customer_record(customer)
    for item in books.items:
        yield "Item", lists.item_record(item)
    yield from deepcopy(company._plans)
    for template in company._templates:
        yield "RecurringTransaction", recurring_record(template, books, forms)
    for document in books.documents:
        yield document.entity, document_record(document, forms)
    for record in attachable_records(company.realm_id, books, company.realm_id):
        yield "Attachable", record
