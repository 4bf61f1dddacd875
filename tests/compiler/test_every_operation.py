"""Every operation of the catalogue, compiled: the readable program and the one that runs give the
engine's own bits."""

from __future__ import annotations

import numpy as np
import pytest
from each import each, equal
from ops.table import TABLE
from profiles import by_profile

import tinygrad_edu as tg
from compiler.reading import readable
from tinygrad_edu.autodiff import walk
from tinygrad_edu.formula import OPS

SMOOTH = [name for name in TABLE if any(OPS[name].gradients)]


def cases(name):
    """By day every other one: a compilation takes its time, and the cases of a row are alike."""
    return TABLE[name].cases[:: by_profile(day=2, ci=1)]


def typed(name):
    """Every case in both types; by day in one and the other by turns."""
    both = [(case, dtype) for case in TABLE[name].cases for dtype in (np.float64, np.float32)]
    if by_profile(day=0, ci=1) or len(both) <= 4:
        return both
    return [pair for k, pair in enumerate(both) if k % 4 in (0, 3)]


def cotangent(y):
    return np.asarray(np.random.default_rng(7).normal(size=y.shape), y.dtype)


def same(a, b):
    a, b = np.asarray(a), np.asarray(b)
    assert a.dtype == b.dtype and a.shape == b.shape
    equal(a, b)
    if a.dtype.kind == "f":
        equal(np.signbit(a[~np.isnan(a)]), np.signbit(b[~np.isnan(b)]))


def leaves(op, inputs, dtype):
    rules = op.gradients * len(inputs) if op.variadic else op.gradients
    made = []
    for x, rule in zip(inputs, rules, strict=True):
        x = x.astype(dtype) if x.dtype.kind == "f" else x
        made.append(
            tg.tensor(x, requires_grad=True) if rule is not None and x.dtype.kind == "f" else x
        )
    return made if any(isinstance(x, tg.Tensor) for x in made) else [tg.tensor(x) for x in made]


def results(y, xs):
    """The value, and what backward gives each leaf."""
    if not y.requires_grad:
        return [y.numpy()]
    found = walk.backward([(y, cotangent(y))])
    return [
        y.numpy(),
        *(found[x.step][1] for x in xs if isinstance(x, tg.Tensor) and x.step in found),
    ]


@pytest.mark.parametrize("name", TABLE)
@each(typed=typed)
def test_compiled_is_eager_to_the_bit(name, typed):
    op, (case, dtype) = OPS[name], typed
    xs = leaves(op, case.inputs, dtype)
    expected = results(op(*xs, **case.params), xs)

    @tg.jit
    def f(*inputs):
        return op(*inputs, **case.params)

    for _ in range(3):  # traced, perhaps traced again, run
        y = f(*xs)
        for a, b in zip(results(y, xs), expected, strict=True):
            same(a, b)
    compiled = f.latest
    assert f.traces <= 2 and any(compiled in kept for kept in f.programs.values())

    # The text for reading is a program too.
    arrays = [x._data if isinstance(x, tg.Tensor) else x for x in xs]
    arrays += [x.now() if kind == "place" else x._data for kind, x in compiled.sources]
    read = readable(compiled)(*arrays, *(cotangent(y) for _ in compiled.trace.backs))
    read = read if isinstance(read, tuple) else (read,)
    # as the arguments
    order = sorted(range(len(read) - 1), key=lambda k: compiled.trace.inputs[k])
    for a, b in zip([read[0], *(read[1 + k] for k in order)], expected, strict=not op.output_unit):
        same(a, b)


@pytest.mark.parametrize("name", SMOOTH)
@each(case=cases)
def test_backward_inside(name, case):
    """The same where the function itself calls backward()."""
    op = OPS[name]
    xs = leaves(op, case.inputs, np.float64)
    y = op(*xs, **case.params)
    if not y.requires_grad or y.size == 0:
        return  # nothing to differentiate
    weights = cotangent(y)
    (y * weights).sum().backward()
    expected = [x.grad for x in xs if isinstance(x, tg.Tensor)]

    twins = leaves(op, case.inputs, np.float64)
    tensors = [x for x in twins if isinstance(x, tg.Tensor)]

    @tg.jit
    def f(weights):
        for x in tensors:
            x.grad = None
        loss = (op(*twins, **case.params) * weights).sum()
        loss.backward()
        return loss

    for _ in range(3):
        f(weights)
        for x, g in zip(tensors, expected, strict=True):
            same(x.grad, g)
