"""One test over many cases: a failure says which case it was, and comparing costs little where all
is well.

    @pytest.mark.parametrize("name", TABLE)
    @each(case=lambda name: TABLE[name].cases, dtype=[np.float64, np.float32])
    def test_values(name, case, dtype): ...

is one test an operation, where parametrize would make one of every case: pytest takes half a
millisecond for each, and each is collected before any runs. What is left to parametrize is what one
wants to see failing apart.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any

import numpy as np


def each(**loops: Iterable[Any] | Callable[..., Iterable[Any]]) -> Callable[..., Any]:
    """A decorator: the test runs for every combination of these arguments, in one test.

    The values may be a function of arguments that the test has anyhow; a mapping is gone through by
    its keys.
    """

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(test)
        assert set(loops) <= set(signature.parameters), test.__name__

        @functools.wraps(test)
        def of_each(**given: Any) -> None:
            count = 0
            for values in itertools.product(*(chosen(v, given) for v in loops.values())):
                named = dict(zip(loops, values, strict=True))
                with of(**given, **named):
                    test(**given, **named)
                count += 1
            assert count, f"{test.__name__} has no cases"

        left = [p for name, p in signature.parameters.items() if name not in loops]
        of_each.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
        del of_each.__wrapped__
        return of_each

    return decorate


def chosen(values: Any, given: Mapping[str, Any]) -> list[Any]:
    if not callable(values):
        return list(values)
    return list(values(**{name: given[name] for name in inspect.signature(values).parameters}))


class of:
    """Names what assertions belong to, whatever fails in it:

        with of(name="matmul", dtype=np.float32):
            assert ...

    A note under the failure says `with name = matmul, dtype = float32`.
    """

    def __init__(self, **what: Any) -> None:
        self.what = what

    def __enter__(self) -> of:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is not None:
            error.add_note("with " + ", ".join(f"{k} = {said(v)}" for k, v in self.what.items()))


def said(x: Any) -> str:
    """x in a line: arrays by dtype and shape, and their numbers where they are few."""
    if isinstance(x, np.ndarray):
        numbers = f" {x.tolist()}" if x.size <= 12 else ""
        return f"{x.dtype}{list(x.shape)}{numbers}"
    if isinstance(x, (list, tuple)):
        return f"({', '.join(map(said, x))})"
    if hasattr(x, "inputs") and hasattr(x, "params"):  # a row's case
        return said(x.inputs) + (f" and {x.params}" if x.params else "")
    return str(getattr(x, "__name__", x))


def close(got: Any, expected: Any, rtol: float, atol: float = 0.0) -> None:
    """np.testing.assert_allclose, asked only where a plain comparison is not satisfied."""
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape == expected.shape:
        with np.errstate(all="ignore"):
            if (np.abs(got - expected) <= atol + rtol * np.abs(expected)).all():
                return
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol)


def equal(got: Any, expected: Any) -> None:
    """np.testing.assert_array_equal, asked only where a plain comparison is not satisfied."""
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape or not (got == expected).all():
        np.testing.assert_array_equal(got, expected)
