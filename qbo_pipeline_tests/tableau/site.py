"""Other people's content on the local Tableau: workbooks that hang on a data source, tasks, refreshes, jobs."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import tableauserverclient as TSC  # noqa: N812  as its own documentation has it

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline_tests.local.tableau.caller import hyper_file

EXTRACT = "<extract enabled='true'><connection class='hyper' dbname='Data/Extracts/books.hyper' /></extract>"


def workbook(content_url: str, name: str, *, extract: bool) -> str:
    """A .twb that is connected to a published data source, live or with an extract of its own."""
    return (
        "<workbook version='18.1'><datasources>"
        f"<datasource name='sqlproxy.1' caption={quoteattr(name)} inline='true' version='18.1'>"
        f"<repository-location id={quoteattr(content_url)} path='/datasources' revision='1.0' />"
        f"<connection class='sqlproxy' channel='http' dbname={quoteattr(content_url)} directory='dataserver' "
        f"server='127.0.0.1' server-ds-friendly-name={quoteattr(name)} port='80' username=''>"
        "<relation connection='sqlproxy.1' name='sqlproxy' table='[sqlproxy]' type='table' /></connection>"
        f"{EXTRACT if extract else ''}</datasource></datasources>"
        "<worksheets><worksheet name='Sheet 1'><table><view><datasources><datasource name='sqlproxy.1' /></datasources>"
        "</view></table></worksheet></worksheets></workbook>"
    )


class Person:
    """Somebody who works on the site with Tableau's own client, and with a token of their own."""

    def __init__(self, tableau: LocalTableau, folder: Path) -> None:
        tableau.add_token("person", "secret")
        self._folder = folder
        self.server: Any = TSC.Server(tableau.url, use_server_version=True)  # type: ignore[no-untyped-call]
        self.sign_in()

    def sign_in(self) -> None:
        self.server.auth.sign_in(TSC.PersonalAccessTokenAuth("person", "secret", site_id=""))

    def project(self) -> str:
        return str(next(iter(TSC.Pager(self.server.projects))).id)

    def workbook(self, name: str, data_source: str, *, extract: bool = True) -> str:
        """Publish a workbook that hangs on a data source, by its LUID; LUID."""
        source = self.server.datasources.get_by_id(data_source)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            text = workbook(str(source.content_url), str(source.name), extract=extract)
            archive.writestr(f"{name}.twb", text)
            if extract:
                archive.write(hyper_file(self._folder / f"{name}.hyper"), "Data/Extracts/books.hyper")
        path = self._folder / f"{name}.twbx"
        path.write_bytes(packed.getvalue())
        item = TSC.WorkbookItem(self.project(), name)
        mode = TSC.Server.PublishMode.Overwrite
        return str(self.server.workbooks.publish(item, str(path), mode, skip_connection_check=True).id)

    def data_source(self, name: str) -> str:
        """Publish a data source; LUID."""
        path = hyper_file(self._folder / f"{name}.hyper")
        item = TSC.DatasourceItem(self.project(), name=name)
        return str(self.server.datasources.publish(item, str(path), TSC.Server.PublishMode.Overwrite).id)

    def refreshes(self, workbook: str) -> list[TSC.JobItem]:
        """Jobs that refresh a workbook, the oldest first."""
        listed = sorted(TSC.Pager(self.server.jobs), key=lambda one: one.created_at)
        jobs = [self.server.jobs.get_by_id(one.id) for one in listed if "extract" in str(one.type).lower()]
        return [one for one in jobs if one.workbook_id == workbook]


def asked(tableau: LocalTableau, since: int = 0) -> list[str]:
    """The endpoints that were asked, in the order of the requests, without sign-ins."""
    return [one.endpoint for one in tableau.requests[since:] if one.endpoint not in ("sign_in", "server_info")]
