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
    for got, expected in (
        (BINARY[name](a, t), BINARY[name](a, t.data)),
        (BINARY[name](t, a), BINARY[name](t.data, a)),
    ):
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
    compare = {
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "==": operator.eq,
        "!=": operator.ne,
    }[name]
    t, a = tg.tensor([1.0, 2, 3], requires_grad=True), np.array([2.0, 2, 2])
    for got, expected in (
        (compare(t, a), compare(t.data, a)),
        (compare(a, t), compare(a, t.data)),
        (compare(2, t), compare(2, t.data)),
        (compare(t, 2), compare(t.data, 2)),
    ):
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


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.sum(x, axis=1),
        lambda x: np.sum(x, keepdims=True),
        lambda x: np.mean(x, axis=(0, 1)),
        lambda x: np.max(x, axis=0, keepdims=True),
        lambda x: np.concatenate((x, x), axis=-1),
        lambda x: np.stack((x, x)),
        lambda x: np.transpose(x),
        lambda x: np.clip(x, None, 2.0),
        lambda x: np.argmin(x, axis=1, keepdims=True),
        lambda x: x.T,
        lambda x: x.mT,
        lambda x: x.reshape(6),
        lambda x: x.reshape(-1, 3),
        lambda x: x.reshape((1, 6)),
        lambda x: x.reshape([2, 3]),
        lambda x: x.transpose(),
        lambda x: x.transpose(1, 0),
        lambda x: x.transpose((1, 0)),
        lambda x: x.transpose(None),
        lambda x: x.sum(0),
        lambda x: x.sum(axis=-1, keepdims=True),
        lambda x: x.max(1),
        lambda x: x.mean(),
        lambda x: x.argmax(axis=1),
        lambda x: x.swapaxes(0, 1),
        lambda x: x.clip(2, 4),
        lambda x: x.clip(max=2),
        lambda x: x[1:],
        lambda x: x[..., None],
        lambda x: x[x > 2],
        lambda x: x[[0, 0], 1],
        lambda x: np.zeros_like(x),
        lambda x: np.ones_like(x, dtype=int),
        lambda x: np.full_like(x, 3),
        lambda x: np.array(np.shape(x)),
        lambda x: np.array([np.size(x), np.ndim(x)]),
        lambda x: -x,
        lambda x: abs(-x),
        lambda x: x.astype(int),
        lambda x: x.T @ x,
        lambda x: x @ x[0],
        lambda x: x.T[0] @ x,
    ],
)
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


# What has no rule, of what needs no gradient

CONSTANT = [
    lambda x: np.nanmedian(x, axis=0),
    np.linalg.svd,
    np.sinc,
    np.nanmax,
    lambda x: np.fmod(x, 2),
    np.spacing,
    lambda x: np.add.reduce(x),
    lambda x: np.multiply.outer(x, x),
    lambda x: np.sum(x, dtype=f4),
    np.modf,
    lambda x: np.sum(x, where=M > 2),
    lambda x: np.add(x, 1, where=M > 2, out=np.zeros(M.shape)),
    lambda x: np.linalg.lstsq(x, M[:, 0], rcond=None)[0],
    lambda x: np.nanquantile(x, q=0.3),
    lambda x: np.histogram(x, bins=3)[0],
    np.fft.fft,
    lambda x: np.linalg.eigh(x.T @ x).eigenvalues,
    lambda x: np.block([[x, x]]),
    lambda x: np.zeros(M.shape).__iadd__(x),
    lambda x: np.sum(x, out=np.zeros(())),
]


@pytest.mark.parametrize("call", CONSTANT)
def test_a_function_without_a_rule_is_numpys_where_nothing_needs_a_gradient(call):
    got, expected = call(tg.tensor(M)), call(M)
    parts = zip(got, expected, strict=True) if isinstance(expected, tuple) else [(got, expected)]
    for ours, theirs in parts:
        assert type(ours) is type(theirs)
        np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(TypeError):
        call(tg.tensor(M, requires_grad=True))


def test_inside_jit_it_is_refused_as_before():
    with pytest.raises(TypeError, match=r"np\.cov has no gradient rule"):
        tg.jit(lambda x: x * np.cov(x))(tg.tensor(M))


def test_a_constant_is_not_written_behind_the_graphs_back():
    t, w = tg.tensor([1.0, 2]), tg.tensor([3.0, 4], requires_grad=True)
    y = (w * t).sum()
    for write in (
        lambda: np.copyto(t, 5),
        lambda: np.put(t, 0, 5),
        lambda: np.fill_diagonal(t, 5),
        lambda: np.add(1, 2, out=t),
        lambda: np.add.at(t, 0, 5),
    ):
        with pytest.raises((TypeError, ValueError)):
            write()
    y.backward()
    assert w.grad.tolist() == [1, 2]


def test_a_whole_number_is_an_index():
    names, t = ["ankle boot", "bag", "coat"], tg.tensor([0.1, 0.7, 0.2], requires_grad=True)
    assert names[t.argmax()] == "bag" and [names[i] for i in t.argsort()] == [
        "ankle boot",
        "coat",
        "bag",
    ]
    n = tg.tensor(3)
    assert list(range(n)) == [0, 1, 2] and np.zeros(n).shape == (3,) and names[n - 1 :] == ["coat"]
    assert (
        t[: n - 1].shape == (2,)
        and np.arange(5)[n] == 3
        and operator.index(tg.tensor(7, "uint8")) == 7
    )
    for wrong in (t, tg.tensor(1.0), tg.tensor([1]), tg.tensor(True)):
        with pytest.raises(TypeError, match=r"an index is one whole number.*argmax"):
            operator.index(wrong)


def test_jit_refuses_to_freeze_an_index():
    names = [1.0, 2.0, 3.0]
    with pytest.raises(tg.TraceError, match=r"a Python number made from it"):
        tg.jit(lambda x: x * names[x.argmax()])(tg.tensor([1.0, 3.0]))


def test_the_array_that_a_library_asks_for():
    """The line to write depends on who asks: found by the name of the module that makes the
    array."""
    w = tg.tensor([1.0, 2], requires_grad=True, name="w")
    for library, cure in {
        "matplotlib.axes": r"plt\.plot\(x\.numpy\(\)\)",
        "pandas.core.frame": r"df\.to_numpy\(\) @ w",
        "scipy.special": r"tg\.logsumexp",
        "mine": r"np\.stack\(xs\)",
    }.items():
        with pytest.raises(TypeError, match=f"'w' f64.*silently; write .*{cure}"):
            exec("np.asarray(w)", {"__name__": library, "np": np, "w": w})


def test_plots_name_the_line_to_write():
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    for w in (
        tg.tensor([1.0, 2], requires_grad=True),
        tg.tensor([[1.0, 2]], requires_grad=True) * 2,
    ):
        for draw in (axes.plot, axes.scatter if w.ndim == 1 else axes.imshow, axes.hist):
            with pytest.raises(TypeError, match=r"plt\.plot\(x\.numpy\(\)\)"):
                draw(*(w, w) if draw == axes.scatter else (w,))
        assert len(axes.plot(w.numpy())) > 0
    assert len(axes.plot(w.detach())) > 0
