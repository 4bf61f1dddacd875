"""What jit refuses, and with which cure."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg


def leaf(*values, name=None):
    return tg.tensor(np.array(values), requires_grad=True, name=name)


@pytest.mark.parametrize("f", [
    lambda x: x * 2 if x.sum() > 0 else x, lambda x: x * x.sum().item(), lambda x: x * float(x.sum()),
    lambda x: tg.tensor(x.numpy()) * 2, lambda x: tg.tensor(np.asarray(x) * 2), lambda x: x * int(x.sum())])
def test_numbers_that_leave_are_refused_with_a_cure(f):
    with pytest.raises(tg.TraceError, match=r"frozen.*tg\.where"):
        tg.jit(f)(np.ones(2))


def test_shapes_that_depend_on_numbers_are_refused():
    with pytest.raises(tg.TraceError, match=r"mask.*tg\.where"):
        tg.jit(lambda x: x[x > 0].sum())(np.ones(2))


def test_a_mask_from_outside_is_frozen():
    mask = np.array([True, False, True])
    f = tg.jit(lambda x: x[mask])
    for _ in range(3):
        assert f(np.array([1.0, 2.0, 3.0])).numpy().tolist() == [1, 3]


def test_indices_that_a_tensor_holds_are_inputs():
    f = tg.jit(lambda x, i: x[i].sum())
    x = leaf(1.0, 2.0, 3.0)
    for index in ([0, 0], [1, 2], [2, 2]):
        x.grad = None
        loss = f(x, np.array(index))
        assert loss.item() == x.numpy()[index].sum()
        loss.backward()
        assert x.grad.tolist() == np.bincount(index, minlength=3).tolist()
    assert f.traces == 1


def test_random_arrays_are_refused():
    rng = np.random.default_rng(0)
    f = tg.jit(lambda x: x * rng.random(3))
    f(np.ones(3))
    with pytest.raises(tg.TraceError, match=r"random.*pass it as an argument"):
        f(np.ones(3))


def test_arrays_made_inside_are_constants():
    f = tg.jit(lambda x: (x * np.arange(3.0)).sum())
    assert [f(np.ones(3)).item() for _ in range(4)] == [3] * 4 and f.traces == 2


def test_a_function_that_does_something_else_the_second_time_is_refused():
    calls = []

    def f(x):
        calls.append(1)
        y = x * np.arange(2.0)
        return y * 2 if len(calls) > 1 else y
    g = tg.jit(f)
    g(np.ones(2))
    with pytest.raises(tg.TraceError, match="different things"):
        g(np.ones(2))


def test_arrays_as_results_are_refused():
    with pytest.raises(tg.TraceError, match="returns a NumPy array"):
        tg.jit(lambda x: np.ones(2))(np.ones(2))


def test_probabilities_as_arguments_are_refused():
    p = tg.softmax(tg.tensor([[1.0, 2.0]], requires_grad=True))
    with pytest.raises(tg.TraceError, match="pass the logits"):
        tg.jit(lambda p: tg.cross_entropy(p, np.array([0])))(p)


def test_an_error_in_the_function_passes_through():
    f = tg.jit(lambda x: x @ np.ones((5, 2)))
    with pytest.raises(ValueError):
        f(np.ones((2, 3)))
    assert f(np.ones((2, 5))).shape == (2, 2)


def test_source_before_the_first_call():
    with pytest.raises(RuntimeError, match="call it once"):
        tg.jit(lambda x: x).source  # noqa: B018
