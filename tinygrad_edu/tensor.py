"""The Tensor: an array that remembers how it was computed.

A result keeps the operation, its inputs, its parameters and its step: that is the whole graph,
pointing from output to inputs only, so that it is freed with its last result. Operators, methods
and NumPy's own functions all come through `record`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import habits, ops
from .autodiff import anomaly, modes, protocols, versions, walk
from .autodiff.inputs import numbers
from .autodiff.messages import array_instead, describe, represent
from .autodiff.modes import mode
from .autodiff.snapshots import keep, same_memory
from .autodiff.versions import tick
from .formula import Op

if TYPE_CHECKING:
    # methods and operators by their types, written from the catalogue: tests/types/stubs.py
    from .ops import Operations
else:
    Operations = object

_NOTHING: dict[str, Any] = {}
# the params of a result that does not know how it was made: pictures say so
UNRECORDED: dict[str, Any] = {}
# the params of a transform's own input: `x *= 2` in a function makes a new tensor
LENT: dict[str, Any] = {}
TRAINED = "fdg"  # the characters of the dtypes that can have a gradient
_HALF = ". float16 holds data, not gradients, which underflow in it; write .astype(np.float32)"
_CASTS = {"float": np.float32, "double": np.float64, "long": np.int64}


def _operator(op: Op) -> tuple[Any, Any]:
    """x ∘ other and other ∘ x, as methods of x."""
    return lambda x, other: record(op, (x, other)), lambda x, other: record(op, (other, x))


def _augmented(op: Op, sign: str) -> Any:
    """x ∘= other: under no_grad() an update, written into the memory of a leaf; else x = x ∘ other,
    since a graph may need the old numbers."""

    def assign(x: Tensor, other: Any) -> Tensor:
        recording = mode.recording
        own = x.op is None and x.params is not LENT and x.params is not UNRECORDED
        if not own or (recording and not x._requires_grad):
            return record(op, (x, other))
        if recording:
            name = x.name if x.name and x.name.isidentifier() else "x"
            raise RuntimeError(
                f"{describe(x)} is trained, and {sign} outside no_grad() would put a result of an "
                f"operation in its place, which no step trains; write `with tg.no_grad(): {name} "
                f"{sign} ...` for an update, y = {name} {sign[:-1]} ... for a new tensor"
            )
        y = record(op, (x, other))
        if y.shape != x.shape or y.dtype.kind != x.dtype.kind:
            raise ValueError(
                f"{describe(x)} {sign} ... has the result {describe(y)}, which does not fit into "
                f"it; an update keeps shape and kind. Write y = x {sign[:-1]} ... for a new tensor"
            )
        x[...] = y
        return x

    return assign


def _comparison(op: Op) -> Any:
    """x == other, which other takes where NumPy leaves it to it, as pytest.approx asks."""
    return lambda x, other: (
        NotImplemented if getattr(other, "__array_ufunc__", op) is None else record(op, (x, other))
    )


class Behind(NamedTuple):
    """The logits behind probabilities: what an output unit was given, and what was done with its
    result since."""

    unit: Op
    logits: Tensor
    # what a cost has to repeat on the logits
    since: tuple[tuple[Any, dict[str, Any]], ...] = ()


class Tensor(Operations):
    """An n-dimensional array that can have a gradient: `tensor(data)`, or the result of an
    operation on tensors.

    Holds a copy of `data`, unless `copy=False` asks to share the memory. `dtype` is NumPy's choice
    for the data where it is not given. Only floats can require a gradient. `name` is what pictures
    and messages call it.

    >>> W = tensor([[1.0, 1.0], [1.0, 1.0]], requires_grad=True, name="W")
    >>> W.shape, W.dtype
    ((2, 2), dtype('float64'))
    """

    __pandas_priority__ = 5000  # df * tensor comes here, as array * tensor does
    __slots__ = (
        "_data",
        "_grad",
        "_requires_grad",
        "op",
        "inputs",
        "params",
        "step",
        "name",
        "retains",
        "layers",
        "buffer",
        "seal",
        "behind",
        "__weakref__",
    )

    _data: np.ndarray
    _grad: np.ndarray | None
    _requires_grad: bool
    op: Op | None  # the operation that made it; None for a leaf
    inputs: tuple[Any, ...]  # what that operation read: tensors, arrays and numbers
    params: dict[str, Any]  # its parameters, as given
    step: int  # the tick at which the data was last written
    name: str | None
    retains: bool  # keep the gradient though it is no leaf
    # the modules that returned it, innermost first, each with its first step
    layers: tuple[tuple[Any, int], ...]
    buffer: np.ndarray | None  # where an optimizer wants the gradient written
    seal: (
        tuple[int, Any] | None
    )  # the data as it was, and a weak reference to what `.data` gave out
    behind: Behind | None  # the logits, where an output unit made it

    def __init__(
        self,
        data: ArrayLike | Tensor,
        dtype: DTypeLike | None = None,
        *,
        requires_grad: bool = False,
        name: str | None = None,
        copy: bool = True,
    ) -> None:
        tape = mode.tape
        source: Any = data if isinstance(data, Tensor) else None
        if source is not None and source._requires_grad and not requires_grad and mode.recording:
            raise TypeError(
                f"tensor() of {describe(source)} would lose its gradient silently; write "
                "x.detach() for a constant copy, or use it as it is"
            )
        if source is None and tape is not None and tape.watches(data):
            source = data
        given: Any = (
            data if source is None else tape.array(source) if tape is not None else source._data
        )
        array = np.asarray(numbers(given, "tensor()", dtype))
        fresh = isinstance(given, (list, tuple, int, float)) or array.dtype != getattr(
            given, "dtype", None
        )
        self._data = array.copy(order="K") if copy and not fresh else array
        self._grad, self.op, self.inputs, self.params = None, None, (), _NOTHING
        self.name, self.retains, self.layers, self.buffer, self.seal = name, False, (), None, None
        self.behind = None
        self.step, self._requires_grad = tick(), False
        if requires_grad:
            self.requires_grad = True
        if tape is not None:
            tape.made(self, source)

    # What it is

    @property
    def data(self) -> np.ndarray:
        """The array itself; of a result, read-only. Assigning to it (`w.data = ...`, `w.data -=
        ...`) tells the graph, and so does `with tg.no_grad(): w[i] = ...`. What is written into the
        array behind the graph's back is found at the tensor's next use, by comparing."""
        if mode.tape is not None:
            return mode.tape.data_of(self)
        return _read_only(self._data) if self.op is not None else versions.give_out(self)

    @data.setter
    def data(self, value: ArrayLike) -> None:
        plain = value if mode.tape is None else mode.tape.set_data(self, value)
        array = np.asarray(numbers(plain, "data", self.dtype))
        if array.shape != self.shape:
            raise ValueError(
                f"data of shape {array.shape} cannot replace that of {describe(self)}; make a new "
                "tensor"
            )
        if self.op is not None:
            raise RuntimeError(
                f"{describe(self)} is the result of an operation; its data follows from its "
                "inputs. Write x.detach() for a tensor of your own"
            )
        self.overwrite(array)

    def overwrite(self, value: ArrayLike) -> None:
        """Write `value` into this tensor's memory, and mark every result already computed from it
        as stale."""
        # w.data -= ... has written already
        if type(value) is not np.ndarray or not same_memory(value, self._data):
            self._data[...] = value
        versions.rewritten(self)
        if mode.tape is not None:
            mode.tape.wrote(self, ..., value)

    @property
    def grad(self) -> np.ndarray | Any:
        """dL/dself after backward(): of leaves, of L itself, and of what retain_grad() marked; None
        before. The array is yours: later steps leave it as it is, and what is written into it
        before an optimizer's step counts in that step."""
        # Any: after backward() it is an array, and a checker cannot know when that was.
        if mode.tape is not None:
            return mode.tape.grad_of(self)
        if self._grad is not None and self._grad is self.buffer:
            self._grad = self._grad.copy()  # in the buffer itself the next step writes
        return self._grad

    @grad.setter
    def grad(self, value: np.ndarray | None) -> None:
        self._grad = value if mode.tape is None else mode.tape.set_gradient(self, value)

    @property
    def requires_grad(self) -> bool:
        """Whether backward() finds dL/dself."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if value and self._data.dtype.char not in TRAINED:
            raise TypeError(
                f"only floating-point tensors can require a gradient, and {describe(self)} is "
                f"{self.dtype}; write tensor(data, dtype=float, requires_grad=True)"
                + (_HALF if self.dtype.char == "e" else "")
            )
        if not value and self.op is not None:
            raise RuntimeError(
                f"{describe(self)} is the result of an operation; write x.detach() for a constant"
            )
        if bool(value) != self._requires_grad and mode.tape is not None:
            mode.tape.tracks(self)
        if value and self.op is not None and not self._requires_grad:
            # a result that was not recorded: from here on a leaf
            self.op, self.inputs = None, ()
        if value and self.params is UNRECORDED:
            self.params = _NOTHING
        self._requires_grad = bool(value)
        versions.edits[0] += 1

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._data.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """The number of entries."""
        return self._data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of an entry."""
        return self._data.dtype

    @property
    def nbytes(self) -> int:
        """Bytes of the data."""
        return self._data.nbytes

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user, not by an operation."""
        return self.op is None

    def numpy(self) -> np.ndarray:
        """A copy of the data, free of the graph."""
        if mode.tape is not None:
            mode.tape.escapes(self, ".numpy()")
        return self._data.copy()

    def item(self) -> float:
        """The only entry, as a Python number."""
        if self.size != 1:
            raise ValueError(
                f"item() is for one entry, {describe(self)} has {self.size}; write .numpy()"
            )
        if mode.tape is not None:
            mode.tape.escapes(self, "a Python number made from it (.item(), float(), int())")
        return self._data.item()

    def detach(self) -> Tensor:
        """The same numbers as a constant: a copy, so that a later change of this tensor does not
        change it."""
        y = Tensor(self._data, name=self.name)
        if mode.tape is not None:
            mode.tape.made(y, self)
        # probabilities stay what they are, without the graph of their logits
        if self.behind is not None:
            y.behind = self.behind._replace(logits=self.behind.logits.detach())
        return y

    # Differentiation

    def backward(
        self,
        gradient: ArrayLike | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
    ) -> None:
        """Add dL/dx to `x.grad` for every leaf x that requires it, where L is this tensor.

        `gradient` is dL/dself, 1 where this tensor holds one number and needed where it does not. A
        second call adds the same again. After an error no gradient has changed. `retain_graph` is
        taken for PyTorch's sake: a graph lives as long as its result.

        >>> x = tensor(3.0, requires_grad=True)
        >>> (x ** 2).backward()
        >>> x.grad
        array(6.)
        """
        if create_graph:
            raise TypeError(
                "create_graph=True: .grad is an array here; for derivatives of derivatives write "
                "tg.grad(tg.grad(f))(x)"
            )
        if not self._requires_grad:
            raise RuntimeError(
                f"{describe(self)} does not depend on a tensor that requires a gradient; write "
                "tensor(..., requires_grad=True) for the ones you want the gradient of (and "
                "compute outside no_grad())"
            )
        if gradient is None:
            if self._data.size != 1:
                raise RuntimeError(
                    f"backward() starts from one number and {describe(self)} holds {self.size}; "
                    "write .sum().backward() or .mean().backward(), or pass gradient= of its shape"
                )
            seed = np.ones(self._data.shape, self._data.dtype)
        else:
            seed = (
                gradient._data
                if isinstance(gradient, Tensor)
                else modes.as_array(gradient, "gradient")
            )
            if seed.dtype != self.dtype and isinstance(gradient, (Tensor, np.ndarray)):
                raise TypeError(
                    f"gradient has dtype {seed.dtype}, {describe(self)} has {self.dtype}; write "
                    f"gradient.astype({self.dtype.name!r})"
                )
            if seed.shape != self.shape:
                raise ValueError(
                    f"gradient has shape {seed.shape}, {describe(self)} has {self.shape}; they "
                    "must agree"
                )
            seed = np.array(seed, dtype=self.dtype) if mode.tape is None else seed
        found = walk.backward([(self, seed)])
        found.setdefault(self.step, (self, seed))
        if mode.tape is not None:
            found = mode.tape.accumulated(found)
        for x, g in found.values():
            if x._grad is not None:
                x._grad = (
                    np.add(x._grad, g, out=x.buffer)
                    if x._grad is x.buffer
                    else np.asarray(x._grad + g)
                )
            elif x.buffer is None:
                x._grad = g
            else:
                x.buffer[...] = g
                x._grad = x.buffer

    def retain_grad(self) -> Tensor:
        """Keep this result's gradient in `.grad` at the next backward()."""
        self.retains = True
        return self

    # Operators

    if not TYPE_CHECKING:  # their types: ops/methods.pyi
        __add__, __radd__ = _operator(ops.add)
        __sub__, __rsub__ = _operator(ops.sub)
        __mul__, __rmul__ = _operator(ops.mul)
        __truediv__, __rtruediv__ = _operator(ops.div)
        __floordiv__, __rfloordiv__ = _operator(ops.floor_divide)
        __mod__, __rmod__ = _operator(ops.mod)
        __eq__, __ne__ = _comparison(ops.equal), _comparison(ops.not_equal)
        __lt__, __le__ = _operator(ops.less)[0], _operator(ops.less_equal)[0]
        __gt__, __ge__ = _operator(ops.greater)[0], _operator(ops.greater_equal)[0]
        __and__, __rand__ = _operator(ops.bitwise_and)
        __or__, __ror__ = _operator(ops.bitwise_or)
        __xor__, __rxor__ = _operator(ops.bitwise_xor)

        __rpow__ = _operator(ops.power)[1]
        __pos__, __neg__, __invert__, __abs__, __round__ = (
            ops.identity,
            ops.neg,
            ops.invert,
            ops.abs,
            ops.round,
        )

    def __getitem__(self, index: Any) -> Tensor:
        return record(ops.getitem, (self,), {"index": _plain_index(index)})

    def __setitem__(self, index: Any, value: ArrayLike) -> None:
        if self.op is not None or (self._requires_grad and mode.recording):
            raise RuntimeError(
                f"assignment into {describe(self)} would be lost on the graph; write "
                "tg.where(mask, new, old), or `with tg.no_grad(): x[...] = value` to set a leaf"
            )
        if not self._data.flags.writeable:
            raise RuntimeError(
                f"{describe(self)} is read-only: a part of a tensor, or a detached one; write into "
                "the tensor itself, x[i, j] = value for x[i][j] = value, or into tensor(x)"
            )
        index = _plain_index(index)
        if mode.tape is not None:
            value = mode.tape.plain_value(value)
        self._data[index] = (
            value._data if isinstance(value, Tensor) else numbers(value, "assignment")
        )
        versions.rewritten(self)
        if mode.tape is not None:
            mode.tape.wrote(self, index, value)

    if not TYPE_CHECKING:
        __iadd__, __isub__ = _augmented(ops.add, "+="), _augmented(ops.sub, "-=")
        __imul__, __itruediv__ = _augmented(ops.mul, "*="), _augmented(ops.div, "/=")
        __ifloordiv__, __imod__ = _augmented(ops.floor_divide, "//="), _augmented(ops.mod, "%=")
        __ipow__ = _augmented(ops.power, "**=")

    def __pow__(self, other: Any) -> Tensor:
        if isinstance(other, (int, float)):
            return record(
                ops.power_of,
                (self,),
                {"n": other.item() if isinstance(other, np.generic) else other},
            )
        return record(ops.power, (self, other))

    if not TYPE_CHECKING:
        __matmul__ = lambda self, other: record(ops.product_of(self, other), (self, other))
        __rmatmul__ = lambda self, other: record(ops.product_of(other, self), (other, self))

    def reshape(self, *shape: Any) -> Tensor:
        """The same entries in another shape, as NumPy's: `x.reshape(2, 3)` or `x.reshape((2,
        -1))`."""
        return record(ops.reshape, (self,), {"shape": shape[0] if len(shape) == 1 else shape})

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order, reversed where none is given, as NumPy's."""
        if axes == (0, 1) and self.ndim == 2:
            raise TypeError(
                "transpose(0, 1) of a matrix: PyTorch's swaps the axes, NumPy's leaves them; write "
                "x.T, or x.swapaxes(0, 1)"
            )
        order = axes[0] if len(axes) == 1 and (axes[0] is None or np.ndim(axes[0])) else axes
        return record(ops.transpose, (self,), {"axes": tuple(order)} if order else _NOTHING)

    @property
    def T(self) -> Tensor:
        """All axes reversed."""
        return record(ops.transpose, (self,))

    @property
    def mT(self) -> Tensor:
        """The last two axes swapped: the transpose of a matrix, or of each of a stack."""
        return record(ops.swapaxes, (self,), {"axis1": -2, "axis2": -1})

    if not TYPE_CHECKING:  # their types: ops/methods.pyi
        exp, exp2, expm1, log, log2, log10, log1p = (
            ops.exp,
            ops.exp2,
            ops.expm1,
            ops.log,
            ops.log2,
            ops.log10,
            ops.log1p,
        )
        sqrt, cbrt, square, reciprocal, abs, sign = (
            ops.sqrt,
            ops.cbrt,
            ops.square,
            ops.reciprocal,
            ops.abs,
            ops.sign,
        )
        sin, cos, tan, arcsin, arccos, arctan = (
            ops.sin,
            ops.cos,
            ops.tan,
            ops.arcsin,
            ops.arccos,
            ops.arctan,
        )
        sinh, cosh, tanh, arcsinh, arccosh, arctanh = (
            ops.sinh,
            ops.cosh,
            ops.tanh,
            ops.arcsinh,
            ops.arccosh,
            ops.arctanh,
        )
        floor, ceil, trunc, rint, round, clip = (
            ops.floor,
            ops.ceil,
            ops.trunc,
            ops.rint,
            ops.round,
            ops.clip,
        )
        maximum, minimum, astype = ops.maximum, ops.minimum, ops.astype

        relu, leaky_relu, elu, gelu, silu = ops.relu, ops.leaky_relu, ops.elu, ops.gelu, ops.silu
        sigmoid, log_sigmoid, softplus = ops.sigmoid, ops.log_sigmoid, ops.softplus
        hard_tanh, threshold = ops.hard_tanh, ops.threshold
        softmax, log_softmax, logsumexp = ops.softmax, ops.log_softmax, ops.logsumexp

        sum, mean, var, std, prod, norm = ops.sum, ops.mean, ops.var, ops.std, ops.prod, ops.norm
        max, min, argmax, argmin, all, any = (
            ops.max,
            ops.min,
            ops.argmax,
            ops.argmin,
            ops.all,
            ops.any,
        )
        cumsum, cumprod, diff, sort, argsort = (
            ops.cumsum,
            ops.cumprod,
            ops.diff,
            ops.sort,
            ops.argsort,
        )

        swapaxes, moveaxis, squeeze, expand_dims = (
            ops.swapaxes,
            ops.moveaxis,
            ops.squeeze,
            ops.expand_dims,
        )
        ravel, flatten, broadcast_to, flip, roll = (
            ops.ravel,
            ops.flatten,
            ops.broadcast_to,
            ops.flip,
            ops.roll,
        )
        take, take_along_axis, repeat, tile, pad, split = (
            ops.take,
            ops.take_along_axis,
            ops.repeat,
            ops.tile,
            ops.pad,
            ops.split,
        )
        dot, outer, trace, diagonal, tril, triu = (
            ops.dot,
            ops.outer,
            ops.trace,
            ops.diagonal,
            ops.tril,
            ops.triu,
        )
        inv, det = ops.inv, ops.det

        # PyTorch's names; those that cost more than a line are answered by `habits`

        unsqueeze, clamp, permute, clone, copy = (
            ops.expand_dims,
            ops.clip,
            transpose,
            ops.identity,
            ops.identity,
        )
        add, sub, mul, div, neg, pow, matmul = (
            ops.add,
            ops.sub,
            ops.mul,
            ops.div,
            ops.neg,
            __pow__,
            __matmul__,
        )
        subtract, multiply, divide, negative, mm, bmm = sub, mul, div, neg, matmul, matmul
        eq, ne, lt, le, gt, ge = __eq__, __ne__, __lt__, __le__, __gt__, __ge__
        cpu = contiguous = lambda self: self
        tolist = lambda self: self.numpy().tolist()
        numel, dim, t = (lambda self: self.size), (lambda self: self.ndim), (lambda self: self.T)

    def view(self, *shape: Any) -> Tensor:
        """The same entries in another shape, as PyTorch's: `reshape`."""
        if len(shape) == 1 and isinstance(shape[0], (type, np.dtype, str)):
            raise TypeError(
                "view(dtype) would read the bytes as other numbers; write x.astype(dtype)"
            )
        return self.reshape(*shape)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad`, and return the tensor itself, as PyTorch's."""
        self.requires_grad = requires_grad
        return self

    if not TYPE_CHECKING:  # so that a checker finds a misspelt name

        def __getattr__(self, key: str) -> Any:
            # Python's and NumPy's own questions, which want no words
            if key.startswith("__"):
                raise AttributeError(key)
            # x.float(): in the class the name would hide Python's
            if key in _CASTS:
                return partial(self.astype, _CASTS[key])
            name = None if key in Tensor.__slots__ else self.name
            raise habits.missing("Tensor", key, self, name if name and name.isidentifier() else "x")

    # How it behaves among other objects

    __hash__ = object.__hash__

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError(
                f"{describe(self)} is one number and cannot be iterated over; write .item()"
            )
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                f"{describe(self)} has {self.size} entries and no single truth; write (x > "
                "0).all() or .any(), or tg.where for a choice entry by entry"
            )
        if mode.tape is not None:
            mode.tape.escapes(self, "its truth (if, while, and, or)")
        return bool(self._data)

    def __float__(self) -> float:
        return float(self._constant("float()"))

    def __int__(self) -> int:
        return int(self._constant("int()"))

    def __index__(self) -> int:
        if self.ndim or self.dtype.kind not in "iu":
            raise TypeError(
                f"an index is one whole number, and {describe(self)} is {self.dtype} of shape "
                f"{self.shape}; write t.argmax() for a place, .astype(int) for whole "
                "numbers, xs[i] of each entry"
            )
        return int(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def _constant(self, what: str) -> float:
        """The only entry, where no gradient is lost with it: of a constant, of anything under
        no_grad(), and of a loss whose backward() has run."""
        if (
            self._requires_grad
            and mode.recording
            and (self.op is None or self._grad is None)
            and self.size == 1
        ):
            raise TypeError(
                f"{what} of {describe(self)} would lose its gradient silently, and so do "
                "math.tanh(x), '%f' % x and array[i] = x, which call it; write tg.tanh(x), "
                "tg.stack(xs), or x.item() for the number alone"
            )
        return self.item()

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray:
        if self._requires_grad:
            raise TypeError(
                f"{describe(self)} requires a gradient, which an array would lose silently; write "
                + array_instead(sys._getframe(1))
            )
        if mode.tape is not None:
            mode.tape.escapes(self, "a NumPy array made from it")
        return np.array(_read_only(self._data), dtype=dtype, copy=copy)

    @property
    def _mask(self) -> Any:
        """np.ma's functions ask every operand for its mask, and would go on with the bare
        numbers."""
        raise TypeError(
            f"np.ma has no gradients, and {describe(self)} is a tensor; write tg.where(~m.mask, "
            "m.data, 0.0) for the masked array m"
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return protocols.ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return protocols.function(func, args, kwargs)

    @staticmethod
    def __record__(op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Tensor:
        return record(op, inputs, params)

    def __copy__(self) -> Tensor:
        return (
            self
            if self.op is not None
            else Tensor(self._data, requires_grad=self._requires_grad, name=self.name)
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if self.op is not None:
            raise RuntimeError(
                f"{describe(self)} is the result of an operation and shares its graph; "
                "copy.deepcopy is for leaves. Write x.detach() first"
            )
        twin = Tensor(self._data, requires_grad=self._requires_grad, name=self.name)
        twin._grad = None if self._grad is None else self._grad.copy()
        return memo.setdefault(id(self), twin)

    def __reduce__(self) -> Any:
        if self.op is not None:
            raise RuntimeError(f"{describe(self)} is the result of an operation; pickle x.detach()")
        return partial(Tensor, requires_grad=self._requires_grad, name=self.name), (self._data,)

    def __repr__(self) -> str:
        return represent(self)


def record(op: Op, inputs: tuple[Any, ...], params: dict[str, Any] = _NOTHING) -> Tensor:
    """Compute an operation, and note it on the result if a gradient may be asked of it."""
    arrays: list[Any] = []
    dtype, tracked, mixed, raw = None, False, False, False
    for x in inputs:
        kind = type(x)
        if kind is Tensor:
            array = x._data
            tracked = tracked or x._requires_grad
        elif kind is float or kind is int or kind is bool:
            arrays.append(x)
            continue
        elif kind is np.ndarray and x.dtype.kind in "biufc" and x.dtype.isnative:
            array, raw = x, True
        else:
            tape = mode.tape
            if tape is not None and any(map(tape.watches, inputs)):
                return tape.operation(op, inputs, params)
            return record(op, _operands(inputs, op), params)
        arrays.append(array)
        mixed = mixed or (dtype is not None and dtype is not array.dtype)
        dtype = array.dtype
    if (
        op.real
        and dtype is not None
        and dtype.kind in "biu"
        and (floats := _floats(inputs, op)) is not None
    ):
        return record(op, floats, params)
    if versions.sealed:
        for x in inputs:
            versions.written(x)
    try:
        array = op.forward(*(walk.operands(op, inputs) if mixed else arrays), **params)
    except Exception as error:
        error.add_note(
            f"in {op.name}: {op.formula} with "
            + ", ".join(
                f"{n} = {describe(x)}"
                for n, x in zip(op.inputs * len(inputs), inputs, strict=False)
            )
        )
        raise
    y = object.__new__(Tensor)
    y._data = array = array if type(array) is np.ndarray else np.asarray(array)
    y.step, y.retains, y.layers = tick(), False, ()
    y._grad = y.name = y.buffer = y.seal = None
    y.behind = _behind(op, inputs, params) if op.hands_on else None
    # the usual case, ahead of all others
    if tracked and mode.plain and op.rules and array.dtype.char in TRAINED:
        y._requires_grad, y.op, y.params = True, op, params
        y.inputs = tuple(keep(x) if type(x) is np.ndarray else x for x in inputs) if raw else inputs
        return y
    if mode.watching:
        anomaly.check_forward(op, inputs, params, y)
    y._requires_grad = (
        tracked and mode.recording and bool(op.rules or op.unruled) and _differentiable(op, array)
    )
    if (
        y._requires_grad
        or mode.everything
        or op.output_unit
        or (op.view and getattr(inputs[0], "op", None))
    ):
        y.op, y.params = op, params
        y.inputs = tuple(keep(x) if type(x) is np.ndarray else x for x in inputs)
    else:
        y.op, y.inputs, y.params = None, (), UNRECORDED
        if op.view:
            # Nothing remembers whose memory a view is; were either written into, the other's graph
            # would not know.
            y._data = y._data.copy()
            y._data.flags.writeable = False
    if mode.tape is not None:
        mode.tape.did(op, inputs, params, y)
    return y


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


def _differentiable(op: Op, y: np.ndarray) -> bool:
    """Whether a result that depends on a tracked tensor is tracked itself: floats are, integers are
    constants."""
    if y.dtype.kind == "c":
        raise TypeError(
            f"{op.name} of a tensor that requires a gradient gave {y.dtype}: complex numbers have "
            "no gradient here; keep real and imaginary part as two tensors"
        )
    if y.dtype.char == "e":
        raise TypeError(f"{op.name} of a tensor that requires a gradient gave float16{_HALF}")
    return y.dtype.kind == "f"


def _behind(op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Behind | None:
    """What is known of the logits behind a result."""
    x = inputs[0]
    if type(x) is not Tensor:
        return None
    if op.output_unit:
        return Behind(op, x) if params.get("axis", -1) in (-1, x.ndim - 1) else None
    b = x.behind
    return None if b is None else Behind(b.unit, b.logits, (*b.since, (op, params)))


def _operands(inputs: tuple[Any, ...], op: Op) -> tuple[Any, ...]:
    """Inputs as they are kept: plain arrays, numbers and tensors. NumPy's scalars take their
    partners' dtype as Python's numbers do, and keep their own where no floating array is among
    them."""
    found = [
        x if isinstance(x, (Tensor, bool, int, float)) else numbers(x, op.name) for x in inputs
    ]
    rules = op.gradients * len(found) if op.variadic else op.gradients
    floating = any(
        r is not None and not isinstance(x, (np.generic, bool, int, float)) and x.dtype.kind in "fc"
        for x, r in zip(found, rules, strict=True)
    )
    for i, x in enumerate(found):
        if isinstance(x, np.generic):
            n = x.item() if floating and x.dtype.kind != "c" else None
            found[i] = (
                n
                if isinstance(n, (bool, int, float)) and not isinstance(n, np.generic)
                else np.asarray(x)
            )
    return tuple(found)


def _floats(inputs: tuple[Any, ...], op: Op) -> tuple[Any, ...] | None:
    """The inputs with integers brought to float64, for a formula that would wrap around in them;
    None where a floating array is among them, whose dtype they take anyway."""
    joined = [
        getattr(x, "dtype", None) if r is not None else None
        for x, r in zip(inputs, op.gradients, strict=True)
    ]
    if any(d is not None and d.kind in "fc" for d in joined) or not any(joined):
        return None
    return tuple(
        x
        if d is None
        else record(ops.astype, (x,), {"dtype": np.float64})
        if isinstance(x, Tensor)
        else x.astype(np.float64)
        for x, d in zip(inputs, joined, strict=True)
    )


def _plain_index(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(_plain_index(i) for i in index)
    if isinstance(index, Tensor):
        return Tensor(index)._data
    if mode.tape is not None and mode.tape.watches(index):
        return mode.tape.plain_index(index)
    # A copy: the graph keeps it, and the user may shuffle theirs.
    if isinstance(index, list):
        return np.array(index, None if np.size(index) else np.intp)
    return index.copy() if isinstance(index, np.ndarray) else index


tensor = Tensor  # as NumPy's users write it: array() makes an ndarray
