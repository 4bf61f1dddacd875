"""What jit refuses, and with which cure."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg


def leaf(*values, name=None):
    return tg.tensor(np.array(values), requires_grad=True, name=name)


@pytest.mark.parametrize("make", [tg.tensor, np.array], ids=["tensor", "array"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * 2 if x.sum() > 0 else x,
        lambda x: x * x.sum().item(),
        lambda x: x * float(x.sum()),
        lambda x: tg.tensor(np.asarray(x) * 2),
        lambda x: x * int(x.sum()),
        lambda x: x * x.tolist()[0] if isinstance(x, np.ndarray) else x * x.numpy(),
    ],
)
def test_numbers_that_leave_are_refused_with_a_cure(f, make):
    with pytest.raises(tg.TraceError, match=r"frozen.*tg\.where"):
        tg.jit(f)(make([1.0, 2.0]))


def test_shapes_that_depend_on_numbers_are_refused():
    for make in (np.array, tg.tensor):
        with pytest.raises(tg.TraceError, match=r"mask.*tg\.where"):
            tg.jit(lambda x: x[x > 0].sum())(make([1.0, 2.0]))


def test_a_mask_from_outside_is_frozen():
    mask = np.array([True, False, True])
    f = tg.jit(lambda x: x[mask])
    for _ in range(3):
        assert f(tg.tensor([1.0, 2.0, 3.0])).numpy().tolist() == [1, 3]
        assert f(np.array([1.0, 2.0, 3.0])).tolist() == [1, 3]
    mask[1] = True
    assert f(tg.tensor([1.0, 2.0, 3.0])).numpy().tolist() == [1, 2, 3]


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
    with pytest.raises(tg.TraceError, match="rng is a Generator.*pass the numbers as an argument"):
        tg.jit(lambda x: x * rng.random(3))(np.ones(3))
    with pytest.raises(tg.TraceError, match="np.random.rand.*pass the numbers as an argument"):
        tg.jit(lambda x: x * np.random.rand(3))(np.ones(3))


def test_arrays_made_inside_are_constants():
    f = tg.jit(lambda x: (x * np.arange(3.0)).sum())
    assert [f(np.ones(3)).item() for _ in range(4)] == [3] * 4
    assert (f.traces, f.runs) == (1, 3)


def test_what_a_function_changes_outside_is_refused():
    calls = []

    def f(x):
        calls.append(1)
        return x * 2

    with pytest.raises(tg.TraceError, match="calls.*count and collect outside"):
        tg.jit(f)(np.ones(2))


def test_arrays_as_results():
    f = tg.jit(lambda x: (np.ones(2), x * 2, x.sum()))
    for k in range(3):
        ones, twice, total = f(np.full(2, k, np.float32))
        assert type(ones) is type(twice) is np.ndarray and type(total) is np.float32
        assert (ones.tolist(), twice.tolist(), total) == ([1, 1], [2 * k, 2 * k], 2 * k)
        ones[:] = twice[:] = 7
    assert (f.traces, f.runs) == (1, 2)


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
