"""A stack of linear layers is one linear layer: here it is computed. Lecture 07, (8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..autodiff.modes import no_grad, recorded
from ..autodiff.walk import graph
from ..tensor import Tensor
from .dense import Dense
from .layers import Activation, Flatten
from .module import Module
from .sequential import Sequential

_PROBES = (
    [-2.0, -1.0, 0.0, 3.0],
    [-3.0, -2.0, -1.0, -0.5],
    [0.5, 1.0, 2.0, 3.0],
    [0.0, 0.0, 0.0, 0.0],
)


def affine(model: Module) -> tuple[Tensor, Tensor]:
    """W = W₁W₂⋯W_L and b = (⋯(b₁W₂ + b₂)W₃ ⋯)W_L + b_L, with model(x) = x·W + b.

    `model` is a chain of Dense layers without an activation, or with one that is the identity, in
    Sequentials of any depth. Returns W (inputs, outputs) and b (outputs,), tensors that can be
    differentiated with respect to the parameters of every layer. An activation of your own is
    tried on a few rows, and must return what it was given; one that treats other rows otherwise is
    not found out.

    Errors: TypeError, with its name, for a layer that is not linear; ValueError for a layer that
    does not know its input size yet. Source: lecture 07, (8).

    >>> from tinygrad_edu import nn
    >>> W, b = affine(nn.MLP(3, 5, 2, activation=None, seed=0))
    >>> W.shape, b.shape
    ((3, 2), (2,))
    """
    W: Tensor | None = None
    b: Tensor | None = None
    for name, layer in _chain(model, "model"):
        if isinstance(layer, Flatten):
            # rows are flat already, or the collapsed layer wants them flat
            continue
        if isinstance(layer, Dense):
            weight, bias = layer.weight, layer.bias
            if weight is None:
                raise ValueError(
                    f"{name}, {layer!r}, has no weights before it knows its input's size; call the "
                    "model on data once, or give input_size"
                )
            W = weight if W is None else W @ weight
            b = b if b is None else b @ weight
            b = _sum(b, bias)
        _identity(layer.activation, name, layer)
    if W is None:
        raise TypeError(f"{model!r} has no Dense layer, so no matrix")
    return W, Tensor(np.zeros(W.shape[1], W.dtype)) if b is None else b


def collapse(model: Module) -> Dense:
    """The one Dense layer, W = W₁W₂⋯W_L and b as in `affine`, that computes what a stack of linear
    layers computes.

    It takes rows (n, d). Its parameters are copies, in the model's dtype.

    Errors: TypeError for a model with an activation between its layers, with the reason: it is more
    than a linear model. Source: lecture 07, (8) against (9) and (10).

    >>> from tinygrad_edu import nn
    >>> deep = nn.MLP(3, 50, 50, 2, activation=None, seed=0)
    >>> collapse(deep), deep.count_params(), collapse(deep).count_params()
    (Dense(2), 2852, 8)
    """
    with no_grad():
        W, b = affine(model)
    one = Dense(
        W.shape[1],
        input_size=W.shape[0],
        dtype=W.dtype,
        use_bias=any(
            isinstance(layer, Dense) and layer.bias is not None for _, layer in _chain(model, "")
        ),
    )
    vars(one).update(
        weight=Tensor(W, requires_grad=True, name="weight"),
        bias=Tensor(b, requires_grad=True, name="bias") if one.use_bias else None,
    )
    return one


def _sum(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    """a + b, where None is 0."""
    if a is None or b is None:
        return b if a is None else a
    return a + b


def _chain(model: Module, name: str) -> Iterator[tuple[str, Any]]:
    """The layers in their order, nested ones by their path."""
    if isinstance(model, Sequential):
        names = {id(layer): key for key, layer in model.members()}
        for layer in model.layers:
            yield from _chain(layer, names[id(layer)])
    elif isinstance(model, (Dense, Activation, Flatten)):
        yield name, model
    else:
        raise TypeError(
            f"{name} is {model!r}: only Dense, Activation and Flatten, in Sequential, are known to "
            "be linear or not"
        )


def _identity(activation: Any, name: str, layer: Module) -> None:
    """Refuse an activation that is not the identity."""
    if activation is None:
        return
    called = (
        getattr(activation, "name", None)
        or getattr(activation, "__name__", None)
        or repr(activation)
    )
    for row in _PROBES:
        with recorded():
            x = Tensor(np.array([row]), requires_grad=True)
            y = activation(x)
            same = isinstance(y, Tensor) and all(t is x or _changes_nothing(t) for t in graph([y]))
        if not same:
            raise TypeError(
                f"{name}, {layer!r}, applies {called}, which is not {_evidence(activation)}. Only "
                "a stack of linear layers is one linear layer; Lecture 07, (8)"
            )


def _changes_nothing(t: Tensor) -> bool:
    return t.op is not None and (
        t.op.name == "identity" or (t.op.name == "leaky_relu" and t.params.get("slope") == 1)
    )


def _evidence(activation: Any) -> str:
    """f(-1) + f(2) = f(0) + f(1) holds for every linear f, and for every affine one."""
    with no_grad():
        a, b, c, d = (
            float(np.asarray(activation(Tensor([[v]]))).ravel()[0]) for v in (-1.0, 2.0, 0.0, 1.0)
        )
    if np.isclose(a + b, c + d):
        return "the identity"
    return f"linear: f(-1) + f(2) = {a + b:.3g}, and f(0) + f(1) = {c + d:.3g}"
