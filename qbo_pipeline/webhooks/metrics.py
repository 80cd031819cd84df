"""What the receiver counts, written as Prometheus reads it (text exposition format 0.0.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from itertools import accumulate

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)
"""Upper bounds of the histogram; QuickBooks takes an answer after 3 seconds for none."""


class Outcome(Enum):
    """What became of a POST: a word for it and the status of the answer."""

    STORED = ("stored", 200)
    UNSIGNED = ("unsigned", 401)
    WRONG_SIGNATURE = ("wrong_signature", 401)
    WRONG_SECRET = ("wrong_secret", 404)
    """Of Tableau's endpoint, whose path has a secret."""
    TOO_SLOW = ("too_slow", 408)
    TOO_LARGE = ("too_large", 413)
    INTERRUPTED = ("interrupted", 499)
    """The sender went away before its body was complete; it sees no answer."""
    NOT_STORED = ("not_stored", 503)

    @property
    def word(self) -> str:
        """As metrics and answers call it."""
        return self.value[0]

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.value[1]


QUICKBOOKS_OUTCOMES = tuple(one for one in Outcome if one is not Outcome.WRONG_SECRET)


class Metrics:
    """Counts of one endpoint of one process since it started."""

    def __init__(self, prefix: str = "qbo_webhook", shown: Sequence[Outcome] = QUICKBOOKS_OUTCOMES) -> None:
        self._prefix = prefix
        self._shown = tuple(shown)
        self.outcomes: Counter[Outcome] = Counter()
        self.stored_bytes = 0
        self._buckets = [0] * (len(SECONDS) + 1)
        self._seconds = 0.0

    def answered(self, outcome: Outcome, seconds: float, stored_bytes: int = 0) -> None:
        """Count one POST: from its arrival until its answer was ready, in seconds."""
        self.outcomes[outcome] += 1
        self.stored_bytes += stored_bytes
        self._buckets[bisect_left(SECONDS, seconds)] += 1
        self._seconds += seconds

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """The whole page.

        Args:
            gauges: name → what it is, value: what is true now rather than counted.
        """
        return "\n".join([*self._counters(), *self._histogram(), *_gauges(gauges)]) + "\n"

    def _counters(self) -> Iterator[str]:
        name = f"{self._prefix}_deliveries_total"
        yield f"# HELP {name} POSTs to the webhook endpoint, by what became of them."
        yield f"# TYPE {name} counter"
        for outcome in self._shown:
            labels = f'outcome="{outcome.word}",status="{outcome.status}"'
            yield f"{name}{{{labels}}} {self.outcomes[outcome]}"
        name = f"{self._prefix}_stored_bytes_total"
        yield f"# HELP {name} Bytes of the bodies stored in the inbox."
        yield f"# TYPE {name} counter"
        yield f"{name} {self.stored_bytes}"

    def _histogram(self) -> Iterator[str]:
        name = f"{self._prefix}_answer_seconds"
        yield f"# HELP {name} From the arrival of a POST until its answer."
        yield f"# TYPE {name} histogram"
        for bound, count in zip([*map(str, SECONDS), "+Inf"], accumulate(self._buckets), strict=True):
            yield f'{name}_bucket{{le="{bound}"}} {count}'
        yield f"{name}_sum {self._seconds:.6f}"
        yield f"{name}_count {sum(self._buckets)}"


def _gauges(gauges: Mapping[str, tuple[str, float]]) -> Iterator[str]:
    for name, (meaning, value) in gauges.items():
        yield f"# HELP {name} {meaning}"
        yield f"# TYPE {name} gauge"
        yield f"{name} {value:g}"
