"""The lecture's data, XOR (its worked example) and Fashion-MNIST (its demo), and small data to try
things on.

    xor()                          (X, y), the four rows of the truth table
    moons(), circles()             (X, y), points of the plane in two classes; each with a seed
    spirals(), blobs()             the same in several classes
    regression_1d()                (X, y), a sine with noise
    fashion_mnist.load_data()      (x_train, y_train), (x_test, y_test), 70 000 pictures of clothes
    idx.read_idx(path)             any file in the IDX format, that of MNIST and its relatives

>>> from tinygrad_edu import datasets
>>> X, y = datasets.xor()
>>> X.shape, y.shape
((4, 2), (4, 1))
"""

import sys
from typing import TYPE_CHECKING, Any

from .. import habits
from . import fashion_mnist, idx
from .points import blobs, circles, moons, regression_1d, spirals
from .toy import xor

__all__ = ["blobs", "circles", "fashion_mnist", "idx", "moons", "regression_1d", "spirals", "xor"]


if not TYPE_CHECKING:  # a checker knows all names, and finds a misspelt one

    def __getattr__(name: str) -> Any:
        raise habits.missing(__name__, name, sys.modules[__name__])
