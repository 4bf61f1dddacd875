"""Where a leaf's numbers and its gradient lie: an optimizer may give them places of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from .attached import attach


def place(p: Any, values: np.ndarray, gradients: np.ndarray) -> None:
    """Let p hold its data in `values`, which has them already, and its gradient in `gradients`,
    where backward() writes it from now on."""
    p._data = values
    attach(p).buffer = gradients
    if p._grad is not None:
        gradients[...] = p._grad
        p._grad = gradients


def is_placed(p: Any, gradients: np.ndarray) -> bool:
    """Whether p's gradient goes to `gradients` still."""
    return p.attached.buffer is gradients


def held_gradient(p: Any) -> Any:
    """What `p.grad` would show, without the copy that it hands out."""
    return p._grad


def take_back(p: Any, gradients: np.ndarray) -> None:
    """Give p memory of its own again, if nobody else has placed it since."""
    if p.attached.buffer is gradients:
        p.attached.buffer, p._data = None, p._data.copy()
        if p._grad is gradients:
            p._grad = p._grad.copy()
