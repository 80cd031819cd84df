"""A kind of fault: one declaration, with its settings and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qbo_pipeline.local.quickbooks.injection.settings import Setting


@dataclass(frozen=True, slots=True)
class Kind:
    """What can go wrong with a request."""

    name: str
    what: str
    settings: tuple[Setting, ...]
    endpoints: tuple[str, ...]
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
