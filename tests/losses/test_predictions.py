"""What a cost takes a prediction for: logits or probabilities, by what made it; never by a
guess."""

from __future__ import annotations

import weakref
from functools import partial

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import losses, metrics, nn, ops

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 4))
BITS = (X @ np.array([1.0, -2.0, 0.5, 0.0]) > 0).astype(float)[:, None]
LABELS = X[:, :3].argmax(axis=1)
ONE_HOT = np.eye(3)[LABELS]


class Net(nn.Module):
    """A linear layer, and an output of one's own."""

    def __init__(self, units, output):
        self.linear, self.output = nn.Dense(units, input_size=4, seed=0, dtype=np.float64), output

    def forward(self, x):
        return self.output(self.linear(x))


def own_softmax(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def own_sigmoid(z):
    return 1 / (1 + np.exp(-z))


SIGMOIDS = {
    "the library's": tg.sigmoid,
    "own": own_sigmoid,
    "tanh": lambda z: (np.tanh(z / 2) + 1) / 2,
    "clipped": lambda z: own_sigmoid(z).clip(1e-7, 1 - 1e-7),
    "clipped unit": lambda z: tg.sigmoid(z).clip(1e-7, 1 - 1e-7),
    "detached": lambda z: tg.sigmoid(z).detach(),
    "times one": lambda z: tg.sigmoid(z) * 1.0,
    "average": lambda z: (tg.sigmoid(z) + own_sigmoid(z)) / 2,
    "halves": lambda z: 0.5 * tg.sigmoid(z) + 0.5 * own_sigmoid(z),
    "stacked": lambda z: np.stack([tg.sigmoid(z), tg.sigmoid(z)]).mean(axis=0),
    "where": lambda z: tg.where(z > 0, own_sigmoid(z), tg.sigmoid(z)),
    "in a row": lambda z: own_sigmoid(z).reshape(-1).reshape(-1, 1),
    "rest": lambda z: 1 - tg.sigmoid(-z),
    "cast": lambda z: own_sigmoid(z).astype(np.float64),
}
SOFTMAXES = {
    "the library's": tg.softmax,
    "own": own_softmax,
    "detached": lambda z: tg.softmax(z).detach(),
    "clipped": lambda z: tg.softmax(z).clip(1e-7, 1 - 1e-7),
    "average": lambda z: (tg.softmax(z) + own_softmax(z)) / 2,
    "own, detached": lambda z: own_softmax(z).detach(),
    "array": lambda z: own_softmax(z.numpy()),
    "constant": lambda z: tg.tensor(own_softmax(z.numpy())),
    "cast": lambda z: tg.softmax(z).astype(np.float64) * 1,
}


def logits(units):
    return Net(units, lambda z: z)(X)


@pytest.mark.parametrize("make", SIGMOIDS.values(), ids=SIGMOIDS)
def test_probabilities_of_a_sigmoid_of_ones_own(make):
    z = logits(1)
    p = make(z)
    expected = losses.bce_with_logits(z, BITS).item()
    assert losses.binary_crossentropy(p, BITS).item() == pytest.approx(expected, rel=1e-6)
    assert losses.binary_crossentropy(p, BITS, from_logits=False).item() == pytest.approx(
        expected, rel=1e-6
    )
    assert losses.weighted(
        losses.binary_crossentropy, p, BITS, np.ones(40)
    ).item() == pytest.approx(expected, rel=1e-6)
    right = metrics.binary_accuracy(p, BITS)
    assert right == ((z.numpy() > 0) == (BITS > 0.5)).mean() == metrics.binary_accuracy(z, BITS)


@pytest.mark.parametrize("make", SOFTMAXES.values(), ids=SOFTMAXES)
def test_probabilities_of_a_softmax_of_ones_own(make):
    z = logits(3)
    p = make(z)
    expected = losses.cross_entropy(z, LABELS).item()
    for loss, t in (
        (losses.sparse_categorical_crossentropy, LABELS),
        (losses.categorical_crossentropy, ONE_HOT),
    ):
        assert loss(p, t).item() == pytest.approx(expected, rel=1e-6)
        assert loss(p, t, from_logits=False).item() == pytest.approx(expected, rel=1e-6)
        assert losses.weighted(loss, p, t, np.ones(40)).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize(
    "make", [own_sigmoid, SIGMOIDS["clipped unit"], SIGMOIDS["average"], SIGMOIDS["halves"]]
)
def test_training_and_evaluating_on_them(make, jit):
    histories = []
    for output in (lambda z: z, make):
        model = Net(1, output)
        model.compile(
            tg.optim.Adam(learning_rate=0.05), "binary_crossentropy", metrics=["accuracy"]
        )
        seen = model.fit(X, BITS, epochs=3, batch_size=7, verbose=0, seed=0, jit=jit).history
        histories.append([*seen["loss"], *seen["accuracy"], *model.evaluate(X, BITS, verbose=0)])
    np.testing.assert_allclose(histories[0], histories[1], rtol=1e-5)
    assert histories[0][-1] > 0.8


@pytest.mark.parametrize("jit", [True, False])
def test_training_on_a_softmax_of_ones_own(jit):
    ends = []
    for output in (lambda z: z, own_softmax):
        model = Net(3, output)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(X, LABELS, epochs=2, verbose=0, seed=0, jit=jit)
        ends.append(model.evaluate(X, LABELS, verbose=0))
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda z: 1e-3 * z + 0.5,
        lambda z: z * 1e-3 + np.linspace(0.1, 0.9, 40)[:, None],
        lambda z: z * 0.01 + 0.2,
        lambda z: np.stack([z, z]).sum(axis=0) * 1e-3 + 0.3,
        lambda z: (tg.sigmoid(z) * z).sum(axis=-1, keepdims=True) * 1e-3 + 0.4,
        lambda z: tg.sigmoid(z) @ tg.tensor([[1.0]], requires_grad=True),
    ],
)
def test_a_linear_unit_returns_logits_wherever_they_lie(make):
    """By what made them, so that the next batch is read alike."""
    z = make(logits(1))
    assert ((z.numpy() >= 0) & (z.numpy() <= 1)).all()
    assert losses.binary_crossentropy(z, BITS).item() == losses.bce_with_logits(z, BITS).item()
    assert metrics.binary_accuracy(z, BITS) == ((z.numpy() > 0) == (BITS > 0.5)).mean()


def test_a_frozen_linear_model_is_evaluated_alike():
    model = Net(1, lambda z: z * 0.01 + 0.5)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    before = model.evaluate(X, BITS, verbose=0)
    for p in model.parameters():
        p.requires_grad = False
    assert model.evaluate(X, BITS, verbose=0) == before


UNDECIDED = {
    "array": lambda: tg.sigmoid(logits(1)).numpy(),
    "own": lambda: own_sigmoid(logits(1).numpy()),
    "constant": lambda: tg.tensor(own_sigmoid(logits(1).numpy())),
    "quotient": lambda: np.exp(logits(1)) / (1 + np.exp(logits(1))),
    "gate": lambda: logits(1) * tg.sigmoid(logits(1)),
    "mixture": lambda: (
        tg.sigmoid(logits(1)) * tg.tensor(0.3, requires_grad=True) + tg.sigmoid(logits(1)) * 0.7
    ),
    "product": lambda: tg.softplus(logits(1)),
}


@pytest.mark.parametrize("make", UNDECIDED.values(), ids=UNDECIDED)
def test_what_could_be_either_is_asked_for(make):
    p = make()
    for f in (
        losses.binary_crossentropy,
        metrics.binary_accuracy,
        metrics.accuracy(losses.binary_crossentropy),
    ):
        with pytest.raises(ValueError, match="logits or probabilities.*from_logits=False"):
            f(p, BITS)
    assert (
        losses.binary_crossentropy(p, BITS, from_logits=True).item()
        == losses.bce_with_logits(p, BITS, from_logits=True).item()
    )
    right = ((np.asarray(getattr(p, "_data", p)) > 0) == BITS).mean()
    assert metrics.binary_accuracy(p, BITS, from_logits=True) == right


def test_rows_in_01_that_do_not_sum_to_1_are_asked_for():
    for p in (
        own_sigmoid(logits(3)),
        own_sigmoid(logits(3).numpy()),
        tg.softmax(logits(3)).numpy() * 0.5,
    ):
        for loss, t in (
            (losses.sparse_categorical_crossentropy, LABELS),
            (losses.categorical_crossentropy, ONE_HOT),
        ):
            with pytest.raises(ValueError, match="do not sum to 1.*from_logits"):
                loss(p, t)
    p = own_sigmoid(logits(3).numpy())
    # as Keras reads them when it is told that they are
    rows = p / p.sum(axis=1, keepdims=True)
    assert losses.categorical_crossentropy(p, ONE_HOT, from_logits=False).item() == pytest.approx(
        -np.log(rows[range(40), LABELS]).mean()
    )


def test_arrays_outside_01_are_logits():
    z = logits(3).numpy() * 3
    assert (
        losses.sparse_categorical_crossentropy(z, LABELS).item()
        == losses.cross_entropy(z, LABELS).item()
    )
    assert (
        losses.binary_crossentropy(z[:, :1], BITS).item()
        == losses.bce_with_logits(z[:, :1], BITS).item()
    )


def test_what_contradicts_itself_is_refused():
    z = logits(1)
    with pytest.raises(ValueError, match="from_logits=True.* sigmoid returned"):
        losses.binary_crossentropy(tg.sigmoid(z), BITS, from_logits=True)
    with pytest.raises(ValueError, match=r"from_logits=False.*probabilities lie in \[0, 1\]"):
        losses.binary_crossentropy(z * 9, BITS, from_logits=False)
    for loss, p, t in (
        (losses.bce_with_logits, own_sigmoid(z), BITS),
        (losses.cross_entropy, (tg.softmax(logits(3)) + tg.softmax(logits(3))) / 2, LABELS),
    ):
        with pytest.raises(ValueError, match=r"can only lie in \[0, 1\]"):
            loss(p, t)
    softmax = tg.softmax(logits(3))
    with pytest.raises(ValueError, match="got what softmax returned"):
        losses.binary_crossentropy(softmax, ONE_HOT)
    p = softmax.numpy()  # and so Keras, told what it is
    assert losses.binary_crossentropy(softmax, ONE_HOT, from_logits=False).item() == pytest.approx(
        -np.mean(ONE_HOT * np.log(p) + (1 - ONE_HOT) * np.log(1 - p)), rel=1e-6
    )


def test_probabilities_of_0_and_1_cost_what_keras_says():
    p = np.array([[1.0, 0.0]])
    for loss, t in (
        (losses.sparse_categorical_crossentropy, [1]),
        (losses.categorical_crossentropy, [[0.0, 1.0]]),
    ):
        assert loss(p, np.array(t)).item() == pytest.approx(-np.log(1e-7), rel=1e-6)
    assert losses.binary_crossentropy(
        p, np.array([[0.0, 0.0]]), from_logits=False
    ).item() == pytest.approx(-np.log(1e-7) / 2, rel=1e-6)


@pytest.mark.parametrize("make", [own_sigmoid, SIGMOIDS["clipped unit"], SIGMOIDS["average"]])
def test_gradients_through_probabilities(make):
    found = []
    for output in (lambda z: z, make):
        model = Net(1, output)
        losses.binary_crossentropy(model(X), BITS).backward()
        found.append(model.linear.weight.grad)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


def test_the_reference_is_on_the_result_and_marks_nothing():
    z = tg.tensor(X[:, :3], requires_grad=True, name="z")
    p = tg.softmax(z)
    assert p.attached.behind == (ops.softmax, z, ())
    assert (
        (p[:5] * 1).attached.behind is None
        and z.attached.behind is None
        and tg.softmax(z, axis=0).attached.behind is None
    )
    before = (z.attached.frames, z.step, z.op, z.name)
    losses.cross_entropy(p[:5].detach(), LABELS[:5])
    assert (z.attached.frames, z.step, z.op, z.name) == before
    with tg.no_grad():
        assert tg.softmax(z).attached.behind.logits is z


def test_a_jitted_cost_asks_for_what_it_cannot_see():
    p, t = own_softmax(X[:, :3]), LABELS
    jitted = tg.jit(losses.sparse_categorical_crossentropy)
    with pytest.raises(tg.TraceError, match="from_logits"):
        jitted(tg.tensor(p), t)
    told = tg.jit(partial(losses.sparse_categorical_crossentropy, from_logits=False))
    for _ in range(3):
        assert told(tg.tensor(p), t).item() == losses.sparse_categorical_crossentropy(p, t).item()


def test_a_jitted_function_keeps_the_logits_behind_what_it_takes_and_returns():
    z = tg.tensor(X[:, :3], requires_grad=True)
    p = tg.softmax(z)
    for given in (p, p.detach()):
        with pytest.raises(tg.TraceError, match="logits"):
            tg.jit(lambda p: losses.cross_entropy(p, LABELS))(given)
    with pytest.raises(tg.TraceError, match="logits behind it"):
        tg.jit(lambda z: tg.softmax(z).detach())(z)
    jitted = tg.jit(lambda z: tg.softmax(z * 2.0)[:10])
    for _ in range(3):
        assert (
            losses.cross_entropy(jitted(z), LABELS[:10]).item()
            == losses.cross_entropy(2.0 * z[:10], LABELS[:10]).item()
        )


def test_detached_probabilities_hold_no_graph():
    z = tg.tensor(X[:, :3], requires_grad=True) * 1.0
    p = tg.softmax(z).detach()
    assert p.attached.behind.logits.op is None and not p.attached.behind.logits.requires_grad
    gone = weakref.ref(z)
    del z
    assert gone() is None


# In compile


@pytest.mark.parametrize(
    "make, loss, t",
    [
        (losses.BinaryCrossentropy, losses.binary_crossentropy, BITS),
        (losses.CategoricalCrossentropy, losses.categorical_crossentropy, ONE_HOT),
        (losses.SparseCategoricalCrossentropy, losses.sparse_categorical_crossentropy, LABELS),
    ],
)
def test_kerass_classes(make, loss, t):
    units = 1 if t is BITS else 3
    for from_logits, output in (
        (None, lambda z: z),
        (True, lambda z: z * tg.sigmoid(z)),
        (False, lambda z: np.exp(z) / (1 + np.exp(z))),
    ):
        model = Net(units, output)
        model.compile("adam", make(from_logits=from_logits), metrics=["accuracy"])
        model.fit(X, t, verbose=0, sample_weight=np.ones(40), seed=0)
        value, right = model.evaluate(X, t, verbose=0)
        assert value == pytest.approx(loss(model(X), t, from_logits=from_logits).item())
        p = model.predict(X)
        middle = 0.5 if from_logits is False else 0
        assert right == (((p > middle) == t) if units == 1 else p.argmax(1) == LABELS).mean()


# Accuracy


def rows_right(p):
    return (p.argmax(axis=1) == LABELS).mean()


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize(
    "loss, output, t",
    [
        ("mse", None, ONE_HOT),
        ("mse", "softmax", ONE_HOT),
        ("binary_crossentropy", "sigmoid", ONE_HOT),
        ("binary_crossentropy", None, ONE_HOT),
        ("bce_with_logits", None, ONE_HOT),
        ("mse", None, ONE_HOT.astype(np.uint8)),
        ("categorical_crossentropy", None, ONE_HOT),
        ("cross_entropy", "softmax", LABELS),
    ],
)
def test_accuracy_counts_rows_where_there_are_classes(loss, output, t, jit):
    """As Keras: by the shapes of prediction and target, whatever the loss is."""
    model = nn.MLP(4, 3, output=output, seed=1, dtype=np.float64)
    model.compile("sgd", loss, metrics=["accuracy"])
    assert model.evaluate(X, t, verbose=0)[1] == rows_right(model.predict(X))
    before = rows_right(model.predict(X))
    assert model.fit(X, t, batch_size=40, verbose=0, jit=jit).history["accuracy"] == [before]


@pytest.mark.parametrize(
    "loss, output, middle",
    [
        ("mse", None, 0.5),
        ("binary_crossentropy", "sigmoid", 0.5),
        ("binary_crossentropy", None, 0.0),
        ("bce_with_logits", None, 0.0),
    ],
)
def test_accuracy_counts_entries_where_there_is_one_column(loss, output, middle):
    model = nn.MLP(4, 1, output=output, seed=1, dtype=np.float64)
    model.compile(
        "sgd", loss, metrics=["accuracy", "binary_accuracy"] if loss != "mse" else ["accuracy"]
    )
    for t in (BITS, BITS[:, 0]):
        found = model.evaluate(X, t, verbose=0)
        assert found[1:] == [((model.predict(X) > middle) == BITS).mean()] * (len(found) - 1)


def test_kerass_names_of_metrics():
    model = nn.MLP(4, 3, output="sigmoid", seed=1)
    model.compile("sgd", "binary_crossentropy", metrics=["binary_accuracy", "categorical_accuracy"])
    p = model.predict(X)
    assert model.evaluate(X, ONE_HOT, verbose=0)[1:] == pytest.approx(
        [((p > 0.5) == ONE_HOT).mean(), rows_right(p)]
    )


def test_a_metric_of_ones_own_may_return_a_tensor():
    def off(prediction, target):
        return abs(prediction - target).mean()

    for jit in (True, False):
        model = nn.MLP(4, 1, seed=1, dtype=np.float64)
        model.compile("sgd", "mse", metrics=[off])
        expected = np.abs(model.predict(X) - BITS).mean()
        assert model.fit(X, BITS, batch_size=40, verbose=0, jit=jit).history[
            "off"
        ] == pytest.approx([expected])
        assert model.evaluate(X, BITS, verbose=0)[1] == pytest.approx(
            np.abs(model.predict(X) - BITS).mean()
        )


# What cannot happen costs nothing


@pytest.mark.parametrize(
    "loss, z, t",
    [
        (losses.categorical_crossentropy, [[0.0, -np.inf]], [[1.0, 0.0]]),
        (losses.categorical_cross_entropy, [[-np.inf, 3.0, 3.0]], [[0.0, 0.5, 0.5]]),
        (losses.cross_entropy, [[0.0, -np.inf]], [0]),
        (losses.bce_with_logits, [[np.inf]], [[1.0]]),
        (losses.binary_crossentropy, [[-np.inf], [np.inf]], [[0.0], [1.0]]),
    ],
)
def test_infinite_logits(loss, z, t):
    z, t = np.array(z), np.array(t)
    expected = np.log(2) if z.shape[1] == 3 else 0
    for weighted in (False, True):
        x = tg.tensor(z, requires_grad=True)
        y = losses.weighted(loss, x, t, np.ones(len(t))) if weighted else loss(x, t)
        y.backward()
        assert y.item() == pytest.approx(expected, abs=1e-12) and np.isfinite(x.grad).all()
        np.testing.assert_allclose(x.grad, 0, atol=1e-12)


def test_what_does_happen_costs_infinitely():
    assert losses.bce_with_logits(np.array([np.inf]), np.array([0.0])).item() == np.inf
    assert (
        losses.categorical_crossentropy(np.array([[0.0, -np.inf]]), np.array([[0.0, 1.0]])).item()
        == np.inf
    )


def test_the_gradient_for_a_target_of_0_is_not_lost():
    """Soft targets may be tracked too: dL/dt = -log p, at t = 0 as elsewhere."""
    z, t = np.array([[1.0, 2.0]]), tg.tensor([[0.0, 1.0]], requires_grad=True)
    losses.categorical_crossentropy(tg.tensor(z), t).backward()
    np.testing.assert_allclose(t.grad, -(z - np.log(np.exp(z).sum())))
