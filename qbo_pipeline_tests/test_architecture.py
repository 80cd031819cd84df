"""The directions in which the packages may import, read off the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import qbo_pipeline

ROOT = Path(qbo_pipeline.__file__).parent
ORDER = ("settings", "state", "quickbooks", "webhooks", "lake", "warehouse", "finance", "finance_report", "ingestion",
         "reference", "model", "publishing", "power_bi", "tableau", "orchestration")  # fmt: skip
"""Each may import from itself and from those before it."""


def modules(*parts: str) -> Iterator[Path]:
    path = ROOT.joinpath(*parts)
    yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def imports(path: Path) -> set[str]:
    """The absolute names of everything a module imports, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            assert node.level == 0, f"{path} imports relatively"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("package", [*ORDER[:-1], "local"])
def test_only_orchestration_and_the_commands_know_dagster(package: str) -> None:
    guilty = {
        str(path.relative_to(ROOT))
        for path in modules(package)
        if any(is_in(name, library) for name in imports(path) for library in ("dagster", "dagster_shared"))
    }

    assert guilty == set()


@pytest.mark.parametrize(("position", "package"), list(enumerate(ORDER)))
def test_imports_run_downwards(position: int, package: str) -> None:
    above = ORDER[position + 1 :]
    guilty = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imports(path)
        if any(is_in(name, f"qbo_pipeline.{one}") for one in above)
    }

    assert guilty == set()


def test_the_local_services_know_nothing_of_the_product() -> None:
    guilty = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules("local")
        for name in imports(path)
        if is_in(name, "qbo_pipeline") and not is_in(name, "qbo_pipeline.local") and name != "qbo_pipeline"
    }

    assert guilty == set()


def test_no_product_code_but_the_commands_knows_the_local_services() -> None:
    guilty = {
        str(path.relative_to(ROOT))
        for package in (*ORDER, "definitions.py")
        for path in modules(package)
        if any(is_in(name, "qbo_pipeline.local") for name in imports(path))
    }

    assert guilty == set()
