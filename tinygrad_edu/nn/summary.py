"""The text of `model.summary()`."""

from __future__ import annotations

from collections.abc import Sequence

from ..autodiff.messages import describe
from .tree import Tree


def parameter_table(model: Tree) -> str:
    """The summary of a module: its parameters with their shapes and sizes, and their totals.

    >>> from tinygrad_edu import nn
    >>> print(parameter_table(nn.Dense(1, input_size=2, seed=0)))
    Model: 'Dense'
    weight                          f32[2,1]                       2
    bias                            f32[1]                         1
    Total params: 3
    Trainable params: 3
    Non-trainable params: 0
    """
    rows = [(name, describe(p).split()[-1], p.size) for name, p in model.named_parameters()]
    lines = [f"{name:<32}{shape:<20}{size:>12,}" for name, shape, size in rows]
    title = f"Model: {model.name or type(model).__name__!r}"
    return "\n".join([title, *lines, *total_lines(model)])


def layer_table(model: Tree, layers: Sequence[Tree], shapes: Sequence[str]) -> str:
    """The summary of a chain of layers: their output shapes and numbers of parameters.

    >>> from tinygrad_edu import nn
    >>> model = nn.MLP(2, 1, seed=0)
    >>> print(layer_table(model, model.layers, ["(None, 1)"]).splitlines()[4])
    dense (Dense)   (None, 1)            3
    """
    names = {id(layer): name for name, layer in model.children()}
    rows = [("Layer (type)", "Output Shape", "Param #")]
    for layer, shape in zip(layers, shapes, strict=True):
        count = sum(p.size for _, p in layer.named_parameters())
        rows.append((f"{names[id(layer)]} ({type(layer).__name__})", shape, f"{count:,}"))
    wide = [max(len(row[k]) for row in rows) for k in range(3)]
    rule = "_" * (sum(wide) + 6)
    lines = [f"{a:<{wide[0]}}   {b:<{wide[1]}}   {c:>{wide[2]}}" for a, b, c in rows]
    title = f"Model: {model.name or 'sequential'!r}"
    text = "\n".join([title, rule, lines[0], rule, *lines[1:], rule, *total_lines(model)])
    if "?" in shapes:
        text += (
            "\nShapes and counts are known after the first call, or model.build((None, "
            "features...))."
        )
    return text


def total_lines(model: Tree) -> list[str]:
    """The last lines of a summary: how many numbers the parameters have, and how many are trained.

    >>> from tinygrad_edu import nn
    >>> total_lines(nn.MLP(2, 1, seed=0))
    ['Total params: 3', 'Trainable params: 3', 'Non-trainable params: 0']
    """
    parameters = [p for _, p in model.named_parameters()]
    total = sum(p.size for p in parameters)
    trained = sum(p.size for p in parameters if p.requires_grad)
    return [
        f"Total params: {total:,}",
        f"Trainable params: {trained:,}",
        f"Non-trainable params: {total - trained:,}",
    ]
