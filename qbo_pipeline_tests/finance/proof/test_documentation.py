from __future__ import annotations

from qbo_pipeline.finance import checks_page
from qbo_pipeline.finance.catalogue import shipped
from qbo_pipeline.finance.keys import dimension_keys, keys_without_dimension
from qbo_pipeline.orchestration import checks as asset_checks


def test_the_page_of_the_proof_is_up_to_date() -> None:
    written = checks_page.PAGE.read_text(encoding="utf-8")

    assert written == checks_page.page(written), "write it anew: python -m qbo_pipeline.finance.checks_page"


def test_the_checks_that_are_judged_elsewhere_are_there() -> None:
    theirs = {check.name for check in (*asset_checks.CHECKS, asset_checks.CLOSED_PERIODS_UNCHANGED)}

    assert {name for _, name, *_ in checks_page.ELSEWHERE} <= theirs


def test_every_key_of_a_fact_has_its_dimension() -> None:
    assert keys_without_dimension(shipped()) == []
    assert ("finance.general_ledger", "account_key", "finance.dim_account") in {
        (one.relation, one.key, one.dimension) for one in dimension_keys(shipped())
    }
