"""Data changed in place after its use: refused where a rule reads it, and only there."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autodiff import walk

from .graphs import leaf


def write_item(x):
    with tg.no_grad():
        x[0] = 100.0


def assign_data(x):
    x.data = np.full(x.shape, 100.0)


def subtract_data(x):
    x.data -= 100.0


def write_all(x):
    x.overwrite(np.full(x.shape, 100.0))


WRITES = [write_item, assign_data, subtract_data, write_all]
BEHIND = {
    "the leaf": lambda x: x,
    "a reshape": lambda x: x.reshape(2, 2),
    "a transpose": lambda x: x.reshape(2, 2).T,
    "a slice": lambda x: x[::2],
    "a view of a view": lambda x: x.reshape(2, 2).swapaxes(0, 1)[1:],
    "a broadcast": lambda x: tg.broadcast_to(x, (3, 4)),
}


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("write", WRITES)
def test_stale_graph(write, behind):
    x, other = leaf(1, 2, 3, 4, name="x"), leaf(5.0)
    v = BEHIND[behind](x)
    y = (v * v).sum() + other * 2
    write(x)
    with pytest.raises(tg.StaleGraphError, match="changed in place"):
        y.backward()
    assert x.grad is None and other.grad is None


def test_stale_graph_names_the_tensor_and_the_result():
    x = leaf(1, 2, name="x")
    y = tg.sin(x)
    x.data -= 1
    with pytest.raises(tg.StaleGraphError, match=r"'x' f64\[2\] was changed .* after sin f64\[2\]"):
        y.sum().backward()


def test_stale_constant():
    """A constant that a rule reads counts as much as a parameter."""
    w, c = leaf(1, 2), tg.tensor([3.0, 4])
    y = (w * c).sum()
    c[0] = 100.0
    with pytest.raises(tg.StaleGraphError):
        y.backward()
    assert w.grad is None


def test_stale_graph_in_create_graph():
    x = leaf(1, 2)
    y = x * x
    x.data -= 1
    with pytest.raises(tg.StaleGraphError):
        walk.backward([(y, tg.tensor([1.0, 1.0]))], create_graph=True)


def test_stale_only_where_it_was_changed():
    x = leaf(1, 2)
    before = (x * x).sum()
    before.backward()
    x.data -= 1
    (x * x).sum().backward()
    assert x.grad.tolist() == [2 + 0, 4 + 2]
    with pytest.raises(tg.StaleGraphError):
        before.backward()
    assert x.grad.tolist() == [2, 6]


def test_a_view_computed_before_the_change_and_used_after():
    """v = x.reshape(...) sees the change, and what is computed from it afterwards is right."""
    x = leaf(1, 2)
    v = x.reshape(2, 1)
    x.data = [5.0, 6.0]
    y = (v * v).sum()
    assert y.item() == 61
    y.backward()
    assert x.grad.tolist() == [10, 12]


NOT_READ = {
    "add": lambda x: x + 1,
    "sub": lambda x: 1 - x,
    "neg": lambda x: -x,
    "by a constant": lambda x: x * 3,
    "div by a constant": lambda x: x / 3,
    "exp (its rule reads y)": tg.exp,
    "tanh (its rule reads y)": tg.tanh,
    "sqrt (its rule reads y)": tg.sqrt,
    "softmax (its rule reads y)": tg.softmax,
    "reshape": lambda x: x.reshape(2, 2) * 1,
    "transpose": lambda x: x.T * 1,
    "copying index": lambda x: x[[0, 1]] * 1,
    "basic index": lambda x: x[1:] * 1,
    "where": lambda x: tg.where(np.array([True, False, True, False]), x, 0.0),
    "broadcast": lambda x: tg.broadcast_to(x, (2, 4)) + 0,
    "astype": lambda x: x.astype("float32"),
    "power 0": lambda x: x + 0,
    "sign": lambda x: tg.sign(x),
    "log_softmax (its rule reads y)": tg.log_softmax,
    "sum": lambda x: x.sum(),
    "mean": lambda x: x.mean(),
    "concatenate": lambda x: np.concatenate([x, x]),
    "stack": lambda x: np.stack([x, x]),
}


@pytest.mark.parametrize("name", NOT_READ)
def test_not_stale_when_the_rule_does_not_read_the_value(name):
    function = NOT_READ[name]
    x, twin = leaf(1, 2, 3, 4), leaf(1, 2, 3, 4)
    y, expected = function(x), function(twin)
    seed = np.arange(1, 1 + y.size, dtype=y.dtype).reshape(y.shape)
    expected.backward(seed)
    x.data = [50.0, 60, 70, 80]
    y.backward(seed)
    assert x.grad.tolist() == twin.grad.tolist()


def test_only_the_rule_that_runs_counts():
    """dL/da reads b, dL/db reads a: with b constant, a may change."""
    a, b = leaf(1, 2), tg.tensor([3.0, 4])
    y = a * b
    a.data -= 1
    y.backward([1.0, 1.0])
    assert a.grad.tolist() == [3, 4]


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x.reshape(-1),
        lambda x: x.T,
        lambda x: x[:],
        lambda x: x.swapaxes(0, 0),
        lambda x: x.transpose(0),
    ],
)
@pytest.mark.parametrize("tracked", [True, False])
def test_stale_through_a_write_into_an_unrecorded_view(tracked, view):
    w, x = leaf(1, 2), tg.tensor([1.0, 2], requires_grad=tracked)
    y = (w * x * x).sum()
    """It is refused, or written into memory of its own, or noticed: w.grad is never that of other numbers."""
    try:
        with tg.no_grad():
            view(x)[0] = 100.0
        y.backward()
    except (ValueError, RuntimeError):
        return
    assert w.grad.tolist() == [1, 4]


def test_a_constants_view_does_not_change_under_a_graph():
    """The other way round: the base is written into, and the view's numbers are in a graph."""
    w, c = leaf(1, 2), tg.tensor([1.0, 2, 3])
    y = (w * c[:2] * 1).sum()
    c[0] = 100.0
    try:
        y.backward()
    except tg.StaleGraphError:
        return
    assert w.grad.tolist() == [1, 2]


@pytest.mark.parametrize(
    "write",
    [
        lambda x: x[0].__setitem__(1, 5.0),
        lambda x: x.T.__setitem__((1, 0), 5.0),
        lambda x: x.reshape(-1).__setitem__(1, 5.0),
    ],
    ids=["index", "T", "reshape"],
)
@pytest.mark.parametrize("tracked", [True, False])
def test_a_chained_assignment_is_not_lost_in_silence(tracked, write):
    """NumPy and PyTorch write through the view; an error would do as well."""
    x = tg.tensor([[1.0, 2], [3, 4]], requires_grad=tracked)
    try:
        with tg.no_grad():
            write(x)
    except (ValueError, RuntimeError):
        return
    assert x.data[0, 1] == 5


def test_stale_index():
    x, index = leaf(1, 2, 3), tg.tensor([0, 1])
    y = x[index].sum()
    index[0] = 2
    try:
        y.backward()
    except tg.StaleGraphError:
        return
    assert x.grad.tolist() == [1, 1, 0]


def test_an_index_array_changed_afterwards():
    x, index = leaf(1, 2, 3), np.array([0, 1])
    y = x[index].sum()
    index[0] = 2
    y.backward()
    assert x.grad.tolist() == [1, 1, 0]


def test_a_leaf_rewritten_between_two_uses_gets_both_parts():
    """Neither rule reads the value: both gradients are right, though the leaf is now newer than
    what used it."""
    a = leaf(1, 2)
    y = a * 3
    a.data -= 1
    z = a * 5
    (y + z).sum().backward()
    assert a.grad.tolist() == [8, 8]


def test_a_leaf_rewritten_between_uses_on_a_long_arm():
    a = leaf(1, 2)
    h = a + 1
    a.data = [7.0, 8.0]
    z = (tg.exp(a + 0) * 0 + a + (h * 2) * 3).sum()
    a.data = [1.0, 1.0]
    z.backward()
    assert a.grad.tolist() == [7, 7]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_stale_variadic(which):
    """An operation of any number of inputs whose rule reads them: each is looked at, not only the
    first."""
    xs = [leaf(1.0, 2), leaf(3.0, 4), leaf(5.0, 6)]
    y = tg.einsum("i,i,i->", *xs)
    xs[which].data = [7.0, 8]
    with pytest.raises(tg.StaleGraphError):
        y.backward()


def test_not_stale_behind_a_copy():
    """x[[0, 1]] has memory of its own, though slices have not: what is written into x does not
    change it."""
    x, w = leaf(1.0, 2, 3), leaf(1.0, 1)
    part = x[[0, 1]]
    y = (part * w).sum()
    x.data = [50.0, 60, 70]
    y.backward()
    assert w.grad.tolist() == [1, 2] and x.grad.tolist() == [1, 1, 0]
