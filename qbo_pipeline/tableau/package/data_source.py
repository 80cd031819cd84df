"""The data source: a live connection to Hyper with all tables, their fields, folders, hierarchies and relationships.

There is no `<extract>` element: the connection's class is `hyper` itself, which is what makes a published data source
take changes of single rows (`PATCH …/data`).
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from qbo_pipeline.model.definition import Kind, SemanticModel, Table
from qbo_pipeline.model.fields import field_names
from qbo_pipeline.tableau.package.connections import (
    PublishedSource,
    hyper_connection,
    hyper_relations,
    published_connection,
    published_relations,
    tables_of,
)
from qbo_pipeline.tableau.package.fields import Field, column_element, fields
from qbo_pipeline.tableau.package.names import connection_name, field, object_id
from qbo_pipeline.tableau.package.parameters import PARAMETERS_OF_MEASURES, dependencies
from qbo_pipeline.tableau.package.relationships import object_graph
from qbo_pipeline.tableau.package.xml import USER, element

VERSION = "18.1"
"""The version of the format that Tableau writes since 2018.1, 2026.2 included; what is newer is in the manifest."""
_MANIFEST = (
    "ObjectModelEncapsulateLegacy",
    "ObjectModelSharedDimensions",
    "ObjectModelTableType",
    "SchemaViewerObjectModel",
    "SheetIdentifierTracking",
    "WindowsPersistSimpleIdentifiers",
)
"""What a reader has to know; several facts that share dimensions are `ObjectModelSharedDimensions` (2024.2)."""


def manifest() -> Element:
    """`<document-format-change-manifest>`."""
    return element("document-format-change-manifest", None, *(element(one) for one in _MANIFEST))


def data_source_name(name: str) -> str:
    """Of a data source of its own, as fields refer to it."""
    return connection_name("federated", name)


def document_element(model: SemanticModel, name: str, path: str) -> Element:
    """The root of a `.tds` file.

    Args:
        model: what is in it.
        name: what people see.
        path: of the `.hyper` file, in the package.
    """
    source = data_source_element(model, name, path)
    source.attrib = {
        "formatted-name": source.attrib["name"],
        "inline": "true",
        "source-platform": "win",
        "version": VERSION,
        "xmlns:user": USER,
    }
    source.insert(0, manifest())
    return source


def data_source_element(model: SemanticModel, name: str, path: str) -> Element:
    """`<datasource>` over a `.hyper` file."""
    return element(
        "datasource",
        {"caption": name, "inline": "true", "name": data_source_name(name), "version": VERSION},
        hyper_connection(model, name, path),
        *_content(model, hyper_relations(model, name)),
    )


def published_element(model: SemanticModel, published: PublishedSource) -> Element:
    """`<datasource>` of a workbook that is connected to a published one; what that has is `layered` here."""
    path = f"/t/{published.site}/datasources" if published.site else "/datasources"
    source = element(
        "datasource",
        {
            "caption": published.name,
            "inline": "true",
            "name": connection_name("sqlproxy", published.name),
            "version": VERSION,
        },
        element(
            "repository-location",
            {"id": published.content_url, "path": path, "revision": "1.0", "site": published.site or None},
        ),
        published_connection(model, published, fields(model)),
        *_content(model, published_relations(model, published)),
    )
    for one in (*source.findall("column"), *source.iter("drill-path"), *source.iter("folder")):
        one.set("layered", "true")
    return source


def _content(model: SemanticModel, relations: dict[str, Element]) -> Iterator[Element]:
    """What a data source says of its fields, in the order in which the format has it."""
    all_fields = fields(model)
    yield element("aliases", {"enabled": "yes"})
    yield from (column_element(one) for one in all_fields.values())
    yield from (_rows_of(table) for table in tables_of(model))
    if paths := list(_drill_paths(model)):
        yield element("drill-paths", None, *paths)
    yield element("folders-common", None, *_folders(model, all_fields))
    yield element("layout", {"dim-ordering": "alphabetic", "measure-ordering": "alphabetic", "show-structure": "true"})
    yield dependencies(frozenset(one.name for one in PARAMETERS_OF_MEASURES))
    yield object_graph(model, relations)


def _rows_of(table: Table) -> Element:
    """The field that counts a table's rows. Lines that a relation repeats by basis would mislead: facts have counts."""
    return element(
        "column",
        {
            "caption": table.name,
            "datatype": "table",
            "hidden": "true" if table.kind is Kind.DIMENSION else None,
            "name": f"[__tableau_internal_object_id__].{field(object_id(table.name))}",
            "role": "measure",
            "type": "quantitative",
        },
    )


def _drill_paths(model: SemanticModel) -> Iterator[Element]:
    names = field_names(model.tables)
    for table in tables_of(model):
        for hierarchy in table.hierarchies:
            levels = (element("field", text=field(names[table.name, level])) for level in hierarchy.levels)
            yield element("drill-path", {"name": hierarchy.name}, *levels)


def _folders(model: SemanticModel, all_fields: dict[str, Field]) -> Iterator[Element]:
    """One for each table and group of its columns, one for each family of measures."""
    names = field_names(model.tables)
    items: dict[str, list[Element]] = {}
    for table in tables_of(model):
        in_paths = {level for hierarchy in table.hierarchies for level in hierarchy.levels}
        for hierarchy in table.hierarchies:
            items.setdefault(table.name, []).append(_item(hierarchy.name, "drillpath"))
        sorts = {column.sort_by for column in table.columns}
        for column in table.columns:
            one = all_fields[names[table.name, column.name]]
            if one.hidden or column.name in in_paths:
                continue
            group = column.folder or ("Order" if column.hidden and column.name in sorts else None)
            items.setdefault(f"{table.name} {group}" if group else table.name, []).append(
                _item(field(one.name), "field")
            )
    for one in all_fields.values():
        if one.folder is not None:
            items.setdefault(one.folder, []).append(_item(field(one.name), "field"))
    for name, members in items.items():
        yield element("folder", {"name": name}, *members)


def _item(name: str, type_: str) -> Element:
    return element("folder-item", {"name": name, "type": type_})
