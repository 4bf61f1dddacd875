"""Helpers of formulas that are one step of a compiled program, by a name of their own.

A formula is compiled by running it on stand-ins for its arrays, so what it does must not depend on
their numbers. A helper that looks at numbers (the place that a label names, the order of entries)
cannot be run so: it says here what its step is called, and each target writes that step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

PRIMITIVES: dict[Callable[..., Any], str] = {}
"""The helpers, and what their step is called."""

F = TypeVar("F", bound=Callable[..., Any])


def primitive(name: str) -> Callable[[F], F]:
    """Make a helper one step of a program, called `name`.

    >>> @primitive("largest_place")
    ... def _largest(x): return int(x.argmax())
    >>> PRIMITIVES.pop(_largest)
    'largest_place'
    """

    def note(helper: F) -> F:
        PRIMITIVES[helper] = name
        return helper

    return note
