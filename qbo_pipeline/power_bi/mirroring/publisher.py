"""One publisher of one mirrored database: its lock, the database, its landing zone and its record, opened together."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from qbo_pipeline.power_bi.errors import NotConfiguredError
from qbo_pipeline.power_bi.mirroring.database import MirroredDatabase, MirroredDatabases
from qbo_pipeline.power_bi.mirroring.errors import ForeignDatabaseError, MirrorBusyError
from qbo_pipeline.power_bi.mirroring.landing_zone import LandingZone
from qbo_pipeline.power_bi.mirroring.onelake import OneLake
from qbo_pipeline.power_bi.mirroring.record import Record
from qbo_pipeline.power_bi.requests import Patience, open_http
from qbo_pipeline.settings import Settings
from qbo_pipeline.state.process_lock import held
from qbo_pipeline.state.publishers import place_of


@dataclass(frozen=True, slots=True)
class MirrorManner:
    """How long things are waited for, in seconds; the defaults are the patience of production."""

    patience: Patience = field(default_factory=Patience)
    """With requests."""
    lock_wait_seconds: float = 600.0
    """For another publisher of this data folder."""
    started_within: float = 600.0
    """For Fabric to start the database."""
    replicated_within: float = 600.0
    """For Fabric to read what was sent; Microsoft says that it looks every few minutes."""
    ask_every: float = 3.0
    pause: float = 1.0
    """After the first failure of an upload; doubled after each."""
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class MirrorPublisher:
    """What publishes to one mirrored database. Made by `open_mirror`, which holds the lock."""

    databases: MirroredDatabases
    database: MirroredDatabase
    zone: LandingZone
    record: Record
    file: Path
    """Where a file is made before it is sent."""
    manner: MirrorManner


@contextmanager
def open_mirror(
    settings: Settings, name: str | None = None, manner: MirrorManner | None = None, *, take_over: bool = False
) -> Iterator[MirrorPublisher]:
    """The publisher of a mirrored database, alone with it as long as the block runs. It is made if it is not there.

    Args:
        settings: which workspace, which data folder.
        name: of the mirrored database; that of the dataset unless said.
        manner: patience.
        take_over: whether a database that another installation wrote to is made this one's, every table loaded anew.

    Raises:
        NotConfiguredError: Power BI is switched off. MirrorBusyError: another process publishes to it.
        ForeignDatabaseError: another installation does, or it is no open mirror.
        DatabaseNotRunningError: Fabric does not start it. RequestError, TokenError: Fabric could not be asked.
    """
    manner = manner or MirrorManner()
    configured = settings.power_bi_workspace
    if configured is None:
        raise NotConfiguredError
    name = name or configured.dataset
    folder = records_folder(settings)
    whole_name = f"{configured.workspace_id}/{name}"
    lock = folder / f"{hashlib.sha256(whole_name.encode()).hexdigest()[:16]}.lock"
    with ExitStack() as stack:
        if stack.enter_context(held(lock, manner.lock_wait_seconds)) is None:
            raise MirrorBusyError(name)
        http = stack.enter_context(open_http())
        databases = MirroredDatabases(configured, http, manner.patience, manner.sleep)
        database = databases.find(name) or databases.create(name)
        lake = OneLake(configured, database.id, http, manner.patience, manner.sleep)
        zone = LandingZone(lake, pause=manner.pause, sleep=manner.sleep)
        path = folder / f"{database.id}.duckdb"
        _claim(databases, database, zone, path, place_of(folder), take_over=take_over)
        databases.run(database, manner.started_within, manner.ask_every)
        record = stack.enter_context(Record(path))
        file = path.with_suffix(".parquet")
        stack.callback(file.unlink, missing_ok=True)
        yield MirrorPublisher(databases, database, zone, record, file, manner)


def records_folder(settings: Settings) -> Path:
    """Where the records of mirrored databases are."""
    return settings.data.build.parent / "mirroring"


def _claim(
    databases: MirroredDatabases, database: MirroredDatabase, zone: LandingZone, record: Path, installation: str, *,
    take_over: bool,
) -> None:  # fmt: skip
    """See that nobody else writes to the landing zone, and write down that this installation does."""
    owner = zone.owner()
    if owner == installation:
        return
    if owner is not None and not take_over:
        raise ForeignDatabaseError(
            f"Another installation of this pipeline publishes to the mirrored database {database.name}, or this one "
            "before its data folder was lost. Give this one another name with --database, or make it this one's with "
            f'qbo-pipeline power-bi mirror --database "{database.name}" --take-over, which loads every table anew.'
        )
    databases.make_sure_open(database)
    for one in (record, record.with_name(f"{record.name}.wal")):
        one.unlink(missing_ok=True)
    zone.own(installation)
