"""What stays of a transaction that is voided (recorded: void__invoice; "Voided" comes before the note it had: Intuit's
reference page of invoices, `Voided - Voided - Voided` in answers)."""

from __future__ import annotations

from qbo_pipeline.local.quickbooks.store import Record

VOIDED = "Voided"
"""What the note of a voided transaction begins with."""

_AMOUNTS = ("TotalAmt", "Balance", "Deposit", "HomeTotalAmt", "HomeBalance", "UnappliedAmt", "RemainingCredit")


def voided(known: Record) -> Record:
    """A transaction with amounts of zero, without links and tax, that says of itself that it is voided."""
    note = " - ".join(one for one in (VOIDED, known.get("PrivateNote")) if one)
    record = {**known, **{key: 0 for key in _AMOUNTS if key in known}, "PrivateNote": note}
    record["Line"] = [_voided(line) for line in known.get("Line", []) if "DetailType" in line]
    if "TxnTaxDetail" in record:
        record["TxnTaxDetail"] = {"TotalTax": 0}
    if "LinkedTxn" in record:
        record["LinkedTxn"] = []
    return record


def _voided(line: Record) -> Record:
    """A line without amounts: what was sold stays, how much of it goes."""
    kept = dict(line)
    if "Amount" in kept:
        kept["Amount"] = 0
    kind = kept["DetailType"]
    if kind in kept:
        detail = {key: value for key, value in kept[kind].items() if key not in ("Qty", "UnitPrice", "TaxInclusiveAmt")}
        if "Line" in detail:
            detail["Line"] = [_voided(child) for child in detail["Line"]]
        kept[kind] = detail
    return kept
