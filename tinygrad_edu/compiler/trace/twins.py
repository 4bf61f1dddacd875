"""Twins: the same functions, with other arrays in their variables.

While a function is traced, the arrays that it has in variables are `Watched`. They are not put into
the user's own variables, which other threads may read: the functions run as twins, with variables
of their own.
"""

from __future__ import annotations

from types import CellType, FunctionType, MethodType
from typing import Any

from .guards import Contents as _Contents
from .guards import Guard, changed
from .world import World


class Twins:
    """The twins of the functions of a world, in which each place's array is what `given` has for
    it."""

    world: World
    given: dict[tuple[int, str], Any]

    def __init__(self, world: World, given: dict[tuple[int, str], Any]) -> None:
        self.world, self.given = world, given
        self.made: dict[int, FunctionType] = {}
        self.scopes: dict[int, dict[str, Any]] = {}
        self.marks: list[Guard] = []

    def of(self, x: Any) -> Any:
        """The twin of a function, or x itself where nothing in it is to be replaced."""
        if isinstance(x, MethodType):
            f = self.of(x.__func__)
            return x if f is x.__func__ else MethodType(f, x.__self__)
        if not self.given or not isinstance(x, FunctionType) or id(x) not in self.world.twinned:
            return x
        if id(x) not in self.made:
            self._make(x)
        return self.made[id(x)]

    def written(self) -> bool:
        """Whether attributes were written on a twin, which its original would have now."""
        return bool(changed(self.marks))

    def _make(self, f: FunctionType) -> None:
        cells = tuple(CellType() for _ in f.__closure__ or ())
        twin = self.made[id(f)] = FunctionType(
            f.__code__, self._scope(f.__globals__), f.__name__, None, cells or None
        )
        twin.__kwdefaults__ = f.__kwdefaults__ and {
            k: self._value(v, (id(f), k)) for k, v in f.__kwdefaults__.items()
        }
        twin.__defaults__ = f.__defaults__ and tuple(
            self._value(v, (id(f), str(k))) for k, v in enumerate(f.__defaults__)
        )
        twin.__qualname__, twin.__module__ = f.__qualname__, f.__module__
        twin.__dict__.update(vars(f))
        self.marks.append(_Contents("attributes", twin.__dict__))
        for name, cell, old in zip(f.__code__.co_freevars, cells, f.__closure__ or (), strict=True):
            try:
                cell.cell_contents = self._value(old.cell_contents, (id(old), name))
            except ValueError:
                pass  # a variable without a value yet

    def _scope(self, scope: dict[str, Any]) -> dict[str, Any]:
        """Globals with other arrays and functions in them."""
        if id(scope) not in self.scopes:
            twin = self.scopes[id(scope)] = dict(scope)
            for name, value in scope.items():
                twin[name] = self._value(value, (id(scope), name))
        return self.scopes[id(scope)]

    def _value(self, value: Any, key: tuple[int, str]) -> Any:
        return self.given[key] if key in self.given else self.of(value)
