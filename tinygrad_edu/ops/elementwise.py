"""Functions applied to every entry: exponentials, roots, trigonometry, rounding."""

import math

import numpy as np

from ..autodiff.captions import on_paper
from ..formula import op


@on_paper("where(b != 0, a / b, 0)")
def _ratio(a, b):
    """a / b, with 0 where b = 0: the middle of the slopes there, where a norm has its tip."""
    return np.where(b == 0, 0, a / np.where(b == 0, 1, b))


@on_paper("(1 + x ** 2) ** 0.5")
def _one_and_square(x):
    """√(1 + x²), where x² would overflow."""
    return np.hypot(1, x)


@on_paper("where((a != 0) | (b != 0), a / (a ** 2 + b ** 2), 0)")
def _over_square(a, b):
    """a / (a² + b²), where the squares would overflow; 0 at (0, 0)."""
    return _ratio(_ratio(a, np.hypot(a, b)), np.hypot(a, b))


# Exponentials and logarithms

exp = op("exp", "np.exp(x)", x="g * y")
exp2 = op("exp2", "np.exp2(x)", x="g * y * math.log(2)")
expm1 = op("expm1", "np.expm1(x)", x="g * np.exp(x)", doc="exp(x) - 1, to the last digit near 0.")
log = op("log", "np.log(x)", x="g / x")
log2 = op("log2", "np.log2(x)", x="g / (x * math.log(2))")
log10 = op("log10", "np.log10(x)", x="g / (x * math.log(10))")
log1p = op("log1p", "np.log1p(x)", x="g / (1 + x)", doc="log(1 + x), to the last digit near 0.")

# Roots and powers

sqrt = op("sqrt", "np.sqrt(x)", x="g / (2 * y)", doc="sqrt'(0) = inf, its limit.")
cbrt = op("cbrt", "np.cbrt(x)", x="g / (3 * y * y)", doc="The cube root, of negative numbers too; cbrt'(0) = inf.")
square = op("square", "np.square(x)", x="g * 2 * x")
reciprocal = op("reciprocal", "np.reciprocal(x)", x="-g * y * y")

# Trigonometry

sin = op("sin", "np.sin(x)", x="g * np.cos(x)")
cos = op("cos", "np.cos(x)", x="-g * np.sin(x)",
         doc="As a hidden unit: h = cos(Wx + b). Lecture 07, 'Otras funciones de activación'.")
tan = op("tan", "np.tan(x)", x="g * (1 + y * y)")
arcsin = op("arcsin", "np.arcsin(x)", x="g / np.sqrt((1 - x) * (1 + x))")
arccos = op("arccos", "np.arccos(x)", x="-g / np.sqrt((1 - x) * (1 + x))")
arctan = op("arctan", "np.arctan(x)", x="g / _one_and_square(x) / _one_and_square(x)", doc="arctan' = 1 / (1 + x²).")
sinh = op("sinh", "np.sinh(x)", x="g * np.cosh(x)")
cosh = op("cosh", "np.cosh(x)", x="g * np.sinh(x)")
arcsinh = op("arcsinh", "np.arcsinh(x)", x="g / _one_and_square(x)", doc="arcsinh' = 1 / √(1 + x²).")
arccosh = op("arccosh", "np.arccosh(x)", x="g / (np.sqrt(x - 1) * np.sqrt(x + 1))", doc="arccosh' = 1 / √(x² - 1).")
arctanh = op("arctanh", "np.arctanh(x)", x="g / ((1 - x) * (1 + x))")

# Of two numbers

hypot = op("hypot", "np.hypot(a, b)", a="g * _ratio(a, y)", b="g * _ratio(b, y)",
           doc="√(a² + b²), without overflow; both gradients are 0 at (0, 0), as the norm's.")
arctan2 = op("arctan2", "np.arctan2(a, b)",
             a="g * _over_square(b, a)", b="-g * _over_square(a, b)",
             doc="The angle of the point (b, a): gradients b / (a² + b²) and -a / (a² + b²), and 0 at (0, 0), where it "
                 "has no angle.")

# Jumps and rounding: flat in between, so the gradient is 0, for an infinite g too.

abs = op("abs", "np.abs(x)", x="g * np.sign(x)", doc="|x|' = 0 at x = 0, the middle of its subgradients.")
sign = op("sign", "np.sign(x)", x="np.where(True, 0, g)")
floor = op("floor", "np.floor(x)", x="np.where(True, 0, g)")
ceil = op("ceil", "np.ceil(x)", x="np.where(True, 0, g)")
trunc = op("trunc", "np.trunc(x)", x="np.where(True, 0, g)")
rint = op("rint", "np.rint(x)", x="np.where(True, 0, g)")
round = op("round(x, *, decimals=0)", "np.round(x, decimals)", x="np.where(True, 0, g)", numpy=np.round,
           doc="To the even neighbour at a tie, as NumPy and Python.")
