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

class _Add(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

add: _Add
"""add(a, b) = a + b
dL/da = g
dL/db = g"""

class _Sub(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

sub: _Sub
"""sub(a, b) = a - b
dL/da = g
dL/db = -g"""

class _Mul(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

mul: _Mul
"""mul(a, b) = a * b
dL/da = g * b
dL/db = g * a"""

class _Div(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

div: _Div
"""div(a, b) = a / b
dL/da = g / b
dL/db = -g * y / b"""

class _Identity(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

identity: _Identity
"""identity(x) = x
dL/dx = g"""

class _Neg(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

neg: _Neg
"""neg(x) = -x
dL/dx = -g"""

class _FloorDivide(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

floor_divide: _FloorDivide
"""floor_divide(a, b) = a // b
dL/da = np.where(True, 0, g)
dL/db = np.where(True, 0, g)"""

class _Mod(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

mod: _Mod
"""mod(a, b) = a % b
dL/da = g
dL/db = -g * (a // b)"""

def _lower(a: Any, b: Any) -> Any: ...

def _log_or_zero(a: Any, b: Any) -> Any: ...

class _Power(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

power: _Power
"""power(a, b) = a ** b
dL/da = g * _lower(a, b)
dL/db = g * y * _log_or_zero(a, b)"""

class _PowerOf(Op):
    @overload
    def __call__(self, x: Tensor, n: _Float) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, n: _Float) -> _Array: ...

power_of: _PowerOf
"""power_of(x, *, n) = x ** n
dL/dx = g * n * x ** (n - 1) if n else np.where(True, 0, g)"""

class _Equal(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

equal: _Equal
"""equal(a, b) = a == b"""

class _NotEqual(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

not_equal: _NotEqual
"""not_equal(a, b) = a != b"""

class _Less(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

less: _Less
"""less(a, b) = a < b"""

class _LessEqual(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

less_equal: _LessEqual
"""less_equal(a, b) = a <= b"""

class _Greater(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

greater: _Greater
"""greater(a, b) = a > b"""

class _GreaterEqual(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

greater_equal: _GreaterEqual
"""greater_equal(a, b) = a >= b"""

class _LogicalAnd(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

logical_and: _LogicalAnd
"""logical_and(a, b) = np.logical_and(a, b)"""

class _LogicalOr(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

logical_or: _LogicalOr
"""logical_or(a, b) = np.logical_or(a, b)"""

class _LogicalXor(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

logical_xor: _LogicalXor
"""logical_xor(a, b) = np.logical_xor(a, b)"""

class _LogicalNot(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

logical_not: _LogicalNot
"""logical_not(x) = np.logical_not(x)"""

class _BitwiseAnd(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

bitwise_and: _BitwiseAnd
"""bitwise_and(a, b) = a & b"""

class _BitwiseOr(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

bitwise_or: _BitwiseOr
"""bitwise_or(a, b) = a | b"""

class _BitwiseXor(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

bitwise_xor: _BitwiseXor
"""bitwise_xor(a, b) = np.bitwise_xor(a, b)"""

class _Invert(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

invert: _Invert
"""invert(x) = ~x"""

class _Isnan(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

isnan: _Isnan
"""isnan(x) = np.isnan(x)"""

class _Isinf(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

isinf: _Isinf
"""isinf(x) = np.isinf(x)"""

class _Isfinite(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

isfinite: _Isfinite
"""isfinite(x) = np.isfinite(x)"""
