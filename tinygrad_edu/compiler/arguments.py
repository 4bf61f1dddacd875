"""The arguments of a call: which of them are inputs, what kind of call they make, and the traced
run on stand-ins for them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..autodiff.modes import mode
from ..tensor import Tensor
from ..transforms.trees import flatten
from .trace.guards import is_plain
from .trace.tape import Tape
from .trace.tracing import Trace
from .trace.world import World


def varies(x: Any) -> bool:
    """Whether an argument is an input, whose numbers are read at every call."""
    if type(x) is Tensor:
        return True
    return (type(x) is np.ndarray or isinstance(x, np.generic)) and x.dtype.kind in "biufc"


def note(x: Any, leaves: list[Any], key: list[Any]) -> None:
    """Sort an argument into what varies from call to call and what is frozen."""
    if isinstance(x, Tensor):
        same = next((k for k, y in enumerate(leaves) if y is x), None)
        leaves.append(x)
        key.append(
            (x.shape, x.dtype, x._requires_grad, x.name, same, x._grad is None, x.op is None)
        )
    elif varies(x):
        leaves.append(x)
        key.append((type(x), x.shape, x.dtype))
    elif isinstance(x, (list, tuple)):
        key.append((type(x), len(x)))
        for part in x:
            note(part, leaves, key)
    elif isinstance(x, dict):
        key.append((type(x), tuple(map(repr, x))))
        for part in x.values():
            note(part, leaves, key)
    else:  # 0.0 is not -0.0, nan is nan
        key.append((type(x), repr(x)) if is_plain(x) else (type(x), id(x)))


def traced(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    world: World,
    tape: Tape,
    constants: bool,
) -> Trace:
    """One run of f on stand-ins for what varies among its arguments."""
    flat, restore = flatten([list(args), kwargs])
    places = [i for i, x in enumerate(flat) if isinstance(x, Tensor) or varies(x)]
    parameters = _names_of(f)
    parameters += [f"x{i}" for i in range(len(parameters), len(args))]

    def call(function: Callable[..., Any], values: list[Any]) -> Any:
        filled = list(flat)
        for i, v in zip(places, values, strict=True):
            filled[i] = v
        positional, named = restore(filled)
        value = function(*positional, **named)
        before, before_named = restore(filled)
        pairs = [*zip(parameters, positional, before, strict=False)]
        pairs += [(n, named[n], before_named[n]) for n in named]
        for n, now, then in pairs:
            if mode.tape is not None and not _same_tree(now, then):
                mode.tape.refuse(
                    f"it changes the argument {n}, a {type(now).__name__}", "return what is new"
                )
        return value

    names: list[str] = []
    for n, x in [*zip(parameters, args, strict=False), *kwargs.items()]:
        inside = [p for p in flatten(x)[0] if isinstance(p, Tensor) or varies(p)]
        names += [n] if len(inside) == 1 else [f"{n}_{k}" for k in range(len(inside))]
    name, leaves = getattr(f, "__name__", "f"), [flat[i] for i in places]
    return Trace(name, f, call, leaves, names, world, tape, constants)


def _names_of(f: Callable[..., Any]) -> list[str]:
    """The parameters' names of a function."""
    try:
        return [
            p.name
            for p in inspect.signature(f).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        return []


def _same_tree(a: Any, b: Any) -> bool:
    """Whether two structures hold the same objects."""
    if isinstance(b, dict):
        return list(a) == list(b) and all(_same_tree(a[k], b[k]) for k in b)
    if isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_same_tree, a, b))
    return a is b


def static_names(f: Callable[..., Any], numbers: Any, names: Any) -> frozenset[str]:
    """The parameters of f that are named as static, by places and names: values, which a program is
    made for, and no arrays.

    Errors: places and names that f does not have.
    """
    places = {numbers} if isinstance(numbers, int) else set(numbers)
    words = {names} if isinstance(names, str) else set(names)
    known, called = list(inspect.signature(f).parameters), getattr(f, "__name__", "the function")
    if wrong := [n for n in places if not -len(known) <= n < len(known)]:
        raise ValueError(f"static_argnums={wrong[0]}: {called} has {len(known)} parameters")
    if stray := words - set(known):
        raise ValueError(
            f"static_argnames={sorted(stray)[0]!r}: {called} has the parameters {', '.join(known)}"
        )
    return frozenset(known[n] for n in places) | words


def check_static(
    f: Callable[..., Any], static: frozenset[str], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Refuse an array for an argument that is named as static."""
    given = inspect.signature(f).bind(*args, **kwargs).arguments
    for name in static & given.keys():
        if isinstance(given[name], Tensor) or varies(given[name]):
            raise TypeError(
                f"jit: {name} is named as static, and got an array, which is an input; write "
                f"{name} without static_argnums and static_argnames"
            )
