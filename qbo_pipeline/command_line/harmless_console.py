"""A console on which text is nothing but text.

Names and memos are anybody's: a customer or a shop enters them, and QuickBooks hands them on. An escape sequence among
them would be carried out by the terminal, and could clear it, or show other figures than there are.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

_CARRIED_OUT = dict.fromkeys((*(code for code in range(0x20) if chr(code) not in "\n\t"), *range(0x7F, 0xA0)))
"""What a terminal does not show, but does."""


class HarmlessConsole(Console):
    """Leaves control characters out of what it is given, and none of its own colours.

    Args:
        stderr: Whether it writes to standard error.
        soft_wrap: Whether lines go on past the width.
        width: Characters of a line; None: those of the terminal.
        height: Lines; None: those of the terminal.
    """

    def __init__(
        self, *, stderr: bool = False, soft_wrap: bool = False, width: int | None = None, height: int | None = None
    ) -> None:
        # An account "Costs:Car:Fuel" has a word between colons, which rich would take for the code of an emoji.
        super().__init__(stderr=stderr, soft_wrap=soft_wrap, width=width, height=height, highlight=False, emoji=False)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The pieces that are written."""
        for segment in super().render(renderable, options):
            if segment.control is None and not segment.text.isprintable():
                yield Segment(segment.text.translate(_CARRIED_OUT), segment.style)
            else:
                yield segment

    def on_broken_pipe(self) -> None:
        """Nobody reads it any more: no reason to end for messages, least of all in a thread that others wait for."""
        if self.stderr:
            self.quiet = True
        else:
            super().on_broken_pipe()
