"""What a function can reach, as far as it was followed: what the parts of `World` share."""

from __future__ import annotations

from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from . import guards
from .guards import MISSING, Guard, Place
from .kinds import word_of


class Unseen(Exception):
    """The function reads something that cannot be watched; `what`, and the `cure`."""

    what: str
    cure: str

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what}; {cure}")
        self.what, self.cure = what, cure


class Reach:
    """What is known by now, and what is still to be looked at."""

    def __init__(self, *roots: Any) -> None:
        self.guards: list[Guard] = []
        self.places: dict[tuple[int, str], Place] = {}
        self.twinned: dict[int, FunctionType] = {}
        self.unbuilt = False
        self.runs = 0  # calls that its program answered
        self.said: set[str] = set()  # attributes that some code names
        self.absent: dict[int, tuple[Any, str, list[str]]] = {}  # attributes that are not there
        self.everything = False  # some code reads attributes by computed names
        self.asks_type = ""  # what calls type()
        self.objects: list[tuple[Any, str]] = []
        self._looked: set[tuple[int, str]] = set()
        self._seen: dict[tuple[int, bool], Any] = {}  # kept alive, so that an id stays theirs
        self._guarded: set[Any] = set()
        self._todo: list[tuple[Any, str, bool]] = [
            (root, word_of(root), k == 0) for k, root in enumerate(roots)
        ][::-1]

    def changed(self) -> list[Guard]:
        """What is no longer as it was."""
        return guards.changed(self.guards)

    def knows(self, x: Any) -> bool:
        """Whether x is one of the objects that the function has from outside."""
        return (id(x), False) in self._seen or (id(x), True) in self._seen

    def _add(self, guard: Guard, word: str, *, variable: bool = False) -> None:
        """Note a place, and look at what is in it."""
        self.guards.append(guard)
        if guard.value is not MISSING:
            self._todo.append((guard.value, word, variable))

    def _once(self, *key: Any) -> bool:
        if key in self._guarded:
            return False
        self._guarded.add(key)
        return True

    def _value(
        self, guard: Guard | None, value: Any, word: str, variable: bool, key: tuple[int, str]
    ) -> None:
        """What a variable holds (or a default): an array is an input, all else is guarded."""
        value = value if guard is None else guard.value
        if type(value) is np.ndarray and value.dtype.kind in "biufc" and variable:
            if key not in self.places:
                self.places[key] = Place(guard, value, word.split()[-1])
            return
        if guard is not None and self._once(*key):
            self.guards.append(guard)
        if value is not MISSING and not isinstance(
            value, ModuleType
        ):  # a module is followed by its chains
            self._todo.append(
                (value, word, variable and isinstance(value, (FunctionType, MethodType)))
            )

    def _look(self, x: Any, word: str, variable: bool) -> None:
        """Follow one object."""
        raise NotImplementedError
