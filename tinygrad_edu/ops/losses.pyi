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

def _same_shape(p: Any, t: Any, name: Any) -> Any: ...

class _Mse(Op):
    @overload
    def __call__(self, p: Tensor, t: _Data) -> Tensor: ...
    @overload
    def __call__(self, p: _Data, t: Tensor) -> Tensor: ...
    @overload
    def __call__(self, p: ArrayLike, t: ArrayLike) -> _Array: ...

mse: _Mse
"""mse(p, t) = np.mean((_same_shape(p, t, 'mse') - t) ** 2)
dL/dp = g * 2 / p.size * (p - t)
dL/dt = g * 2 / p.size * (t - p)"""

def _probability(t: Any) -> Any: ...

def _part(t: Any, loss: Any) -> Any: ...

class _BceWithLogits(Op):
    @overload
    def __call__(self, z: Tensor, t: _Data) -> Tensor: ...
    @overload
    def __call__(self, z: _Data, t: Tensor) -> Tensor: ...
    @overload
    def __call__(self, z: ArrayLike, t: ArrayLike) -> _Array: ...

bce_with_logits: _BceWithLogits
"""bce_with_logits(z, t) = np.mean(_part(t, softplus(-_same_shape(z, t, 'bce_with_logits'))) + _part(1 - t, softplus(z)))
dL/dz = g / z.size * (sigmoid(z) - t)
dL/dt = -g / z.size * z"""

class _MultiplyNoNan(Op):
    @overload
    def __call__(self, x: Tensor, w: _Data) -> Tensor: ...
    @overload
    def __call__(self, x: _Data, w: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, w: ArrayLike) -> _Array: ...

multiply_no_nan: _MultiplyNoNan
"""multiply_no_nan(x, w) = _faded(x, w)
dL/dx = g * w
dL/dw = _faded(x, g)"""

def _pick(z: Any, t: Any) -> Any: ...

def _one_hot(t: Any, z: Any) -> Any: ...

class _CrossEntropy(Op):
    @overload
    def __call__(self, z: Tensor, t: _Data) -> Tensor: ...
    @overload
    def __call__(self, z: _Data, t: Tensor) -> Tensor: ...
    @overload
    def __call__(self, z: ArrayLike, t: ArrayLike) -> _Array: ...

cross_entropy: _CrossEntropy
"""cross_entropy(z, t) = -np.mean(_pick(_log_softmax(z, -1), t))
dL/dz = g / np.size(t) * (softmax(z) - _one_hot(t, z))"""
