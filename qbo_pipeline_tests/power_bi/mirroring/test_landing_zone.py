from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.power_bi.mirroring import landing_zone
from qbo_pipeline.power_bi.mirroring.errors import LandingZoneError
from qbo_pipeline.power_bi.mirroring.files import MARKER
from qbo_pipeline.power_bi.mirroring.landing_zone import ROOT, file_name
from qbo_pipeline.power_bi.mirroring.onelake import OneLake
from qbo_pipeline.power_bi.mirroring.publisher import MirrorPublisher, open_mirror
from qbo_pipeline.settings import PowerBISettings, Settings
from qbo_pipeline_tests.power_bi.books import HARBOUR, Books, Line
from qbo_pipeline_tests.power_bi.mirroring.conftest import QUICK, Mirrored


@pytest.fixture
def publisher(settings: Settings) -> Iterator[MirrorPublisher]:
    with open_mirror(settings, None, QUICK) as opened:
        yield opened


@pytest.fixture
def lake(settings: Settings, publisher: MirrorPublisher) -> Iterator[OneLake]:
    assert settings.power_bi is not None
    with httpx.Client() as http:
        yield OneLake(settings.power_bi, publisher.database.id, http, QUICK.patience)


def read(settings: Settings, path: str) -> bytes:
    """A file of the landing zone."""
    with open_mirror(settings, None, QUICK) as publisher, httpx.Client() as http:
        configured = settings.power_bi
        assert isinstance(configured, PowerBISettings)
        found = OneLake(configured, publisher.database.id, http).read(f"{ROOT}/{path}")
    assert found is not None
    return found


def test_files_are_named_by_twenty_digits() -> None:
    assert file_name(12) == "00000000000000000012.parquet"


def test_a_table_says_its_key_and_the_zone_its_writer(settings: Settings, mirrored: Mirrored) -> None:
    mirrored()

    assert json.loads(read(settings, "Ledger Lines/_metadata.json")) == {"keyColumns": ["Line Key"]}
    events = json.loads(read(settings, "_partnerEvents.json"))
    assert (events["partnerName"], events["sourceInfo"]["sourceType"]) == ("qbo-pipeline", "QuickBooks Online")


def test_files_have_the_declared_types_and_the_marker_last(
    settings: Settings, books: Books, mirrored: Mirrored, tmp_path: Path
) -> None:
    types = [
        ("Line Key", pa.string()), ("Company Key", pa.string()), ("Account Key", pa.string()),
        ("Line Date", pa.date32()), ("Memo", pa.string()), ("Quantity", pa.float64()),
        ("Amount", pa.decimal128(19, 4)), ("Line Count", pa.int64()),
    ]  # fmt: skip
    line = Line(f"{HARBOUR}|1", HARBOUR, "1", books.lines[f"{HARBOUR}|1"].amount)
    books.lines = {line.key: line}
    mirrored()
    books.lines = {"another": Line("another", HARBOUR, "2", line.amount)}
    # The latest file is left in place until there is a later one.
    first = pq.read_table(pa.BufferReader(read(settings, f"Ledger Lines/{file_name(1)}")))
    mirrored()
    second = pq.read_table(pa.BufferReader(read(settings, f"Ledger Lines/{file_name(2)}")))

    assert first.schema == pa.schema(types)
    assert second.schema == pa.schema([*types, (MARKER, pa.int32())])
    assert sorted(second.select(["Line Key", "Company Key", MARKER]).to_pylist(), key=lambda row: row[MARKER]) == [
        {"Line Key": line.key, "Company Key": None, MARKER: 2},
        {"Line Key": "another", "Company Key": HARBOUR, MARKER: 4},
    ]


def test_a_folder_is_listed_over_all_its_pages(lake: OneLake, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        lake.create_file(f"{ROOT}/_T/_{number}")
    monkeypatch.setattr("qbo_pipeline.local.power_bi.fabric.onelake_api.MOST_RESULTS", 2)

    assert [one.name for one in lake.paths(f"{ROOT}/_T") or ()] == [f"_{number}" for number in range(5)]
    assert lake.paths(f"{ROOT}/_U") is None


def test_a_large_file_goes_in_blocks(
    publisher: MirrorPublisher, lake: OneLake, power_bi: LocalPowerBI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing_zone, "_BLOCK", 1000)
    content = bytes(range(256)) * 20
    (tmp_path / "file").write_bytes(content)
    power_bi.inject("reset", endpoint="onelake", match="action=flush", carried_out=True)
    publisher.zone.put("_T", 3, tmp_path / "file")

    assert lake.read(f"{ROOT}/_T/{file_name(3)}") == content
    assert publisher.zone.last_number("_T") == 3


def test_a_file_of_somebody_else_is_not_overwritten(
    publisher: MirrorPublisher, lake: OneLake, tmp_path: Path
) -> None:  # fmt: skip
    lake.create_file(f"{ROOT}/_T/{file_name(1)}")
    (tmp_path / "file").write_bytes(b"ours")
    with pytest.raises(LandingZoneError, match=r"_T: 0+1\.parquet cannot be put in its place"):
        publisher.zone.put("_T", 1, tmp_path / "file")

    assert lake.read(f"{ROOT}/_T/{file_name(1)}") == b""


def test_what_never_got_its_name_is_taken_away(publisher: MirrorPublisher, lake: OneLake) -> None:
    lake.create_file(f"{ROOT}/_T/_{file_name(2)}")

    assert not publisher.zone.settle("_T", 2)
    assert lake.paths(f"{ROOT}/_T") == []
