"""Files are lost, publishers meet, installations too."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.power_bi import recorded
from qbo_pipeline.power_bi.errors import DeliveryInterruptedError, ForeignDatasetError, PublisherBusyError
from qbo_pipeline.power_bi.publication import Publication
from qbo_pipeline.power_bi.publish import publish
from qbo_pipeline.power_bi.publisher import open_publisher
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.deliveries import Kind
from qbo_pipeline.state.publishers import Publishers
from qbo_pipeline.state.store import StateStore
from qbo_pipeline_tests.power_bi.books import HARBOUR, MERIDIAN, MODEL, Books, Line, lines
from qbo_pipeline_tests.power_bi.conftest import QUICK, Publish, settings_of


def net(power_bi: LocalPowerBI, dataset: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in power_bi.rows(dataset, "Ledger Lines"):
        found[row["Row Key"]] += int(row["Row Sign"])
    return found


def test_a_record_that_is_lost_is_made_again_by_replacing_every_table(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 5))
    first = publishing()
    shutil.rmtree(settings.data.build.parent / "power_bi")

    done = publishing()

    assert {one.kind for one in done.tables} == {Kind.REPLACE}
    assert (done.dataset_id, done.rows, done.equal) == (first.dataset_id, first.rows, True)
    assert net(power_bi, done.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


def test_a_record_that_is_lost_costs_companies_that_are_not_published_nothing(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 5), *lines(MERIDIAN, 5))
    publishing()
    shutil.rmtree(settings.data.build.parent / "power_bi")

    done = publishing(companies=[HARBOUR])

    assert net(power_bi, done.dataset_id) == Counter(dict.fromkeys(books.lines, 1))
    assert publishing().equal


def test_an_outbox_that_is_lost_is_made_again_from_the_warehouse(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 5), *lines(MERIDIAN, 5))
    first = publishing()
    books.put(Line(f"{HARBOUR}|1", HARBOUR, "1", books.total()), *lines(HARBOUR, 20))
    power_bi.inject("unauthorized", endpoint=["rows"])
    with pytest.raises(DeliveryInterruptedError):
        publishing()
    shutil.rmtree(settings.data.root / "outbox")

    done = publishing(companies=[HARBOUR])

    assert done.equal
    assert net(power_bi, first.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


def test_a_line_that_goes_after_a_change_of_it_got_lost_is_gone(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 20))
    first = publishing()
    books.put(Line(f"{HARBOUR}|1", HARBOUR, "1", books.total()))
    power_bi.inject("unauthorized", endpoint=["rows"])
    with pytest.raises(DeliveryInterruptedError):
        publishing()
    shutil.rmtree(settings.data.root / "outbox")
    del books.lines[f"{HARBOUR}|1"]

    done = publishing()

    assert done.equal
    assert +net(power_bi, first.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


def test_a_table_in_doubt_is_sent_as_it_is_though_another_one_changed_before_it(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 5))
    first = publishing()
    with open_publisher(settings, MODEL, QUICK) as publisher:
        [active] = publisher.deployer.existing()
        with publisher.delivered(active) as delivered:
            delivered.doubt("Ledger Lines")
    books.accounts["2"] = "Rent & heating"

    done = publishing()

    assert {one.table: one.kind for one in done.tables}["Ledger Lines"] is Kind.REPLACE
    assert done.equal
    assert net(power_bi, first.dataset_id) == Counter(dict.fromkeys(books.lines, 1))


def test_what_another_data_folder_published_is_replaced_once_totals_are_compared(
    books: Books, power_bi: LocalPowerBI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two folders that share a state store: the change is in one table, what the other one published in all."""

    def publish_books(settings: Settings, **more: object) -> Publication:
        return publish(settings, **{**more, "model": MODEL, "manner": QUICK})  # type: ignore[arg-type]

    monkeypatch.setattr(recorded, "publish", publish_books)
    state = f"sqlite:///{tmp_path / 'shared.db'}"
    ours, theirs = (settings_of(tmp_path / name, power_bi.url, state_url_override=state) for name in ("ours", "theirs"))
    books.put(*lines(HARBOUR, 5))
    for _ in range(2):
        books.note_changes()
        books.write(ours.data.warehouse)
        first = recorded.publish_recorded(ours)
    other = Books()
    other.put(*lines(MERIDIAN, 7))
    other.write(theirs.data.warehouse)
    assert recorded.publish_recorded(theirs).dataset_id == first.dataset_id
    books.companies[HARBOUR] = "Harbour Ltd"
    books.note_changes()
    books.write(ours.data.warehouse)

    done = recorded.publish_recorded(ours)

    assert done.equal
    assert net(power_bi, done.dataset_id) == Counter(dict.fromkeys(books.lines, 1))
    [changed] = [one for one in done.tables if one.table == "Company"]
    assert (changed.kind, changed.changed) == (Kind.REPLACE, 1)
    assert {one.table for one in done.tables if one.rows} >= {"Company", "Ledger Lines"}


def test_one_publisher_at_a_time(publishing: Publish, settings: Settings) -> None:
    with (
        open_publisher(settings, MODEL, QUICK),
        pytest.raises(PublisherBusyError, match="another process of this data folder"),
    ):
        publishing()


def test_a_publisher_of_another_data_folder_is_named(publishing: Publish, settings: Settings) -> None:
    assert settings.power_bi is not None
    dataset = f"{settings.power_bi.workspace_id}/{settings.power_bi.dataset}"
    with StateStore(settings.state_url) as state:
        assert Publishers(state, "elsewhere", "machine two, process 7").claim(dataset, 60) is None

        with pytest.raises(PublisherBusyError, match="machine two, process 7 publishes to it"):
            publishing()


def test_a_claim_ends_by_itself(settings: Settings) -> None:
    now = [1000.0]
    with StateStore(settings.state_url) as state:
        first, second = (Publishers(state, name, name, lambda: now[0]) for name in ("first", "second"))
        assert first.claim("d", 60) is None
        assert second.claim("d", 60) == "first"
        now[0] += 60

        assert second.claim("d", 60) is None
        assert first.claim("d", 60) == "second"


def test_another_installation_is_not_published_over(
    publishing: Publish, books: Books, power_bi: LocalPowerBI, settings: Settings
) -> None:
    books.put(*lines(HARBOUR, 5))
    first = publishing()
    shutil.rmtree(settings.data.root)

    with pytest.raises(ForeignDatasetError, match=first.dataset_id):
        publishing()

    assert len(net(power_bi, first.dataset_id)) == 5
