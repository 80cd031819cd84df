"""Making and changing datasets so that a process killed anywhere leaves nothing that the next one does not finish.

Names of datasets are not unique, and an answer of a creation may get lost. A dataset is recognised as the one that was
made by two marks: it was not there before (the ids of that name were written down first), and its hidden measure
`Deployment` answers the token of this creation. Where nobody may ask a measure, the first mark has to do, and does
where one dataset bears it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import msgspec

from qbo_pipeline.power_bi import dax
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.errors import (
    ForeignDatasetError,
    MalformedAnswerError,
    RefusedError,
    RequestError,
    ThrottledError,
    UnrecognisedDatasetError,
)
from qbo_pipeline.power_bi.push_schema import DEPLOYMENT, PushSchema, read_schema, table_body
from qbo_pipeline.state.deployments import Deployment, Deployments, DeploymentStatus

logger = logging.getLogger(__name__)

_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Deployed:
    """A dataset of ours that exists."""

    token: str
    dataset_id: str
    schema: PushSchema
    active: bool
    """Whether reports look at it; False while it is filled beside the one they look at."""


class Deployer:
    """Makes and changes the dataset of one name in one workspace. Whoever uses it holds the dataset's lock.

    `forget` removes what is kept of a dataset that is gone.
    """

    def __init__(
        self,
        client: PowerBIClient,
        deployments: Deployments,
        workspace: str,
        name: str,
        *,
        forget: Callable[[str], None],
        visible_within: float = 20.0,
        every: float = 0.5,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._deployments = deployments
        self._name = name
        self._place = f"{workspace}/{name}"
        self._forget = forget
        self._visible_within = visible_within
        self._every = every
        self._sleep = sleep

    def existing(self) -> list[Deployed]:
        """Our datasets that exist, the latest last; what is left of those that are gone is removed.

        Creations that a killed process left open are found out about first. Raises: `RequestError`,
        `UnrecognisedDatasetError`.
        """
        there = []
        datasets = self._client.datasets()
        listed = {one.id for one in datasets}
        self._take_along({one.id for one in datasets if one.name == self._name})
        for one in self._deployments.at(self._place):
            found = self._found_out(one) if one.status is DeploymentStatus.CREATING else one.dataset_id
            if found is None or (found not in listed and self._client.dataset(found) is None):
                if found is not None:
                    logger.warning("The dataset %s (%s) is gone from the workspace.", self._name, found)
                    self._forget(found)
                self._deployments.retire(one.token)
                continue
            active = one.status is DeploymentStatus.ACTIVE
            there.append(Deployed(one.token, found, read_schema(one.schema), active))
        return there

    def create(self, compiled: Callable[[str], PushSchema]) -> Deployed:
        """Create a dataset; `compiled` gives its schema for a token.

        Raises:
            CreationRetiredError: no new push datasets any more. RequestError: it cannot be created.
            ForeignDatasetError: another installation has one of the name.
            UnrecognisedDatasetError: the answer got lost, and several datasets may be it.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            token = uuid4().hex
            schema = compiled(token)
            before = self._others()
            self._deployments.creating(token, self._place, schema.text(), before)
            failed: RequestError | None = None
            try:
                identity = self._client.create(schema.body())
            except RequestError as error:
                if not error.retryable and not error.ambiguous:
                    self._deployments.retire(token)
                    raise
                failed, identity = error, None
                logger.warning("%s", error)
            if identity is None and (failed is None or failed.ambiguous):
                identity = self._recognised(token, before, wait=True)
            if identity is not None:
                self._deployments.created(token, identity)
                self._delete_twins(token, identity, before)
                return Deployed(token, identity, schema, active=False)
            self._deployments.retire(token)
            if failed is not None and attempt == _ATTEMPTS:
                raise failed
            asked = failed.retry_after if isinstance(failed, ThrottledError) else None
            self._sleep(min(asked if asked is not None else 2.0**attempt * self._every, 300.0))
        raise UnrecognisedDatasetError(self._name, ())

    def update(self, deployed: Deployed, wanted: PushSchema, tables: tuple[str, ...]) -> Deployed:
        """Give tables their wanted schema; what is kept follows table by table."""
        schema = deployed.schema
        for name in tables:
            self._client.put_table(deployed.dataset_id, table_body(wanted.by_name[name]))
            changed = tuple(wanted.by_name[name] if one.name == name else one for one in schema.tables)
            schema = msgspec.structs.replace(schema, tables=changed)
            self._deployments.changed(deployed.token, schema.text())
        return Deployed(deployed.token, deployed.dataset_id, schema, deployed.active)

    def activate(self, deployed: Deployed, others: list[Deployed]) -> Deployed:
        """Bind the reports of the other datasets to this one, then delete those."""
        old = {one.dataset_id for one in others}
        if old:
            for report in self._client.reports():
                if report.dataset_id in old:
                    self._client.rebind(report.id, deployed.dataset_id)
                    logger.info("Report %s is bound to dataset %s.", report.name, deployed.dataset_id)
        self._deployments.activate(deployed.token)
        for one in others:
            self.discard(one)
        return Deployed(deployed.token, deployed.dataset_id, deployed.schema, active=True)

    def discard(self, deployed: Deployed) -> None:
        """Delete a dataset of ours and what is kept of it."""
        self._client.delete(deployed.dataset_id)
        # Before it counts as retired: of a process that is killed in between, the next one goes on with that.
        self._forget(deployed.dataset_id)
        self._deployments.retire(deployed.token)

    def _found_out(self, creating: Deployment) -> str | None:
        """What became of a creation that a killed process left open."""
        found = self._recognised(creating.token, creating.seen_before, wait=False)
        if found is not None:
            self._deployments.created(creating.token, found)
        return found

    def _take_along(self, named: set[str]) -> None:
        """A dataset that got another name in the workspace, and in the settings then, is the one that it was.

        So is one whose workspace is written otherwise than it was. `named`: ids of the datasets of the name.
        """
        if self._deployments.at(self._place):
            return
        for one in self._deployments.elsewhere(self._place):
            if one.dataset_id in named:
                logger.info("Dataset %s was %s before; it is gone on with.", one.dataset_id, one.place)
                self._deployments.move(one.token, self._place)

    def _others(self) -> list[str]:
        """Ids of datasets of the name that are none of ours; what we made and gave up before it came about is deleted.

        Raises:
            ForeignDatasetError: another installation made one, or this one before its state was lost or under another
                name.
        """
        ours = {one.dataset_id for one in self._deployments.at(self._place)}
        others = []
        for one in self._client.datasets():
            if one.name != self._name or one.id in ours:
                continue
            token = self._token_of(one.id)
            known = self._deployments.known(token) if token else None
            if known is not None and known.status is DeploymentStatus.RETIRED:
                logger.warning("Dataset %s was made by a creation that was given up; it is deleted.", one.id)
                self._client.delete(one.id)
            elif token:
                raise ForeignDatasetError(self._name, one.id)
            else:
                others.append(one.id)
        return others

    def _delete_twins(self, token: str, identity: str, before: list[str]) -> None:
        """Delete what else the creation made: it answers the same token, and nothing else does."""
        for one in self._client.datasets():
            twin = one.name == self._name and one.id != identity and one.id not in before
            if twin and self._token_of(one.id) == token:
                logger.warning("The creation of %s made another dataset, %s; it is deleted.", self._name, one.id)
                self._client.delete(one.id)

    def _recognised(self, token: str, before: list[str] | tuple[str, ...], *, wait: bool) -> str | None:
        deadline = time.monotonic() + (self._visible_within if wait else 0.0)
        known = {one.dataset_id for one in self._deployments.at(self._place)}
        while True:
            new = [
                one.id
                for one in self._client.datasets()
                if one.name == self._name and one.id not in before and one.id not in known
            ]
            answers = {one: self._token_of(one) for one in new}
            for identity, answer in answers.items():
                if answer == token:
                    return identity
            unasked = [identity for identity, answer in answers.items() if answer is None]
            if len(unasked) == 1:
                return unasked[0]
            if len(unasked) > 1:
                raise UnrecognisedDatasetError(self._name, tuple(unasked))
            if time.monotonic() >= deadline:
                return None
            self._sleep(self._every)

    def _token_of(self, dataset_id: str) -> str | None:
        """What the dataset's hidden measure answers; empty where it has none of ours, None where nobody may ask."""
        try:
            rows = self._client.query(dataset_id, f'EVALUATE ROW("Token", {dax.measure(DEPLOYMENT)})')
        except MalformedAnswerError:
            return None
        except RefusedError as error:
            return "" if error.context.status == 400 else None
        return str(dax.value(rows[0], "Token") or "") if rows else ""
