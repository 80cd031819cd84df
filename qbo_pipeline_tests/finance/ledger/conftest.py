"""Companies of the local service, loaded and reported as a user's would be, with the models of the ledger built."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from qbo_pipeline.finance.catalogue import FOLDER, Models, load_models
from qbo_pipeline.warehouse.warehouse import open_warehouse


@pytest.fixture(scope="session")
def ledger_models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """The models of posting and the ledger, and the accounts that this has from reports: what else is made from them
    takes its time and tells nothing here."""
    folder = tmp_path_factory.mktemp("models")
    for part in ("posting", "finance/ledger"):
        shutil.copytree(FOLDER / part, folder / part)
    for model in ("dimensions/account_type", "dimensions/uncharted_account", "facts/fct_account_balance_month"):
        copy = folder / "finance" / f"{model}.sql"
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(FOLDER / "finance" / f"{model}.sql", copy)
    return load_models(folder)


@pytest.fixture(scope="session")
def empty_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with every table and no row: making one takes seconds, copying it none."""
    folder = tmp_path_factory.mktemp("empty")
    with open_warehouse(folder / "build" / "warehouse.duckdb", folder / "warehouse.duckdb", folder / "lake"):
        pass
    return folder


@pytest.fixture(autouse=True, scope="package")
def only_the_ledger(ledger_models: Models) -> Iterator[None]:
    """Sessions build the ledger alone: those of this folder, as tests elsewhere want every model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qbo_pipeline.ingestion.publishing.shipped", lambda: ledger_models)
        yield
