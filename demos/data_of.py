"""The data of the steps: the whole Fashion-MNIST where it can be had, else the real sample that
ships here."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tinygrad_edu.datasets import fashion_mnist

SAMPLE = Path(__file__).parent / "data" / "fashion-mnist-sample"
Split = tuple[np.ndarray, np.ndarray]


def images(fast: bool = False) -> tuple[Split, Split, bool]:
    """(x_train, y_train), (x_test, y_test), and whether it is the full set; with `fast` always the
    sample. The images are float32 in [0, 1], (n, 28, 28)."""
    full = False
    if not fast:
        try:
            train, test = fashion_mnist.load_data()
            full = True
        except fashion_mnist.DatasetUnavailable:
            train, test = fashion_mnist.load_data(SAMPLE)
    else:
        train, test = fashion_mnist.load_data(SAMPLE)
    scaled = lambda split: ((split[0] / 255).astype(np.float32), split[1].astype(np.int64))
    return scaled(train), scaled(test), full
