"""DOT texts and equations as they were last looked at, in files. A change on purpose:

REWRITE_GOLDEN=1 python -m pytest tests/viz/test_golden.py     then look at the difference, and at the picture
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from viz_xor import build_xor, draw_xor

import viz
from tinygrad_edu import nn

GOLDEN = Path(__file__).parent / "golden"


def classifier(**options):
    model = nn.Sequential(
        [
            nn.Flatten(),
            nn.Dense(128, "relu", kernel_initializer="zeros"),
            nn.Dense(10, "softmax", kernel_initializer="zeros"),
        ],
        seed=0,
        name="classifier",
    )
    return viz.graph(model, np.zeros((32, 28, 28), np.float32), **options)


CASES = {
    "xor.dot": lambda: draw_xor(build_xor()).source,
    "xor-es-dark.dot": lambda: draw_xor(build_xor(), lang="es", theme="dark").source,
    "xor-down.dot": lambda: draw_xor(build_xor(), direction="TB").source,
    "xor-equations.txt": lambda: draw_xor(build_xor()).equations(),
    "xor-words-es.txt": lambda: draw_xor(build_xor(), lang="es").describe(),
    "classifier-layers.dot": lambda: classifier().source,
    "classifier-model.dot": lambda: classifier(detail="model").source,
}


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_the_one_that_was_looked_at(name):
    text = CASES[name]().rstrip("\n") + "\n"
    if os.environ.get("REWRITE_GOLDEN"):
        (GOLDEN / name).write_text(text, encoding="utf-8", newline="\n")
    assert text == (GOLDEN / name).read_text(encoding="utf-8")
