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

def stands_for(*arguments: Any, **keywords: Any) -> Any: ...

def torch_words(*arguments: Any, **keywords: Any) -> Any: ...

def _array(x: Any) -> Any: ...

@overload
def matmul(a: Tensor, b: _Data) -> Tensor: ...
@overload
def matmul(a: _Data, b: Tensor) -> Tensor: ...
@overload
def matmul(a: ArrayLike, b: ArrayLike) -> _Array: ...

@overload
def einsum(subscripts: str, *operands: Tensor, optimize: Any = True) -> Tensor: ...
@overload
def einsum(subscripts: str, *operands: _Array, optimize: Any = True) -> _Array: ...
@overload
def einsum(subscripts: str, *operands: _Data, optimize: Any = True) -> Any: ...

@overload
def tensordot(a: Tensor, b: _Data, axes: int | Sequence[Any] = 2) -> Tensor: ...
@overload
def tensordot(a: _Data, b: Tensor, axes: int | Sequence[Any] = 2) -> Tensor: ...
@overload
def tensordot(a: ArrayLike, b: ArrayLike, axes: int | Sequence[Any] = 2) -> _Array: ...

@overload
def dot(a: Tensor, b: _Data) -> Tensor: ...
@overload
def dot(a: _Data, b: Tensor) -> Tensor: ...
@overload
def dot(a: ArrayLike, b: ArrayLike) -> _Array: ...

def _inner(a: Any, b: Any) -> Any: ...

@overload
def trace(a: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor: ...
@overload
def trace(a: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> _Array: ...

@overload
def solve(a: Tensor, b: _Data) -> Tensor: ...
@overload
def solve(a: _Data, b: Tensor) -> Tensor: ...
@overload
def solve(a: ArrayLike, b: ArrayLike) -> _Array: ...

@overload
def norm(
    x: Tensor,
    ord: int | _Float | Literal["fro"] | None = None,
    axis: _Axes = None,
    keepdims: bool = False,
) -> Tensor: ...
@overload
def norm(
    x: ArrayLike,
    ord: int | _Float | Literal["fro"] | None = None,
    axis: _Axes = None,
    keepdims: bool = False,
) -> _Array: ...

def _numpys_clip(*arguments: Any, **keywords: Any) -> Any: ...

@overload
def flatten(x: Tensor) -> Tensor: ...
@overload
def flatten(x: ArrayLike) -> _Array: ...

@overload
def split(
    x: Tensor,
    indices_or_sections: int | Sequence[int] | _Array,
    axis: int = 0,
) -> list[Tensor]: ...
@overload
def split(
    x: ArrayLike,
    indices_or_sections: int | Sequence[int] | _Array,
    axis: int = 0,
) -> list[_Array]: ...

@overload
def hstack(xs: Sequence[Tensor]) -> Tensor: ...
@overload
def hstack(xs: Sequence[_Array]) -> _Array: ...
@overload
def hstack(xs: Sequence[_Data]) -> Any: ...

@overload
def vstack(xs: Sequence[Tensor]) -> Tensor: ...
@overload
def vstack(xs: Sequence[_Array]) -> _Array: ...
@overload
def vstack(xs: Sequence[_Data]) -> Any: ...

@overload
def diff(x: Tensor, n: int = 1, axis: int = -1) -> Tensor: ...
@overload
def diff(x: ArrayLike, n: int = 1, axis: int = -1) -> _Array: ...
