"""`jit`: the function that a user calls, which traces where it must and runs a program where it
can."""

from __future__ import annotations

import copy
import functools
import sys
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any, overload

from .. import habits
from ..autodiff.messages import harmless
from ..autodiff.modes import mode
from ..tensor import Tensor
from ..transforms.trees import flatten
from .arguments import check_static, note, static_names, traced, varies
from .compiled import Compiled
from .trace.entry import TraceError
from .trace.guards import Guard, is_plain
from .trace.reach import Unseen
from .trace.tape import Tape
from .trace.tracing import Trace
from .trace.world import World

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
    array is no such value. Without f: `@jit(static_argnames="mode")`. See docs/compiled.md for the
    rule, with a cure for each thing that
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
    made.static = static_names(made.f, static_argnums, static_argnames)
    return made


class Jitted:
    """A function `f` under `jit`. `source` and `program` are of its latest trace.

    Not `strict`, it runs plainly where jit would refuse; `refusal` says why then. `constants`:
    results are not differentiated outside. `roots` are objects that it reads beside what its code
    shows, `watch` makes guards for more.

    Errors: TraceError, where it is `strict`, for what cannot be written down.

    >>> import tinygrad_edu as tg
    >>> square = Jitted(lambda x: x * x)
    >>> square(tg.tensor(3.0)).item(), "def " in square.source
    (9.0, True)
    """

    f: Callable[..., Any]
    strict: bool
    constants: bool
    roots: tuple[Any, ...]
    watch: Callable[[], list[Guard]]
    refusal: str
    warned: bool

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

    def __deepcopy__(self, memo: dict[int, Any]) -> Jitted:
        twin = memo[id(self)] = Jitted(self.f, self.strict, self.constants)
        twin.f, twin.static = copy.deepcopy(self.f, memo), self.static
        return twin

    def __reduce__(self) -> Any:
        found: Any = sys.modules.get(getattr(self.f, "__module__", None) or "")
        for part in getattr(self.f, "__qualname__", "").split("."):
            found = getattr(found, part, None)
        return self.f.__qualname__ if found is self else (jit, (self.f,))

    def __repr__(self) -> str:
        count = sum(map(len, self.programs.values()))
        return f"<jit {getattr(self.f, '__qualname__', self.f)}: {count} programs>"

    # What it is compiled to

    @property
    def source(self) -> str:
        """The program as one would write it by hand."""
        return self._latest().source

    def text(self, target: str = "numpy") -> str:
        """The program in a target's language: "numpy" is `source`; "javascript" a function for a
        page or for node, which `tinygrad_edu.compiler.targets.javascript.runtime()` goes with;
        "jax" a pure function for `jax.jit`."""
        return self._latest().text(target)

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
            check_static(self.f, self.static, args, kwargs)
        leaves: list[Any] = []
        key: list[Any] = [mode.recording, mode.training]
        for x in args:
            note(x, leaves, key)
        for name, x in kwargs.items():
            key.append(name)
            note(x, leaves, key)
        kind = tuple(key)
        for compiled in self.programs.get(kind, ()):
            if compiled.holds(leaves):
                self.programs.move_to_end(kind)
                simple = mode.plain and not mode.training and not kwargs and all(map(varies, args))
                self.usual = compiled if simple else None
                return compiled.run(leaves)
        if kind in self.refused:
            return self.f(*args, **kwargs)
        if self.traces >= UNSTEADY and self.runs < 2 * self.traces:
            return self._plainly(args, kwargs)
        return self._trace(kind, leaves, args, kwargs)

    def numbers(self, *args: Any) -> list[float]:
        """What a call returns, where that is a list of single numbers, as Python's."""
        usual = self.usual
        if (
            usual is not None
            and usual.gives_numbers
            and mode.plain
            and not mode.training
            and len(args) == len(usual.trace.own)
            and usual.fits(args)
        ):
            return [float(value) for value in usual.raw(args)]
        return [float(getattr(value, "item", lambda v=value: v)()) for value in self(*args)]

    def _plainly(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
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

    def _trace(
        self, kind: Any, leaves: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        places = [
            x
            for x in flatten([list(args), kwargs])[0]
            if not varies(x) and not isinstance(x, Tensor)
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
        if world.asks_type and (world.places or any(not isinstance(x, Tensor) for x in leaves)):
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
            trace = traced(self.f, args, kwargs, world, tape, self.constants)
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

    def _refuse(self, kind: Any, reason: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.strict:
            raise TraceError(reason)
        self._note_refusal(kind, reason)
        return self.f(*args, **kwargs)

    def _note_refusal(self, kind: Any, reason: str) -> None:
        self.refusal = self.refused[kind] = reason
        while len(self.refused) > KEPT:
            self.refused.popitem(last=False)
