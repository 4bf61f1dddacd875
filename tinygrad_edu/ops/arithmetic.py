"""The arithmetic of NumPy: + - * / // % ** and comparisons, each one line.

Inputs broadcast as NumPy's do; the engine sums a gradient back over what was broadcast.
"""

import numpy as np

from ..autodiff.captions import on_paper
from ..formula import op

add = op("add", "a + b", a="g", b="g", numpy=np.add)
sub = op("sub", "a - b", a="g", b="-g", numpy=np.subtract)
mul = op("mul", "a * b", a="g * b", b="g * a", numpy=np.multiply)
div = op("div", "a / b", a="g / b", b="-g * y / b", numpy=np.true_divide)
identity = op("identity", "x", x="g", numpy=np.positive, view=True)
neg = op("neg", "-x", x="-g", numpy=np.negative)

# What is flat between jumps has the gradient 0 everywhere: written so that an infinite g gives 0
# too, not nan.
floor_divide = op("floor_divide", "a // b", a="np.where(True, 0, g)", b="np.where(True, 0, g)", numpy=np.floor_divide,
                  doc="⌊a / b⌋: flat between its jumps.")
mod = op("mod", "a % b", a="g", b="-g * (a // b)", numpy=np.remainder,
         doc="a - b·⌊a / b⌋, with the sign of b, as Python's and NumPy's %.")


@on_paper("where(b != 0, b * a ** (b - 1), 0)")
def _lower(a, b):
    """b·a^(b-1), with 0 at a = b = 0: a^0 = 1 is constant, even there where a^(-1) is infinite."""
    return b * a ** np.where((a == 0) & (b == 0), 1, b - 1)


@on_paper("where((a == 0) & (b >= 0), 0, log(a))")
def _log_or_zero(a, b):
    """log a, with 0 where a = 0 and b >= 0: a^b·log a falls to 0 with a (at b = 0, NumPy's 0^0 = 1
    counts as flat)."""
    origin = (a == 0) & (b >= 0)
    return np.where(origin, 0, np.log(np.where(origin, 1, a)))


power = op("power", "a ** b", a="g * _lower(a, b)", b="g * y * _log_or_zero(a, b)", numpy=np.power,
           doc="a**0 = 1 with gradient 0, at a = 0 too. The gradient for b is nan where a < 0, as the real logarithm.")

power_of = op("power_of(x, *, n)", "x ** n", x="g * n * x ** (n - 1) if n else np.where(True, 0, g)",
              doc="A power whose exponent is a plain number: what `x ** 2` records. x**0 = 1 with gradient 0.")

# Comparisons have no rule: their result is a tensor of booleans that does not require a gradient.
equal = op("equal(a, b)", "a == b", numpy=np.equal)
not_equal = op("not_equal(a, b)", "a != b", numpy=np.not_equal)
less = op("less(a, b)", "a < b", numpy=np.less)
less_equal = op("less_equal(a, b)", "a <= b", numpy=np.less_equal)
greater = op("greater(a, b)", "a > b", numpy=np.greater)
greater_equal = op("greater_equal(a, b)", "a >= b", numpy=np.greater_equal)
logical_and = op("logical_and(a, b)", "np.logical_and(a, b)", doc="Whether both are other than 0, as NumPy's.")
logical_or = op("logical_or(a, b)", "np.logical_or(a, b)", doc="Whether one of them is other than 0, as NumPy's.")
logical_xor = op("logical_xor(a, b)", "np.logical_xor(a, b)", doc="Whether just one is other than 0, as NumPy's.")
logical_not = op("logical_not(x)", "np.logical_not(x)", doc="Whether x is 0, as NumPy's.")
bitwise_and = op("bitwise_and(a, b)", "a & b", numpy=np.bitwise_and, doc="Of booleans and integers: a & b.")
bitwise_or = op("bitwise_or(a, b)", "a | b", numpy=np.bitwise_or, doc="Of booleans and integers: a | b.")
bitwise_xor = op("bitwise_xor(a, b)", "np.bitwise_xor(a, b)", doc="Of booleans and integers: a ^ b.")
invert = op("invert(x)", "~x", numpy=np.invert, doc="Of booleans and integers: ~x.")
isnan = op("isnan(x)", "np.isnan(x)")
isinf = op("isinf(x)", "np.isinf(x)")
isfinite = op("isfinite(x)", "np.isfinite(x)")
