"""Packaged data sources and workbooks: what a .tdsx or .twbx holds, as far as publishing needs to know it."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from qbo_pipeline.local.tableau.records import WorkbookConnection
from qbo_pipeline.local.tableau.xml_text import parsed

_TABLE = re.compile(r"^\[(?P<schema>(?:[^\]]|\]\])*)\]\.\[(?P<table>(?:[^\]]|\]\])*)\]$")
_HYPER_CLASSES = ("hyper", "dataengine")


class PackageError(Exception):
    """A file that is no such package, or lacks something, and what."""


@dataclass(frozen=True, slots=True)
class DataSourcePackage:
    """A .tdsx (or .tds): its definition, the name of the .hyper inside, and what its connection is."""

    definition: bytes
    hyper: str | None
    connection_class: str
    is_extract: bool
    """Whether it has an enabled <extract>: then its data cannot be updated."""
    relations: tuple[tuple[str, str], ...]
    """Schema and name of the tables that it is made of, where its connection is Hyper."""


@dataclass(frozen=True, slots=True)
class WorkbookPackage:
    """A .twbx (or .twb): names of its sheets and dashboards, its connections."""

    views: tuple[str, ...]
    connections: tuple[tuple[str, str, str], ...]
    """Class, server, and name of what is connected to: the content url of a published data source for sqlproxy."""
    has_extracts: bool


def data_source_package(body: Path, kind: str) -> DataSourcePackage:
    """What a .tdsx or .tds says.

    Raises:
        PackageError: it cannot be read.
    """
    definition, names = _definition(body, kind == "tdsx", ".tds")
    root = _parsed(definition)
    if root.tag != "datasource":
        raise PackageError(f"the root of the .tds is <{root.tag}>, not <datasource>")
    hypers = [name for name in names if name.lower().endswith(".hyper")]
    extract = root.find("extract")
    is_extract = extract is not None and extract.get("enabled", "true") == "true"
    main = root.find("connection")
    if main is None:
        raise PackageError("the .tds has no connection")
    classes = [one.get("class", "") for one in root.findall("connection/named-connections/named-connection/connection")]
    connection_class = next((one for one in classes if one), main.get("class", ""))
    if connection_class in _HYPER_CLASSES or is_extract:
        if not hypers:
            raise PackageError("it holds no .hyper file")
        if len(hypers) > 1:
            raise PackageError(f"it holds {len(hypers)} .hyper files: {', '.join(sorted(hypers))}")
        named = _named_file(root)
        if named and Path(named.replace("\\", "/")).name.lower() != Path(hypers[0]).name.lower():
            raise PackageError(f"its connection names {named}, and it holds {hypers[0]}")
    relations = _relations(main) if connection_class in _HYPER_CLASSES else ()
    return DataSourcePackage(definition, hypers[0] if hypers else None, connection_class, is_extract, relations)


def extract_member(body: Path, name: str, target: Path) -> None:
    """Write a file of a package to where it is to be."""
    with zipfile.ZipFile(body) as archive, archive.open(name) as source, target.open("wb") as file:
        while piece := source.read(1 << 20):
            file.write(piece)


def workbook_package(body: Path, kind: str) -> WorkbookPackage:
    """What a .twbx or .twb says.

    Raises:
        PackageError: it cannot be read.
    """
    definition, names = _definition(body, kind == "twbx", ".twb")
    root = _parsed(definition)
    if root.tag != "workbook":
        raise PackageError(f"the root of the .twb is <{root.tag}>, not <workbook>")
    views = [
        *(one.get("name", "") for one in root.findall("worksheets/worksheet")),
        *(one.get("name", "") for one in root.findall("dashboards/dashboard")),
    ]
    connections = []
    extracts = any(name.lower().endswith(".hyper") for name in names)
    for source in root.findall("datasources/datasource"):
        location = source.find("repository-location")
        for connection in source.iter("connection"):
            kind_of = connection.get("class", "")
            if kind_of in ("", "federated"):
                continue
            name = connection.get("dbname", "") or (location.get("id", "") if location is not None else "")
            connections.append((kind_of, connection.get("server", ""), name))
    return WorkbookPackage(tuple(views), tuple(dict.fromkeys(connections)), extracts)


def packaged(definition: bytes, name: str, hyper: Path | None, hyper_name: str) -> bytes:
    """A .tdsx of a definition and the rows as they are now."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.tds", definition)
        if hyper is not None:
            archive.write(hyper, hyper_name)
    return target.getvalue()


def hyper_name(definition: bytes, name: str) -> str:
    """Where the .hyper of a definition belongs in its package."""
    named = _named_file(_parsed(definition))
    return named.replace("\\", "/") if named else f"Data/Extracts/{name}.hyper"


def workbook_connections(
    package: WorkbookPackage, identities: list[str], published: dict[str, tuple[str, str]]
) -> list[WorkbookConnection]:
    """Connections as they are listed; `published` has LUID and name of data sources by content url (small letters)."""
    made = []
    for identity, (kind, server, name) in zip(identities, package.connections, strict=True):
        luid, shown = published.get(name.lower(), (None, name)) if kind == "sqlproxy" else (None, name)
        made.append(WorkbookConnection(identity, kind, server, luid, shown))
    return made


def _definition(body: Path, is_packaged: bool, suffix: str) -> tuple[bytes, list[str]]:
    if not is_packaged:
        return body.read_bytes(), []
    try:
        with zipfile.ZipFile(body) as archive:
            broken = archive.testzip()
            if broken is not None:
                raise PackageError(f"its file {broken} is damaged")
            names = archive.namelist()
            found = [name for name in names if name.lower().endswith(suffix) and "/" not in name]
            if len(found) != 1:
                raise PackageError(f"it holds {len(found)} {suffix} files at its root, not one")
            return archive.read(found[0]), names
    except (zipfile.BadZipFile, OSError) as error:
        raise PackageError(f"it is no zip archive: {error}") from error


def _parsed(definition: bytes) -> Element:
    try:
        return parsed(definition)
    except (ParseError, ValueError) as error:
        raise PackageError(f"its definition is no XML: {error}") from error


def _named_file(root: Element) -> str:
    """The path of the .hyper file that the definition connects to."""
    for connection in root.iter("connection"):
        named = connection.get("dbname", "")
        if connection.get("class") in _HYPER_CLASSES and named.lower().endswith(".hyper"):
            return named
    return ""


def _relations(connection: Element) -> tuple[tuple[str, str], ...]:
    found = []
    for relation in connection.iter():
        named = _TABLE.match(relation.get("table", "")) if relation.tag.endswith("relation") else None
        if named is not None:
            found.append((named["schema"].replace("]]", "]"), named["table"].replace("]]", "]")))
    return tuple(dict.fromkeys(found))
