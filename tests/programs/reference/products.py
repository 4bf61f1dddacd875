"""Products of matrices and vectors."""

from __future__ import annotations

import numpy as np

from .dual import Dual
from .entrywise import mul
from .moves import reshape


def matmul(a, b):
    """Of matrices and vectors."""
    letters = ("ij"[2 - a.ndim :], "jk"[: b.ndim])
    out = letters[0][:-1] + letters[1][1:]
    product = lambda s, t, x, y: np.einsum(f"{s},{t}->{'n' * ('n' in s + t)}{out}", x, y)
    return Dual(
        product(*letters, a.value, b.value),
        product("n" + letters[0], letters[1], a.tangents, b.value)
        + product(letters[0], "n" + letters[1], a.value, b.tangents),
    )


def outer(a, b):
    return mul(reshape(a, (-1, 1)), reshape(b, (1, -1)))


def einsum(text, a, b):
    left, out = text.split("->")
    s, t = left.split(",")
    value = np.einsum(text, a.value, b.value)
    return Dual(
        value,
        np.einsum(f"N{s},{t}->N{out}", a.tangents, b.value)
        + np.einsum(f"{s},N{t}->N{out}", a.value, b.tangents),
    )
