"""Accounts as the lines of a section: parents above their children, totals below them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from qbo_pipeline.finance_report.figures import Account, Line, Style

Amounts = tuple[Decimal, ...]
"""A figure a window."""
Cells = Callable[[Amounts], tuple[Decimal | None, ...]]
"""From the figures of the windows to the cells of a line."""


@dataclass(slots=True)
class Section:
    """What is known of a group of accounts: its lines and what they come to."""

    amounts: Amounts
    accounts: tuple[str, ...]
    lines: list[Line]


@dataclass(slots=True)
class _Node:
    name: str
    account: str | None = None
    children: dict[str, _Node] = field(default_factory=dict)


def add(*all_: Amounts) -> Amounts:
    """Figures of the same windows, added up."""
    return tuple(sum(column, Decimal(0)) for column in zip(*all_, strict=True))


def negated(amounts: Amounts) -> Amounts:
    """Figures with the other sign."""
    return tuple(-one for one in amounts)


def section_lines(
    accounts: Iterable[Account], amounts: Mapping[str, Amounts], cells: Cells, *, windows: int, level: int, sign: int
) -> Section:
    """Lines of the accounts that have an amount in any window, in their order, as a tree.

    Args:
        accounts: Of one section.
        amounts: Account → a figure a window, in the sign it is shown in.
        cells: Makes the cells of a line.
        windows: How many figures there are.
        level: Indentation of the outermost accounts.
        sign: Of the line: 1 where what is shown is debit less credit.
    """
    shown = sorted((one for one in accounts if any(amounts.get(one.id, ()))), key=lambda one: (one.ordinal, one.path))
    root = _Node("")
    for one in shown:
        above, node = root, root
        for name in one.path:
            above, node = node, node.children.setdefault(name, _Node(name))
        if node.account is not None:  # An account that is gone may have left its name to another one.
            node = above.children[f"{node.name}\n{one.id}"] = _Node(node.name)
        node.account = one.id
    nothing = (Decimal(0),) * windows
    lines = [line for node in root.children.values() for line in _lines(node, amounts, cells, nothing, level, sign)]
    total = add(nothing, *(amounts[one.id] for one in shown))
    return Section(total, tuple(one.id for one in shown), lines)


def _lines(
    node: _Node, amounts: Mapping[str, Amounts], cells: Cells, nothing: Amounts, level: int, sign: int
) -> list[Line]:
    if node.account is not None and not node.children:
        return [_line(node.name, node.account, amounts, cells, level, sign)]
    if node.account is None and len(node.children) == 1:
        [only] = node.children.values()
        return _lines(
            _Node(f"{node.name}: {only.name}", only.account, only.children), amounts, cells, nothing, level, sign
        )
    first = (
        heading(node.name, level)
        if node.account is None
        else _line(node.name, node.account, amounts, cells, level, sign)
    )
    inner = [
        line for child in node.children.values() for line in _lines(child, amounts, cells, nothing, level + 1, sign)
    ]
    below = _accounts(node)
    total = add(nothing, *(amounts[one] for one in below))
    return [first, *inner, Line(f"Total {node.name}", level, "subtotal", cells(total), below, sign)]


def _line(label: str, account: str, amounts: Mapping[str, Amounts], cells: Cells, level: int, sign: int) -> Line:
    return Line(label, level, "account", cells(amounts[account]), (account,), sign)


def _accounts(node: _Node) -> tuple[str, ...]:
    own = () if node.account is None else (node.account,)
    return own + tuple(one for child in node.children.values() for one in _accounts(child))


def heading(label: str, level: int) -> Line:
    """A line without amounts."""
    return Line(label, level, "heading", ())


def total(label: str, section: Section, cells: Cells, *, level: int = 0, style: Style = "total", sign: int = 1) -> Line:
    """What a section comes to, as a line."""
    return Line(label, level, style, cells(section.amounts), section.accounts, sign)


def together(parts: Sequence[Section], windows: int) -> Section:
    """Several sections as one, without lines."""
    nothing = (Decimal(0),) * windows
    return Section(add(nothing, *(one.amounts for one in parts)), tuple(a for one in parts for a in one.accounts), [])
