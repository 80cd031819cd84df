"""Workbooks: published with their connections, found again, connected to published data sources."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
import tableauserverclient as tsc

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline_tests.local.tableau.caller import Caller, all_of, error_code, first, hyper_file, multipart, packaged


def workbook(content_url: str = "Books") -> str:
    """A .twb of a sheet and a dashboard over a published data source."""
    return (
        "<workbook version='18.1'><datasources><datasource name='sqlproxy.1' caption='Books'>"
        f"<repository-location id='{content_url}' path='/datasources' />"
        f"<connection class='sqlproxy' server='localhost' dbname='{content_url}' /></datasource></datasources>"
        "<worksheets><worksheet name='Income' /></worksheets><dashboards><dashboard name='Cash' /></dashboards>"
        "</workbook>"
    )


def publish(caller: Caller, file: bytes, name: str = "Close", **parameters: str) -> httpx.Response:
    payload = f'<tsRequest><workbook name="{name}" /></tsRequest>'
    asked = {"workbookType": "twbx", **parameters}
    return caller.http.post("workbooks", params=asked, **multipart(payload, "tableau_workbook", file))


def test_a_workbook_knows_the_data_source_that_it_hangs_on(caller: Caller, tmp_path: Path) -> None:
    source = caller.published(tmp_path)
    shown = first(publish(caller, packaged(None, workbook(), ".twb")), "workbook")
    connections = caller.http.get(f"workbooks/{shown.get('id')}/connections")

    assert first(connections, "connection").get("type") == "sqlproxy"
    assert first(connections, "datasource").attrib == {"id": source, "name": "Books"}
    views = all_of(caller.http.get(f"workbooks/{shown.get('id')}"), "view")
    assert [one.get("name") for one in views] == ["Income", "Cash"]


def test_a_workbook_over_nothing_is_refused(caller: Caller) -> None:
    answer = publish(caller, packaged(None, workbook("Nothing"), ".twb"))

    assert (error_code(answer), "no published data source Nothing" in answer.text) == ((400, "400011"), True)


def test_overwriting_a_workbook_keeps_its_luid(caller: Caller, tmp_path: Path) -> None:
    caller.published(tmp_path)
    file = packaged(None, workbook(), ".twb")
    luid = first(publish(caller, file), "workbook").get("id")

    assert error_code(publish(caller, file)) == (403, "403007")
    assert first(publish(caller, file, overwrite="true"), "workbook").get("id") == luid


def test_tableaus_client_publishes_reads_and_deletes_a_workbook(
    tableau: LocalTableau, caller: Caller, tmp_path: Path
) -> None:
    source = caller.published(tmp_path)
    server = caller.client()
    path = tmp_path / "Close.twbx"
    path.write_bytes(packaged(hyper_file(tmp_path / "own.hyper"), workbook(), ".twb"))
    [project], _ = server.projects.get()
    item = tsc.WorkbookItem(project.id, "Close")
    mode = tsc.Server.PublishMode.Overwrite
    job = server.workbooks.publish(item, path, mode, None, as_job=True, skip_connection_check=False)
    server.jobs.wait_for_job(job, timeout=20)
    [found] = server.workbooks.filter(name="Close")
    server.workbooks.populate_connections(found)

    assert found.connections[0].datasource_id == source
    assert found.id is not None
    assert Path(server.workbooks.download(found.id, str(tmp_path / "down"))).read_bytes() == path.read_bytes()
    server.workbooks.delete(found.id)
    with pytest.raises(tsc.ServerResponseError, match="404006"):
        server.workbooks.get_by_id(found.id)
    assert len(list(tableau.service.store.content.iterdir())) == 2
