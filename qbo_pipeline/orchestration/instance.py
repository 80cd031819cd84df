"""The instance folder of Dagster (DAGSTER_HOME), made ready by one process before others touch it."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

from qbo_pipeline.settings import Settings


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
