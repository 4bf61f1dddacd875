"""Watched: an array while a function is traced. It behaves as the array does, and tells the tape
what is done with it.

NumPy's functions, operators and methods on it are real calls, written down to be made again. What
would take its numbers out of sight (`float(x)`, `if x[0] > 0`, `np.asarray(x)`, `x.tolist()`) goes
through `Tape.numbers`, which refuses, or freezes the array where a guard can stand for it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from ...autodiff.record import record
from ...formula import BY_NUMPY, Op
from ...tensor import Tensor
from ..ir.operators import NAMES, STATIC, TRUTHS

_FACTS = {"shape", "ndim", "size", "dtype", "itemsize", "nbytes"}
_METHODS = {
    "astype",
    "reshape",
    "sum",
    "mean",
    "max",
    "min",
    "std",
    "var",
    "prod",
    "cumsum",
    "cumprod",
    "clip",
    "round",
    "transpose",
    "ravel",
    "flatten",
    "squeeze",
    "swapaxes",
    "repeat",
    "take",
    "dot",
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "copy",
    "trace",
    "diagonal",
    "conj",
    "searchsorted",
}
_VIEWS = {"T", "mT"}
_CALLS = {f for f in BY_NUMPY if not isinstance(f, np.ufunc)} | {
    np.sum,
    np.mean,
    np.max,
    np.min,
    np.std,
    np.var,
    np.prod,
    np.cumsum,
    np.cumprod,
    np.clip,
    np.argmax,
    np.argmin,
    np.argsort,
    np.sort,
    np.dot,
    np.matmul,
    np.outer,
    np.inner,
    np.tensordot,
    np.einsum,
    np.linalg.norm,
    np.concatenate,
    np.stack,
    np.vstack,
    np.hstack,
    np.column_stack,
    np.reshape,
    np.transpose,
    np.swapaxes,
    np.moveaxis,
    np.squeeze,
    np.expand_dims,
    np.broadcast_to,
    np.ravel,
    np.repeat,
    np.tile,
    np.roll,
    np.flip,
    np.where,
    np.take,
    np.take_along_axis,
    np.zeros_like,
    np.ones_like,
    np.full_like,
    np.diff,
    np.round,
    np.isclose,
    np.all,
    np.any,
    np.average,
    np.median,
    np.count_nonzero,
    np.nan_to_num,
    np.atleast_1d,
    np.atleast_2d,
    np.eye,
    np.diag,
    np.trace,
    np.cov,
    np.percentile,
    np.quantile,
    np.tril,
    np.triu,
    np.select,
    np.interp,
    np.array_equal,
    np.allclose,
}
_MANY = {np.array_equal, np.allclose}  # give a bool


class Watched:
    """`value` is the array, or the NumPy number. `places` holds the variables outside it was
    computed from; None where it depends on more than these. `owner` is whose `.grad` or `.data` it
    is, and which of the two. `word` is what messages call it."""

    value: Any
    tape: Any
    places: frozenset[Any] | None
    owner: tuple[Tensor, str] | None
    word: str

    __slots__ = ("value", "tape", "places", "owner", "word")

    def __init__(
        self,
        value: Any,
        tape: Any,
        places: frozenset[Any] | None = None,
        owner: tuple[Tensor, str] | None = None,
        word: str = "",
    ) -> None:
        self.value, self.tape, self.places, self.owner, self.word = value, tape, places, owner, word

    __class__ = property(lambda self: type(self.value))  # pyright: ignore[reportIncompatibleMethodOverride]
    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __getattr__(self, key: str) -> Any:
        if key in _FACTS:
            return getattr(self.value, key)
        if key in _METHODS:
            return lambda *args, **kwargs: self._call("method", key, (self, *args), kwargs)
        if key in _VIEWS:
            return self._call("attribute", key, (self,))
        if key.startswith("__") or not hasattr(self.value, key):
            raise AttributeError(f"{type(self.value).__name__!r} object has no attribute {key!r}")
        return getattr(self.tape.numbers(self, f".{key}"), key)

    def _call(
        self, kind: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None
    ) -> Any:
        return self.tape.numpy(kind, function, args, kwargs or {})

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if any(isinstance(x, Tensor) for x in inputs):
            return NotImplemented  # the tensor takes it
        if (
            method == "__call__"
            and ufunc.nout == 1
            and not kwargs
            and getattr(np, ufunc.__name__, None) is ufunc
        ):
            return self._call("call", ufunc, inputs)
        if kwargs.get("out") is not None and any(isinstance(x, Watched) for x in kwargs["out"]):
            self.tape.changes_in_place(next(x for x in kwargs["out"] if isinstance(x, Watched)))
        plain = [self.tape.plainly(x, f"np.{ufunc.__name__}.{method}") for x in inputs]
        kwargs = {k: self.tape.plainly(v, f"np.{ufunc.__name__}") for k, v in kwargs.items()}
        return getattr(ufunc, method)(*plain, **kwargs)

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if any(issubclass(t, Tensor) for t in types):
            return NotImplemented
        if function in STATIC:
            return STATIC[function](*args, **kwargs)
        if (
            function in _CALLS
            and function not in _MANY
            and kwargs.get("out") is None
            and not (function is np.where and len(args) == 1)
        ):
            return self._call(
                "call", function, args, {k: v for k, v in kwargs.items() if v is not np._NoValue}
            )
        what = f"np.{function.__name__}"
        for x in args[:1]:
            if isinstance(x, Watched) and function in (
                np.copyto,
                np.put,
                np.place,
                np.putmask,
                np.fill_diagonal,
                np.put_along_axis,
            ):
                self.tape.changes_in_place(x)
        return function(
            *(self.tape.plainly(x, what) for x in args),
            **{k: self.tape.plainly(v, what) for k, v in kwargs.items()},
        )

    def __record__(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        raise NotImplementedError  # replaced below: a static method, as Tensor's

    def __getitem__(self, index: Any) -> Any:
        return self._call("item", "[]", (self, self.tape.plain_index(index)))

    def __setitem__(self, index: Any, value: Any) -> None:
        self.tape.changes_in_place(self)
        self.value[self.tape.plain_index(index)] = self.tape.plainly(value, "an assignment")

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        if not np.ndim(self.value):
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self.value)))

    def __contains__(self, x: Any) -> bool:
        return self.tape.plainly(x, "in") in self.tape.numbers(self, "in")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(
            self.tape.numbers(self, "a NumPy function that cannot be followed"),
            dtype=dtype,
            copy=copy,
        )

    def __neg__(self) -> Any:
        return self._call("unary", "-", (self,))

    def __pos__(self) -> Any:
        return self._call("unary", "+", (self,))

    def __invert__(self) -> Any:
        return self._call("unary", "~", (self,))

    def __abs__(self) -> Any:
        return self._call("call", np.abs, (self,))

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.tape.numbers(self, "round()"), digits)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __repr__(self) -> str:
        return repr(self.tape.numbers(self, "repr()"))

    def __str__(self) -> str:
        return str(self.tape.numbers(self, "str()"))

    def __format__(self, spec: str) -> str:
        return format(self.tape.numbers(self, "format()"), spec)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.tape.numbers(self, "a copy").__reduce_ex__(protocol)


def _record(op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
    if any(isinstance(x, Tensor) for x in inputs):
        return record(op, inputs, params)
    tape = next(x.tape for x in inputs if type(x) is Watched)
    return tape.formula(op, inputs, params)


def _operator(symbol: str, swapped: bool) -> Callable[..., Any]:
    def call(self: Watched, other: Any) -> Any:
        if isinstance(other, Tensor):
            return NotImplemented
        return self._call("binary", symbol, (other, self) if swapped else (self, other))

    return call


def _in_place(symbol: str) -> Callable[..., Any]:
    def call(self: Watched, other: Any) -> Any:
        if isinstance(other, Tensor):
            return NotImplemented
        return self.tape.in_place(self, symbol, other)

    return call


def _number(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self: function(self.tape.numbers(self, name))


Watched.__record__ = staticmethod(_record)  # type: ignore[method-assign, assignment]
for _symbol, _name in NAMES.items():
    setattr(Watched, f"__{_name}__", _operator(_symbol, False))
    if _symbol not in TRUTHS:
        setattr(Watched, f"__r{_name}__", _operator(_symbol, True))
        setattr(Watched, f"__i{_name}__", _in_place(_symbol))
_TYPES: dict[str, Callable[..., Any]] = {
    "bool": bool,
    "float": float,
    "int": int,
    "complex": complex,
}
for _name, _function in (_TYPES | {"index": operator.index}).items():
    _said = f"{_name}()" if _name != "bool" else "its truth (if, while, and, or)"
    setattr(Watched, f"__{_name}__", _number(_said, _function))
