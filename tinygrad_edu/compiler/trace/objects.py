"""Following classes and objects: the attributes that some code names, and what operators call."""

from __future__ import annotations

import functools
from types import FunctionType, MappingProxyType, MemberDescriptorType, MethodType, SimpleNamespace
from typing import Any

from ...formula import Op
from ...optim.base import Optimizer
from ...optim.update import is_declared
from ...tensor import Tensor
from . import guards
from .guards import MISSING, Guard
from .kinds import (
    CONTAINERS,
    called_by_library,
    is_module,
    is_python,
    is_standard,
    named,
    names_in,
    why,
)
from .reach import Reach, Unseen
from .trusted import LIBRARY, cure_of, trusted_module

MAKING = {
    "__new__",
    "__init__",
    "__init_subclass__",
    "__set_name__",
    "__del__",
    "__post_init__",
    "__reduce__",
    "__reduce_ex__",
    "__getstate__",
    "__setstate__",
    "__copy__",
    "__deepcopy__",
    "__class_getitem__",
    "__setattr__",
    "__delattr__",
    "__getnewargs__",
    "__getnewargs_ex__",
    "__replace__",
    "__signature__",
}


class ObjectReach(Reach):
    """What objects, and the classes that they are of, hold."""

    unbuilt: bool

    def _class(self, cls: type, word: str) -> None:
        if (
            is_standard(cls.__module__)
            or trusted_module(cls.__module__)
            or cls.__module__ == "builtins"
        ):
            raise Unseen(f"{word} is {named(cls)}, which {why(cls)}", cure_of(cls))
        self._members_of(cls, making=True)

    def _members_of(self, cls: type, *, making: bool) -> None:
        """The class and its bases: what operators call, and later what names are said."""
        for base in cls.__mro__:
            if trusted_module(base.__module__) or base.__module__ == "builtins":
                continue
            self.objects.append((base, f"the class {base.__qualname__}"))
            for name, value in list(vars(base).items()):
                implicit = (
                    name.startswith("__")
                    and name.endswith("__")
                    and isinstance(value, (FunctionType, staticmethod, classmethod))
                )
                if implicit and (making or name not in MAKING) and self._once(id(base), name):
                    value = getattr(value, "__wrapped__", value) if name == "__repr__" else value
                    self._todo.append((value, f"{base.__qualname__}.{name}", False))
            if is_module(base):
                for name in called_by_library(base) & vars(base).keys():
                    self._attribute(base, name, f"the class {base.__qualname__}")

    def _object(self, x: Any, word: str) -> None:
        cls = type(x)
        if is_module(type(x)):
            self._module(x, word)
            return
        ours = cls.__module__.partition(".")[0] == LIBRARY
        if isinstance(x, Optimizer) and not ours:
            if not is_declared(x):
                raise Unseen(
                    f"{word} is an optimizer of your own, {cls.__name__}, that says in methods "
                    "what it does",
                    "call its step() outside, after the function, or write its update as lines",
                )
            ours = True  # guards.of_optimizer watches its class
        standard = is_standard(cls.__module__) and not trusted_module(cls.__module__)
        seen = ours or cls is SimpleNamespace or (not standard and all(map(is_python, cls.__mro__)))
        if not seen:
            raise Unseen(f"{word} is a {cls.__qualname__}, whose inside cannot be seen", cure_of(x))
        if not ours:
            self.guards.append(guards.Part(f"the class of {word}", x, "__class__"))
            self._members_of(cls, making=False)
        if trusted_module(cls.__module__) and not ours:  # its own code reads it too: all of it
            for name in sorted(names_in(x)):
                self._attribute(x, name, word)
        self.objects.append((x, word))

    def _module(self, x: Any, word: str) -> None:
        members = guards.Members(word, x)
        self.guards.append(members)
        self.unbuilt = self.unbuilt or getattr(x, "parameters_drawn", True) is False
        self._members_of(type(x), making=False)
        own = not trusted_module(type(x).__module__)
        for name, value in members.value.items():
            if (
                is_module(type(value))
                or isinstance(value, (Op, FunctionType, MethodType, functools.partial, *CONTAINERS))
                or (callable(value) and not isinstance(value, type) and not own)
            ):
                self._todo.append((value, f"{word}.{name}", False))
        self.objects.append((x, word))

    def _attributes(self, x: Any, word: str) -> None:
        """The attributes of x that some code names."""
        if isinstance(x, Tensor):  # its numbers are an input
            for name in {"name", "retains"} & self.said:
                self._attribute(x, name, word)
            return
        names = self.said
        if self.everything:
            ours = type(x).__module__.partition(".")[0] == LIBRARY
            own = guards.Members.OWN if is_module(type(x)) else ()
            names = names | ({n for n in names_in(x) if n not in own} if not ours else set())
        for name in sorted(
            n for n in names if isinstance(n, str) and not (n.startswith("_") and n.endswith("_"))
        ):
            self._attribute(x, name, word)

    def _attribute(self, x: Any, name: str, word: str) -> None:
        if (id(x), name) in self._looked:
            return
        self._looked.add((id(x), name))
        what = f"{word}.{name}" if not isinstance(x, type) else f"{x.__qualname__}.{name}"
        if isinstance(x, type):
            guard: Guard = guards.Entry(what, _Dict(x), name)
        elif isinstance(getattr(type(x), name, None), MemberDescriptorType):
            guard = guards.Part(what, x, name)
        elif hasattr(x, "__dict__"):
            guard = guards.Attribute(what, x, name)
            if guard.value is MISSING:
                self.absent.setdefault(id(x), (x, word, []))[2].append(name)
                return
        else:
            return
        if isinstance(guard.value, (MemberDescriptorType, MappingProxyType)):
            return
        self._add(guard, what)


class _Dict:
    """A class' own entries, by a view that does not go stale."""

    def __init__(self, cls: type) -> None:
        self.cls = cls

    def get(self, key: str, default: Any) -> Any:
        return self.cls.__dict__.get(key, default)
