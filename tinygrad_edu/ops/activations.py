"""The lecture's activation functions, their derivatives, and the softmax family.

Each is stable over the whole range of its float type: nothing here overflows, and what underflows is 0 without a
warning.
"""

import numpy as np

from ..formula import op
from .elementwise import exp

relu = op("relu", "np.maximum(x, 0)", x="np.where(x > 0, g, 0)",
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
sigmoid = op("sigmoid", "_logistic(x)", x="g * y * sigmoid(-x)", output_unit=True,
             doc="1 / (1 + exp(-x)), sigmoid' = sigmoid(x)(1 - sigmoid(x)) = sigmoid(x)·sigmoid(-x). "
                 "Lecture 07, 'Activation Functions', sigmoid.")


def _log_one_plus_exp(x):
    """max(x, 0) + log(1 + e^-|x|)."""
    with np.errstate(under="ignore"):
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


softplus = op("softplus", "_log_one_plus_exp(x)", x="g * sigmoid(x)",
              doc="log(1 + exp(x)), softplus' = sigmoid. Lecture 07, 'Otras funciones de activación'.")


def _shifted(x, axis):
    """x - peak and peak, the maximum along axis kept as length 1; finite, so that x - peak is never nan."""
    if x.dtype.kind != "f":
        x = x.astype(float)
    ends = np.finfo(x.dtype)
    peak = np.clip(np.max(x, axis=axis, keepdims=True, initial=ends.min), ends.min, ends.max)
    with np.errstate(over="ignore"):                 # -inf for what is too far below the peak to count
        return x - peak, peak


def _softmax(x, axis):
    with np.errstate(under="ignore"):
        e = np.exp(_shifted(x, axis)[0])
        return e / np.sum(e, axis=axis, keepdims=True)


def _log_total(shifted, axis):
    with np.errstate(under="ignore", divide="ignore"):    # log 0 = -inf is right where all entries are -inf
        return np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _log_sum_exp(x, axis, keepdims):
    shifted, peak = _shifted(x, axis)
    y = _log_total(shifted, axis) + peak
    return y if keepdims else np.squeeze(y, axis=axis)


def _log_softmax(x, axis):
    """(x - peak) - log Σ exp(x - peak): adding the peak back first would round at its size."""
    shifted, _ = _shifted(x, axis)
    return shifted - _log_total(shifted, axis)


softmax = op("softmax(x, *, axis=-1)", "_softmax(x, axis)", x="y * (g - np.sum(g * y, axis=axis, keepdims=True))",
             output_unit=True,
             doc="exp(x) / Σ exp(x). Lecture 07, 'Output Functions'.")

log_softmax = op("log_softmax(x, *, axis=-1)", "_log_softmax(x, axis)",
                 x="g - exp(y) * np.sum(g, axis=axis, keepdims=True)", doc="x - log Σ exp(x), stable.")


def _restored(v, shape, axis):
    """v, reduced along axis from an array of that shape, with the reduced axes back as length 1."""
    axes = range(len(shape)) if axis is None else [a % len(shape) for a in np.atleast_1d(axis)]
    return v.reshape(tuple(1 if k in axes else n for k, n in enumerate(shape)))


logsumexp = op("logsumexp(x, *, axis=None, keepdims=False)", "_log_sum_exp(x, axis, keepdims)",
               x="_restored(g, x.shape, axis) * softmax(x, axis=axis)",
               doc="log Σ exp(x), stable; its gradient is the softmax.")
