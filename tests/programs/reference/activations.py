"""Activations."""

from __future__ import annotations

import math

import numpy as np

from .dual import side
from .entrywise import clip, entrywise, mul, neg


def tanh(x):
    return entrywise(x, np.tanh(x.value), np.cosh(x.value) ** -2)


def sigmoid(x):
    return entrywise(x, (1 + np.tanh(x.value / 2)) / 2, 0.25 * np.cosh(x.value / 2) ** -2)


def softplus(x):
    on = x.value.real > 0
    tail = np.where(on, -x.value, x.value)
    return entrywise(
        x, np.where(on, x.value, 0) + np.log(1 + np.exp(tail)), (1 + np.tanh(x.value / 2)) / 2
    )


def relu(x):
    on = side(x.value.real) > 0
    return entrywise(x, np.where(on, x.value, 0), on)


def silu(x):
    return mul(x, sigmoid(x))


def log_sigmoid(x):
    return neg(softplus(neg(x)))


def _split(x, real, slope):
    """A function without a complex form, continued to first order."""
    return real(x.real) + 1j * slope(x.real) * x.imag if np.iscomplexobj(x) else real(x)


def gelu(x):
    bell = np.exp(-x.value * x.value / 2) / math.sqrt(2 * math.pi)
    area = _split(
        x.value,
        np.vectorize(lambda v: math.erf(v / math.sqrt(2)) / 2 + 0.5, otypes=[float]),
        lambda v: np.exp(-v * v / 2) / math.sqrt(2 * math.pi),
    )
    return entrywise(x, x.value * area, area + x.value * bell)


def leaky_relu(x, slope):
    on = side(x.value.real) > 0
    return entrywise(x, np.where(on, 1, slope) * x.value, np.where(on, 1, slope))


def elu(x, alpha):
    on = side(x.value.real) > 0
    low = np.where(on, 0, x.value)
    return entrywise(
        x, np.where(on, x.value, alpha * (np.exp(low) - 1)), np.where(on, 1, alpha * np.exp(low))
    )


def hard_tanh(x):
    return clip(x, -1, 1)
