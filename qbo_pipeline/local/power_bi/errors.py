"""Answers that are no success, in the shapes the real service has: they differ from one part of it to the next.

Most are quoted from issues and threads in which people met them; where a body or status is a guess, it says so.
"""

from __future__ import annotations

from typing import Any

RETIREMENT_LINK = (
    "https://learn.microsoft.com/en-us/power-bi/connect-data/service-real-time-streaming"
    "#types-of-real-time-semantic-models"
)

Body = dict[str, Any]


class PowerBIAnswerError(Exception):
    """An answer that is an error: `status`, a JSON body (None: empty), and headers of its own."""

    def __init__(self, status: int, body: Body | None, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.body = body
        self.headers = headers or {}
        super().__init__(f"{status}: {body}")


def _coded(status: int, code: str, message: str | None = None, **more: Any) -> PowerBIAnswerError:
    said = {} if message is None else {"message": message}
    return PowerBIAnswerError(status, {"error": {"code": code, **said, **more}})


def _nested(status: int, code: str, details: list[Body]) -> PowerBIAnswerError:
    """The shape of the parts behind the front end: the code twice, details as code and typed value."""
    inner = {"code": code, "parameters": {}, "details": details, "exceptionCulprit": 1}
    return PowerBIAnswerError(status, {"error": {"code": code, "pbi.error": inner}})


def _detail(code: str, value: str, kind: int = 0) -> Body:
    return {"code": code, "detail": {"type": kind, "value": value}}


def unknown_property(name: str, kind: str, target: str) -> PowerBIAnswerError:
    """A property that the type does not have (github.com/sql-bi/Pbi-PushDataset, issue 1)."""
    told = (
        f"The property '{name}' does not exist on type 'Microsoft.PowerBI.ServiceContracts.Api.{kind}'. "
        "Make sure to only use property names that are defined by the type."
    )
    return _coded(400, "BadRequest", "Bad Request", details=[{"message": told, "target": target}])


def bad_request(message: str, target: str) -> PowerBIAnswerError:
    """A body that cannot be read as what it should be; the text of the detail is a guess."""
    return _coded(400, "BadRequest", "Bad Request", details=[{"message": message, "target": target}])


def invalid_request(message: str) -> PowerBIAnswerError:
    """A body that can be read and breaks a rule; the text is a guess but for streaming columns."""
    return _coded(400, "InvalidRequest", message)


def streaming_columns() -> PowerBIAnswerError:
    """More than name and type in a column of a PushStreaming dataset (MicrosoftDocs/powerbi-docs, issue 899)."""
    return invalid_request("This dataset or endpoint does not support column properties other than name and dataType.")


def unknown_table(name: str, dataset_name: str, dataset_id: str) -> PowerBIAnswerError:
    """No such table (gbrueckl/PowerBI.API.Client, issue 21; microsoft/PowerBI-CSharp, issue 127)."""
    return _coded(404, "ItemNotFound", f"Table '<pi>{name}</pi>' not found in dataset '{dataset_name}|{dataset_id}'")


def not_push(dataset_id: str) -> PowerBIAnswerError:
    """A dataset that takes no rows, or that is not there (microsoft/PowerBI-CSharp, issue 105)."""
    return _coded(404, "ItemNotFound", f"Dataset {dataset_id} is not Push API dataset.")


def dataset_not_found(dataset_id: str) -> PowerBIAnswerError:
    """No such dataset; the body is a guess in the shape of the parts behind the front end."""
    return _nested(404, "PowerBIEntityNotFound", [_detail("EntityId", dataset_id)])


def item_not_found(message: str) -> PowerBIAnswerError:
    """Anything else that is not there; the text is a guess."""
    return _coded(404, "ItemNotFound", message)


def too_large() -> PowerBIAnswerError:
    """A body of more than 16 MB, or too many rows (sql-bi/Pbi-PushDataset, issue 9: 413 for 31,535 rows)."""
    return _coded(413, "RequestEntityTooLarge", "The request body is too large.")


def throttled(seconds: int, retry_after: int | None) -> PowerBIAnswerError:
    """429 with the text that the admin API has (pbimonitor, issue 58); with or without its Retry-After header."""
    told = (
        "You have exceeded the amount of requests allowed in the current time frame and further requests will fail. "
        f"Retry in {seconds} seconds."
    )
    return PowerBIAnswerError(429, {"message": told}, {} if retry_after is None else {"Retry-After": str(retry_after)})


def too_many_rows(retry_after: int | None) -> PowerBIAnswerError:
    """The rows of an hour are spent (text: spark-power-bi, issue 1; the status is a guess)."""
    error = _coded(429, "TooManyRequests", "Maximum number of rows exceeded in time window. Please retry later")
    if retry_after is not None:
        error.headers["Retry-After"] = str(retry_after)
    return error


def table_full(name: str, rows: int) -> PowerBIAnswerError:
    """A table without retention is full; status and body are a guess."""
    return _coded(400, "RowLimitExceeded", f"Table '{name}' holds the maximum of {rows} rows.")


def sequence_repeated(sent: int, seen: int) -> PowerBIAnswerError:
    """A sequence number that is not above the last one, where these are rejected; status and body are a guess."""
    return _coded(400, "InvalidSequenceNumber", f"Sequence number {sent} is not greater than {seen}.")


def not_accessible_for_application() -> PowerBIAnswerError:
    """A service principal outside of a group (Fabric community, 4399905)."""
    return PowerBIAnswerError(403, {"Message": "API is not accessible for application"})


def not_authorized(status: int = 401) -> PowerBIAnswerError:
    """The caller lacks a right, or a tenant setting is off."""
    return _nested(status, "PowerBINotAuthorizedException", [])


def no_token() -> PowerBIAnswerError:
    """No bearer token, or one that nobody here has issued: 403 with an empty body, as the front end answers."""
    return PowerBIAnswerError(403, None)


def token_expired(status: int) -> PowerBIAnswerError:
    """A token past its hour."""
    return _coded(status, "TokenExpired", "Access token has expired, resubmit with a new access token")


def creation_retired(status: int) -> PowerBIAnswerError:
    """No push dataset can be created any more (quoted in 2026; the status is a guess)."""
    told = (
        "Creation of streaming dataset is deprecated. "
        "We recommend exploring Real-Time Intelligence in Microsoft Fabric."
    )
    details = [_detail("LearnMoreLink", RETIREMENT_LINK), _detail("FeatureDeprecatedMessage", told)]
    inner = {"code": "FeatureDeprecatedError", "details": details, "exceptionCulprit": 1}
    return PowerBIAnswerError(status, {"error": {"code": "FeatureDeprecatedError", "pbi.error": inner}})


def missing_information() -> PowerBIAnswerError:
    """What creations were answered for days in March 2026 (microsoft/powerbi-powershell, issue 435)."""
    return _coded(400, "BadRequest", "request could not be processed due to missing or invalid information")


def dax_failed(message: str) -> PowerBIAnswerError:
    """A query that does not run (PowerBI-VSCode, issue 43); the details say why."""
    details = [_detail("DetailsMessage", message, 1), _detail("AnalysisServicesErrorCode", "3239575574", 1)]
    inner = {"code": "DatasetExecuteQueriesError", "parameters": {}, "details": details}
    return PowerBIAnswerError(400, {"error": {"code": "DatasetExecuteQueriesError", "pbi.error": inner}})


def refresh_quota_spent() -> PowerBIAnswerError:
    """The refreshes of a day are spent (Connectors, issue 450; the status is a guess)."""
    return invalid_request(
        "Invalid dataset refresh request. Number of refresh requests in last 24 hours exceeded limit"
    )


def refresh_running() -> PowerBIAnswerError:
    """A second enhanced refresh while one is in flight."""
    return _coded(409, "RefreshInProgressException", "Another refresh request is already executing")


def server_error(status: int) -> PowerBIAnswerError:
    """Something failed inside; the body is a guess."""
    return _coded(status, "InternalServerError" if status == 500 else "ServiceUnavailable", "Injected failure.")


def workspace_not_found(identity: str) -> PowerBIAnswerError:
    """No such workspace, or none that the caller is a member of; the body is a guess."""
    return _nested(404, "PowerBIFolderNotFound", [_detail("FolderId", identity)])
