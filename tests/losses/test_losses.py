"""The losses: against NumPy and their composed twins, from logits and behind an output unit, at the
extremes."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from profiles import by_profile

import tinygrad_edu as tg
from tinygrad_edu import nn, ops

losses = import_module("tinygrad_edu.losses")
rng = np.random.default_rng(0)
Z, P = rng.normal(size=(6, 4)) * 3, rng.normal(size=(6, 1))
LABELS, BITS = np.array([0, 3, 1, 1, 2, 0]), np.array([[0.0], [1], [1], [0], [0.25], [1]])
ONE_HOT = np.eye(4)[LABELS]


def value_and_gradient(loss, z, t):
    z = tg.tensor(z, requires_grad=True)
    y = loss(z, t)
    y.backward()
    return y.item(), z.grad


# Composed twins: what a student would write with the other operations


def ce_twin(z, t):
    return (ops.logsumexp(z, axis=-1) - z[np.arange(len(t)), t]).mean()


def bce_twin(z, t):
    p = ops.sigmoid(z)
    return -(t * ops.log(p) + (1 - t) * ops.log(1 - p)).mean()


def mse_twin(p, t):
    return ((p - t) ** 2).mean()


def cce_twin(z, t):
    return -(t * ops.log(ops.softmax(z))).sum() / len(t)


TWINS = [
    (losses.cross_entropy, ce_twin, Z, LABELS),
    (losses.bce_with_logits, bce_twin, P, BITS),
    (losses.mse, mse_twin, P, BITS),
    (losses.categorical_cross_entropy, cce_twin, Z, ONE_HOT),
]


@pytest.mark.parametrize("fused, twin, z, t", TWINS, ids=lambda f: getattr(f, "__name__", ""))
def test_fused_equals_composed_in_value_and_gradient(fused, twin, z, t):
    a, da = value_and_gradient(fused, z, t)
    b, db = value_and_gradient(twin, z, t)
    np.testing.assert_allclose(a, b, rtol=1e-13)
    np.testing.assert_allclose(da, db, rtol=1e-11, atol=1e-15)


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


REFERENCES = [
    (losses.mse, lambda p, t: ((p - t) ** 2).mean(), lambda p, t: 2 * (p - t) / p.size, P, BITS),
    (
        losses.bce_with_logits,
        lambda z, t: np.mean(np.logaddexp(0, z) - t * z),
        lambda z, t: (1 / (1 + np.exp(-z)) - t) / z.size,
        P,
        BITS,
    ),
    (
        losses.cross_entropy,
        lambda z, t: -np.log(softmax(z)[range(6), t]).mean(),
        lambda z, t: (softmax(z) - np.eye(4)[t]) / 6,
        Z,
        LABELS,
    ),
    (
        losses.categorical_cross_entropy,
        lambda z, t: -(t * np.log(softmax(z))).sum(-1).mean(),
        lambda z, t: (softmax(z) - t) / 6,
        Z,
        ONE_HOT,
    ),
]


@pytest.mark.parametrize(
    "loss, value, gradient, z, t", REFERENCES, ids=lambda f: getattr(f, "__name__", "")
)
def test_against_numpy(loss, value, gradient, z, t):
    y, g = value_and_gradient(loss, z, t)
    np.testing.assert_allclose(y, value(z, t), rtol=1e-13)
    np.testing.assert_allclose(g, gradient(z, t), rtol=1e-12, atol=1e-15)
    y, g = value_and_gradient(
        loss, z.astype(np.float32), t if t.dtype.kind == "i" else t.astype(np.float32)
    )
    assert g.dtype == np.float32
    np.testing.assert_allclose(y, value(z, t), rtol=1e-5)


def test_soft_targets_of_categorical_cross_entropy():
    t = softmax(rng.normal(size=(6, 4)))
    y, g = value_and_gradient(losses.categorical_cross_entropy, Z, t)
    np.testing.assert_allclose(y, -(t * np.log(softmax(Z))).sum(-1).mean(), rtol=1e-13)
    np.testing.assert_allclose(g, (softmax(Z) - t) / 6, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint64])
def test_labels_of_any_integer_type(kind):
    assert (
        losses.cross_entropy(tg.tensor(Z), LABELS.astype(kind)).item()
        == losses.cross_entropy(Z, LABELS).item()
    )


@pytest.mark.parametrize("loss", [losses.mse, losses.bce_with_logits])
@pytest.mark.parametrize("kind", [bool, np.uint8, np.int64, np.float32])
def test_targets_of_any_type(loss, kind):
    t = BITS.round()
    assert value_and_gradient(loss, P, t.astype(kind))[0] == value_and_gradient(loss, P, t)[0]
    assert (
        value_and_gradient(loss, P, tg.tensor(t.astype(kind)))[0]
        == value_and_gradient(loss, P, t)[0]
    )


# Behind an output unit


@pytest.mark.parametrize(
    "loss, unit, z, t",
    [
        (losses.cross_entropy, ops.softmax, Z, LABELS),
        (losses.categorical_cross_entropy, ops.softmax, Z, ONE_HOT),
        (losses.bce_with_logits, ops.sigmoid, P, BITS),
    ],
    ids=lambda f: getattr(f, "__name__", ""),
)
@pytest.mark.parametrize("scale", [1, 1000])
def test_from_logits_and_behind_the_unit_are_equal(loss, unit, z, t, scale):
    a, da = value_and_gradient(loss, z * scale, t)
    b, db = value_and_gradient(lambda z, t: loss(unit(z), t), z * scale, t)
    assert a == b
    assert da.tobytes() == db.tobytes()


def test_an_explicit_last_axis_is_the_last_axis():
    for axis in (-1, 1):
        z = tg.tensor(Z, requires_grad=True)
        assert (
            losses.cross_entropy(ops.softmax(z, axis=axis), LABELS).item()
            == losses.cross_entropy(z, LABELS).item()
        )


def test_a_softmax_over_another_axis_is_not_undone():
    z = tg.tensor(Z, requires_grad=True)
    p = ops.softmax(z, axis=0)
    with pytest.raises(ValueError, match=r"can only lie in \[0, 1\]"):
        losses.cross_entropy(p, LABELS)
    expected = losses.cross_entropy(p.numpy(), LABELS).item()
    assert losses.cross_entropy(p, LABELS, from_logits=True).item() == expected


CASES = [
    ("softmax", losses.cross_entropy, LABELS),
    ("softmax", losses.categorical_cross_entropy, ONE_HOT),
    ("sigmoid", losses.bce_with_logits, ONE_HOT),
]


@pytest.mark.parametrize("unit, loss, t", CASES, ids=["sparse", "categorical", "binary"])
def test_the_loss_is_the_same_under_no_grad(unit, loss, t):
    model = nn.MLP(4, 4, output=unit, seed=0)
    with tg.no_grad():
        quiet = loss(model(Z), t).item()
    assert quiet == loss(model(Z), t).item()


@pytest.mark.parametrize("unit, loss, t", CASES, ids=["sparse", "categorical", "binary"])
def test_evaluating_a_frozen_model_gives_the_same(unit, loss, t):
    model = nn.MLP(4, 4, output=unit, seed=0)
    model.compile("sgd", loss, metrics=["accuracy"])
    before = model.evaluate(Z, t, verbose=0)
    for p in model.parameters():
        p.requires_grad = False
    assert model.evaluate(Z, t, verbose=0) == before


@pytest.mark.parametrize("record", [True, False], ids=["recorded", "no_grad"])
@pytest.mark.parametrize(
    "shape",
    [
        lambda p: p[:, 0],
        lambda p: p.reshape(-1),
        lambda p: p.T[0],
        lambda p: p[:, ::-1].swapaxes(0, 1)[0],
    ],
    ids=["index", "reshape", "transpose", "chain"],
)
def test_probabilities_in_another_shape_are_still_probabilities(shape, record):
    z, t = tg.tensor(P, requires_grad=record), BITS[:, 0]
    assert (
        losses.bce_with_logits(shape(ops.sigmoid(z)), t).item()
        == losses.bce_with_logits(shape(z), t).item()
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p[:4],
        lambda p: p[2:],
        lambda p: p.astype(np.float64),
        lambda p: p[:3].astype(np.longdouble),
    ],
    ids=["rows", "last", "dtype", "both"],
)
def test_rows_of_probabilities_are_still_probabilities(change):
    z = tg.tensor(Z.astype(np.float32), requires_grad=True)
    t = LABELS[-len(change(z)) :]
    assert (
        losses.cross_entropy(change(ops.softmax(z)), t).item()
        == losses.cross_entropy(change(z), t).item()
    )


def test_columns_of_probabilities_are_refused():
    with pytest.raises(ValueError, match="part of each row of a softmax"):
        losses.cross_entropy(ops.softmax(tg.tensor(Z))[:, :3], np.zeros(6, int))


def test_a_transposed_softmax_is_not_the_softmax_of_the_transposed():
    z = tg.tensor(Z[:4])
    try:
        loss = losses.cross_entropy(ops.softmax(z).T, LABELS[:4]).item()
    except ValueError:
        return
    assert loss == pytest.approx(-np.log(softmax(Z[:4]).T[range(4), LABELS[:4]]).mean())


@pytest.mark.parametrize(
    "unit, loss, t, value",
    [
        (
            "softmax",
            "binary_crossentropy",
            ONE_HOT,
            lambda p: -np.mean(ONE_HOT * np.log(p) + (1 - ONE_HOT) * np.log(1 - p)),
        ),
        (
            "sigmoid",
            "sparse_categorical_crossentropy",
            LABELS,
            lambda p: -np.log((p / p.sum(1, keepdims=True))[range(6), LABELS]).mean(),
        ),
    ],
)
def test_another_units_probabilities_are_no_logits(unit, loss, t, value):
    model = nn.MLP(4, 4, output=unit, seed=0, dtype=np.float64)
    model.compile("adam", loss)
    try:
        found = model.evaluate(Z, t, verbose=0)
    except ValueError:
        return
    assert found == pytest.approx(value(model.predict(Z)))


@pytest.mark.parametrize(
    "name, unit, z, t",
    [("cross_entropy", ops.softmax, Z, LABELS), ("bce_with_logits", ops.sigmoid, P, BITS)],
)
def test_one_name_is_one_loss(name, unit, z, t):
    z = tg.tensor(z, requires_grad=True)
    assert getattr(tg, name)(unit(z), t).item() == getattr(nn, name)(unit(z), t).item()


# Extremes


@pytest.mark.parametrize(
    "dtype, big", [(np.float64, 1e4), (np.float64, 1e300), (np.float32, 1e4), (np.float32, 1e8)]
)
def test_extreme_logits_stay_finite_and_right(dtype, big):
    z = np.array([[big, -big], [-big, big], [big, 0]], dtype)
    y, g = value_and_gradient(losses.cross_entropy, z, np.array([0, 0, 1]))
    np.testing.assert_allclose(y, big / 3 * 3, rtol=1e-6)
    np.testing.assert_allclose(g, np.array([[0, 0], [-1, 1], [1, -1]]) / 3, rtol=1e-6)
    y, g = value_and_gradient(
        losses.categorical_cross_entropy, z, np.array([[1.0, 0], [1, 0], [0, 1]], dtype)
    )
    np.testing.assert_allclose(y, big / 3 * 3, rtol=1e-6)
    assert np.isfinite(g).all()
    y, g = value_and_gradient(losses.bce_with_logits, z[:, :1], np.array([[1], [1], [0]], dtype))
    np.testing.assert_allclose(y, big / 3 * 2, rtol=1e-6)
    np.testing.assert_allclose(g, np.array([[0], [-1], [1]]) / 3, rtol=1e-6)


def test_bce_keeps_small_losses_and_gradients():
    y, g = value_and_gradient(losses.bce_with_logits, np.array([50.0]), np.array([1.0]))
    np.testing.assert_allclose(y, np.exp(-50), rtol=1e-12)
    assert -1e-16 < g[0] <= 0
    y, g = value_and_gradient(losses.bce_with_logits, np.array([-50.0]), np.array([0.0]))
    np.testing.assert_allclose([y, g[0]], np.exp(-50), rtol=1e-12)


@pytest.mark.parametrize("shift", [1e3, 1e5, -1e8])
@pytest.mark.parametrize(
    "loss, t",
    [(losses.cross_entropy, LABELS), (losses.categorical_cross_entropy, ONE_HOT)],
    ids=["sparse", "categorical"],
)
def test_a_shift_of_all_logits_changes_nothing_in_float32(shift, loss, t):
    """Logits and shifts that float32 holds exactly, so that the shifted logits differ by exactly
    the same. A log Σ exp added to the peak before the logit is taken away would have no digits
    left: (1e8, 1e8) would cost 0, not log 2."""
    z = (Z > 0).astype(np.float32) * 8
    y, g = value_and_gradient(loss, z, t)
    shifted, moved = value_and_gradient(loss, z + np.float32(shift), t)
    np.testing.assert_allclose(shifted, y, rtol=1e-4)
    np.testing.assert_allclose(moved, g, rtol=1e-4, atol=1e-8)


@given(
    arrays(float, (3, 5), elements=st.floats(-1e4, 1e4)),
    st.lists(st.integers(0, 4), min_size=3, max_size=3),
    st.floats(-1e6, 1e6),
)
@settings(max_examples=by_profile(day=25, ci=100, night=2_000), deadline=None)
def test_cross_entropy_is_at_least_zero_its_rows_sum_to_zero_and_no_shift_changes_it(z, t, shift):
    y, g = value_and_gradient(losses.cross_entropy, z, np.array(t))
    assert 0 <= y < np.inf
    np.testing.assert_allclose(g.sum(axis=1), 0, atol=1e-15)
    shifted, moved = value_and_gradient(losses.cross_entropy, z + shift, np.array(t))
    np.testing.assert_allclose(shifted, y, atol=1e-8, rtol=1e-9)
    np.testing.assert_allclose(moved, g, atol=1e-8)


# Refusals


@pytest.mark.parametrize(
    "call, error, word",
    [
        (
            lambda: losses.mse(P, BITS[:, 0]),
            ValueError,
            r"\(6, 1\) and target \(6,\).*reshape\(6, 1\)",
        ),
        (lambda: losses.mse(P, 0.5), ValueError, "differ in shape"),
        (lambda: losses.mse(P, BITS[:1]), ValueError, "differ in shape"),
        (lambda: losses.bce_with_logits(P[:, 0], BITS), ValueError, "differ in shape"),
        (lambda: losses.cross_entropy(Z, LABELS * 1.0), TypeError, "must be integers, got float64"),
        (lambda: losses.cross_entropy(Z, LABELS > 0), TypeError, "must be integers, got bool"),
        (lambda: losses.cross_entropy(Z, ONE_HOT), TypeError, "argmax"),
        (lambda: losses.cross_entropy(Z, ONE_HOT.astype(int)), ValueError, r"want labels \(6,\)"),
        (lambda: losses.cross_entropy(Z, LABELS[:, None]), ValueError, "one a row"),
        (lambda: losses.cross_entropy(Z, LABELS[:5]), ValueError, "one a row"),
        (
            lambda: losses.cross_entropy(Z, LABELS + 1),
            ValueError,
            r"label 4 is none of the 4 classes 0\.\.3",
        ),
        (lambda: losses.cross_entropy(Z, LABELS - 1), ValueError, "label -1 is none"),
        (
            lambda: losses.categorical_cross_entropy(Z, LABELS),
            ValueError,
            "sparse_categorical_crossentropy",
        ),
        (
            lambda: losses.categorical_cross_entropy(Z, ONE_HOT[:, :3]),
            ValueError,
            "differ in shape",
        ),
        (
            lambda: losses.get_loss("hinge"),
            ValueError,
            "unknown loss 'hinge'.*sparse_categorical_crossentropy",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, error, word):
    with pytest.raises(error, match=word):
        call()


def test_integers_do_not_wrap():
    assert losses.mse(np.array([1], np.uint8), np.array([20], np.uint8)).item() == 361


def test_arrays_are_taken_as_they_are():
    assert losses.mse(P, BITS).item() == pytest.approx(((P - BITS) ** 2).mean())
    assert isinstance(losses.cross_entropy(Z, LABELS), tg.Tensor)


@pytest.mark.parametrize(
    "name, loss",
    [
        ("mse", nn.mse),
        ("mean_squared_error", nn.mse),
        ("binary_crossentropy", nn.bce_with_logits),
        ("bce_with_logits", nn.bce_with_logits),
        ("cross_entropy", nn.cross_entropy),
        ("sparse_categorical_crossentropy", nn.cross_entropy),
        ("categorical_crossentropy", nn.categorical_cross_entropy),
    ],
)
def test_keras_names_in_compile(name, loss):
    model = nn.MLP(4, 4, seed=0)
    model.compile("adam", name)
    t = LABELS if loss is nn.cross_entropy else ONE_HOT
    assert model.evaluate(Z, t, verbose=0) == pytest.approx(loss(model(Z), t).item(), rel=1e-6)


@pytest.mark.parametrize("labels", [[1.0, 2.0], [-1.0, 1.0], [0.0, 3.0]])
@pytest.mark.parametrize("kind", [float, np.float32, int])
@pytest.mark.parametrize("weight", [None, [1.0, 1.0]])
def test_labels_that_are_no_probabilities_are_refused(labels, kind, weight):
    y = np.array(labels).astype(kind)
    z = tg.tensor([0.5, -0.5], requires_grad=True)
    for loss in (losses.bce_with_logits, losses.binary_crossentropy):
        with pytest.raises(ValueError, match=r"labels in \[0, 1\]"):
            loss(z, y) if weight is None else losses.weighted(loss, z, y, np.array(weight))


@pytest.mark.parametrize("jit", [True, False])
def test_labels_are_looked_at_in_every_batch(jit):
    x, y = np.zeros((64, 2), np.float32), np.zeros((64, 1), np.float32)
    y[-1] = 2
    model = tg.nn.Sequential([tg.nn.Dense(1, "sigmoid")], seed=0)
    model.compile("sgd", "binary_crossentropy")
    with pytest.raises(ValueError, match=r"labels in \[0, 1\]"):
        model.fit(x, y, batch_size=8, shuffle=False, verbose=0, jit=jit)


def test_labels_that_are_soft_or_rounded_are_taken():
    t = np.array([0.0, 0.1, 1.0], np.float32) / np.float32(3) * np.float32(3)
    assert np.isfinite(losses.bce_with_logits(tg.tensor(np.zeros(3, np.float32)), t).item())
    smooth = 1 + np.float32(1e-7)
    assert np.isfinite(losses.bce_with_logits(tg.tensor([0.0]), np.array([smooth])).item())
