"""The local QuickBooks as a process of its own, steered over its control endpoints."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import httpx

from qbo_pipeline_tests.ports import free_port
from soak.faults import DELIVERY, LIMITS, named, seeded
from soak.outcome import Size
from soak.processes import Process, wait_for


@dataclass(frozen=True, slots=True)
class Shown:
    """A version of a record that an answer showed, or the stub of a deletion."""

    realm: str
    entity: str
    id: str
    sync_token: str | None
    last_updated: str | None
    deleted: bool
    by: str
    """`query`, `read` or `cdc`."""


class QuickBooks:
    """The service of one soak."""

    def __init__(self, size: Size, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.state = folder / "quickbooks.sqlite"
        """The file of everything it holds; others may read it while it runs."""
        self.http = httpx.Client(base_url=self.url, timeout=60.0)
        self._faults = seeded(size.seed)
        self._seed = size.seed
        command = [sys.executable, "-m", "qbo_pipeline.local.quickbooks", "--no-limits", "--port", str(port)]
        command += ["--state", str(self.state), "--companies", ",".join(size.companies)]
        command += ["--seed", str(size.seed), "--scale", str(size.scale)]
        self._process = Process("quickbooks", command, {}, folder)

    def __enter__(self) -> QuickBooks:
        self._process.start()
        wait_for(self._process, f"{self.url}/control/health")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.end()
        self.http.close()

    def realms(self) -> list[str]:
        """Realm ids of its companies."""
        return [one["realm_id"] for one in self._get("/control/health")["companies"]]

    def subscribe(self, url: str, verifier_token: str) -> None:
        """Tell an endpoint of every change from now on."""
        self._post("/control/webhooks", {"url": url, "verifier_token": verifier_token})

    def go_wrong(self) -> None:
        """Everything that can go wrong does."""
        self._post("/control/limits", LIMITS)
        self._post("/control/webhooks/delivery", {**DELIVERY, "seed": self._seed})
        for fault in self._faults:
            self._post("/control/faults", fault)

    def heal(self) -> dict[str, int]:
        """Nothing goes wrong any more; answers how many requests each fault struck."""
        told = self._get("/control/faults")["faults"]
        struck = {named(fault): one["struck"] for fault, one in zip(self._faults, told, strict=True)}
        self.http.delete("/control/faults").raise_for_status()
        self._post("/control/limits", {"enforced": False})
        self._post("/control/webhooks/delivery", {name: 0.0 for name in DELIVERY if name != "retry_scale"})
        return struck

    def leap(self, seconds: float) -> None:
        """Let its clock go on."""
        self._post("/control/clock", {"advance_seconds": seconds})

    def note_what_it_shows(self) -> None:
        """From now on it notes each version of each record that an answer showed."""
        self._post("/control/served", {"on": True})

    def shown(self) -> list[Shown]:
        """What it noted, in the order of the first time."""
        found: list[Shown] = []
        while page := self._get(f"/control/served?after={len(found)}&limit=10000")["served"]:
            found += [Shown(**{one.name: told[one.name] for one in fields(Shown)}) for told in page]
        return found

    def undelivered(self) -> int:
        """Events that wait for their delivery."""
        return sum(one["pending"] for one in self._get("/control/webhooks")["subscriptions"])

    def _get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        self.http.post(path, json=body).raise_for_status()
