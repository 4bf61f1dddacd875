"""What the README shows runs as it stands, and says the same in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg

ROOT = Path(__file__).parents[2]
FILES = ["README.md", "README.es.md"]


def blocks(file):
    return re.findall(r"```python\n(.*?)```", (ROOT / file).read_text(encoding="utf-8"), re.DOTALL)


def code(block):
    return [
        line.partition("#")[0].rstrip()
        for line in block.splitlines()
        if line.partition("#")[0].strip()
    ]


def test_both_languages_show_the_same_code():
    english, spanish = (
        [[line.replace(', lang="es"', "") for line in code(b)] for b in blocks(f)] for f in FILES
    )
    assert len(english) > 3
    assert english == spanish


@pytest.mark.parametrize("file", FILES)
def test_the_code_runs(file, tmp_path, monkeypatch, capsys, own_operations):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    few = (rng.integers(0, 256, (200, 28, 28), np.uint8), rng.integers(0, 10, 200, np.uint8))
    # the rest of it is as it stands
    monkeypatch.setattr(tg.datasets.fashion_mnist, "load_data", lambda: (few, few))
    scope = {"__name__": "readme"}
    for block in blocks(file):
        exec(block, scope)
    said = capsys.readouterr().out
    assert "0.5 -0.5" in said and "loss" in said
    assert (tmp_path / "xor.png").stat().st_size > 10_000
    np.testing.assert_allclose(scope["J_u"], [16 / 125, -12 / 125])
    tg.check_gradients(scope["softsign"], np.array([-1.0, 2.0]))
