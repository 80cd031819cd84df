from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.power_bi.project.errors import FieldError
from qbo_pipeline.power_bi.project.layout import Box, Kind, Page, Visual, columns, measures, sums
from qbo_pipeline.power_bi.project.pages import PAGES
from qbo_pipeline.power_bi.project.references import check
from qbo_pipeline.power_bi.project.writing import compiled

SCHEMAS = Path(__file__).parent / "schemas"
CHECKOUT = os.environ.get("MICROSOFT_JSON_SCHEMAS")
NAMED = (
    "pbip/**/*.json",
    "gitIntegration/platform*/**/*.json",
    "item/semanticModel/def*/**/*.json",
    "item/report/**/*.json",
)
FILES = {
    path: json.loads(content)
    for path, content in compiled(SEMANTIC_MODEL, "C:\\Books\\data").items()
    if not path.endswith(".tmdl")
}
VISUALS = {path: content for path, content in FILES.items() if path.endswith("visual.json")}


@pytest.fixture(scope="module")
def schemas() -> Registry[Any]:
    """Microsoft's published schemas: the small ones that are kept here, and all of a checkout where there is one."""
    roots = [SCHEMAS] + ([Path(CHECKOUT)] if CHECKOUT else [])
    found = [(root, path) for root in roots for name in NAMED for path in (root / "fabric").glob(name)]
    return Registry().with_resources(
        (
            f"https://developer.microsoft.com/json-schemas/{path.relative_to(root).as_posix()}",
            Resource.from_contents(json.loads(path.read_text()), default_specification=DRAFT7),
        )
        for root, path in found
    )


def problems(schemas: Registry[Any], content: Any) -> list[str]:
    """What a schema says against a file; skips the test where its schema is not at hand."""
    if content["$schema"] not in schemas:
        pytest.skip("MICROSOFT_JSON_SCHEMAS names no checkout of github.com/microsoft/json-schemas")
    validator = Draft7Validator(schemas.contents(content["$schema"]), registry=schemas)
    return [error.message for error in validator.iter_errors(content)]


def fields(node: Any) -> Iterator[tuple[str, str, str]]:
    """Every field below: what it is, its table and its name."""
    if isinstance(node, dict):
        for kind in ("Column", "Measure"):
            if kind in node:
                yield kind, node[kind]["Expression"]["SourceRef"]["Entity"], node[kind]["Property"]
        for value in node.values():
            yield from fields(value)
    elif isinstance(node, list):
        for value in node:
            yield from fields(value)


@pytest.mark.parametrize("path", sorted(FILES))
def test_every_file_follows_the_schema_it_names(path: str, schemas: Registry[Any]) -> None:
    assert problems(schemas, FILES[path]) == []


def test_the_schemas_refuse_what_is_not_in_them(schemas: Registry[Any]) -> None:
    for path in ("QuickBooks Online.pbip", next(iter(VISUALS))):
        assert problems(schemas, {**FILES[path], "bogus": 1}), path


def test_every_field_that_is_shown_is_in_the_model() -> None:
    known = {("Column", table.name, column.name) for table in SEMANTIC_MODEL.tables for column in table.columns}
    known |= {("Measure", measure.table, measure.name) for measure in SEMANTIC_MODEL.measures}
    shown = set(fields(FILES))

    assert shown <= known
    assert len(shown) > 100


def test_the_pages_people_look_for_are_there_and_those_drilled_to_are_hidden() -> None:
    pages = {
        content["displayName"]: content.get("visibility")
        for path, content in FILES.items()
        if path.endswith("page.json")
    }

    assert pages == {
        "Income Statement": None,
        "Balance Sheet": None,
        "Cash Flow": None,
        "A/R Aging": None,
        "A/P Aging": None,
        "Sales": None,
        "Spend": None,
        "Proof": None,
        "Ledger Lines": "HiddenInViewMode",
        "Sales Documents": "HiddenInViewMode",
        "Spend Documents": "HiddenInViewMode",
        "Open Documents": "HiddenInViewMode",
    }


def test_names_of_pages_and_visuals_are_there_once_and_those_of_their_folders() -> None:
    for path, content in FILES.items():
        if path.endswith(("page.json", "visual.json")):
            assert content["name"] == path.split("/")[-2]
    assert len({content["name"] for content in VISUALS.values()}) == len(VISUALS)


def test_parameters_of_drill_through_are_bound_to_filters_of_their_page() -> None:
    pages = [content for path, content in FILES.items() if path.endswith("page.json") and "pageBinding" in content]

    for page in pages:
        filters = {one["name"]: one["field"] for one in page["filterConfig"]["filters"]}
        bound = {one["boundFilter"]: one["fieldExpr"] for one in page["pageBinding"]["parameters"]}
        assert bound == filters != {}


def test_slicers_of_a_field_choose_together_on_all_pages() -> None:
    groups: dict[str, set[str]] = {}
    for content in VISUALS.values():
        visual = content["visual"]
        if visual["visualType"] == "slicer":
            field = visual["query"]["queryState"]["Values"]["projections"][0]["queryRef"]
            groups.setdefault(visual["syncGroup"]["groupName"], set()).add(field)

    assert groups.keys() >= {"Company Company", "Calendar Year"}
    assert all(len(shown) == 1 for shown in groups.values())


def test_visuals_do_not_cover_each_other() -> None:
    for page in PAGES:
        for number, one in enumerate(page.visuals):
            for other in page.visuals[number + 1 :]:
                a, b = one.box, other.box
                apart = a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
                assert apart, f"{page.title}: {one.title} and {other.title}"


SOUND = Visual(Kind.TABLE, "Sales", Box(0, 0, 100, 100), {"Values": columns("Sales Lines", "Sales Date")})


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (Page("P", (replace(SOUND, roles={"Values": columns("Nothing", "A")}),)), "there is no table Nothing"),
        (Page("P", (replace(SOUND, roles={"Values": columns("Customer", "A")}),)), "there is no column A in Customer"),
        (Page("P", (replace(SOUND, roles={"Values": measures("A")}),)), "there is no measure A in _Measures"),
        (
            Page("P", (replace(SOUND, roles={"Values": sums("Customer", "Customer")}),)),
            "Customer, Customer does not add",
        ),
        (Page("P", (replace(SOUND, roles={"Rows": ()}),)), "a tableEx has no well Rows"),
        (Page("P", (replace(SOUND, descending_by=measures("Net Sales")[0]),)), "it is sorted by Net Sales, which it"),
        (Page("P", (replace(SOUND, box=Box(1200, 0, 100, 100)),)), "it stands outside of the page"),
        (Page("P", (SOUND,), measures("Net Sales")), "Net Sales is no column"),
        (Page("P", (SOUND,), columns("Customer", "A")), "there is no column A"),
    ],
)
def test_a_report_that_does_not_fit_the_model_is_refused(page: Page, problem: str) -> None:
    with pytest.raises(FieldError, match=f"^page P: .*{problem}"):
        check(SEMANTIC_MODEL, (page,))
