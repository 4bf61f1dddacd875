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

def _ratio(a: Any, b: Any) -> Any: ...

def _one_and_square(x: Any) -> Any: ...

def _over_square(a: Any, b: Any) -> Any: ...

class _Exp(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

exp: _Exp
"""exp(x) = np.exp(x)
dL/dx = g * y"""

class _Exp2(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

exp2: _Exp2
"""exp2(x) = np.exp2(x)
dL/dx = g * y * math.log(2)"""

class _Expm1(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

expm1: _Expm1
"""expm1(x) = np.expm1(x)
dL/dx = g * np.exp(x)"""

class _Log(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

log: _Log
"""log(x) = np.log(x)
dL/dx = g / x"""

class _Log2(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

log2: _Log2
"""log2(x) = np.log2(x)
dL/dx = g / (x * math.log(2))"""

class _Log10(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

log10: _Log10
"""log10(x) = np.log10(x)
dL/dx = g / (x * math.log(10))"""

class _Log1p(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

log1p: _Log1p
"""log1p(x) = np.log1p(x)
dL/dx = g / (1 + x)"""

class _Sqrt(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

sqrt: _Sqrt
"""sqrt(x) = np.sqrt(x)
dL/dx = g / (2 * y)"""

class _Cbrt(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

cbrt: _Cbrt
"""cbrt(x) = np.cbrt(x)
dL/dx = g / (3 * y * y)"""

class _Square(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

square: _Square
"""square(x) = np.square(x)
dL/dx = g * 2 * x"""

class _Reciprocal(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

reciprocal: _Reciprocal
"""reciprocal(x) = np.reciprocal(x)
dL/dx = -g * y * y"""

class _Sin(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

sin: _Sin
"""sin(x) = np.sin(x)
dL/dx = g * np.cos(x)"""

class _Cos(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

cos: _Cos
"""cos(x) = np.cos(x)
dL/dx = -g * np.sin(x)"""

class _Tan(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

tan: _Tan
"""tan(x) = np.tan(x)
dL/dx = g * (1 + y * y)"""

class _Arcsin(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

arcsin: _Arcsin
"""arcsin(x) = np.arcsin(x)
dL/dx = g / np.sqrt((1 - x) * (1 + x))"""

class _Arccos(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

arccos: _Arccos
"""arccos(x) = np.arccos(x)
dL/dx = -g / np.sqrt((1 - x) * (1 + x))"""

class _Arctan(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

arctan: _Arctan
"""arctan(x) = np.arctan(x)
dL/dx = g / _one_and_square(x) / _one_and_square(x)"""

class _Sinh(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

sinh: _Sinh
"""sinh(x) = np.sinh(x)
dL/dx = g * np.cosh(x)"""

class _Cosh(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

cosh: _Cosh
"""cosh(x) = np.cosh(x)
dL/dx = g * np.sinh(x)"""

class _Arcsinh(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

arcsinh: _Arcsinh
"""arcsinh(x) = np.arcsinh(x)
dL/dx = g / _one_and_square(x)"""

class _Arccosh(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

arccosh: _Arccosh
"""arccosh(x) = np.arccosh(x)
dL/dx = g / (np.sqrt(x - 1) * np.sqrt(x + 1))"""

class _Arctanh(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

arctanh: _Arctanh
"""arctanh(x) = np.arctanh(x)
dL/dx = g / ((1 - x) * (1 + x))"""

class _Hypot(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

hypot: _Hypot
"""hypot(a, b) = np.hypot(a, b)
dL/da = g * _ratio(a, y)
dL/db = g * _ratio(b, y)"""

class _Arctan2(Op):
    @overload
    def __call__(self, a: Tensor, b: _Data) -> Tensor: ...
    @overload
    def __call__(self, a: _Data, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: ArrayLike, b: ArrayLike) -> _Array: ...

arctan2: _Arctan2
"""arctan2(a, b) = np.arctan2(a, b)
dL/da = g * _over_square(b, a)
dL/db = -g * _over_square(a, b)"""

class _Abs(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

abs: _Abs
"""abs(x) = np.abs(x)
dL/dx = g * np.sign(x)"""

class _Sign(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

sign: _Sign
"""sign(x) = np.sign(x)
dL/dx = np.where(True, 0, g)"""

class _Floor(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

floor: _Floor
"""floor(x) = np.floor(x)
dL/dx = np.where(True, 0, g)"""

class _Ceil(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

ceil: _Ceil
"""ceil(x) = np.ceil(x)
dL/dx = np.where(True, 0, g)"""

class _Trunc(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

trunc: _Trunc
"""trunc(x) = np.trunc(x)
dL/dx = np.where(True, 0, g)"""

class _Rint(Op):
    @overload
    def __call__(self, x: Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike) -> _Array: ...

rint: _Rint
"""rint(x) = np.rint(x)
dL/dx = np.where(True, 0, g)"""

class _Round(Op):
    @overload
    def __call__(self, x: Tensor, decimals: int = 0) -> Tensor: ...
    @overload
    def __call__(self, x: ArrayLike, decimals: int = 0) -> _Array: ...

round: _Round
"""round(x, *, decimals=0) = np.round(x, decimals)
dL/dx = np.where(True, 0, g)"""
