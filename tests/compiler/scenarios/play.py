"""A scenario is the text of a small program, run twice: plainly and compiled, each time in a world
of its own.

The text defines `call()`, one call of what is tried; it may define `changes`, a list of functions
that change what is read, and `look()`, which tells of effects. The world gives it `jit` (`tg.jit`,
or a function that does nothing), `JIT` (what `fit(jit=JIT)` gets) and some data. A world's diary is
what each call gave, after each change: numbers to the bit, exceptions, effects, text that was
printed, warnings.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import linecache
import os
import re
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType, ModuleType
from typing import Any

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import formula

BEGIN = """\
import collections, copy, dataclasses, functools, itertools, math, operator, random, time, types
import numpy as np
import tinygrad_edu as tg
from tinygrad_edu import nn, optim
x = np.array([1.0, -2.0, 3.0])
w = tg.tensor([0.5, 1.5, -2.5], requires_grad=True, name="w")
look, changes, end = (lambda: None), [], (lambda: None)
X = np.random.default_rng(0).normal(size=(36, 2)).astype(np.float32)
Y = np.random.default_rng(1).normal(size=(36, 1)).astype(np.float32)
def weights(model):
    return [p.numpy() for p in model.parameters()]
"""
_BEGUN = compile(BEGIN, "<the beginning of a scenario>", "exec")
EXPECTED = ("runs", "equal", "refused", "either")
CURE = re.compile(r"\b(write|pass|use|make|give|compute|return|move|put|take|call|read|set|draw|keep|hand|leave|train"
                  r"|rebind|replace|run|build|ask|name|choose|do|define)\b", re.I)
_number = itertools.count()


@dataclass(frozen=True)
class Scenario:
    """`expect`: "runs", equal and compiled programs answered; "equal", compiled or not; "refused",
    a TraceError; "either", equal or refused. `fit` is never refused, so none of its scenarios says
    so."""

    name: str
    kind: str
    expect: str
    text: str
    calls: int = 3                       # of each state
    names: tuple[str, ...] = ()          # one of them is in the message of a refusal: what was read
    # the changes change no number, or numbers change by themselves
    vacant: bool = False
    # equal to rounding only: another summation order is allowed
    close: bool = False
    least: int = 1                       # calls that a program answered
    # fit: the function that runs at traces only, an expression in the world
    watched: str = ""
    bound: int = 0                       # and how often at most

    def __post_init__(self) -> None:
        assert self.expect in EXPECTED, self.name
        assert not (self.kind.split()[0] in ("fit", "evaluate", "predict") and self.expect in ("refused", "either"))


class World:
    """A text that runs as a module of its own, with its own globals."""

    def __init__(self, scenario: Scenario, compiled: bool) -> None:
        name = f"scenario_{next(_number)}"
        self.compiled, self.jitted = compiled and scenario.kind.startswith("jit"), []
        self.module = ModuleType(name)
        self.file = f"<{name}>"
        lines = (BEGIN + scenario.text).splitlines(keepends=True)
        # as if it came from a file
        linecache.cache[self.file] = (sum(map(len, lines)), None, lines, self.file)
        sys.modules[name] = self.module
        self.space = vars(self.module)
        self.space.update(jit=self.jit, JIT=compiled)
        exec(_BEGUN, self.space)
        # where it stands in the file
        exec(compile("\n" * BEGIN.count("\n") + scenario.text, self.file, "exec"), self.space)

    def jit(self, f: Callable[..., Any]) -> Any:
        if not self.compiled:
            return f
        made = tg.jit(f)
        self.jitted.append(made)
        return made

    def runs(self) -> int:
        """How many calls were answered by a program: of what `jit` made, and of methods that it
        made."""
        more = self.space["counted"]() if "counted" in self.space else [self.space.get("f")]
        found = [getattr(f, "__func__", f) for f in [*self.jitted, *more] if hasattr(f, "runs")]
        return sum(f.runs for f in {id(f): f for f in found}.values())

    def close(self) -> None:
        self.space.get("end", lambda: None)()
        del sys.modules[self.module.__name__]
        linecache.cache.pop(self.file, None)


@contextlib.contextmanager
def world_of(scenario: Scenario, compiled: bool) -> Iterator[World]:
    tables = [(table, dict(table)) for table in (formula.OPS, formula.BY_NUMPY, os.environ)]
    world = World(scenario, compiled)
    try:
        yield world
    finally:
        world.close()
        for table, before in tables:             # what a text declares leaves no trace
            if dict(table) != before:
                table.clear()
                table.update(before)


@dataclass
class Diary:
    """What happened, a page a call."""

    pages: list[Any]
    states: list[int]                    # the state that a page belongs to
    refusal: str = ""                    # a TraceError's message, which ends it
    runs: int = 0
    program: str | None = None           # of fit
    executed: int = 0                    # how often the watched function ran


def play(scenario: Scenario, compiled: bool) -> Diary:
    """The diary of one world."""
    with world_of(scenario, compiled) as world, counting(world, scenario.watched if compiled else "") as executed:
        diary = Diary([], [])
        for state, change in enumerate([None, *world.space["changes"]]):
            if change is not None:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    change()
            for _ in range(scenario.calls):
                page = one_call(world)
                if isinstance(page, tg.TraceError):
                    diary.refusal = str(page) or "no reason"
                    return diary
                diary.pages.append(page)
                diary.states.append(state)
        if compiled:
            diary.runs = world.runs() if world.jitted else 0
            if (model := world.space.get("model")) is not None and scenario.kind.startswith("fit"):
                diary.program = model.program()
        diary.executed = executed[0]
        return diary


def one_call(world: World, name: str = "call") -> Any:
    """What a call gave, raised, printed, warned of, and what it left behind."""
    printed = io.StringIO()
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stdout(printed):
        warnings.simplefilter("always")
        try:
            gave = ("gave", frozen(world.space[name]()))
        except tg.TraceError as refused:
            return refused
        except Exception as error:
            own = type(error).__module__.startswith("tinygrad_edu")      # its words may name a step
            gave = ("raised", type(error).__name__, "" if own else str(error))
    said = sorted({re.sub(r" encountered in .*", "", str(w.message)) for w in warned
                   if issubclass(w.category, (RuntimeWarning, UserWarning)) and not str(w.message).startswith("jit")})
    return [gave, frozen(world.space["look"]()), printed.getvalue(), said]


@contextlib.contextmanager
def counting(world: World, watched: str) -> Iterator[list[int]]:
    """How often the code of a function runs meanwhile: a program does not run it."""
    count = [0]
    if not watched:
        yield count
        return
    code: CodeType = eval(watched, world.space).__code__

    def look_on(frame: Any, event: str, _: Any) -> None:
        if event == "call" and frame.f_code is code:
            count[0] += 1
    before = sys.gettrace()
    sys.settrace(look_on)                # asked at Python's calls alone; a profile's function at returns and C's too
    try:
        yield count
    finally:
        sys.settrace(before)


class Numbers:
    """An array's numbers: equal to the bit, with signs of zeros; a NaN equals a NaN."""

    def __init__(self, what: str, array: np.ndarray) -> None:
        self.head, self.values = f"{what} {array.dtype}{list(array.shape)}", array.copy()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Numbers) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(self.head)

    def __repr__(self) -> str:
        return f"{self.head} {self.values.tolist()!r}"

    def near(self, other: Any) -> bool:
        if self.values.dtype.kind in "US":
            return self == other
        return isinstance(other, Numbers) and self.head == other.head and np.allclose(
            self.values, other.values, rtol=1e-5, atol=1e-6, equal_nan=True)


def frozen(x: Any) -> Any:
    """x as something that stays, can be compared and can be read."""
    if isinstance(x, tg.Tensor):
        return Numbers("tensor", x.numpy())
    if isinstance(x, (np.ndarray, np.generic)):
        if x.dtype == object:
            return ["objects", *map(frozen, x.reshape(-1))]
        return Numbers(type(x).__name__ if isinstance(x, np.generic) else "array", np.asarray(x))
    if isinstance(x, dict):
        return {str(k): frozen(v) for k, v in x.items()}
    if isinstance(x, (list, tuple, deque)):
        return [type(x).__name__, *map(frozen, x)]
    if x is None or isinstance(x, (bool, int, float, complex, str, bytes)):
        return f"{type(x).__name__} {x!r}"
    return type(x).__name__


def equal(a: Any, b: Any, close: bool = False) -> bool:
    """Whether two pages say the same."""
    if not close:
        return a == b
    if isinstance(a, Numbers):
        return a.near(b)
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(equal(a[k], b[k], True) for k in a)
    if isinstance(a, (list, tuple)):
        return isinstance(b, (list, tuple)) and len(a) == len(b) and all(
            equal(x, y, True) for x, y in zip(a, b, strict=True))
    if isinstance(a, str) and isinstance(b, str) and a.startswith("float ") and b.startswith("float "):
        return bool(np.isclose(float(a[6:]), float(b[6:]), rtol=1e-5, equal_nan=True))
    return bool(a == b)


def first_difference(scenario: Scenario, plain: Diary, other: Diary) -> str:
    """In words, or nothing."""
    for k, (a, b) in enumerate(zip(plain.pages, other.pages, strict=False)):
        if not equal(a, b, scenario.close):
            return (f"{scenario.name}: call {k + 1}, in state {plain.states[k]}:\n  plain    {a}\n  compiled {b}\n"
                    f"{scenario.text}")
    if not other.refusal and len(plain.pages) != len(other.pages):
        return f"{scenario.name}: {len(plain.pages)} calls, and {len(other.pages)}"
    return ""
