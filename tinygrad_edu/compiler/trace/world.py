"""The world of a function: everything outside that it can read, found before it runs.

Code reaches the outside only through its globals, the variables of enclosing functions, its
defaults, `self` and its frozen arguments; and from there through attributes, whose names stand in
the code, and through what containers hold. So all of that is followed. Each place becomes a guard;
an array in a variable becomes an input; and whatever cannot be looked into (a file, a random
generator, a function written in C that is on no list) is `Unseen`, with its name.
"""

from __future__ import annotations

import functools
from collections import OrderedDict, defaultdict
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from ...formula import Op
from ...optim.base import Optimizer
from ...tensor import Tensor
from . import guards
from .functions import FunctionReach
from .guards import Guard, is_plain
from .kinds import CONTAINERS
from .objects import ObjectReach
from .reach import Unseen
from .trusted import LIBRARY, is_pure

LIMIT = 10_000
"""Places and pieces of code that a function may reach."""


class World(FunctionReach, ObjectReach):
    """What `roots` can read: `guards`, `places` (arrays in variables, which are inputs), and
    whether layers that have no parameters yet are among it (`unbuilt`).

    The first root is the function itself. Functions that are reached from it through variables
    alone can be given other arrays (`twins.py`); in others, and deeper inside objects, an array is
    guarded by its numbers.
    """

    guards: list[Guard]

    def __init__(self, *roots: Any) -> None:
        super().__init__(*roots)
        self._follow()
        self.guards += [guards.Absent(word, x, names) for x, word, names in self.absent.values()]

    def _follow(self) -> None:
        while True:
            while self._todo:
                x, word, variable = self._todo.pop()
                self._look(x, word, variable)
                if len(self._seen) + len(self.guards) > LIMIT:
                    raise Unseen(
                        f"the function reaches more than {LIMIT} things", "give it less to read"
                    )
            for owner, word in self.objects:  # names that were said since
                self._attributes(owner, word)
            if not self._todo:
                return

    def _look(self, x: Any, word: str, variable: bool) -> None:
        """What x is decides what is to be followed. `variable`: it was reached through variables
        alone."""
        if is_plain(x) or (id(x), variable) in self._seen:
            return
        self._seen[id(x), variable] = x
        if isinstance(x, Tensor):
            self._tensor(x, word)
        elif isinstance(x, FunctionType):
            self._function(x, word, variable)
        elif isinstance(x, Op) or getattr(type(x), "is_jitted", False):
            self._operation(x, word)
        elif isinstance(x, MethodType):
            self._todo += [
                (x.__func__, word, variable),
                (x.__self__, f"the object of {word}", False),
            ]
        elif is_pure(x) or isinstance(x, np.random.SeedSequence):
            return  # nothing draws from a SeedSequence but what is refused
        elif isinstance(x, np.ndarray):
            self._array(x, word)
        elif isinstance(x, type):
            self._class(x, word)
        elif isinstance(x, ModuleType):
            self._module_as_value(x, word)
        elif (wrapped := _wrapped(x)) is not None:
            self._todo += [(part, word, False) for part in wrapped]
        elif isinstance(x, BuiltinFunctionType) and isinstance(
            x.__self__, (*CONTAINERS, str, np.ndarray, Tensor)
        ):
            self._todo.append((x.__self__, f"the object of {word}", False))
        elif isinstance(x, CONTAINERS) and not isinstance(x, Optimizer):
            self._container(x, word)
        else:
            self._object(x, word)

    def _tensor(self, x: Tensor, word: str) -> None:
        if x.op is not None:
            raise Unseen(
                f"{word} is the result of an operation outside, with a graph of its own",
                "compute it inside, pass it as an argument, or take x.detach()",
            )
        self.objects.append((x, word))

    def _module_as_value(self, x: ModuleType, word: str) -> None:
        if x.__name__.partition(".")[0] == LIBRARY:
            return  # whatever in it does more than compute says so while it is traced
        raise Unseen(
            f"{word} is a module that is passed on as a value", "write module.name where it is used"
        )

    def _container(self, x: Any, word: str) -> None:
        self.guards.append(guards.Contents(f"what {word} holds", x))
        self._todo += [(part, f"an entry of {word}", False) for part in self.guards[-1].value]
        if isinstance(x, defaultdict):
            self._add(guards.Part(f"the factory of {word}", x, "default_factory"), word)
        if type(x) not in (*CONTAINERS, OrderedDict, defaultdict):
            self._object(x, word)

    def _array(self, x: np.ndarray, word: str) -> None:
        if type(x) is not np.ndarray or x.dtype.kind not in "biufc":
            raise Unseen(
                f"{word} is a {type(x).__name__} of {x.dtype}", "pass a plain array of numbers"
            )
        self.guards.append(guards.Numbers(f"the entries of {word}", x))

    def _operation(self, x: Any, word: str) -> None:
        if not isinstance(x, Op):  # a jitted function inside: what it wraps is what runs
            self._todo.append((x.f, word, False))
        elif (x.__module__ or "").partition(".")[0] != LIBRARY:
            self._todo += [
                (f, f"the operation {x.name}", False)
                for f in (x.forward, *x.gradients)
                if f is not None
            ]


def _wrapped(x: Any) -> list[Any] | None:
    """What something that wraps functions wraps; None where it is no such thing."""
    if isinstance(x, functools.partial):
        return [x.func, x.args, x.keywords]
    if isinstance(x, (staticmethod, classmethod)):
        return [x.__func__]
    if isinstance(x, property):
        return [part for part in (x.fget, x.fset, x.fdel) if part]
    if isinstance(x, functools.cached_property):
        return [x.func]
    return None
