"""Data changed behind the graph's back: through the array that `.data` gave out, and through the
user's own arrays."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autodiff import snapshots, versions

from .graphs import leaf


@pytest.mark.parametrize(
    "hold",
    [
        lambda x: x.data,
        lambda x: x.data[1:],
        lambda x: x.data.reshape(2, 2)[0],
        lambda x: x.data.T[::-1],
        lambda x: memoryview(x.data),
    ],
)
def test_a_write_through_data_is_found(hold):
    x, other = leaf(1, 2, 3, 4, name="x"), leaf(5.0)
    array = hold(x)
    y = (x * x).sum() + other * 2
    gc.collect()
    array[0] = 50.0
    with pytest.raises(tg.StaleGraphError, match="'x' f64.* was changed in place after mul"):
        y.backward()
    assert x.grad is None and other.grad is None


def test_through_a_view_of_it():
    x = leaf(1, 2, 3, 4)
    array = x.data
    y = tg.exp(x[1:3].reshape(2, 1) * x[0]).sum()
    array[1] = 7
    with pytest.raises(tg.StaleGraphError):
        y.backward()


def test_taken_after_the_use_is_found_too():
    x = leaf(1, 2)
    y = (x * x).sum()
    x.data[0] = 9
    with pytest.raises(tg.StaleGraphError):
        y.backward()


def test_what_is_computed_after_the_write_is_right():
    x = leaf(1, 2)
    array = x.data
    array[0] = 9
    y = (x * x).sum()
    y.backward()
    assert x.grad.tolist() == [18, 4]
    array *= 2
    z = (x * x).sum()
    z.backward()
    assert x.grad.tolist() == [18 + 36, 4 + 8]
    with pytest.raises(tg.StaleGraphError):
        y.backward()


def test_reading_changes_nothing():
    x = leaf(1, 2)
    y = (x * x).sum()
    assert x.data.sum() == 3 and x.data.tolist() == [1, 2]
    held = x.data
    y.backward()
    assert x.grad.tolist() == [2, 4] and held.tolist() == [1, 2]


def test_the_idiom_of_an_update_by_hand():
    w = leaf(1.0, 2)
    for _ in range(3):
        (w * w).sum().backward()
        w.data -= 0.25 * w.grad
        w.grad = None
    assert w.data.tolist() == [0.125, 0.25]


def test_the_watch_ends_with_the_array():
    """Comparing costs: nothing is compared once nothing given out is left."""
    x = leaf(1, 2)
    array = x.data
    part = array[1:]
    del array
    x * 2
    assert x.attached.exposed is not None
    del part
    x * 2
    assert x.attached.exposed is None


def test_a_write_just_before_the_array_goes_is_found():
    x = leaf(1, 2)
    y = (x * x).sum()
    array = x.data
    array[0] = 3
    del array
    with pytest.raises(tg.StaleGraphError):
        y.backward()


@pytest.mark.parametrize(
    "x",
    [
        np.array(3.0),
        np.zeros((0, 3)),
        np.ones((3, 4)).T[::2],
        np.ones(3, np.longdouble),
        np.ones(3, np.float32),
    ],
    ids=lambda x: f"{x.dtype}{x.shape}",
)
def test_every_layout_can_be_given_out(x):
    t = tg.tensor(x, requires_grad=True, copy=False)
    y = (t * t).sum()
    given = t.data
    assert (given.shape, given.dtype) == (x.shape, x.dtype)
    assert not x.size or (given.strides == x.strides and np.shares_memory(given, t._data))
    given[...] = 2
    if x.size:
        with pytest.raises(tg.StaleGraphError):
            y.backward()


def test_the_data_of_a_result_is_read_only():
    x = leaf(1, 2)
    for y in (x * 2, x[1:], tg.exp(x)):
        with pytest.raises(ValueError, match="read-only"):
            y.data[0] = 5


def test_asarray_of_a_constant_is_read_only():
    """It shares the memory, and nothing would notice a write."""
    t = tg.tensor([1.0, 2])
    array = np.asarray(t)
    assert np.shares_memory(array, t._data)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 5
    copy = np.array(t)
    copy[0] = 5
    assert t.numpy().tolist() == [1, 2]


# The user's own arrays


def test_an_array_is_copied_at_the_door():
    a = np.array([1.0, 2])
    x = tg.tensor(a, requires_grad=True)
    y = (x * x).sum()
    a[0] = 100
    y.backward()
    assert x.grad.tolist() == [2, 4]


@pytest.mark.parametrize(
    "use",
    [
        lambda x, a: x * a,
        lambda x, a: a / x,
        lambda x, a: tg.where(a > 1, x * a, x / a),
        lambda x, a: tg.concatenate([x * a, a]),
        lambda x, a: np.multiply(a, x),
    ],
)
def test_an_operand_is_copied_when_recorded(use):
    a = np.array([1.0, 2])
    x, twin = leaf(3.0, 4), leaf(3.0, 4)
    y, expected = use(x, a), use(twin, a.copy())
    a[:] = 100
    seed = np.ones(y.shape)
    y.backward(seed)
    expected.backward(seed)
    assert x.grad.tolist() == twin.grad.tolist()


def test_labels_indices_and_targets_are_copied_too():
    z, labels, index = leaf(1.0, 2, 3), np.array(2), np.array([0, 0])
    y = tg.cross_entropy(z, labels) + z[index].sum() + tg.take(z, index).sum()
    labels[...], index[...] = 0, 2
    y.backward()
    p = np.exp([1.0, 2, 3]) / np.exp([1.0, 2, 3]).sum()
    np.testing.assert_allclose(z.grad, p + [4, 0, -1])


def test_one_array_used_twice_is_kept_once():
    a = np.arange(3.0)
    x = leaf(1.0, 2, 3)
    y, z = x * a, x + a
    assert y.inputs[1] is z.inputs[1] and not np.shares_memory(y.inputs[1], a)
    a[0] = 9
    assert (x * a).inputs[1] is not y.inputs[1]
    assert y.inputs[1].tolist() == [0, 1, 2]


def test_nothing_is_copied_where_nothing_is_recorded():
    a = np.arange(3.0)
    assert (tg.tensor([1.0, 2, 3]) * a).inputs == ()


def test_copy_false_is_the_users_own_responsibility():
    a = np.array([1.0, 2])
    x = tg.tensor(a, requires_grad=True, copy=False)
    assert np.shares_memory(x._data, a)


def test_a_gradient_given_to_backward_is_copied():
    x, seed = leaf(1.0, 2), np.array([1.0, 1])
    y = x * 3
    y.backward(seed)
    seed[:] = 100
    assert x.grad.tolist() == [3, 3] and y.grad.tolist() == [1, 1]


def test_what_was_written_is_seen_though_the_data_is_given_out_again():
    w = tg.tensor([1.0, 2.0], requires_grad=True)
    y = (w * w).sum()
    array = w.data
    array[...] = 5
    assert w.data.tolist() == [5, 5]
    with pytest.raises(tg.StaleGraphError):
        y.backward()


def test_the_array_given_out_first_is_watched_though_a_second_has_gone():
    x = leaf(1, 2)
    held = x.data
    assert x.data is not held and np.shares_memory(x.data, held)
    y = (x * x).sum()
    held[0] = 7
    with pytest.raises(tg.StaleGraphError):
        y.backward()


def test_what_was_written_before_the_next_use_is_no_reason_to_refuse():
    """The write is told, so that the copy may wait until something is computed from the new
    numbers."""
    x = leaf(1, 2)
    held = x.data
    x.data = [3.0, 4.0]
    held[0] = 5
    y = (x * x).sum()
    y.backward()
    assert x.grad.tolist() == [10, 8]
    z = (x * x).sum()
    held[1] = 9
    with pytest.raises(tg.StaleGraphError):
        z.backward()


@pytest.fixture
def compared(monkeypatch):
    seen = []
    for module in (versions, snapshots):
        monkeypatch.setattr(
            module, "same", lambda a, b, same=snapshots.same: seen.append(a.shape) or same(a, b)
        )
    return seen


def test_an_update_by_hand_compares_nothing(compared):
    w = leaf(1.0, 2)
    for _ in range(3):
        (w * w).sum().backward()
        w.data -= 0.25 * w.grad
        w.grad = None
    assert compared == [] and w.data.tolist() == [0.125, 0.25]
    assert w.attached.exposed is not None and (w * 1).shape and w.attached.exposed is None


def test_the_memory_that_is_assigned_to_itself_is_left_as_it_is():
    for make in (
        lambda: np.arange(6.0).reshape(2, 3),
        lambda: np.arange(12.0).reshape(4, 3)[::2].T,
    ):
        w = tg.tensor(make(), requires_grad=True, copy=False)
        memory, expected = w._data, make() - 1
        w.data -= 1
        assert w._data is memory and w._data.tolist() == expected.tolist()
        w.data = w.data[::-1]
        assert w._data is memory and w._data.tolist() == expected[::-1].tolist()


SIZE = 2 * 8 * snapshots._BLOCK + 11


@pytest.mark.parametrize(
    "at", [0, 1, 8 * snapshots._BLOCK - 1, 8 * snapshots._BLOCK, SIZE - 12, SIZE - 11, SIZE - 1]
)
def test_one_byte_that_differs_is_found(at):
    a = np.random.default_rng(0).integers(0, 256, SIZE, np.uint8)
    b = a.copy()
    assert snapshots.same(a, b)
    b[at] ^= 1
    assert not snapshots.same(a, b)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "c16", "i1", "i4", "?"])
@pytest.mark.parametrize(
    "make",
    [
        lambda a: a,
        lambda a: a.T,
        lambda a: a[::2, 1:],
        lambda a: a[:0],
        lambda a: a[:, ::-1],
        lambda a: np.broadcast_to(a[0], (3, 7)),
        lambda a: a[0, 0],
    ],
    ids=["C", "F", "strided", "empty", "reversed", "broadcast", "0-d"],
)
def test_every_layout_is_compared(make, dtype):
    a = np.zeros((5, 7), dtype)
    x, y = np.asarray(make(a)), np.asarray(make(a.copy()))
    assert snapshots.same(x, y) and snapshots.same(x, y.copy(order="K"))
    if x.size:
        z = y.copy(order="K")
        z[(-1,) * z.ndim] = 1
        assert not snapshots.same(x, z) and not snapshots.same(z, x)


def test_rows_that_change_places_are_a_change():
    a = np.eye(300)
    assert not snapshots.same(a, a[::-1].copy())
    x, w = np.arange(12.0).reshape(4, 3), leaf(1.0, 2, 3)
    y = (x * w).sum()
    x[:] = x[::-1].copy()
    z = (x * w * x).sum()
    y.backward()
    assert w.grad.tolist() == [18, 22, 26]
    z.backward()
    assert w.grad.tolist() == [18 + 126, 22 + 166, 26 + 214]
