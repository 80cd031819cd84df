"""One prepared Dagster instance and one session on paper per test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from qbo_pipeline.orchestration import build_definitions
from qbo_pipeline.orchestration.partitions import CompanyMonths
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline_tests.orchestration.books_on_paper import FEW, IRONBARK, LARKSPUR, BooksOnPaper, SessionOnPaper

FIRST_MONTH = date(2024, 1, 1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path)


@pytest.fixture
def session(settings: Settings) -> SessionOnPaper:
    return SessionOnPaper(settings)


@pytest.fixture
def definitions(session: SessionOnPaper) -> dg.Definitions:
    return build_definitions(FEW, FIRST_MONTH, BooksOnPaper(session))


@pytest.fixture
def months() -> CompanyMonths:
    return CompanyMonths(FIRST_MONTH)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("company", [LARKSPUR, IRONBARK])
        yield instance
