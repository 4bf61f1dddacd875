"""How often rules run: once for each tensor that counts, however many paths lead to it."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autodiff import walk
from tinygrad_edu.formula import op

from .graphs import leaf


@pytest.fixture
def counted(own_operations):
    """An operation that is the identity, and the list of the gradients its rule was called with."""
    calls = []
    globals()["count"] = lambda g: calls.append(g) or g * 1
    yield op("counted", "x * 1", x="count(g)"), calls
    del globals()["count"]


def test_a_ladder_of_diamonds_visits_each_node_once(counted):
    """2^60 paths, sixty rules."""
    identity, calls = counted
    a = x = leaf(1.0)
    for _ in range(60):
        x = identity(x + x)
    x.backward()
    assert a.grad == 2.0**60
    assert len(calls) == 60


def test_two_thousand_branches(counted):
    identity, calls = counted
    a = leaf(1.0)
    branches = [identity(a * k) for k in range(2000)]
    total = branches[0]
    for b in branches[1:]:
        total = total + b
    total.backward()
    assert len(calls) == 2000
    assert a.grad == sum(range(2000))


def test_no_rule_runs_for_a_constant(counted):
    identity, calls = counted
    a = leaf(1, 2)
    c = identity(tg.tensor([1.0, 2]))
    assert c.op is None
    (identity(a.detach()) * a).sum().backward()
    assert calls == []


def test_rules_run_only_below_the_root(counted):
    identity, calls = counted
    a = leaf(1, 2)
    h = identity(a)
    identity(h)
    identity(identity(h))
    h.sum().backward()
    assert len(calls) == 1


def test_rules_run_only_on_the_way_to_what_is_wanted(counted):
    identity, calls = counted
    a, b = leaf(1.0, 2), leaf(3.0, 4)
    left, right = identity(a), identity(identity(b))
    y = (left * right).sum()
    found = walk.backward([(y, np.ones(()))], wanted={a.step})
    assert list(found) == [a.step] and len(calls) == 1
    found = walk.backward([(y, np.ones(()))], wanted={right.step})
    assert list(found) == [right.step] and len(calls) == 1
    found = walk.backward([(y, np.ones(()))], wanted={y.step})
    assert found[y.step][1] == 1 and len(calls) == 1
    assert walk.backward([(y, np.ones(()))], wanted={leaf(1.0).step}) == {} and len(calls) == 1
    assert walk.backward([(a, np.ones(2))], wanted={b.step}) == {}


def test_a_wanted_leaf_written_after_its_use_is_found(counted):
    a = leaf(1.0, 2)
    y = (a + 1).sum()
    a.data = [5.0, 6]
    assert walk.backward([(y, np.ones(()))], wanted={a.step})[a.step][1].tolist() == [1, 1]


def test_the_graph_lists_each_tensor_once_inputs_first():
    a, b = leaf(1.0), leaf(2.0)
    h = a * b
    y = h * h + a
    listed = walk.graph([y, h])
    assert len(listed) == 5 and listed[-1] is y and {id(t) for t in listed[:2]} == {id(a), id(b)}
    for k, t in enumerate(listed):
        assert all(any(i is earlier for earlier in listed[:k]) for i in t.inputs)
    # newer than all: a leaf comes first all the same
    b.data = 5.0
    assert [t.step for t in walk.graph([y])[2:]] == [t.step for t in listed[2:]]


def test_a_ladder_of_uneven_diamonds_visits_each_node_once(counted):
    """One arm of each diamond longer than the other: met in any other order than newest first,
    rules run again."""
    identity, calls = counted
    a = x = leaf(1.0)
    for _ in range(20):
        x = identity(x * 1) + x
    x.backward()
    assert a.grad == 2.0**20
    assert len(calls) == 20
