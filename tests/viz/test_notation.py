"""Formulas: the catalogue in the notation of the lecture, and numbers as a card shows them."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu import ops
from tinygrad_edu.formula import OPS, Op
from viz.mathematics.notation import formula, multiplier
from viz.mathematics.pieces import SUM, Symbol
from viz.numbers import grid, in_words, short, summary
from viz.recording.gradients import summed_axes
from viz.words import Words

EN = Words("en")
A, B, Y = (Symbol(n, shape=(4, 2)) for n in "ABY")
two, minus = Symbol("2", shape=(), value=2), Symbol("−3", SUM, (), -3)


def S(text, *shape):
    return Symbol(text, shape=shape)


@pytest.mark.parametrize(
    ("op", "inputs", "params", "text"),
    [
        (ops.matmul, [A, S("W", 2, 2)], {}, "A·W"),
        (ops.add, [A, B], {}, "A + B"),
        (ops.mul, [A, B], {}, "A * B"),
        (ops.mul, [two, B], {}, "2·B"),
        (ops.div, [A, two], {}, "A/2"),
        (ops.neg, [A], {}, "−A"),
        (ops.power_of, [A], {"n": 2}, "A²"),
        (ops.power_of, [A], {"n": -1}, "A⁻¹"),
        (ops.power_of, [A], {"n": 0.5}, "√A"),
        (ops.power, [A, minus], {}, "A⁻³"),
        (ops.power, [minus, A], {}, "(−3)^A"),
        (ops.relu, [A], {}, "max{0, A}"),
        (ops.maximum, [A, B], {}, "max{A, B}"),
        (ops.sigmoid, [A], {}, "σ(A)"),
        (ops.softmax, [A], {}, "softmax(A)"),
        (ops.sum, [A], {}, "Σ A"),
        (ops.sum, [A], {"axis": 0}, "Σ rows A"),
        (ops.mean, [A], {"axis": 1}, "mean columns A"),
        (ops.mse, [A, B], {}, "mean (A − B)²"),
        (ops.transpose, [A], {}, "Aᵀ"),
        (ops.abs, [A], {}, "|A|"),
        (ops.where, [S("c", 4, 2), A, B], {}, "A if c else B"),
        (ops.getitem, [A], {"index": (slice(None), 0)}, "A[:, 0]"),
        (ops.getitem, [A], {"index": np.arange(99)}, "A[[…]]"),
        (ops.sub, [A, Symbol("B − C", SUM, (4, 2))], {}, "A − (B − C)"),
        (ops.matmul, [Symbol("A + B", SUM, (4, 2)), S("W", 2, 2)], {}, "(A + B)·W"),
    ],
)
def test_formulas(op, inputs, params, text):
    assert formula(op, inputs, params, EN).text == text


@pytest.mark.parametrize(
    ("op", "inputs", "out", "params", "labels"),
    [
        (ops.matmul, [A, S("W", 2, 2)], Y, {}, ["· Wᵀ", "Aᵀ ·"]),
        (ops.add, [A, S("c", 2)], Y, {}, ["· 1", "Σ rows"]),
        (ops.add, [A, S("c", 4, 1)], Y, {}, ["· 1", "Σ columns"]),
        (ops.mul, [A, S("k")], Y, {}, ["· k", "· A, Σ all"]),
        (ops.sub, [A, B], Y, {}, ["· 1", "· (−1)"]),
        (ops.relu, [A], Y, {}, ["· 1 if A > 0"]),
        (ops.tanh, [A], Y, {}, ["· (1 + Y) * (1 − Y)"]),
        (ops.sigmoid, [A], Y, {}, ["· Y * σ(−A)"]),
        (ops.exp, [A], Y, {}, ["· Y"]),
        (ops.log, [A], Y, {}, ["· 1/A"]),
        (ops.power_of, [A], Y, {"n": 2}, ["· 2·A"]),
        (ops.power_of, [A], Y, {"n": 3}, ["· 3·A²"]),
        (ops.mean, [A], S("m"), {}, ["· 1/8"]),
        (ops.mean, [A], S("m", 2), {"axis": 0}, ["· 1/4"]),
        (ops.mse, [A, B], S("L"), {}, ["· 2(A − B)/8", "· 2(B − A)/8"]),
        (ops.neg, [A], Y, {}, ["· (−1)"]),
        (ops.matvec, [A, S("b", 2)], S("y", 4), {}, ["· b", "Aᵀ ·"]),
        (ops.softplus, [A], Y, {}, ["· σ(A)"]),
        (
            ops.matmul,
            [S("A", 5, 4, 2), S("W", 2, 2)],
            S("Y", 5, 4, 2),
            {},
            ["· Wᵀ", "Aᵀ ·, Σ axis 0"],
        ),
        (ops.matmul, [S("a", 4, 1), S("b", 1, 2)], Y, {}, ["· bᵀ", "aᵀ ·"]),
        (ops.reshape, [A], S("Y", 8), {"shape": (8,)}, ["reshape to 4×2"]),
        (ops.getitem, [A], S("y", 2), {"index": 0}, ["back into A[0]"]),
    ],
)
def test_multipliers(op, inputs, out, params, labels):
    arrays = [s.value if s.value is not None else np.ones(s.shape) for s in inputs]
    found = []
    for i, x in enumerate(inputs):
        ran = np.asarray(
            op.gradients[i](np.ones(out.shape), np.ones(out.shape), *arrays, **params)
        ).shape
        found.append(
            multiplier(op, i, inputs, out, params, EN, summed_axes(ran, x.shape), len(ran))
        )
    assert found == labels


PARAMETERS = {
    "n": 3,
    "p": 3,
    "dtype": np.dtype("float32"),
    "shape": (4, 2),
    "index": 0,
    "axis1": 0,
    "axis2": 1,
    "shift": 1,
    "source": 0,
    "destination": 1,
    "repeats": 2,
    "reps": 2,
    "pad_width": 1,
    "subscripts": "ij,jk->ik",
    "axis": 0,
}


@pytest.mark.parametrize("name", sorted(OPS))
@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_operation_of_the_catalogue_reads_well(name, lang):
    op = OPS[name]
    params = {
        k: PARAMETERS[k] if d is inspect.Parameter.empty else d
        for k, d in op.params.items()
        if k != "keepdims"
    }
    assert inspect.Parameter.empty not in params.values()
    inputs = [A, B, S("C", 4, 2)][: 2 if op.variadic else len(op.inputs)]
    texts = [formula(op, inputs, params, Words(lang)).text]
    texts += [
        multiplier(op, i, inputs, Y, params, Words(lang))
        for i in range(len(inputs))
        if op.gradients[0 if op.variadic else i]
    ]
    for text in texts:
        assert text
        assert not any(
            sign in text
            for sign in (
                "np.",
                "_v",
                "_g",
                "_y",
                "_p_",
                "lambda",
                "@",
                "**",
                "empty",
                "home(",
                "numbers(",
                ".shape",
                "True",
            )
        ), text
        assert "None" not in re.sub(r"\[[:, None]+\]", "", text), text


def test_an_operation_of_the_users_own_passes_through():
    import tinygrad_edu as tg

    before = dict(OPS)
    try:
        own: Op = tg.op("wobble", "np.arctan(x) + fancy(x)", x="g / (1 + x * x)")
        assert formula(own, [A], {}, EN).text == "arctan(A) + fancy(A)"
        assert multiplier(own, 0, [A], Y, {}, EN) == "· 1/(1 + A * A)"
    finally:
        OPS.clear()
        OPS.update(before)


@given(st.floats(-1e300, 1e300) | st.sampled_from([np.nan, np.inf, -np.inf]))
def test_numbers_are_short_and_true(x):
    text = short(x)
    assert text != "-0" and len(text) <= 10 and text.isascii()
    value = float(text)
    if np.isfinite(x):
        assert abs(value - x) <= 0.0051 * abs(x)
    else:
        assert value == x or np.isnan(value) and np.isnan(x)


def test_numbers():
    assert [
        short(v) for v in (0.25, -0.5, -0.0, 1.0, 1e-20, 0.001, 12345.6, True, np.float32(0.1))
    ] == [".25", "-.5", "0", "1", "1e-20", ".001", "12346", "1", ".1"]
    assert grid(np.array([1.0, -0.5])) == [["1", "-.5"]]
    assert in_words(np.array([[0.0, 1], [1, 0]]), EN) == "[0 1; 1 0]"
    assert summary(np.array([np.nan, 1, np.inf, 3, 5.0]), EN) == [
        ("min", "1"),
        ("mean", "3"),
        ("max", "5"),
        ("not a number", "1"),
        ("inf", "1"),
    ]
    assert summary(np.zeros((0, 3)), EN) == [("empty", "")]


def test_no_two_helpers_of_the_catalogue_share_a_name():
    """A helper's text is found by its name: two of one name would write each other's text."""
    names = []
    for file in Path(ops.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(
                "on_paper" in ast.unparse(d) for d in node.decorator_list
            ):
                names.append(node.name)
    assert len(names) == len(set(names)) > 5
