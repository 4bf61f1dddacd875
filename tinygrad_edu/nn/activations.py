"""The activations that a layer knows by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import ops

ActivationFunction = Callable[[Any], Any]

ACTIVATIONS: dict[str, ActivationFunction | None] = {
    "linear": None,
    "relu": ops.relu,
    "leaky_relu": ops.leaky_relu,
    "elu": ops.elu,
    "gelu": ops.gelu,
    "silu": ops.silu,
    "swish": ops.silu,
    "sigmoid": ops.sigmoid,
    "log_sigmoid": ops.log_sigmoid,
    "tanh": ops.tanh,
    "hard_tanh": ops.hard_tanh,
    "threshold": ops.threshold,
    "softplus": ops.softplus,
    "softmax": ops.softmax,
    "log_softmax": ops.log_softmax,
    "sin": ops.sin,
    "cos": ops.cos,
    "exp": ops.exp,
    "exponential": ops.exp,
}
"""The functions by name. One with a parameter goes in as a function:
`functools.partial(tg.leaky_relu, slope=0.2)`."""


def get_activation(activation: str | ActivationFunction | None) -> ActivationFunction | None:
    """The function of a name. None and "linear" give None, the identity; a function is returned as
    it is.

    Errors: ValueError for an unknown name; it lists the known ones.

    >>> get_activation("relu").name, get_activation("linear")
    ('relu', None)
    """
    if activation is None or callable(activation):
        return activation
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"unknown activation {activation!r}; known: {', '.join(ACTIVATIONS)}, or a function"
        )
    return ACTIVATIONS[activation]


def name_of(activation: ActivationFunction | None) -> str:
    """The name of an activation, for a layer's repr; "" of the identity and of what has none.

    >>> name_of(ops.tanh), name_of(None)
    ('tanh', '')
    """
    name = getattr(activation, "name", None) or getattr(activation, "__name__", None)
    return str(name or "")
