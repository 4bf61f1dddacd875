"""The softmax family: log Σ exp, softmax and its logarithm, each shifted by the largest entry."""

import numpy as np

from ..autodiff.captions import on_paper
from ..formula import op
from .activations import sigmoid
from .elementwise import exp
from .shape import _restored


@on_paper("sigmoid(a - b)")
def _share(a, b):
    """exp(a) / (exp(a) + exp(b)) = sigmoid(a - b); a half where both are the same infinity."""
    same = (a == b) & np.isinf(a)
    return sigmoid(np.where(same, 0, a) - np.where(same, 0, b))


logaddexp = op("logaddexp", "np.logaddexp(a, b)", a="g * _share(a, b)", b="g * _share(b, a)",
               doc="log(exp(a) + exp(b)), stable.")


_ENDS = {np.dtype(t): (np.finfo(t).min, np.finfo(t).max) for t in (np.float16, np.float32, np.float64, np.longdouble)}


def _shifted(x, axis):
    """x - peak and peak, the maximum along axis kept as length 1; finite, so that x - peak is never
    nan. Called where overflow is ignored: -inf is right for what is too far below the peak to
    count."""
    if x.dtype.kind != "f":
        x = x.astype(float)
    least, most = _ENDS[x.dtype]
    axis = axis if axis is None or isinstance(axis, int) else tuple(axis)
    peak = np.minimum(np.maximum.reduce(x, axis=axis, keepdims=True, initial=least), most)
    return x - peak, peak


@on_paper("softmax(x)")
def _softmax(x, axis):
    with np.errstate(over="ignore", under="ignore"):
        e = np.exp(_shifted(x, axis)[0])
        return e / np.add.reduce(e, axis=axis, keepdims=True)


@on_paper("_log_sum_exp_(x)")
def _log_sum_exp(x, axis, keepdims):
    # log 0 = -inf is right where all are -inf
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        shifted, peak = _shifted(x, axis)
        total = np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True))
    y = total + peak
    return y if keepdims else np.squeeze(y, axis=axis)


@on_paper("log(softmax(x))")
def _log_softmax(x, axis):
    """(x - peak) - log Σ exp(x - peak): adding the peak back first would round at its size."""
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        shifted, _ = _shifted(x, axis)
        return shifted - np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True))


softmax = op("softmax(x, *, axis=-1)", "_softmax(x, axis)", x="y * (g - np.sum(g * y, axis=axis, keepdims=True))",
             output_unit=True,
             doc="exp(x) / Σ exp(x). Lecture 07, 'Output Functions'.")

log_softmax = op("log_softmax(x, *, axis=-1)", "_log_softmax(x, axis)",
                 x="g - exp(y) * np.sum(g, axis=axis, keepdims=True)", doc="x - log Σ exp(x), stable.")


logsumexp = op("logsumexp(x, *, axis=None, keepdims=False)", "_log_sum_exp(x, axis, keepdims)",
               x="_restored(g, x.shape, axis) * softmax(x, axis=axis)",
               doc="log Σ exp(x), stable; its gradient is the softmax.")
