"""NumPy as it is written: every function, method and operator that a traced array answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special
from tests.support.derivatives import by_differences, relative_error

import kobai
from kobai.graph import SPECIAL, TRANSLATIONS, AnyArray

GENERATOR = np.random.default_rng(1)
X = GENERATOR.uniform(0.3, 1.7, (2, 3))
V = GENERATOR.uniform(0.3, 0.9, 3)
P = GENERATOR.uniform(0.5, 1.5, (2, 3))
Q = GENERATOR.uniform(0.5, 1.5, (3, 2))
MASK = np.array([True, False, True])

# x (2, 3) and v (3,) are traced; p (2, 3), q (3, 2) and mask (3,) are plain arrays.
SMOOTH = """
np.add(x, v)
np.add(x, [1, 2, 3])
np.add([1.0, 2.0, 3.0], x)
np.add(x, (1, 2, 3))
np.subtract(p, x)
np.multiply(x, p)
np.divide(p, x)
np.true_divide(x, v)
np.negative(x)
np.positive(x)
np.power(x, 3)
np.power(x, v)
np.power(2, x)
np.square(x)
np.reciprocal(x)
np.absolute(x - 1)
np.abs(x - 1)
np.sign(x) * x
np.sqrt(x)
np.exp(x)
np.expm1(x)
np.log(x)
np.log1p(x)
np.sin(x)
np.cos(x)
np.tanh(x)
np.logaddexp(x, v)
np.logaddexp(0, x)
np.logaddexp.reduce(x, axis=1)
np.logaddexp.reduce(x)
np.logaddexp.reduce(x, axis=None)
np.maximum(x, 1)
np.maximum(x, p)
np.minimum(x, v)
np.clip(x, 0.5, 1.5)
np.clip(x, None, 1.5)
np.clip(x, 0.5, None)
np.clip(x, min=0.5)
np.clip(x, max=p)
np.where(mask, x, v)
np.where(x > v, x, 0)
np.where(x > 1, [1.0, 2.0, 3.0], x)
np.sum(x)
np.sum(x, axis=0)
np.sum(x, axis=-1)
np.sum(x, axis=(0, 1))
np.sum(x, 1, keepdims=True)
np.sum(x, axis=None, dtype=None, out=None)
np.sum(x, axis=())
np.sum(x, dtype=np.float64)
np.mean(x)
np.mean(x, axis=0)
np.mean(x, axis=1, keepdims=True)
np.average(x, axis=1)
np.average(x, axis=1, weights=v)
np.average(x, weights=p)
np.average(x, axis=0, weights=x)
np.average(v, weights=[1, 2, 3])
np.average(x, axis=1, weights=v, keepdims=True)
np.max(x)
np.max(x, axis=1)
np.amax(x, axis=0)
np.min(x, axis=1, keepdims=True)
np.amin(x)
np.add.reduce(x)
np.add.reduce(x, axis=None)
np.add.reduce(x, 1, keepdims=True)
np.maximum.reduce(x)
np.minimum.reduce(x, axis=1)
np.transpose(x)
np.transpose(x, (1, 0))
np.transpose(v)
np.swapaxes(x, 0, -1)
np.moveaxis(x, 0, 1)
np.moveaxis(x[None], [0, 1], [-1, 0])
np.reshape(x, (3, 2))
np.reshape(x, -1)
np.reshape(x, (-1, 2))
np.reshape(x, shape=6)
np.ravel(x)
np.expand_dims(x, 1)
np.expand_dims(x, (0, -1))
np.squeeze(x[:1])
np.squeeze(x[:, :1], axis=1)
np.squeeze(x)
np.broadcast_to(v, (2, 3))
np.broadcast_to(x[0, 0], 4)
np.astype(x, np.float64)
np.copy(x)
np.concatenate([x, p])
np.concatenate((x, p), axis=1)
np.concatenate([x, v[None]], axis=-2)
np.concatenate([x, v], axis=None)
np.concatenate([x, [[1.0, 2.0, 3.0]]])
np.stack([v, x[0]])
np.stack([v, v * 2, mask], axis=1)
np.stack([v[0], 1.0, x[0, 0]])
np.matmul(x, q)
np.matmul(q, x)
np.matmul(x, v)
np.matmul(v, q)
np.matmul(v, v)
np.matmul(v, np.stack([q, q]))
np.matmul(np.stack([q, q]), x[0, :2])
np.matmul(x, [[1.0], [2.0], [3.0]])
np.dot(x, q)
np.dot(x, v)
np.dot(v, v)
np.dot(x, 2)
np.dot(2.0, x)
np.dot(x, np.stack([q, q]))
np.outer(v, x)
np.outer(p, v)
np.einsum("ij,ij->i", x, p)
np.einsum("ij,j", x, v)
np.einsum("ij->ji", x)
np.einsum("ji", x)
np.einsum("...j,j->...", x, v)
np.einsum("i...->...", x)
np.einsum("...", x)
np.einsum("ij , jk -> ik", x, q)
np.einsum("ij,ij,j->", x, p, v)
special.expit(x)
special.log_expit(x)
special.logit(x / 2)
special.xlogy(x, p)
special.xlogy(p, x)
special.xlog1py(p, x)
x + v
x - p
p - x
x * 2
2 * x
x / p
p / x
1 / x
x**2
x**-1
x**0.5
x**v
2**x
x @ q
q @ x
x @ v
v @ v
p.T @ x
-x
+x
abs(x - 1)
np.float64(2) * x
np.float32(2) * x
np.int64(2) + x
np.array(2.0) - x
x.T
x.transpose()
x.transpose(1, 0)
x.transpose((1, 0))
x.reshape(3, 2)
x.reshape((3, 2))
x.reshape(-1)
x.ravel()
x.flatten()
x[None].squeeze()
x[None].squeeze(0)
x[None].squeeze(axis=0)
x.swapaxes(0, 1)
x.copy()
x.astype(float)
x.sum()
x.sum(0)
x.sum(axis=1, keepdims=True)
x.mean()
x.mean(axis=-1)
x.max()
x.max(axis=0)
x.min(1)
x.dot(q)
x.clip(0.5, 1.5)
x.clip(max=1.0)
x[0]
x[-1]
x[0, 1]
x[:, 1]
x[:, 1:]
x[..., 0]
x[0, ...]
x[:, None]
x[None]
x[:, ::-1]
x[::2, 1::2]
x[:, -2:]
x[:, :-1]
x[1:, :99]
x[:, 3:1]
x[np.int64(1), np.int64(0) :]
x[()]
x[...]
x[0, 0] * v
x[0][1]
np.zeros_like(x) + x
np.ones_like(x, dtype=float) * x
sum(v)
sum(row @ v for row in x)
min(v[0], v[1]) + max(v[0], v[1])
""".strip().splitlines()
STEPS = """
x > 1
x >= v
x < 1
x <= p
x == x
x != v
1 < x
p > x
np.greater(x, 1)
np.greater_equal(x, 1)
np.less(x, 1)
np.less_equal(x, 1)
np.equal(x, 1)
np.not_equal(x, 1)
np.logical_and(x > 1, v > 0.5)
np.logical_or(x > 1, mask)
np.logical_not(x > 1)
np.bitwise_and(x > 1, mask)
np.bitwise_or(x > 1, mask)
np.invert(x > 1)
(x > 1) & (x < 1.5)
(x > 1) | mask
mask & (x > 1)
mask | (x > 1)
~(x > 1)
np.isnan(x)
np.isfinite(x)
np.sign(x)
np.sum(x > 1)
np.sum(x > 1, axis=0)
np.mean(x > 1)
np.max(x > 1)
x.astype(int)
x.astype("float32")
x.astype(bool)
(x > 1).astype(float)
np.astype(x, np.int32)
np.shape(x)
np.ndim(x)
np.size(x)
np.size(x, 1)
np.iscomplexobj(x)
np.isrealobj(x)
np.zeros_like(x)
np.zeros_like(x, dtype=int)
np.ones_like(v)
x.shape
x.ndim
x.size
x.dtype
len(x)
bool(x[0, 0] > 5)
int(x[0, 0] * 10)
""".strip().splitlines()


def _value(source: str, x: Any, v: Any) -> Any:
    names = {"np": np, "special": special, "p": P, "q": Q, "mask": MASK, "x": x, "v": v}
    return eval(source, names)


def _weighed(source: str, x: Any, v: Any) -> Any:
    result = _value(source, x, v)
    weights = np.random.default_rng(2).uniform(0.5, 1.5, np.shape(result))
    return np.sum(weights * result)


@pytest.mark.parametrize("source", SMOOTH)
def test_a_function_has_numpys_value_and_its_derivative(source: str) -> None:
    def f(x: Any, v: Any) -> Any:
        return _weighed(source, x, v) + 0.25 * np.sum(x) + 0.25 * np.sum(v), _value(source, x, v)

    (_, value), slopes = kobai.value_and_grad(f, argnums=(0, 1), has_aux=True)(X, V)
    expected = np.asarray(_value(source, X, V))
    assert (value.shape, value.dtype) == (expected.shape, expected.dtype)
    assert np.allclose(value, expected, rtol=1e-14, atol=0)

    def plain(arrays: Any) -> Any:
        return f(*arrays)[0]

    for which, slope in enumerate(slopes):
        assert relative_error(slope, by_differences(plain, [X, V], which, 1e-3)) < 1e-9


@pytest.mark.parametrize("source", STEPS)
def test_a_function_with_steps_has_numpys_value(source: str) -> None:
    def f(x: Any, v: Any) -> Any:
        return np.sum(x) + np.sum(v), _value(source, x, v)

    _, value = kobai.grad(f, argnums=(0, 1), has_aux=True)(X, V)
    expected: Any = _value(source, X, V)
    assert np.array_equal(value, expected)
    assert np.asarray(value).dtype == np.asarray(expected).dtype


def test_every_function_that_is_traced_is_tried_above() -> None:
    sources = "\n".join([*SMOOTH, *STEPS])
    for function in TRANSLATIONS:
        name = function.__name__ if function.__name__ != "reduce" else "logaddexp.reduce"
        assert f"np.{name}(" in sources, f"np.{name} is not tried"
    for name in SPECIAL:
        assert f"special.{name}(" in sources, f"special.{name} is not tried"


def test_there_are_as_many_sources_as_were_written() -> None:
    assert (len(SMOOTH), len(STEPS)) == (204, 53)
    assert len({*SMOOTH, *STEPS}) == len(SMOOTH) + len(STEPS)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_gradient_has_the_dtype_and_shape_of_its_variable(dtype: str, order: Any) -> None:
    x = np.asarray(X, dtype, order=order)
    value, slope = kobai.value_and_grad(lambda x: np.mean(np.tanh(x @ Q.astype(dtype)) ** 2))(x)
    assert (slope.dtype, slope.shape) == (x.dtype, x.shape)
    assert value.dtype == x.dtype


@pytest.mark.parametrize(
    "view",
    [
        X[::-1],
        X[:, ::2],
        np.asfortranarray(X),
        X.astype(">f8"),
        np.frombuffer(b"\0" + X.tobytes(), np.uint8)[1:].view(np.float64).reshape(2, 3),
        np.broadcast_to(V, (2, 3)),
        X[:0],
    ],
    ids=["reversed", "strided", "Fortran", "big-endian", "unaligned", "broadcast", "empty"],
)
def test_the_layout_in_memory_makes_no_difference(view: AnyArray) -> None:
    kept = view.copy()
    plain = np.array(view, float)
    found = kobai.grad(lambda x: np.sum(np.sin(x) * x))(view)
    assert np.array_equal(found, kobai.grad(lambda x: np.sum(np.sin(x) * x))(plain))
    assert np.array_equal(view, kept)


def test_numpy_functions_of_plain_arrays_stay_plain() -> None:
    def f(x: Any) -> Any:
        ramp = np.linspace(0, 1, 3)
        ramp[0] = 5
        assert type(np.cumsum(ramp)) is np.ndarray
        return np.sum(x * ramp)

    assert np.array_equal(kobai.grad(f)(V), [5, 0.5, 1])
