"""Functions that can't be traced. The line at fault ends in `# here`."""

# Each is written as a user might write it, whatever it is wrong with.

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from scipy import sparse, special

KEPT: list[Any] = []
BUFFER = np.zeros(3)
P = np.arange(3.0)
with warnings.catch_warnings(action="ignore"):
    MATRIX = np.matrix(np.eye(3))


def array_of_traced(x: Any) -> Any:
    return np.sum(np.array([x[0], x[1]]))  # here


def asarray(x: Any) -> Any:
    x = np.asarray(x)  # here
    return np.sum(x)


def list_as_operand(x: Any) -> Any:
    return np.sum(x * [x[0], x[1], 1.0])  # here


def nested_list_as_operand(x: Any) -> Any:
    return np.sum(np.concatenate([x, [x[0]]]))  # here


def array_of_objects(x: Any) -> Any:
    return np.sum(np.array([x[0], None], dtype=object))  # here


def python_float(x: Any) -> Any:
    return float(x[0]) * 2  # here


def python_complex(x: Any) -> Any:
    return complex(x[0])  # here


def math_module(x: Any) -> Any:
    return math.exp(x[0])  # here


def rounded(x: Any) -> Any:
    return round(x[0])  # here


def item(x: Any) -> Any:
    return x[0].item()  # here


def tolist(x: Any) -> Any:
    return sum(x.tolist())  # here


def plain_buffer_plus(x: Any) -> Any:
    total = np.zeros(3)
    total += x  # here
    return np.sum(total)


def plain_buffer_entry(x: Any) -> Any:
    total = np.zeros(3)
    total[0] = x[0]  # here
    return np.sum(total)


def plain_buffer_part(x: Any) -> Any:
    total = np.zeros(3)
    total[1:] = x[1:]  # here
    return np.sum(total)


def full_like(x: Any) -> Any:
    return np.sum(np.full_like(P, x[0]))  # here


def filled(x: Any) -> Any:
    return np.sum(np.full(3, x[0]))  # here


def out_plain(x: Any) -> Any:
    np.multiply(x, 2, out=BUFFER)  # here
    return np.sum(BUFFER)


def out_of_sum(x: Any) -> Any:
    return np.sum(x, out=np.zeros(()))  # here


def where_keyword(x: Any) -> Any:
    return np.sum(np.add(x, 1, where=P > 0))  # here


def dtype_keyword(x: Any) -> Any:
    return np.sum(np.exp(x, dtype=np.float32))  # here


def initial_keyword(x: Any) -> Any:
    return np.max(x, where=P > 1)  # here


def too_few_operands(x: Any) -> Any:
    return np.sum(np.where(x > 0))  # here


def argument_in_place(x: Any) -> Any:
    x += 1  # here
    return np.sum(x)


def reshaped_view_in_place(x: Any) -> Any:
    square = x[:, None] * np.ones(3)
    flat = square.reshape(9)
    flat *= 3  # here
    return np.sum(square)


def base_of_a_reshaped_form_in_place(x: Any) -> Any:
    square = x[:, None] * np.ones(3)
    flat = square.reshape(9)
    square[0] = 1.0  # here
    return np.sum(flat)


def broadcast_in_place(x: Any) -> Any:
    rows = np.broadcast_to(x * 2, (2, 3))
    rows[0] = 1.0  # here
    return np.sum(rows)


def entries_that_do_not_fit(x: Any) -> Any:
    y = x * 2
    y[1:] = np.ones(3)  # here
    return np.sum(y)


def argument_entry(x: Any) -> Any:
    x[0] = 1.0  # here
    return np.sum(x)


def argument_through_a_view(x: Any) -> Any:
    part = x[1:]
    part *= 2  # here
    return np.sum(x)


def multiplied_at(x: Any) -> Any:
    y = x * 2
    np.multiply.at(y, [0, 0], 3.0)  # here
    return np.sum(y)


def mask_of_another_length(x: Any) -> Any:
    return np.sum(x[np.array([True, False])])  # here


def float_array_as_index(x: Any) -> Any:
    return np.sum(x[P])  # here


def array_index_out_of_range(x: Any) -> Any:
    return np.sum(x[[0, 5]])  # here


def taken_with_wrapping(x: Any) -> Any:
    return np.sum(np.take(x, [4], mode="wrap"))  # here


def put_with_another_mask(x: Any) -> Any:
    y = x * 2
    np.putmask(y, P > 1, np.ones(2))  # here
    return np.sum(y)


def grown_in_place(x: Any) -> Any:
    y = x * 2
    y += np.ones((2, 3))  # here
    return np.sum(y)


def untraced_argument_in_place(x: Any, p: Any) -> Any:
    p[0] = 5.0  # here
    return np.sum(x * p)


def leaked(x: Any) -> Any:
    if KEPT:
        return np.sum(KEPT.pop() * x)  # here
    KEPT.append(x * 2)
    return np.sum(x)


def unknown_function(x: Any) -> Any:
    return np.sum(np.unwrap(x))  # here


def unknown_ufunc(x: Any) -> Any:
    return np.sum(special.struve(1, x))  # here


def unknown_method(x: Any) -> Any:
    return x.newbyteorder()[-1]  # here


def unknown_attribute(x: Any) -> Any:
    return np.sum(x.flat)  # here


def unknown_ufunc_method(x: Any) -> Any:
    return np.sum(np.arctan2.outer(x, x))  # here


def bits(x: Any) -> Any:
    return np.sum(x & 1)  # here


def shift(x: Any) -> Any:
    return np.sum(1 << x)  # here


def truth_of_an_array(x: Any) -> Any:
    if x > 0:  # here
        return np.sum(x)
    return np.sum(x**2)


def whole_number_of_an_array(x: Any) -> Any:
    return np.sum(x) * int(x)  # here


def float_as_index(x: Any) -> Any:
    return [1.0, 2.0, 3.0][x[0]] * x[1]  # here


def range_of_a_float(x: Any) -> Any:
    return sum(x[0] ** k for k in range(x[1]))  # here


def length_of_a_number(x: Any) -> Any:
    return np.sum(x) / len(x[0])  # here


def unpacked_number(x: Any) -> Any:
    a, b = x[0]  # here
    return a * b


def truth_index(x: Any) -> Any:
    return np.sum(x[True])  # here


def index_out_of_range(x: Any) -> Any:
    return x[3]  # here


def too_many_indices(x: Any) -> Any:
    return x[0, 0]  # here


def shapes_that_do_not_fit(x: Any) -> Any:
    return np.sum(x + np.ones(2))  # here


def matrix_product_that_does_not_fit(x: Any) -> Any:
    return np.sum(np.ones((3, 2)) @ x)  # here


def matrix_product_with_a_number(x: Any) -> Any:
    return np.sum(x @ 2.0)  # here


def reshape_to_another_size(x: Any) -> Any:
    return np.sum(x.reshape(2, 2))  # here


def reshape_in_fortran_order(x: Any) -> Any:
    return np.sum(np.reshape(x, (1, 3), order="F"))  # here


def squeeze_of_a_long_axis(x: Any) -> Any:
    return np.sum(np.squeeze(x, axis=0))  # here


def broadcast_to_another_length(x: Any) -> Any:
    return np.sum(np.broadcast_to(x, (3, 2)))  # here


def axis_out_of_range(x: Any) -> Any:
    return np.sum(x, axis=1)  # here


def concatenated_shapes(x: Any) -> Any:
    return np.sum(np.concatenate([x, np.ones((2, 2))[0][None]]))  # here


def concatenated_columns(x: Any) -> Any:
    return np.sum(np.concatenate([x[None], np.ones((1, 2))]))  # here


def weights_of_another_length(x: Any) -> Any:
    return np.average(x, weights=[1.0, 2.0])  # here


def einsum_lengths(x: Any) -> Any:
    return np.einsum("i,i->", x, np.ones(2))  # here


def einsum_operands(x: Any) -> Any:
    return np.einsum("i,i->", x)  # here


def einsum_axes(x: Any) -> Any:
    return np.einsum("ij->", x)  # here


def einsum_letters(x: Any) -> Any:
    return np.sum(np.einsum("i->k", x))  # here


def masked_operand(x: Any) -> Any:
    return np.sum(x * np.ma.masked_array(P, P > 1))  # here


def masked_operand_on_the_left(x: Any) -> Any:
    return np.sum(np.ma.masked_array(P, P > 1) * x)  # here


def matrix_operand(x: Any) -> Any:
    return np.sum(MATRIX @ x)  # here


def sparse_operand(x: Any) -> Any:
    return np.sum(sparse.eye_array(3) * x)  # here


def sparse_operand_on_the_right(x: Any) -> Any:
    return np.sum(x + sparse.eye_array(3))  # here


def complex_number(x: Any) -> Any:
    return np.sum(x * 2j)  # here


def complex_scalar(x: Any) -> Any:
    return np.sum(np.multiply(np.complex64(2j), x))  # here


def complex_operand(x: Any) -> Any:
    return np.sum(np.exp(1j * P) * x)  # here


def object_operand(x: Any) -> Any:
    return np.sum(np.array([1, 2, None]) * x)  # here


def string_operand(x: Any) -> Any:
    return np.sum(np.where(np.array(["a", "b", "c"]) == "a", x, "0"))  # here


def date_operand(x: Any) -> Any:
    return np.sum(x * np.array(["2020-01-01"] * 3, "M8[D]"))  # here


def cast_to_complex(x: Any) -> Any:
    return np.sum(np.abs(x.astype(complex)))  # here


def cast_to_object(x: Any) -> Any:
    return np.sum(x.astype(object))  # here


def random_draw(x: Any) -> Any:
    return np.sum(np.random.normal(x))  # here
