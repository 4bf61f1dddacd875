"""What these tests share."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import tinygrad_edu as tg


def refuses(error, *words):
    return pytest.raises(error, match="(?s)" + ".*".join(words))


W = lambda: tg.tensor([[1.0, 2], [3, 4]], requires_grad=True, name="W")

BINARY = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "np.add": np.add,
    "np.subtract": np.subtract,
    "np.multiply": np.multiply,
    "np.divide": np.divide,
    "np.power": np.power,
    "np.maximum": np.maximum,
    "np.minimum": np.minimum,
    "tg.maximum": tg.maximum,
    "where": lambda a, b: tg.where(np.array([True, False, True]), a, b),
    "np.where": lambda a, b: np.where(np.array([True, False, True]), a, b),
}
