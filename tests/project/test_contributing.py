"""CONTRIBUTING.md, followed word for word in a copy of the repository."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = {
    title: body
    for title, body in re.findall(r"^## (.*)\n([^\0]*?)(?=^## |\Z)", TEXT, re.MULTILINE)
    if "```" in body
}
HEAD = re.compile(r"(?:#|//) (\S+), (?:(at the end|a new file)|(before|after) \"(.*))")


def put(root: Path, block: str) -> None:
    """A block's lines where its first line says."""
    first, _, body = block.partition("\n")
    found = HEAD.fullmatch(first)
    assert found, f"where does this go: {first}"
    path, whole, side, anchor = found.groups()
    file = root / path
    if whole == "a new file":
        assert not file.exists(), path
        file.write_text(body, encoding="utf-8")
        return
    text = file.read_text(encoding="utf-8")
    if whole == "at the end":
        file.write_text(text + body, encoding="utf-8")
        return
    lines = text.splitlines(keepends=True)
    places = [k for k, line in enumerate(lines) if starts(line, anchor)]
    assert len(places) == 1, f"{path} has {len(places)} lines that begin with {anchor}"
    k = places[0] + (side == "after")
    file.write_text("".join([*lines[:k], body, *lines[k:]]), encoding="utf-8")


def starts(line: str, anchor: str) -> bool:
    """Whether a line begins so; quotation marks around the anchor may be left out."""
    line = line.strip()
    return any(line.startswith(a) for a in (anchor, anchor.removesuffix('"'), '"' + anchor))


@pytest.mark.parametrize("title", SECTIONS)
def test_the_example_works(title, tmp_path):
    root = tmp_path / "copy"
    for part in ("tinygrad_edu", "viz", "demos", "tests"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    commands = []
    for kind, block in re.findall(r"^```(\w+)\n(.*?)^```", SECTIONS[title], re.M | re.S):
        if kind in ("python", "js"):
            put(root, block)
        else:
            commands += block.splitlines()
    assert commands
    for command in commands:
        words = [sys.executable if w == "python" else w for w in shlex.split(command)]
        if "pytest" in words:
            words += ["-p", "no:cacheprovider"]
        done = subprocess.run(
            words,
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_every_kind_has_an_example():
    assert list(SECTIONS) == [
        "An operation",
        "A layer",
        "An optimizer",
        "A primitive of the compile targets",
        "A picture",
        "A step of the ladder",
    ]
