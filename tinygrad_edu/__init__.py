"""An autograd micro-framework in which an operation is its formula.

    import numpy as np, tinygrad_edu as tg
    W = tg.tensor([[1., 1.], [1., 1.]], requires_grad=True, name="W")
    loss = ((tg.relu(X @ W + c) @ w + b - y) ** 2).mean()
    loss.backward()
    W.grad

Read `formula.py` first, then a file of `ops/`, then `engine.py`, then `tensor.py`: that is the whole engine.
"""

from . import datasets, losses, metrics, nn, optim, training
from .engine import StaleGraphError, no_grad
from .formula import Op, op
from .ops import *  # noqa: F403  (the catalogue is the API: one name an operation)
from .tensor import Tensor, matmul, tensor

__version__ = "0.1.0"
