"""Every equation that a picture writes is read back from its text, computed with the cards'
numbers, and must give the card's: for each operation of the catalogue, and for random programs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from checks import reads_back
from hypothesis import HealthCheck, given, settings
from profiles import by_profile

import tinygrad_edu as tg
import viz
from tests.ops.table import TABLE
from tests.programs.program import CATALOGUE, programs
from tinygrad_edu.formula import OPS

UNREADABLE = {"dropout_mask"}  # drawn at random


def picture_of(op, inputs, params, floats):
    leaves = [
        tg.tensor(x, requires_grad=k in floats, name=f"x{k}")
        if isinstance(x, (np.ndarray, np.generic))
        else x
        for k, x in enumerate(inputs)
    ]
    with tg.record_everything():
        y = op(*leaves, **params)
    if not y.requires_grad:
        return viz.graph(y, detail="ops")
    weights = np.linspace(0.5, 1.5, y.size).reshape(y.shape)
    loss = (y * weights).sum()
    loss.backward()
    return viz.graph(loss, detail="ops")


@pytest.mark.parametrize("name", sorted(set(OPS) - UNREADABLE))
def test_the_catalogue_is_read_back(name):
    op, row = OPS[name], TABLE[name]
    for case in row.cases:
        inputs = [np.asarray(x) if isinstance(x, np.ndarray) else x for x in case.inputs]
        floats = {
            k
            for k, x in enumerate(inputs)
            if isinstance(x, np.ndarray)
            and x.dtype.kind == "f"
            and op.gradients[0 if op.variadic else k] is not None
        }
        read, unread = reads_back(picture_of(op, inputs, case.params, floats))
        assert read + unread


@settings(
    deadline=None,
    max_examples=by_profile(day=15, ci=60, night=600),
    suppress_health_check=list(HealthCheck),
)
@given(programs())
def test_random_programs_are_read_back(program):
    leaves = [tg.tensor(a, requires_grad=True, name=f"x{k}") for k, a in enumerate(program.arrays)]
    with np.errstate(all="ignore"):
        loss, _ = program.run(CATALOGUE, leaves)
        loss.backward()
        reads_back(viz.graph(loss, detail="ops"))


A, B, W = (
    np.arange(24.0).reshape(2, 3, 4) / 7,
    np.linspace(-1, 1, 16).reshape(4, 4),
    np.linspace(0.2, 1.7, 12),
)
NAMED = {
    # The cases in which pictures once wrote what had not run.
    "batched product": lambda a, b, w: (a @ b).sum(),
    "bias over two axes": lambda a, b, w: (a + w.reshape(3, 4)[0]).mean(),
    "sum of a product": lambda a, b, w: (w.reshape(3, 4)[0] * b).sum(),
    "softmax by default": lambda a, b, w: (tg.softmax(b) * b).sum(),
    "einsum": lambda a, b, w: tg.einsum("ijk,kl->il", a, b).sum(),
    "transposed": lambda a, b, w: (a.T * 2.0 + np.transpose(a, (2, 1, 0))).sum(),
    "axes moved": lambda a, b, w: (np.transpose(a, (1, 2, 0)) ** 2).sum(),
    "ties": lambda a, b, w: (tg.minimum(b, -0.2).max(axis=0) * w[:4]).sum(),
}


@pytest.mark.parametrize(("case", "lang"), [*itertools.product(NAMED, ("en", "es"))])
def test_what_once_was_written_wrong(case, lang):
    a, b, w = (
        tg.tensor(v, requires_grad=True, name=n) for v, n in zip((A, B, W), "ABW", strict=True)
    )
    loss = NAMED[case](a, b, w)
    loss.backward()
    graph = viz.graph(loss, detail="ops", lang=lang)
    assert reads_back(graph)[1] == 0


def test_the_sum_is_the_one_that_ran():
    a, w = tg.tensor(A, requires_grad=True, name="A"), tg.tensor(B, requires_grad=True, name="W")
    (loss := (a @ w).sum()).backward()
    assert "∂L/∂W = Σ axis 0 (Aᵀ·∂L/∂u1)" in viz.graph(loss, detail="ops").equations()
