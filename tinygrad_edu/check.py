"""Gradients checked against differences: for a rule of one's own, and for doubts."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from . import engine
from .tensor import Tensor
from .text import describe
from .transforms import vjp


class GradientError(AssertionError):
    """A gradient differs from the differences of its function."""


def check_gradients(f: Callable[..., Any], *inputs: Any, order: int = 2, rtol: float = 1e-5, atol: float = 1e-7,
                    seed: int = 0) -> None:
    """⟨v, f(x + h·u) - f(x - h·u)⟩ / 2h = ⟨Jᵀv, u⟩ for random u and v; with `order=2`, of the gradient too.

    `f` takes tensors and returns a tensor of any shape; `inputs` are arrays, numbers or tensors of floats, best of
    float64 (a warning says what float32 can show) and away from kinks, where a derivative has two sides and a
    difference sees their mean. One random direction u finds a wrong entry of any input, with probability one. A
    difference larger than atol + rtol·|expected| raises GradientError: it names the input and the index that differ
    most, by how much, and the first operation whose own rule differs from its own formula.

    >>> import tinygrad_edu as tg
    >>> check_gradients(lambda x, w: tg.tanh(x @ w), np.ones((2, 3)), np.full((3,), 0.1))
    """
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2, not {order!r}")
    arrays = [np.array(getattr(x, "_data", x)) for x in inputs]
    for k, x in enumerate(arrays):
        if x.dtype.kind != "f":
            raise TypeError(f"input {k} of check_gradients is {x.dtype}; write floats, x.astype(float)")
    if narrow := [k for k, x in enumerate(arrays) if x.dtype.itemsize < 8]:
        warnings.warn(f"check_gradients: input {narrow[0]} is {arrays[narrow[0]].dtype}, whose differences have some "
                      "three digits; tolerances are widened. Give float64 for a sharp test", stacklevel=2)
        rtol, atol = max(rtol, 3e-2), max(atol, 3e-2)
    rng = np.random.default_rng(seed)
    y, _ = vjp(f, *arrays)
    v = np.asarray(rng.normal(size=y.shape) if y.size != 1 else np.ones(y.shape), y.dtype)
    _compare(f, arrays, v, rng, rtol, atol, "")
    if order == 2:
        us = [np.asarray(rng.normal(size=x.shape), x.dtype) for x in arrays]

        def projected(*xs: Any) -> Any:
            """⟨∇⟨v, f⟩, u⟩"""
            y, back = vjp(f, *xs)
            total = 0.0
            for g, u in zip(back(v), us, strict=True):
                total = (g * u).sum() + total
            return total
        _compare(projected, arrays, np.ones((), y.dtype), rng, rtol, atol, "second-order ")


def _compare(f: Callable[..., Any], arrays: list[np.ndarray], v: np.ndarray, rng: np.random.Generator, rtol: float,
             atol: float, word: str) -> None:
    def value(xs: list[np.ndarray]) -> float:
        return float(np.sum(v * f(*(Tensor(x) for x in xs))._data, dtype=float))

    found = [g._data for g in vjp(f, *arrays)[1](v)]
    us = [np.asarray(rng.normal(size=x.shape), x.dtype) for x in arrays]
    expected = _difference(value, arrays, us)
    got = sum(float(np.sum(g * u, dtype=float)) for g, u in zip(found, us, strict=True))
    if _agree(got, expected, rtol, atol):
        return
    k, index, one, other = _worst(value, arrays, found)
    message = (f"the {word}gradient for input {k} at {list(index)} is {one:.9g}, and differences say {other:.9g}"
               if index else f"the {word}gradient for input {k} is {one:.9g}, and differences say {other:.9g}")
    raise GradientError(f"{message}: they differ by {abs(one - other):.3g} (along a random direction {got:.9g} and "
                        f"{expected:.9g}). {_blame(f, arrays, rtol, atol)}")


def _difference(value: Callable[[list[np.ndarray]], float], arrays: list[np.ndarray], us: list[np.ndarray]) -> float:
    """The central difference along us: its step the cube root of the type's precision, as large as the inputs are."""
    eps = max((np.finfo(x.dtype).eps for x in arrays), default=np.finfo(float).eps)
    size = max((float(np.abs(x).max()) for x in arrays if x.size), default=1.0)
    h = float(eps) ** (1 / 3) * max(1.0, size)
    # What was really added, after rounding, is what the difference is divided by: in float32 it matters.
    up, down = ([np.asarray(x + x.dtype.type(s * h) * u) for x, u in zip(arrays, us, strict=True)] for s in (1, -1))
    return (value(up) - value(down)) / (2 * h)


def _worst(value: Callable[[list[np.ndarray]], float], arrays: list[np.ndarray],
           found: list[np.ndarray]) -> tuple[int, tuple[int, ...], float, float]:
    """Entry by entry: the input, the index, the gradient and the difference that are furthest apart."""
    worst: tuple[int, tuple[int, ...], float, float] = (0, (), 0.0, 0.0)
    most = -1.0
    for k, (x, g) in enumerate(zip(arrays, found, strict=True)):
        for index in np.ndindex(x.shape):
            unit = [np.zeros_like(a) for a in arrays]
            unit[k][index] = 1
            one, other = float(g[index]), _difference(value, arrays, unit)
            gap = abs(one - other)
            if gap > most or not np.isfinite(gap):
                worst, most = (k, tuple(int(i) for i in index), one, other), gap if np.isfinite(gap) else np.inf
    return worst


def _blame(f: Callable[..., Any], arrays: list[np.ndarray], rtol: float, atol: float) -> str:
    """The first operation of the graph whose rule differs from its formula's differences at its own inputs."""
    rng = np.random.default_rng(1)
    with engine.recorded():
        result = f(*(Tensor(x, requires_grad=True, name=f"input {k}") for k, x in enumerate(arrays)))
    for y in engine.graph([result]):
        for k, x in enumerate(y.inputs):
            if not getattr(x, "_requires_grad", False):
                continue
            own = [np.array(a) if isinstance(a, np.ndarray) else a for a in engine.operands(y.op, y.inputs)]
            v = rng.normal(size=y.shape).astype(y.dtype)

            def value(xs: list[np.ndarray], y: Any = y, k: int = k, own: list = own, v: Any = v) -> float:
                changed = [*own]
                changed[k] = xs[0]
                return float(np.sum(v * y.op.forward(*changed, **y.params), dtype=float))
            u = np.asarray(rng.normal(size=x.shape), x.dtype)
            rule = {"i": k} if y.op.variadic else {}
            n = 0 if y.op.variadic else k
            g = engine.unbroadcast(np.asarray(y.op.gradients[n](v, y._data, *own, **y.params, **rule)), x.shape)
            if not _agree(float(np.sum(g * u, dtype=float)), _difference(value, [own[k]], [u]), rtol, atol):
                return (f"The rule of {y.op.name} differs from its formula: {y.op.name} = {y.op.formula}, "
                        f"dL/d{y.op.inputs[n]} = {y.op.rules[y.op.inputs[n]]}, for {describe(x)} "
                        "(or that is at a kink)")
    return "Every operation's own rule agrees with its formula here: is the function at a kink, or not the same twice?"


def _agree(one: float, other: float, rtol: float, atol: float) -> bool:
    return bool(np.isclose(one, other, rtol=rtol, atol=atol, equal_nan=True))
