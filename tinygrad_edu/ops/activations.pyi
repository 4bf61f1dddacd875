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

def _faded(x: Any, p: Any) -> Any: ...

class _Relu(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

relu: _Relu
"""relu(x) = np.maximum(x, 0)
dL/dx = np.where(x > 0, g, 0)"""

class _LeakyRelu(Op):
    @overload
    def __call__(self, x: Tensor, slope: _Float = 0.01) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, slope: _Float = 0.01) -> _Array: ...

leaky_relu: _LeakyRelu
"""leaky_relu(x, *, slope=0.01) = np.where(x > 0, x, slope * x)
dL/dx = np.where(x > 0, g, slope * g)"""

def _below(x: Any) -> Any: ...

class _Elu(Op):
    @overload
    def __call__(self, x: Tensor, alpha: _Float = 1.0) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, alpha: _Float = 1.0) -> _Array: ...

elu: _Elu
"""elu(x, *, alpha=1.0) = np.where(x > 0, x, alpha * np.expm1(_below(x)))
dL/dx = np.where(x > 0, g, g * alpha * np.exp(_below(x)))"""

class _HardTanh(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

hard_tanh: _HardTanh
"""hard_tanh(x) = np.clip(x, -1, 1)
dL/dx = np.where((x >= -1) & (x <= 1), g, 0)"""

class _Threshold(Op):
    @overload
    def __call__(self, x: Tensor, theta: _Float = 0.0) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, theta: _Float = 0.0) -> _Array: ...

threshold: _Threshold
"""threshold(x, *, theta=0.0) = (x >= theta).astype(x.dtype)
dL/dx = np.where(True, 0, g)"""

class _Tanh(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

tanh: _Tanh
"""tanh(x) = np.tanh(x)
dL/dx = g * (1 + y) * (1 - y)"""

def _logistic(x: Any) -> Any: ...

class _Sigmoid(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

sigmoid: _Sigmoid
"""sigmoid(x) = _logistic(x)
dL/dx = g * y * sigmoid(-x)"""

def _log_one_plus_exp(x: Any) -> Any: ...

class _Softplus(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

softplus: _Softplus
"""softplus(x) = _log_one_plus_exp(x)
dL/dx = g * sigmoid(x)"""

class _LogSigmoid(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

log_sigmoid: _LogSigmoid
"""log_sigmoid(x) = -_log_one_plus_exp(-x)
dL/dx = g * sigmoid(-x)"""

class _Silu(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

silu: _Silu
"""silu(x) = _faded(x, sigmoid(x))
dL/dx = g * (sigmoid(x) + _faded(y, sigmoid(-x)))"""

def _bell(x: Any) -> Any: ...

def _area(x: Any) -> Any: ...

class _NormalPdf(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

normal_pdf: _NormalPdf
"""normal_pdf(x) = _bell(x)
dL/dx = -g * _faded(x, y)"""

class _NormalCdf(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

normal_cdf: _NormalCdf
"""normal_cdf(x) = _area(x)
dL/dx = g * normal_pdf(x)"""

class _Gelu(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

gelu: _Gelu
"""gelu(x) = _faded(x, _area(x))
dL/dx = g * (normal_cdf(x) + _faded(x, normal_pdf(x)))"""

def _apart(x: Any, W: Any) -> Any: ...

def _squared_distance(x: Any, W: Any) -> Any: ...

def _radial(x: Any, W: Any, sigma: Any) -> Any: ...

class _Rbf(Op):
    @overload
    def __call__(self, x: Tensor, W: _Data, sigma: _Data) -> Tensor: ...
    @overload
    def __call__(self, x: _Data, W: Tensor, sigma: _Data) -> Tensor: ...
    @overload
    def __call__(self, x: _Data, W: _Data, sigma: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, W: ArrayLike, sigma: ArrayLike) -> _Array: ...

rbf: _Rbf
"""rbf(x, W, sigma) = _radial(x, W, sigma)
dL/dx = np.sum(-2 * _faded(_apart(x, W), (g * y / sigma ** 2)[..., None, :]), axis=-1)
dL/dW = 2 * _faded(_apart(x, W), (g * y / sigma ** 2)[..., None, :])
dL/dsigma = 2 * _faded(_squared_distance(x, W), g * y / sigma ** 3)"""
