"""The graph of a derivation as text that Graphviz or Mermaid draws."""

from __future__ import annotations

import string

from kobai.derivation.diagram import Diagram, DiagramNode

_PLAIN = frozenset(string.ascii_letters + string.digits + " .,_+-*/=@")


def dot(diagram: Diagram) -> str:
    """The graph in Graphviz's language: values solid, derivatives dashed against them."""
    number = {node.name: f"n{index}" for index, node in enumerate(diagram.nodes)}
    lines = ["digraph {", "  rankdir=LR", '  node [fontname="monospace"]']
    for node in diagram.nodes:
        shape = "ellipse" if node.kind == "argument" else "box"
        label = r"\n".join(_dot_text(line) for line in _lines(node))
        lines.append(f'  {number[node.name]} [label="{label}", shape={shape}]')
    for edge in diagram.edges:
        source, target = number[edge.source], number[edge.target]
        lines.append(f"  {source} -> {target}")
        if edge.has_gradient:
            style = "style=dashed, color=firebrick, constraint=false"
            lines.append(f"  {target} -> {source} [{style}]")
    return "\n".join([*lines, "}"])


def mermaid(diagram: Diagram) -> str:
    """The graph in Mermaid's language, as Markdown pages show it."""
    number = {node.name: f"n{index}" for index, node in enumerate(diagram.nodes)}
    lines = ["flowchart LR"]
    for node in diagram.nodes:
        left, right = ("([", "])") if node.kind == "argument" else ("[", "]")
        label = "<br/>".join(_mermaid_text(line) for line in _lines(node))
        lines.append(f'  {number[node.name]}{left}"{label}"{right}')
    for edge in diagram.edges:
        source, target = number[edge.source], number[edge.target]
        lines.append(f"  {source} --> {target}")
        if edge.has_gradient:
            lines.append(f"  {target} -.-> {source}")
    return "\n".join(lines)


def _lines(node: DiagramNode) -> list[str]:
    """The value, and below it the derivative by it."""
    value = f"{node.name} = {node.forward.formula}" if node.forward else node.name
    slope = [f"{node.backward.name} = {node.backward.formula}"] if node.backward else []
    return [value, *slope]


def _dot_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def _mermaid_text(text: str) -> str:
    """Text in which every character that Mermaid might read as its own is given by its number."""
    return "".join(c if c in _PLAIN else f"#{ord(c)};" for c in text)
