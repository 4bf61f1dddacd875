"""The lecture's activation functions, their derivatives, and the softmax family.

Each is stable over the whole range of its float type: nothing here overflows, and what underflows is 0 without a
warning.
"""

import numpy as np

from ..formula import op
from .elementwise import exp

relu = op("relu", "np.maximum(x, 0)", x="g * (x > 0)",
          doc="max{x, 0}, with the derivative from the left at the kink: relu'(0) = 0. "
              "Lecture 07, 'Activation Functions', ReLU.")

tanh = op("tanh", "np.tanh(x)", x="g * (1 + y) * (1 - y)",
          doc="(1 - exp(-2x)) / (1 + exp(-2x)), tanh' = 1 - tanh². Written (1 + y)(1 - y), since 1 - y² would lose "
              "digits near |y| = 1. Lecture 07, 'Activation Functions', Tanh.")


def _logistic(x):
    """1 / (1 + e^-x) from e^-|x|, which cannot overflow."""
    with np.errstate(under="ignore"):
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1, e) / (1 + e)


# y (1 - y) would be 0 from x = 37 on, where 1 - y cancels; sigmoid(-x) is 1 - y to the last digit.
sigmoid = op("sigmoid", "_logistic(x)", x="g * y * sigmoid(-x)",
             doc="1 / (1 + exp(-x)), sigmoid' = sigmoid(x)(1 - sigmoid(x)) = sigmoid(x)·sigmoid(-x). "
                 "Lecture 07, 'Activation Functions', sigmoid.")


def _log_one_plus_exp(x):
    """max(x, 0) + log(1 + e^-|x|)."""
    with np.errstate(under="ignore"):
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


softplus = op("softplus", "_log_one_plus_exp(x)", x="g * sigmoid(x)",
              doc="log(1 + exp(x)), softplus' = sigmoid. Lecture 07, 'Otras funciones de activación'.")


def _peak(x, axis):
    """The maximum along axis, kept as length 1; 0 where it is infinite, so that x - peak is never nan."""
    peak = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(peak), peak, 0)


def _softmax(x, axis):
    with np.errstate(under="ignore"):
        e = np.exp(x - _peak(x, axis))
        return e / np.sum(e, axis=axis, keepdims=True)


def _log_sum_exp(x, axis, keepdims):
    with np.errstate(under="ignore"):
        peak = _peak(x, axis)
        total = np.sum(np.exp(x - peak), axis=axis, keepdims=True)
    with np.errstate(divide="ignore"):               # log 0 = -inf is the right answer for entries all -inf
        y = np.log(total) + peak
    return y if keepdims else np.squeeze(y, axis=axis)


softmax = op("softmax(x, *, axis=-1)", "_softmax(x, axis)", x="y * (g - np.sum(g * y, axis=axis, keepdims=True))",
             doc="exp(x) / Σ exp(x). Lecture 07, 'Output Functions'.")

log_softmax = op("log_softmax(x, *, axis=-1)", "x - _log_sum_exp(x, axis, True)",
                 x="g - exp(y) * np.sum(g, axis=axis, keepdims=True)", doc="x - log Σ exp(x), stable.")


def _restored(v, x, axis):
    """v, reduced along axis from x, with the reduced axes back as length 1."""
    axes = range(x.ndim) if axis is None else [a % x.ndim for a in np.atleast_1d(axis)]
    return v.reshape(tuple(1 if k in axes else n for k, n in enumerate(x.shape)))


logsumexp = op("logsumexp(x, *, axis=None, keepdims=False)", "_log_sum_exp(x, axis, keepdims)",
               x="_restored(g, x, axis) * softmax(x, axis=axis)",
               doc="log Σ exp(x), stable; its gradient is the softmax.")
