"""Guards: what must be as it was for a program to stand for its function.

Each guard is one place that the function reads, with what was found there. It can be asked
(`holds`), and it can write the same question as an expression (`condition`), so that a program asks
all of them in one line.
"""

from __future__ import annotations

import operator
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from types import CellType, FunctionType
from typing import Any

import numpy as np

from ...habits.arrays import Count
from ...optim.update import METHODS, own_classes

MISSING = type("Missing", (), {"__repr__": lambda self: "nothing"})()
"""What stands in a place where there is nothing."""

PLAIN = (
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    type(None),
    type(...),
    range,
    type(NotImplemented),
    Count,
)

ONE_OF_A_KIND = (bool, type(None), type(...), type(NotImplemented))
"""Plain values that are equal only where they are the same object."""

OURS = {"__code__", "__defaults__", "__kwdefaults__", "__class__", "values", "gradients"}
"""Attributes whose names are Python's, or this library's."""

Name = Callable[[Any], str]
"""Gives an object a name in the text of a condition."""


def is_plain(x: Any) -> bool:
    """Whether x is a value and nothing else: it has no inside that could change."""
    return (
        type(x) in PLAIN
        or isinstance(x, (np.generic, np.dtype))
        or (type(x) is slice and all(type(v) in PLAIN for v in (x.start, x.stop, x.step)))
    )


def same(a: Any, b: Any) -> bool:
    """Whether two objects are equal plain values: 0.0 is not -0.0, 1 is not True, and nan is
    nan."""
    return type(a) is type(b) and is_plain(a) and repr(a) == repr(b)


class Guard:
    """A place, and the object that was there; an equal plain value will do as well."""

    def __init__(self, what: str) -> None:
        self.what = what  # in words: "the global RATE"
        self.value: Any = self.read()

    def read(self) -> Any:
        """What is there now."""
        raise NotImplementedError

    def text(self, name: Name) -> str:
        """The expression that reads the place."""
        raise NotImplementedError

    def holds(self) -> bool:
        now = self.read()
        return now is self.value or same(now, self.value)

    def condition(self, name: Name) -> str:
        read, value = self.text(name), name(self.value)
        if type(self.value) in ONE_OF_A_KIND or not is_plain(self.value):
            return f"{read} is {value}"
        return f"({read} is {value} or {name(same)}({read}, {value}))"

    def says(self) -> str:
        """What changed, in words."""
        return self.what

    def settles(self) -> bool:
        """Whether it changed as what is made when first used does: from nothing, or None, to
        something."""
        return self.value is MISSING or self.value is None


class Cell(Guard):
    """A variable of an enclosing function."""

    def __init__(self, what: str, cell: CellType) -> None:
        self.cell = cell
        super().__init__(what)

    def read(self) -> Any:
        try:
            return self.cell.cell_contents
        except ValueError:
            return MISSING

    def text(self, name: Name) -> str:
        return f"{name(self.cell)}.cell_contents"


class Entry(Guard):
    """A global, or what a class says."""

    mapping: Any
    key: str

    def __init__(self, what: str, mapping: Any, key: str) -> None:
        self.mapping, self.key = mapping, key
        super().__init__(what)

    def read(self) -> Any:
        return self.mapping.get(self.key, MISSING)

    def text(self, name: Name) -> str:
        return f"{name(self.mapping)}.get({name(self.key)}, {name(MISSING)})"


class Attribute(Guard):
    """What an object has in its own `__dict__`."""

    owner: Any
    key: str

    def __init__(self, what: str, owner: Any, key: str) -> None:
        self.owner, self.key = owner, key
        super().__init__(what)

    def read(self) -> Any:
        return self.owner.__dict__.get(self.key, MISSING)

    def text(self, name: Name) -> str:
        return f"{name(self.owner)}.__dict__.get({name(self.key)}, {name(MISSING)})"


class Part(Guard):
    """An attribute that is no entry of `__dict__`: a slot, a function's defaults, an object's
    class."""

    owner: Any
    key: str

    def __init__(self, what: str, owner: Any, key: str) -> None:
        self.owner, self.key = owner, key
        super().__init__(what)

    def read(self) -> Any:
        return getattr(self.owner, self.key, MISSING)

    def text(self, name: Name) -> str:
        if self.key in OURS:  # the names of a user's slots stay out of the text
            return f"{name(self.owner)}.{self.key}"  # an AttributeError is no match either
        return f"getattr({name(self.owner)}, {name(self.key)}, {name(MISSING)})"


class Held(Guard):
    """A place that must still hold an array whose numbers were looked at."""

    place: Guard
    array: np.ndarray

    def __init__(self, what: str, place: Guard, array: np.ndarray) -> None:
        self.place, self.array = place, array
        super().__init__(what)

    def read(self) -> Any:
        return self.place.read()

    def text(self, name: Name) -> str:
        return self.place.text(name)


class Absent(Guard):
    """Attributes that an object does not have in its own `__dict__`."""

    owner: Any
    names: frozenset[str]

    def __init__(self, what: str, owner: Any, names: list[str]) -> None:
        self.owner, self.names = owner, frozenset(names)
        super().__init__(what)

    def read(self) -> list[str]:
        return sorted(self.names & self.owner.__dict__.keys())

    def holds(self) -> bool:
        return not self.read()

    def condition(self, name: Name) -> str:
        return f"{name(self.names)}.isdisjoint({name(self.owner)}.__dict__)"

    def says(self) -> str:
        return f"{', '.join(self.read())} of {self.what}"

    def settles(self) -> bool:
        return True


class Contents(Guard):
    """What a list, tuple, dict, set or deque holds, in order."""

    def __init__(self, what: str, container: Any) -> None:
        self.container = container
        super().__init__(what)

    def read(self) -> list[Any]:
        x = self.container
        if not isinstance(x, dict):
            return [*_base(x).__iter__(x)]
        if isinstance(x, OrderedDict):  # whatever a subclass makes of it
            return [*OrderedDict.keys(x), *OrderedDict.values(x)]
        return [*dict.keys(x), *dict.values(x)]

    def holds(self) -> bool:
        now = self.read()
        return len(now) == len(self.value) and all(
            a is b or same(a, b) for a, b in zip(now, self.value, strict=True)
        )

    def condition(self, name: Name) -> str:
        listed = "*{0}.keys(), *{0}.values()" if type(self.container) is dict else "*{0}"
        if type(self.container) not in (dict, list, tuple, set, frozenset, deque):
            return f"{name(self)}.holds()"
        then = name([id(x) for x in self.value])
        ids = f"[*map(id, [{listed.format(name(self.container))}])] == {then}"
        return f"({ids} or {name(self)}.holds())" if any(map(is_plain, self.value)) else ids

    def settles(self) -> bool:
        return False


class Numbers(Guard):
    """The entries of an array that the function may look at."""

    def __init__(self, what: str, array: np.ndarray) -> None:
        self.array = array
        super().__init__(what)

    def read(self) -> Any:
        a = self.array
        return a.shape, a.strides, a.dtype, a.tobytes()

    def holds(self) -> bool:
        return bool(self.read() == self.value)

    def condition(self, name: Name) -> str:
        return f"{name(self)}.holds()"

    def settles(self) -> bool:
        return False


class Members(Guard):
    """All attributes of a module, as the engine sees them: asked only where some module was
    changed."""

    # What `compile` and `fit` write, and no layer reads.
    OWN = frozenset(
        "history plan stop_training stop_evaluating stop_predicting optimizer first_call".split()
    )

    def __init__(self, what: str, module: Any) -> None:
        self.module = module
        super().__init__(what)

    def read(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self.module).items() if k not in self.OWN}

    def holds(self) -> bool:
        now = self.read()
        return now.keys() == self.value.keys() and all(
            v is self.value[k] or same(v, self.value[k]) for k, v in now.items()
        )

    def _changed(self) -> list[str]:
        now = self.read()
        return [
            k
            for k in {**self.value, **now}
            if now.get(k, MISSING) is not self.value.get(k, MISSING)
        ]

    def says(self) -> str:
        return f"the attribute {', '.join(self._changed())} of {self.what}"

    def settles(self) -> bool:
        return all(self.value.get(k) is None and k in self.read() for k in self._changed())


class Switch(Guard):
    """A setting that decides which lines of an update count: whether it is on."""

    owner: Any
    key: str
    ours: bool

    def __init__(self, what: str, owner: Any, key: str) -> None:
        self.owner, self.key = owner, key
        self.ours = not own_classes(type(owner))
        super().__init__(what)

    def read(self) -> bool:
        return bool(getattr(self.owner, self.key))

    def condition(self, name: Name) -> str:
        owner = name(self.owner)
        now = f"{owner}.{self.key}" if self.ours else f"getattr({owner}, {name(self.key)})"
        return f"(not {now}) is {not self.value}"


class Body(Guard):
    """What a class holds itself."""

    def __init__(self, what: str, cls: type) -> None:
        self.cls = cls
        super().__init__(what)

    def read(self) -> list[Any]:
        return [*vars(self.cls).keys(), *vars(self.cls).values()]

    def holds(self) -> bool:
        now = self.read()
        return len(now) == len(self.value) and all(map(operator.is_, now, self.value))

    def condition(self, name: Name) -> str:
        return f"{name(self)}.holds()"


def of_optimizer(optimizer: Any) -> list[Guard]:
    """What must be as it was for an optimizer's step to be what its lines say."""
    word, cls = f"the {type(optimizer).__name__}", type(optimizer)
    return [
        Absent(f"methods of {word}", optimizer, [*METHODS]),
        *(Switch(f"{key} of {word}", optimizer, key) for key in optimizer.rule().rule.switches),
        *(Body(f"the class {base.__name__}", base) for base in own_classes(cls)),
        *([Part(f"the class of {word}", optimizer, "__class__")] if own_classes(cls) else []),
    ]


class Place:
    """Where a function has an array from: it is read at every call, so only its kind is asked."""

    guard: Guard | None
    array: np.ndarray
    word: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __init__(self, guard: Guard | None, array: np.ndarray, word: str) -> None:
        self.guard, self.array, self.word = guard, array, word
        self.shape, self.dtype = array.shape, array.dtype

    def now(self) -> np.ndarray:
        """The array that is there now."""
        return self.array if self.guard is None else self.guard.read()

    def text(self, name: Name) -> str:
        """The expression that reads the array."""
        return name(self.array) if self.guard is None else self.guard.text(name)

    def condition(self, name: Name) -> str:
        read = self.text(name)
        kind = f"{read}.shape == {name(self.shape)} and {read}.dtype == {name(self.dtype)}"
        return kind if self.guard is None else f"type({read}) is {name(np.ndarray)} and {kind}"


def changed(guards: Iterable[Guard]) -> list[Guard]:
    """Those that do not hold any more."""
    return [g for g in guards if not g.holds()]


def parts_of(f: FunctionType, word: str) -> list[Guard]:
    """What can be put into a function that exists: other code, other defaults."""
    return [
        Part(f"the {part} of {word}", f, key)
        for part, key in (
            ("code", "__code__"),
            ("defaults", "__defaults__"),
            ("keyword defaults", "__kwdefaults__"),
        )
    ]


def _base(x: Any) -> Any:
    return next(kind for kind in (list, tuple, set, frozenset, deque) if isinstance(x, kind))
