"""check_gradients: compare gradients with differences, for a rule that you have written, or when in
doubt."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import habits
from .autodiff import modes, walk
from .autodiff.messages import describe
from .autodiff.operands import in_one_dtype, numbers_of
from .autodiff.record import TRAINED
from .tensor import Tensor
from .transforms import vjp

Array = np.ndarray[Any, np.dtype[Any]]


class GradientError(AssertionError):
    """A gradient differs from the differences of its function.

    >>> from tinygrad_edu import op
    >>> wrong = op("wrong_square", "x * x", x="g * x")        # 2 g x would be right
    >>> try:
    ...     check_gradients(wrong, np.array([3.0]))
    ... except GradientError as error:
    ...     print(str(error)[:72])
    the gradient for input 0 at [0] is 3, and differences say 6: they differ
    """


@habits.words
def check_gradients(
    f: Callable[..., Any],
    *inputs: Any,
    order: int = 2,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    seed: int = 0,
) -> bool:
    """⟨v, f(x + h·u) - f(x - h·u)⟩ / 2h = ⟨Jᵀv, u⟩ for random u and v, J = ∂f/∂x: compare gradients
    with differences.

    `f` takes tensors and returns a tensor of any shape; `inputs` are arrays, numbers or tensors of
    floats: best of float64 (a warning says what float32 can show), and away from kinks, where a
    derivative has two sides and a difference sees their mean. With `order=2` the gradient of the
    gradient is checked too. `seed` fixes u and v.

    A random direction u, for the entries of like size in each input, finds a wrong one with
    probability one; each entry moves by a step of its own size. Returns True, for `assert
    check_gradients(...)`.

    Errors: GradientError for a difference larger than atol + rtol·|expected|, and than what
    rounding the function's values explains. It names the input and the index that differ most, by
    how much, and the first operation whose own rule differs from its own formula.

    >>> import tinygrad_edu as tg
    >>> check_gradients(lambda x, w: tg.tanh(x @ w), np.ones((2, 3)), np.full((3,), 0.1))
    True
    """
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2, not {order!r}")
    arrays = [np.array(getattr(x, "_data", x)) for x in inputs]
    for k, x in enumerate(arrays):
        if x.dtype.char not in TRAINED:
            raise TypeError(
                f"input {k} of check_gradients is {x.dtype}; write floats, x.astype(float)"
            )
    if narrow := [k for k, x in enumerate(arrays) if x.dtype.itemsize < 8]:
        warnings.warn(
            f"check_gradients: input {narrow[0]} is {arrays[narrow[0]].dtype}, whose differences "
            "have some three digits; tolerances are widened. Give float64 for a sharp test",
            stacklevel=3,
        )
        rtol, atol = max(rtol, 3e-2), max(atol, 3e-2)
    rng = np.random.default_rng(seed)
    y, _ = vjp(f, *map(Tensor, arrays))
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
    return True


def _compare(
    f: Callable[..., Any],
    arrays: list[Array],
    v: Array,
    rng: np.random.Generator,
    rtol: float,
    atol: float,
    word: str,
) -> None:
    def value(xs: list[Array]) -> Array:
        return np.asarray(v * numbers_of(f(*(Tensor(x) for x in xs))))

    if not any(x.size for x in arrays):
        return  # nothing to differentiate by
    here = np.asarray(value(arrays))
    if not np.isfinite(here).all():
        raise GradientError(
            f"the {word}derivative cannot be checked: the function is "
            f"{here[~np.isfinite(here)][0]} at these inputs, and differences say nothing there; "
            "give inputs where it is finite"
        )
    found = [numbers_of(g) for g in vjp(f, *map(Tensor, arrays))[1](v)]
    for us in _directions(arrays, rng):
        if not any(_agree(*d, rtol, atol) for d in _differences(value, arrays, us, found)):
            break
    else:
        return
    worst = _worst(value, arrays, found, rtol, atol)
    if worst is None:
        return  # every entry by itself is right
    k, index, one, other = worst
    where = f" at {list(index)}" if index else ""
    got, expected, _ = next(_differences(value, arrays, us, found))
    raise GradientError(
        f"the {word}gradient for input {k}{where} is {one:.9g}, and differences say {other:.9g}: "
        f"they differ by {abs(one - other):.3g} (along a random direction {got:.9g} and "
        f"{expected:.9g}). {_blame(f, arrays, rtol, atol)}"
    )


def _directions(arrays: list[Array], rng: np.random.Generator) -> Iterator[list[Array]]:
    """Random directions, one for the entries of each input that are of like size: beside the slope
    of a large entry that of a small one would be lost in the rounding."""
    for k, x in enumerate(arrays):
        u = rng.normal(size=x.shape)
        with np.errstate(divide="ignore"):
            size = np.floor(np.log10(np.maximum(np.abs(x).astype(float), 1)) / 3)
        for s in np.unique(size):
            yield [
                np.asarray(np.where(size == s, u, 0), x.dtype) if j == k else np.zeros_like(a)
                for j, a in enumerate(arrays)
            ]


def _steps(x: Array, eps: float) -> list[Array]:
    """A step for each entry, in three lengths: as long as the entry where it is large; the same for
    all, for what changes as fast at a large entry as at a small one (a sine); and as short as a
    small entry (a logarithm). The cube root of the type's precision balances what a difference
    leaves out and what it rounds."""
    h, size = eps ** (1 / 3), np.abs(x).astype(float)
    # below this, rounding x would be all there is to see
    least = 16 * eps * size
    return [h * np.maximum(size, 1), np.maximum(h, least), np.where(size > 0, h * size, h)]


def _differences(
    value: Callable[[list[Array]], Array],
    arrays: list[Array],
    us: list[Array],
    found: list[Array],
) -> Iterator[tuple[float, float, float]]:
    """⟨gradient, s·u⟩, the central difference along s·u, and how far the rounding of the function's
    values may have put that off: for steps h·s of each length."""
    eps = max((float(np.finfo(x.dtype).eps) for x in arrays), default=float(np.finfo(float).eps))
    h = eps ** (1 / 3)
    for steps in zip(*(_steps(x, eps) for x in arrays), strict=True):
        moves = [np.asarray(s * u, x.dtype) for x, s, u in zip(arrays, steps, us, strict=True)]
        up, down = (
            [np.asarray(x + sign * m) for x, m in zip(arrays, moves, strict=True)]
            for sign in (1, -1)
        )
        # What was really added, after rounding, is what the difference is divided by.
        got = sum(
            float(np.sum(g * ((a - b) / (2 * h)), dtype=float))
            for g, a, b in zip(found, up, down, strict=True)
        )
        with np.errstate(all="ignore"):  # a long step may leave the function's domain
            above, below = (
                np.asarray(value(xs), np.result_type(float, *arrays)) for xs in (up, down)
            )
            seen = above != below  # what did not move is not rounded either
            yield (
                got,
                float(np.sum(above - below)) / (2 * h),
                2 * eps * float(np.sum(np.abs(above[seen]))) / h,
            )


def _worst(
    value: Callable[[list[Array]], Array],
    arrays: list[Array],
    found: list[Array],
    rtol: float,
    atol: float,
) -> tuple[int, tuple[int, ...], float, float] | None:
    """Entry by entry: the input, the index, the gradient and the difference that are furthest
    apart; None where all agree."""
    worst, most = None, -1.0
    for k, (x, g) in enumerate(zip(arrays, found, strict=True)):
        for index in np.ndindex(x.shape):
            unit = [np.zeros_like(a) for a in arrays]
            unit[k][index] = 1
            seen = list(_differences(value, arrays, unit, found))
            if any(_agree(*d, rtol, atol) for d in seen):
                continue
            # In the gradient's own size, whatever the step's was.
            scales = [float(s[index]) for s in _steps(x, float(np.finfo(x.dtype).eps))]
            h = float(max(np.finfo(a.dtype).eps for a in arrays)) ** (1 / 3)
            one = float(g[index])
            others = [expected * h / s for (_, expected, _), s in zip(seen, scales, strict=True)]
            other = min(others, key=lambda d: abs(one - d) if np.isfinite(d) else np.inf)
            gap = abs(one - other) if np.isfinite(one - other) else np.inf
            if gap > most:
                worst, most = (k, tuple(int(i) for i in index), one, other), gap
    return worst


def _blame(f: Callable[..., Any], arrays: list[Array], rtol: float, atol: float) -> str:
    """The first operation of the graph whose rule differs from its formula's differences at its own
    inputs."""
    rng = np.random.default_rng(1)
    with modes.recorded():
        result = f(
            *(Tensor(x, requires_grad=True, name=f"input {k}") for k, x in enumerate(arrays))
        )
    for y in walk.graph([result]):
        for k, x in enumerate(y.inputs):
            if getattr(x, "requires_grad", False) and not _rule_agrees(y, k, rng, rtol, atol):
                n = 0 if y.op.variadic else k
                return (
                    f"The rule of {y.op.name} differs from its formula: {y.op.name} = "
                    f"{y.op.formula}, dL/d{y.op.inputs[n]} = {y.op.rules[y.op.inputs[n]]}, for "
                    f"{describe(x)} (or that is at a kink)"
                )
    return (
        "Every operation's own rule agrees with its formula here: is the function at a kink, or "
        "not the same twice?"
    )


def _rule_agrees(y: Any, k: int, rng: np.random.Generator, rtol: float, atol: float) -> bool:
    """Whether the rule for input k of the operation that made y agrees with differences of its
    formula, at the inputs that it had."""
    operands = [
        np.array(a) if isinstance(a, np.ndarray) else a for a in in_one_dtype(y.op, y.inputs)
    ]
    v = rng.normal(size=y.shape).astype(y.dtype)

    def value(xs: list[Array]) -> Array:
        changed = [*operands]
        changed[k] = xs[0]
        return np.asarray(v * y.op.forward(*changed, **y.params))

    rule = {"i": k} if y.op.variadic else {}
    gradient = y.op.gradients[0 if y.op.variadic else k]
    g = np.asarray(gradient(v, numbers_of(y), *operands, **y.params, **rule))
    g = np.broadcast_to(walk.unbroadcast(g, y.inputs[k].shape), operands[k].shape)
    return all(
        any(_agree(*d, rtol, atol) for d in _differences(value, [operands[k]], us, [g]))
        for us in _directions([operands[k]], rng)
    )


def _agree(one: float, other: float, rounding: float, rtol: float, atol: float) -> bool:
    return bool(
        np.isclose(one, other, rtol=rtol, atol=atol + (rounding if np.isfinite(rounding) else 0))
    )
