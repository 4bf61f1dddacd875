"""`jit`: the function that a user calls, which traces where it must and runs a program where it
can."""

from __future__ import annotations

import copy
import functools
import inspect
import sys
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any, overload

import numpy as np

from .. import habits
from ..autodiff.messages import harmless
from ..autodiff.modes import mode
from ..tensor import Tensor
from ..transforms.trees import flatten
from .compiled import Compiled
from .trace.guards import Guard, is_plain
from .trace.tape import Tape, TraceError
from .trace.tracing import Trace
from .trace.world import Unseen, World

KEPT = 32
"""Programs that a function keeps, the last used ones: for arguments of other kinds, other settings,
other models."""

UNSTEADY = 32
"""Traces after which a function whose programs are hardly used again runs plainly."""


@overload
def jit(
    f: Callable[..., Any],
    *,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Jitted: ...
@overload
def jit(
    *, static_argnums: int | Sequence[int] = (), static_argnames: str | Sequence[str] = ()
) -> Callable[[Callable[..., Any]], Jitted]: ...
@habits.words
def jit(
    f: Any = None,
    *,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Any:
    """f, traced on its first call and compiled to straight-line NumPy: same numbers, same effects,
    fewer microseconds.

    **A compiled call means what the plain call means.** Everything that f reads is one of three
    things:

    - an *input*: tensors and arrays among the arguments (also in lists, tuples and dicts), tensors
      from outside, and arrays in variables from outside. They are read at every call, for the value
      and for the gradient;
    - *guarded*: numbers, settings, attributes, what lists and dicts hold, functions, modules. They
      are compared before every call; after a change f is traced anew;
    - or *refused*, by a TraceError that says what was read and what to write instead: random draws,
      files, counters, `print`, `if x > 0` on the entries of an argument, functions whose inside
      cannot be seen.

    The first call of a kind (shapes, dtypes, structure, plain values) is a real one, with its
    results and effects; it is written down while it runs. `source` is that program for reading,
    `program` is what runs, `runs` counts the calls that a program answered and `traces` those that
    were written down. `backward()`, `.grad`, gradient transforms, `no_grad`, an optimizer's step
    and assignments to `.data` are part of it. A result can be differentiated outside, to any order;
    where f calls `backward()` or changes parameters itself, its results are constants.

    Where programs are hardly ever used again (a Python float that is another one at every call) f
    runs plainly, with a warning. Plain values among the arguments (numbers, texts, None) need no
    mark; `static_argnums` and `static_argnames`, JAX' way to mark them, are taken, and checked: an
    array is no such value. Without f: `@jit(static_argnames="mode")`. See docs/compiled.md for the rule, with a cure for each thing that
    is refused.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([1.0, 2.0], requires_grad=True, name="w")
    >>> @jit
    ... def loss(x):
    ...     return ((x * w) ** 2).sum()
    >>> loss(np.array([3.0, 1.0])).backward(); w.grad
    array([18.,  4.])
    """
    if f is None:
        return functools.partial(
            jit, static_argnums=static_argnums, static_argnames=static_argnames
        )
    if not callable(f):
        raise TypeError(f"jit takes a function, and got {f!r:.40}; write jit(f)(x) for jit(f(x))")
    made = f if isinstance(f, Jitted) else Jitted(f)
    if static_argnums == () and static_argnames == ():
        return made
    return _with_static(made, static_argnums, static_argnames)


def _named(f: Jitted) -> str:
    return getattr(f.f, "__name__", "the function")


def _with_static(f: Jitted, numbers: Any, names: Any) -> Jitted:
    """f, whose arguments of these places and names are looked at before each trace: they are
    values, which a program is made for, and no arrays."""
    places = {numbers} if isinstance(numbers, int) else set(numbers)
    words = {names} if isinstance(names, str) else set(names)
    known = list(inspect.signature(f.f).parameters)
    if wrong := [n for n in places if not -len(known) <= n < len(known)]:
        raise ValueError(f"static_argnums={wrong[0]}: {_named(f)} has {len(known)} parameters")
    if stray := words - set(known):
        raise ValueError(
            f"static_argnames={sorted(stray)[0]!r}: {_named(f)} has the parameters "
            f"{', '.join(known)}"
        )
    f.static = frozenset(known[n] for n in places) | words
    return f


class Jitted:
    """A function under `jit`. `source` and `program` are of its latest trace.

    Not `strict`, it runs plainly where jit would refuse; `refusal` says why then. `constants`:
    results are not differentiated outside. `roots` are objects that it reads beside what its code
    shows, `watch` makes guards for more.
    """

    is_jitted = True

    def __init__(
        self,
        f: Callable[..., Any],
        strict: bool = True,
        constants: bool = False,
        roots: tuple[Any, ...] = (),
        watch: Callable[[], list[Guard]] = list,
    ) -> None:
        functools.update_wrapper(self, f, updated=())
        self.f, self.strict, self.constants, self.roots, self.watch = (
            f,
            strict,
            constants,
            roots,
            watch,
        )
        self.programs: OrderedDict[Any, list[Compiled]] = (
            OrderedDict()
        )  # by the arguments' kind, last used last
        self.refused: OrderedDict[Any, str] = OrderedDict()  # only where not strict
        self.refusal = ""
        self.latest: Compiled | None = None
        self.usual: Compiled | None = None  # of the last call, where arguments were plain
        self._traces = self._runs = 0
        self.methods: weakref.WeakSet[Jitted] = weakref.WeakSet()
        self.bound: OrderedDict[int, tuple[Any, Jitted]] = OrderedDict()  # of objects with slots
        self.warned = False
        self.static: frozenset[str] = frozenset()

    # As a method, as a copy

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As a method: each object has programs of its own, which go with it."""
        if instance is None:
            return self
        name = f"_jitted_{getattr(self.f, '__qualname__', 'f')}"
        held = getattr(instance, "__dict__", None)
        found: Any = None if held is None else held.get(name)
        if held is None and id(instance) in self.bound:
            found = self.bound[id(instance)][1]
        # A shallow copy of an object has the programs of the other one.
        method: Any = getattr(found, "f", None)
        if method is None or method.__func__ is not self.f or method.__self__ is not instance:
            found = Jitted(MethodType(self.f, instance), self.strict, self.constants)
            found.static = self.static
            self.methods.add(found)
            if held is not None:
                held[name] = found
            else:  # an object with slots: a few are remembered
                self.bound[id(instance)] = instance, found
                while len(self.bound) > KEPT:
                    self.bound.popitem(last=False)
        return found

    def __deepcopy__(self, memo: dict) -> Jitted:
        twin = memo[id(self)] = Jitted(self.f, self.strict, self.constants)
        twin.f, twin.static = copy.deepcopy(self.f, memo), self.static
        return twin

    def __reduce__(self) -> Any:
        found: Any = sys.modules.get(getattr(self.f, "__module__", None) or "")
        for part in getattr(self.f, "__qualname__", "").split("."):
            found = getattr(found, part, None)
        return self.f.__qualname__ if found is self else (jit, (self.f,))

    def __repr__(self) -> str:
        return f"<jit {getattr(self.f, '__qualname__', self.f)}: {sum(map(len, self.programs.values()))} programs>"

    # What it is compiled to

    @property
    def source(self) -> str:
        """The program as one would write it by hand."""
        return self._latest().source

    @property
    def program(self) -> str:
        """The program that runs."""
        return self._latest().program

    @property
    def runs(self) -> int:
        """How many calls a program answered, also as a method of living objects."""
        own = sum(c.trace.world.runs for kept in self.programs.values() for c in kept)
        return self._runs + own + sum(method.runs for method in self.methods)

    @property
    def traces(self) -> int:
        """How many calls were written down, also as a method of living objects."""
        return self._traces + sum(method.traces for method in self.methods)

    def _latest(self) -> Compiled:
        if self.latest is None:
            raise RuntimeError(
                f"{getattr(self.f, '__name__', 'the function')} has not been traced yet; call it "
                "once with its arguments"
                + (f". It runs plainly: {self.refusal}" if self.refusal else "")
            )
        return self.latest

    # A call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        usual = self.usual
        if (
            usual is not None
            and mode.plain
            and not mode.training
            and not kwargs
            and len(args) == len(usual.trace.own)
            and usual.fits(args)
        ):
            return usual.run(args)  # as the call before: nothing to look up
        if mode.tape is not None or mode.watching or mode.everything:
            return self.f(
                *args, **kwargs
            )  # part of another trace, or someone wants to see each operation
        if self.static:
            self._check_static(args, kwargs)
        leaves: list[Any] = []
        key: list[Any] = [mode.recording, mode.training]
        for x in args:
            self._note(x, leaves, key)
        for name, x in kwargs.items():
            key.append(name)
            self._note(x, leaves, key)
        kind = tuple(key)
        for compiled in self.programs.get(kind, ()):
            if compiled.holds(leaves):
                self.programs.move_to_end(kind)
                simple = mode.plain and not mode.training and not kwargs and all(map(_varies, args))
                self.usual = compiled if simple else None
                return compiled.run(leaves)
        if kind in self.refused:
            return self.f(*args, **kwargs)
        if self.traces >= UNSTEADY and self.runs < 2 * self.traces:
            return self._plainly(args, kwargs)
        return self._trace(kind, leaves, args, kwargs)

    def _check_static(self, args: tuple, kwargs: dict[str, Any]) -> None:
        given = inspect.signature(self.f).bind(*args, **kwargs).arguments
        for name in self.static & given.keys():
            if isinstance(given[name], Tensor) or _varies(given[name]):
                raise TypeError(
                    f"jit: {name} is named as static, and got an array, which is an input; write "
                    f"{name} without static_argnums and static_argnames"
                )

    def numbers(self, *args: Any) -> list[float]:
        """What a call returns, where that is a list of single numbers, as Python's."""
        usual = self.usual
        if (
            usual is not None
            and usual.plain
            and mode.plain
            and not mode.training
            and len(args) == len(usual.trace.own)
            and usual.fits(args)
        ):
            return [float(value) for value in usual.raw(args)]
        return [float(getattr(value, "item", lambda v=value: v)()) for value in self(*args)]

    def _note(self, x: Any, leaves: list[Any], key: list[Any]) -> None:
        """Sort an argument into what varies from call to call and what is frozen."""
        if isinstance(x, Tensor):
            same = next((k for k, y in enumerate(leaves) if y is x), None)
            leaves.append(x)
            key.append(
                (x.shape, x.dtype, x._requires_grad, x.name, same, x._grad is None, x.op is None)
            )
        elif _varies(x):
            leaves.append(x)
            key.append((type(x), x.shape, x.dtype))
        elif isinstance(x, (list, tuple)):
            key.append((type(x), len(x)))
            for part in x:
                self._note(part, leaves, key)
        elif isinstance(x, dict):
            key.append((type(x), tuple(map(repr, x))))
            for part in x.values():
                self._note(part, leaves, key)
        else:
            key.append(
                (type(x), repr(x)) if is_plain(x) else (type(x), id(x))
            )  # 0.0 is not -0.0, nan is nan

    def _plainly(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        if self.strict and not self.warned:
            self.warned = True
            warnings.warn(
                f"jit: {getattr(self.f, '__name__', 'the function')} was traced {self.traces} "
                f"times and its programs answered {self.runs} calls, so it runs plainly. Something "
                "is another one at almost every call: pass a number that changes as "
                "np.float32(rate), an array instead of a list",
                RuntimeWarning,
                stacklevel=3,
            )
        return self.f(*args, **kwargs)

    # A trace

    def _trace(self, kind: Any, leaves: list[Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        places = [
            x
            for x in flatten([list(args), kwargs])[0]
            if not _varies(x) and not isinstance(x, Tensor)
        ]
        try:
            world = World(self.f, *self.roots, *(x for x in places if not is_plain(x)))
            world.guards += self.watch()
        except Unseen as unseen:
            return self._refuse(
                kind,
                f"jit: {unseen.what}; {unseen.cure}. Or call the function without jit",
                args,
                kwargs,
            )
        if world.asks_type and (world.places or any(map(_is_array, leaves))):
            return self._refuse(
                kind,
                f"jit: {world.asks_type} calls type, which tells an array from what stands for it "
                "while it is traced; write isinstance(x, ...), or pass a setting as an argument. "
                "Or call the function without jit",
                args,
                kwargs,
            )
        if world.unbuilt:
            return self.f(*args, **kwargs)  # its layers make their parameters now
        self._traces += 1
        tape = Tape(self.strict)
        try:
            trace = self._traced(tape, world, leaves, args, kwargs)
        except Exception as error:
            if self.strict or tape.lasting or world.changed():
                raise
            tape.undo()  # it may be our stand-ins that it cannot work with
            return self._refuse(
                kind,
                f"jit: {type(error).__name__} while it was traced: {harmless(str(error), 200)}",
                args,
                kwargs,
            )
        return self._result(kind, trace, leaves)

    def _result(self, kind: Any, trace: Trace, leaves: list[Any]) -> Any:
        """The value of the call that was traced; its program is kept where it stands for later
        calls."""
        tape, changed = trace.tape, trace.world.changed()
        if not tape.problem and changed and not all(guard.settles() for guard in changed):
            tape.refuse(
                f"it changes {changed[0].says()}, which it has from outside",
                "return what is new; count and collect outside",
            )
        if tape.problem or changed or not tape.settled:
            if tape.problem:
                self._note_refusal(kind, tape.problem)
            return trace.first()  # made when first used: traced at the next call
        try:
            compiled = Compiled(trace)
        except Exception as error:  # no program: the call itself was made
            self._note_refusal(
                kind,
                f"jit: no program could be written: {type(error).__name__}: "
                f"{harmless(str(error), 200)}",
            )
            if self.strict:
                raise
            return trace.first()
        value = trace.first()
        compiled.forget()
        self.latest = compiled
        self.programs.setdefault(kind, []).insert(0, compiled)
        self.programs.move_to_end(kind)
        while sum(map(len, self.programs.values())) > KEPT:
            oldest = next(iter(self.programs))
            self._runs += self.programs[oldest].pop().trace.world.runs
            if not self.programs[oldest]:
                del self.programs[oldest]
        return value

    def _refuse(self, kind: Any, reason: str, args: tuple, kwargs: dict[str, Any]) -> Any:
        if self.strict:
            raise TraceError(reason)
        self._note_refusal(kind, reason)
        return self.f(*args, **kwargs)

    def _note_refusal(self, kind: Any, reason: str) -> None:
        self.refusal = self.refused[kind] = reason
        while len(self.refused) > KEPT:
            self.refused.popitem(last=False)

    def _traced(
        self, tape: Tape, world: World, leaves: list[Any], args: tuple, kwargs: dict[str, Any]
    ) -> Trace:
        flat, restore = flatten([list(args), kwargs])
        places = [i for i, x in enumerate(flat) if isinstance(x, Tensor) or _varies(x)]

        parameters = _names_of(self.f)
        parameters += [f"x{i}" for i in range(len(parameters), len(args))]

        def call(f: Callable[..., Any], values: list[Any]) -> Any:
            filled = list(flat)
            for i, v in zip(places, values, strict=True):
                filled[i] = v
            positional, named = restore(filled)
            value = f(*positional, **named)
            tape = mode.tape
            for n, now, before in [
                *zip(parameters, positional, restore(filled)[0], strict=False),
                *((n, named[n], restore(filled)[1][n]) for n in named),
            ]:
                if tape is not None and not _same_tree(now, before):
                    tape.refuse(
                        f"it changes the argument {n}, a {type(now).__name__}", "return what is new"
                    )
            return value

        names: list[str] = []
        for n, x in [*zip(parameters, args, strict=False), *kwargs.items()]:
            inside = [p for p in flatten(x)[0] if isinstance(p, Tensor) or _varies(p)]
            names += [n] if len(inside) == 1 else [f"{n}_{k}" for k in range(len(inside))]
        return Trace(
            getattr(self.f, "__name__", "f"),
            self.f,
            call,
            [flat[i] for i in places],
            names,
            world,
            tape,
            self.constants,
        )


def _varies(x: Any) -> bool:
    """Whether an argument is an input, whose numbers are read at every call."""
    return (
        type(x) is Tensor
        or (type(x) is np.ndarray or isinstance(x, np.generic))
        and x.dtype.kind in "biufc"
    )


def _is_array(x: Any) -> bool:
    return not isinstance(x, Tensor)


def _names_of(f: Callable) -> list[str]:
    """The parameters' names of a function."""
    try:
        return [
            p.name
            for p in inspect.signature(f).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        return []


def _same_tree(a: Any, b: Any) -> bool:
    """Whether two structures hold the same objects."""
    if isinstance(b, dict):
        return list(a) == list(b) and all(_same_tree(a[k], b[k]) for k in b)
    if isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_same_tree, a, b))
    return a is b
