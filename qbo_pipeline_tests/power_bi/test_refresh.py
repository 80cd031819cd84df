from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.errors import NothingToPublishError, RefreshQuotaError
from qbo_pipeline.power_bi.refresh import Mode, named, refresh
from qbo_pipeline.settings import Settings


@pytest.fixture
def client(settings: Settings) -> Iterator[PowerBIClient]:
    assert settings.power_bi is not None
    with PowerBIClient(settings.power_bi) as opened:
        yield opened


@pytest.fixture
def model(power_bi: LocalPowerBI) -> str:
    """An import model."""
    return str(httpx.post(f"{power_bi.url}/control/datasets", json={"name": "Sales"}).json()["id"])


@pytest.mark.parametrize("mode", Mode)
def test_a_refresh_is_followed_to_its_end(client: PowerBIClient, model: str, mode: Mode) -> None:
    first = refresh(client, model, mode=mode, every=0.05)
    second = refresh(client, model, mode=mode, every=0.05)

    assert first.completed
    assert second.completed
    assert first.request_id != second.request_id
    left = (7, 6) if mode is Mode.STANDARD else (None, None)
    assert (first.left_today, second.left_today) == left


def test_a_refresh_that_fails_says_so(client: PowerBIClient, model: str, power_bi: LocalPowerBI) -> None:
    power_bi.inject("refresh_fails", match="POST")

    found = refresh(client, model, mode=Mode.ENHANCED, every=0.05)

    assert (found.status, found.completed) == ("Failed", False)
    assert found.told


def test_what_is_beyond_the_daily_quota_is_refused(client: PowerBIClient, model: str) -> None:
    for _ in range(8):
        refresh(client, model, every=0.05)

    with pytest.raises(RefreshQuotaError, match="24 hours"):
        refresh(client, model, every=0.05)


def test_on_a_capacity_no_number_of_refreshes_is_too_many(
    client: PowerBIClient, model: str, power_bi: LocalPowerBI
) -> None:
    """In a workspace on a capacity only its resources limit them, whichever way they are asked for."""
    power_bi.switch(refreshes_per_day=1_000, refresh_seconds=0.0)
    for _ in range(48):
        client.start_refresh(model, {"type": "Full"})

    assert refresh(client, model, mode=Mode.ENHANCED, every=0.05).completed
    assert refresh(client, model, mode=Mode.STANDARD, every=0.05).completed


def test_models_are_named_by_id_or_name(client: PowerBIClient, model: str) -> None:
    assert named(client, ["Sales", model]) == [model, model]
    with pytest.raises(NothingToPublishError, match="no dataset of the name Purchases"):
        named(client, ["Purchases"])
