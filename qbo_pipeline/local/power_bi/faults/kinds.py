"""The kinds of faults there are: one declaration each, with its settings and a sentence."""

from __future__ import annotations

from typing import get_args

from qbo_pipeline.local.faults import Kind
from qbo_pipeline.local.power_bi.endpoints import Endpoint
from qbo_pipeline.local.quickbooks.injection.settings import Setting

EVERYWHERE: tuple[Endpoint, ...] = get_args(Endpoint)
BEHIND_A_TOKEN: tuple[Endpoint, ...] = tuple(one for one in EVERYWHERE if one != "token")

_CARRIED_OUT = "whether the request was carried out nevertheless"


_Settings = tuple[Setting, ...]


def _kind(
    name: str, what: str, settings: _Settings = (), endpoints: tuple[Endpoint, ...] = EVERYWHERE, **more: bool
) -> Kind:
    return Kind(name, what, settings, endpoints, **more)


_ALL = (
    _kind(
        "timeout",
        "no answer for `seconds`, then 504 of a gateway",
        (
            Setting("seconds", "number", 30.0, "how long nothing comes", least=0),
            Setting("carried_out", "truth", True, _CARRIED_OUT),
        ),
    ),
    _kind(
        "reset",
        "the connection ends before the answer does",
        (
            Setting(
                "at", "text", "start", "where the answer ends: before its first byte, by a TCP reset, or in mid-body",
                choices=("start", "middle"),
            ),
            Setting("carried_out", "truth", True, _CARRIED_OUT),
        ),
    ),
    _kind(
        "server_error",
        "5xx",
        (
            Setting("status", "integer", 503, "which", least=500, most=599),
            Setting(
                "body", "text", "json", "an error, a page of a gateway, or nothing", choices=("json", "html", "none")
            ),
            Setting("carried_out", "truth", False, _CARRIED_OUT),
            Setting("retry_after", "integer", None, "seconds of a Retry-After header; null: no such header", least=0),
        ),
    ),
    _kind(
        "throttle",
        "429, whatever was asked before",
        (
            Setting("retry_after", "integer", None, "seconds of a Retry-After header; null: no such header", least=0),
            Setting("date", "truth", False, "whether the header is a date in place of seconds"),
        ),
        carried_out=False,
    ),
    _kind(
        "slow",
        "the answer comes `seconds` late",
        (Setting("seconds", "number", 1.0, "how late", least=0),),
    ),
    _kind("token_expired", "the token is taken for expired", endpoints=BEHIND_A_TOKEN, carried_out=False),
    _kind("unauthorized", "401 PowerBINotAuthorizedException", endpoints=BEHIND_A_TOKEN, carried_out=False),
    _kind("accepted", "202 in place of 201", endpoints=("create",)),
    _kind("created_twice", "two datasets of the same name are created, and one is told", endpoints=("create",)),
    _kind("creation_retired", "FeatureDeprecatedError", endpoints=("create",), carried_out=False, lasts=True),
    _kind(
        "missing_information",
        "400 for a good request, as creations were answered in March 2026",
        endpoints=("create", "alter", "rows"),
        carried_out=False,
    ),
    _kind("refresh_fails", "the refresh that is asked for ends as failed", endpoints=("refreshes",)),
    _kind(
        "late_rows",
        "rows are not seen by queries for `seconds`",
        (Setting("seconds", "number", 5.0, "how long", least=0),),
        endpoints=("rows",),
        lasts=True,
    ),
)  # fmt: skip

KINDS = {kind.name: kind for kind in _ALL}
