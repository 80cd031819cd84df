"""The legs of a transaction in the making: amounts in its currency, converted leg by leg, balanced to the cent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from qbo_pipeline.local.quickbooks.books.chart import Chart, PostingError, Record
from qbo_pipeline.local.quickbooks.books.model import Leg, Name

CENT = Decimal("0.01")
ZERO = Decimal("0.00")

Lookup = Callable[[str, str], Record | None]
"""Another record of the company, by entity and id."""


def money(value: object) -> Decimal:
    """An amount of a record, in cents."""
    return Decimal(str(value or 0)).quantize(CENT, ROUND_HALF_UP)


def rate_of(record: Record) -> Decimal:
    """Home currency for one unit of the record's currency."""
    return Decimal(str(record.get("ExchangeRate") or 1))


def to_home(amount: Decimal, rate: Decimal) -> Decimal:
    """An amount in home currency, rounded to the cent."""
    return (amount * rate).quantize(CENT, ROUND_HALF_UP)


def referred(record: Record, name: str) -> str | None:
    """The id in a reference; None where it is not there."""
    value = record.get(name, {}).get("value")
    return None if value is None else str(value)


def flat(lines: list[Record]) -> Iterator[Record]:
    """Lines with bundles replaced by what is in them: the bundle's own amount is the sum of its children's."""
    for line in lines:
        if line.get("DetailType") == "GroupLineDetail":
            yield from flat(line["GroupLineDetail"].get("Line", []))
        else:
            yield line


@dataclass
class Draft:
    """Collects legs. The control leg is the first, whenever it is added."""

    record: Record
    chart: Chart
    control: list[Leg] = field(default_factory=list)
    others: list[Leg] = field(default_factory=list)

    @property
    def currency(self) -> str:
        """The record's currency."""
        return referred(self.record, "CurrencyRef") or self.chart.home_currency

    @property
    def rate(self) -> Decimal:
        """The record's exchange rate."""
        return rate_of(self.record)

    def settle(self, account: str, amount: Decimal, home: Decimal | None = None, name: Name | None = None) -> None:
        """Post to the control account: receivables, payables, the bank."""
        converted = to_home(amount, self.rate) if home is None else home
        department = referred(self.record, "DepartmentRef")
        self.control.append(Leg(account, converted, amount, name=name, department=department))

    def add(
        self,
        account: str,
        amount: Decimal,
        line: Record | None = None,
        detail: Record | None = None,
        *,
        name: Name | None = None,
        quantity: Decimal | None = None,
        tax_rate: str | None = None,
    ) -> None:
        """Post an amount, with what its line says of item, class, department and memo."""
        line, detail = line or {}, detail or {}
        self.others.append(
            Leg(
                account,
                to_home(amount, self.rate),
                amount,
                line.get("Id"),
                name,
                referred(detail, "ItemRef"),
                quantity,
                referred(detail, "ClassRef") or referred(self.record, "ClassRef"),
                referred(detail, "DepartmentRef") or referred(self.record, "DepartmentRef"),
                line.get("Description", ""),
                tax_rate,
            )
        )

    def tax(self, sign: int) -> None:
        """Post the tax of a form to the agencies of its rates; a total beyond its lines has no rate."""
        detail = self.record.get("TxnTaxDetail", {})
        rest = money(detail.get("TotalTax"))
        for line in detail.get("TaxLine", []):
            rate, amount = referred(line.get("TaxLineDetail", {}), "TaxRateRef"), money(line.get("Amount"))
            rest -= amount
            if amount:
                self.add(self.chart.tax_liability(rate), sign * amount, tax_rate=rate)
        if rest:
            self.add(self.chart.tax_liability(None), sign * rest)

    def exchange_difference(self) -> None:
        """What settling at another rate gained or lost: home currency only."""
        difference = sum((leg.home for leg in (*self.control, *self.others)), ZERO)
        if difference:
            self.others.append(Leg(self.chart.exchange, -difference, ZERO))

    def legs(self) -> tuple[Leg, ...]:
        """The balanced legs; those without an amount are none.

        Raises:
            PostingError: they do not balance in the transaction's own currency.
        """
        legs = [*self.control, *self.others]
        off = sum((leg.foreign for leg in legs), ZERO)
        if off:
            raise PostingError(f"debits and credits differ by {abs(off)}")
        residue = sum((leg.home for leg in legs), ZERO)
        if residue:
            # Lines are converted one by one, the total once: what is left over goes into the largest line.
            among = self.others or self.control
            at = max(range(len(among)), key=lambda index: abs(among[index].home))
            among[at] = replace(among[at], home=among[at].home - residue)
        return tuple(leg for leg in (*self.control, *self.others) if leg.home or leg.foreign)
