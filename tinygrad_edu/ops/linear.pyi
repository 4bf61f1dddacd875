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

class _Matmul(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

matmul: _Matmul
"""matmul(a, b) = a @ b
dL/da = g @ b.mT
dL/db = a.mT @ g"""

class _Matvec(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

matvec: _Matvec
"""matvec(a, b) = a @ b
dL/da = g[..., None] * b
dL/db = (a.mT @ g[..., None])[..., 0]"""

class _Vecmat(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

vecmat: _Vecmat
"""vecmat(a, b) = a @ b
dL/da = (b @ g[..., None])[..., 0]
dL/db = a[:, None] * g[..., None, :]"""

class _Inner(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

inner: _Inner
"""inner(a, b) = a @ b
dL/da = g * b
dL/db = g * a"""

def _shaped(v: Any, shape: Any) -> Any: ...

class _Outer(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

outer: _Outer
"""outer(a, b) = np.outer(a, b)
dL/da = _shaped(g @ np.ravel(b), a.shape)
dL/db = _shaped(np.ravel(a) @ g, b.shape)"""

def product_of(a: Any, b: Any) -> Op: ...

def _contracted_back(g: Any, xs: Any, i: Any, subscripts: Any) -> Any: ...

class _Contraction(Op):
    @overload
    def __call__(self, xs: Sequence[Tensor], *, subscripts: str) -> Tensor: ...
    @overload
    def __call__(self, xs: Sequence[_Array], *, subscripts: str) -> _Array: ...
    @overload
    def __call__(self, xs: Sequence[_Data], *, subscripts: str) -> Any: ...
    @overload
    def __call__(self, *xs: Tensor, subscripts: str) -> Tensor: ...
    @overload
    def __call__(self, *xs: _Data, subscripts: str) -> Any: ...

contraction: _Contraction
"""contraction(*xs, subscripts) = np.einsum(subscripts, *xs, optimize=len(xs) > 2)
dL/dxs = _contracted_back(g, xs, i, subscripts)"""
