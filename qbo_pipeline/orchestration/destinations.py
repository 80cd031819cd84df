"""What the pipeline publishes to: declared once for the steps, the sensor and the process that publish."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

from qbo_pipeline.orchestration.failures import is_ours
from qbo_pipeline.orchestration.power_bi_assets import in_short, published_tables
from qbo_pipeline.orchestration.power_bi_checks import totals_evaluation
from qbo_pipeline.orchestration.tableau_assets import in_short as tableau_in_short
from qbo_pipeline.orchestration.tableau_assets import published_contents
from qbo_pipeline.orchestration.tableau_checks import equality_evaluation
from qbo_pipeline.tableau.installed import unpublished_because

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings

Events = Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]
Compare = Callable[[], bool]
"""Says, whenever it is asked, whether totals may be compared now."""


@dataclass(frozen=True)
class Told:
    """What came of a publication: one line, and the events of its assets and checks."""

    line: str
    events: Callable[[Sequence[str], dg.DagsterInstance], Events]
    """Given the realm ids of the companies, and the instance that knows what was told before."""


@dataclass(frozen=True)
class Destination:
    """One of them; `name` as the state store has it."""

    name: str
    title: str
    is_configured: Callable[["Settings"], bool]
    publish: Callable[["Settings", float | None, Compare, bool], Told]
    """With the seconds that limits are waited for at most (None: as long as they ask for), and whether all is sent."""
    yields: int
    """How much less than the listener its publisher asks of the processors, see nice(2): what answers at once goes
    before what takes its time anyway."""


def _to_power_bi(settings: "Settings", within: float | None, compare: Compare, everything: bool) -> Told:
    # All is compared with what Power BI has then; sending rows alike again serves nobody.
    from qbo_pipeline.power_bi.recorded import publish_recorded

    done = publish_recorded(settings, everything=everything, within=within, compare=compare)

    def events(realm_ids: Sequence[str], instance: dg.DagsterInstance) -> Events:
        yield from published_tables(done, realm_ids, instance)
        if done.totals:
            yield totals_evaluation(done)

    return Told(in_short(done), events)


def _to_tableau(settings: "Settings", within: float | None, compare: Compare, everything: bool) -> Told:
    from qbo_pipeline.tableau.recorded import publish_recorded

    # The files on this disk are written when totals are compared.
    done = publish_recorded(settings, full=everything, files=False, within=within, compare=compare)

    def events(realm_ids: Sequence[str], instance: dg.DagsterInstance) -> Events:
        yield from published_contents(done)
        if done.verification is not None:
            yield equality_evaluation(done.verification)

    return Told(tableau_in_short(done), events)


POWER_BI = Destination("power_bi", "Power BI", lambda settings: settings.power_bi is not None, _to_power_bi, 5)
TABLEAU = Destination("tableau", "Tableau", lambda settings: unpublished_because(settings) is None, _to_tableau, 10)
DESTINATIONS = (POWER_BI, TABLEAU)
"""In the order in which their readers expect a change."""

HEAD_START_SECONDS = 4.0
"""How long a destination has a process for itself. Two at once would share one interpreter, and the first be as late as
the second."""


def publish_staggered(
    settings: "Settings", destinations: Sequence[Destination], within: float, head_start: float = HEAD_START_SECONDS
) -> Iterator[tuple[Destination, Told | Exception | None]]:
    """Publish to several, rows alone; what came of each, or why nothing did, in their order.

    None where there was nothing to publish, perhaps because another run had done it. Each begins when those before it
    are done, and after `head_start` seconds at the latest: one that is held up holds no other up.
    """
    if not destinations:
        return
    with ThreadPoolExecutor(len(destinations), "publish") as threads:
        begun: list[tuple[Destination, Future[Told | None]]] = []
        for one in destinations:
            wait([publication for _, publication in begun], timeout=head_start)
            begun.append((one, threads.submit(_publish_in_turn, settings, one, within)))
        for one, publication in begun:
            error = publication.exception()
            yield one, publication.result() if error is None else _ours(error)


def _publish_in_turn(settings: "Settings", destination: Destination, within: float) -> Told | None:
    from qbo_pipeline.publishing.standing import unpublished
    from qbo_pipeline.state.process_lock import held

    with held(settings.data.turn_lock(destination.name), within):
        if unpublished(settings, destination.name) is None:
            return None
        return destination.publish(settings, within, lambda: False, False)


def _ours(error: BaseException) -> Exception:
    """An error of the product's own; any other is a bug and goes on.

    Raises:
        BaseException: it is none of the product's.
    """
    if not isinstance(error, Exception) or not is_ours(error):
        raise error
    return error
