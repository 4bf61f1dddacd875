"""The Tensor: an array that remembers how it was computed.

A result keeps the operation, its inputs, its parameters and its step: that is the whole graph,
pointing from output to inputs only, so that it is freed with its last result. Operators, methods
and NumPy's own functions all come through `record`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Never

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import habits, ops
from .arrays import Count, answering
from .at import At
from .autodiff import protocols, versions, walk
from .autodiff import record as recording
from .autodiff.assignment import Assignments, plain_index
from .autodiff.attached import NOTHING, Attached, attach
from .autodiff.conversions import Conversions, read_only
from .autodiff.inputs import numbers
from .autodiff.messages import describe
from .autodiff.methods import Methods
from .autodiff.modes import as_array, mode
from .autodiff.record import HALF, NO_PARAMS, TRAINED, UNRECORDED
from .autodiff.snapshots import same_memory
from .autodiff.versions import tick
from .formula import Op

record: Callable[..., Tensor] = recording.record
_CASTS = {"float": np.float32, "double": np.float64, "long": np.int64}


class Tensor(Assignments, Conversions, Methods):
    """An array that remembers how it was computed, so that dL/dself can be found.

    Either a leaf, `tensor(data)`, or the result of an operation on tensors. It takes part in
    NumPy's operators and functions: `np.exp(x @ W + b)` is recorded as well.

    Args:
      data: numbers of any shape: an array, nested lists, a number, or another tensor. They are
        copied, unless `copy=False` asks to share the memory.
      dtype: the type of an entry; NumPy's choice for the data where it is not given.
      requires_grad: whether `backward()` finds dL/dself. Only floating-point tensors can.
      name: what pictures and messages call it.

    Raises:
      TypeError: `data` holds no numbers, or a gradient would be lost with it.

    >>> W = tensor([[1.0, 1.0], [1.0, 1.0]], requires_grad=True, name="W")
    >>> W
    tensor([[1., 1.],
            [1., 1.]], f64[2,2], name='W', requires_grad=True)
    >>> (W * W).sum().backward()
    >>> W.grad
    array([[2., 2.],
           [2., 2.]])
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
        "attached",
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
    attached: Attached  # what pictures, optimizers, versions and costs remember about it

    def __init__(
        self,
        data: ArrayLike | Tensor,
        dtype: DTypeLike | None = None,
        *,
        requires_grad: bool = False,
        name: str | None = None,
        copy: bool = True,
        **others: Never,
    ) -> None:
        if others:
            habits.refuse("tensor", others, "dtype, requires_grad, name, copy")
        tape = mode.tape
        source: Any = data if isinstance(data, Tensor) else None
        if source is not None and source._requires_grad and not requires_grad and mode.recording:
            raise TypeError(
                f"tensor() of {describe(source)} would lose its gradient silently; write "
                "x.detach() for a constant copy, or use it as it is"
            )
        if source is None and tape is not None and tape.watches(data):
            source = data
        given: Any = data
        if source is not None:
            given = source._data if tape is None else tape.array(source)
        array = np.asarray(numbers(given, "tensor()", dtype))
        fresh = isinstance(given, (list, tuple, int, float)) or array.dtype != getattr(
            given, "dtype", None
        )
        self._data = array.copy(order="K") if copy and not fresh else array
        self._grad, self.op, self.inputs, self.params = None, None, (), NO_PARAMS
        self.name, self.retains, self.attached = name, False, NOTHING
        self.step, self._requires_grad = tick(), False
        if requires_grad:
            self.requires_grad = True
        if tape is not None:
            tape.made(self, source)

    # What it is

    @property
    def data(self) -> np.ndarray:
        """The numbers, as an array that shares the tensor's memory; read-only where the tensor is
        the result of an operation.

        Assigning to it (`w.data = ...`, `w.data -= ...`) marks every result computed from the old
        numbers as stale, and so does `with tg.no_grad(): w[i] = ...`. A write into the array itself
        is found by comparing, when the tensor is next used.

        >>> w = tensor([1.0, 2.0])
        >>> w.data -= 0.5
        >>> w.data
        array([0.5, 1.5])
        """
        if mode.tape is not None:
            return mode.tape.data_of(self)
        return read_only(self._data) if self.op is not None else versions.expose(self)

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
        """Write `value`, of the same shape, into this tensor's memory. Every result already
        computed from the old numbers is stale.

        >>> w = tensor([1.0, 2.0])
        >>> w.overwrite([3.0, 4.0])
        >>> w.data
        array([3., 4.])
        """
        # w.data -= ... has written already
        if type(value) is not np.ndarray or not same_memory(value, self._data):
            self._data[...] = value
        versions.mark_changed(self)
        if mode.tape is not None:
            mode.tape.wrote(self, ..., value)

    @property
    def grad(self) -> np.ndarray | Any:  # Any for None: no checker knows when backward() has run
        """dL/dself after `backward()`, an array of this tensor's shape and dtype; None before.

        Leaves have it, L itself, and what `retain_grad()` marked. The array is yours: later steps
        leave it as it is. What you write into it before an optimizer's step counts in that step.

        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> (3 * w).sum().backward()
        >>> w.grad
        array([3., 3.])
        """
        if mode.tape is not None:
            return mode.tape.grad_of(self)
        if self._grad is not None and self._grad is self.attached.buffer:
            self._grad = self._grad.copy()  # in the buffer itself the next step writes
        if type(self._grad) is np.ndarray:
            self._grad = answering(self._grad)
        return self._grad

    @grad.setter
    def grad(self, value: np.ndarray | None) -> None:
        self._grad = value if mode.tape is None else mode.tape.set_gradient(self, value)

    @property
    def requires_grad(self) -> bool:
        """Whether `backward()` finds dL/dself. Settable for leaves of a floating dtype.

        >>> w = tensor([1.0], requires_grad=True)
        >>> (2 * w).requires_grad, tensor([1.0]).requires_grad
        (True, False)
        """
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if value and self._data.dtype.char not in TRAINED:
            raise TypeError(
                f"only floating-point tensors can require a gradient, and {describe(self)} is "
                f"{self.dtype}; write tensor(data, dtype=float, requires_grad=True)"
                + (HALF if self.dtype.char == "e" else "")
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
            self.params = NO_PARAMS
        self._requires_grad = bool(value)
        versions.structure_changed()

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis.

        >>> tensor([[1.0, 2.0, 3.0]]).shape
        (1, 3)
        """
        return self._data.shape

    @property
    def ndim(self) -> int:
        """The number of axes.

        >>> tensor([[1.0, 2.0, 3.0]]).ndim
        2
        """
        return self._data.ndim

    @property
    def size(self) -> Count:
        """The number of entries. It may be called as PyTorch's `x.size()`: the shape, or the length
        of one axis.

        >>> x = tensor([[1.0, 2.0, 3.0]])
        >>> x.size, x.size(), x.size(-1)
        (3, (1, 3), 3)
        """
        return Count(self._data.size, self._data.shape)

    @property
    def at(self) -> At:
        """`x.at[index].set(values)`: a new tensor that differs in these entries, as JAX'.

        >>> tensor([1.0, 2.0, 3.0]).at[0].set(7.0)
        tensor([7., 2., 3.], f64[3])
        """
        return At(self)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of an entry, as NumPy's.

        >>> tensor([1.0]).dtype, tensor([1.0], dtype="float32").dtype
        (dtype('float64'), dtype('float32'))
        """
        return self._data.dtype

    @property
    def nbytes(self) -> int:
        """The bytes that the data takes.

        >>> tensor([1.0, 2.0]).nbytes
        16
        """
        return self._data.nbytes

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user, not by an operation.

        >>> x = tensor(2.0, requires_grad=True)
        >>> x.is_leaf, (x * x).is_leaf
        (True, False)
        """
        return self.op is None

    def numpy(self) -> np.ndarray:
        """A copy of the numbers as a NumPy array, without the graph.

        >>> tensor([1.0, 2.0]).numpy()
        array([1., 2.])
        """
        if mode.tape is not None:
            mode.tape.escapes(self, ".numpy()")
        return self._data.copy()

    def item(self) -> float:
        """The only entry, as a Python number.

        Raises:
          ValueError: there are more entries, or none.

        >>> tensor([[2.5]]).item()
        2.5
        """
        if self.size != 1:
            raise ValueError(
                f"item() is for one entry, {describe(self)} has {self.size}; write .numpy()"
            )
        if mode.tape is not None:
            mode.tape.escapes(self, "a Python number made from it (.item(), float(), int())")
        number: float = self._data.item()
        return number

    def detach(self) -> Tensor:
        """The same numbers as a constant, whose gradient is 0. A copy: a later change of this
        tensor does not change it.

        >>> x = tensor(3.0, requires_grad=True)
        >>> (x * x.detach()).backward()
        >>> x.grad
        array(3.)
        """
        y = Tensor(self._data, name=self.name)
        if mode.tape is not None:
            mode.tape.made(y, self)
        # probabilities stay what they are, without the graph of their logits
        behind = self.attached.behind
        if behind is not None:
            attach(y).behind = behind._replace(logits=behind.logits.detach())
        return y

    # Differentiation

    def backward(
        self,
        gradient: ArrayLike | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
    ) -> None:
        """Add dL/dx to `x.grad` for every leaf x that requires it, where L is this tensor.

        dL/dx = Σ over the uses y of x: the rule of y's operation, given dL/dy.

        Args:
          gradient: dL/dself, of this tensor's shape and dtype; 1 where it is not given, for which
            this tensor must hold one number.
          retain_graph: taken for PyTorch's sake; a graph lives as long as its result.
          create_graph: refused; write `tg.grad(tg.grad(f))` for higher derivatives.

        A second call adds the same gradients again. After an error no gradient has changed.

        Raises:
          RuntimeError: this tensor depends on nothing that requires a gradient, or holds several
            numbers and no `gradient` is given.
          StaleGraphError: an array that a rule needs was changed in place in between.

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
                gradient._data if isinstance(gradient, Tensor) else as_array(gradient, "gradient")
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
            buffer = x.attached.buffer
            if x._grad is None and buffer is None:
                x._grad = g
            elif x._grad is None:
                buffer[...] = g
                x._grad = buffer
            elif x._grad is buffer:
                np.add(buffer, g, out=buffer)
            else:
                x._grad = np.asarray(x._grad + g)

    def retain_grad(self) -> Tensor:
        """Keep this result's gradient in `.grad` at the next `backward()`. Returns the tensor.

        >>> x = tensor(3.0, requires_grad=True)
        >>> h = (2 * x).retain_grad()
        >>> (h * h).backward()
        >>> h.grad, x.grad
        (array(12.), array(24.))
        """
        self.retains = True
        return self

    def __getitem__(self, index: Any) -> Tensor:
        return record(ops.getitem, (self,), {"index": plain_index(index)})

    def reshape(self, *shape: Any) -> Tensor:
        """The same entries in another shape, as NumPy's. A length of -1 follows from the others.

        >>> tensor([1.0, 2.0, 3.0, 4.0]).reshape(2, -1).shape
        (2, 2)
        """
        return record(ops.reshape, (self,), {"shape": shape[0] if len(shape) == 1 else shape})

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order, as NumPy's; reversed where none is given. Two of three axes
        and more change places, as PyTorch's: NumPy has no meaning for that.

        >>> tensor(np.zeros((2, 3, 4))).transpose(1, 0, 2).shape
        (3, 2, 4)
        """
        two = len(axes) == 2 and all(isinstance(a, (int, np.integer)) for a in axes)
        if two and self.ndim > 2:  # no order of all axes: PyTorch's, which swaps two
            return record(ops.swapaxes, (self,), {"axis1": axes[0], "axis2": axes[1]})
        if two and self.ndim == 2 and [a % 2 for a in axes] == [0, 1]:
            raise TypeError(
                f"transpose{axes} of a matrix: PyTorch's swaps the axes, NumPy's leaves them; "
                "write x.T, or x.swapaxes(0, 1)"
            )
        order = axes[0] if len(axes) == 1 and (axes[0] is None or np.ndim(axes[0])) else axes
        return record(ops.transpose, (self,), {"axes": tuple(order)} if order else NO_PARAMS)

    @property
    def T(self) -> Tensor:
        """All axes reversed: of a matrix, its transpose.

        >>> tensor([[1.0, 2.0, 3.0]]).T.shape
        (3, 1)
        """
        return record(ops.transpose, (self,))

    @property
    def mT(self) -> Tensor:
        """The last two axes swapped: the transpose of a matrix, or of each one in a stack.

        >>> tensor(np.zeros((5, 2, 3))).mT.shape
        (5, 3, 2)
        """
        return record(ops.swapaxes, (self,), {"axis1": -2, "axis2": -1})

    # PyTorch's names

    permute = transpose

    def view(self, *shape: Any) -> Tensor:
        """The same entries in another shape: PyTorch's name for `reshape`.

        >>> tensor([1.0, 2.0, 3.0, 4.0]).view(2, 2).shape
        (2, 2)
        """
        if len(shape) == 1 and isinstance(shape[0], (type, np.dtype, str)):
            raise TypeError(
                "view(dtype) would read the bytes as other numbers; write x.astype(dtype)"
            )
        return self.reshape(*shape)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad`, and return the tensor itself, as PyTorch does.

        >>> tensor([1.0]).requires_grad_().requires_grad
        True
        """
        self.requires_grad = requires_grad
        return self

    if not TYPE_CHECKING:  # a checker finds a misspelt name

        def __getattr__(self, key: str) -> Any:
            # Python's and NumPy's own questions, which want no words
            if key.startswith("__"):
                raise AttributeError(key)
            # x.float(): in the class the name would hide Python's
            if key in _CASTS:
                return partial(self.astype, _CASTS[key])
            name = None if key in Tensor.__slots__ else self.name
            raise habits.missing("Tensor", key, self, name if name and name.isidentifier() else "x")

    # NumPy's functions, and operations called by name

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return protocols.ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(
        self, func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        return protocols.function(func, args, kwargs)

    @staticmethod
    def __record__(op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Tensor:
        return record(op, inputs, params)


recording.Tensor = Tensor
tensor: type[Tensor] = Tensor  # as NumPy's users write it: array() makes an ndarray
