"""The types that checkers and editors see: the stubs are what the catalogue says, pyright and mypy
accept what is right and find what is wrong."""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.formula import OPS, Op

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CATALOGUE = dict(OPS)


def written():
    spec = importlib.util.spec_from_file_location("stubs", HERE / "stubs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stubs_are_what_the_catalogue_says():
    """In a process of its own: other tests give the Tensor methods, which stay."""
    script = Path(__file__).with_name("stubs.py")
    root = str(Path(tg.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, str(script), "--check"],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stderr}: run python tests/types/stubs.py"


def test_every_parameter_has_a_type():
    for path, text in written().stubs().items():
        assert ": None" not in re.sub(r"-> None", "", text), path


def test_every_method_of_the_tensor_has_types():
    """What `dir` of a tensor shows is in the stub, or is annotated where it stands."""
    stub = (Path(tg.__file__).parent / "autodiff" / "methods.pyi").read_text(encoding="utf-8")
    named = set(re.findall(r"def (\w+)\(", stub))
    own = set(tg.Tensor.__slots__) | set(dir(object))
    missing = []
    for name in set(dir(tg.Tensor)) - own - named:
        value = inspect.getattr_static(tg.Tensor, name)
        value = getattr(value, "fget", getattr(value, "__func__", value))
        if callable(value) and not getattr(value, "__annotations__", None):
            missing.append(name)
    assert missing == ["__getattr__"] or missing == []
    assert {"sum", "__add__", "__rmatmul__", "clamp", "relu", "split", "float"} <= named


# What Python itself shows


def test_a_signature_is_how_an_operation_is_called():
    assert str(inspect.signature(tg.sum)) == "(x, axis=None, keepdims=False)"
    assert str(inspect.signature(tg.concatenate)) == "(*xs, axis=0)"
    assert str(inspect.signature(tg.tensor([1.0]).sum)) == "(axis=None, keepdims=False)"
    for f in CATALOGUE.values():
        parameters = inspect.signature(f).parameters
        assert [*parameters] == [*f.inputs, *f.params]
        assert [p.default for p in parameters.values()][len(f.inputs) :] == [*f.params.values()]


def test_help_shows_an_operation(capsys):
    help(tg.leaky_relu)
    said = capsys.readouterr().out
    assert "leaky_relu(x, slope=0.01)" in said and "np.where(x > 0, x, slope * x)" in said
    assert "dL/dx = np.where(x > 0, g, slope * g)" in said and ">>> tg.leaky_relu" in said
    help(Op)
    assert "a gradient rule for each input" in capsys.readouterr().out


def test_an_operation_of_ones_own_has_a_signature_too(own_operations):
    cube = tg.op("cube(x, *, k=1)", "k * x ** 3", x="g * k * 3 * x ** 2", doc="k times x cubed.")
    assert str(inspect.signature(cube)) == "(x, k=1)"
    assert cube.__name__ == "cube" and cube.__doc__.endswith("k times x cubed.")
    assert float(cube(2.0, 3)) == float(cube(2.0, k=3)) == 24
    np.testing.assert_allclose(tg.grad(cube)(2.0), 12)


# Checkers


def marked():
    lines = (HERE / "wrong.py").read_text(encoding="utf-8").splitlines()
    return {k for k, line in enumerate(lines, 1) if "# wrong" in line}


def errors(tool, files):
    """(file, line) of every error that a checker reports."""
    if importlib.util.find_spec(tool) is None:
        pytest.skip('needs pip install "tinygrad_edu[lint]"')
    options = ["--outputjson"] if tool == "pyright" else ["--config-file="]  # a reader's settings
    done = subprocess.run(
        [sys.executable, "-m", tool, *options, *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    if tool == "pyright":
        found = json.loads(done.stdout)["generalDiagnostics"]
        return {
            (Path(e["file"]).name, e["range"]["start"]["line"] + 1): e["message"]
            for e in found
            if e["severity"] == "error"
        }
    lines = re.findall(r"^([^:\n]+):(\d+): error: (.*)$", done.stdout, re.M)
    return {(Path(file).name, int(line)): words for file, line, words in lines}


@pytest.mark.parametrize("tool", ["pyright", "mypy"])
def test_checkers_accept_what_is_right_and_find_what_is_wrong(tool, tmp_path):
    files = [HERE / "right.py", HERE / "wrong.py"]
    for name in ("README.md", "README.es.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        file = tmp_path / f"{name.removesuffix('.md').replace('.', '_')}.py"
        file.write_text("\n".join(blocks), encoding="utf-8")
        assert len(blocks) > 3
        files.append(file)
    found = errors(tool, files)
    expected = {("wrong.py", line) for line in marked()}
    assert len(expected) > 15
    assert {k: v for k, v in found.items() if k not in expected} == {}
    assert expected - found.keys() == set()
