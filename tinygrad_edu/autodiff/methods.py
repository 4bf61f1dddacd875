"""Operations as methods and operators of a tensor: `x.tanh()` is `tanh(x)`, `x + 1` is `add(x, 1)`.

The names of the catalogue that NumPy's arrays or PyTorch's tensors have as methods, and PyTorch's
own names where they mean the same. `methods.pyi` beside this file says the same to type checkers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..formula import OPS, Op
from .record import record

SAME = """
    exp exp2 expm1 log log2 log10 log1p sqrt cbrt square reciprocal abs sign
    sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh
    floor ceil trunc rint round clip maximum minimum astype
    relu leaky_relu elu gelu silu sigmoid log_sigmoid softplus hard_tanh threshold
    softmax log_softmax logsumexp
    sum mean var std prod max min argmax argmin all any cumsum cumprod sort argsort
    swapaxes moveaxis squeeze expand_dims ravel broadcast_to flip roll
    take take_along_axis repeat tile pad outer diagonal tril triu inv det
    add sub mul div neg
""".split()
COMPOSED = "norm diff flatten split dot trace".split()
OTHERWISE = {
    "unsqueeze": "expand_dims",
    "clamp": "clip",
    "clone": "identity",
    "copy": "identity",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "negative": "neg",
}


def _operator(op: Op) -> tuple[Any, Any]:
    """x ∘ other and other ∘ x, as methods of x."""
    return lambda x, other: record(op, (x, other)), lambda x, other: record(op, (other, x))


def _comparison(op: Op) -> Any:
    """x == other, which other takes where NumPy leaves it to it, as pytest.approx asks."""
    return lambda x, other: (
        NotImplemented if getattr(other, "__array_ufunc__", op) is None else record(op, (x, other))
    )


class Methods:
    """What a Tensor inherits its operations from."""

    __slots__ = ()

    __add__, __radd__ = _operator(ops.add)
    __sub__, __rsub__ = _operator(ops.sub)
    __mul__, __rmul__ = _operator(ops.mul)
    __truediv__, __rtruediv__ = _operator(ops.div)
    __floordiv__, __rfloordiv__ = _operator(ops.floor_divide)
    __mod__, __rmod__ = _operator(ops.mod)
    __eq__, __ne__ = _comparison(ops.equal), _comparison(ops.not_equal)
    __hash__ = object.__hash__
    __lt__, __le__ = _operator(ops.less)[0], _operator(ops.less_equal)[0]
    __gt__, __ge__ = _operator(ops.greater)[0], _operator(ops.greater_equal)[0]
    __and__, __rand__ = _operator(ops.bitwise_and)
    __or__, __ror__ = _operator(ops.bitwise_or)
    __xor__, __rxor__ = _operator(ops.bitwise_xor)

    __rpow__ = _operator(ops.power)[1]
    __pos__, __neg__, __invert__ = ops.identity, ops.neg, ops.invert
    __abs__, __round__ = ops.abs, ops.round

    def __pow__(self: Any, other: Any) -> Any:
        if not isinstance(other, (int, float)):
            return record(ops.power, (self, other))
        exponent = other.item() if isinstance(other, np.generic) else other
        return record(ops.power_of, (self,), {"n": exponent})

    __matmul__ = lambda self, other: record(ops.product_of(self, other), (self, other))
    __rmatmul__ = lambda self, other: record(ops.product_of(other, self), (other, self))

    # PyTorch's names; those that cost more than a line are answered by `habits`

    pow, matmul, mm, bmm = __pow__, __matmul__, __matmul__, __matmul__
    eq, ne, lt, le, gt, ge = __eq__, __ne__, __lt__, __le__, __gt__, __ge__
    cpu = contiguous = lambda self: self
    tolist = lambda self: self.numpy().tolist()
    numel, dim, t = (lambda self: self.size), (lambda self: self.ndim), (lambda self: self.T)


for _name in SAME:
    setattr(Methods, _name, OPS[_name])
for _name in COMPOSED:
    setattr(Methods, _name, vars(ops)[_name])
for _name, _operation in OTHERWISE.items():
    setattr(Methods, _name, OPS[_operation])
