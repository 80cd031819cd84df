"""Writing TMDL, the text form of a tabular model: objects by indentation, one property a line.

Source: learn.microsoft.com/analysis-services/tmdl/tmdl-overview; shapes as in microsoft/fabric-cicd's sample workspace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from qbo_pipeline.power_bi.project.names import quoted

Property = tuple[str, str | bool]
"""A property with its text, or a flag that is set or not."""


@dataclass(frozen=True, slots=True)
class Node:
    """An object: `kind name = expression`, properties and objects below it.

    An expression of one line stands behind the name, of several below it, deeper than the properties. A child without
    a name, as the source of a partition is, stands among the properties.
    """

    kind: str
    name: str = ""
    expression: Sequence[str] = ()
    description: str = ""
    properties: Sequence[Property] = ()
    children: Sequence[Node] = field(default=())
    multiline: bool = False


def document(nodes: Sequence[Node]) -> str:
    """The text of a file."""
    lines: list[str] = []
    for node, before in zip(nodes, (None, *nodes), strict=False):
        if before is not None and not (before.kind == node.kind == "ref table"):
            lines.append("")
        lines.extend(_lines(node, 0))
    return "\n".join(lines) + "\n"


def _lines(node: Node, depth: int) -> list[str]:
    indent = "\t" * depth
    lines = [f"{indent}/// {line}" for line in node.description.splitlines()]
    head = indent + node.kind + (f" {quoted(node.name)}" if node.name else "")
    if len(node.expression) == 1 and not node.multiline:
        lines.append(f"{head} = {node.expression[0]}")
    elif node.expression:
        lines.append(f"{head} =")
        lines.extend(f"{indent}\t\t{line}" if line.strip() else "" for line in node.expression)
    else:
        lines.append(head)
    for name, value in node.properties:
        if value is True:
            lines.append(f"{indent}\t{name}")
        elif value is not False and value != "":
            lines.append(f"{indent}\t{name}: {value}")
    for child in node.children:
        if child.name:
            lines.append("")
        lines.extend(_lines(child, depth + 1))
    return lines
