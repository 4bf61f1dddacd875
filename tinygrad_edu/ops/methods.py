"""Operations as methods of a tensor: `x.tanh()` is `tanh(x)`.

The names of the catalogue that NumPy's arrays or PyTorch's tensors have as methods, and PyTorch's
own names where they mean the same. `methods.pyi` beside this file says the same to type checkers.
"""

from __future__ import annotations

from ..formula import OPS
from . import composed

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


class Methods:
    """What a Tensor inherits its operations from."""

    __slots__ = ()


for _name in SAME:
    setattr(Methods, _name, OPS[_name])
for _name in COMPOSED:
    setattr(Methods, _name, vars(composed)[_name])
for _name, _operation in OTHERWISE.items():
    setattr(Methods, _name, OPS[_operation])
