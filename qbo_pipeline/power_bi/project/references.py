"""Whether every field that a report shows is in the model, and whether its visuals stand on their pages."""

from __future__ import annotations

from collections.abc import Iterator

from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.power_bi.project.errors import FieldError
from qbo_pipeline.power_bi.project.layout import HEIGHT, ROLES, WIDTH, Field, Of, Page


def check(model: SemanticModel, pages: tuple[Page, ...]) -> None:
    """See to it that a report fits a model.

    Raises:
        FieldError: naming each page, visual and field that does not.
    """
    problems = [f"page {page.title}: {problem}" for page in pages for problem in _problems(model, page)]
    if problems:
        raise FieldError("\n".join(problems))


def _problems(model: SemanticModel, page: Page) -> Iterator[str]:
    for field in page.drill_through:
        if field.of is not Of.COLUMN:
            yield f"{field.name} is no column, and values of columns are drilled through by."
        yield from _unknown(model, field)
    for visual in page.visuals:
        where = f"visual {visual.title}: "
        for role in visual.roles:
            if role not in ROLES[visual.kind]:
                yield f"{where}a {visual.kind} has no well {role}."
        sorted_by = () if visual.descending_by is None else (visual.descending_by,)
        for field in (*visual.fields, *sorted_by):
            yield from (where + problem for problem in _unknown(model, field))
        if visual.descending_by is not None and visual.descending_by not in visual.fields:
            yield f"{where}it is sorted by {visual.descending_by.name}, which it does not show."
        box = visual.box
        if box.x < 0 or box.y < 0 or box.x + box.width > WIDTH or box.y + box.height > HEIGHT:
            yield f"{where}it stands outside of the page."


def _unknown(model: SemanticModel, field: Field) -> Iterator[str]:
    table = model.by_name.get(field.table)
    if table is None:
        yield f"there is no table {field.table}."
    elif field.of is Of.MEASURE:
        if all(measure.name != field.name for measure in model.measures_of(table.name)):
            yield f"there is no measure {field.name} in {table.name}."
    elif field.name not in table.by_name:
        yield f"there is no column {field.name} in {table.name}."
    elif field.of is Of.SUM and not table.by_name[field.name].additive:
        yield f"{table.name}, {field.name} does not add up."
