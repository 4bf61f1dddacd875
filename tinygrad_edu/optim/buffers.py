"""Parameters laid out in one contiguous buffer, and what an optimizer remembers of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..autodiff import versions
from ..autodiff.messages import describe
from ..autodiff.operands import numbers_of
from ..autodiff.placement import held_gradient, is_placed, place, take_back
from ..tensor import Tensor


class ParameterBuffer:
    """Parameters of one dtype as views of one buffer, `values`; their gradients as views of
    another, `gradients`.

    `tensors` are the parameters, leaves of one dtype. `born` is the count of the optimizer's steps
    when they joined: 0, but for those that were thawed later.

    >>> import tinygrad_edu as tg
    >>> a = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> b = tg.tensor([[3.0]], requires_grad=True)
    >>> buffer = ParameterBuffer([a, b])
    >>> buffer.values *= 10
    >>> buffer.touched()
    >>> b.item(), [part for _, part in buffer.parts()]
    (30.0, [slice(0, 2, None), slice(2, 3, None)])
    """

    def __init__(self, tensors: list[Tensor], born: int = 0) -> None:
        self.tensors: list[Tensor] = tensors
        self.born: int = born
        self.values: np.ndarray = np.concatenate([numbers_of(p).reshape(-1) for p in tensors])
        self.gradients: np.ndarray = np.zeros_like(self.values)
        self.views: list[np.ndarray] = []
        versions.structure_changed()
        for p, part in self.parts():
            self.views.append(self.gradients[part].reshape(p.shape))
            place(p, self.values[part].reshape(p.shape), self.views[-1])

    def parts(self) -> Iterator[tuple[Tensor, slice]]:
        """Each parameter, and where in the buffers it lies."""
        start = 0
        for p in self.tensors:
            yield p, slice(start, start + p.size)
            start += p.size

    def owns_all(self) -> bool:
        """Whether no other optimizer has taken a parameter over."""
        return all(is_placed(p, view) for p, view in zip(self.tensors, self.views, strict=True))

    def collect(self) -> None:
        """See to it that every gradient is in the buffer."""
        foreign = []
        for p, view in zip(self.tensors, self.views, strict=True):
            gradient = held_gradient(p)
            if not is_placed(p, view):
                raise RuntimeError(
                    f"{describe(p)} belongs to another optimizer by now; use that one, or give the "
                    "parameters to one optimizer only"
                )
            if gradient is None:
                raise RuntimeError(
                    f"parameter {describe(p)} has no gradient: the loss does not depend on it, or "
                    "backward() has not run. Leave it out, or set its requires_grad=False"
                )
            if gradient is not view:
                if np.shape(gradient) != p.shape:
                    raise ValueError(
                        f"the gradient given to {describe(p)} has shape {np.shape(gradient)}, not "
                        f"{p.shape}"
                    )
                foreign.append((view, gradient))
        # after all are looked at: an error changes nothing
        for view, gradient in foreign:
            view[...] = gradient

    def __reduce__(self) -> Any:
        return ParameterBuffer, (
            self.tensors,
            self.born,
        )  # a copy, or what is read back, is laid out anew

    def release(self) -> None:
        """Give the parameters memory of their own again."""
        for p, view in zip(self.tensors, self.views, strict=True):
            take_back(p, view)

    def touched(self) -> None:
        """Mark the values as rewritten, so that an old graph cannot use them."""
        versions.mark_changed(*self.tensors)


class Past(NamedTuple):
    """What an optimizer remembers of one parameter: the steps it has made with it, and its
    moments."""

    tensor: Tensor
    steps: int
    moments: dict[str, np.ndarray]
