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

def _count(shape: Any, axis: Any) -> Any: ...

def _centered(x: Any, axis: Any) -> Any: ...

def _ties(x: Any, y: Any, axis: Any) -> Any: ...

def _others(x: Any, axis: Any) -> Any: ...

class _Sum(Op):
    @overload
    def __call__(self, x: Tensor, axis: _Axes = None, keepdims: bool = False) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: _Axes = None, keepdims: bool = False) -> _Array: ...

sum: _Sum
"""sum(x, *, axis=None, keepdims=False) = np.sum(x, axis=axis, keepdims=keepdims)
dL/dx = _restored(g, x.shape, axis)"""

class _Mean(Op):
    @overload
    def __call__(self, x: Tensor, axis: _Axes = None, keepdims: bool = False) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: _Axes = None, keepdims: bool = False) -> _Array: ...

mean: _Mean
"""mean(x, *, axis=None, keepdims=False) = np.mean(x, axis=axis, keepdims=keepdims)
dL/dx = _restored(g, x.shape, axis) / _count(x.shape, axis)"""

class _Var(Op):
    @overload
    def __call__(
        self,
        x: Tensor,
        axis: _Axes = None,
        ddof: int = 0,
        keepdims: bool = False,
    ) -> Tensor: ...
    @overload
    def __call__(
        self,
        x: ArrayLike,
        axis: _Axes = None,
        ddof: int = 0,
        keepdims: bool = False,
    ) -> _Array: ...

var: _Var
"""var(x, *, axis=None, ddof=0, keepdims=False) = np.var(x, axis=axis, ddof=ddof, keepdims=keepdims)
dL/dx = _restored(g, x.shape, axis) * 2 / (_count(x.shape, axis) - ddof) * _centered(x, axis)"""

class _Std(Op):
    @overload
    def __call__(
        self,
        x: Tensor,
        axis: _Axes = None,
        ddof: int = 0,
        keepdims: bool = False,
    ) -> Tensor: ...
    @overload
    def __call__(
        self,
        x: ArrayLike,
        axis: _Axes = None,
        ddof: int = 0,
        keepdims: bool = False,
    ) -> _Array: ...

std: _Std
"""std(x, *, axis=None, ddof=0, keepdims=False) = np.std(x, axis=axis, ddof=ddof, keepdims=keepdims)
dL/dx = _restored(g, x.shape, axis) / (_count(x.shape, axis) - ddof) * _ratio(_centered(x, axis), _restored(y, x.shape, axis))"""

class _Prod(Op):
    @overload
    def __call__(self, x: Tensor, axis: _Axes = None, keepdims: bool = False) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: _Axes = None, keepdims: bool = False) -> _Array: ...

prod: _Prod
"""prod(x, *, axis=None, keepdims=False) = np.prod(x, axis=axis, keepdims=keepdims)
dL/dx = _restored(g, x.shape, axis) * _others(x, axis)"""

class _Max(Op):
    @overload
    def __call__(self, x: Tensor, axis: _Axes = None, keepdims: bool = False) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: _Axes = None, keepdims: bool = False) -> _Array: ...

max: _Max
"""max(x, *, axis=None, keepdims=False) = np.max(x, axis=axis, keepdims=keepdims)
dL/dx = _restored(g, x.shape, axis) * _ties(x, y, axis)"""

class _Min(Op):
    @overload
    def __call__(self, x: Tensor, axis: _Axes = None, keepdims: bool = False) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: _Axes = None, keepdims: bool = False) -> _Array: ...

min: _Min
"""min(x, *, axis=None, keepdims=False) = np.min(x, axis=axis, keepdims=keepdims)
dL/dx = _restored(g, x.shape, axis) * _ties(x, y, axis)"""

class _EuclideanNorm(Op):
    @overload
    def __call__(self, x: Tensor, axis: _Axes = None, keepdims: bool = False) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: _Axes = None, keepdims: bool = False) -> _Array: ...

euclidean_norm: _EuclideanNorm
"""euclidean_norm(x, *, axis=None, keepdims=False) = np.linalg.norm(x, axis=axis, keepdims=keepdims)
dL/dx = _restored(g, x.shape, axis) * _ratio(x, _restored(y, x.shape, axis))"""

class _PNorm(Op):
    @overload
    def __call__(
        self,
        x: Tensor,
        p: _Float,
        axis: _Axes = None,
        keepdims: bool = False,
    ) -> Tensor: ...
    @overload
    def __call__(
        self,
        x: ArrayLike,
        p: _Float,
        axis: _Axes = None,
        keepdims: bool = False,
    ) -> _Array: ...

p_norm: _PNorm
"""p_norm(x, *, p, axis=None, keepdims=False) = np.sum(np.abs(x) ** p, axis=axis, keepdims=keepdims) ** (1 / p)
dL/dx = _restored(g, x.shape, axis) * np.sign(x) * _ratio(np.abs(x), _restored(y, x.shape, axis)) ** (p - 1)"""

class _Argmax(Op):
    @overload
    def __call__(self, x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: int | None = None, keepdims: bool = False) -> _Array: ...

argmax: _Argmax
"""argmax(x, *, axis=None, keepdims=False) = np.argmax(x, axis=axis, keepdims=keepdims)"""

class _Argmin(Op):
    @overload
    def __call__(self, x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: int | None = None, keepdims: bool = False) -> _Array: ...

argmin: _Argmin
"""argmin(x, *, axis=None, keepdims=False) = np.argmin(x, axis=axis, keepdims=keepdims)"""

class _Argsort(Op):
    @overload
    def __call__(self, x: Tensor, axis: int | None = -1) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: int | None = -1) -> _Array: ...

argsort: _Argsort
"""argsort(x, *, axis=-1) = np.argsort(x, axis=axis, kind='stable')"""

class _All(Op):
    @overload
    def __call__(self, x: Tensor, axis: _Axes = None, keepdims: bool = False) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: _Axes = None, keepdims: bool = False) -> _Array: ...

all: _All
"""all(x, *, axis=None, keepdims=False) = np.all(x, axis=axis, keepdims=keepdims)"""

class _Any(Op):
    @overload
    def __call__(self, x: Tensor, axis: _Axes = None, keepdims: bool = False) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: _Axes = None, keepdims: bool = False) -> _Array: ...

any: _Any
"""any(x, *, axis=None, keepdims=False) = np.any(x, axis=axis, keepdims=keepdims)"""

def _suffix_sums(g: Any, axis: Any, shape: Any) -> Any: ...

def _running_others(g: Any, x: Any, axis: Any) -> Any: ...

class _Cumsum(Op):
    @overload
    def __call__(self, x: Tensor, axis: int | None = None) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: int | None = None) -> _Array: ...

cumsum: _Cumsum
"""cumsum(x, *, axis=None) = np.cumsum(x, axis=axis)
dL/dx = _suffix_sums(g, axis, x.shape)"""

class _Cumprod(Op):
    @overload
    def __call__(self, x: Tensor, axis: int | None = None) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: int | None = None) -> _Array: ...

cumprod: _Cumprod
"""cumprod(x, *, axis=None) = np.cumprod(x, axis=axis)
dL/dx = _running_others(g, x, axis)"""
