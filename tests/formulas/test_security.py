"""Nothing in a formula is ever run as code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.support.audit import audited

import kobai
from kobai.errors import KobaiError
from kobai.formulas import Formula

ATTACKS = [
    "__import__('os').system('touch {path}')",
    "open('{path}', 'w')",
    "np.save('{path}', x)",
    "x.tofile('{path}')",
    "x.dump('{path}')",
    "np.lib.npyio.save('{path}', x)",
    "np.f2py.os.system('touch {path}')",
    "numpy.ctypeslib.os.system('touch {path}')",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "getattr(x, '__class__')",
    "x.__class__.__mro__[1].__subclasses__()",
    "x.T.base.ctypes",
    "().__class__",
    "(lambda: 1)()",
    "[open('{path}', 'w') for _ in x]",
    "f'{{open(1)}}'",
    "f\"{{open('{path}', 'w')}}\"",
    "(z := open('{path}', 'w'))",
    "sum(*open)",
    "sum(**globals())",
    "import os; os.system('touch {path}')",
    "from os import system; system('touch {path}')",
    "def f(): pass",
    "class A: pass",
    "del x",
    "global x",
    "assert x",
    "raise x",
    "x = yield",
    "await x",
    "print(x)",
    "exit()",
    "breakpoint()",
    "exp.__globals__",
    "np.exp.__class__",
    "np.__builtins__",
    "x.shape.__class__",
    "sum.__self__",
    "'{{0.__class__}}'.format(x)",
    "'%s' % x",
    "x @ 'a'",
    "frompyfunc(open, 1, 1)",
    "vectorize(open)",
    "fromfile('{path}')",
    "loadtxt('{path}')",
    "einsum('i->i', x, out=y)",
    "einsum('i', x, optimize='{path}')",
    "exp(x, y)",
    "add(x, x, y)",
    "clip(x, 0, 1, y)",
    "sum(x, 0, None, y)",
    "concatenate((x, x), 0, y)",
    "dot(x, x, y)",
    "mean(x, axis=0, dtype='O')",
    "astype(x, 'O')",
    "x.astype('O')",
    "x.sum(dtype='O')",
    "copy(x, 'K')",
    "x; __import__('os')",
    "𝐞𝐱𝐞𝐜('1')",
    "𝐱.__class__",
    "ｅｖａｌ('1')",
    "x.\u005f\u005fclass\u005f\u005f",
    "9**9**9**9",
    "(9**9)**(9**9)",
    "x**(10**10)",
    "(2**1000)**1000",
    "1e308**1e308",
    "(1,) * 1000000000",
    "'a' * 1000000000",
    "[x] * 1000000000",
    "x.shape * 1000000000",
    "'a' 'b'",
]


def computed(text: str, x: object, y: object) -> object:
    formula = Formula(text)
    return formula(*[{"y": y}.get(name, x) for name in formula.arguments])


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_only_a_mistake(attack: str, tmp_path: Path) -> None:
    text = attack.format(path=tmp_path / "made")
    x, y = np.ones(3), np.ones(3)
    with audited() as events, pytest.raises(KobaiError):
        computed(text, x, y)
    assert events == []
    assert not list(tmp_path.iterdir())
    assert y.tolist() == [1, 1, 1]


def test_reading_and_deriving_run_no_code() -> None:
    text = "z = X @ w; a = sigmoid(z); p = einsum('i,i->', a, a); sum(log(a)) + p"
    kobai.derive(Formula(text), np.ones((3, 2)), np.ones(2))
    with audited() as events:
        kobai.derive(Formula(text), np.ones((3, 2)), np.ones(2))
    assert events == []


def test_the_audit_notices() -> None:
    with audited() as events:
        exec("pass")
    assert "exec" in events
