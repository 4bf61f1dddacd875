# Written by tests/types/stubs.py from the catalogue: change that, and run it again.

# mypy: disable-error-code="overload-overlap, override, misc"
# pyright: reportOverlappingOverload=false, reportIncompatibleMethodOverride=false

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..formula import Op
from ..tensor import Tensor

_Array: TypeAlias = NDArray[Any]
_Data: TypeAlias = ArrayLike | Tensor
_Axes: TypeAlias = int | Sequence[int] | None
_Float: TypeAlias = float

def _axes(ndim: Any, axis: Any) -> Any: ...

def _restored(v: Any, shape: Any, axis: Any) -> Any: ...

class _Reshape(Op):
    @overload
    def __call__(self, x: Tensor, shape: int | Sequence[int]) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, shape: int | Sequence[int]) -> _Array: ...

reshape: _Reshape
"""reshape(x, *, shape) = np.reshape(x, shape)
dL/dx = g.reshape(x.shape)"""

class _Ravel(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

ravel: _Ravel
"""ravel(x) = np.ravel(x)
dL/dx = g.reshape(x.shape)"""

class _Squeeze(Op):
    @overload
    def __call__(self, x: Tensor, axis: _Axes = None) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: _Axes = None) -> _Array: ...

squeeze: _Squeeze
"""squeeze(x, *, axis=None) = np.squeeze(x, axis=axis)
dL/dx = g.reshape(x.shape)"""

class _ExpandDims(Op):
    @overload
    def __call__(self, x: Tensor, axis: int | Sequence[int]) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: int | Sequence[int]) -> _Array: ...

expand_dims: _ExpandDims
"""expand_dims(x, *, axis) = np.expand_dims(x, axis)
dL/dx = g.reshape(x.shape)"""

def _inverse(axes: Any) -> Any: ...

class _Transpose(Op):
    @overload
    def __call__(self, x: Tensor, axes: Sequence[int] | None = None) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axes: Sequence[int] | None = None) -> _Array: ...

transpose: _Transpose
"""transpose(x, *, axes=None) = np.transpose(x, axes)
dL/dx = np.transpose(g, _inverse(axes))"""

class _Swapaxes(Op):
    @overload
    def __call__(self, x: Tensor, axis1: int, axis2: int) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis1: int, axis2: int) -> _Array: ...

swapaxes: _Swapaxes
"""swapaxes(x, *, axis1, axis2) = np.swapaxes(x, axis1, axis2)
dL/dx = np.swapaxes(g, axis1, axis2)"""

class _Moveaxis(Op):
    @overload
    def __call__(
        self,
        x: Tensor,
        source: int | Sequence[int],
        destination: int | Sequence[int],
    ) -> Tensor: ...
    @overload
    def __call__(
        self,
        x: ArrayLike,
        source: int | Sequence[int],
        destination: int | Sequence[int],
    ) -> _Array: ...

moveaxis: _Moveaxis
"""moveaxis(x, *, source, destination) = np.moveaxis(x, source, destination)
dL/dx = np.moveaxis(g, destination, source)"""

class _BroadcastTo(Op):
    @overload
    def __call__(self, x: Tensor, shape: int | Sequence[int]) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, shape: int | Sequence[int]) -> _Array: ...

broadcast_to: _BroadcastTo
"""broadcast_to(x, *, shape) = np.broadcast_to(x, shape)
dL/dx = g"""

class _Flip(Op):
    @overload
    def __call__(self, x: Tensor, axis: _Axes = None) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: _Axes = None) -> _Array: ...

flip: _Flip
"""flip(x, *, axis=None) = np.flip(x, axis)
dL/dx = np.flip(g, axis)"""

def _back(shift: Any) -> Any: ...

class _Roll(Op):
    @overload
    def __call__(self, x: Tensor, shift: int | Sequence[int], axis: _Axes = None) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, shift: int | Sequence[int], axis: _Axes = None) -> _Array: ...

roll: _Roll
"""roll(x, *, shift, axis=None) = np.roll(x, shift, axis)
dL/dx = np.roll(g, _back(shift), axis)"""

class _Tril(Op):
    @overload
    def __call__(self, x: Tensor, k: int = 0) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, k: int = 0) -> _Array: ...

tril: _Tril
"""tril(x, *, k=0) = np.tril(x, k)
dL/dx = np.tril(g, k)"""

class _Triu(Op):
    @overload
    def __call__(self, x: Tensor, k: int = 0) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, k: int = 0) -> _Array: ...

triu: _Triu
"""triu(x, *, k=0) = np.triu(x, k)
dL/dx = np.triu(g, k)"""

def _piece(g: Any, shapes: Any, i: Any, axis: Any) -> Any: ...

def _layer(g: Any, i: Any, axis: Any) -> Any: ...

class _Concatenate(Op):
    @overload
    def __call__(self, xs: Sequence[Tensor], axis: int | None = 0) -> Tensor: ...
    @overload
    def __call__(self, xs: Sequence[_Array], axis: int | None = 0) -> _Array: ...
    @overload
    def __call__(self, xs: Sequence[_Data], axis: int | None = 0) -> Any: ...
    @overload
    def __call__(self, *xs: Tensor, axis: int | None = 0) -> Tensor: ...
    @overload
    def __call__(self, *xs: _Data, axis: int | None = 0) -> Any: ...

concatenate: _Concatenate
"""concatenate(*xs, axis=0) = np.concatenate(xs, axis=axis)
dL/dxs = _piece(g, [x.shape for x in xs], i, axis)"""

class _Stack(Op):
    @overload
    def __call__(self, xs: Sequence[Tensor], axis: int = 0) -> Tensor: ...
    @overload
    def __call__(self, xs: Sequence[_Array], axis: int = 0) -> _Array: ...
    @overload
    def __call__(self, xs: Sequence[_Data], axis: int = 0) -> Any: ...
    @overload
    def __call__(self, *xs: Tensor, axis: int = 0) -> Tensor: ...
    @overload
    def __call__(self, *xs: _Data, axis: int = 0) -> Any: ...

stack: _Stack
"""stack(*xs, axis=0) = np.stack(xs, axis=axis)
dL/dxs = _layer(g, i, axis)"""
