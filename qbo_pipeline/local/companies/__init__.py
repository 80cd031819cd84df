"""The demo companies, generated from a seed: two complete sets of books as QuickBooks would return them.

    >>> company = generate("larkspur", seed=7)
    >>> for entity, record in company.records: ...

Everything follows from (name, seed, scale, as_of): no clock, no global randomness, no network.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from qbo_pipeline.local.companies import ironbark_lists, larkspur_lists
from qbo_pipeline.local.companies.books import Deletion
from qbo_pipeline.local.companies.company import DEFAULT_AS_OF, GeneratedCompany, Scenario, assemble
from qbo_pipeline.local.companies.ironbark import Ironbark
from qbo_pipeline.local.companies.larkspur import Larkspur

__all__ = ["DEFAULT_AS_OF", "DEMO_COMPANIES", "REALM_IDS", "Deletion", "GeneratedCompany", "generate"]

_SCENARIOS: dict[str, Callable[[int, float, date], Scenario]] = {"larkspur": Larkspur, "ironbark": Ironbark}

DEMO_COMPANIES: tuple[str, ...] = tuple(_SCENARIOS)
"""Names that `generate` knows."""

REALM_IDS = {"larkspur": larkspur_lists.IDENTITY.realm_id, "ironbark": ironbark_lists.IDENTITY.realm_id}
"""Realm id by name, whatever seed and scale."""


def generate(name: str, seed: int = 7, scale: float = 1, as_of: date = DEFAULT_AS_OF) -> GeneratedCompany:
    """The company `name` with its history up to `as_of`.

    `scale` multiplies its customers and transactions: 1 is about 6,000 transactions for larkspur and 9,000 for
    ironbark; 0.05 does for a quick test. Raises ValueError for a name that is not in `DEMO_COMPANIES`.
    """
    scenario = _SCENARIOS.get(name)
    if scenario is None:
        raise ValueError(f"no demo company {name!r}; there are {', '.join(DEMO_COMPANIES)}")
    if scale <= 0:
        raise ValueError(f"scale must be positive, not {scale}")
    return assemble(scenario(seed, scale, as_of))
