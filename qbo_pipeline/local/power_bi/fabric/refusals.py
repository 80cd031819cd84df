"""Errors as Fabric and OneLake answer them: Fabric by `errorCode`, OneLake as Azure Data Lake Storage does."""

from __future__ import annotations

from uuid import uuid4

from qbo_pipeline.local.power_bi.errors import PowerBIAnswerError


def fabric_error(status: int, code: str, message: str, *, retriable: bool = False) -> PowerBIAnswerError:
    """An ErrorResponse of the Fabric REST API."""
    body = {
        "requestId": str(uuid4()),
        "errorCode": code,
        "message": message,
        "isRetriable": retriable,
        "moreDetails": [],
    }
    return PowerBIAnswerError(status, body)


def item_not_found(what: str) -> PowerBIAnswerError:
    """No such item in the workspace."""
    return fabric_error(404, "ItemNotFound", f"The requested {what} could not be found.")


def lake_error(status: int, code: str, message: str) -> PowerBIAnswerError:
    """An error of the DFS endpoint; its code is a header, too."""
    return PowerBIAnswerError(status, {"error": {"code": code, "message": message}}, {"x-ms-error-code": code})


def path_not_found(path: str) -> PowerBIAnswerError:
    """No such file or folder."""
    return lake_error(404, "PathNotFound", f"The specified path does not exist: {path}")
