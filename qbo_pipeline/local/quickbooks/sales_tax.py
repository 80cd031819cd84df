"""The tax of a form as QuickBooks answers it: a line for each rate, and their sum.

Lines are net also where a form shows prices with tax (`TaxInclusive`; their `TaxInclusiveAmt` is that price), and the
total is their sum and the tax.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from qbo_pipeline.local.quickbooks.books.posting.draft import flat
from qbo_pipeline.local.quickbooks.store import Record, Store

_CENT = Decimal("0.01")
_UNTAXED = "NON"


def completed_tax(store: Store, realm: str, record: Record, *, sale: bool) -> Record:
    """`TxnTaxDetail` of a form: the sum of its tax lines, or where none was sent those of the rates of its tax code.

    A total that was sent is shared by the rates of the code in proportion, the last one takes what rounding leaves
    (assumed); without one each rate takes its part of what is taxed. A tax without lines and without a code stays as it
    was sent.
    """
    detail: Record = record.get("TxnTaxDetail", {})
    lines = detail.get("TaxLine") or _of_code(store, realm, record, Decimal(detail.get("TotalTax", 0)), sale=sale)
    if not lines:
        return detail
    total = sum((Decimal(line.get("Amount", 0)) for line in lines), Decimal(0))
    return {**detail, "TotalTax": int(total) if total == int(total) else total, "TaxLine": lines}


def _of_code(store: Store, realm: str, record: Record, total: Decimal, *, sale: bool) -> list[Record]:
    """A tax line for each rate of the form's code."""
    code = store.get(realm, "TaxCode", record["TxnTaxDetail"].get("TxnTaxCodeRef", {}).get("value", "")) or {}
    listed = code.get("SalesTaxRateList" if sale else "PurchaseTaxRateList", {})
    named = [one["TaxRateRef"]["value"] for one in listed.get("TaxRateDetail", [])]
    rates = [rate for rate in (store.get(realm, "TaxRate", one) for one in named) if rate is not None]
    percent = sum((Decimal(rate.get("RateValue", 0)) for rate in rates), Decimal(0))
    taxable = _taxable(record)
    if not percent or not (total or taxable):
        return []
    if total:
        shares = [(total * Decimal(rate["RateValue"]) / percent).quantize(_CENT, ROUND_HALF_UP) for rate in rates]
        shares[-1] += total - sum(shares, Decimal(0))
    else:
        shares = [(taxable * Decimal(rate["RateValue"]) / 100).quantize(_CENT, ROUND_HALF_UP) for rate in rates]
    return [
        {
            "Amount": share,
            "DetailType": "TaxLineDetail",
            "TaxLineDetail": {
                "TaxRateRef": {"value": rate["Id"]},
                "PercentBased": True,
                "TaxPercent": rate["RateValue"],
                "NetAmountTaxable": taxable,
            },
        }
        for rate, share in zip(rates, shares, strict=True)
    ]


def _taxable(record: Record) -> Decimal:
    """What is sold with a tax code; less its part of the discount, where tax is on what is left after that."""
    lines = list(flat(record.get("Line", [])))
    sold = [line for line in lines if line.get("DetailType") not in ("DiscountLineDetail", "SubTotalLineDetail")]
    taxed, whole = (_sum(some) for some in ([line for line in sold if _is_taxed(line)], sold))
    if record.get("ApplyTaxAfterDiscount") is not True or not whole:
        return taxed
    discount = _sum([line for line in lines if line.get("DetailType") == "DiscountLineDetail"])
    return (taxed - discount * taxed / whole).quantize(_CENT, ROUND_HALF_UP)


def _sum(lines: list[Record]) -> Decimal:
    return sum((Decimal(line.get("Amount", 0)) for line in lines), Decimal(0))


def _is_taxed(line: Record) -> bool:
    detail = line.get(str(line.get("DetailType")), {})
    return isinstance(detail, dict) and detail.get("TaxCodeRef", {}).get("value", _UNTAXED) != _UNTAXED
