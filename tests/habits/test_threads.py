"""BLAS threads are the user's: the library sets none, and its numbers are the same with one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinygrad_edu import nn

ROOT = Path(__file__).parents[2]


def trained():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(256, 784)).astype(np.float32), rng.integers(0, 10, 256)
    model = nn.Sequential([nn.Dense(32, activation="relu"), nn.Dense(10)], seed=0)
    model.compile("sgd", "cross_entropy")
    model.fit(X, y, epochs=2, verbose=0)
    return model.get_weights()


def test_no_environment_is_changed_at_import():
    code = (
        "import os; before = dict(os.environ); import tinygrad_edu; tinygrad_edu.jit; "
        "assert dict(os.environ) == before"
    )
    clean = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr


def test_the_line_of_the_readme():
    """`threadpool_limits(1)` around fit: the same training, and the number of threads afterwards is
    the one before."""
    threadpoolctl = pytest.importorskip("threadpoolctl")

    def threads():
        return [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]

    before = threads()
    free = trained()
    assert threads() == before
    with threadpoolctl.threadpool_limits(1):
        assert set(threads()) <= {1}
        alone = trained()
    assert threads() == before
    for a, b in zip(free, alone, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("file", ["README.md", "README.es.md"])
def test_the_readme_says_it(file):
    text = " ".join((ROOT / file).read_text(encoding="utf-8").split())
    for line in (
        "OPENBLAS_NUM_THREADS=1",
        "with threadpoolctl.threadpool_limits(1): model.fit(...)",
        'pip install "tinygrad_edu[threads]"',
    ):
        assert line in text
    assert "threads = [" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
