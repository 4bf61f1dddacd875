"""Depth, memory, threads."""

from __future__ import annotations

import copy
import gc
import sys
import threading
import weakref

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autodiff import walk
from tinygrad_edu.formula import op

from .graphs import arrays_of, build, leaf


def test_a_chain_of_100_000():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)  # Python's own; a test runner may have raised it
    try:
        a = x = leaf(1.0)
        for _ in range(100_000):
            x = x + 1e-5
        assert repr(x).startswith("tensor(2.")
        assert x.item() == pytest.approx(2)
        x.backward()
        assert a.grad == 1
        with pytest.raises(RuntimeError, match="detach"):
            copy.deepcopy(x)
        ref = weakref.ref(x)
        del x
        assert ref() is None
    finally:
        sys.setrecursionlimit(limit)


def test_a_long_chain_differentiated_twice():
    a = x = leaf(1.0)
    for _ in range(5000):
        x = x * 1.0001
    y = x * x
    g = walk.backward([(y, tg.tensor(1.0))], create_graph=True)[a.step][1]
    h = walk.backward([(g, np.ones(()))])[a.step][1]
    np.testing.assert_allclose(h, 2 * 1.0001**10_000, rtol=1e-10)


def test_memory_is_freed_without_the_collector():
    gc.collect()
    gc.disable()
    try:
        a = leaf(np.ones(4))
        h = tg.tanh(a * 2)
        loss = (h * h + a.reshape(2, 2).reshape(-1) + tg.softmax(h)[::-1]).sum()
        data = weakref.ref(h._data)
        refs = [weakref.ref(t) for t in arrays_of(loss) if t is not a]
        assert len(refs) > 8
        loss.backward()
        del h, loss
        assert [r() for r in refs] == [None] * len(refs)
        assert data() is None
        found = walk.backward([((a * a), tg.tensor(np.ones(4)))], create_graph=True)
        ref = weakref.ref(found[a.step][1])
        del found
        assert ref() is None
        alive = weakref.ref(a)
        del a
        assert alive() is None
    finally:
        gc.enable()


def test_interior_gradients_are_freed_during_backward(own_operations):
    """A chain of n operations needs a few gradients at a time, not n."""
    refs, alive = [], []

    def watch(g):
        new = g * 1
        refs.append(weakref.ref(new))
        alive.append(sum(r() is not None for r in refs))
        return new

    globals()["watch"] = watch
    step = op("watched", "x * 1", x="watch(g)")
    a = x = leaf(np.ones(3))
    for _ in range(50):
        x = step(x)
    x.backward(np.ones(3))
    del globals()["watch"]
    assert a.grad.tolist() == [1, 1, 1]
    assert len(alive) == 50
    assert max(alive) <= 3


def test_failed_backward_leaves_no_garbage():
    gc.collect()
    gc.disable()
    try:
        a = leaf(1, 2)
        y = (a * a).sum()
        a.data -= 1
        with pytest.raises(tg.StaleGraphError):
            y.backward()
        ref = weakref.ref(y)
        del y
    finally:
        gc.enable()
    gc.collect()
    assert ref() is None


def test_eight_threads_give_equal_gradients():
    rng = np.random.default_rng(1)
    A, B = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
    shared = tg.tensor(B)
    barrier, results, failures = threading.Barrier(8), [None] * 8, []

    def work(k):
        try:
            barrier.wait()
            a = tg.tensor(A, requires_grad=True)
            for n in range(30):
                if n % 2:
                    with tg.no_grad():
                        assert not build(a, shared).requires_grad
                build(a, shared).backward()
            results[k] = a.grad
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert failures == []
    for g in results:
        np.testing.assert_array_equal(g, results[0])
    a = tg.tensor(A, requires_grad=True)
    build(a, shared).backward()
    np.testing.assert_allclose(results[0], 30 * a.grad, rtol=1e-12)


def test_steps_are_unique_over_threads():
    steps, barrier = [], threading.Barrier(8)

    def work():
        barrier.wait()
        steps.extend([tg.tensor(0.0).step for _ in range(500)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(set(steps)) == 4000
