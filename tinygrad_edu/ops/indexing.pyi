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

def _is_basic(index: Any) -> Any: ...

def _add_at(v: Any, index: Any, shape: Any) -> Any: ...

class _Getitem(Op):
    @overload
    def __call__(self, x: Tensor, index: Any) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, index: Any) -> _Array: ...

getitem: _Getitem
"""getitem(x, *, index) = x[index]
dL/dx = scatter(g, index=index, shape=x.shape)"""

class _Scatter(Op):
    @overload
    def __call__(self, v: Tensor, index: Any, shape: int | Sequence[int]) -> Tensor: ...
    @overload
    def __call__(self, v: ArrayLike, index: Any, shape: int | Sequence[int]) -> _Array: ...

scatter: _Scatter
"""scatter(v, *, index, shape) = _add_at(v, index, shape)
dL/dv = g[index]"""

def _numbers(shape: Any) -> Any: ...

def _home(g: Any, numbers: Any, shape: Any) -> Any: ...

class _Take(Op):
    @overload
    def __call__(self, x: Tensor, indices: _Data, axis: int | None = None) -> Tensor: ...
    @overload
    def __call__(self, x: _Data, indices: Tensor, axis: int | None = None) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, indices: ArrayLike, axis: int | None = None) -> _Array: ...

take: _Take
"""take(x, indices, *, axis=None) = np.take(x, indices, axis=axis)
dL/dx = _home(g, np.take(_numbers(x.shape), indices, axis=axis), x.shape)"""

class _TakeAlongAxis(Op):
    @overload
    def __call__(self, x: Tensor, indices: _Data, axis: int | None = -1) -> Tensor: ...
    @overload
    def __call__(self, x: _Data, indices: Tensor, axis: int | None = -1) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, indices: ArrayLike, axis: int | None = -1) -> _Array: ...

take_along_axis: _TakeAlongAxis
"""take_along_axis(x, indices, *, axis=-1) = np.take_along_axis(x, indices, axis)
dL/dx = _home(g, np.take_along_axis(_numbers(x.shape), indices, axis), x.shape)"""

class _Repeat(Op):
    @overload
    def __call__(
        self,
        x: Tensor,
        repeats: int | Sequence[int] | _Array,
        axis: int | None = None,
    ) -> Tensor: ...
    @overload
    def __call__(
        self,
        x: ArrayLike,
        repeats: int | Sequence[int] | _Array,
        axis: int | None = None,
    ) -> _Array: ...

repeat: _Repeat
"""repeat(x, *, repeats, axis=None) = np.repeat(x, repeats, axis)
dL/dx = _home(g, np.repeat(_numbers(x.shape), repeats, axis), x.shape)"""

class _Tile(Op):
    @overload
    def __call__(self, x: Tensor, reps: int | Sequence[int]) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, reps: int | Sequence[int]) -> _Array: ...

tile: _Tile
"""tile(x, *, reps) = np.tile(x, reps)
dL/dx = _home(g, np.tile(_numbers(x.shape), reps), x.shape)"""

class _Diagonal(Op):
    @overload
    def __call__(self, x: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> _Array: ...

diagonal: _Diagonal
"""diagonal(x, *, offset=0, axis1=0, axis2=1) = np.diagonal(x, offset, axis1, axis2)
dL/dx = _home(g, np.diagonal(_numbers(x.shape), offset, axis1, axis2), x.shape)"""

def _order(x: Any, axis: Any) -> Any: ...

class _Sort(Op):
    @overload
    def __call__(self, x: Tensor, axis: int | None = -1) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: int | None = -1) -> _Array: ...

sort: _Sort
"""sort(x, *, axis=-1) = np.sort(x, axis=axis)
dL/dx = _home(g, _order(x, axis), x.shape)"""

def _padded(x: Any, pad_width: Any, mode: Any, constant_values: Any) -> Any: ...

class _Pad(Op):
    @overload
    def __call__(
        self,
        x: Tensor,
        pad_width: ArrayLike,
        mode: Literal["constant", "edge", "reflect", "symmetric", "wrap"] = "constant",
        constant_values: ArrayLike = 0,
    ) -> Tensor: ...
    @overload
    def __call__(
        self,
        x: ArrayLike,
        pad_width: ArrayLike,
        mode: Literal["constant", "edge", "reflect", "symmetric", "wrap"] = "constant",
        constant_values: ArrayLike = 0,
    ) -> _Array: ...

pad: _Pad
"""pad(x, *, pad_width, mode='constant', constant_values=0) = _padded(x, pad_width, mode, constant_values)
dL/dx = _home(g, _padded(_numbers(x.shape), pad_width, mode, -1), x.shape)"""
