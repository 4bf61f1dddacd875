"""Data small enough to write down."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


def xor(dtype: DTypeLike = np.float64) -> tuple[NDArray[Any], NDArray[Any]]:
    """y = 1 where exactly one of x1, x2 is 1: the four rows of the truth table.

    Returns X (4, 2), rows 00, 01, 10, 11, and y (4, 1) = 0, 1, 1, 0; both new arrays of `dtype`. No
    straight line separates the ones from the zeros: the best linear model answers 1/2 for all four
    rows.

    Source: the lecture, "Worked Example: The 'Exclusive OR (XOR)' Function", eq. 3.

    >>> X, y = xor()
    >>> beta, *_ = np.linalg.lstsq(np.hstack([X, np.ones((4, 1))]), y)
    >>> bool(np.allclose(beta.ravel(), [0, 0, 0.5]))      # the lecture's beta = (0, 0), alpha = 1/2
    True
    """
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype)
    y = np.array([[0], [1], [1], [0]], dtype)
    return X, y
