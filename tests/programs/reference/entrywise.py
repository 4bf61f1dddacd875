"""Functions of one entry, and of two."""

from __future__ import annotations

import builtins

import numpy as np

from .dual import Dual, both, choices, made, real, side, tip


def add(a, b):
    x, y, dx, dy = both(a, b)
    return made(x + y, dx + dy)


def sub(a, b):
    x, y, dx, dy = both(a, b)
    return made(x - y, dx - dy)


def mul(a, b):
    x, y, dx, dy = both(a, b)
    return made(x * y, dx * y + x * dy)


def div(a, b):
    x, y, dx, dy = both(a, b)
    return made(x / y, (dx * y - x * dy) / (y * y))


def choose(a, b, sign):
    x, y, dx, dy = both(a, b)
    # ties count half and half
    first = (1 + sign * side(x.real - y.real)) / 2
    return made(first * x + (1 - first) * y, first * dx + (1 - first) * dy)


def maximum(a, b):
    return choose(a, b, 1)


def minimum(a, b):
    return choose(a, b, -1)


def where(condition, a, b):
    x, y, dx, dy = both(a, b)
    return made(np.where(condition, x, y), np.where(condition, dx, dy))


def entrywise(x, value, slope):
    return Dual(value, x.tangents * slope)


def neg(x):
    return entrywise(x, -x.value, -1)


def exp(x):
    return entrywise(x, np.exp(x.value), np.exp(x.value))


def log(x):
    return entrywise(x, np.log(x.value), 1 / x.value)


def sqrt(x):
    return entrywise(x, np.sqrt(x.value), 0.5 * x.value**-0.5)


def sin(x):
    return entrywise(x, np.sin(x.value), np.cos(x.value))


def cos(x):
    return entrywise(x, np.cos(x.value), -np.sin(x.value))


def power_of(x, n):
    return entrywise(x, x.value**n, n * x.value ** (n - 1))


def power(a, b):
    """For a > 0, as exp(b log a)."""
    x, y, dx, dy = both(a, b)
    return made(x**y, x**y * (dy * np.log(x) + y * dx / x))


def abs(x):
    sign = side(x.value.real)
    return entrywise(x, sign * x.value, sign)


def clip(x, min, max):
    inside = (side(x.value.real - min) >= 0) & (side(x.value.real - max) <= 0)
    return entrywise(x, np.where(inside, x.value, np.clip(x.value.real, min, max)), inside)


def arctan(x):
    return entrywise(x, np.arctan(x.value), 1 / (1 + x.value * x.value))


def arcsinh(x):
    return entrywise(x, np.arcsinh(x.value), (1 + x.value * x.value) ** -0.5)


def sinh(x):
    return entrywise(x, np.sinh(x.value), np.cosh(x.value))


def cosh(x):
    return entrywise(x, np.cosh(x.value), np.sinh(x.value))


def expm1(x):
    return entrywise(x, np.exp(x.value) - 1, np.exp(x.value))


def log1p(x):
    return entrywise(x, np.log(1 + x.value), 1 / (1 + x.value))


def cbrt(x):
    """Of positive numbers."""
    return entrywise(x, x.value ** (1 / 3), x.value ** (-2 / 3) / 3)


def reciprocal(x):
    return entrywise(x, 1 / x.value, -1 / x.value**2)


def step(x, function, distance):
    """Flat between its jumps, which are `distance` away."""
    side(distance(real(x.value)))
    return entrywise(x, function(real(x.value)) + 0 * x.value, 0)


def floor(x):
    return step(x, np.floor, lambda v: v - np.round(v))


def rint(x):
    return step(x, np.rint, lambda v: v - np.floor(v) - 0.5)


def sign(x):
    return step(x, np.sign, lambda v: v)


def mod(a, b):
    x, y, dx, dy = both(a, b)
    ratio = real(x) / real(y)
    side(ratio - np.round(ratio))
    n = np.floor_divide(real(x), real(y))
    return made(x - n * y, dx - n * dy)


def hypot(a, b):
    x, y, dx, dy = both(a, b)
    r = np.sqrt(x * x + y * y)
    still = tip(r.real)
    return made(
        np.where(still, 0, r), np.where(still, 0, (x * dx + y * dy) / np.where(still, 1, r))
    )


def arctan2(a, b):
    x, y, dx, dy = both(a, b)
    square = x * x + y * y
    still = tip(np.abs(x.real) + np.abs(y.real))
    cut = np.broadcast_to(np.abs(x.real), square.shape)[np.broadcast_to(y.real <= 0, square.shape)]
    # A whole turn apart, by the sign of a zero.
    choices.margin = builtins.min(choices.margin, np.min(cut, initial=np.inf))
    slope = lambda dx, dy: np.where(still, 0, (y * dx - x * dy) / np.where(still, 1, square))
    value = np.arctan2(real(x), real(y))
    if np.iscomplexobj(square):
        value = value + 1j * slope(x.imag + 0 * y.imag, y.imag + 0 * x.imag).real
    return made(value, slope(dx, dy))


def logaddexp(a, b):
    x, y, dx, dy = both(a, b)
    peak = np.maximum(x.real, y.real)
    p, q = np.exp(x - peak), np.exp(y - peak)
    return made(np.log(p + q) + peak, (p * dx + q * dy) / (p + q))
