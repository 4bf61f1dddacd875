import doctest
import importlib
import subprocess
import sys

import numpy as np
import pytest

from tinygrad_edu.datasets import xor


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_xor_is_the_truth_table(dtype):
    X, y = xor(dtype)
    assert X.dtype == y.dtype == dtype
    assert X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert y.tolist() == [[0], [1], [1], [0]]


def test_xor_gives_new_float64_arrays():
    X, y = xor()
    assert X.dtype == y.dtype == np.float64
    X += 1
    y += 1
    assert xor()[0][0].tolist() == [0, 0]
    assert xor()[1][0].tolist() == [0]


@pytest.mark.parametrize("name", ["", ".toy", ".points", ".idx", ".fashion_mnist", ".download"])
def test_the_examples_in_the_docstrings_run(name):
    result = doctest.testmod(importlib.import_module("tinygrad_edu.datasets" + name))
    assert result.attempted > 0
    assert result.failed == 0


def test_importing_stays_light():
    code = """if True:
        import sys, numpy
        before = set(sys.modules)
        import tinygrad_edu.datasets
        print(*({"gzip", "http.client", "urllib.request", "ssl"} & (set(sys.modules) - before)))
    """
    heavy = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert heavy == []
