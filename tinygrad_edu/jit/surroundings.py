"""What a function finds around itself, and whether it is still there: variables of enclosing functions, globals, and
the attributes of modules. Rebinding any of them is seen before the next run; what lies deeper is frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, MethodType
from typing import Any

from ..nn.module import Module

DEEP = 4


class Surroundings:
    """A snapshot of the objects that functions and modules refer to, by identity."""

    def __init__(self, *roots: Any) -> None:
        self.places: list[tuple[Callable[[], Any], list[int]]] = []
        self.objects: list[Any] = []                 # kept alive, so that an id stays theirs
        seen: set[int] = set()
        for root in roots:
            self._look(root, DEEP, seen)

    def unchanged(self) -> bool:
        """Whether everything is the same object as at the snapshot."""
        for values, ids in self.places:
            try:
                if list(map(id, values())) != ids:
                    return False
            except (ValueError, KeyError):           # a cell emptied, a global deleted
                return False
        return True

    def _look(self, x: Any, depth: int, seen: set[int]) -> None:
        if id(x) in seen or depth == 0:
            return
        seen.add(id(x))
        if isinstance(x, MethodType):
            self._look(x.__self__, depth, seen)
            x = x.__func__
        if isinstance(x, FunctionType):
            if x.__module__.partition(".")[0] in ("tinygrad_edu", "numpy") and not x.__closure__:
                return
            cells = x.__closure__ or ()
            names = [n for n in _names(x.__code__) if n in x.__globals__]
            scope = x.__globals__
            if cells:
                self._watch(lambda: [c.cell_contents for c in cells], depth, seen)
            if names:
                self._watch(lambda: [scope[n] for n in names], depth, seen)
            for default in (x.__defaults__, tuple((x.__kwdefaults__ or {}).values())):
                for value in default or ():
                    self._look(value, depth - 1, seen)
        elif isinstance(x, Module):
            for module in x.modules():
                seen.add(id(module))
                self._watch(vars(module).values, depth, seen)
            self._look(type(x).forward, depth, seen)
        elif isinstance(x, dict):
            self._watch(x.values, depth, seen)
        elif isinstance(x, list):
            self._watch(lambda: x, depth, seen)
        elif isinstance(x, tuple):
            for part in x:
                self._look(part, depth - 1, seen)
        elif callable(x) and isinstance(getattr(type(x), "__call__", None), FunctionType) and hasattr(x, "__dict__"):
            self._watch(vars(x).values, depth, seen)

    def _watch(self, values: Callable[[], Any], depth: int, seen: set[int]) -> None:
        try:
            now = list(values())
        except ValueError:                           # a variable that has no value yet
            return
        self.objects.append(now)
        self.places.append((values, list(map(id, now))))
        for value in now:
            self._look(value, depth - 1, seen)


def _names(code: CodeType) -> Iterator[str]:
    """The global names that a function, and those written inside it, may read."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
