"""How tests and people steer a local service, whatever it stands in for: its clock, switches, faults, what it saw."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qbo_pipeline.local.faults import Faults, Kind
from qbo_pipeline.local.quickbooks.clock import Clock
from qbo_pipeline.local.quickbooks.injection.settings import Setting, checked

Answerer: TypeAlias = Callable[[Request], Awaitable[Response]]
Told: TypeAlias = tuple[str, Answerer, list[str]]
"""Path, what answers it, and its methods."""

_LATENCY = Setting("latency", "number", 0.0, "seconds every request takes at least", least=0)


class Steered(Protocol):
    """A service that can be steered."""

    clock: Clock
    faults: Faults
    requests: deque[Any]
    """What it saw, as dataclasses."""
    switches: Any
    """A dataclass."""

    def switch(self, asked: dict[str, Any]) -> None:
        """Change what it does."""

    def reset_switches(self) -> None:
        """As it was at first."""


class Steering:
    """Routes that every service has; one of its own adds to them."""

    def __init__(self, steered: Steered, kinds: Mapping[str, Kind], refusals: type[Exception]) -> None:
        self._steered = steered
        self._fault_kinds = kinds
        self._refusals = refusals

    def steered_routes(self, *own: Told) -> list[Route]:
        """All of them. What cannot be is 400, and says why; what the service refuses is as `refused` has it."""
        told: tuple[Told, ...] = (
            ("/control/clock", self._clock, ["GET", "POST"]),
            ("/control/switches", self._switches, ["GET", "POST", "DELETE"]),
            ("/control/faults", self._faults, ["GET", "POST", "DELETE"]),
            ("/control/faults/kinds", self._kinds, ["GET"]),
            ("/control/requests", self._requests, ["GET", "DELETE"]),
        )
        return [Route(path, self._answered(answer), methods=methods) for path, answer, methods in (*told, *own)]

    def refused(self, error: Any) -> Response:
        """The answer where the service refuses."""
        raise NotImplementedError

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._steered.clock.advance(seconds)

    def be_ahead(self, seconds: float) -> None:
        """Set by how much the clock is ahead of the real one."""
        self._steered.clock.ahead = seconds

    async def _clock(self, request: Request) -> Response:
        if request.method == "POST":
            match await request.json():
                case {"advance_seconds": int() | float() as seconds}:
                    await run_in_threadpool(self.advance, float(seconds))
                case {"ahead_seconds": int() | float() as seconds}:
                    self.be_ahead(float(seconds))
                case _:
                    raise ValueError("advance_seconds or ahead_seconds is a number of seconds")
        clock = self._steered.clock
        return JSONResponse({"now": clock.now(), "ahead_seconds": clock.ahead})

    async def _switches(self, request: Request) -> Response:
        if request.method == "POST":
            await run_in_threadpool(self._steered.switch, await an_object(request))
        elif request.method == "DELETE":
            await run_in_threadpool(self._steered.reset_switches)
        return JSONResponse(asdict(self._steered.switches))

    async def _faults(self, request: Request) -> Response:
        faults = self._steered.faults
        if request.method == "DELETE":
            faults.clear()
        elif request.method == "POST":
            asked = await an_object(request)
            kind, latency = asked.pop("kind", None), asked.pop("latency", None)
            if kind is None and (asked or latency is None):
                raise ValueError(f"kind says what goes wrong: {', '.join(self._fault_kinds)}")
            if latency is not None:
                faults.latency = float(checked([_LATENCY], {"latency": latency}, "the service")["latency"])
            if kind is not None:
                faults.add(kind, asked)
        return JSONResponse({"faults": [one.shown() for one in faults.all()], "latency": faults.latency})

    async def _kinds(self, request: Request) -> Response:
        return JSONResponse({"kinds": [kind.shown() for kind in self._fault_kinds.values()]})

    async def _requests(self, request: Request) -> Response:
        seen = self._steered.requests
        if request.method == "DELETE":
            seen.clear()
        return JSONResponse({"count": len(seen), "requests": [asdict(one) for one in seen]})

    def _answered(self, answer: Answerer) -> Answerer:
        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except ValueError as error:
                return JSONResponse({"error": str(error)}, 400)
            except self._refusals as error:
                return self.refused(error)

        return answered


async def an_object(request: Request) -> dict[str, Any]:
    """The body.

    Raises:
        ValueError: it is something else.
    """
    asked = await request.json()
    if not isinstance(asked, dict):
        raise ValueError("the body is a JSON object")
    return asked


def a_text(asked: dict[str, Any], name: str) -> str:
    """One of its texts.

    Raises:
        ValueError: it is not there, or something else.
    """
    if not isinstance(asked.get(name), str):
        raise ValueError(f"{name} is a text")
    return str(asked[name])
