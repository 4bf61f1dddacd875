"""The choice between entries: by a condition, by size, by bounds."""

import numpy as np

from ..autodiff.captions import on_paper
from ..formula import op

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


clip = op("clip(x, *, min=None, max=None)", "np.clip(x, min, max)", x="np.where(_within(x, min, max), g, 0)",
          doc="The gradient passes at the bounds themselves.")

astype = op("astype(x, *, dtype)", "x.astype(dtype)", x="g", numpy=np.astype,
            doc="The gradient comes back in the dtype of x.")
