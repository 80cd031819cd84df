"""Journal entries: every line says its side; tax on lines goes to the agency's account."""

from __future__ import annotations

from qbo_pipeline.local.quickbooks.books.chart import Chart, PostingError, Record
from qbo_pipeline.local.quickbooks.books.model import Leg
from qbo_pipeline.local.quickbooks.books.posting.draft import ZERO, Draft, Lookup, money, referred
from qbo_pipeline.local.quickbooks.books.posting.purchases import named


def journal_entry(record: Record, chart: Chart, _: Lookup) -> tuple[Leg, ...]:
    """The lines as written, then tax on the side that the lines leave open.

    Raises:
        PostingError: debits and credits differ.
    """
    draft = Draft(record, chart)
    for line in record.get("Line", []):
        if line.get("DetailType") != "JournalEntryLineDetail":
            continue
        detail = line["JournalEntryLineDetail"]
        account = chart.account(detail.get("AccountRef"))
        if account is None:
            raise PostingError(f"line {line.get('Id')} names no account")
        sign = 1 if detail.get("PostingType") == "Debit" else -1
        draft.add(account, sign * money(line.get("Amount")), line, detail, name=named(detail.get("Entity")))
    open_side = -sum((leg.foreign for leg in draft.others), ZERO)
    for tax in record.get("TxnTaxDetail", {}).get("TaxLine", []):
        rate = referred(tax.get("TaxLineDetail", {}), "TaxRateRef")
        amount = money(tax.get("Amount"))
        if amount:
            draft.add(chart.tax_liability(rate), amount if open_side > 0 else -amount, tax_rate=rate)
    return draft.legs()
