"""Answers that are errors, with Tableau's codes. Where a text or status is a guess, it says so."""

from __future__ import annotations

UNAUTHORIZED = "Invalid authentication credentials were provided."


class TableauAnswerError(Exception):
    """An answer that is an error: the status over HTTP, Tableau's code, summary and detail."""

    def __init__(self, code: str, summary: str, detail: str, status: int | None = None) -> None:
        self.code = code
        self.summary = summary
        self.detail = detail
        self.status = status if status is not None else int(code[:3])
        self.headers: dict[str, str] = {}
        super().__init__(f"{code}: {summary}: {detail}")


def bad_request(detail: str) -> TableauAnswerError:
    """A request that cannot be read, or lacks something; the details are guesses."""
    return TableauAnswerError("400000", "Bad Request", detail)


def publish_failed(detail: str) -> TableauAnswerError:
    """A file that cannot be published (hyper-api-samples, issues 5 and 72); the details are guesses."""
    return TableauAnswerError("400011", "Bad Request", f"There was a problem publishing the file: {detail}")


def bad_boolean(name: str, value: str) -> TableauAnswerError:
    """A parameter that is neither true nor false."""
    return TableauAnswerError("400008", "Bad Request", f"Invalid boolean value '{value}' for '{name}'.")


def no_file(detail: str) -> TableauAnswerError:
    """No file in an append."""
    return TableauAnswerError("400020", "Bad Request", detail)


def job_query(detail: str) -> TableauAnswerError:
    """A job that cannot be queried or cancelled."""
    return TableauAnswerError("400031", "Bad Request", detail)


def no_credentials() -> TableauAnswerError:
    """No X-Tableau-Auth."""
    return TableauAnswerError("401000", "Unauthorized Access", "No authentication credentials were provided.")


def sign_in_failed(detail: str = "Error signing in to Tableau Server") -> TableauAnswerError:
    """Wrong credentials (recorded: auth_sign_in_error)."""
    return TableauAnswerError("401001", "Signin Error", detail)


def invalid_session(detail: str = UNAUTHORIZED) -> TableauAnswerError:
    """A session that is over, or never was (server-client-python, issues 717 and 1246)."""
    return TableauAnswerError("401002", "Unauthorized Access", detail)


def forbidden(detail: str) -> TableauAnswerError:
    """What the caller may not do."""
    return TableauAnswerError("403004", "Forbidden", detail)


def overwrite_not_allowed(name: str) -> TableauAnswerError:
    """There is one of that name already, and it was not said to overwrite it."""
    return TableauAnswerError("403007", "Forbidden", f"A resource named '{name}' exists; overwrite was not specified.")


def not_found(kind: str, identity: str) -> TableauAnswerError:
    """Nothing has that LUID."""
    code = {
        "site": "404000", "user": "404002", "datasource": "404004", "project": "404005", "workbook": "404006",
        "schedule": "404009", "task": "404010", "job": "404031", "webhook": "404030",
    }  # fmt: skip
    return TableauAnswerError(
        code.get(kind, "404003"), "Resource Not Found", f"{kind.capitalize()} '{identity}' could not be found."
    )


def unknown_resource(path: str) -> TableauAnswerError:
    """No such address (recorded: server_info_404)."""
    return TableauAnswerError("404003", "Resource Not Found", f"Unknown resource '{path}' specified in URI.")


def upload_not_found(identity: str) -> TableauAnswerError:
    """No such upload session."""
    return TableauAnswerError("404015", "Resource Not Found", f"Upload session '{identity}' could not be found.")


def wrong_method(method: str) -> TableauAnswerError:
    """A method that the address does not have."""
    return TableauAnswerError("405000", "Invalid Request Method", f"Method '{method}' is not supported.")


def project_exists(name: str) -> TableauAnswerError:
    """Names of projects are unique in their parent."""
    return TableauAnswerError("409006", "Resource Conflict", f"A project named '{name}' exists.")


def invalid_schedule(detail: str) -> TableauAnswerError:
    """A schedule of a task on Cloud that cannot be (tableau-mcp)."""
    return TableauAnswerError("409004", "Invalid Schedule", detail)


def refresh_not_allowed(name: str) -> TableauAnswerError:
    """There is nothing to refresh an extract from."""
    return TableauAnswerError("409090", "Resource Conflict", f"Extract operation for '{name}' is not allowed.")


def refresh_queued(name: str) -> TableauAnswerError:
    """The same refresh waits or runs already."""
    return TableauAnswerError("409093", "Resource Conflict", f"An extract refresh of '{name}' is already queued.")


def too_large(detail: str) -> TableauAnswerError:
    """More than a request, a chunk or an update may have (server-client-python, issue 987)."""
    return TableauAnswerError("413000", "Payload Too Large", detail)


def too_many_requests(resource: str, minutes: int, retry_after: bool) -> TableauAnswerError:
    """A limit of a site on Cloud; how long to wait is in the text."""
    error = TableauAnswerError(
        "429000",
        "Too Many Requests",
        f"Too many requests for '{resource}'. Please retry after {minutes} minutes.",
    )
    if retry_after:
        error.headers["Retry-After"] = str(minutes * 60)
    return error


def concurrent_upload() -> TableauAnswerError:
    """Two chunks at a time (server-client-python, issue 1352)."""
    return TableauAnswerError("500000", "Internal Server Error", "errors.upload.concurrent_write")


def server_error(status: int) -> TableauAnswerError:
    """Something failed inside; the text is a guess."""
    return TableauAnswerError(f"{status}000", "Internal Server Error", "Injected failure.")
