"""docs/finance-models.md, derived from the models, so that it cannot be out of date."""

from __future__ import annotations

from collections.abc import Iterator

from qbo_pipeline.finance.catalogue import Models
from qbo_pipeline.finance.lineage import column_lineage
from qbo_pipeline.finance.model import Built, Model

_BUILT = {
    Built.INLINE: "part of the statements that name it; nothing of it is in the warehouse",
    Built.VIEW: "view",
    Built.TABLE: "table, made anew when anything it is made from changed",
    Built.DOCUMENTS: "table; rows of documents that changed are replaced",
    Built.MONTHS: "table; rows of months that changed are replaced",
    Built.MACRO: "table macro",
}
_SHOWN_ORIGINS = 4
_INTRODUCTION = """# The finance models

Written by `python -m qbo_pipeline.finance > docs/finance-models.md` from the heads of the files in
`qbo_pipeline/finance/models`; a test keeps it current. The same descriptions are the comments of the tables, views and
columns in the warehouse, and what Dagster shows.

Every model is one `SELECT` in a file of its own. What it is made from is read off that statement. `finance` is what to
read; `posting` is how documents post, on the way there.
"""


def document(models: Models) -> str:
    """The page."""
    return "\n".join(
        [_INTRODUCTION, *_contents(models), *(line for model in _sorted(models) for line in _page(models, model))]
    )


def _sorted(models: Models) -> list[Model]:
    """What readers look for first, then how it comes about; by folder and name."""
    return sorted(models.ordered, key=lambda one: (one.relation.schema != "finance", one.folder, one.relation.name))


def _contents(models: Models) -> Iterator[str]:
    group = ""
    for model in _sorted(models):
        here = _group(model)
        if here != group:
            group = here
            yield from ("", f"**{group}**", "", "| model | what it is |", "|---|---|")
        yield f"| [`{model.name}`](#{_anchor(model)}) | {_cell(_first_sentence(model.description))} |"
    yield ""


def _page(models: Models, model: Model) -> Iterator[str]:
    called = f"`({model.parameters})`" if model.parameters else ""
    yield from (f"## {model.name}{called}", "", model.description, "")
    yield f"- Grain: {model.grain}"
    if model.key:
        yield f"- Key: {', '.join(f'`{name}`' for name in model.key)}"
    yield f"- Built: {_BUILT[model.built]}"
    yield f"- Source: {model.source}"
    made_from = sorted(str(one) for one in models.upstream[model.name])
    if made_from:
        yield f"- Made from: {', '.join(f'`{name}`' for name in made_from)}"
    used_by = sorted(one.name for one in models.ordered if model.relation in models.upstream[one.name])
    if used_by:
        yield f"- Used by: {', '.join(f'`{name}`' for name in used_by)}"
    yield from ("", "| column | what it is | from |", "|---|---|---|")
    lineage = column_lineage(models, model)
    for column in model.columns:
        origins = [f"`{one.relation}.{one.column}`" for one in lineage[column.name]]
        more = f" and {len(origins) - _SHOWN_ORIGINS} more" if len(origins) > _SHOWN_ORIGINS else ""
        yield f"| `{column.name}` | {_cell(column.description)} | {', '.join(origins[:_SHOWN_ORIGINS])}{more} |"
    yield ""


def _group(model: Model) -> str:
    folder = model.folder.replace("/", ", ")
    return f"{model.relation.schema}: {folder}" if folder else model.relation.schema


def _anchor(model: Model) -> str:
    return f"{model.name}{model.parameters and f'({model.parameters})'}".translate(
        {ord(one): None for one in ".(),"}
    ).replace(" ", "-")


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
