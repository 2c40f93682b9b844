"""Layers of a network in plain NumPy: activations by name, sizes, parameters to begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kobai.errors import ArgumentError
from kobai.learn.parameters import require_count

Array = NDArray[Any]
# Of the logits of a layer, shape (m, units), elementwise or row by row.
Activation: TypeAlias = Callable[[Any], Any]
# Weights of shape (units before, units) and biases of shape (units,), for each layer.
Parameters: TypeAlias = tuple[list[Array], list[Array]]


def identity(z: Any) -> Any:
    """The logits themselves."""
    return z


def logistic(z: Any) -> Any:
    """1 / (1 + e⁻ᶻ)."""
    return 1 / (1 + np.exp(-z))


def relu(z: Any) -> Any:
    """The larger of z and 0."""
    return np.maximum(z, 0)


def softplus(z: Any) -> Any:
    """log(1 + eᶻ)."""
    return np.logaddexp(z, 0)


def silu(z: Any) -> Any:
    """z / (1 + e⁻ᶻ)."""
    return z / (1 + np.exp(-z))


def softmax(z: Any) -> Any:
    """eᶻ, each row divided by its sum."""
    return np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)


ACTIVATIONS: dict[str, Activation] = {
    "identity": identity,
    "logistic": logistic,
    "tanh": np.tanh,
    "relu": relu,
    "softplus": softplus,
    "silu": silu,
}
OUTPUTS: dict[str, Activation] = {
    "identity": identity,
    "logistic": logistic,
    "softmax": softmax,
    "exp": np.exp,
}


def hidden_sizes(hidden_layer_sizes: Any) -> list[int]:
    """How many units each hidden layer has.

    Raises:
        ArgumentError: an entry is not a whole number of at least 1.
    """
    is_nest = isinstance(hidden_layer_sizes, Iterable) and not isinstance(hidden_layer_sizes, str)
    sizes = list(hidden_layer_sizes) if is_nest else [hidden_layer_sizes]
    for size in sizes:
        require_count("an entry of hidden_layer_sizes", size)
    return [int(size) for size in sizes]


def hidden_activations(activation: Any, layers: int) -> list[str | Activation]:
    """What the user named for each hidden layer.

    Raises:
        ArgumentError: a name is unknown, or a list is not as long as there are hidden layers.
    """
    is_list = isinstance(activation, list | tuple)
    chosen = list(activation) if is_list else [activation] * layers
    if len(chosen) != layers:
        raise ArgumentError(
            f"activation has {len(chosen)} entries for {layers} hidden layers",
            repair="give one for each, or a single one for all",
        )
    # Looked at without hidden layers too, where it is for none.
    for name in chosen or [activation] * (not is_list):
        if not callable(name) and (not isinstance(name, str) or name not in ACTIVATIONS):
            raise ArgumentError(
                f"activation is {name!r}",
                repair=f"use one of {', '.join(ACTIVATIONS)}, or a NumPy function of the logits",
            )
    return chosen


def functions(activations: Sequence[str | Activation]) -> tuple[Activation, ...]:
    """The activations as functions."""
    return tuple(ACTIVATIONS[a] if isinstance(a, str) else a for a in activations)


def drawn(
    sizes: Sequence[int],
    activations: Sequence[str | Activation],
    random: np.random.RandomState,
    dtype: np.dtype[Any],
) -> Parameters:
    """Parameters to begin with, uniform within ±√(6 / (units before + units)).

    With "logistic" it is a 2 in place of the 6, and the output's layer is drawn as the one before
    it: with one activation for all, these are the numbers that scikit-learn draws.

    Source: Glorot and Bengio, AISTATS 2010, equation 16.
    """
    W, b = [], []
    kinds = [*activations, *(activations[-1:] or ["identity"])]
    for (before, units), kind in zip(pairwise(sizes), kinds, strict=True):
        bound = np.sqrt((2 if kind == "logistic" else 6) / (before + units))
        W.append(random.uniform(-bound, bound, (before, units)).astype(dtype))
        b.append(random.uniform(-bound, bound, units).astype(dtype))
    return W, b
