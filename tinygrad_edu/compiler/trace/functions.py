"""Following functions: their code, variables, defaults and globals."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from types import FunctionType, ModuleType
from typing import Any

from ...formula import Op
from ...tensor import Tensor
from . import guards
from .code import Reads, reads_of
from .guards import MISSING, Guard
from .kinds import is_module, is_standard, named, why
from .reach import Reach, Unseen
from .trusted import DYNAMIC, LIBRARY, cure_of, is_pure, trusted_module


class FunctionReach(Reach):
    """What the code of functions reads from outside."""

    guards: list[Guard]
    said: set[str]
    everything: bool

    def _function(self, f: FunctionType, word: str, variable: bool) -> None:
        trusted = trusted_module(f.__globals__.get("__name__"))
        if trusted and not f.__closure__:
            if not is_pure(f):
                raise Unseen(f"{word} is {named(f)}, which {why(f)}", cure_of(f))
            return
        if not trusted and is_standard(f.__globals__.get("__name__")):
            raise Unseen(f"{word} is {named(f)}, whose inside cannot be seen", cure_of(f))
        if variable:
            self.twinned[id(f)] = f
        if self._once("function", id(f)):
            self.guards += guards.parts_of(f, word)
        for key, value in [*enumerate(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).items()]:
            self._value(None, value, f"a default of {word}", variable, (id(f), str(key)))
        for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            what = f"the variable {name}"
            guard = guards.Cell(what, cell)
            if (
                trusted
                and type(guard.value).__module__.partition(".")[0] == LIBRARY
                and not is_module(type(guard.value))
                and not isinstance(guard.value, (Tensor, Op))
                and not getattr(type(guard.value), "is_jitted", False)
            ):
                self.guards.append(guard)  # what this library's own code does with it is known
            else:
                self._value(guard, MISSING, what, variable, (id(cell), name))
        if trusted:
            return
        if f.__kwdefaults__ and self._once("kwdefaults", id(f)):
            self.guards.append(guards.Contents(f"the keyword defaults of {word}", f.__kwdefaults__))
        if vars(f):
            self.objects.append((f, word))
        reads = reads_of(f.__code__)
        self._code(reads, word)
        cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))
        for name, chain in reads.outer:
            value = guards.Cell(name, cells[name]).value
            if isinstance(value, ModuleType):
                self._chain(value, chain, name)
        for name, chain in reads.globals:
            self._global(f.__globals__, name, chain, variable, word)

    def _code(self, reads: Reads, word: str) -> None:
        if reads.refused:
            raise Unseen(f"{word} {reads.refused[0]}", reads.refused[1])
        self.said |= reads.attributes
        self.everything = self.everything or reads.everything

    def _global(
        self, scope: dict[str, Any], name: str, chain: tuple[str, ...], variable: bool, word: str
    ) -> None:
        what = f"the global {name}"
        if name not in scope and hasattr(builtins, name):
            if self._once(id(scope), name):
                self.guards.append(guards.Entry(what, scope, name))
            self._builtin(getattr(builtins, name), name, word)
            return
        self._value(guards.Entry(what, scope, name), MISSING, what, variable, (id(scope), name))
        if isinstance(scope.get(name), ModuleType):
            self._chain(scope[name], chain, name)

    def _builtin(self, x: Any, name: str, word: str) -> None:
        if any(x is f for f in DYNAMIC):
            self.everything = True
        if x is type:  # which tells a stand-in from an array
            self.asks_type = word
            return
        if not is_pure(x):
            raise Unseen(f"{word} calls {name}", cure_of(x))

    def _chain(self, value: Any, chain: Iterable[str], word: str) -> None:
        """np.linalg.norm, settings.RATE: what stands in modules is read exactly."""
        for name in chain:
            if not isinstance(value, ModuleType):
                return
            scope, word = value, f"{word}.{name}"
            value = getattr(scope, name, MISSING)
            if not trusted_module(scope.__name__) and self._once(id(scope), name):
                self._add(guards.Entry(word, vars(scope), name), word)
            elif (
                trusted_module(scope.__name__)
                and value is not MISSING
                and not isinstance(value, ModuleType)
            ):
                if (
                    isinstance(value, FunctionType)
                    and trusted_module(value.__module__)
                    and not is_pure(value)
                ):
                    raise Unseen(f"{word} {why(value)}", cure_of(value))
                self._todo.append((value, word, False))
        if isinstance(value, ModuleType):
            self._look(value, word, False)
