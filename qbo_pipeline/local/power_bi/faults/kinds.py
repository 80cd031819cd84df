"""The kinds of faults there are: one declaration each, with its settings and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from qbo_pipeline.local.power_bi.endpoints import Endpoint
from qbo_pipeline.local.quickbooks.injection.settings import Setting

EVERYWHERE: tuple[Endpoint, ...] = get_args(Endpoint)
BEHIND_A_TOKEN: tuple[Endpoint, ...] = tuple(one for one in EVERYWHERE if one != "token")

_CARRIED_OUT = "whether the request was carried out nevertheless"


@dataclass(frozen=True, slots=True)
class Kind:
    """What can go wrong with a request."""

    name: str
    what: str
    settings: tuple[Setting, ...] = ()
    endpoints: tuple[Endpoint, ...] = EVERYWHERE
    """Those it can strike."""
    carried_out: bool = True
    """Whether a request that it strikes is carried out, where no setting says it."""
    lasts: bool = False
    """Whether it strikes until healed, unless told how often; others strike once."""

    def all_settings(self) -> tuple[Setting, ...]:
        """Its own, and those that every kind has."""
        return (
            Setting("match", "text", "", "text that method, path, parameters or body must contain"),
            Setting("endpoint", "texts", None, "where it strikes", choices=self.endpoints),
            Setting(
                "times",
                "integer",
                None if self.lasts else 1,
                "how often it strikes; null, or a rate alone: until healed",
                least=0,
                nullable=True,
            ),
            Setting("after", "integer", 0, "how many requests that fit pass first", least=0),
            Setting("rate", "number", 1.0, "share of the requests that fit which it strikes", least=0, most=1),
            Setting("seed", "integer", 7, "which of them, the same ones for the same seed"),
            *self.settings,
        )

    def shown(self) -> dict[str, Any]:
        """For the list of kinds."""
        return {
            "kind": self.name,
            "what": self.what,
            "endpoints": list(self.endpoints),
            "settings": [one.shown() for one in self.all_settings()],
        }


_ALL = (
    Kind(
        "timeout",
        "no answer for `seconds`, then 504 of a gateway",
        (
            Setting("seconds", "number", 30.0, "how long nothing comes", least=0),
            Setting("carried_out", "truth", True, _CARRIED_OUT),
        ),
    ),
    Kind(
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
    Kind(
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
    Kind(
        "throttle",
        "429, whatever was asked before",
        (
            Setting("retry_after", "integer", None, "seconds of a Retry-After header; null: no such header", least=0),
            Setting("date", "truth", False, "whether the header is a date in place of seconds"),
        ),
        carried_out=False,
    ),
    Kind(
        "slow",
        "the answer comes `seconds` late",
        (Setting("seconds", "number", 1.0, "how late", least=0),),
    ),
    Kind("token_expired", "the token is taken for expired", endpoints=BEHIND_A_TOKEN, carried_out=False),
    Kind("unauthorized", "401 PowerBINotAuthorizedException", endpoints=BEHIND_A_TOKEN, carried_out=False),
    Kind("accepted", "202 in place of 201", endpoints=("create",)),
    Kind("created_twice", "two datasets of the same name are created, and one is told", endpoints=("create",)),
    Kind("creation_retired", "FeatureDeprecatedError", endpoints=("create",), carried_out=False, lasts=True),
    Kind(
        "missing_information",
        "400 for a good request, as creations were answered in March 2026",
        endpoints=("create", "alter", "rows"),
        carried_out=False,
    ),
    Kind("refresh_fails", "the refresh that is asked for ends as failed", endpoints=("refreshes",)),
    Kind(
        "late_rows",
        "rows are not seen by queries for `seconds`",
        (Setting("seconds", "number", 5.0, "how long", least=0),),
        endpoints=("rows",),
        lasts=True,
    ),
)  # fmt: skip

KINDS = {kind.name: kind for kind in _ALL}
