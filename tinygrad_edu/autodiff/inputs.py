"""What comes in as numbers: plain arrays, or a refusal by name. Stands alone, below all else."""

from __future__ import annotations

from typing import Any

import numpy as np

_CURES = {
    "O": "write np.array(x, dtype=float) if it holds numbers, np.stack(xs) if it holds tensors",
    "U": "give each word a number, np.unique(x, return_inverse=True)[1]",
    "V": "take one field, x['name']",
    "M": "write (x - x[0]) / np.timedelta64(1, 'D')",
    "m": "write x / np.timedelta64(1, 'D')",
}


def numbers(x: Any, who: str, dtype: Any = None) -> Any:
    """x as a plain array of numbers in this machine's byte order, NumPy's scalars as they are; or a
    TypeError that says what it is and what to write instead. With `dtype`, objects and words that
    NumPy can convert to it are taken.

    >>> numbers([1.0, 2.0], "tanh"), numbers(np.array([1], ">i4"), "tanh").dtype.isnative
    (array([1., 2.]), True)
    """
    if type(x) is not np.ndarray:
        if isinstance(x, np.ma.MaskedArray):
            raise TypeError(
                f"{who}: the mask of a masked array would be lost; write tg.where(~m.mask, m.data, "
                "0.0), or m.filled(0.0) where the masked entries are to count as 0"
            )
        if isinstance(x, np.matrix):
            raise TypeError(
                f"{who}: a np.matrix multiplies otherwise than arrays of numbers do; write "
                "np.asarray(m), and @ for the product"
            )
        if _tracked_inside(x):
            raise TypeError(
                f"{who} takes numbers, arrays and tensors, not a {type(x).__name__} of tensors; "
                "write np.stack(xs), or np.concatenate(xs)"
            )
    array = x if isinstance(x, np.generic) else np.asarray(x)
    if dtype is not None and array.dtype.kind not in "Mm":
        array = array.astype(dtype, copy=False)
    if array.dtype.kind not in "biufc":
        what = f"{array.dtype} entries" if array.ndim else type(x).__name__
        raise TypeError(
            f"{who} takes numbers, arrays and tensors, not {what}: {x!r:.60}"
            + (f"; {_CURES[array.dtype.kind.replace('S', 'U')]}" if array.ndim else "")
        )
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _tracked_inside(x: Any) -> bool:
    """Whether lists hold a tensor whose gradient an array would lose."""
    if isinstance(x, (list, tuple)):
        return any(map(_tracked_inside, x))
    return hasattr(type(x), "__record__") and getattr(x, "requires_grad", False)
