"""What a destination shows is what was published to where the settings point now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qbo_pipeline.publishing.snapshot import warehouse_state
from qbo_pipeline.publishing.standing import last_failure, last_publication, uncompared, unpublished
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.state.publications import Publications
from qbo_pipeline.state.store import StateStore

CONFIGURED = {
    "power_bi_tenant_id": "tenant", "power_bi_client_id": "client", "power_bi_client_secret": "secret",
    "power_bi_workspace_id": "a-workspace", "tableau_server_url": "https://tableau.example.com",
    "tableau_site": "books", "tableau_pat_name": "nightly", "tableau_pat_value": "secret",
}  # fmt: skip
OTHERS = [
    ("power_bi", "power_bi_workspace_id", "another-workspace"),
    ("power_bi", "power_bi_dataset", "Books"),
    ("tableau", "tableau_server_url", "https://other.example.com"),
    ("tableau", "tableau_site", "finance"),
    ("tableau", "tableau_project", "Finance"),
    ("tableau", "tableau_data_source", "Books"),
]


def settings_of(data: Path, **changed: str) -> Settings:
    found = load_settings(data_dir=data, _env_file=None, **{**CONFIGURED, **changed})
    found.data.warehouse.write_bytes(b"the books")
    return found


def publish(settings: Settings, destination: str, *, place: bool = True) -> None:
    """Note that everything was published and compared; `place`: and where, as earlier versions did not."""
    with StateStore(settings.state_url) as store:
        where = settings.place_of(destination) if place else None
        Publications(store, destination, place=where).record(
            datetime.now(UTC), warehouse=warehouse_state(settings.data.warehouse), totals=1
        )


@pytest.mark.parametrize(("destination", "setting", "other"), OTHERS)
def test_nothing_is_shown_at_another_place_until_it_is_published_there(
    tmp_path: Path, destination: str, setting: str, other: str
) -> None:
    here = settings_of(tmp_path)
    publish(here, destination)
    there = settings_of(tmp_path, **{setting: other})
    state = warehouse_state(there.data.warehouse)

    assert (unpublished(there, destination), uncompared(there, destination)) == (state, state)
    publish(there, destination)
    assert (unpublished(there, destination), uncompared(there, destination)) == (None, None)


@pytest.mark.parametrize("destination", ["power_bi", "tableau"])
def test_what_was_published_before_places_were_noted_counts(tmp_path: Path, destination: str) -> None:
    settings = settings_of(tmp_path)
    publish(settings, destination, place=False)

    assert unpublished(settings, destination) is None


@pytest.mark.parametrize(("destination", "setting", "other"), OTHERS)
def test_what_differs_or_fails_at_another_place_is_told_there_alone(
    tmp_path: Path, destination: str, setting: str, other: str
) -> None:
    """Data folders that share a state store may publish to different places: neither hides what comes of the other."""
    here, there = settings_of(tmp_path), settings_of(tmp_path, **{setting: other})
    record(here, destination, totals=2, unequal=["Net Income of 1: 2.00 in the warehouse, 1.00 there"])
    record(there, destination, totals=2)
    record(there, destination, failure="The site is gone.")

    compared = last_publication(here, destination, compared=True)
    assert compared is not None
    assert compared.unequal
    assert last_failure(here, destination) is None
    assert last_failure(there, destination) is not None


@pytest.mark.parametrize("destination", ["power_bi", "tableau"])
def test_what_a_clock_noted_that_was_ahead_hides_nothing_that_comes_after_it(tmp_path: Path, destination: str) -> None:
    """A failure of next year would keep everybody from publishing until then."""
    settings, next_year = settings_of(tmp_path), datetime.now(UTC) + timedelta(days=365)
    place = settings.place_of(destination)
    with StateStore(settings.state_url) as store:
        ahead = Publications(store, destination, next_year.timestamp, place=place)
        ahead.record(next_year - timedelta(days=1), warehouse="another state", totals=1)
        ahead.record(next_year, failure="The site is gone.")

    assert last_failure(settings, destination) is None
    publish(settings, destination)
    assert (unpublished(settings, destination), uncompared(settings, destination)) == (None, None)


def record(settings: Settings, destination: str, **values: object) -> None:
    with StateStore(settings.state_url) as store:
        records = Publications(store, destination, place=settings.place_of(destination))
        records.record(datetime.now(UTC), **values)  # type: ignore[arg-type]
