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

class _Inv(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

inv: _Inv
"""inv(x) = np.linalg.inv(x)
dL/dx = -(y.mT @ g @ y.mT)"""

class _SolveMatrix(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

solve_matrix: _SolveMatrix
"""solve_matrix(a, b) = np.linalg.solve(a, b)
dL/da = -np.linalg.solve(a.mT, g) @ y.mT
dL/db = np.linalg.solve(a.mT, g)"""

class _SolveVector(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

solve_vector: _SolveVector
"""solve_vector(a, b) = np.linalg.solve(a, b)
dL/da = -np.linalg.solve(a.mT, g[..., None]) * y[..., None, :]
dL/db = np.linalg.solve(a.mT, g[..., None])[..., 0]"""

def _cofactors(x: Any) -> Any: ...

class _Det(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

det: _Det
"""det(x) = np.linalg.det(x)
dL/dx = g[..., None, None] * _cofactors(x)"""

class _LogAbsDet(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

log_abs_det: _LogAbsDet
"""log_abs_det(x) = np.linalg.slogdet(x)[1]
dL/dx = g[..., None, None] * np.linalg.inv(x).mT"""

class _DetSign(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

det_sign: _DetSign
"""det_sign(x) = np.linalg.slogdet(x)[0]
dL/dx = np.where(True, 0, g[..., None, None])"""

def _half_below(m: Any) -> Any: ...

def _cholesky_back(y: Any, g: Any) -> Any: ...

class _Cholesky(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

cholesky: _Cholesky
"""cholesky(x) = np.linalg.cholesky(x)
dL/dx = _cholesky_back(y, g)"""
