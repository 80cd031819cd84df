"""Someone who talks to the local Tableau: over plain HTTP, or with Tableau's own client library."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import httpx
import tableauserverclient as tsc
from tableauhyperapi import Connection, CreateMode, HyperProcess, Telemetry, escape_name, escape_string_literal

from qbo_pipeline.local.tableau import LocalTableau

Tables = dict[str, tuple[str, Sequence[Sequence[Any]]]]
"""Columns and rows by the name of a table; values as texts."""

NAMESPACE = {"t": "http://tableau.com/api"}
VERSION = "3.29"

ROWS = [("1-1", "10.0000", "2026-01-31"), ("1-2", "2.5000", None)]
LINES: Tables = {"Lines": ('"Key" TEXT, "Amount" NUMERIC(18, 4), "On" DATE', ROWS)}
"""A table of two rows: its columns, and rows as texts."""


def hyper_file(path: Path, tables: Tables | None = None, *keys: str) -> Path:
    """A .hyper file of tables in the schema Extract; `keys` are further statements."""
    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}) as process,
        Connection(process.endpoint, path, CreateMode.CREATE_AND_REPLACE) as connection,
    ):
        connection.execute_command('CREATE SCHEMA "Extract"')
        for name, (columns, rows) in (LINES if tables is None else tables).items():
            table = f'"Extract".{escape_name(name)}'
            connection.execute_command(f"CREATE TABLE {table} ({columns})")
            for row in rows:
                values = ", ".join("NULL" if one is None else escape_string_literal(str(one)) for one in row)
                connection.execute_command(f"INSERT INTO {table} VALUES ({values})")
        for statement in keys:
            connection.execute_command(statement)
    return path


_EXTRACT = "<extract enabled='true'><connection class='hyper' dbname='Data/Extracts/books.hyper' /></extract>"


def data_source_definition(tables: Iterable[str] = ("Lines",), *, kind: str = "hyper", extract: bool = False) -> str:
    """A .tds over tables of a .hyper file."""
    relations = "".join(
        f"<relation connection='hyper.1' name='{one}' table='[Extract].[{one}]' type='table' />" for one in tables
    )
    inner = f"<connection class='{kind}' dbname='Data/Extracts/books.hyper' schema='Extract' />"
    return (
        "<datasource formatted-name='books' inline='true' version='18.1'><connection class='federated'>"
        f"<named-connections><named-connection caption='books' name='hyper.1'>{inner}</named-connection>"
        f"</named-connections><relation type='collection'>{relations}</relation></connection>"
        f"{_EXTRACT if extract else ''}</datasource>"
    )


def packaged(hyper: Path | None, definition: str | None = None, suffix: str = ".tds") -> bytes:
    """A .tdsx (or .twbx) of a definition and a .hyper file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"books{suffix}", definition or data_source_definition())
        if hyper is not None:
            archive.write(hyper, "Data/Extracts/books.hyper")
    return target.getvalue()


def multipart(payload: str, name: str = "", file: bytes | None = None) -> dict[str, Any]:
    """Content and headers of a multipart/mixed request."""
    parts = [("request_payload", "text/xml", payload.encode())]
    if file is not None:
        parts.append((name, "application/octet-stream", file))
    head = '--edge\r\nContent-Disposition: name="{}"; filename="x"\r\nContent-Type: {}\r\n\r\n'
    body = b"".join(head.format(part, kind).encode() + content + b"\r\n" for part, kind, content in parts)
    return {"content": body + b"--edge--\r\n", "headers": {"Content-Type": "multipart/mixed; boundary=edge"}}


def sign_in_body(content_url: str = "", **credentials: str) -> str:
    told = credentials or {"personalAccessTokenName": "local", "personalAccessTokenSecret": "local"}
    attributes = " ".join(f'{name}="{value}"' for name, value in told.items())
    return f'<tsRequest><credentials {attributes}><site contentUrl="{content_url}" /></credentials></tsRequest>'


class Caller:
    """`http` has the site as its base address, and is signed in."""

    def __init__(self, tableau: LocalTableau) -> None:
        self.tableau = tableau
        self.api = f"{tableau.url}/api/{VERSION}"
        self.http = httpx.Client(base_url=f"{self.api}/sites/{tableau.site_id}", timeout=30.0)
        self.renew()

    def sign_in(self, content_url: str = "", **credentials: str) -> httpx.Response:
        return httpx.post(f"{self.api}/auth/signin", content=sign_in_body(content_url, **credentials))

    def renew(self) -> None:
        self.http.headers["X-Tableau-Auth"] = first(self.sign_in(), "credentials").get("token", "")

    def publish(
        self, file: bytes, kind: str = "tdsx", name: str = "Books", project: str | None = None, **parameters: str
    ) -> httpx.Response:
        where = f'<project id="{project}" />' if project else ""
        payload = f'<tsRequest><datasource name="{name}">{where}</datasource></tsRequest>'
        asked = {"datasourceType": kind, **parameters}
        return self.http.post("datasources", params=asked, **multipart(payload, "tableau_datasource", file))

    def published(self, tmp_path: Path, tables: Tables | None = None, **parameters: str) -> str:
        """LUID of a data source that is live to Hyper."""
        names = tuple(LINES if tables is None else tables)
        file = packaged(hyper_file(tmp_path / "books.hyper", tables), data_source_definition(names))
        answer = self.publish(file, overwrite="true", **parameters)
        assert answer.status_code == 201, answer.text
        return first(answer, "datasource").get("id", "")

    def upload(self, *chunks: bytes) -> str:
        session = first(self.http.post("fileUploads"), "fileUpload").get("uploadSessionId", "")
        for chunk in chunks:
            answer = self.http.put(f"fileUploads/{session}", **multipart("", "tableau_file", chunk))
            assert answer.status_code == 200, answer.text
        return session

    def update(
        self, data_source: str, actions: Sequence[dict[str, Any]], payload: Path | None = None, key: str = "1"
    ) -> httpx.Response:
        parameters = {"uploadSessionId": self.upload(payload.read_bytes())} if payload else {}
        return self.http.patch(
            f"datasources/{data_source}/data", params=parameters, content=json.dumps({"actions": actions}),
            headers={"requestid": key},
        )  # fmt: skip

    def job(self, answer: httpx.Response) -> Element:
        """The job of an answer, once it is completed."""
        assert answer.status_code in (200, 202), answer.text
        self.tableau.wait_for_jobs()
        return first(self.http.get(f"jobs/{first(answer, 'job').get('id')}"), "job")

    def client(self) -> tsc.Server:
        """Tableau's own client, signed in with another token than `http`."""
        self.tableau.add_token("client", "secret")
        server = client_of(self.tableau)
        server.auth.sign_in(tsc.PersonalAccessTokenAuth("client", "secret", site_id=""))
        return server


def client_of(tableau: LocalTableau) -> tsc.Server:
    """Tableau's own client, not signed in."""
    return tsc.Server(tableau.url, use_server_version=True)  # type: ignore[no-untyped-call]


def first(answer: httpx.Response, tag: str) -> Element:
    """The first element of a tag in an answer."""
    found = fromstring(answer.content).find(f".//t:{tag}", NAMESPACE)
    assert found is not None, answer.text
    return found


def all_of(answer: httpx.Response, tag: str) -> list[Element]:
    return fromstring(answer.content).findall(f".//t:{tag}", NAMESPACE)


def error_code(answer: httpx.Response) -> tuple[int, str]:
    """The status over HTTP, and Tableau's code."""
    return answer.status_code, first(answer, "error").get("code", "")
