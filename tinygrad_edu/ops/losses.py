"""Losses, each the mean over a batch, and each stable because it reads logits.

Each is one operation, so that a picture shows the loss as one card; `tests/` holds a composed twin
for each.
"""

import numpy as np

from ..autodiff.captions import on_paper
from ..formula import op
from .activations import _faded, sigmoid, softplus
from .primitive import primitive
from .softmax import _log_softmax, softmax


@on_paper("p")
def _same_shape(p, t, name):
    if p.shape != np.shape(t):
        raise ValueError(f"{name}: prediction {p.shape} and target {np.shape(t)} differ in shape, and broadcasting "
                         f"would compare every prediction with every target; write target.reshape{p.shape}")
    return p


mse = op("mse(p, t)", "np.mean((_same_shape(p, t, 'mse') - t) ** 2)", real=True,
         p="g * 2 / p.size * (p - t)", t="g * 2 / p.size * (t - p)",
         doc="mean (p - t)², the cost of a linear output unit. Lecture 07, 'Output Functions'.")


def _probability(t):
    """Refuse labels outside [0, 1]; t is they, or 1 less them."""
    if np.size(t) and np.min(t) < -1e-6:
        raise ValueError("binary cross-entropy wants labels in [0, 1], and some lie outside, as with labels {1, 2} or "
                         "{-1, 1}; write (y == y.max()).astype(np.float32) for two classes")


@primitive("labelled_loss")
@on_paper("t * loss")
def _part(t, loss):
    """t·loss, with 0 where t = 0: what cannot happen costs nothing, at an infinite logit too. What
    underflows is 0. Of t and 1 - t one is negative where t is no probability, as with labels 1 and
    2."""
    _probability(t)
    with np.errstate(under="ignore"):
        return t * np.where(t == 0, 0, loss)


# t·softplus(-z) + (1 - t)·softplus(z) is -[t log p + (1 - t) log(1 - p)] with p = sigmoid(z), and
# no term cancels.
bce_with_logits = op("bce_with_logits(z, t)",
                     "np.mean(_part(t, softplus(-_same_shape(z, t, 'bce_with_logits'))) + _part(1 - t, softplus(z)))",
                     real=True, z="g / z.size * (sigmoid(z) - t)", t="-g / z.size * z",
                     doc="Binary cross-entropy of sigmoid(z) against t in [0, 1]: the cost of a sigmoid output unit, "
                         "from its logits z. Lecture 07, 'Output Functions'.")


multiply_no_nan = op("multiply_no_nan(x, w)", "_faded(x, w)", x="g * w", w="_faded(x, g)",
                     doc="x·w, and 0 where w = 0, at an infinite x too: what has no weight counts for nothing. "
                         "TensorFlow's.")

_UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


@primitive("pick")
@on_paper("z[t]")
def _pick(z, t):
    """z at the column that t names, row by row."""
    t = np.asarray(t)
    if t.dtype.kind not in "iu":
        raise TypeError(f"cross_entropy: class labels must be integers, got {t.dtype}; for one-hot rows write "
                        "labels.argmax(axis=-1)")
    if t.shape != z.shape[:-1]:
        raise ValueError(f"cross_entropy: logits {z.shape} want labels {z.shape[:-1]}, one a row; got {t.shape}")
    # Without its sign a negative label is a huge one: one look for both ends.
    if t.size and np.maximum.reduce(t.view(_UNSIGNED[t.itemsize]), axis=None) >= z.shape[-1]:
        bad = t.min() if t.min() < 0 else t.max()
        raise ValueError(f"cross_entropy: label {bad} is none of the {z.shape[-1]} classes 0..{z.shape[-1] - 1}")
    if z.ndim == 2:
        return z[np.arange(len(z)), t]
    return z.reshape(t.size, z.shape[-1])[np.arange(t.size), t.reshape(-1)].reshape(t.shape)


@primitive("one_hot")
@on_paper("onehot(t)")
def _one_hot(t, z):
    """1 in the column that each label names, 0 elsewhere, in z's shape and dtype."""
    t = np.asarray(t).reshape(-1)
    out = np.zeros((t.size, z.shape[-1]), z.dtype)
    out[np.arange(t.size), t] = 1
    return out.reshape(z.shape)


cross_entropy = op("cross_entropy(z, t)", "-np.mean(_pick(_log_softmax(z, -1), t))",
                   z="g / np.size(t) * (softmax(z) - _one_hot(t, z))",
                   doc="-log softmax(z)[t], the mean over rows: the cost of a softmax output unit, from its logits z "
                       "(n, classes) and integer labels t (n,). Lecture 07, 'Output Functions'; in Keras "
                       "'sparse_categorical_crossentropy'.")
