"""A loss, or residuals, as compiled functions of one vector: what drivers work with."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from kobai.backends import Runnable, runnable
from kobai.differentiation import differentiated, for_evaluation, pulled_back, pushed_forward
from kobai.errors import ArgumentError, IndependenceWarning
from kobai.facts import Facts
from kobai.frames import user_level
from kobai.graph import AnyArray, Graph, Node, reachable, substitute
from kobai.optim.driver import Point
from kobai.recording import Recording
from kobai.sizes import shape_at_hand
from kobai.splitting import split
from kobai.training.branches import Branches, Form
from kobai.transforms import scalar_output
from kobai.transforms.linear_map import known_before, slot
from kobai.transforms.outputs import array_outputs

# How often a driver asks for a value, when nobody knows how often: for the choice of what runs it.
USUAL_CALLS = 100


class Vector:
    """Arrays of several shapes and dtypes as one vector, of float64 or what is longer."""

    def __init__(self, arrays: Sequence[AnyArray]) -> None:
        self._shapes = [array.shape for array in arrays]
        self._dtypes = [array.dtype for array in arrays]
        ends = np.cumsum([0, *(array.size for array in arrays)]).tolist()
        self._places = [slice(*pair) for pair in pairwise(ends)]
        self.size: int = ends[-1]
        self.dtype = np.result_type(np.float64, *self._dtypes)
        self.is_rounded = any(dtype != self.dtype for dtype in self._dtypes)

    def joined(self, arrays: Sequence[AnyArray]) -> AnyArray:
        """The arrays in one vector of its own."""
        x = np.empty(self.size, self.dtype)
        for place, array in zip(self._places, arrays, strict=True):
            x[place] = np.ravel(array)
        return x

    def parts(self, x: AnyArray) -> list[AnyArray]:
        """The arrays that a vector holds; views of it where their dtype is its own."""
        return [
            x[place].reshape(shape).astype(dtype, copy=False)
            for place, shape, dtype in zip(self._places, self._shapes, self._dtypes, strict=True)
        ]

    def rounded(self, x: AnyArray) -> AnyArray:
        """The vector as its arrays can hold it."""
        return self.joined(self.parts(x)) if self.is_rounded else x


class Linear:
    """Images that are linear in slots, at a point: what depends on the point alone is kept.

    Args:
        images: the nodes; None where there is nothing but zero.
        slots: what they are linear in.
        inputs: the parameters and the data, in the order in which they are given.
        axes: the inputs that carry the examples.
    """

    def __init__(
        self,
        images: Sequence[Node | None],
        slots: Sequence[Node],
        inputs: Sequence[Node],
        axes: Mapping[Node, int],
    ) -> None:
        self._is_image = [image is not None for image in images]
        present = [image for image in images if image is not None]
        present = for_evaluation(present, [*inputs, *slots])
        known = known_before(present, slots)
        places = split(known, axes, frozenset(reachable(known))).axes
        graph: Graph = slots[0].graph
        held = [slot(graph, node.shape, node.dtype) for node in known]
        outputs = substitute(present, dict(zip(known, held, strict=True)))
        held_axes = {h: places[k] for k, h in zip(known, held, strict=True) if k in places}
        self._known = runnable(known, inputs, axes, USUAL_CALLS)
        self._images = runnable(outputs, [*held, *slots], held_axes, USUAL_CALLS)

    def at(self, arrays: Sequence[AnyArray]) -> Callable[[Sequence[AnyArray]], list[AnyArray]]:
        """The map at a point, from what is in the slots to the images."""
        known = self._known.run(*arrays)

        def images(given: Sequence[AnyArray]) -> list[AnyArray]:
            found = iter(self._images.run(*known, *given))
            return [next(found) if is_image else np.zeros(()) for is_image in self._is_image]

        return images


class _Loss:
    """The programs of one recording of a loss."""

    def __init__(self, recording: Recording, form: Form) -> None:
        parameters, data = form.parameters(recording), form.examples(recording)
        targets = [leaf.node for leaf in parameters]
        self._targets = targets
        self._inputs = [*targets, *(leaf.node for leaf in data)]
        self._axes = {leaf.node: axis for leaf, axis in zip(data, form.axes, strict=True)}
        self._facts = Facts({x.node: a for x, a in zip(data, form.data, strict=True)})
        graph = recording.trace.graph
        output = scalar_output(recording.result)
        found: dict[Node, Node] = {}
        if output is None:
            output = graph.constant(float(recording.result))
        else:
            output, found = differentiated(output, targets, self._facts)
        zeros = (graph.constant(np.zeros((), node.dtype)) for node in targets)
        self._gradients = [found.get(w, zero) for w, zero in zip(targets, zeros, strict=True)]
        self.independent = [leaf.label for leaf in parameters if leaf.node not in found]
        self.epsilon = _epsilon([output, *targets])
        outputs = for_evaluation([output, *self._gradients], self._inputs)
        self.program: Runnable = runnable(outputs, self._inputs, self._axes, USUAL_CALLS)
        self._curvature: Linear | None = None

    def curvature(self) -> Linear:
        """The product of the Hessian with a vector; derived when it is first asked for."""
        if self._curvature is None:
            slots = [slot(w.graph, w.shape, w.dtype) for w in self._targets]
            ways = dict(zip(self._targets, slots, strict=True))
            _, images, _ = pushed_forward(self._gradients, ways, self._facts)
            self._curvature = Linear(images, slots, self._inputs, self._axes)
        return self._curvature


class LossOfVector:
    """A loss as a function of one vector: values, gradients and products with the Hessian.

    Args:
        loss: the user's function.
        form: its arguments.
        leaves: the parameters to begin with.
    """

    def __init__(self, loss: Callable[..., Any], form: Form, leaves: Sequence[AnyArray]) -> None:
        self.vector = Vector(leaves)
        self._form = form
        self._branches = Branches(loss, form, partial(_Loss, form=form))
        first = self._branches.at(leaves)
        _warn_of_independence(first.independent)
        self.epsilon = first.epsilon
        self.evaluations = 0

    def point(self, x: AnyArray) -> Point:
        """Loss and gradient at what x is rounded to in the dtypes of the parameters."""
        parts = self.vector.parts(x)
        loss, *slopes = self._branches.at(parts).program.run(*parts, *self._form.data)
        self.evaluations += 1
        at = self.vector.joined(parts) if self.vector.is_rounded else x
        return Point(at, float(loss), self.vector.joined(slopes))

    def hessian(self, x: AnyArray) -> Callable[[AnyArray], AnyArray]:
        """The Hessian there, as what it makes of a vector."""
        parts = self.vector.parts(x)
        images = self._branches.at(parts).curvature().at([*parts, *self._form.data])
        return lambda v: self.vector.joined(images(self.vector.parts(v)))


class _Residuals:
    """The programs of one recording of residuals."""

    def __init__(self, recording: Recording, form: Form) -> None:
        parameters, data = form.parameters(recording), form.examples(recording)
        targets = [leaf.node for leaf in parameters]
        inputs = [*targets, *(leaf.node for leaf in data)]
        axes = {leaf.node: axis for leaf, axis in zip(data, form.axes, strict=True)}
        facts = Facts({x.node: a for x, a in zip(data, form.data, strict=True)})
        outputs, _ = array_outputs(recording.result, recording.trace.graph)
        _require_array(outputs)
        by_columns = _size(targets) <= _size(outputs)
        slots = [slot(x.graph, x.shape, x.dtype) for x in (targets if by_columns else outputs)]
        images: list[Node | None]
        if by_columns:
            ways = dict(zip(targets, slots, strict=True))
            outputs, images, relevant = pushed_forward(outputs, ways, facts)
            matters: frozenset[Node] = frozenset(w for w in targets if w in relevant)
        else:
            outputs, found = pulled_back(outputs, slots, targets, facts)
            images, matters = [found.get(w) for w in targets], frozenset(found)
        self.independent = [leaf.label for leaf in parameters if leaf.node not in matters]
        self.epsilon = _epsilon([*outputs, *targets])
        self.program = runnable(for_evaluation(outputs, inputs), inputs, axes, USUAL_CALLS)
        self.map = Linear(images, slots, inputs, axes)
        self.by_columns = by_columns
        self.vector = Vector([np.empty(shape_at_hand(x.shape), x.dtype) for x in outputs])


class ResidualsOfVector:
    """Residuals as a function of one vector, and their Jacobian.

    Args:
        function: the user's function, which returns the residuals.
        form: its arguments.
        leaves: the parameters to begin with.
    """

    def __init__(
        self, function: Callable[..., Any], form: Form, leaves: Sequence[AnyArray]
    ) -> None:
        self.vector = Vector(leaves)
        self._form = form
        self._branches = Branches(function, form, partial(_Residuals, form=form))
        first = self._branches.at(leaves)
        _warn_of_independence(first.independent)
        self.epsilon = first.epsilon
        self.evaluations = 0

    def rounded(self, x: AnyArray) -> AnyArray:
        """What x is in the dtypes of the parameters."""
        return self.vector.rounded(x)

    def residuals(self, x: AnyArray) -> AnyArray:
        """The residuals, in one vector."""
        parts = self.vector.parts(x)
        branch = self._branches.at(parts)
        self.evaluations += 1
        return branch.vector.joined(branch.program.run(*parts, *self._form.data))

    def jacobian(self, x: AnyArray) -> AnyArray:
        """Their derivatives, shape (residuals, parameters); by columns or rows, what is fewer."""
        parts = self.vector.parts(x)
        branch = self._branches.at(parts)
        images = branch.map.at([*parts, *self._form.data])
        given, found = self.vector, branch.vector
        if not branch.by_columns:
            given, found = found, given
        swept = np.empty((given.size, found.size))
        basis = np.zeros(given.size, given.dtype)
        for k in range(given.size):
            basis[k] = 1.0
            swept[k] = found.joined(images(given.parts(basis)))
            basis[k] = 0.0
        return np.ascontiguousarray(swept.T) if branch.by_columns else swept


def _require_array(outputs: Sequence[Node]) -> None:
    if not any(node.shape for node in outputs):
        raise ArgumentError(
            "the function returned one number, and residuals are wanted",
            repair="return them as an array, such as y - model(params, x), not the sum of their "
            "squares; for any other loss use kobai.optim.LBFGS() or NewtonCG()",
        )


def _size(nodes: Sequence[Node]) -> int:
    return sum(int(np.prod(shape_at_hand(node.shape))) for node in nodes)


def _epsilon(nodes: Sequence[Node]) -> float:
    """The spacing of numbers at 1 in the coarsest dtype."""
    return max(float(np.finfo(node.dtype).eps) for node in nodes if node.is_differentiable)


def _warn_of_independence(labels: Sequence[str]) -> None:
    for label in labels:
        warnings.warn(
            f"the loss does not depend on parameter {label}: it stays as it is",
            IndependenceWarning,
            stacklevel=user_level(),
        )
