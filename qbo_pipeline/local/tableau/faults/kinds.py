"""The kinds of faults there are: one declaration each, with its settings and a sentence."""

from __future__ import annotations

from typing import get_args

from qbo_pipeline.local.faults import Kind
from qbo_pipeline.local.quickbooks.injection.settings import Setting
from qbo_pipeline.local.tableau.endpoints import Endpoint

EVERYWHERE: tuple[Endpoint, ...] = get_args(Endpoint)
WITH_A_SESSION: tuple[Endpoint, ...] = tuple(one for one in EVERYWHERE if one not in ("server_info", "sign_in"))
WITH_A_JOB: tuple[Endpoint, ...] = ("publish", "publish_workbook", "update_data", "refresh", "run_task")

_CARRIED_OUT = "whether the request was carried out nevertheless"

_ALL = (
    Kind(
        "timeout",
        "no answer for `seconds`, then 504 of a gateway",
        (
            Setting("seconds", "number", 30.0, "how long nothing comes", least=0),
            Setting("carried_out", "truth", True, _CARRIED_OUT),
        ),
        EVERYWHERE,
    ),
    Kind(
        "reset",
        "the answer is lost: the connection ends before it does",
        (
            Setting(
                "at", "text", "start", "where the answer ends: before its first byte, by a TCP reset, or in mid-body",
                choices=("start", "middle"),
            ),
            Setting("carried_out", "truth", True, _CARRIED_OUT),
        ),
        EVERYWHERE,
    ),
    Kind(
        "server_error",
        "5xx",
        (
            Setting("status", "integer", 500, "which", least=500, most=599),
            Setting("body", "text", "xml", "an error, a gateway's page, or nothing", choices=("xml", "html", "none")),
            Setting("carried_out", "truth", False, _CARRIED_OUT),
        ),
        EVERYWHERE,
    ),
    Kind(
        "throttle",
        "429000, whatever was asked before",
        (
            Setting("minutes", "integer", 29, "the wait that its text names", least=0),
            Setting("resource", "text", "api.rest.refresh_extracts", "what its text says there were too many of"),
            Setting("retry_after", "truth", False, "whether it has a Retry-After header, too"),
        ),
        EVERYWHERE,
        carried_out=False,
    ),
    Kind(
        "slow", "the answer is late", (Setting("seconds", "number", 1.0, "how many seconds", least=0),), EVERYWHERE
    ),
    Kind("session_expired", "401002, and the session is over", (), WITH_A_SESSION, carried_out=False),
    Kind("upload_conflict", "500 errors.upload.concurrent_write", (), ("upload",), carried_out=False),
    Kind("payload_too_large", "413", (), ("publish", "upload", "update_data"), carried_out=False),
    Kind(
        "failing_job",
        "the job that the request makes fails",
        (
            Setting("notes", "truth", True, "whether it says why"),
            Setting("text", "text", "Injected failure.", "what it says"),
            Setting("done", "truth", False, "whether it does its work nevertheless"),
        ),
        WITH_A_JOB,
    ),
    Kind(
        "slow_job",
        "the job that the request makes takes `seconds`, by the clock of the service",
        (Setting("seconds", "number", 5.0, "how long", least=0),),
        WITH_A_JOB,
    ),
    Kind("stuck_job", "the job that the request makes never ends", (), WITH_A_JOB),
)  # fmt: skip

KINDS = {kind.name: kind for kind in _ALL}
