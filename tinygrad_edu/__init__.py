"""An autograd micro-framework in which an operation is its formula.

    import numpy as np, tinygrad_edu as tg
    W = tg.tensor([[1., 1.], [1., 1.]], requires_grad=True, name="W")
    loss = ((tg.relu(X @ W + c) @ w + b - y) ** 2).mean()
    loss.backward()
    W.grad

Read `formula.py` first, then a file of `ops/`, then `autodiff/walk.py`, then
`tensor.py`: that is the whole engine.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from . import callbacks, habits, losses, metrics, nn, ops, optim, schedules, training, weights
from .habits import imports as _imports, jax as _jax
from .autodiff.anomaly import AnomalyError
from .check import GradientError, check_gradients
from .autodiff.walk import StaleGraphError
from .autodiff.modes import detect_anomaly, learning, no_grad, record_everything
from .formula import Op, op
from .labels import to_categorical
from .ops import *  # noqa: F403  (the catalogue is the API: one name an operation)
from .losses import bce_with_logits, cross_entropy, mse  # type: ignore[assignment]  # they see behind an output unit
from .ops import clip as clamp, concatenate as cat, expand_dims as unsqueeze
from .ops.composed import matmul  # type: ignore[assignment]  # it chooses the operation by rank
from .tensor import Tensor, tensor
from .transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

if TYPE_CHECKING:
    # imported when first asked for
    from . import compiler, datasets
    from .compiler import TraceError, jit

__version__ = "0.2.0"

__all__ = [
    "AnomalyError",
    "GradientError",
    "Op",
    "StaleGraphError",
    "Tensor",
    "TraceError",
    "callbacks",
    "cat",
    "check_gradients",
    "clamp",
    "compiler",
    "datasets",
    "detect_anomaly",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jit",
    "jvp",
    "learning",
    "losses",
    "metrics",
    "nn",
    "no_grad",
    "op",
    "ops",
    "optim",
    "record_everything",
    "schedules",
    "tensor",
    "to_categorical",
    "training",
    "unsqueeze",
    "value_and_grad",
    "vjp",
    "weights",
]
__all__ += ops.__all__


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if not TYPE_CHECKING:  # a checker knows all names, and finds a misspelt one

    def __getattr__(name):
        import importlib  # what is imported when first asked for

        if name == "datasets":
            return importlib.import_module(".datasets", __name__)
        if name in ("TraceError", "compiler", "jit"):
            compiler = importlib.import_module(".compiler", __name__)
            globals().update(compiler=compiler, TraceError=compiler.TraceError, jit=compiler.jit)
            return globals()[name]
        if name in _jax.SAME:
            return globals()[_jax.SAME[name]]
        if name == "Sequential":
            return nn.Sequential
        if name in _imports.TOP:
            return _imports.TOP[name]
        if (module := sys.modules.get(f"{__name__}.{name}")) is not None:
            return module  # another library's
        if name in _jax.LINES:
            raise habits.with_line(__name__, name, _jax.LINES[name])
        raise habits.missing(__name__, name, sys.modules[__name__])


_imports.install()
