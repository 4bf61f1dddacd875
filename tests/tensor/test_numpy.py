"""The Tensor beside NumPy and other objects: operators, methods, indexing."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import tinygrad_edu as tg

from .helpers import BINARY

f4, f8 = np.float32, np.float64


@pytest.mark.parametrize("name", [k for k in BINARY if "." not in k and k != "where"])
def test_arrays_and_tensors_meet_both_ways(name):
    a = np.array([[1.0, 2, 3], [4, 5, 6]])
    t = tg.tensor([1.0, 2, 3], requires_grad=True)
    for got, expected in ((BINARY[name](a, t), BINARY[name](a, t.data)), (BINARY[name](t, a), BINARY[name](t.data, a))):
        assert isinstance(got, tg.Tensor)
        assert got.requires_grad
        np.testing.assert_array_equal(got.numpy(), expected)


def test_array_at_tensor():
    W = tg.tensor([[1.0, 2], [3, 4]], requires_grad=True)
    y = np.array([[1.0, 1]]) @ W
    assert y.numpy().tolist() == [[4, 6]]
    y.backward([[1.0, 10]])
    assert W.grad.tolist() == [[1, 10], [1, 10]]
    assert ([[1.0, 1]] @ W).numpy().tolist() == [[4, 6]]
    assert (W @ [1.0, 1]).numpy().tolist() == [3, 7]


@pytest.mark.parametrize("name", ["<", "<=", ">", ">=", "==", "!="])
def test_comparisons_from_both_sides(name):
    compare = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq,
               "!=": operator.ne}[name]
    t, a = tg.tensor([1.0, 2, 3], requires_grad=True), np.array([2.0, 2, 2])
    for got, expected in ((compare(t, a), compare(t.data, a)), (compare(a, t), compare(a, t.data)),
                          (compare(2, t), compare(2, t.data)), (compare(t, 2), compare(t.data, 2))):
        assert isinstance(got, tg.Tensor)
        assert got.dtype == bool
        assert not got.requires_grad
        assert got.numpy().tolist() == expected.tolist()


def test_booleans():
    t = tg.tensor([1.0, 2, 3])
    assert ((t > 1) & (t < 3)).numpy().tolist() == [False, True, False]
    assert ((t <= 1) | (t >= 3)).numpy().tolist() == [True, False, True]
    assert (~(t > 1)).numpy().tolist() == [True, False, False]
    assert (np.array([True, True, False]) & (t > 1)).numpy().tolist() == [False, True, False]


def test_booleans_with_a_python_bool_on_the_left():
    assert (True & (tg.tensor([1.0, 2]) > 1)).numpy().tolist() == [False, True]
    assert (False | (tg.tensor([1.0, 2]) > 1)).numpy().tolist() == [False, True]


def test_unary_plus():
    assert (+tg.tensor([1.0, -2])).numpy().tolist() == [1, -2]


M = np.array([[1.0, 4], [2, 3], [6, 5]])


@pytest.mark.parametrize("call", [
    lambda x: np.sum(x, axis=1), lambda x: np.sum(x, keepdims=True), lambda x: np.mean(x, axis=(0, 1)),
    lambda x: np.max(x, axis=0, keepdims=True), lambda x: np.concatenate((x, x), axis=-1), lambda x: np.stack((x, x)),
    lambda x: np.transpose(x), lambda x: np.clip(x, None, 2.0), lambda x: np.argmin(x, axis=1, keepdims=True),
    lambda x: x.T, lambda x: x.mT, lambda x: x.reshape(6), lambda x: x.reshape(-1, 3), lambda x: x.reshape((1, 6)),
    lambda x: x.reshape([2, 3]), lambda x: x.transpose(), lambda x: x.transpose(1, 0), lambda x: x.transpose((1, 0)),
    lambda x: x.transpose(None), lambda x: x.sum(0), lambda x: x.sum(axis=-1, keepdims=True), lambda x: x.max(1),
    lambda x: x.mean(), lambda x: x.argmax(axis=1), lambda x: x.swapaxes(0, 1), lambda x: x.clip(2, 4),
    lambda x: x.clip(max=2), lambda x: x[1:], lambda x: x[..., None], lambda x: x[x > 2], lambda x: x[[0, 0], 1],
    lambda x: np.zeros_like(x), lambda x: np.ones_like(x, dtype=int), lambda x: np.full_like(x, 3),
    lambda x: np.array(np.shape(x)), lambda x: np.array([np.size(x), np.ndim(x)]), lambda x: -x, lambda x: abs(-x),
    lambda x: x.astype(int), lambda x: x.T @ x, lambda x: x @ x[0], lambda x: x.T[0] @ x,
])
def test_methods_and_keywords_are_numpys(call):
    got, expected = call(tg.tensor(M)), call(M)
    np.testing.assert_array_equal(getattr(got, "_data", got), expected)
    assert getattr(got, "_data", got).dtype == expected.dtype
    assert got.shape == expected.shape


def test_index_by_a_tensor():
    x = tg.tensor([1.0, 2, 3], requires_grad=True)
    x[tg.tensor([0, 0])].sum().backward()
    x[tg.tensor([True, False, True])].sum().backward()
    assert x.grad.tolist() == [3, 0, 1]


def test_asarray_of_a_constant():
    t = tg.tensor([1.0, 2])
    assert np.asarray(t).tolist() == [1, 2]
    assert np.asarray(t, np.float32).dtype == f4
    np.array(t)[0] = 5
    assert t.numpy().tolist() == [1, 2]


def test_data_comes_in_as_a_copy_unless_it_is_shared():
    a = np.array([1.0, 2])
    copied, shared = tg.tensor(a), tg.tensor(a, copy=False)
    a[0] = 5
    assert copied.numpy().tolist() == [1, 2]
    assert shared.numpy().tolist() == [5, 2]
    assert not np.shares_memory(shared.numpy(), a)
    assert not np.shares_memory(tg.tensor(copied).data, copied.data)


def test_tensor_makes_what_numpy_makes():
    assert tg.tensor([1, 2]).dtype == np.array([1, 2]).dtype
    assert tg.tensor([1.0, 2]).dtype == f8
    assert tg.tensor([1, 2], "float32").dtype == f4
    assert tg.tensor(2.0).shape == ()
    assert tg.tensor(tg.tensor([1.0], requires_grad=True).detach()).requires_grad is False
    assert tg.tensor([[1.0, 2, 3]]).ndim == 2 and tg.tensor([[1.0, 2, 3]]).size == 3
    assert tg.tensor([[1.0, 2, 3]]).nbytes == 24
