"""Matrix products of the LLVM target: every form, beside NumPy, and nothing written beyond them."""

from __future__ import annotations

import ctypes
import itertools

import llvmlite.binding as llvm
import numpy as np
import pytest
from llvmlite import ir

from kobai.graph import AnyArray
from kobai.lower.loops import AxisOf, Buffer, Kernel, Product, View
from kobai.sizes import Dim, Size
from kobai.targets.llvm.engine import Compiled
from kobai.targets.llvm.functions import emit_kernel
from kobai.targets.llvm.packed import BLOCK_BYTES, BLOCK_INNER, ROWS, known_heights

CANARY = 64
# Rows, inner and columns: remainders of every kind, and more than one block along each side.
SHAPES = [
    *((rows, 40, 40) for rows in range(1, 3 * ROWS + 1)),
    *((13, 17, columns) for columns in range(1, 36)),
    *((20, inner, 24) for inner in (1, 2, 3, 5, BLOCK_INNER - 1, BLOCK_INNER + 1, 784)),
    (9, 300, BLOCK_BYTES // 4 + 5),
    (128, 128, 10),
    (10, 32, 128),
    (1, 50, 1),
    (1, 1, 1),
    (3, 12, 64),
    (64, 3, 2),
    (100, 0, 10),
]
ORDERS = list(itertools.product((False, True), repeat=3))


def view(buffer: Buffer, *, is_transposed: bool) -> View:
    axes = (AxisOf(0), AxisOf(1))
    return View(buffer, axes[::-1] if is_transposed else axes)


def kernel(
    lengths: tuple[Dim, Dim, Dim],
    orders: tuple[bool, ...],
    dtype: str,
    *,
    tiled: int | None = None,
    is_added: bool = False,
) -> Kernel:
    """A product; `orders` says which of a, b and c is held by columns."""
    rows, inner, columns = lengths
    axes_of = {None: (None, None, None), 0: (0, None, 0), 1: (None, 1, 1), 2: (1, 0, None)}
    shapes = [(rows, inner), (inner, columns), (rows, columns)]
    buffers = []
    for shape, order, axis in zip(shapes, orders, axes_of[tiled], strict=True):
        place = axis if axis is None or not order else 1 - axis
        buffers.append(Buffer(np.dtype(dtype), shape[::-1] if order else shape, place))
    a, b, c = (view(x, is_transposed=o) for x, o in zip(buffers, orders, strict=True))
    product = Product(rows, columns, inner, tiled, a, b, c, is_added)
    names = sorted({name for d in lengths if isinstance(d, Size) for name in d.symbols})
    examples = None if tiled is None else (rows, columns, inner)[tiled]
    return Kernel(tuple(buffers), tuple(names), (product,), examples)


def guarded(array: AnyArray) -> tuple[AnyArray, AnyArray]:
    """Memory with canaries on both sides, and the array within it."""
    memory = np.full(array.size + 2 * CANARY, 7.25, array.dtype)
    inner = memory[CANARY : CANARY + array.size].reshape(array.shape)
    inner[...] = array
    return memory, inner


def computed(
    code: Kernel, orders: tuple[bool, ...], matrices: list[AnyArray], pieces: tuple[int, ...] = ()
) -> AnyArray:
    """What c is after the kernel ran on these matrices; `pieces` are its examples and its tile."""
    compiled = Compiled([code])
    held = [
        guarded(np.ascontiguousarray(x.T if order else x))
        for x, order in zip(matrices, orders, strict=True)
    ]
    scratch = np.full(compiled.scratch[0] + CANARY, 7, np.uint8)
    arrays = [array for _, array in held] + [scratch]
    pointers = (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))
    symbols = np.array([*pieces[:1], 0], np.int64)
    stop, tile = pieces or (0, 0)
    compiled.functions[0](ctypes.addressof(pointers), symbols.ctypes.data, 0, stop, tile)
    for memory, array in held:
        assert np.all(memory[:CANARY] == 7.25)
        assert np.all(memory[CANARY + array.size :] == 7.25)
    assert np.all(scratch[compiled.scratch[0] :] == 7)
    for x, order, (_, array) in zip(matrices[:2], orders, held, strict=False):
        np.testing.assert_array_equal(array, x.T if order else x)
    result = held[2][1]
    return result.T if orders[2] else result


def drawn(rows: int, inner: int, columns: int, dtype: str) -> list[AnyArray]:
    generator = np.random.default_rng(0)
    shapes = ((rows, inner), (inner, columns), (rows, columns))
    return [generator.normal(size=shape).astype(dtype) for shape in shapes]


def check(found: AnyArray, a: AnyArray, b: AnyArray, before: AnyArray | None) -> None:
    """Within the rounding of a sum of so many terms (N. J. Higham, 2002, section 3.1)."""
    wide = np.longdouble
    exact = a.astype(wide) @ b.astype(wide)
    size = np.abs(a).astype(wide) @ np.abs(b).astype(wide)
    if before is not None:
        exact, size = exact + before, size + np.abs(before)
    terms = a.shape[1] + 4
    assert np.all(np.abs(found - exact) <= terms * np.finfo(found.dtype).eps / 2 * size)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("lengths", SHAPES, ids=str)
def test_a_product_is_numpys(lengths: tuple[int, int, int], dtype: str) -> None:
    matrices = drawn(*lengths, dtype)
    # Every shape in two of the eight orders; neighbours have others.
    first = sum(lengths) % len(ORDERS)
    for orders, is_added in ((ORDERS[first], False), (ORDERS[first ^ 7], True)):
        found = computed(kernel(lengths, orders, dtype, is_added=is_added), orders, matrices)
        check(found, matrices[0], matrices[1], matrices[2] if is_added else None)


@pytest.mark.parametrize("orders", ORDERS, ids=str)
@pytest.mark.parametrize("lengths", [(31, 300, 45), (31, 9, 10)], ids=str)
def test_a_product_of_matrices_in_any_order(
    lengths: tuple[int, int, int], orders: tuple[bool, ...]
) -> None:
    matrices = drawn(*lengths, "float32")
    found = computed(kernel(lengths, orders, "float32"), orders, matrices)
    check(found, matrices[0], matrices[1], None)


@pytest.mark.parametrize("tiled", [0, 1, 2])
@pytest.mark.parametrize("orders", [(False,) * 3, (True, False, False), (False, True, True)])
@pytest.mark.parametrize(("examples", "tile"), [(61, 16), (16, 16), (5, 64), (700, 600)])
def test_a_product_tile_by_tile(
    tiled: int, orders: tuple[bool, ...], examples: int, tile: int
) -> None:
    numbers = [33, 21, 40]
    lengths: list[Dim] = list(numbers)
    place = (0, 2, 1)[tiled]
    numbers[place], lengths[place] = examples, Size.symbol("n", 9)
    matrices = drawn(numbers[0], numbers[1], numbers[2], "float64")
    rows, inner, columns = lengths
    is_added = tiled == 2
    code = kernel((rows, inner, columns), orders, "float64", tiled=tiled, is_added=is_added)
    found = computed(code, orders, matrices, (examples, tile))
    check(found, matrices[0], matrices[1], matrices[2] if is_added else None)


def test_an_entry_has_the_same_bits_whatever_is_beside_it() -> None:
    a, b, c = drawn(40, 600, 40, "float32")
    orders = (False,) * 3
    whole = computed(kernel((40, 600, 40), orders, "float32"), orders, [a, b, c])
    for rows, columns in ((9, 40), (40, 17), (23, 33), (8, 8)):
        parts = [a[:rows], b[:, :columns], c[:rows, :columns]]
        found = computed(kernel((rows, 600, columns), orders, "float32"), orders, parts)
        np.testing.assert_array_equal(found, whole[:rows, :columns])


def test_what_is_not_finite_stays_in_its_row_and_column() -> None:
    a, b, c = drawn(20, 30, 19, "float32")
    a[3, 4], b[5, 6] = np.nan, np.inf
    orders = (False,) * 3
    found = computed(kernel((20, 30, 19), orders, "float32"), orders, [a, b, c])
    is_clean = np.isfinite(found)
    assert not is_clean[3].any()
    assert not is_clean[:, 6].any()
    assert is_clean.sum() == 19 * 18


@pytest.mark.parametrize("length", range(1, 50))
def test_the_tiles_are_as_high_as_can_be(length: int) -> None:
    heights = known_heights(length)
    assert [start for start, _, _ in heights] == [0, *(stop for _, stop, _ in heights[:-1])]
    assert heights[-1][1] == length
    for start, stop, rows in heights:
        assert (stop - start) % rows == 0
        assert 0 < rows <= ROWS
    if length > ROWS:
        assert min(rows for *_, rows in heights) >= ROWS // 2


@pytest.mark.parametrize(
    ("triple", "cpu"),
    [
        ("x86_64-unknown-linux-gnu", "haswell"),
        ("x86_64-unknown-linux-gnu", "skylake-avx512"),
        ("aarch64-unknown-linux-gnu", "neoverse-n1"),
        ("arm64-apple-darwin", "apple-m1"),
    ],
)
def test_a_product_for_other_processors(triple: str, cpu: str) -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(triple).create_target_machine(cpu=cpu)
    module = ir.Module("kobai")
    module.triple = triple
    for number, orders in enumerate(ORDERS):
        emit_kernel(module, f"kernel{number}", kernel((100, 300, 10), orders, "float32"))
    parsed = llvm.parse_assembly(str(module))
    parsed.verify()
    text = machine.emit_assembly(parsed)
    assert ("vfmadd" if triple.startswith("x86") else "fmla") in text
