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

def _share(a: Any, b: Any) -> Any: ...

class _Logaddexp(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

logaddexp: _Logaddexp
"""logaddexp(a, b) = np.logaddexp(a, b)
dL/da = g * _share(a, b)
dL/db = g * _share(b, a)"""

def _shifted(x: Any, axis: Any) -> Any: ...

def _softmax(x: Any, axis: Any) -> Any: ...

def _log_sum_exp(x: Any, axis: Any, keepdims: Any) -> Any: ...

def _log_softmax(x: Any, axis: Any) -> Any: ...

class _Softmax(Op):
    @overload
    def __call__(self, x: Tensor, axis: _Axes = -1) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: _Axes = -1) -> _Array: ...

softmax: _Softmax
"""softmax(x, *, axis=-1) = _softmax(x, axis)
dL/dx = y * (g - np.sum(g * y, axis=axis, keepdims=True))"""

class _LogSoftmax(Op):
    @overload
    def __call__(self, x: Tensor, axis: _Axes = -1) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: _Axes = -1) -> _Array: ...

log_softmax: _LogSoftmax
"""log_softmax(x, *, axis=-1) = _log_softmax(x, axis)
dL/dx = g - exp(y) * np.sum(g, axis=axis, keepdims=True)"""

class _Logsumexp(Op):
    @overload
    def __call__(self, x: Tensor, axis: _Axes = None, keepdims: bool = False) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, axis: _Axes = None, keepdims: bool = False) -> _Array: ...

logsumexp: _Logsumexp
"""logsumexp(x, *, axis=None, keepdims=False) = _log_sum_exp(x, axis, keepdims)
dL/dx = _restored(g, x.shape, axis) * softmax(x, axis=axis)"""
