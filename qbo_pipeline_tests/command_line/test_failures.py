from __future__ import annotations

import logging
from collections.abc import Callable

import duckdb
import pytest
import sqlalchemy.exc
import typer
from typer.testing import CliRunner

from qbo_pipeline.command_line.failures import Commands, Failure, describe
from qbo_pipeline.ingestion.failures import LoadError
from qbo_pipeline.quickbooks.errors import NotConnectedError, RequestContext, ServerError, UnreachableError
from qbo_pipeline.settings import SettingsError
from qbo_pipeline_tests.command_line.ctrl_c import press_within_a_statement

CONTEXT = RequestContext("123", "GET", "query", entity="Invoice", attempts=3, status=503, intuit_tid="1-abc")


def doing(what: Callable[[], None]) -> typer.Typer:
    app = typer.Typer(cls=Commands, pretty_exceptions_enable=False)

    @app.callback()
    def root(debug: bool = False) -> None:
        pass

    app.command("work")(what)
    return app


def ending_in(error: BaseException) -> typer.Typer:
    def work() -> None:
        raise error

    return doing(work)


def test_a_failed_request_tells_what_where_and_what_to_do() -> None:
    [failure] = describe(ServerError(CONTEXT, "QuickBooks answered HTTP 503"))

    assert failure.what == "QuickBooks answered HTTP 503"
    assert failure.where == "company 123, Invoice, GET query, HTTP 503, 3 attempts, intuit_tid 1-abc"
    assert failure.to_do is not None
    assert "status.developer.intuit.com" in failure.to_do


def test_many_entities_are_counted_and_not_listed() -> None:
    together = RequestContext("123", "GET", "cdc", entity="Invoice,Bill,Term", query="cdc?entities=Invoice,Bill,Term")
    [failure] = describe(ServerError(together, "down"))

    assert failure.where == "company 123, 3 entities, GET cdc"


def test_a_local_service_that_is_down_is_to_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    [local] = describe(UnreachableError(CONTEXT, "no connection"))
    monkeypatch.setenv("QBO_ENVIRONMENT", "sandbox")
    [real] = describe(UnreachableError(CONTEXT, "no connection"))

    assert "qbo-pipeline local serve quickbooks" in (local.to_do or "")
    assert real.to_do == UnreachableError.hint


def test_a_warning_is_one_line_with_its_beginning_and_its_end() -> None:
    def work() -> None:
        logging.getLogger("qbo_pipeline.quickbooks").warning("GET cdc failed %s trying again in 2 s", "Invoice," * 99)

    lines = CliRunner().invoke(doing(work), ["work"]).stderr.splitlines()

    assert len(lines) == 1
    assert lines[0].startswith("GET cdc failed Invoice,")
    assert lines[0].endswith("trying again in 2 s")
    assert len(lines[0]) < 200


def test_every_entity_of_a_failed_load_is_told_and_shared_advice_once() -> None:
    errors: dict[str, Exception] = {name: ServerError(CONTEXT, "down") for name in ("Invoice", "Bill")}
    result = CliRunner().invoke(ending_in(LoadError("123", errors, [])), ["work"])

    assert result.exit_code == 1
    assert "Failed: Invoice: down" in result.stderr
    assert "Failed: Bill: down" in result.stderr
    assert result.stderr.count("to do:") == 1


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (SettingsError("QBO_ENVIRONMENT: wrong"), Failure("QBO_ENVIRONMENT: wrong")),
        (FileNotFoundError(2, "No such file", "/x"), Failure("No such file", "/x")),
        (duckdb.BinderException("no column"), Failure("no column")),
    ],
)
def test_errors_of_every_layer_have_a_plain_text(error: Exception, failure: Failure) -> None:
    assert describe(error) == [failure]


def test_a_state_store_that_does_not_answer_names_its_setting() -> None:
    [failure] = describe(sqlalchemy.exc.OperationalError("SELECT", {}, Exception("connection refused")))

    assert "connection refused" in failure.what
    assert failure.to_do is not None
    assert "QBO_STATE_URL" in failure.to_do


def test_a_database_of_dagsters_that_does_not_answer_is_not_taken_for_the_state_store() -> None:
    error = type("DagsterPostgresException", (Exception,), {"__module__": "dagster_postgres.utils"})("too many retries")
    error.__cause__ = sqlalchemy.exc.OperationalError("SELECT", {}, Exception("connection refused"))

    [failure] = describe(error)

    assert "Dagster's database" in failure.what
    assert "connection refused" in failure.what
    assert failure.to_do is not None
    assert "dagster.yaml" in failure.to_do


@pytest.mark.parametrize(
    "told",
    [
        'IO Error: Could not set lock on file "/data/warehouse.duckdb": Conflicting lock is held in duckdb (PID 1).',
        'IO Error: Cannot open file "D:\\data\\warehouse.duckdb": Der Prozess kann nicht auf die Datei zugreifen, da '
        "sie von einem anderen Prozess verwendet wird.\n\nFile is already open in \nC:\\duckdb.exe (PID 1)",
    ],
    ids=["elsewhere", "windows"],
)
def test_a_file_that_another_program_has_open_is_to_be_closed_there(told: str) -> None:
    [failure] = describe(duckdb.IOException(told))

    assert "Close it there" in str(failure.to_do)


@pytest.mark.parametrize("error", [NotConnectedError("123", "never connected"), ZeroDivisionError("division by zero")])
def test_no_error_shows_a_traceback_unless_it_is_asked_for(error: Exception) -> None:
    app, runner = ending_in(error), CliRunner()

    quiet = runner.invoke(app, ["work"])
    loud = runner.invoke(app, ["--debug", "work"])

    assert quiet.exit_code == 1
    assert "Failed:" in quiet.stderr
    assert "Traceback" not in quiet.stderr
    assert loud.exception is error


def test_markup_in_an_error_is_shown_as_it_is() -> None:
    result = CliRunner().invoke(ending_in(SettingsError("not [one] of [/these]")), ["work"])

    assert "not [one] of [/these]" in result.stderr


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_within_a_statement_of_duckdb_ends_a_command_as_it_does_elsewhere() -> None:
    answer = CliRunner().invoke(doing(press_within_a_statement), ["work"])

    assert (answer.exit_code, answer.output) == (130, "")
