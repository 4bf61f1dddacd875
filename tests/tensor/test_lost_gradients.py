"""A gradient is never lost in silence: not by float(), not in an array, not under a mask, not in a
copy."""

from __future__ import annotations

import array
import ctypes
import math
import statistics
import struct

import numpy as np
import pytest

import tinygrad_edu as tg

from .helpers import refuses

ROOM, PERCENT = np.zeros(3), "%.4f"
TAKES_NUMBERS = {
    "float": float,
    "int": int,
    "complex": complex,
    "math.tanh": math.tanh,
    "math.pow": lambda x: math.pow(2, x),
    "math.floor": math.floor,
    "math.isnan": math.isnan,
    "fsum": lambda x: math.fsum([x, x]),
    "%f": lambda x: PERCENT % x,
    "array": lambda x: array.array("d", [x]),
    "ctypes": ctypes.c_double,
    "fmean": lambda x: statistics.fmean([x]),
    "quad": lambda x: sum(math.sin(k * float(x) / 9) for k in range(9)),
    "np.float32": np.float32,
    "np.full": lambda x: np.full(3, x),
    "np.arange": np.arange,
    "vectorize": lambda x: np.vectorize(math.tanh)(x),
    "normal": lambda x: np.random.default_rng(0).normal(x),
}
STORES = {
    "a[i] =": lambda x: ROOM.__setitem__(0, x),
    "a[:] =": lambda x: ROOM.__setitem__(slice(None), x),
    "a[mask] =": lambda x: ROOM.__setitem__(np.array([True, False, True]), x),
    "fill": ROOM.fill,
    "flat": lambda x: ROOM.flat.__setitem__(0, x),
    "put": lambda x: ROOM.put([0], x),
    "fromiter": lambda x: np.fromiter([x, x], float),
    "struct": lambda x: struct.pack("d", x),
}


def inside(what):
    """What is tracked in the several ways: a leaf, a result, and the input of a transform."""
    leaf = tg.tensor(1.5, requires_grad=True, name="w")
    yield lambda f: f(leaf)
    yield lambda f: f(leaf * 2)
    yield lambda f: tg.grad(lambda x: x * f(x))(1.5)
    yield lambda f: tg.value_and_grad(lambda x: x * f(x * x))(1.5)
    yield lambda f: tg.hessian(lambda x: x * x * f(x[0]) if x.ndim else x)(np.array([1.5]))


@pytest.mark.parametrize("what", TAKES_NUMBERS)
def test_a_number_made_of_what_is_tracked_is_refused(what):
    for run in inside(what):
        with pytest.raises(TypeError, match=r"silently.*(\.item\(\)|\.numpy\(\))"):
            run(TAKES_NUMBERS[what])


@pytest.mark.parametrize("what", STORES)
def test_what_is_tracked_does_not_go_into_an_array(what):
    for run in inside(what):
        # NumPy tells it in words of its own
        with pytest.raises((TypeError, ValueError, struct.error)) as caught:
            run(STORES[what])
        assert "silently" in str(caught.value) + str(caught.value.__cause__) or what in (
            "flat",
            "struct",
        )
    assert not ROOM.any()


def test_the_message_says_what_to_write():
    w = tg.tensor(2.0, requires_grad=True, name="w")
    with refuses(TypeError, r"float\(\) of 'w' f64\[\]", r"tg\.tanh", r"x\.item\(\)"):
        math.tanh(w)
    with refuses(TypeError, r"int\(\) of 'w'"):
        int(w)


@pytest.mark.parametrize(
    "number", [float, int, math.tanh, complex, lambda x: PERCENT % x, np.float64]
)
def test_what_loses_nothing_stays(number):
    w = tg.tensor(2.5, requires_grad=True)
    loss = w * w
    for constant in (tg.tensor(6.25), loss.detach(), (loss > 3) * 6.25, loss.item()):
        assert number(constant) == number(6.25)
    with tg.no_grad():
        assert number(w * w) == number(6.25)
        # it asks for an array, which says .numpy() at all times
        if number is not np.float64:
            assert number(w) == number(2.5)


def test_printing_and_formatting_stay():
    loss = tg.tensor(2.5, requires_grad=True) * 2
    assert f"{loss:.3f} {loss.item():g}" == "5.000 5" and "5." in repr(loss) and "5." in f"{loss}"
    assert f"{loss:9.2e}" == " 5.00e+00" and format(tg.tensor([[3]]), "d") == "3"


def test_a_loss_that_was_differentiated_is_a_number_again():
    """`loss.backward(); total += float(loss)`: nothing is lost any more."""
    w = tg.tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    with refuses(TypeError, "silently"):
        float(loss)
    loss.backward()
    assert float(loss) == 5 and PERCENT % loss == "5.0000"
    with refuses(TypeError, "silently"):
        float(w[0])  # of a weight it would be, in every step


def test_a_number_made_of_a_weight_in_a_second_step():
    w = tg.tensor(1.5, requires_grad=True)
    (w * w).backward()
    with refuses(TypeError, "silently"):  # its gradient is that of the step before
        math.tanh(w)


def test_copies_of_what_is_tracked():
    w = tg.tensor([1.0, 2.0], requires_grad=True, name="w")
    for copy in (
        lambda: tg.tensor(w),
        lambda: tg.tensor(w * 2, dtype="float32"),
        lambda: tg.Tensor(w, copy=False),
    ):
        with refuses(TypeError, r"tensor\(\) of", "silently", r"x\.detach\(\)"):
            copy()
    leaf = tg.tensor(w * 2, requires_grad=True)  # asked for: a leaf of its own
    assert leaf.is_leaf and leaf.numpy().tolist() == [2, 4]
    with tg.no_grad():
        assert not tg.tensor(w).requires_grad


LISTS = {
    "sum": tg.sum,
    "mean": tg.mean,
    "tanh": tg.tanh,
    "tensor": tg.tensor,
    "softmax": tg.softmax,
    "add": lambda xs: xs[0] + xs,
    "matmul": lambda xs: xs[0] @ xs,
    "mse": lambda xs: tg.mse(xs, np.ones(2)),
    "max": tg.max,
    "where": lambda xs: tg.where(True, xs, 0.0),
    "np.mean": np.mean,
    "np.sum": np.sum,
    "np.array": np.array,
    "np.asarray": np.asarray,
    "nested": lambda xs: tg.sum([[xs[0]], [xs[1]]]),
    "one of several": lambda xs: tg.sum([1.0, xs[0][0]]),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_tensors_names_stack(name):
    w = tg.tensor([1.0, 2.0], requires_grad=True)
    with refuses(TypeError, r"np\.stack\(xs\)"):
        LISTS[name]([w, w * 2])
    total = tg.sum(np.stack([w, w * 2]))
    total.backward()
    assert w.grad.tolist() == [3, 3]


MASKED = np.ma.array([1.0, 2.0], mask=[False, True])


@pytest.mark.parametrize(
    "call",
    [
        lambda w: MASKED * w,
        lambda w: w * MASKED,
        lambda w: MASKED + w,
        lambda w: w - MASKED,
        lambda w: MASKED**w,
        lambda w: w @ MASKED,
        lambda w: MASKED == w,
        lambda w: w < MASKED,
        lambda w: np.multiply(w, MASKED),
        lambda w: tg.maximum(w, MASKED),
        lambda w: tg.mse(w, MASKED),
        lambda w: np.ma.exp(w),
        lambda w: np.ma.array(w),
        lambda w: np.ma.where([True, False], w, 0.0),
        lambda w: MASKED.copy().__iadd__(w),
        lambda w: np.ma.dot(MASKED, w),
        lambda w: tg.tensor(MASKED),
        lambda w: tg.tanh(MASKED),
        lambda w: tg.sigmoid(MASKED),
        lambda w: w.detach().__setitem__(slice(None), MASKED),
        lambda w: setattr(w, "data", MASKED),
        lambda w: tg.losses.cross_entropy(np.eye(2), np.ma.array([0, 1], mask=[0, 1])),
        lambda w: tg.metrics.mean_squared_error(MASKED, np.ones(2)),
        lambda w: tg.nn.Dense(2)(MASKED),
        lambda w: tg.nn.Activation("tanh")(MASKED),
        lambda w: tg.nn.Flatten()(MASKED),
    ],
)
@pytest.mark.parametrize("tracked", [True, False])
def test_a_masked_array_is_refused_by_name(call, tracked):
    w = tg.tensor([3.0, 4.0], requires_grad=True) if tracked else tg.tensor([3.0, 4.0])
    try:
        found = call(w)
    except TypeError as error:
        assert "mask" in str(error) or "silently" in str(error)
    # a constant's numbers, in np.ma's hands: the mask is all there
    else:
        assert not tracked and isinstance(found, np.ma.MaskedArray) and found.tolist() == [3, 4]
    expected = tg.where(~MASKED.mask, MASKED.data, 0.0) * w
    assert expected.numpy().tolist() == [3, 0]


@pytest.mark.parametrize(
    "call",
    [
        lambda m, x, y: m.fit(np.ma.array(x), y, verbose=0),
        lambda m, x, y: m.fit(x, np.ma.array(y), verbose=0),
        lambda m, x, y: m.fit(x, y, validation_data=(np.ma.array(x), y), verbose=0),
        lambda m, x, y: m.fit(x, y, sample_weight=np.ma.array(y[:, 0]), verbose=0),
        lambda m, x, y: m.evaluate(np.ma.array(x), y, verbose=0),
        lambda m, x, y: m.predict(np.ma.array(x)),
    ],
)
def test_training_refuses_masks(call):
    model = tg.nn.MLP(2, 1, seed=0)
    model.compile("sgd", "mse")
    with refuses(TypeError, "mask of a masked array would be lost"):
        call(model, np.ones((4, 2)), np.ones((4, 1)))


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize(
    "call",
    [
        lambda m, w: m * w,
        lambda m, w: w * m,
        lambda m, w: w + m,
        lambda m, w: w @ m,
        lambda m, w: tg.tensor(m),
        lambda m, w: tg.mul(m, m),
        lambda m, w: tg.tanh(m),
    ],
)
def test_a_matrix_multiplies_in_another_way(call):
    w = tg.tensor([[3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    with refuses(TypeError, r"np\.matrix", r"np\.asarray\(m\)"):
        call(np.matrix([[1.0, 2.0], [3.0, 4.0]]), w)
