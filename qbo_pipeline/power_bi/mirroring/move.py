"""Moving the users of a push dataset over to the mirrored database: everything is loaded, counted, and told.

The push dataset stays as it is, and reports go on looking at it, until somebody has it dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qbo_pipeline.model import SEMANTIC_MODEL
from qbo_pipeline.model.definition import SemanticModel
from qbo_pipeline.power_bi.client import PowerBIClient, Report
from qbo_pipeline.power_bi.mirroring.errors import NotMovedError
from qbo_pipeline.power_bi.mirroring.publish import Mirroring, TableMirroring, mirror
from qbo_pipeline.power_bi.mirroring.publisher import MirrorManner
from qbo_pipeline.power_bi.publisher import Manner, Publisher, open_publisher
from qbo_pipeline.settings import PowerBISettings, Settings


@dataclass(frozen=True, slots=True)
class Move:
    """Where the move stands."""

    mirroring: Mirroring
    dataset: str
    """Name of the push dataset."""
    reports: tuple[Report, ...]
    """Reports that look at it."""
    dropped: tuple[str, ...]
    """Ids of push datasets that were deleted."""
    drop_push: bool
    """Whether they were to be: where a call before did it, or one that was killed, what is left to do is the same."""

    @property
    def counted(self) -> bool:
        """Whether Fabric has processed as many rows of every table as were sent."""
        return self.mirroring.replicated

    @property
    def steps(self) -> tuple[str, ...]:
        """What is left to do, in words."""
        database = self.mirroring.database
        if not self.counted:
            again = f"qbo-pipeline power-bi move{self._named}"
            return (f"Fabric has not processed every row yet: run {again} again.",)
        if self.drop_push:
            return (
                "Set POWERBI_DATASET=off: the next load makes the push dataset anew otherwise.",
                "Keep the mirrored database up to date, after each load: qbo-pipeline power-bi mirror --database "
                f'"{database}"',
            )
        steps = [
            f"In the workspace, open the mirrored database {database} and choose New semantic model: all tables, under "
            "the names they have. Add the relationships and measures of docs/semantic-model.md; they read the same.",
            *(
                f"Bind the report {one.name} to it: POST groups/<workspace>/reports/{one.id}/Rebind with "
                '{"datasetId": "<id of the new semantic model>"}, or open it and change its data source.'
                for one in self.reports
            ),
            f"Keep it up to date: qbo-pipeline power-bi mirror{self._named}, after each load.",
            f"When no report needs it any more: qbo-pipeline power-bi move{self._named} --drop-push.",
        ]
        return tuple(steps)

    @property
    def _named(self) -> str:
        return _option(self.mirroring.database, self.dataset)


def move(
    settings: Settings,
    *,
    drop_push: bool = False,
    database: str | None = None,
    model: SemanticModel = SEMANTIC_MODEL,
    manner: MirrorManner | None = None,
    push_manner: Manner | None = None,
    client: Callable[[PowerBISettings], PowerBIClient] = PowerBIClient,
    tell: Callable[[TableMirroring], None] = lambda _: None,
) -> Move:
    """Load everything into the mirrored database, see that Fabric has it, and find the reports that have to move.

    Args:
        drop_push: whether the push dataset is deleted, which needs that every row is sent and counted, and that no
            report looks at it.
        push_manner: patience with the push dataset. Others: see `mirror`.

    Raises:
        NotMovedError: the push dataset is not dropped; it says why. Others: see `mirror` and `publish`.
    """
    done = mirror(settings, database=database, model=model, manner=manner, tell=tell)
    with open_publisher(settings, model, push_manner, client) as publisher:
        pushed = publisher.deployer.existing()
        looked_at = {one.dataset_id for one in pushed}
        reports = tuple(one for one in publisher.client.reports() if one.dataset_id in looked_at)
        if drop_push:
            _see_that_it_can_go(publisher, done, reports)
            for one in pushed:
                publisher.deployer.discard(one)
    dropped = tuple(one.dataset_id for one in pushed) if drop_push else ()
    return Move(done, publisher.name, reports, dropped, drop_push)


def _see_that_it_can_go(publisher: Publisher, done: Mirroring, reports: tuple[Report, ...]) -> None:
    kept = f"The push dataset {publisher.name} is not dropped: "
    if reports:
        named = ", ".join(one.name for one in reports)
        raise NotMovedError(f"{kept}reports look at it ({named}). Bind them to a model on {done.database} first.")
    if incomplete := [one.table for one in done.tables if one.left_out]:
        raise NotMovedError(
            f"{kept}rows of {', '.join(incomplete)} are left out in Fabric, because they do not fit. qbo-pipeline "
            f"power-bi mirror{_option(done.database, publisher.name)} names them: mend them in QuickBooks first."
        )
    behind = [one.table for one in done.tables if not one.replication.complete]
    if behind:
        raise NotMovedError(
            f"{kept}Fabric has not processed every row of {', '.join(behind)}. Run it again in some minutes."
        )


def _option(database: str, dataset: str) -> str:
    """The option that names the database, where it is not called as the dataset is."""
    return "" if database == dataset else f' --database "{database}"'
