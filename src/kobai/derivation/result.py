"""The result of `kobai.derive`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from kobai.derivation import as_json, graph_text, notebook
from kobai.derivation.cautions import Caution, listed
from kobai.derivation.diagram import Diagram, diagram, others_of
from kobai.derivation.expressions import Forms
from kobai.derivation.latex_text import equations, latex_text
from kobai.derivation.layers import Layers
from kobai.derivation.layers_text import (
    layer_lines,
    layer_rows,
    layers_latex,
    layers_text,
    symbols_of,
)
from kobai.derivation.options import Options, changed
from kobai.derivation.page import page
from kobai.derivation.recurrences import Recurrence, recurrences
from kobai.derivation.schemes import LayerSymbols, latex_symbols
from kobai.derivation.steps import Step
from kobai.derivation.text import text
from kobai.derivation.views import views
from kobai.errors import ArgumentError
from kobai.languages import Words, words


@dataclass(frozen=True)
class Derivation:
    """The gradient of a function, worked out by hand as it were: see `kobai.derive`.

    Attributes:
        function: the name of the function.
        arguments: the names of its arguments.
        steps: forward values in the order in which they were computed, then their derivatives from
            the last to the first, then the parameters', then updates.
        names: every name that a formula may use which is not a step: arguments, lengths, constants,
            each with its value.
        legend: what lengths, constants and an optimiser's letters mean: `{"m": "X.shape[0]"}`.
        cautions: what was seen in the function and could not be made safe, with the user's line.
        loss: the name of the value that is differentiated.
        forms: the formulas of the steps as they are in the graph, to be printed in any notation.
        options: how it is printed.
        layers: which part each value plays in layers that repeat.
    """

    function: str
    arguments: tuple[str, ...]
    steps: tuple[Step, ...]
    names: Mapping[str, Any] = field(repr=False)
    legend: Mapping[str, str] = field(default_factory=dict)
    cautions: tuple[Caution, ...] = ()
    loss: str = "loss"
    forms: tuple[Forms, ...] = field(default=(), repr=False, compare=False)
    options: Options = field(default_factory=Options)
    layers: Layers = field(default_factory=Layers, repr=False)

    def __getitem__(self, name: str) -> Step:
        """The step of this name; for a parameter that has one, its update."""
        for step in self.steps:
            if step.name == name:
                return step
        known = ", ".join(step.name for step in self.steps)
        raise ArgumentError(
            f"there is no step {name!r} in this derivation", repair=f"use one of {known}"
        )

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __str__(self) -> str:
        return self.text()

    def text(self, notation: str | None = None, names: str | None = None) -> str:
        """All steps as text; the options are those of `kobai.derive` unless others are given."""
        options = changed(self.options, notation, names)
        say = words(options.lang)
        lines = [
            text(self._title(options), self.steps, options, self.loss),
            *layers_text(
                self.recurrences, self.layers, self.steps, self._layer_symbols(options), options
            ),
            *listed(self.cautions, say("cautions")),
        ]
        return "\n".join(lines)

    def latex(self, notation: str | None = None, names: str | None = None) -> str:
        """All steps as a LaTeX `align*` environment, and the formulas of layers as another."""
        options = changed(self.options, notation, names)
        shown = latex_symbols(self.steps, options.names, self.loss)
        symbols = self._layer_symbols(options)
        lines = layer_lines(self.recurrences, self.layers, self.steps, self.forms, symbols, shown)
        of_steps = latex_text(self.steps, self.forms, options, self.loss)
        return f"{of_steps}\n{layers_latex(lines, symbols.definition_latex())}".rstrip()

    @property
    def recurrences(self) -> tuple[Recurrence, ...]:
        """In a net of layers that repeat: the formulas that several layers share, and the rest."""
        return recurrences(self.steps, self.layers)

    def to_json(self) -> str:
        """The derivation as JSON text; `derivation.schema.json` in this package describes it."""
        return as_json.text_of(self._fields)

    def html(self, path: str | PathLike[str] | None = None, *, language: str | None = None) -> str:
        """The derivation as a page that draws the graph and steps through it.

        The page is one file: it opens from disk and asks the network for nothing.

        Args:
            path: where to write the page; nowhere if None.
            language: the language of the page's words: "en", "ja" or "zh"; the derivation's own if
                None.

        Returns:
            The page's text.
        """
        text = page(self.to_json(), language or self.options.lang)
        if path is not None:
            Path(path).write_text(text, "utf-8", newline="\n")
        return text

    def dot(self) -> str:
        """The graph in Graphviz's language."""
        return graph_text.dot(self._diagram)

    def mermaid(self) -> str:
        """The graph in Mermaid's language, as Markdown pages show it."""
        return graph_text.mermaid(self._diagram)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What notebooks show."""
        symbols = latex_symbols(self.steps, self.options.names, self.loss)
        is_indexed = self.options.notation == "index"
        lines = [
            equations(step, form, symbols, is_indexed=is_indexed)
            for step, form in zip(self.steps, self.forms, strict=True)
        ]
        return {
            "text/plain": str(self),
            "text/latex": self.latex(),
            "text/html": notebook.table(
                self._title(self.options), self.steps, lines, self.options.lang
            ),
        }

    @property
    def _diagram(self) -> Diagram:
        return diagram(self.steps, others_of(self.names, self.legend, self.arguments))

    @property
    def _fields(self) -> as_json.Fields:
        found, layers = self.recurrences, self.layers
        symbols = self._layer_symbols(self.options)
        return as_json.fields(
            self.function,
            self.arguments,
            self.steps,
            views(self.steps, self.forms, self.options, self.loss, found, layers),
            self.names,
            self.legend,
            self.cautions,
            self._diagram,
            layers,
            found,
            layer_rows(found, layers, symbols, self.options.lang),
        )

    def _layer_symbols(self, options: Options) -> LayerSymbols:
        return symbols_of(self.steps, self.layers, options, self.loss)

    def _title(self, options: Options) -> str:
        say = words(options.lang)
        legend = [f"{name} = {self._meaning(name, say)}" for name in self.legend]
        if options.notation == "index":
            legend += [
                say("range", letter=letter, last=f"{length}-1")
                for letter, length in self._letters().items()
            ]
        return ", ".join([f"{self.function}({', '.join(self.arguments)})", *legend])

    def _meaning(self, name: str, say: Words) -> str:
        """What a length or an array is; of an optimiser's letter the number, and its name."""
        meaning, value = self.legend[name], self.names[name]
        if not isinstance(value, float):
            return meaning
        return say("setting", value=value, meaning=meaning) if meaning else f"{value:g}"

    def _letters(self) -> dict[str, str]:
        """The letters of formulas with indices, and the lengths of their axes."""
        used = {letter for step in self.steps for letter in step.places}
        known = self.forms[0].formula.letters.known if self.forms else {}
        sizes = self.forms[0].formula.sizes if self.forms else {}
        return {
            letter: sizes.get(symbol, symbol) for symbol, letter in known.items() if letter in used
        }
