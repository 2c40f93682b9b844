"""What derivatives are called where people read them: `dz`, `δ2`, `∂C/∂w`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kobai.derivation.options import Scheme
from kobai.derivation.recurrences import Reference
from kobai.derivation.steps import Step
from kobai.targets.latex import latex_name

_IDENTIFIER = re.compile(r"(?<![\w.'])[^\W\d]\w*")


def text_symbols(steps: Sequence[Step], scheme: Scheme, loss: str) -> dict[str, str]:
    """By the name of a derivative's step, what it is called in text."""
    return {step.name: _text_symbol(step, scheme, loss) for step in steps if step.of}


def latex_symbols(steps: Sequence[Step], scheme: Scheme, loss: str) -> dict[str, str]:
    """By the name of a derivative's step, its LaTeX."""
    return {step.name: _latex_symbol(step, scheme, loss) for step in steps if step.of}


def _text_symbol(step: Step, scheme: Scheme, loss: str) -> str:
    match scheme:
        case "d":
            return f"d{step.of}"
        case "delta" if step.error_name:
            return step.error_name.replace("delta", "δ", 1)
        case _:
            return f"∂{loss}/∂{step.of}"


def _latex_symbol(step: Step, scheme: Scheme, loss: str) -> str:
    match scheme:
        case "d":
            return f"d{latex_name(step.of)}"
        case "delta" if step.error_name:
            return latex_name(step.error_name)
        case _:
            return _partial(latex_name(loss), latex_name(step.of))


def _partial(loss: str, variable: str) -> str:
    return rf"\frac{{\partial {loss}}}{{\partial {variable}}}"


def setting(letter: str, scheme: Scheme) -> str:
    """What an optimiser's letter is in the texts of a scheme: the learning rate is η beside δ."""
    return "η" if scheme == "delta" and letter == "α" else letter


def is_alone(before: str, after: str) -> bool:
    """Whether what stands between is a whole argument: nothing binds it but brackets and commas."""
    return before.rstrip(" ")[-1:] in ("", "(", ",") and after[:1] in ("", ")", ",")


def with_symbols(formula: str, symbols: Mapping[str, str], *, encloses: bool = True) -> str:
    """NumPy source with what people call things: quotients get parentheses beside others."""

    def shown(match: re.Match[str]) -> str:
        symbol = symbols.get(match[0], match[0])
        alone = is_alone(formula[: match.start()], formula[match.end() :])
        return f"({symbol})" if encloses and "/" in symbol and not alone else symbol

    return _IDENTIFIER.sub(shown, formula)


class LayerSymbols:
    """Symbols of what plays a part in layers: `W^{l+1}`, `δ^l`.

    Args:
        scheme: what derivatives are called.
        loss: the name of the loss.
        errors: the parts whose derivatives are errors of units.
    """

    def __init__(self, scheme: Scheme, loss: str, errors: Sequence[str]) -> None:
        self._scheme = scheme
        self._loss = loss
        self._errors = errors

    def text(self, reference: Reference, layer: int | str = "l") -> str:
        """`W^{l+1}` for the layer l; `W^L` for another letter, `W^5` for a number."""
        above = _layer(reference.shift, layer)
        above = f"^{above}" if len(above) == 1 else f"^{{{above}}}"
        if not reference.is_slope:
            return reference.role + above
        if self._is_error(reference):
            return f"δ{above}"
        sign = "d" if self._scheme == "d" else f"∂{self._loss}/∂"
        return sign + reference.role + above

    def latex(self, reference: Reference, layer: int | str = "l") -> str:
        """The same with the layer in parentheses, so that it is no exponent."""
        above = f"^{{({_layer(reference.shift, layer)})}}"
        symbol = latex_name(reference.role.rstrip("'")) + reference.role.count("'") * "'"
        if not reference.is_slope:
            return f"{symbol}{above}" if "'" not in symbol else f"{{{symbol}}}{above}"
        if self._is_error(reference):
            return rf"\delta{above}"
        if self._scheme == "d":
            return f"d{symbol}{above}"
        return _partial(latex_name(self._loss), f"{symbol}{above}")

    def definition(self) -> str:
        """What δ is, where it is shown: `δ^l = ∂C/∂z^l`."""
        if self._scheme != "delta" or not self._errors:
            return ""
        return f"δ^l = ∂{self._loss}/∂{self._errors[0]}^l"

    def definition_latex(self) -> str:
        if self._scheme != "delta" or not self._errors:
            return ""
        variable = self.latex(Reference(self._errors[0], 0))
        return rf"\delta^{{(l)}} &= {_partial(latex_name(self._loss), variable)}"

    def _is_error(self, reference: Reference) -> bool:
        return self._scheme == "delta" and reference.role in self._errors


def _layer(shift: int, layer: int | str) -> str:
    if isinstance(layer, int):
        return str(layer + shift)
    return f"{layer}{shift:+d}" if shift else layer
