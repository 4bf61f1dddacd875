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

class _Where(Op):
    @overload
    def __call__(self, condition: Tensor, a: _Data, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, condition: _Data, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, condition: _Data, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, condition: ArrayLike, a: ArrayLike, b: ArrayLike) -> _Array: ...

where: _Where
"""where(condition, a, b) = np.where(condition, a, b)
dL/da = np.where(condition, g, 0)
dL/db = np.where(condition, 0, g)"""

class _Maximum(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

maximum: _Maximum
"""maximum(a, b) = np.maximum(a, b)
dL/da = np.where(a > b, g, np.where(a == b, g / 2, 0))
dL/db = np.where(b > a, g, np.where(a == b, g / 2, 0))"""

class _Minimum(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

minimum: _Minimum
"""minimum(a, b) = np.minimum(a, b)
dL/da = np.where(a < b, g, np.where(a == b, g / 2, 0))
dL/db = np.where(b < a, g, np.where(a == b, g / 2, 0))"""

def _within(x: Any, low: Any, high: Any) -> Any: ...

class _Clip(Op):
    @overload
    def __call__(
        self,
        x: Tensor,
        min: ArrayLike | None = None,
        max: ArrayLike | None = None,
    ) -> Tensor: ...
    @overload
    def __call__(
        self,
        x: ArrayLike,
        min: ArrayLike | None = None,
        max: ArrayLike | None = None,
    ) -> _Array: ...

clip: _Clip
"""clip(x, *, min=None, max=None) = np.clip(x, min, max)
dL/dx = np.where(_within(x, min, max), g, 0)"""

class _Astype(Op):
    @overload
    def __call__(self, x: Tensor, dtype: DTypeLike) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, dtype: DTypeLike) -> _Array: ...

astype: _Astype
"""astype(x, *, dtype) = x.astype(dtype)
dL/dx = g"""
