"""What a data source is connected to: the tables of a `.hyper` file, or a data source on a server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from qbo_pipeline.model.definition import DataType, Kind, SemanticModel, Table
from qbo_pipeline.model.fields import field_names
from qbo_pipeline.tableau.package.fields import DATA_TYPES, Field
from qbo_pipeline.tableau.package.names import connection_name, field, object_id
from qbo_pipeline.tableau.package.xml import element

SCHEMA = "Extract"
"""The schema of all tables in a `.hyper` file."""
_REMOTE_TYPES = {
    DataType.TEXT: "129",
    DataType.WHOLE: "20",
    DataType.MONEY: "131",
    DataType.NUMBER: "5",
    DataType.BOOLEAN: "11",
    DataType.DATE: "133",
    DataType.INSTANT: "135",
}
"""OLE DB's numbers of types."""
_PUBLISHED = "sqlproxy"
"""Tableau's name of what stands for all tables of a published data source."""


@dataclass(frozen=True, slots=True)
class PublishedSource:
    """A data source on a server: `site` and `content_url` as addresses have them, the default site is empty."""

    server_url: str
    site: str
    content_url: str
    name: str


def tables_of(model: SemanticModel) -> tuple[Table, ...]:
    """The tables that are in a data source: all but that of measures."""
    return tuple(table for table in model.tables if table.kind is not Kind.MEASURES)


def hyper_relations(model: SemanticModel, name: str) -> dict[str, Element]:
    """The tables of the extract of a data source."""
    return {
        table.name: element(
            "relation",
            {
                "connection": connection_name("hyper", name),
                "name": table.name,
                "table": f"[{SCHEMA}].[{table.name}]",
                "type": "table",
            },
        )
        for table in tables_of(model)
    }


def published_relations(model: SemanticModel, published: PublishedSource) -> dict[str, Element]:
    """The tables of a published data source: one stands for all of them."""
    return {
        table.name: element(
            "relation",
            {
                "connection": connection_name(_PUBLISHED, published.name),
                "name": _PUBLISHED,
                "table": field(_PUBLISHED),
                "type": "table",
            },
        )
        for table in tables_of(model)
    }


def hyper_connection(model: SemanticModel, name: str, path: str) -> Element:
    """`<connection>` to a `.hyper` file in the package."""
    connection = element(
        "connection",
        {
            "authentication": "auth-none",
            "author-locale": "en_US",
            "class": "hyper",
            "dbname": path,
            "default-settings": "yes",
            "schema": SCHEMA,
            "sslmode": "",
            "username": "tableau_internal_user",
        },
    )
    named = element("named-connection", {"caption": name, "name": connection_name("hyper", name)}, connection)
    return element(
        "connection",
        {"class": "federated"},
        element("named-connections", None, named),
        element("relation", {"type": "collection"}, *hyper_relations(model, name).values()),
        _columns(model),
        element("metadata-records", None, *_records(model)),
    )


def published_connection(model: SemanticModel, published: PublishedSource, fields: Mapping[str, Field]) -> Element:
    """`<connection>` to a published data source, which has the calculated fields itself."""
    server = urlsplit(published.server_url)
    calculations = (
        element("calculation", {"column": field(one.name), "formula": one.formula})
        for one in fields.values()
        if one.formula is not None
    )
    return element(
        "connection",
        {
            "channel": server.scheme,
            "class": _PUBLISHED,
            "dbname": published.content_url,
            "directory": "dataserver",
            "port": str(server.port or (443 if server.scheme == "https" else 80)),
            "server": server.hostname,
            "server-ds-friendly-name": published.name,
            "username": "",
        },
        element("relation", {"type": "collection"}, *published_relations(model, published).values()),
        element("calculations", None, *calculations),
        element("metadata-records", None, *_records(model, parent=_PUBLISHED)),
    )


def _columns(model: SemanticModel) -> Element:
    maps = (
        element("map", {"key": field(name), "value": f"[{table}].[{column}]"})
        for (table, column), name in field_names(model.tables).items()
    )
    return element("cols", None, *maps)


def _records(model: SemanticModel, parent: str | None = None) -> Iterator[Element]:
    """What is known of every column; `parent` stands for all tables."""
    names = field_names(model.tables)
    columns = ((table, column) for table in tables_of(model) for column in table.columns)
    for ordinal, (table, column) in enumerate(columns):
        name = names[table.name, column.name]
        layered = [] if parent is None else [element("layered", text="true")]
        yield element(
            "metadata-record",
            {"class": "column"},
            element("remote-name", text=column.name if parent is None else name),
            element("remote-type", text=_REMOTE_TYPES[column.type]),
            element("local-name", text=field(name)),
            element("parent-name", text=field(parent or table.name)),
            element("remote-alias", text=column.name if parent is None else name),
            element("ordinal", text=str(ordinal)),
            *layered,
            element("family", text=table.name),
            element("local-type", text=DATA_TYPES[column.type]),
            element("aggregation", text="Sum" if column.additive else "Count"),
            element("contains-null", text="true"),
            element("object-id", text=field(object_id(table.name))),
        )
