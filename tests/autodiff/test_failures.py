"""A pass that fails changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_edu.formula import op

from .graphs import leaf


def test_a_rule_that_fails_changes_nothing(own_operations):
    fails = op("fails", "x * 1", x="g.no_such_thing")
    a, b = leaf(1, 2), leaf(3, 4)
    (a * b).sum().backward()
    h = (a * 2).retain_grad()
    y = (fails(a) + h * b).sum()
    before = a.grad.copy(), b.grad.copy()
    with pytest.raises(AttributeError):
        y.backward()
    assert (a.grad == before[0]).all() and (b.grad == before[1]).all()
    assert h.grad is None and y.grad is None
    (a * b).sum().backward()
    assert (a.grad == 2 * before[0]).all()


def test_a_failed_forward_records_nothing():
    a = leaf(1, 2)
    with pytest.raises(ValueError):
        a + np.ones(3)
    (a * 2).sum().backward()
    assert a.grad.tolist() == [2, 2]


def test_requires_grad_switched_off_afterwards():
    a, b = leaf(1, 2), leaf(3, 4)
    y = (a * b).sum()
    a.requires_grad = False
    y.backward()
    assert a.grad is None
    assert b.grad.tolist() == [1, 2]
