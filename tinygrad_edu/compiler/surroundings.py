"""What a function finds around itself, and whether it is still there: variables of enclosing functions, globals, and
the attributes of modules. Rebinding any of them is seen before the next run; what lies deeper is frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from operator import is_
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

DEEP = 4


class Surroundings:
    """A snapshot of the objects that functions and modules refer to, by identity."""

    def __init__(self, *roots: Any) -> None:
        self.modules: list[Iterable[Any]] = []       # the attributes of modules, live
        self.views: list[Iterable[Any]] = []         # other things with parts
        self.cells: list[CellType] = []
        self.globals: list[tuple[dict[str, Any], str]] = []
        seen: set[int] = set()
        for root in roots:
            self._look(root, DEEP, seen)
        self.objects = self._now()
        self.alive = [list(view) for view in self.views]     # so that an id stays theirs

    def unchanged(self) -> bool:
        """Whether everything in modules, lists and dicts is the same object as at the snapshot."""
        now = self._now()
        return len(now) == len(self.objects) and all(map(is_, now, self.objects))

    def conditions(self, name: Callable[[Any], str]) -> list[str]:
        """What says that variables still hold the same objects, as expressions. Cheap enough for every call."""
        found = [f"{name(c)}.cell_contents is {name(c.cell_contents)}" for c in self.cells]
        found += [f"{name(scope)}.get({key!r}) is {name(scope[key])}" for scope, key in self.globals]
        return found + [f"[*map(id, {name(view)})] == {name([id(x) for x in view])}" for view in self.views]

    def _now(self) -> list[Any]:
        return list(chain.from_iterable(self.modules))

    def _look(self, x: Any, depth: int, seen: set[int]) -> None:
        if id(x) in seen or depth == 0:
            return
        seen.add(id(x))
        if isinstance(x, MethodType):
            self._look(x.__self__, depth, seen)
            x = x.__func__
        if isinstance(x, FunctionType):
            if (x.__module__ or "").partition(".")[0] in ("tinygrad_edu", "numpy") and not x.__closure__:
                return
            scope = x.__globals__
            cells = [c for c in x.__closure__ or () if _filled(c)]
            names = [n for n in dict.fromkeys(_names(x.__code__))
                     if n in scope and not isinstance(scope[n], ModuleType)]
            self.cells += cells
            self.globals += [(scope, n) for n in names]
            for value in [c.cell_contents for c in cells] + [scope[n] for n in names]:
                self._look(value, depth - 1, seen)
            for default in (x.__defaults__, tuple((x.__kwdefaults__ or {}).values())):
                for value in default or ():
                    self._look(value, depth - 1, seen)
        elif hasattr(type(x), "named_parameters"):      # a module
            for module in x.modules():
                seen.add(id(module))
                self._watch(vars(module).values(), depth, seen, self.modules)
                self._look(type(module).forward, depth, seen)
        elif isinstance(x, dict):
            self._watch(x.values(), depth, seen)
        elif isinstance(x, list):
            self._watch(x, depth, seen)
        elif isinstance(x, tuple):
            for part in x:
                self._look(part, depth - 1, seen)
        elif callable(x) and hasattr(x, "__dict__") and type(x).__module__.partition(".")[0] != "tinygrad_edu":
            self._watch(vars(x).values(), depth, seen)

    def _watch(self, view: Iterable[Any], depth: int, seen: set[int], among: list[Iterable[Any]] | None = None) -> None:
        (self.views if among is None else among).append(view)
        for value in list(view):
            self._look(value, depth - 1, seen)


def _filled(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018  (reading it is the question)
    except ValueError:
        return False
    return True


def _names(code: CodeType) -> Iterator[str]:
    """The global names that a function, and those written inside it, may read."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
