"""Integers that would wrap, bytes in another order, half floats, NumPy's scalars, and what holds no
numbers."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, ops

from .helpers import refuses

f4, f8 = np.float32, np.float64
INTEGERS = [bool, np.int8, np.uint8, np.int16, np.uint16, np.int64, np.uint64]
ACTIVATIONS = [
    "sigmoid",
    "softplus",
    "log_sigmoid",
    "silu",
    "gelu",
    "elu",
    "leaky_relu",
    "hard_tanh",
    "normal_pdf",
    "normal_cdf",
    "softmax",
    "log_softmax",
    "logsumexp",
]


@pytest.mark.parametrize("kind", INTEGERS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_integers_do_not_wrap_in_activations(name, kind):
    f = getattr(tg, name)
    x = (
        np.array([0, 1, 2, 100]) if np.dtype(kind).kind in "ub" else np.array([-100, -2, 0, 100])
    ).astype(kind)
    expected = np.asarray(f(x.astype(float)))
    for y in (f(x), f(tg.tensor(x)).numpy(), f(x.tolist()), tg.jit(f)(tg.tensor(x)).numpy()):
        assert np.asarray(y).dtype == f8
        np.testing.assert_allclose(y, expected, rtol=1e-14)


def test_integers_do_not_wrap_in_the_other_formulas():
    a, b = np.array([1, 200], np.uint8), np.array([20, 7], np.uint8)
    for p, t in ((a, b), (b, a)):
        expected = np.mean((p.astype(float) - t) ** 2)
        for f in (tg.mse, ops.mse, tg.losses.mse):
            for x, y in (
                (p, t),
                (tg.tensor(p), t),
                (tg.tensor(p), tg.tensor(t)),
                (p, tg.tensor(t)),
            ):
                assert float(f(x, y)) == expected
    small = np.array([100, -128], np.int8)
    for x in (small, tg.tensor(small)):
        for order in (None, 1, 2, 3, np.inf, -np.inf):
            assert float(tg.norm(x, ord=order)) == pytest.approx(
                np.linalg.norm(small.astype(float), ord=order)
            )
    for p in (tg.tensor(a[:, None]), a[:, None]):
        assert float(tg.losses.weighted(tg.mse, p, b[:, None], np.ones(2))) == np.mean(
            (a.astype(float) - b) ** 2
        )
    assert float(
        tg.bce_with_logits(tg.tensor(np.array([3], np.uint8)), np.array([0], np.uint8))
    ) == pytest.approx(np.log1p(np.exp(3)))
    assert tg.rbf(
        np.array([[200]], np.uint8), np.array([[201]], np.uint8), 1
    ).item() == pytest.approx(np.exp(-1))


def test_a_picture_goes_through_an_activation():
    picture = np.array([[0, 1, 255]], np.uint8)
    for name in ("sigmoid", "tanh", "relu", "softplus"):
        y = nn.Activation(name)(picture)
        assert y.dtype == f4  # as Keras' layers make of integers
        np.testing.assert_allclose(y, getattr(tg, name)(picture.astype(float)), rtol=1e-6)


@pytest.mark.parametrize("code", [">f4", ">f8", ">i2", ">i4", ">u8", "<f4"])
def test_byte_order_is_the_machines_own(code):
    x = np.arange(1, 7).reshape(2, 3).astype(code)
    native = x.astype(x.dtype.newbyteorder("="))
    for f in (
        tg.softmax,
        tg.logsumexp,
        tg.sigmoid,
        tg.sum,
        tg.cumsum,
        lambda x: tg.max(x, axis=0),
        tg.sort,
        lambda x: tg.matmul(x, x.mT),
        lambda x: x * np.float32(2),
    ):
        for y in (f(x), f(tg.tensor(x))):
            assert y.dtype.isnative or isinstance(y, np.ndarray)
            np.testing.assert_array_equal(np.asarray(y), np.asarray(f(native)))
    assert tg.tensor(x).dtype == native.dtype and tg.tensor(x, dtype=code).dtype.isnative
    assert (tg.tensor([1.0]) * x).dtype.isnative and tg.tensor([1.0]).astype(code).dtype.isnative


@pytest.mark.parametrize("code", [">f4", ">f8"])
def test_a_leafs_gradient_keeps_its_byte_order(code):
    x = tg.tensor(np.array([1.0, 2.0], code), requires_grad=True, copy=False)
    for _ in range(2):
        (x * x + x).sum().backward()
    assert x.grad.dtype == x.dtype and x.grad.dtype.isnative and x.grad.tolist() == [6, 10]


@pytest.mark.parametrize("code", [">i4", ">i8", ">u2", "<i4"])
def test_labels_of_any_byte_order(code):
    labels = np.array([0, 2, 1]).astype(code)
    z = np.arange(9.0).reshape(3, 3) ** 2 / 9
    for f in (tg.cross_entropy, ops.cross_entropy, tg.losses.sparse_categorical_crossentropy):
        assert float(f(z, labels)) == float(f(z, np.array([0, 2, 1])))


def test_float16_is_data_and_has_no_gradient():
    half = np.ones(3, np.float16)
    w = tg.tensor(f4(2.0), requires_grad=True)
    for make in (
        lambda: tg.tensor(half, requires_grad=True),
        lambda: tg.grad(lambda x: x.sum())(half),
        lambda: nn.Dense(2, dtype=np.float16),
        lambda: nn.MLP(2, 2, dtype="float16"),
        lambda: w.astype(np.float16),
        lambda: w * half,
        lambda: tg.check_gradients(tg.tanh, half),
    ):
        with pytest.raises(TypeError, match="float16"):
            make()
    W = tg.tensor(np.ones((3, 2), f4), requires_grad=True)
    assert (
        (half @ W).dtype == f4 and (half * W.mT).dtype == f4 and nn.Dense(2)(half[None]).dtype == f4
    )
    assert tg.tensor(half).dtype == np.float16 and tg.tanh(tg.tensor(half)).dtype == np.float16
    wide = tg.tensor(np.ones(65_520, f4), requires_grad=True)
    wide.mean().backward()
    assert (wide.grad == f4(1 / 65_520)).all()


@pytest.mark.parametrize(
    "mask", [np.array([True, False]), tg.tensor([True, False])], ids=["array", "tensor"]
)
@pytest.mark.parametrize(
    "kind", [np.float32, np.float64, np.longdouble, np.int8, np.int64, np.bool_]
)
def test_numpy_scalars_keep_their_dtype_where_no_array_of_floats_is(mask, kind):
    y = tg.where(mask, kind(1), kind(0))
    assert y.dtype == kind and np.asarray(y).tolist() == [1, 0]


def test_numpy_scalars_beside_integers_and_floats():
    ints = tg.tensor(np.array([1, 2], np.int8))
    assert (ints * f4(2)).dtype == f4 and (f4(2) * ints).dtype == f4
    assert (ints + np.int64(300)).numpy().tolist() == [301, 302] and (ints * 2).dtype == np.int8
    assert tg.maximum(f4(1), f8(2) * ints).dtype == f8 and (tg.tensor([1.0, 2]) * f4(2)).dtype == f8
    assert (tg.tensor(f4(1)) * f8(2)).dtype == f4 and (
        np.longdouble(2) * tg.tensor([1.0])
    ).dtype == f8


THINGS = {
    "object": (np.array([1, 2.5, None], object), r"dtype=float"),
    "numbers": (np.array([1, 2], object), "dtype=float"),
    "words": (np.array(["a", "b"]), "np.unique"),
    "bytes": (np.array([b"a", b"b"]), "np.unique"),
    "dates": (np.array(["2024-01-01", "2024-01-02"], "M8[D]"), "timedelta64"),
    "durations": (np.array([1, 2], "m8[s]"), "timedelta64"),
    "records": (np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]), r"x\['name'\]"),
}


@pytest.mark.parametrize("thing, cure", THINGS.values(), ids=THINGS)
@pytest.mark.parametrize(
    "call",
    [
        tg.tensor,
        tg.tanh,
        tg.sigmoid,
        tg.sum,
        lambda x: tg.tensor([1.0]) * x,
        lambda x: x + tg.tensor([1.0]),
        lambda x: tg.mse(tg.tensor([1.0]), x),
        nn.Flatten(),
        nn.Dense(2),
        nn.Activation("relu"),
        lambda x: tg.cross_entropy(np.eye(2), x),
        lambda x: tg.metrics.sparse_accuracy(np.eye(2), x),
    ],
)
def test_what_holds_no_numbers_is_refused_by_name(thing, cure, call):
    with refuses(
        TypeError,
        "numbers",
        str(thing.dtype).replace("[", r"\[").replace("(", r"\(").replace(")", r"\)").split(",")[0],
        cure,
    ):
        call(thing)


def test_objects_that_hold_numbers_are_taken_when_a_dtype_is_named():
    assert tg.tensor(np.array([1, 2.5], object), dtype=float).numpy().tolist() == [1, 2.5]


@pytest.mark.parametrize("wrap", [np.asarray, tg.tensor], ids=["array", "tensor"])
def test_logical_functions_are_numpys(wrap):
    for a, b in (
        ([1, 2, 0], [2, 0, 0]),
        ([0.5, 0.0, -1.0], [0.0, 0.0, 2.0]),
        ([True, False, True], [1.5, 0.0, 0.0]),
    ):
        for f in (np.logical_and, np.logical_or, np.logical_xor):
            ours = getattr(tg, f.__name__)
            for y in (f(wrap(a), wrap(b)), ours(wrap(a), wrap(b))):
                assert y.dtype == bool and np.asarray(y).tolist() == f(a, b).tolist()
        assert np.asarray(np.logical_not(wrap(a))).tolist() == np.logical_not(a).tolist()
    with pytest.raises(TypeError):
        wrap([1.0, 2.0]) & wrap([1.0, 0.0])
    assert np.asarray(wrap([6, 3]) & 2).tolist() == [2, 2] and np.asarray(
        wrap([6, 3]) ^ 2
    ).tolist() == [4, 1]
    assert np.asarray(~wrap([1, 2])).tolist() == [-2, -3]


@pytest.mark.parametrize(
    "call",
    [
        lambda x: tg.diff(x, n=-1),
        lambda x: np.diff(x, n=-2),
        lambda x: x.diff(axis=2),
        lambda x: tg.split(x, 2, axis=2),
        lambda x: tg.split(x, 2, axis=-3),
        lambda x: tg.norm(x, ord=1, axis=2),
        lambda x: tg.norm(x, ord=1, axis=(0, 3)),
        lambda x: tg.tensordot(x, x, axes=([2], [0])),
        lambda x: tg.tensordot(x, x, axes=([0], [-3])),
        lambda x: tg.std(x, axis=2),
        lambda x: tg.prod(x, axis=-3),
    ],
)
def test_orders_and_axes_that_are_not_there(call):
    for x in (tg.tensor(np.ones((2, 2))), tg.tensor(np.ones((2, 2)), requires_grad=True)):
        with pytest.raises((ValueError, IndexError), match="axis|n=-|differences"):
            call(x)
    assert tg.diff(tg.tensor([1.0, 3.0]), n=0).numpy().tolist() == [1, 3]
