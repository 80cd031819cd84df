from __future__ import annotations

import duckdb
import pytest
import sqlalchemy.exc
import typer
from typer.testing import CliRunner

from qbo_pipeline.command_line.failures import Commands, Failure, describe
from qbo_pipeline.ingestion.session import LoadError
from qbo_pipeline.quickbooks.errors import NotConnectedError, RequestContext, ServerError
from qbo_pipeline.settings import SettingsError

CONTEXT = RequestContext("123", "GET", "query", entity="Invoice", attempts=3, status=503, intuit_tid="1-abc")


def ending_in(error: BaseException) -> typer.Typer:
    app = typer.Typer(cls=Commands, pretty_exceptions_enable=False)

    @app.callback()
    def root(debug: bool = False) -> None:
        pass

    @app.command()
    def work() -> None:
        raise error

    return app


def test_a_failed_request_tells_what_where_and_what_to_do() -> None:
    [failure] = describe(ServerError(CONTEXT, "QuickBooks answered HTTP 503"))

    assert failure.what == "QuickBooks answered HTTP 503"
    assert failure.where == "company 123, Invoice, GET query, HTTP 503, 3 attempts, intuit_tid 1-abc"
    assert failure.to_do is not None
    assert "status.developer.intuit.com" in failure.to_do


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
