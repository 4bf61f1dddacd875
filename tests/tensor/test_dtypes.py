"""float32 stays float32: which dtype a result and a gradient have."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg

from .helpers import BINARY

f4, f8 = np.float32, np.float64


def x32(requires_grad=True):
    return tg.tensor(np.array([1.5, 2.5, 3.5], f4), requires_grad=requires_grad)


SCALARS = {
    "int": 2,
    "float": 2.5,
    "bool": True,
    "np.float32": f4(2.5),
    "np.float16": np.float16(2.5),
    "np.int64": np.int64(2),
    "np.uint8": np.uint8(2),
    "np.bool": np.bool_(True),
    "0-d float64": np.array(2.5),
    "0-d int": np.array(2),
    "0-d tensor": tg.tensor(2.5),
    "0-d tracked": tg.tensor(2.5, requires_grad=True),
    "np.float64": f8(2.5),
}


@pytest.mark.parametrize("scalar", SCALARS.values(), ids=SCALARS)
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", BINARY)
def test_what_has_no_axis_takes_its_partners_dtype(name, side, scalar):
    x = x32()
    y = BINARY[name](x, scalar) if side == "left" else BINARY[name](scalar, x)
    assert isinstance(y, tg.Tensor)
    assert y.dtype == f4
    plain = scalar.item() if hasattr(scalar, "item") else scalar
    a, b = (x.numpy().astype(f8), plain) if side == "left" else (plain, x.numpy().astype(f8))
    expected = {"tg.maximum": np.maximum, "where": BINARY["np.where"]}.get(name, BINARY[name])(a, b)
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-6)
    y.backward(np.ones(3, f4))
    assert x.grad.dtype == f4


@pytest.mark.parametrize("scalar", SCALARS.values(), ids=SCALARS)
def test_a_float64_array_stays_float64(scalar):
    for function in BINARY.values():
        assert function(tg.tensor([1.0, 2, 3]), scalar).dtype == f8
        assert function(scalar, tg.tensor([1.0, 2, 3])).dtype == f8


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint8, np.int32, np.int64, np.uint64])
@pytest.mark.parametrize(
    "wrap", [lambda a: a, tg.tensor, np.ndarray.tolist], ids=["array", "tensor", "list"]
)
@pytest.mark.parametrize("name", BINARY)
def test_integers_and_booleans_take_the_floats_dtype(name, kind, wrap):
    other = np.array([1, 2, 1]).astype(kind)
    for y in (BINARY[name](x32(), wrap(other)), BINARY[name](x32(False) + 0, wrap(other))):
        assert y.dtype == f4
    assert BINARY[name](wrap(other), x32()).dtype == f4


def test_floating_arrays_meet_as_numpys_do():
    assert (x32() + np.ones(3)).dtype == f8
    assert (np.ones(3) * x32()).dtype == f8
    assert (x32() + np.ones(3, np.float16)).dtype == f4
    assert (tg.tensor(f4(1)) + tg.tensor(f8(1))).dtype == f8
    assert (tg.tensor(f4(1)) + 1.0).dtype == f4
    assert (tg.tensor(f4(1)) + np.array([1])).dtype == f4


def test_products_joins_and_losses_keep_float32():
    W = tg.tensor(np.ones((3, 2), f4), requires_grad=True)
    assert (np.ones((4, 3), np.uint8) @ W).dtype == f4
    assert (W @ np.array([True, False])).dtype == f4
    assert np.concatenate([x32(), np.array([1, 2])]).dtype == f4
    # no axis anywhere: NumPy's rule
    assert np.stack([x32()[0], np.array(1.0)]).dtype == f8
    assert tg.mse(x32(), np.array([1, 2, 3])).dtype == f4
    assert tg.bce_with_logits(x32(), np.array([True, False, True])).dtype == f4
    assert tg.cross_entropy(W, np.array([0, 1, 1])).dtype == f4
    for y in (
        x32().mean(),
        x32().sum(),
        x32() ** 2,
        x32() ** 0.5,
        2 ** x32(),
        1 / x32(),
        x32().clip(0, 2),
        -x32(),
        abs(x32()),
        tg.softplus(x32()),
        tg.sigmoid(x32()),
        tg.softmax(x32()),
        tg.log_softmax(x32()),
        tg.logsumexp(x32()),
        x32()[0],
        x32().mean() * f4(2),
        tg.where(x32() > 2, 1.0, x32()),
    ):
        assert y.dtype == f4


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.clip(f8(0), f8(2)),
        lambda x: x ** f8(2),
        lambda x: np.clip(x, np.array(0.0), 2),
    ],
    ids=["clip", "power", "clip 0-d"],
)
def test_parameters_do_not_widen(call):
    assert call(x32()).dtype == f4


def test_the_gradient_has_the_dtype_of_its_tensor():
    a, b = x32(), tg.tensor([1.0, 2, 3], requires_grad=True)
    (a * b).sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == (f4, f8)
    assert a.grad.tolist() == [1, 2, 3]
    assert b.grad.tolist() == [1.5, 2.5, 3.5]


def test_astype_there_and_back():
    a = x32()
    y = a.astype(f8)
    assert y.dtype == f8
    (y * y).sum().backward()
    assert a.grad.dtype == f4
    assert a.grad.tolist() == [3, 5, 7]


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: tg.tensor([1.0, 2.0]) * 1j, id="number"),
        pytest.param(lambda: np.array(1j) * tg.tensor([1.0, 2.0]), id="0-d"),
        pytest.param(lambda: tg.tensor([1.0, 2.0]) + tg.tensor([1j, 2j]), id="tensor"),
        pytest.param(lambda: np.array([1j, 2j]) * tg.tensor([1.0, 2.0]), id="array"),
    ],
)
def test_complex_numbers_are_kept_or_refused(call):
    try:
        y = call()
    except TypeError:
        return
    assert y.dtype == np.complex128
