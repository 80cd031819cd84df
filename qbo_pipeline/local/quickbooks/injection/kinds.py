"""The kinds of faults there are: one declaration each, with its settings and a sentence.

A kind is a failure of a request (of those the first that fits strikes), or a change of what answers say (of those
every one that fits strikes, beside a failure too).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from qbo_pipeline.local.quickbooks.endpoints import API, Endpoint
from qbo_pipeline.local.quickbooks.entities import ALL
from qbo_pipeline.local.quickbooks.injection.settings import Setting

_EVERYWHERE: tuple[Endpoint, ...] = get_args(Endpoint)

_AT = Setting(
    "at", "text", "middle", "where the answer ends: before its first byte, by a TCP reset, or in mid-body",
    choices=("start", "middle"),
)  # fmt: skip
_ENTITIES = tuple(sorted(ALL))
_ENTITY = Setting("entity", "text", "Invoice", "of which entity", choices=_ENTITIES)


@dataclass(frozen=True, slots=True)
class Kind:
    """What can go wrong."""

    name: str
    what: str
    settings: tuple[Setting, ...] = ()
    endpoints: tuple[Endpoint, ...] = API
    """Those it can strike."""
    changes_answers: bool = False
    """Whether it is a change of what answers say, not a failure."""
    lasts: bool = False
    """Whether it strikes until healed, unless told how often; others strike once."""
    only: str = ""
    """What a request must say, beside what `match` asks for."""

    def all_settings(self) -> tuple[Setting, ...]:
        """Its own, and those that every kind has."""
        return (
            Setting("match", "text", "", "text that method, path, statement or parameters must contain"),
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
        "throttle",
        "429 by the minute",
        (Setting("retry_after", "integer", None, "seconds of a Retry-After header; null: no such header", least=0),),
        endpoints=(*API, "token"),
    ),
    Kind("quota", "429 until the next month"),
    Kind(
        "server_error",
        "5xx",
        (
            Setting("status", "integer", 503, "which", least=500, most=599),
            Setting(
                "body", "text", "json", "a Fault, or the page or line of a gateway", choices=("json", "html", "text")
            ),
            Setting("carried_out", "truth", False, "whether the request was carried out nevertheless"),
        ),
        endpoints=_EVERYWHERE,
    ),
    Kind("unauthorized", "401 of the gateway, in lower case, although the token is good"),
    Kind("fault_200", "HTTP 200 with a Fault in it"),
    Kind(
        "timeout",
        "no answer for `seconds`, then the answer, or 504 past the limit of a request",
        (Setting("seconds", "number", 1.0, "how late", least=0),),
        endpoints=_EVERYWHERE,
    ),
    Kind(
        "slow",
        "the answer trickles in",
        (
            Setting("seconds", "number", 1.0, "how long it takes", least=0),
            Setting("pieces", "integer", 10, "in how many pieces", least=2),
        ),
        endpoints=_EVERYWHERE,
    ),
    Kind(
        "reset",
        "the connection ends before the answer does",
        (_AT, Setting("carried_out", "truth", True, "whether the request was carried out")),
        endpoints=_EVERYWHERE,
    ),
    Kind("truncated", "half of the JSON, with a content length that fits it", endpoints=(*API, "token")),
    Kind("expire_token", "the access token is not accepted any more"),
    Kind(
        "lost_rotation",
        "the refresh token changes its value, and the connection ends before the new one arrived",
        (_AT,),
        endpoints=("token",),
        only="refresh_token",
    ),
    Kind("edit", "after the answer, the oldest record of `entity` is edited", (_ENTITY,)),
    Kind("delete", "after the answer, the oldest record of `entity` is deleted", (_ENTITY,)),
    Kind("create", "after the answer, a record of `entity` is created", (_ENTITY,)),
    Kind(
        "false_deletion",
        "change data capture calls records deleted that were only changed",
        (
            Setting("entity", "text", None, "of which entity; null: of any", choices=_ENTITIES),
            Setting("count", "integer", 1, "how many of an answer", least=1),
        ),
        endpoints=("cdc",),
        changes_answers=True,
    ),
    Kind(
        "stale",
        "what was written since is not seen yet; only reads whose answers could be old count",
        (Setting("seconds", "number", None, "how long after a write; null: until healed or `times`", least=0),),
        endpoints=("query", "read", "cdc"),
        changes_answers=True,
        lasts=True,
    ),
    Kind(
        "unknown_fields",
        "answers have fields that nobody announced",
        (
            Setting(
                "place",
                "text",
                "everywhere",
                "beside the envelope, in records, in objects inside them, or in their lines",
                choices=("everywhere", "answer", "record", "nested", "line"),
            ),
        ),
        endpoints=(*API, "token"),
        changes_answers=True,
        lasts=True,
    ),
    Kind(
        "type_flips",
        "values of records have another JSON type",
        (
            Setting(
                "flip",
                "text",
                "number_as_text",
                '`100` as `"100"` or as `100.0`, `"text"` as `{"value": "text"}`, null where there was nothing',
                choices=("number_as_text", "integer_as_float", "text_as_object", "null_for_absent"),
            ),
            Setting("property", "texts", None, "of which properties; null: of all"),
        ),
        changes_answers=True,
        lasts=True,
    ),
    Kind(
        "clock_skew",
        "the times of answers, in the Date header, `time` and MetaData, are not those of the clock",
        (Setting("seconds", "number", 300.0, "how far ahead; less than zero: behind"),),
        changes_answers=True,
        lasts=True,
    ),
)

KINDS = {kind.name: kind for kind in _ALL}
