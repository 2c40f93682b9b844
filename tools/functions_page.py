"""Print docs/functions.md, what Kobai traces, read from the registry itself.

To write it anew: python tools/functions_page.py > docs/functions.md
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kobai import ops, tracing
from kobai.graph import SPECIAL, TRANSLATIONS, Op

HEAD = """\
# What is traced

Every function of NumPy's and SciPy's that Kobai traces, by the module of `kobai.ops` that knows it.
This page is printed from the registry by `tools/functions_page.py`. Functions in *italics* are
steps: their derivative is 0 wherever it exists. Everything else has a derivative almost everywhere;
what it is at the rest is in [edges.md](edges.md). Methods (`x.sum()`) and operators (`x @ w`) are
the functions that they stand for. A function that is missing here raises an error which says so.

Beside these: basic and fancy indexing, masks, item assignment, `out=`, `np.add.at`, views; and
`scipy.special.logsumexp`, `softmax` and `log_softmax`.
"""


_MODULES = {
    module.name: [v for v in vars(importlib.import_module(module.name)).values() if type(v) is Op]
    for package in (ops, tracing)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
}


def page() -> str:
    """The page as Markdown."""
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for name, translation, module in _functions():
        found[module][name] = _is_step(translation)
    lines = [HEAD]
    for module in sorted(found, key=_place):
        doc = (importlib.import_module(module).__doc__ or "").strip().splitlines()[0]
        names = ", ".join(
            f"*`{name}`*" if is_step else f"`{name}`"
            for name, is_step in sorted(found[module].items())
        )
        lines += [f"## {module.removeprefix('kobai.ops.')}", "", doc, "", names, ""]
    return "\n".join(lines)


def _functions() -> Iterator[tuple[str, Any, str]]:
    """Each traced function under the name its users write, and the module that knows it."""
    for function, translation in TRANSLATIONS.items():
        yield written(function), translation, _module_of(translation)
    for name, translation in SPECIAL.items():
        yield f"scipy.special.{name}", translation, _module_of(translation)


def written(function: Callable[..., Any]) -> str:
    """A function of NumPy's as its users write it."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"np.{owner.__name__}.{function.__name__}"
    module = (getattr(function, "__module__", None) or "numpy").replace("numpy", "np", 1)
    return f"{module}.{function.__name__}"


def _operation(translation: Any) -> Op | None:
    """The operation that a translation is, if it is no more than that."""
    found = getattr(translation, "operation", None)
    return found if isinstance(found, Op) else None


def _is_step(translation: Any) -> bool:
    op = _operation(translation)
    if op is None or callable(op.derivative):
        return False
    return all(rule is None for rule in op.derivative)


def _module_of(translation: Any) -> str:
    """The module in which a translation is written, or the operation that it is."""
    op = _operation(translation)
    if op is None:
        module: str = translation.__module__
        return module
    parts = [*op.derivative, op.bounds] if not callable(op.derivative) else [op.bounds]
    modules = [part.__module__ for part in parts if part is not None]
    holding = [name for name, held in _MODULES.items() if op in held]
    return next(name for name in [*modules, *holding] if name in _MODULES)


def _place(module: str) -> int:
    """The order of the modules is that in which the package lists them."""
    names = [f"{ops.__name__}.{name}" for name in ops.__all__]
    found = [i for i, name in enumerate(names) if module.startswith(name)]
    return found[0] if found else len(names)


if __name__ == "__main__":
    sys.stdout.write(page())
