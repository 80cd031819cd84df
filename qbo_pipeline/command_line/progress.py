"""Progress of a load: a line a company, and one for each entity that is being read just now."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from qbo_pipeline.command_line.terminal import messages

OnProgress = Callable[[str, int, int | None], None]
"""Entity, records so far, records expected (None: not known)."""


class LoadProgress:
    """Bars on standard error; silent where that is no terminal. Callbacks may come from any thread."""

    def __init__(self) -> None:
        console = messages()
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )

    def company(self, name: str) -> OnProgress:
        """The callback of one company's load."""
        overall = self._bars.add_task(name, total=None)
        tasks: dict[str, TaskID] = {}
        received: dict[str, int] = {}

        def on_progress(entity: str, done: int, total: int | None) -> None:
            if entity not in tasks:
                tasks[entity] = self._bars.add_task(f"  {entity}", total=total)
            finished = total is not None and done >= total
            self._bars.update(tasks[entity], completed=done, total=total, visible=not finished)
            received[entity] = done
            self._bars.update(overall, completed=sum(received.values()))

        return on_progress

    def __enter__(self) -> LoadProgress:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()
