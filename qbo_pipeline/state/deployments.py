"""Datasets made at destinations, with the schema they were given: the destination tells neither columns nor measures.

```
creating ──▶ staged ──▶ active ──▶ retired
```

`creating` is written before the request leaves, so that a creation whose answer got lost is recognised; `staged` is a
dataset that is being filled while reports still look at the one before it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from qbo_pipeline.state.schema import deployments
from qbo_pipeline.state.store import StateStore


class DeploymentStatus(StrEnum):
    """Where a deployment is."""

    CREATING = "creating"
    STAGED = "staged"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A dataset of ours."""

    token: str
    place: str
    dataset_id: str | None
    """None while it is not known whether, and as what, it was created."""
    schema: str
    """JSON."""
    status: DeploymentStatus
    seen_before: tuple[str, ...]
    """Ids of datasets of that name that were there before it was created."""


class Deployments:
    """The deployments of one destination. `place` is the workspace and the name of the dataset."""

    def __init__(self, store: StateStore, destination: str, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._destination = destination
        self._clock = clock

    def at(self, place: str) -> list[Deployment]:
        """Those at a place that are not retired, the latest last."""
        c = deployments.c
        query = (
            sa.select(deployments)
            .where(c.destination == self._destination, c.place == place, c.status != DeploymentStatus.RETIRED)
            .order_by(c.created_at)
        )
        with self._store.transaction(durable=False) as connection:
            return [_deployment(row) for row in connection.execute(query)]

    def elsewhere(self, place: str) -> list[Deployment]:
        """Those at other places that are not retired, the latest last."""
        c = deployments.c
        query = (
            sa.select(deployments)
            .where(c.destination == self._destination, c.place != place, c.status != DeploymentStatus.RETIRED)
            .order_by(c.created_at)
        )
        with self._store.transaction(durable=False) as connection:
            return [_deployment(row) for row in connection.execute(query)]

    def known(self, token: str) -> Deployment | None:
        """The deployment of this token, at any place; None where none was ever begun here."""
        query = sa.select(deployments).where(deployments.c.token == token)
        with self._store.transaction(durable=False) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _deployment(row)

    def is_gone(self, dataset_id: str) -> bool:
        """Whether a dataset that was made here was deleted since, by us or as far as we saw."""
        c = deployments.c
        query = sa.select(c.status).where(c.destination == self._destination, c.dataset_id == dataset_id)
        with self._store.transaction(durable=False) as connection:
            found = set(connection.execute(query).scalars())
        return found == {DeploymentStatus.RETIRED}

    def creating(self, token: str, place: str, schema: str, seen_before: Sequence[str]) -> None:
        """A dataset is about to be created; durable when it returns."""
        now = self._clock()
        with self._store.transaction() as connection:
            connection.execute(
                deployments.insert().values(
                    token=token, destination=self._destination, place=place, schema=schema,
                    status=DeploymentStatus.CREATING, seen_before=json.dumps(list(seen_before)), created_at=now,
                    changed_at=now,
                )
            )  # fmt: skip

    def created(self, token: str, dataset_id: str) -> None:
        """It was created and is empty."""
        self._set(token, dataset_id=dataset_id, status=DeploymentStatus.STAGED)

    def activate(self, token: str) -> None:
        """It is the one that reports look at."""
        self._set(token, status=DeploymentStatus.ACTIVE)

    def retire(self, token: str) -> None:
        """It is gone, or never came about."""
        self._set(token, status=DeploymentStatus.RETIRED)

    def changed(self, token: str, schema: str) -> None:
        """Its schema is this one now."""
        self._set(token, schema=schema)

    def move(self, token: str, place: str) -> None:
        """It is at another place now: it got another name."""
        self._set(token, place=place)

    def _set(self, token: str, **values: object) -> None:
        with self._store.transaction() as connection:
            connection.execute(
                deployments.update().where(deployments.c.token == token).values(changed_at=self._clock(), **values)
            )


def _deployment(row: sa.Row[tuple[object, ...]]) -> Deployment:
    found = row._mapping
    return Deployment(
        found["token"], found["place"], found["dataset_id"], found["schema"], DeploymentStatus(found["status"]),
        tuple(json.loads(found["seen_before"])),
    )  # fmt: skip
