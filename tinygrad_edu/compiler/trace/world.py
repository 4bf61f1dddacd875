"""The world of a function: everything outside that it can read, found before it runs.

Code reaches the outside only through its globals, the variables of enclosing functions, its
defaults, `self` and its frozen arguments; and from there through attributes, whose names stand in
the code, and through what containers hold. So all of that is followed. Each place becomes a guard;
an array in a variable becomes an input; and whatever cannot be looked into (a file, a random
generator, a function written in C that is on no list) is `Unseen`, with its name.
"""

from __future__ import annotations

import builtins
import functools
import sys
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable
from types import (
    BuiltinFunctionType,
    FunctionType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any

import numpy as np

from ...formula import Op
from ...optim import Optimizer
from ...tensor import Tensor
from . import guards
from .code import Reads, reads_of
from .guards import MISSING, Guard, Place, is_plain
from .trusted import DYNAMIC, LIBRARY, cure_of, is_pure, trusted_module

LIMIT = 10_000
"""Places and pieces of code that a function may reach."""

_CONTAINERS = (list, tuple, dict, set, frozenset, deque)
_MAKING = {
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
# What of a module is no part of its call.
_APART = {
    "compile",
    "fit",
    "evaluate",
    "predict",
    "summary",
    "program",
    "save_weights",
    "load_weights",
}
_APART |= {"state_dict", "load_state_dict", "name_and_seed_layers", "take_name"}
# Where the parts of nn.Module stand.
_BASES = frozenset(f"{LIBRARY}.nn.{part}" for part in ("call", "tree", "state", "module"))


class Unseen(Exception):
    """The function reads something that cannot be watched; `what`, and the `cure`."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what}; {cure}")
        self.what, self.cure = what, cure


class World:
    """What `roots` can read: `guards`, `places` (arrays in variables, which are inputs), and
    whether layers that have no parameters yet are among it (`unbuilt`).

    The first root is the function itself. Functions that are reached from it through variables
    alone can be given other arrays (`twins.py`); in others, and deeper inside objects, an array is
    guarded by its numbers.
    """

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
            (root, _word(root), k == 0) for k, root in enumerate(roots)
        ][::-1]
        self._follow()
        self.guards += [guards.Absent(word, x, names) for x, word, names in self.absent.values()]

    def changed(self) -> list[Guard]:
        """What is no longer as it was."""
        return guards.changed(self.guards)

    def knows(self, x: Any) -> bool:
        """Whether x is one of the objects that the function has from outside."""
        return (id(x), False) in self._seen or (id(x), True) in self._seen

    # Following

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

    def _look(self, x: Any, word: str, variable: bool) -> None:
        """What x is decides what is to be followed. `variable`: it was reached through variables
        alone."""
        if is_plain(x) or (id(x), variable) in self._seen:
            return
        self._seen[id(x), variable] = x
        if isinstance(x, Tensor):
            if x.op is not None:
                raise Unseen(
                    f"{word} is the result of an operation outside, with a graph of its own",
                    "compute it inside, pass it as an argument, or take x.detach()",
                )
            self.objects.append((x, word))
        elif isinstance(x, FunctionType):
            self._function(x, word, variable)
        elif isinstance(x, MethodType):
            self._todo += [
                (x.__func__, word, variable),
                (x.__self__, f"the object of {word}", False),
            ]
        elif isinstance(x, Op) or getattr(type(x), "is_jitted", False):
            self._operation(x, word)
        elif is_pure(x):
            pass
        elif isinstance(x, np.random.SeedSequence):
            pass  # nothing draws from it but what is refused
        elif isinstance(x, np.ndarray):
            self._array(x, word)
        elif isinstance(x, type):
            self._class(x, word)
        elif isinstance(x, ModuleType):
            if x.__name__.partition(".")[0] == LIBRARY:
                return  # whatever in it does more than compute says so while it is traced
            raise Unseen(
                f"{word} is a module that is passed on as a value",
                "write module.name where it is used",
            )
        elif isinstance(x, BuiltinFunctionType) and isinstance(
            x.__self__, (*_CONTAINERS, str, np.ndarray, Tensor)
        ):
            self._todo.append((x.__self__, f"the object of {word}", False))
        elif isinstance(x, functools.partial):
            self._todo += [(part, word, False) for part in (x.func, x.args, x.keywords)]
        elif isinstance(x, (staticmethod, classmethod)):
            self._todo.append((x.__func__, word, False))
        elif isinstance(x, property):
            self._todo += [(part, word, False) for part in (x.fget, x.fset, x.fdel) if part]
        elif isinstance(x, functools.cached_property):
            self._todo.append((x.func, word, False))
        elif isinstance(x, _CONTAINERS) and not isinstance(x, Optimizer):
            self.guards.append(guards.Contents(f"what {word} holds", x))
            self._todo += [(part, f"an entry of {word}", False) for part in self.guards[-1].value]
            if isinstance(x, defaultdict):
                self._add(guards.Part(f"the factory of {word}", x, "default_factory"), word)
            if type(x) not in (*_CONTAINERS, OrderedDict, defaultdict):
                self._object(x, word)
        else:
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

    # Functions

    def _function(self, f: FunctionType, word: str, variable: bool) -> None:
        trusted = trusted_module(f.__globals__.get("__name__"))
        if trusted and not f.__closure__:
            if not is_pure(f):
                raise Unseen(f"{word} is {_named(f)}, which {_why(f)}", cure_of(f))
            return
        if not trusted and _is_standard(f.__globals__.get("__name__")):
            raise Unseen(f"{word} is {_named(f)}, whose inside cannot be seen", cure_of(f))
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
                and not _is_module(type(guard.value))
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
                    raise Unseen(f"{word} {_why(value)}", cure_of(value))
                self._todo.append((value, word, False))
        if isinstance(value, ModuleType):
            self._look(value, word, False)

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

    # Classes and objects

    def _class(self, cls: type, word: str) -> None:
        if (
            _is_standard(cls.__module__)
            or trusted_module(cls.__module__)
            or cls.__module__ == "builtins"
        ):
            raise Unseen(f"{word} is {_named(cls)}, which {_why(cls)}", cure_of(cls))
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
                if implicit and (making or name not in _MAKING) and self._once(id(base), name):
                    value = getattr(value, "__wrapped__", value) if name == "__repr__" else value
                    self._todo.append((value, f"{base.__qualname__}.{name}", False))
            if _is_module(base):
                for name in _called(base) & vars(base).keys():
                    self._attribute(base, name, f"the class {base.__qualname__}")

    def _object(self, x: Any, word: str) -> None:
        cls = type(x)
        if _is_module(type(x)):
            self._module(x, word)
            return
        ours = cls.__module__.partition(".")[0] == LIBRARY
        if isinstance(x, Optimizer) and not ours:
            raise Unseen(
                f"{word} is an optimizer of your own, {cls.__name__}",
                "call its step() outside, after the function",
            )
        standard = _is_standard(cls.__module__) and not trusted_module(cls.__module__)
        seen = (
            ours or cls is SimpleNamespace or (not standard and all(map(_is_python, cls.__mro__)))
        )
        if not seen:
            raise Unseen(f"{word} is a {cls.__qualname__}, whose inside cannot be seen", cure_of(x))
        if not ours:
            self.guards.append(guards.Part(f"the class of {word}", x, "__class__"))
            self._members_of(cls, making=False)
        if trusted_module(cls.__module__) and not ours:  # its own code reads it too: all of it
            for name in sorted(_names_in(x)):
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
                _is_module(type(value))
                or isinstance(
                    value, (Op, FunctionType, MethodType, functools.partial, *_CONTAINERS)
                )
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
            own = guards.Members.OWN if _is_module(type(x)) else ()
            names = names | ({n for n in _names_in(x) if n not in own} if not ours else set())
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


def _names_in(x: Any) -> set[str]:
    """The attributes and slots that x has."""
    slots = {
        n
        for c in type(x).__mro__
        for n, v in vars(c).items()
        if isinstance(v, MemberDescriptorType)
    }
    return {*(vars(x) if hasattr(x, "__dict__") else ()), *slots}


def _is_module(cls: type) -> bool:
    """Whether a class is a layer's or a model's. (`nn` stands above the compiler, so its name is
    not used here.)"""
    return hasattr(cls, "named_parameters")


def _called(cls: type) -> set[str]:
    """What this library calls of a module, which a user's class may have written anew."""
    ours = [base for base in cls.__mro__ if base.__module__ in _BASES]
    return {n for base in ours for n in vars(base) if not n.startswith("__")} - _APART


def _is_standard(module: str | None) -> bool:
    """Whether code belongs to Python itself, and is not on the list of what is trusted."""
    top = (module or "").partition(".")[0]
    return top in sys.stdlib_module_names and module != "__main__" and not trusted_module(module)


def _is_python(cls: type) -> bool:
    """Whether a class keeps nothing but attributes and slots: it was made by a class statement, or
    is that of plain values."""
    if cls in (object, int, float, complex, str, bytes, *_CONTAINERS):
        return True
    if cls.__module__.partition(".")[0] == LIBRARY:
        return True
    immutable, pointer = 1 << 8, 8
    slots = sum(isinstance(v, MemberDescriptorType) for v in vars(cls).values())
    base = cls.__base__ or object
    return not cls.__flags__ & immutable and cls.__basicsize__ <= base.__basicsize__ + pointer * (
        slots + 2
    )


def _word(x: Any) -> str:
    return (
        f"the function {x.__name__}"
        if isinstance(x, (FunctionType, MethodType))
        else f"the {type(x).__name__}"
    )


def _named(x: Any) -> str:
    module = (
        (getattr(x, "__module__", None) or "").replace("numpy", "np", 1).replace(LIBRARY, "tg", 1)
    )
    return f"{module}.{getattr(x, '__qualname__', x)}".lstrip(".")


def _why(x: Any) -> str:
    if "random" in (getattr(x, "__module__", None) or ""):
        return "draws another number at every call"
    return "does more than read its arguments"
