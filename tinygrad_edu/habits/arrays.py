"""The array in `.grad`, and those of `state_dict()`: NumPy's, which answer PyTorch's words."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import habits

LINES = {
    "cpu": "nothing: leave it out, there is one device, the processor",
    "cuda": "nothing: leave it out, there is one device, the processor",
    "to": "nothing: leave it out, there is one device, the processor",
    "norm": "np.linalg.norm(g)",
    "abs": "abs(g)",
    "pow": "g ** n",
    "size_": "g.shape",
    "numel": "g.size",
    "dim": "g.ndim",
    "mul_": "g *= c",
    "add_": "g += c",
    "sub_": "g -= c",
    "div_": "g /= c",
    "fill_": "g[...] = value",
    "copy_": "g[...] = values",
    "clamp_": "np.clip(g, -c, c, out=g)",
    "clamp": "np.clip(g, -c, c)",
    "backward": "tg.grad(tg.grad(f))(x): an array has no graph",
    "requires_grad": "tg.grad(tg.grad(f))(x): an array has no graph",
    "isnan": "np.isnan(g)",
    "unsqueeze": "g[None]",
    "view_as": "g.reshape(other.shape)",
    "float": "g.astype(np.float32)",
    "double": "g.astype(np.float64)",
}


class Count(int):
    """A number of entries, which may be called as PyTorch's `x.size()` is."""

    shape: tuple[int, ...]

    def __new__(cls, n: int, shape: tuple[int, ...]) -> Count:
        self = super().__new__(cls, n)
        self.shape = shape
        return self

    def __call__(self, dim: int | None = None) -> Any:
        return self.shape if dim is None else self.shape[dim]

    def __reduce__(self) -> Any:
        return int, (int(self),)


class Array(np.ndarray):
    """A NumPy array that has a few methods of PyTorch's tensors: what is written for
    `p.grad.zero_()`, `p.grad.numpy()`, `state["w"].clone()` works. Results of arithmetic with it
    are plain arrays.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([3.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> w.grad, w.grad.zero_(), type(2 * w.grad) is np.ndarray
    (array([0.]), array([0.]), True)
    """

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        plain = np.asarray(array)
        return plain[()] if return_scalar else plain

    def zero_(self) -> Array:
        """Write zeros, in place."""
        self[...] = 0
        return self

    def numpy(self) -> np.ndarray:
        """The same memory as a plain array, as PyTorch's."""
        return self.view(np.ndarray)

    def detach(self) -> Array:
        """Itself: an array has no graph."""
        return self

    def clone(self) -> Array:
        """A copy."""
        return self.copy()

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in LINES:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}", name=name)
        raise habits.with_line("an array, such as .grad,", name, LINES[name])


def answering(array: np.ndarray) -> Array:
    """The same memory, as an array that answers."""
    return array.view(Array)
