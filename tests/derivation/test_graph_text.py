"""The graph of a derivation as dot and Mermaid text, and what notebooks show."""

from __future__ import annotations

import re

import pytest
from tests.derivation.models import MODELS

from kobai.derivation.diagram import Diagram, DiagramNode
from kobai.derivation.graph_text import dot, mermaid

DOT = """\
digraph {
  rankdir=LR
  node [fontname="monospace"]
  n0 [label="x\\ndx = 2 * x + 1", shape=ellipse]
  n1 [label="J = x**2 + x\\ndJ = 1.0", shape=box]
  n0 -> n1
  n1 -> n0 [style=dashed, color=firebrick, constraint=false]
}"""
MERMAID = """\
flowchart LR
  n0(["x<br/>dx = 2 * x + 1"])
  n1["J = x**2 + x<br/>dJ = 1.0"]
  n0 --> n1
  n1 -.-> n0"""


def test_a_parabola_is_an_arrow_and_its_return() -> None:
    d = MODELS["parabola"].derivation()
    assert d.dot() == DOT
    assert d.mermaid() == MERMAID


def test_arrows_are_the_names_in_the_users_own_formulas() -> None:
    """The stable form of a loss skips `a`; its arrows don't."""
    edges = MODELS["saturated"].derivation().dot()
    names = re.findall(r'(n\d) \[label="(\w+)', edges)
    number = {name: key for key, name in names}
    assert f"{number['z']} -> {number['a']}\n" in edges
    assert f"{number['a']} -> {number['L']}\n" in edges


@pytest.mark.parametrize("name", MODELS)
def test_both_texts_have_the_same_arrows(name: str) -> None:
    d = MODELS[name].derivation()
    there = set(re.findall(r"(n\d+) -> (n\d+)$", d.dot(), flags=re.MULTILINE))
    back = set(re.findall(r"(n\d+) -> (n\d+) \[", d.dot()))
    assert there == set(re.findall(r"(n\d+) --> (n\d+)", d.mermaid()))
    assert back == set(re.findall(r"(n\d+) -\.-> (n\d+)", d.mermaid()))
    assert {(b, a) for a, b in back} <= there


def test_no_name_is_read_as_dot_or_mermaid() -> None:
    hostile = 'a"]; n9 [label="b\\'
    diagram = Diagram((DiagramNode(hostile, "argument", None, None),), ())
    assert r'label="a\"]; n9 [label=\"b\\", shape=ellipse' in dot(diagram)
    (label,) = re.findall(r'n0\(\["(.*)"\]\)', mermaid(diagram))
    assert not set(label) & set('"[]\\')


@pytest.mark.parametrize("name", MODELS)
def test_a_notebook_gets_text_latex_and_a_table(name: str) -> None:
    d = MODELS[name].derivation()
    shown = d._repr_mimebundle_()
    assert shown["text/plain"] == str(d)
    assert shown["text/latex"] == d.latex()
    assert shown["text/html"].count("<tr>") == len(d.steps)
    assert "<script" not in shown["text/html"]
