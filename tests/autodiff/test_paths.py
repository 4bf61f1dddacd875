"""Gradients are sums over paths: fan-out, diamonds, dead nodes, several roots, several passes."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autodiff import walk

from .graphs import build, leaf


def test_a_tensor_used_twice():
    a = leaf(1, 2)
    (a + a).sum().backward()
    assert a.grad.tolist() == [2, 2]
    a = leaf(1, 2)
    (a * a - a / a + (a - a)).sum().backward()
    assert a.grad.tolist() == [2, 4]


def test_fan_out():
    a = leaf(3.0)
    sum((k * a for k in range(10)), start=0 * a).backward()
    assert a.grad == 45


def test_diamond():
    a = leaf(2.0)
    b = a * a
    (b * 3 + b * b).backward()
    assert a.grad == 3 * 4 + 4 * 8


def test_a_diamond_whose_arms_differ_in_length():
    """The short arm's gradient must wait for the long one's."""
    a = leaf(2.0)
    b = a * a
    c = b
    for _ in range(50):
        c = c * 1.0
    (c * b).backward()
    assert a.grad == 4 * 2**3


def test_late_use_of_an_early_tensor():
    a, b = leaf(2.0), leaf(5.0)
    early = a * b
    late = early * 3
    (late + early + a).backward()
    assert (a.grad, b.grad) == (21, 8)


def test_a_shared_leaf_in_two_graphs():
    a = leaf(1, 2)
    x, y = (a * 2).sum(), (a * a).sum()
    y.backward()
    x.backward()
    assert a.grad.tolist() == [4, 6]


def test_a_shared_interior_in_two_graphs():
    a = leaf(1, 2)
    h = a * a
    (h * 2).sum().backward()
    (h * h).sum().backward()
    assert a.grad.tolist() == [4 + 4, 8 + 32]


def test_dead_nodes_get_nothing():
    a, b = leaf(1, 2), leaf(3, 4)
    h = a * 2
    dead = (h * b).retain_grad()
    h.sum().backward()
    assert a.grad.tolist() == [2, 2]
    assert b.grad is None and dead.grad is None


def test_constants_get_nothing():
    a, c = leaf(1, 2), tg.tensor([5.0, 6.0])
    (a * c).sum().backward()
    assert c.grad is None
    assert a.grad.tolist() == [5, 6]


def test_backward_from_a_leaf():
    a = leaf(2.0)
    a.backward()
    a.backward(np.array(3.0))
    assert a.grad == 4
    b = leaf(1, 2)
    b.backward([3.0, 4.0])
    assert b.grad.tolist() == [3, 4]


def test_second_backward_is_exactly_twice():
    rng = np.random.default_rng(0)
    a, b = (tg.tensor(rng.normal(size=s), requires_grad=True) for s in [(3, 4), (4, 2)])
    y = build(a, b)
    y.backward()
    once = a.grad.copy(), b.grad.copy()
    y.backward()
    assert (a.grad == 2 * once[0]).all() and (b.grad == 2 * once[1]).all()
    build(a, b).backward()
    np.testing.assert_allclose(a.grad, 3 * once[0], rtol=1e-15)
    np.testing.assert_allclose(b.grad, 3 * once[1], rtol=1e-15)


def test_retained_gradients():
    a = leaf(1, 2)
    h = (a * 3).retain_grad()
    other = h * 1
    y = (other * h).sum()
    y.backward()
    assert h.grad.tolist() == [6, 12]
    assert other.grad is None
    assert y.grad == 1
    assert a.grad.tolist() == [18, 36]


@pytest.mark.parametrize("again", [1, 2, 3])
@pytest.mark.parametrize("shape", [(), (1,), (2, 3)])
def test_gradients_are_arrays_however_often(shape, again):
    a = tg.tensor(np.ones(shape, np.float32), requires_grad=True)
    for _ in range(again):
        (a * a).sum().backward()
    assert isinstance(a.grad, np.ndarray), type(a.grad)
    assert (a.grad.shape, a.grad.dtype) == (shape, np.float32)
    assert (a.grad == 2 * again).all()
    a.grad[...] = 0


def test_seeds():
    a = leaf(1, 2, 3)
    y = a * a
    for seed in ([1.0, 0, 0], (0, 1, 0), np.array([0.0, 0, 1]), tg.tensor([1.0, 1, 1])):
        y.backward(seed)
    assert a.grad.tolist() == [4, 8, 12]


def test_engine_sums_over_roots_and_seeds():
    a = leaf(1, 2)
    y, z = a * a, a * 3
    found = walk.backward([(y, np.ones(2)), (z, np.full(2, 10.0)), (y, np.ones(2))])
    assert found[a.step][1].tolist() == [34, 38]
    assert a.grad is None
    assert found[a.step][0] is a


def test_engine_gives_what_is_wanted_only():
    a, b = leaf(1, 2), leaf(3, 4)
    h = a * b
    y = h * h
    found = walk.backward([(y, np.ones(2))], wanted={h.step, b.step})
    assert set(found) == {h.step, b.step}
    assert found[h.step][1].tolist() == [6, 16]
    assert found[b.step][1].tolist() == [6, 32]


def test_a_gradient_handed_to_two_is_not_added_to_in_place():
    """The rule of + hands one array to both inputs: what one of them adds must not reach the
    other."""
    a, b = leaf(1.0, 2), leaf(3.0, 4)
    h, k = a * 1, b * 1
    y = h + k
    (y + h).backward([1.0, 1])
    assert a.grad.tolist() == [2, 2] and b.grad.tolist() == [1, 1]
    a.grad = b.grad = None
    (y + k + k).backward([1.0, 1])
    assert a.grad.tolist() == [1, 1] and b.grad.tolist() == [3, 3]
