"""The losses of the tests in other systems: the same lines, with other modules named `np`."""

from __future__ import annotations

import importlib.util
import math
from types import ModuleType, SimpleNamespace
from typing import Any

from tests.backends import models


def losses_with(np: Any, special: Any) -> ModuleType:
    """A copy of the module of losses in which these two names mean other modules."""
    spec = importlib.util.spec_from_file_location("models_elsewhere", models.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module).update(np=np, special=special)
    return module


def in_jax() -> ModuleType:
    import jax.numpy as jnp
    import jax.scipy.special as jsp

    return losses_with(jnp, jsp)


def in_torch() -> ModuleType:
    """What torch calls otherwise, or asks tensors for, under NumPy's names."""
    import torch

    def tensor(x: Any) -> Any:
        return torch.as_tensor(x, dtype=None if torch.is_tensor(x) else torch.float64)

    class Names(SimpleNamespace):
        def __getattr__(self, name: str) -> Any:
            return getattr(torch, name)

    names = Names(
        pi=math.pi,
        array=tensor,
        sqrt=lambda x: torch.sqrt(tensor(x)),
        log=lambda x: torch.log(tensor(x)),
        zeros=lambda shape: torch.zeros(shape, dtype=torch.float64),
        ones=lambda shape: torch.ones(shape, dtype=torch.float64),
        eye=lambda n: torch.eye(n, dtype=torch.float64),
        maximum=lambda a, b: torch.maximum(tensor(a), tensor(b)),
        max=torch.amax,
        cumsum=lambda x: torch.cumsum(x, 0),
        linalg=SimpleNamespace(
            cholesky=torch.linalg.cholesky,
            solve=torch.linalg.solve,
        ),
    )
    return losses_with(names, torch.special)
