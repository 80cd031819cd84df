"""The instance folder of Dagster (DAGSTER_HOME), made ready by one process before others touch it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qbo_pipeline.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

_NOTHING_KEPT = {
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
        "config": {},
    }
}


def prepare_instance(settings: Settings) -> Path:
    """Make `<data folder>/dagster` ready, set DAGSTER_HOME to it for this process and its children, and return it.

    Copies the shipped dagster.yaml where there is none (a changed one stays) and creates the databases: two processes
    that create them at once can break each other's schema.
    """
    home = settings.data.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "dagster.yaml"
    if not configuration.exists():
        unfinished = home / f".dagster.yaml.{os.getpid()}"
        unfinished.write_text(files("qbo_pipeline.orchestration").joinpath("dagster.yaml").read_text())
        os.replace(unfinished, configuration)

    os.environ["DAGSTER_HOME"] = str(home)

    from dagster import DagsterInstance

    with DagsterInstance.get() as instance:
        instance.get_runs(limit=1)
        instance.all_asset_keys()
        if instance.schedule_storage is not None:
            instance.all_instigator_state()
    return home


@contextmanager
def instance_for_runs_of_this_process() -> Iterator[DagsterInstance]:
    """The prepared instance, for runs that are executed here: what they print goes to the terminal alone.

    Keeping it would redirect the output of this whole process, and start four others for each run, to show it again.

    Their steps take no place in a pool. Nobody sees that such a process was killed, nor, where no daemon runs, that any
    other was, and gives its place back: whoever came next would wait for ever. Writers wait for each other anyway.
    """
    from dagster import DagsterInstance
    from dagster._core.instance import InstanceRef

    ref = InstanceRef.from_dir(os.environ["DAGSTER_HOME"], overrides=_NOTHING_KEPT)
    settings: dict[str, Any] = dict(ref.settings)
    settings["concurrency"] = {**settings.get("concurrency", {}), "pools": {"granularity": "run"}}
    with DagsterInstance.from_ref(ref._replace(settings=settings)) as instance:
        yield instance
