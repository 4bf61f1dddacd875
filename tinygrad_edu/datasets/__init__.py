"""The lecture's data: XOR (its worked example) and Fashion-MNIST (its demo).

    xor()                          (X, y), the four rows of the truth table
    fashion_mnist.load_data()      (x_train, y_train), (x_test, y_test), 70 000 pictures of clothes
    idx.read_idx(path)             any file in the IDX format, in which the MNIST family is published

>>> from tinygrad_edu import datasets
>>> X, y = datasets.xor()
>>> X.shape, y.shape
((4, 2), (4, 1))
"""

from . import fashion_mnist, idx
from .toy import xor

__all__ = ["fashion_mnist", "idx", "xor"]
