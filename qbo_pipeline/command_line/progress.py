"""Progress of a load: a line a company, and one for each entity that is being read just now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from qbo_pipeline.command_line.terminal import messages

OnProgress = Callable[[str, int, int | None], None]
"""Entity, records so far, records expected (None: not known)."""


class LoadProgress:
    """Bars on standard error; silent where that is no terminal. Callbacks may come from any thread."""

    def __init__(self) -> None:
        console = messages()
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[note]}", justify="right"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )

    @contextmanager
    def company(self, name: str) -> Iterator[OnProgress]:
        """The callback of one company's load, and the line that says how far it is."""
        overall = self._bars.add_task(name, total=None, note="")
        tasks: dict[str, TaskID] = {}
        received: dict[str, int] = {}

        def on_progress(entity: str, done: int, total: int | None) -> None:
            if entity not in tasks:
                tasks[entity] = self._bars.add_task(f"  {entity}", total=total, note="")
            finished = total is not None and done >= total
            note = f"{done:,}" if total is None else f"{done:,} of {total:,}"
            self._bars.update(tasks[entity], completed=done, total=total, note=note, visible=not finished)
            received[entity] = done
            self._bars.update(overall, note=f"{sum(received.values()):,} records")

        yield on_progress
        self._bars.update(overall, total=1, completed=1)

    def __enter__(self) -> LoadProgress:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()
