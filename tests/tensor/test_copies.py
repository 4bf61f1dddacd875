"""Copies, pickles and memory that is shared or not."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import tinygrad_edu as tg

f4, f8 = np.float32, np.float64


def test_deepcopy_of_leaves():
    w = tg.tensor([1.0, 2], "float32", requires_grad=True, name="w")
    (w * w).sum().backward()
    twin, again = copy.deepcopy([w, w])
    assert twin is again and twin is not w
    assert (twin.name, twin.requires_grad, twin.dtype) == ("w", True, f4)
    assert twin.grad.tolist() == [2, 4]
    assert not np.shares_memory(twin.data, w.data) and not np.shares_memory(twin.grad, w.grad)
    (twin * 3).sum().backward()
    assert w.grad.tolist() == [2, 4] and twin.grad.tolist() == [5, 7]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_of_leaves(protocol):
    w = tg.tensor([[1.0, 2]], "float32", requires_grad=True, name="w")
    twin = pickle.loads(pickle.dumps(w, protocol))
    assert (twin.name, twin.requires_grad, twin.dtype, twin.shape) == ("w", True, f4, (1, 2))
    assert twin.data.tolist() == [[1, 2]]
    (twin * 2).sum().backward()
    assert twin.grad.tolist() == [[2, 2]]


def test_copies_of_results_are_refused():
    y = tg.tensor([1.0], requires_grad=True) * 2
    with pytest.raises(RuntimeError, match=r"x\.detach\(\)"):
        copy.deepcopy(y)
    with pytest.raises(RuntimeError, match=r"x\.detach\(\)"):
        pickle.dumps(y)
    assert copy.deepcopy(y.detach()).numpy().tolist() == [2]
    assert pickle.loads(pickle.dumps(y.detach())).numpy().tolist() == [2]


def test_detach_is_a_constant_copy():
    w = tg.tensor([1.0, 2], requires_grad=True, name="w")
    d = w.detach()
    assert not d.requires_grad and d.op is None and d.name == "w"
    assert (w * 2).detach().op is None
    y = (w * d).sum()
    d2 = w.detach()
    w.data[0] = 7.0
    assert d.numpy().tolist() == [1, 2]
    y.backward()  # reads d, which is as it was
    assert w.grad.tolist() == [1, 2]
    assert not np.shares_memory(d2.numpy(), w.numpy())


def test_numpy_is_a_copy():
    w = tg.tensor([1.0, 2], requires_grad=True)
    w.numpy()[0] = 9
    assert w.data.tolist() == [1, 2]
    assert (w * 1).numpy().flags.writeable
