"""No text of a user reaches what runs: names of layers, tensors, functions and arguments are for
reading only."""

from __future__ import annotations

import ast
import builtins
import re

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from tinygrad_edu.autodiff.messages import harmless
from tinygrad_edu.compiler.execute import functions_of

SEPARATORS = ["\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\u2028", "\u2029"]
CODE = "import builtins; builtins.NAME_RAN = True"
HOSTILE = [f"h{s}{CODE}{s}#" for s in SEPARATORS] + [
    "",
    " ",
    "a'b",
    'a"b',
    '"""',
    "{}",
    "{x}",
    "%s",
    "%",
    "\\",
    "\x00",
    "\x1b[31m",
    "if",
    "lambda",
    "None",
    "print",
    "np",
    "sum",
    "tanh",
    "run",
    "self",
    "rate",
    "flush",
    "FLUSH_EVERY",
    "calm",
    "scale",
    "loss",
    "mean",
    "x",
    "v",
    "v1",
    "m",
    "w",
    "g",
    "step",
    "dense",
    "change",
    "root",
    "t",
    "W₁",
    "W⁽¹⁾",
    "x²",
    "capa①",
    "µ",
    "μ",
    "ϵ",
    "ε",
    "ℓ",
    "ſ",
    "1",
    "1a",
    "a" * 10_000,
    "\u202eabc",
    "ñandú",
    "层",
]
X = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
Y = np.random.default_rng(1).normal(size=(8, 2)).astype(np.float32)


def trained(names, jit):
    layers = [nn.Dense(4, "tanh", name=names[0]), nn.Dense(2, name=names[1])]
    model = nn.Sequential(layers, seed=0)
    model.compile("adam", "mse", ["mae"])
    history = model.fit(X, Y, epochs=3, batch_size=4, seed=0, verbose=0, jit=jit)
    return model, history.history


@pytest.mark.parametrize("name", HOSTILE, ids=lambda n: ascii(n)[:30])
def test_a_layer_may_be_called_anything(name):
    (a, first), (b, second) = trained([name, "other"], True), trained([name, "other"], False)
    assert first == second
    for p, q in zip(a.parameters(), b.parameters(), strict=True):
        np.testing.assert_array_equal(p.numpy(), q.numpy())
    text = a.program()
    assert text.isascii() or all(ord(c) < 128 for c in re.sub(r"#.*", "", text))
    names = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
    assert "builtins" not in names and len(text.splitlines()) == len(text.split("\n")) - 1
    assert not hasattr(builtins, "NAME_RAN")


@pytest.mark.parametrize("name", HOSTILE, ids=lambda n: ascii(n)[:30])
def test_a_tensor_may_be_called_anything(name):
    w = tg.tensor([1.0, 2.0], requires_grad=True, name=name)
    c = tg.tensor([3.0, 4.0], requires_grad=True, name=name)
    f = tg.jit(lambda x: (x * w * c).sum())
    f.__name__ = name
    for _ in range(3):
        w.grad = c.grad = None
        f(np.ones(2)).backward()
        assert w.grad.tolist() == [3, 4] and c.grad.tolist() == [1, 2]
    assert f.runs == 2 and "NAME_RAN" not in f.program and not hasattr(builtins, "NAME_RAN")
    assert re.fullmatch(
        r"(v\d+|[a-z_]+|np)*",
        "".join(n.id for n in ast.walk(ast.parse(f.program)) if isinstance(n, ast.Name)),
    )
    ast.parse(f.source)


def test_many_names_that_clash():
    names = ["µ", "μ", "ϵ", "W₁", "W1", "W⁽¹⁾", "loss", "loss_2", "g_W1", "rate", "adam"]
    tensors = [tg.tensor([float(k)], requires_grad=True, name=n) for k, n in enumerate(names, 1)]

    def f():
        total = tensors[0] * 1
        for t in tensors[1:]:
            total = total * 2 + t
        return total.sum()

    compiled = tg.jit(f)
    for _ in range(3):
        assert compiled().item() == f().item()
    space = dict(compiled.latest.scope)
    exec(compiled.source, space)
    found = space[compiled.latest.name](*(t._data for _, t in compiled.latest.sources), np.ones(()))
    assert found[0] == f().item()


@pytest.mark.parametrize(
    "text",
    [
        "import os\n",
        "def f():\n    global x\n",
        "def f(µ):\n    return µ\n",
        "def f():\n    return v1.ϵ\n",
        "class A: pass\n",
        "def f():\n    del v1\n",
    ],
)
def test_the_gate_lets_only_the_compilers_text_through(text):
    with pytest.raises(ValueError, match="program has no|not the compiler's"):
        functions_of(text, {}, test_the_gate_lets_only_the_compilers_text_through)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda n: ascii(n)[:30])
def test_harmless_text_stays_on_its_line(text):
    assert (
        len(harmless(text).splitlines()) <= 1
        and len(harmless(text)) < 500
        and harmless(text).isprintable()
    )


def test_one_place_executes_text():
    """Besides the formulas of the catalogue, of which `formula.py` says what comes there."""
    import pathlib

    root = pathlib.Path(tg.__file__).parent
    found = {
        str(p.relative_to(root))
        for p in root.rglob("*.py")
        for n in ast.walk(ast.parse(p.read_text()))
        if isinstance(n, ast.Call)
        and isinstance(n.func, ast.Name)
        and n.func.id in ("exec", "eval")
    }
    assert found == {"formula.py", "compiler/execute.py"}
