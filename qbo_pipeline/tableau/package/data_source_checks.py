"""Whether a `<datasource>` is whole: every field, table, level, folder item and formula refers to something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element

from qbo_pipeline.tableau.package.formulas import parameters_in, references_in
from qbo_pipeline.tableau.package.names import PARAMETERS, field

_ROWS = "[__tableau_internal_object_id__]."


@dataclass(frozen=True)
class DataSource:
    """A data source as it is written."""

    root: Element

    @cached_property
    def columns(self) -> dict[str, Element]:
        """Fields by name, with brackets."""
        return {one.attrib["name"]: one for one in self.root.findall("column")}

    @cached_property
    def formulas(self) -> dict[str, str]:
        """Formulas of calculated fields by name."""
        return {name: _formula(one) for name, one in self.columns.items() if one.find("calculation") is not None}

    @cached_property
    def tables(self) -> dict[str, str]:
        """Table of a field that is a column, by name; empty where the data source is a published one."""
        maps = self.root.findall("connection/cols/map")
        return {one.attrib["key"]: one.attrib["value"].partition("].[")[0].strip("[]") for one in maps}

    @cached_property
    def parameters(self) -> set[str]:
        """Parameters that it knows."""
        known = self.root.findall(f"datasource-dependencies[@datasource='{PARAMETERS}']/column")
        return {one.attrib["name"] for one in known}


def data_source_problems(source: DataSource) -> Iterator[str]:
    """What is wrong with it."""
    yield from twice("field", (one.attrib["name"] for one in source.root.findall("column")))
    yield from _shown_twice(source)
    yield from _connection(source)
    yield from _paths_and_folders(source)
    yield from _formulas(source)
    yield from _graph(source)


def twice(what: str, names: Iterable[str]) -> Iterator[str]:
    """Names that are there more than once."""
    for name, number in Counter(names).items():
        if number > 1:
            yield f"{what} {name}: there are {number} of this name."


def _formula(column: Element) -> str:
    calculation = column.find("calculation")
    return "" if calculation is None else calculation.get("formula", "")


def _shown_twice(source: DataSource) -> Iterator[str]:
    """People tell fields and parameters by what they see."""
    shown = [
        one.get("caption") or name.strip("[]")
        for name, one in source.columns.items()
        if one.get("hidden") != "true" and one.get("datatype") != "table"
    ]
    known = source.root.findall(f"datasource-dependencies[@datasource='{PARAMETERS}']/column")
    shown.extend(one.attrib["caption"] for one in known)
    yield from twice("caption", shown)


def _connection(source: DataSource) -> Iterator[str]:
    relations = {one.get("name"): one for one in source.root.findall("connection/relation/relation")}
    connections = {one.get("name") for one in source.root.findall("connection/named-connections/named-connection")}
    for name, one in relations.items():
        if connections and one.get("connection") not in connections:
            yield f"table {name}: there is no connection {one.get('connection')}."
    yield from twice("column", (one.attrib["value"] for one in source.root.findall("connection/cols/map")))
    for name, table in source.tables.items():
        if table not in relations:
            yield f"field {name}: there is no table {table}."
        if name not in source.columns:
            yield f"column {name}: there is no such field."
    if source.tables:
        for name in source.columns:
            if name not in source.tables and name not in source.formulas and not name.startswith(_ROWS):
                yield f"field {name}: it is of no table, and calculated by nothing."
    for record in source.root.findall("connection/metadata-records/metadata-record"):
        local, parent = record.findtext("local-name", ""), record.findtext("parent-name", "")
        if local not in source.columns:
            yield f"metadata of {local}: there is no such field."
        if source.tables and source.tables.get(local) != parent.strip("[]"):
            yield f"metadata of {local}: it is not of {parent}."


def _paths_and_folders(source: DataSource) -> Iterator[str]:
    paths = {one.attrib["name"]: one for one in source.root.findall("drill-paths/drill-path")}
    yield from twice("hierarchy", (one.attrib["name"] for one in source.root.findall("drill-paths/drill-path")))
    levels = [level.text or "" for path in paths.values() for level in path.findall("field")]
    for level in levels:
        if level not in source.columns:
            yield f"hierarchy level {level}: there is no such field."
    yield from twice("hierarchy level", levels)
    folders = source.root.findall("folders-common/folder")
    yield from twice("folder", (one.attrib["name"] for one in folders))
    items = [item for folder in folders for item in folder]
    for item in items:
        name, known = item.attrib["name"], paths if item.get("type") == "drillpath" else source.columns
        if name not in known:
            yield f"folder item {name}: there is no such {item.get('type')}."
    yield from twice("folder item", (item.attrib["name"] for item in items))


def _formulas(source: DataSource) -> Iterator[str]:
    for name, formula in source.formulas.items():
        for one in references_in(formula):
            if field(one) not in source.columns:
                yield f"field {name}: its formula names [{one}], and there is no such field."
        for one in parameters_in(formula):
            if field(one) not in source.parameters:
                yield f"field {name}: its formula names the parameter [{one}], and there is no such parameter."
    for name in source.formulas:
        if name in _behind(source, name):
            yield f"field {name}: it is made of itself."


def _behind(source: DataSource, name: str) -> set[str]:
    found: set[str] = set()
    ahead = [name]
    while ahead:
        for one in references_in(source.formulas.get(ahead.pop(), "")):
            if field(one) not in found:
                found.add(field(one))
                ahead.append(field(one))
    return found


def _graph(source: DataSource) -> Iterator[str]:
    objects = {one.attrib["id"]: one.attrib["caption"] for one in source.root.findall("object-graph/objects/object")}
    yield from twice("object", (one.attrib["id"] for one in source.root.findall("object-graph/objects/object")))
    for name in source.columns:
        if name.startswith(_ROWS) and name[len(_ROWS) + 1 : -1] not in objects:
            yield f"field {name}: there is no such object."
    above: dict[str, list[str]] = {}
    for one in source.root.findall("object-graph/relationships/relationship"):
        ends = [end.get("object-id", "") for end in one if end.tag.endswith("end-point")]
        fields = [part.get("op", "") for part in one.findall("expression/expression")]
        where = f"relationship {' = '.join(fields)}"
        for end, name in zip(ends, fields, strict=False):
            if end not in objects:
                yield f"{where}: there is no object {end}."
            if name not in source.columns:
                yield f"{where}: there is no field {name}."
            elif source.tables and source.tables.get(name) != objects.get(end):
                yield f"{where}: {name} is no field of {objects.get(end)}."
        if len(ends) != 2 or len(fields) != 2:
            yield f"{where}: it has two fields and two ends."
            continue
        above.setdefault(ends[0], []).append(ends[1])
    yield from _ways(above, objects)


def _ways(above: dict[str, list[str]], objects: dict[str, str]) -> Iterator[str]:
    """From where relationships begin there is one way to each table, and none back."""
    for root in above:
        seen: Counter[str] = Counter()
        ahead = list(above[root])
        while ahead and max(seen.values(), default=0) < 2 and not seen[root]:
            at = ahead.pop()
            seen[at] += 1
            ahead.extend(above.get(at, ()))
        for reached, ways in seen.items():
            if reached == root or ways > 1:
                yield (
                    f"table {objects.get(reached, reached)}: it is reached from {objects.get(root, root)} by two ways, "
                    "or from itself."
                )
