"""docs/compiled.md: every block of code runs, every row of its table is refused, and its cure is
compiled."""

from __future__ import annotations

import functools
import itertools
import os
import pathlib
import re
import time

import numpy as np
import pytest

import tinygrad_edu as tg

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "compiled.md"
TEXT = PAGE.read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(.+?)` \| `(.+?)` \|$", TEXT, re.M)


@functools.lru_cache
def cached(x):
    return x


def world():
    return {
        "np": np,
        "tg": tg,
        "os": os,
        "time": time,
        "rng": np.random.default_rng(0),
        "counter": itertools.count(),
        "cached": cached,
        "kept": [],
        "w": tg.tensor([1.0, 2.0, 3.0], requires_grad=True),
    }


def test_the_blocks_run():
    space = {}
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.S):
        exec(block, space)


@pytest.mark.parametrize(("refused", "cure"), ROWS)
def test_each_row(refused, cure):
    x, noise, rate = np.array([1.0, -2.0, 3.0]), np.ones(3), np.float64(2.0)
    f = eval(f"lambda x, noise, rate: {refused}", world())
    with pytest.raises(tg.TraceError):
        tg.jit(f)(x.copy(), noise, rate)
    g = eval(f"lambda x, noise, rate: {cure}", world())
    compiled = tg.jit(g)
    for k in range(3):
        np.testing.assert_array_equal(
            compiled(x + k, noise, rate).numpy(), g(x + k, noise, rate).numpy()
        )
    assert compiled.runs == 2


def test_the_table_is_read():
    assert len(ROWS) >= 15
