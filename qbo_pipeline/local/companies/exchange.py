"""Exchange rates that wander plausibly: one table a company, a rate each Monday, used until the next."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from qbo_pipeline.local.companies.amounts import RATE_ONE

CURRENCY_NAMES = {
    "USD": "United States Dollar",
    "EUR": "Euro",
    "GBP": "British Pound Sterling",
    "CAD": "Canadian Dollar",
}
_STARTING = {"EUR": 1_086_200, "GBP": 1_246_500, "CAD": 729_400}


class RateTable:
    """Home currency per one foreign, in millionths; all zero-risk when a company has only its home currency."""

    def __init__(self, rng: Random, currencies: tuple[str, ...], start: date, end: date) -> None:
        self.mondays: list[date] = []
        monday = start - timedelta(days=start.weekday())
        while monday <= end:
            self.mondays.append(monday)
            monday += timedelta(days=7)
        self.rates: dict[str, list[int]] = {}
        for currency in currencies:
            anchor = rate = _STARTING[currency]
            series = []
            for _ in self.mondays:
                rate += round(rng.gauss(0, 0.008) * rate + 0.04 * (anchor - rate))
                series.append(rate)
            self.rates[currency] = series

    def on(self, currency: str, day: date) -> int:
        """The rate of a day, in millionths; 1 for the home currency."""
        series = self.rates.get(currency)
        if series is None:
            return RATE_ONE
        return series[max(0, (day - self.mondays[0]).days // 7)]
