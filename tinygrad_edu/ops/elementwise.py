"""Functions of one number, applied to every entry, and the choice between entries."""

import numpy as np

from ..formula import op

exp = op("exp", "np.exp(x)", x="g * y")
log = op("log", "np.log(x)", x="g / x")
sqrt = op("sqrt", "np.sqrt(x)", x="g / (2 * y)", doc="sqrt'(0) = inf, its limit.")
sin = op("sin", "np.sin(x)", x="g * np.cos(x)")
cos = op("cos", "np.cos(x)", x="-g * np.sin(x)")
sign = op("sign", "np.sign(x)", x="0 * g")
abs = op("abs", "np.abs(x)", x="g * np.sign(x)", doc="|x|' = 0 at x = 0, the middle of its subgradients.")

where = op("where(condition, a, b)", "np.where(condition, a, b)",
           a="np.where(condition, g, 0)", b="np.where(condition, 0, g)")

# A tie belongs to both: each gets half, so that the two gradients sum to g.
maximum = op("maximum", "np.maximum(a, b)",
             a="np.where(a > b, g, np.where(a == b, g / 2, 0))",
             b="np.where(b > a, g, np.where(a == b, g / 2, 0))", doc="Ties share the gradient evenly.")
minimum = op("minimum", "np.minimum(a, b)",
             a="np.where(a < b, g, np.where(a == b, g / 2, 0))",
             b="np.where(b < a, g, np.where(a == b, g / 2, 0))", doc="Ties share the gradient evenly.")


def _within(x, low, high):
    """1 where low <= x <= high; a bound of None does not bound."""
    inside = x == x if low is None else x >= low
    return inside if high is None else inside & (x <= high)


clip = op("clip(x, *, min=None, max=None)", "np.clip(x, min, max)", x="g * _within(x, min, max)", numpy=np.clip,
          doc="The gradient passes at the bounds themselves.")

astype = op("astype(x, *, dtype)", "x.astype(dtype)", x="g", numpy=np.astype,
            doc="The gradient comes back in the dtype of x.")
