"""From formula to functions: `op()` turns one line of text into all that an operation needs.

    tanh = op("tanh", "np.tanh(x)", x="g * (1 + y) * (1 - y)")

The first text is what runs, the second is the gradient rule of the input `x`. A rule reads `g` (the
gradient of the output), `y` (the output), the inputs and the parameters, and nothing else: no
closure, no context object. Given arrays, both are plain NumPy; given tensors, NumPy's own protocols
record them, so that the gradient of a gradient comes from the same line.

This is the one place of the project that turns text into code. It never sees text that a user typed
at run time: only the lines of the catalogue in `ops/` (and of those who add an operation of their
own) come here.
"""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Callable, Mapping
from types import MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from .autodiff.captions import Captions, Documented, as_called
from .autodiff.inputs import numbers

if TYPE_CHECKING:
    import inspect

OPS: dict[str, Op] = {}
"""Every operation by its name."""

BY_NUMPY: dict[Callable[..., Any], Callable[..., Any]] = {}
"""The operation, or what is composed of several, by the NumPy function it stands for: where
`np.tanh(tensor)` goes."""

_PLAIN = frozenset({float, int, bool})
_INTEGER, _USUAL = np.dtype(int), "fdlq?B"
_COMPILED = {"forward", "gradients", "params", "reads", "signature"}
_SHAPE_ONLY = {"shape", "ndim", "size", "dtype"}
_NUMPY_KEYWORDS = {"out", "dtype", "order", "where", "initial", "casting", "subok", "copy"}


class Op(Captions):
    """One operation: a formula, and a gradient rule for each input that has one.

    Called with arrays it computes and returns arrays; called with a tensor among its inputs it is
    recorded and returns a tensor. Inputs come first, by position; parameters after them, by
    position or by name.

    >>> from tinygrad_edu import tanh
    >>> tanh.formula, tanh.rules["x"]
    ('np.tanh(x)', 'g * (1 + y) * (1 - y)')
    >>> float(tanh(0.0))
    0.0
    """

    name: str
    formula: str
    rules: Mapping[str, str]  # input name -> the text of its rule
    inputs: tuple[str, ...]  # names; a variadic operation has one, standing for all
    # name -> default (inspect.Parameter.empty where there is none)
    params: Mapping[str, Any]
    forward: Callable[..., Any]
    # one for each input, None where there is no rule
    gradients: tuple[Callable[..., Any] | None, ...]
    reads: tuple[tuple[int, ...], ...]  # for each rule, which inputs' values it looks at
    view: bool  # the output may share its memory with the first input
    # the output knows its input even where no gradient is recorded
    output_unit: bool
    # what is known of the logits behind the first input holds for the output
    hands_on: bool = False
    real: bool = False  # integers come in as floats
    # a user's without rules: a gradient that is asked of it is an error
    unruled: bool = False
    signature: inspect.Signature
    __module__: str
    # the signature and the module, until the functions are made from them
    _scope: dict[str, Any]

    if not TYPE_CHECKING:  # what it has stands above

        def __getattr__(self, key: str) -> Any:
            # The catalogue's formulas are compiled when they are first asked for, so that importing
            # it is fast.
            if key in _COMPILED and "_text" in self.__dict__:
                _compile(self)
                return self.__dict__[key]
            if key == "__signature__":
                return as_called(self.signature)
            if key in ("__name__", "__qualname__"):
                return self.name
            raise AttributeError(f"{type(self).__name__} has no attribute {key!r}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        inputs, params = (
            self.bind(args, kwargs)
            if kwargs or len(args) != len(self.inputs) or self.variadic
            else (args, kwargs)
        )
        for x in inputs:
            record = getattr(type(x), "__record__", None)
            if record is not None:
                return record(self, inputs, params)
        return self.forward(*self.arrays(inputs), **params)

    def arrays(self, inputs: tuple[Any, ...]) -> list[Any]:
        """Arrays and numbers as the formula takes them: plain, and floats where it would wrap
        around in integers."""
        found = [
            x
            if type(x) in _PLAIN
            or (type(x) is np.ndarray and x.dtype.char in _USUAL and x.dtype.isnative)
            else numbers(x, self.name)
            for x in inputs
        ]
        if self.real:
            rules = self.gradients * len(found) if self.variadic else self.gradients
            if not any(
                getattr(x, "dtype", _INTEGER).kind in "fc"
                for x, r in zip(found, rules, strict=True)
                if r
            ):
                found = [
                    np.asarray(x, float) if r and getattr(x, "dtype", _INTEGER).kind in "biu" else x
                    for x, r in zip(found, rules, strict=True)
                ]
        return found

    def __get__(self, obj: Any, owner: type | None = None) -> Any:
        # An operation put in a class body is a method of it, as a function would be.
        return self if obj is None else MethodType(self, obj)

    def __reduce__(self) -> Any:
        # as a function: its copies are itself, its pickle is its name
        return self.name

    def bind(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Split a call's arguments into inputs and parameters."""
        if self.variadic:
            if len(args) >= 1 and isinstance(args[0], (list, tuple)):
                inputs, rest = tuple(args[0]), args[1:]
            else:
                inputs, rest = args, ()
            if not inputs:
                raise TypeError(f"{self.name}() needs at least one array")
        else:
            n = len(self.inputs)
            inputs, rest = args[:n], args[n:]
            while len(inputs) < n and self.inputs[len(inputs)] in kwargs:
                kwargs = dict(kwargs)
                inputs += (kwargs.pop(self.inputs[len(inputs)]),)
            if len(inputs) < n:
                raise TypeError(f"{self} is missing its input {self.inputs[len(inputs)]!r}")
        if not rest and not kwargs:
            return inputs, kwargs
        if len(rest) > len(self.params):
            raise TypeError(
                f"{self} takes at most {len(self.inputs) + len(self.params)} arguments, got "
                f"{len(args)}"
            )
        params: dict[str, Any] = dict(zip(self.params, rest, strict=False))
        for key, value in kwargs.items():
            if (key := self._here(key)) not in self.params:
                if key in _NUMPY_KEYWORDS and (value is None or value is np._NoValue):
                    continue  # said, but left at what it is anyway
                raise TypeError(
                    f"{self} has no keyword {key!r}: no gradient rule covers it. Known: "
                    f"{', '.join(self.params) or 'none'}"
                )
            if key in params:
                raise TypeError(f"{self} got {key!r} twice")
            params[key] = value
        for key, value in params.items():
            if hasattr(type(value), "__record__"):
                raise TypeError(
                    f"{self}: {key!r} is a parameter, which takes plain numbers and has no "
                    "gradient, not a tensor; write .item(), or for bounds tg.maximum and tg.minimum"
                )
            if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
                params[key] = value.item()  # as inputs: a NumPy scalar must not widen float32
            elif isinstance(value, (np.ndarray, list)):
                params[key] = value.copy()  # the graph keeps it, and the user may change theirs
            elif key == "dtype" and not np.dtype(value).isnative:
                params[key] = np.dtype(value).newbyteorder("=")
        return inputs, params

    def _here(self, key: str) -> str:
        """A keyword of PyTorch's by its name here, where it means the same."""
        name = {"dim": "axis", "dims": "axis", "keepdim": "keepdims"}.get(key, key)
        if name == key or name not in self.params:
            return key
        if self.name in ("max", "min", "sort"):
            raise TypeError(
                f"{self.name}({key}=) gives values and places in PyTorch, and values alone here; "
                f"write {self.name}(axis=...), and arg{self.name}(axis=...) for the places"
            )
        if "ddof" in self.params:
            raise TypeError(
                f"{self.name}({key}=) divides by n - 1 in PyTorch; write {self.name}(axis=..., "
                "ddof=1), or axis= alone to divide by n"
            )
        return name

    def __repr__(self) -> str:
        return f"{self.name}{self.signature}"


Op.__doc__ = Documented(Op.__doc__)  # type: ignore[assignment]


def op(
    signature: str,
    formula: str,
    *,
    numpy: Callable[..., Any] | None = None,
    view: bool = False,
    output_unit: bool = False,
    real: bool = False,
    doc: str = "",
    **rules: str,
) -> Op:
    """Declare an operation: `signature = formula`, and for each input `dL/dinput = rule`.

    `signature` is a name (the inputs are then those that have rules, in order), or a whole Python
    signature in which parameters follow a star: `"sum(x, *, axis=None, keepdims=False)"`;
    `"concatenate(*xs, axis=0)"` takes any number of inputs, and its rule may read `i`, the number
    of the one it is for.

    A rule may return what broadcasts to its input, or what its input was broadcast to: the engine
    settles shape and dtype. The formula sees the names of the module that declares it. `numpy` is
    the NumPy function that the operation stands for, where the formula is not simply a call of it.
    `view` says that the output may share the first input's memory; `output_unit`, that losses look
    for what it was given; `real`, that integers and booleans come in as float64, since the formula
    would wrap around in their own type. `doc` says what the formula cannot: conventions at kinks,
    the source.

    >>> cube = op("cube", "x * x * x", x="g * 3 * x * x", doc="x cubed.")
    >>> float(cube(2.0))
    8.0
    """
    text = signature if "(" in signature else f"{signature}({', '.join(rules)})"
    self = Op()
    self.name, _, arguments = text.partition("(")
    names, star, rest = arguments.rpartition(")")[0].partition("*")
    self.formula, self.rules, self.view, self.output_unit, self.real = (
        formula,
        rules,
        view,
        output_unit,
        real,
    )
    self.hands_on = output_unit or view or self.name == "astype"
    self.variadic = bool(star) and not names.strip() and not rest.lstrip().startswith(",")
    self.inputs = tuple(
        n.strip() for n in (rest.split(",")[0] if self.variadic else names).split(",") if n.strip()
    )
    if stray := set(rules) - set(self.inputs):
        raise TypeError(f"op {self.name}: a rule for {sorted(stray)}, which is no input of {text}")
    module = sys._getframe(1).f_globals
    self.__module__ = module["__name__"]
    self._text, self._scope, self._words = text, module, doc
    if not self.__module__.startswith(f"{__package__}.ops."):
        # a mistake in a user's formula is an error where it stands
        for name in ("np", "math"):
            if name not in module and any(
                f"{name}." in line for line in (formula, *rules.values())
            ):
                raise NameError(
                    f"op {self.name}: its formula reads {name}, and sees the names of the module "
                    "that declares it, not those of a function; import it at the module's top"
                )
        _compile(self)
    self.unruled = not rules and not self.__module__.startswith(f"{__package__}.")
    OPS[self.name] = self
    if numpy := numpy or _numpy_function(formula):
        BY_NUMPY.setdefault(numpy, self)
    return self


def _compile(self: Op) -> None:
    """Make an operation's functions, and what follows from its text."""
    import ast
    import inspect

    module, rules = self._scope, self.rules
    args = ast.parse(f"def {self._text}: pass").body[0].args  # type: ignore[attr-defined]
    head = "".join(f"*{n}, " if self.variadic else f"{n}, " for n in self.inputs)
    star = "" if self.variadic or not args.kwonlyargs else "*, "
    keywords = ", ".join(
        a.arg if d is None else f"{a.arg}={ast.unparse(d)}"
        for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    )
    forward = function_of(self.name, f"{head}{star}{keywords}", f"return {self.formula}", module)
    self.signature = inspect.signature(forward)
    self.params = {
        k: p.default for k, p in self.signature.parameters.items() if p.kind is p.KEYWORD_ONLY
    }
    each = "i=0, " if self.variadic else ""
    self.gradients = tuple(
        function_of(
            f"{self.name}_{n}",
            f"g, y, {head}{star}{each}{keywords}",
            f"return {rules[n]}",
            module,
        )
        if n in rules
        else None
        for n in self.inputs
    )
    self.reads = tuple(
        tuple(j for j, m in enumerate(self.inputs) if n in rules and m in _values_read(rules[n]))
        for n in self.inputs
    )
    self.forward = forward  # last: another thread may be waiting for all of it


def function_of(name: str, args: str, body: str, module: dict[str, Any]) -> Callable[..., Any]:
    """The function with this body, which sees the names of `module`."""
    source = f"def {name}({args.rstrip(', ')}):\n    {body}\n"
    where = f"<formula {name}>"
    scope: dict[str, Any] = {}
    exec(compile(source, where, "exec"), module, scope)
    # A traceback and a debugger look the source up here, and so show the formula.
    linecache.cache[where] = (len(source), None, source.splitlines(True), where)
    function: Callable[..., Any] = scope[name]
    return function


def _values_read(rule: str) -> set[str]:
    """The names whose values a rule reads: `x.shape` alone does not look into x, nor `[x.shape for
    x in xs]`."""
    import ast

    tree = ast.parse(rule, mode="eval")
    shapes = {
        id(n.value)
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute) and n.attr in _SHAPE_ONLY
    }
    shapes |= {
        id(n.generators[0].iter)
        for n in ast.walk(tree)
        if isinstance(n, ast.ListComp)
        and isinstance(n.elt, ast.Attribute)
        and n.elt.attr in _SHAPE_ONLY
    }
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in shapes}


def _numpy_function(formula: str) -> Callable[..., Any] | None:
    """np.tanh for the formula "np.tanh(x)"; None where the formula is anything but one call with
    plain names."""
    call = re.fullmatch(r"np\.([\w.]+)\([a-zA-Z_]\w*(, [a-zA-Z_]\w*)*(, \w+=[^()]*)?\)", formula)
    found: Any = np if call else None
    for name in call[1].split(".") if call else ():
        found = getattr(found, name, None)
    return found if callable(found) else None
