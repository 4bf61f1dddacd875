"""What a pass does not touch, and what gradients do not share."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autodiff import walk
from tinygrad_edu.autodiff.attached import attach

from .graphs import GRAPHS, arrays_of, leaf


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize("number", range(len(GRAPHS)))
def test_no_two_gradients_share_memory(number, retain, times):
    a, b = leaf([1.0, 2], [3, 4]), leaf([5.0, 6], [7, 8])
    y = GRAPHS[number](a, b)
    tensors = arrays_of(y)
    if retain:
        for t in tensors:
            t.retain_grad()
    seed = np.random.default_rng(0).normal(size=y.shape)
    seed_before, data_before = seed.copy(), [t.numpy() for t in tensors]
    for _ in range(times):
        y.backward(seed)
    grads = [t.grad for t in tensors if t.grad is not None]
    assert len(grads) >= (len(tensors) if retain else 1)
    for one, two in itertools.combinations(grads, 2):
        assert not np.shares_memory(one, two)
    for g in grads:
        assert isinstance(g, np.ndarray) or times == 2
        assert g.flags.writeable or not isinstance(g, np.ndarray)
        assert not np.shares_memory(g, seed)
        assert not any(np.shares_memory(g, t.data) for t in tensors)
    np.testing.assert_array_equal(seed, seed_before)
    for t, before in zip(tensors, data_before, strict=True):
        np.testing.assert_array_equal(t.data, before)
    # the proof of the pudding: writing into one changes no other
    if times == 1:
        kept = [g.copy() for g in grads]
        for k, g in enumerate(grads):
            g[...] = 99
            for other, was in zip(grads[k + 1 :], kept[k + 1 :], strict=True):
                np.testing.assert_array_equal(other, was)


def test_no_two_gradients_share_memory_with_create_graph():
    a, b = leaf(1, 2), leaf(3, 4)
    found = walk.backward([(a + b, tg.tensor([1.0, 1.0]))], create_graph=True)
    assert not np.shares_memory(found[a.step][1].data, found[b.step][1].data)


def test_a_read_only_seed_and_read_only_data():
    data, seed = np.array([1.0, 2]), np.array([3.0, 4])
    data.flags.writeable = seed.flags.writeable = False
    a = tg.tensor(data, requires_grad=True, copy=False)
    (a + a * 1).backward(seed)
    assert a.grad.tolist() == [6, 8]
    a.grad += 1


def test_a_gradient_handed_out_does_not_change_later():
    a = leaf(1, 2)
    y = (a * a).sum()
    y.backward()
    first = a.grad
    y.backward()
    assert first.tolist() == [2, 4]
    assert a.grad.tolist() == [4, 8]


def test_gradients_go_into_the_buffer_an_optimizer_gave():
    a = leaf(1, 2)
    attach(a).buffer = buffer = np.full(2, np.nan)
    for times in (1, 2):
        (a * a).sum().backward()
        assert a._grad is buffer
        assert buffer.tolist() == [2 * times, 4 * times]
    a.grad = None
    (a * 3).sum().backward()
    assert a._grad is buffer and buffer.tolist() == [3, 3]
