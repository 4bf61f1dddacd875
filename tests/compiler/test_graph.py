"""A recorded graph as a program: value and gradient of every tensor, on its own numbers and on
others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from ops.table import TABLE
from programs.program import CATALOGUE, KINDS, programs

import tinygrad_edu as tg
from compiler.test_every_operation import leaves
from compiler.test_programs import PLENTY
from tinygrad_edu import nn
from tinygrad_edu.autodiff import walk
from tinygrad_edu.compiler.graph import program_of
from tinygrad_edu.formula import OPS


def engine(y, xs):
    """The value, and the gradients of the sum, by the engine."""
    found = walk.backward([(y, np.ones(y.shape, y.dtype))]) if y.requires_grad else {}
    return [y.numpy(), *(found[x.step][1] if x.step in found else None for x in xs)]


def same(program, y, xs, expected, given):
    keys = [id(x) for x in xs if id(x) in program.gradient]
    outputs = [program.value[id(y)], *(program.gradient[k] for k in keys)]
    found = program.run(outputs, given)
    wanted = [expected[0], *(e for x, e in zip(xs, expected[1:], strict=True) if id(x) in keys)]
    for a, b in zip(found, wanted, strict=True):
        assert a.dtype == b.dtype and a.shape == b.shape
        np.testing.assert_array_equal(a, b)
    assert all(e is None for x, e in zip(xs, expected[1:], strict=True) if id(x) not in keys)


@pytest.mark.parametrize("name", TABLE)
def test_every_operation(name):
    op = OPS[name]
    for case in TABLE[name].cases:
        inputs = leaves(op, case.inputs, np.float64)
        y = op(*inputs, **case.params)
        if y.op is None:
            continue  # a comparison of constants records nothing
        xs = [x for x in inputs if isinstance(x, tg.Tensor) and x.requires_grad]
        same(program_of(y), y, xs, engine(y, xs), {})


@PLENTY
@given(programs(KINDS))
def test_random_programs(program):
    with np.errstate(all="ignore"):
        xs = [tg.tensor(a, requires_grad=True) for a in program.arrays]
        loss, _ = program.run(CATALOGUE, xs)
        if loss.op is not None:
            same(program_of(loss), loss, xs, engine(loss, xs), {})


def test_on_other_numbers():
    rng = np.random.default_rng(0)
    model = nn.MLP(3, 4, 2, activation="tanh", seed=0, dtype=float)
    x, t = tg.tensor(rng.normal(size=(5, 3)), name="x"), tg.tensor([0, 1, 1, 0, 1], name="t")
    loss = tg.cross_entropy(model(x), t)
    program, ps = program_of(loss), list(model.parameters())
    other = {id(p): rng.normal(size=p.shape) for p in ps} | {id(x): rng.normal(size=(5, 3))}
    for p in ps:
        p.data = other[id(p)]
    again = tg.cross_entropy(model(tg.tensor(other[id(x)])), t)
    expected = engine(again, ps)
    same(program, loss, ps, expected, other)


def test_all_that_is_between_too():
    x = tg.tensor([0.5, -1.0], requires_grad=True, name="x")
    h = tg.tanh(x)
    y = (h * h + x).sum()
    program = program_of(y)
    value, gradient = program.run([program.value[id(h)], program.gradient[id(h)]], {})
    np.testing.assert_array_equal(value, np.tanh(x.data))
    np.testing.assert_array_equal(gradient, 2 * np.tanh(x.data))
    # Both uses of h, and the sum of what they add.
    product = next(t for t in program.tensors if t.op is not None and t.op.name == "mul")
    parts = program.run([program.parts[id(product), 0], program.parts[id(product), 1]], {})
    np.testing.assert_array_equal(sum(parts), gradient)


def test_two_roots_and_one_that_is_a_leaf():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    a, b = x * 3, x * x
    program = program_of(a, b, a)
    (g,) = program.run([program.gradient[id(x)]], {})
    assert g.tolist() == [3 * 2 + 2 * 1.0, 3 * 2 + 2 * 2.0]
    assert program_of(x).gradient.keys() == {id(x)}


def test_a_gradient_of_a_gradient():
    x = tg.tensor([0.3, 0.7], requires_grad=True)
    (slope,) = walk_grad(tg.sin(x).sum(), x)
    y = (slope * slope).sum()
    program = program_of(y)
    (g,) = program.run([program.gradient[id(x)]], {id(x): np.array([1.0, 2.0])})
    np.testing.assert_allclose(g, -np.sin([2.0, 4.0]), rtol=1e-14)


def walk_grad(y, *xs):
    seed = tg.tensor(np.ones(y.shape))
    found = walk.backward([(y, seed)], wanted={x.step for x in xs}, create_graph=True)
    return [found[x.step][1] for x in xs]


def test_only_what_is_asked_for_is_computed():
    x = tg.tensor([1.0], requires_grad=True)
    y = tg.exp(x) + tg.log(x)
    program = program_of(y)
    names = [
        n.primitive.name for n in program.needed([program.gradient[id(x)]]) if n.kind != "input"
    ]
    assert "log" not in names and "exp" in names
