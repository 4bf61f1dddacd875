"""What a recorder is told: the one door between tensors and whoever writes down what they do.

`modes.mode.tape` is None, or the recorder of this thread: `tg.jit` sets one while it traces a
function. Tensors, NumPy's protocols, the walk and optimizers report to it through these methods,
and know nothing else of it.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class Recorder(Protocol):
    """Everything that can happen to a tensor while a function is traced."""

    settled: bool  # whether a later call finds what this one found

    # Tensors come and go

    def made(self, y: Any, source: Any) -> None:
        """y is a new leaf, made from `source` (a tensor, a watched array, or None)."""

    def did(self, op: Any, inputs: tuple[Any, ...], params: dict[str, Any], y: Any) -> None:
        """An operation has run, with the result y."""

    def operation(self, op: Any, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Run an operation some of whose inputs are watched arrays."""

    def tracks(self, x: Any) -> None:
        """x.requires_grad is about to change."""

    # Data and gradients, read and written

    def data_of(self, x: Any) -> np.ndarray:
        """What `x.data` is while the function is traced."""
        ...

    def set_data(self, x: Any, value: Any) -> Any:
        """`x.data = value`: the array to write."""

    def wrote(self, x: Any, index: Any, value: Any) -> None:
        """`value` was written into x's data."""

    def grad_of(self, x: Any) -> Any:
        """What `x.grad` is while the function is traced."""

    def set_gradient(self, x: Any, value: Any) -> Any:
        """`x.grad = value`: the array to keep."""

    # The walk back

    def backward(self, roots: Any, wanted: set[int] | None) -> dict[int, tuple[Any, Any]]:
        """Walk back with gradients that are recorded themselves."""
        ...

    def rule(
        self, op: Any, i: int, g: Any, y: Any, inputs: tuple[Any, ...], params: dict[str, Any]
    ) -> Any:
        """Run the gradient rule of input i."""

    def is_gradient(self, g: Any, x: Any) -> None:
        """g is (a part of) the gradient of x."""

    def accumulated(self, found: dict[int, tuple[Any, Any]]) -> dict[int, tuple[Any, Any]]:
        """What backward() found, with the arrays to put into `.grad`."""
        ...

    # Arrays from outside, and what cannot be written down

    def watches(self, x: Any) -> bool:
        """Whether x is an array that is watched."""
        ...

    def array(self, x: Any) -> np.ndarray:
        """The plain array of a tensor or of a watched array."""
        ...

    def plain_index(self, index: Any) -> Any:
        """An index without watched arrays."""

    def plain_value(self, value: Any) -> Any:
        """A value to be written, without watched arrays."""

    def escapes(self, x: Any, what: str) -> None:
        """Numbers of x leave for Python: refuse it, since they would be frozen."""

    def draws(self, generator: np.random.Generator) -> None:
        """Random numbers are drawn."""

    def updates(self, optimizer: Any) -> None:
        """An optimizer makes its step."""

    def refuse(self, what: str, cure: str) -> None:
        """Say that the function does what no program can do."""
