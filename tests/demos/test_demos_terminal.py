"""The demos in terminals that have few letters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii", "utf-8"])
@pytest.mark.parametrize("arguments", [[], ["neuron", "--fast"]])
def test_output_can_be_redirected_in_any_encoding(tmp_path, encoding, arguments):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "demos",
            *arguments,
            *(["--out", str(tmp_path)] if arguments else []),
        ],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    text = done.stdout.decode(encoding)
    assert ("---" in text) == (encoding != "utf-8")
