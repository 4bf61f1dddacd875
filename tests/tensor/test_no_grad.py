"""no_grad: nothing is recorded, in this thread, until its end."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tinygrad_edu as tg

f4, f8 = np.float32, np.float64


def test_no_grad_and_back():
    w = tg.tensor([1.0], requires_grad=True)
    with tg.no_grad():
        y = w * 2
        with tg.no_grad():
            pass
        assert not (w * 2).requires_grad
        w[0] = 5.0
    assert not y.requires_grad and y.op is None
    assert (w * 2).requires_grad
    assert w.requires_grad


def test_no_grad_ends_with_an_exception():
    w = tg.tensor([1.0], requires_grad=True)
    with pytest.raises(ZeroDivisionError), tg.no_grad():
        1 / 0  # noqa: B018
    assert (w * 2).requires_grad


def test_no_grad_as_a_decorator():
    w = tg.tensor([1.0], requires_grad=True)

    @tg.no_grad()
    def predict():
        return w * 2

    assert not predict().requires_grad
    assert not predict().requires_grad
    assert (w * 2).requires_grad


def test_no_grad_holds_for_its_thread_only():
    w, seen = tg.tensor([1.0], requires_grad=True), []
    with tg.no_grad():
        thread = threading.Thread(target=lambda: seen.append((w * 2).requires_grad))
        thread.start()
        thread.join()
        assert not (w * 2).requires_grad
    assert seen == [True]


@pytest.mark.parametrize("function", [tg.sigmoid, tg.softmax, tg.tanh, tg.log_softmax, tg.relu])
def test_what_was_not_recorded_can_become_a_leaf(function):
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with tg.no_grad():
        p = function(x)
    p.requires_grad = True
    (p * 3).sum().backward()
    assert p.grad is not None
    assert p.grad.tolist() == [3, 3]


def test_record_everything_notes_operations_on_constants():
    x = tg.tensor([1.0, 2], name="x")
    with tg.record_everything():
        y = tg.exp(x)
    assert y.op is tg.exp and y.inputs == (x,) and not y.requires_grad
    assert tg.exp(x).op is None
