"""Misuses, each with the exact words of its error and the line of the user's function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.tracing import misuses

import kobai
from kobai.errors import KobaiError, ShapeError, TraceAttributeError, TraceError

X = np.array([0.5, 1.5, 2.5])

# What is met, the repair, and the functions in misuses.py that meet it.
MISUSES: tuple[tuple[type[KobaiError], str, str, list[str]], ...] = (
    (
        TraceError,
        "a traced value is copied into a plain array, which would lose its derivative",
        (
            "build arrays with np.stack or np.concatenate instead of np.array or assignment into a "
            "buffer, and leave out np.asarray"
        ),
        [
            "array_of_traced",
            "asarray",
            "array_of_objects",
            "plain_buffer_part",
            "filled",
            "masked_operand_on_the_left",
            "random_draw",
        ],
    ),
    (
        TraceError,
        "a sparse array and a traced value are combined entry by entry",
        "use S @ x for a product with the matrix, or S.toarray() in its place",
        ["sparse_operand", "sparse_operand_on_the_right"],
    ),
    (
        TraceError,
        "a traced value is turned into a Python number, which would lose its derivative",
        "leave out float(...) and .item(), and use np.exp instead of math.exp",
        [
            "python_float",
            "python_complex",
            "math_module",
            "rounded",
            "item",
            "tolist",
            "plain_buffer_entry",
        ],
    ),
    (
        TraceError,
        "a traced value is stored into a plain array, which would lose its derivative",
        "write x = x + y instead of x += y or out=x, or make the array with np.zeros_like",
        ["plain_buffer_plus", "full_like", "out_plain", "out_of_sum"],
    ),
    (
        TraceError,
        "np.add can't be traced as it is called here: it is given 'where'",
        "Kobai knows it as np.add(x1, x2, /)",
        ["where_keyword"],
    ),
    (
        TraceError,
        "np.exp can't be traced as it is called here: it is given 'dtype'",
        "Kobai knows it as np.exp(x1, /)",
        ["dtype_keyword"],
    ),
    (
        TraceError,
        (
            "np.max can't be traced as it is called here: 'where' needs 'initial', in case that no "
            "entry is chosen"
        ),
        (
            "Kobai knows it as np.max(a, axis=None, out=None, keepdims=False, initial=None, "
            "where=True)"
        ),
        ["initial_keyword"],
    ),
    (
        TraceError,
        "np.where can't be traced as it is called here: it is given 1 operands",
        "Kobai knows it as np.where(x1, x2, x3, /)",
        ["too_few_operands"],
    ),
    (
        TraceError,
        "an argument is changed in place, and with it the caller's array",
        "work on a copy: x = x.copy()",
        ["argument_in_place", "argument_entry", "argument_through_a_view"],
    ),
    (
        TraceError,
        (
            "an array is changed in place of which a reshaped form is in use: whether the two "
            "share their memory depends on its layout"
        ),
        "copy the reshaped form: x.reshape(…).copy()",
        ["reshaped_view_in_place", "base_of_a_reshaped_form_in_place"],
    ),
    (
        TraceError,
        "an array that np.broadcast_to has made is changed in place",
        "copy it first: x = np.broadcast_to(…).copy()",
        ["broadcast_in_place"],
    ),
    (
        ShapeError,
        "entries of shape (3,) don't fit into a part of shape (2,)",
        "give one value for each entry of the part, or one for all",
        ["entries_that_do_not_fit"],
    ),
    (
        TraceError,
        "np.multiply.at is not an operation that Kobai can trace",
        "np.add.at and np.subtract.at are; or write x[i] = f(x[i]) for single places",
        ["multiplied_at"],
    ),
    (
        TraceError,
        "a single truth value is used as an index",
        "use if for a choice of the whole, or np.where for one entry by entry",
        ["truth_index"],
    ),
    (
        ShapeError,
        "a mask of shape (2,) is used on axes of lengths (3,)",
        "give the mask one truth value for each entry",
        ["mask_of_another_length"],
    ),
    (
        TraceError,
        "an array of dtype float64 is used as an index",
        "index with integers or with truth values",
        ["float_array_as_index"],
    ),
    (
        ShapeError,
        "index 5 is outside an axis of length 3",
        "use an index from -3 to 2",
        ["array_index_out_of_range"],
    ),
    (
        TraceError,
        "np.take can't be traced as it is called here: it takes mode='raise' alone",
        "Kobai knows it as np.take(a, indices, axis=None, out=None, mode='raise')",
        ["taken_with_wrapping"],
    ),
    (
        TraceError,
        "values of shape (2,) are put into an array of shape (3,)",
        "give one value for each entry: a[mask] = values[mask]",
        ["put_with_another_mask"],
    ),
    (
        TraceError,
        "a result of shape (2, 3), float64 does not fit in place into shape (3,), float64",
        "write x = x + y instead of x += y",
        ["grown_in_place"],
    ),
    (
        TraceError,
        "the function changes an argument in place (assignment destination is read-only)",
        "work on a copy: x = x.copy()",
        ["untraced_argument_in_place"],
    ),
    (
        TraceError,
        "a traced value is used after the call that it belongs to",
        "return the value instead of keeping it in a global, an attribute or a list",
        ["leaked"],
    ),
    (
        TraceError,
        "np.unwrap is not an operation that Kobai can trace",
        "write it with the operations that Kobai knows (see the list in the docs)",
        ["unknown_function"],
    ),
    (
        TraceError,
        "struve is not an operation that Kobai can trace",
        "write it with the operations that Kobai knows (see the list in the docs)",
        ["unknown_ufunc"],
    ),
    (
        TraceAttributeError,
        "a traced array has no attribute 'newbyteorder'",
        "use one of NumPy's functions that Kobai traces (see the list in the docs)",
        ["unknown_method"],
    ),
    (
        TraceAttributeError,
        "a traced array has no attribute 'flat'",
        "use one of NumPy's functions that Kobai traces (see the list in the docs)",
        ["unknown_attribute"],
    ),
    (
        TraceError,
        "np.arctan2.outer is not an operation that Kobai can trace",
        "write it with the operations that Kobai knows (see the list in the docs)",
        ["unknown_ufunc_method"],
    ),
    (
        TraceError,
        "&, | and ~ are traced for truth values alone",
        "compare first: (a > 0) & (b > 0)",
        ["bits"],
    ),
    (
        TraceError,
        "np.left_shift is not an operation that Kobai can trace",
        "write it with the operations that Kobai knows (see the list in the docs)",
        ["shift"],
    ),
    (
        TraceError,
        "the truth of an array with 3 entries is ambiguous",
        "use np.where for a choice entry by entry, or fold the array first",
        ["truth_of_an_array"],
    ),
    (
        TraceError,
        "the whole number of an array with 3 entries is ambiguous",
        "use np.where for a choice entry by entry, or fold the array first",
        ["whole_number_of_an_array"],
    ),
    (
        TraceError,
        "a traced value of dtype float64 is used as a whole number",
        "convert it with int(...)",
        ["float_as_index", "range_of_a_float"],
    ),
    (
        TraceError,
        "a number has no length",
        "give it an axis first, x[None], or use it as it is",
        ["length_of_a_number", "unpacked_number"],
    ),
    (
        ShapeError,
        "index 3 is outside an axis of length 3",
        "use an index from -3 to 2",
        ["index_out_of_range"],
    ),
    (
        ShapeError,
        "2 indices for an array with 1 axes",
        "drop the indices too many",
        ["too_many_indices"],
    ),
    (
        ShapeError,
        "shapes (3,) and (2,) don't fit together",
        "reshape one (x[:, None]), transpose it (x.T), or mend its length",
        ["shapes_that_do_not_fit"],
    ),
    (
        ShapeError,
        "matrix product of shapes (3, 2) and (3,): the inner lengths, 2 and 3, differ",
        "transpose one of the two (x.T), or use * for a product entry by entry",
        ["matrix_product_that_does_not_fit"],
    ),
    (
        ShapeError,
        "matrix product with a number",
        "use * for a product with a number",
        ["matrix_product_with_a_number"],
    ),
    (
        ShapeError,
        "an array of shape (3,) can't become (2, 2)",
        "the number of entries has to stay the same",
        ["reshape_to_another_size"],
    ),
    (
        TraceError,
        "reshape with order='F' is not traced",
        "transpose before and after: np.reshape(x.T, shape[::-1]).T",
        ["reshape_in_fortran_order"],
    ),
    (
        ShapeError,
        "axis 0 of shape (3,) has not length 1",
        "squeeze axes of length 1 alone, or fold the axis with a sum or mean",
        ["squeeze_of_a_long_axis"],
    ),
    (
        ShapeError,
        "shapes (3,) and (3, 2) don't fit together",
        "reshape one (x[:, None]), transpose it (x.T), or mend its length",
        ["broadcast_to_another_length"],
    ),
    (
        ShapeError,
        "axis 1 of an array with 1 axis",
        "use an axis from -1 to 0",
        ["axis_out_of_range"],
    ),
    (
        ShapeError,
        "arrays of shapes (3,) and (1, 2) can't be joined along axis 0",
        "all other axes need the same lengths",
        ["concatenated_shapes"],
    ),
    (
        ShapeError,
        "arrays of shapes (1, 3) and (1, 2) can't be joined along axis 0",
        "all other axes need the same lengths",
        ["concatenated_columns"],
    ),
    (
        ShapeError,
        "weights of shape (2,) for an array of (3,)",
        "give one weight for each entry, or for each place along the axis",
        ["weights_of_another_length"],
    ),
    (
        ShapeError,
        "einsum 'i,i->': axis 'i' has lengths 3 and 2",
        "the same letter has to stand for the same length",
        ["einsum_lengths"],
    ),
    (
        ShapeError,
        "einsum 'i,i->' is about 2 operands, but 1 are given",
        "one group of letters for each operand",
        ["einsum_operands"],
    ),
    (
        ShapeError,
        "einsum 'ij->' doesn't fit operands with [1] axes",
        "one letter for each axis",
        ["einsum_axes"],
    ),
    (
        ShapeError,
        "einsum 'i->k' asks for axis 'k', which no operand has",
        "use letters of the operands, each once",
        ["einsum_letters"],
    ),
    (
        TraceError,
        "an operand is a MaskedArray, whose meaning NumPy's functions don't keep",
        "convert it with np.asarray, and leave out masked entries first",
        ["masked_operand"],
    ),
    (
        TraceError,
        "an operand is a matrix, whose meaning NumPy's functions don't keep",
        "convert it with np.asarray, and leave out masked entries first",
        ["matrix_operand"],
    ),
    (
        TraceError,
        "an operand is of dtype complex128, with which Kobai can't calculate",
        "convert it to real numbers with .astype(float)",
        ["complex_number", "complex_operand"],
    ),
    (
        TraceError,
        "an operand is of dtype complex64, with which Kobai can't calculate",
        "convert it to real numbers with .astype(float)",
        ["complex_scalar"],
    ),
    (
        TraceError,
        "an operand is of dtype object, with which Kobai can't calculate",
        "convert it to real numbers with .astype(float)",
        ["object_operand"],
    ),
    (
        TraceError,
        "np.where can't be traced as it is called here: data type '' not understood",
        "Kobai knows it as np.where(x1, x2, x3, /)",
        ["string_operand"],
    ),
    (
        TraceError,
        "an operand is of dtype datetime64[D], with which Kobai can't calculate",
        "convert it to real numbers with .astype(float)",
        ["date_operand"],
    ),
    (
        TraceError,
        "a traced value is converted to dtype complex128, with which Kobai can't calculate",
        "keep to real numbers: float or int",
        ["cast_to_complex"],
    ),
    (
        TraceError,
        "a traced value is converted to dtype object, with which Kobai can't calculate",
        "keep to real numbers: float or int",
        ["cast_to_object"],
    ),
    (
        TraceError,
        "a list of traced values, or of what is no real number, is used as an array",
        "build the array with np.stack",
        ["list_as_operand", "nested_list_as_operand"],
    ),
)
CASES = [(name, kind, what, repair) for kind, what, repair, names in MISUSES for name in names]


def _line_at_fault(function: Callable[..., Any]) -> int:
    lines, start = inspect.getsourcelines(function)
    return next(start + i for i, line in enumerate(lines) if line.rstrip().endswith("# here"))


@pytest.mark.parametrize(("name", "kind", "what", "repair"), CASES, ids=[case[0] for case in CASES])
def test_a_misuse_is_named_with_its_line_and_its_repair(
    name: str, kind: type[KobaiError], what: str, repair: str
) -> None:
    function = getattr(misuses, name)
    misuses.KEPT.clear()
    if name == "leaked":
        kobai.grad(function)(X)
    others = [np.ones(3)] * (len(inspect.signature(function).parameters) - 1)
    with pytest.raises(KobaiError) as caught:
        kobai.grad(function)(X, *others)
    assert type(caught.value) is kind
    place = f"{misuses.__file__}:{_line_at_fault(function)}"
    assert str(caught.value) == f"{place}: {what}\n  Repair: {repair}"


def test_every_misuse_has_its_words() -> None:
    functions = {
        name
        for name, value in vars(misuses).items()
        if inspect.isfunction(value) and value.__module__ == misuses.__name__
    }
    assert functions == {name for name, *_ in CASES}
    assert len(CASES) == len(functions) == 83
