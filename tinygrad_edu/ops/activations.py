"""Activation functions, the lecture's and the usual ones, each with its derivative.

Each is stable over the whole range of its float type: nothing here overflows, and what underflows
is 0 without a warning. At a kink the derivative is the one of the side that the formula's condition
takes, and says so.
"""

import math

import numpy as np

from ..autodiff.captions import on_paper
from ..formula import op
from .primitive import primitive

_ROOT_2PI = math.sqrt(2 * math.pi)


@on_paper("x * p")
def _faded(x, p):
    """x·p, with 0 where p = 0: what has faded out stays so, at an infinite x too."""
    with np.errstate(under="ignore"):
        return np.where(p == 0, 0, x) * p


# With a kink

relu = op("relu", "np.maximum(x, 0)", x="np.where(x > 0, g, 0)",
          doc="max{x, 0}, with the derivative from the left at the kink: relu'(0) = 0. "
              "Lecture 07, 'Activation Functions', ReLU.")

leaky_relu = op("leaky_relu(x, *, slope=0.01)", "np.where(x > 0, x, slope * x)", real=True,
                x="np.where(x > 0, g, slope * g)",
                doc="x where x > 0, slope·x elsewhere, with the derivative from the left at the kink: "
                    "leaky_relu'(0) = slope. With slope 1 it is the identity.")


@on_paper("x")
def _below(x):
    """x where it is not positive: what is not chosen must not overflow."""
    return np.where(x > 0, 0, x)


elu = op("elu(x, *, alpha=1.0)", "np.where(x > 0, x, alpha * np.expm1(_below(x)))", real=True,
         x="np.where(x > 0, g, g * alpha * np.exp(_below(x)))",
         doc="x where x > 0, alpha·(exp(x) - 1) elsewhere; elu'(0) = alpha.")

hard_tanh = op("hard_tanh", "np.clip(x, -1, 1)", real=True, x="np.where((x >= -1) & (x <= 1), g, 0)",
               doc="max{-1, min{1, x}}; the gradient passes at ±1 themselves, as clip's. "
                   "Lecture 07, 'Otras funciones de activación'.")

threshold = op("threshold(x, *, theta=0.0)", "(x >= theta).astype(x.dtype)", x="np.where(True, 0, g)",
               doc="The threshold unit of McCulloch and Pitts: 1 where x reaches theta, 0 below. Lecture 07, "
                   "'Activation Functions'. Its derivative is 0 wherever it has one, so gradient descent cannot train "
                   "what feeds it: every weight before it gets the gradient 0. The sigmoid is its smooth stand-in.")

# Smooth

tanh = op("tanh", "np.tanh(x)", x="g * (1 + y) * (1 - y)",
          doc="(1 - exp(-2x)) / (1 + exp(-2x)), tanh' = 1 - tanh². Written (1 + y)(1 - y), since 1 - y² would lose "
              "digits near |y| = 1. Lecture 07, 'Activation Functions', Tanh.")


@on_paper("sigmoid(x)")
def _logistic(x):
    """1 / (1 + e^-x) from e^-|x|, which cannot overflow."""
    with np.errstate(under="ignore"):
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1, e) / (1 + e)


# y (1 - y) would be 0 from x = 37 on, where 1 - y cancels; sigmoid(-x) is 1 - y to the last digit.
sigmoid = op("sigmoid", "_logistic(x)", real=True, x="g * y * sigmoid(-x)", output_unit=True,
             doc="1 / (1 + exp(-x)), sigmoid' = sigmoid(x)(1 - sigmoid(x)) = sigmoid(x)·sigmoid(-x). "
                 "Lecture 07, 'Activation Functions', sigmoid.")


@on_paper("log(1 + exp(x))")
def _log_one_plus_exp(x):
    """max(x, 0) + log(1 + e^-|x|)."""
    with np.errstate(under="ignore"):
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


softplus = op("softplus", "_log_one_plus_exp(x)", real=True, x="g * sigmoid(x)",
              doc="log(1 + exp(x)), softplus' = sigmoid, 1/2 at 0. Lecture 07, 'Otras funciones de activación'.")

log_sigmoid = op("log_sigmoid", "-_log_one_plus_exp(-x)", real=True, x="g * sigmoid(-x)",
                 doc="log sigmoid(x) = -log(1 + exp(-x)).")

silu = op("silu", "_faded(x, sigmoid(x))", real=True, x="g * (sigmoid(x) + _faded(y, sigmoid(-x)))",
          doc="x·sigmoid(x), also called swish; silu' = sigmoid(x) + silu(x)·sigmoid(-x).")


@on_paper("exp(-x ** 2 / 2) / (2 * pi) ** 0.5")
def _bell(x):
    with np.errstate(over="ignore", under="ignore"):
        return np.exp(-x * x / 2) / _ROOT_2PI


@primitive("normal_cdf")
@on_paper("Phi(x)")
def _area(x):
    """Φ(x) = erfc(-x/√2) / 2, which keeps its digits far to the left. NumPy has no erfc, so
    Python's, one by one."""
    with np.errstate(under="ignore"):
        area = np.frompyfunc(lambda v: math.erfc(-v * math.sqrt(0.5)) / 2, 1, 1)(np.asarray(x, float))
        return np.asarray(area, float).astype(x.dtype if x.dtype.kind == "f" else float)


normal_pdf = op("normal_pdf", "_bell(x)", real=True, x="-g * _faded(x, y)",
                doc="The density of the standard normal distribution.")
normal_cdf = op("normal_cdf", "_area(x)", real=True, x="g * normal_pdf(x)",
                doc="Φ, the distribution function of the normal.")
gelu = op("gelu", "_faded(x, _area(x))", real=True, x="g * (normal_cdf(x) + _faded(x, normal_pdf(x)))",
          doc="x·Φ(x), exact (Hendrycks and Gimpel 2016).")


@on_paper("x[..., :, None] - W")
def _apart(x, W):
    """x - W_j for every row of x and every column of W: (..., d, units)."""
    return x[..., :, None] - W


@on_paper("sum((x[..., :, None] - W) ** 2, axis=-2)")
def _squared_distance(x, W):
    """‖x - W_j‖² for every row of x and column of W: (..., units); inf where it overflows."""
    with np.errstate(over="ignore", under="ignore"):
        return np.sum(_apart(x, W) ** 2, axis=-2)


@on_paper("exp(-sum((x[..., :, None] - W) ** 2, axis=-2) / sigma ** 2)")
def _radial(x, W, sigma):
    with np.errstate(over="ignore", under="ignore"):
        return np.exp(-_squared_distance(x, W) / sigma**2)


rbf = op("rbf(x, W, sigma)", "_radial(x, W, sigma)", real=True,
         x="np.sum(-2 * _faded(_apart(x, W), (g * y / sigma ** 2)[..., None, :]), axis=-1)",
         W="2 * _faded(_apart(x, W), (g * y / sigma ** 2)[..., None, :])",
         sigma="2 * _faded(_squared_distance(x, W), g * y / sigma ** 3)",
         doc="exp(-‖W_j - x‖² / σ²), the radial basis function: x (..., d), a centre in each column of W (d, units), "
             "sigma a number or (units,); gives (..., units). Lecture 07, 'Otras funciones de activación': the "
             "slide writes the exponent without its minus, a slip, since the unit answers to what is near its centre.")
