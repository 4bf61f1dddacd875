"""Data drawn anew: shapes, dtypes, the formulas, a seed the same twice, and that a network learns
them."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import datasets, nn

TWO = ["moons", "circles"]
SEVERAL = ["spirals", "blobs"]
ALL = [*TWO, *SEVERAL, "regression_1d"]


def make(name, *args, **options):
    return getattr(datasets, name)(*args, **options)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("n", [3, 7, 100])
def test_shapes_and_dtypes(name, n):
    X, y = make(name, n)
    assert X.shape == (n, 1 if name == "regression_1d" else 2) and X.dtype == np.float32
    assert (y.shape, y.dtype) == (((n,), np.int64) if name in SEVERAL else ((n, 1), np.float32))
    assert np.isfinite(X).all() and X.flags.writeable and y.flags.writeable


@pytest.mark.parametrize("name", ALL)
def test_a_seed_gives_the_same_numbers_twice_and_another_seed_others(name):
    state = np.random.get_state()[1].tobytes()
    first, again, other = make(name, 50, seed=3), make(name, 50, seed=3), make(name, 50, seed=4)
    assert [a.tobytes() for a in first] == [a.tobytes() for a in again]
    assert first[0].tobytes() != other[0].tobytes()
    assert np.random.get_state()[1].tobytes() == state
    assert make(name, 50)[0].tobytes() == make(name, 50, seed=0)[0].tobytes()
    assert make(name, 50, seed=None)[0].tobytes() != make(name, 50, seed=None)[0].tobytes()


@pytest.mark.parametrize("name", ALL)
def test_a_generator_goes_on_where_it_stands(name):
    rng = np.random.default_rng(3)
    first, second = make(name, 50, seed=rng), make(name, 50, seed=rng)
    assert first[0].tobytes() == make(name, 50, seed=3)[0].tobytes() != second[0].tobytes()


@pytest.mark.parametrize("name", [*TWO, *SEVERAL])
@pytest.mark.parametrize("n", [10, 11])
def test_classes_are_as_even_as_can_be_and_in_no_order(name, n):
    y = make(name, n)[1].reshape(-1).astype(int)
    counts = np.bincount(y)
    assert counts.max() - counts.min() <= 1 and counts.sum() == n
    assert y.tolist() != sorted(y.tolist())


def test_moons_without_noise_are_half_circles():
    X, y = datasets.moons(400, noise=0)
    low = y[:, 0] == 1
    np.testing.assert_allclose(np.hypot(*X[~low].T), 1, atol=1e-6)
    np.testing.assert_allclose(np.hypot(*(X[low] - [1, 0.5]).T), 1, atol=1e-6)
    assert X[~low, 1].min() >= 0 and X[low, 1].max() <= 0.5
    assert np.ptp(X[~low, 0]) > 1.9 and np.ptp(X[low, 0]) > 1.9


@pytest.mark.parametrize("factor", [0.3, 0.8])
def test_circles_without_noise_are_circles(factor):
    X, y = datasets.circles(400, noise=0, factor=factor)
    np.testing.assert_allclose(np.hypot(*X.T), np.where(y[:, 0] == 1, factor, 1), atol=1e-6)
    assert all(
        (X[y[:, 0] == k][:, j] < 0).mean() == pytest.approx(0.5, abs=0.15)
        for k in (0, 1)
        for j in (0, 1)
    )


@pytest.mark.parametrize("classes", [1, 2, 5])
def test_spirals_without_noise_are_spirals(classes):
    X, y = datasets.spirals(400, classes=classes, turns=1.5, noise=0)
    r, angle = np.hypot(*X.T.astype(float)), np.arctan2(X[:, 1], X[:, 0]) / (2 * np.pi)
    off = angle - 1.5 * r - y / classes
    np.testing.assert_allclose(off - np.round(off), 0, atol=1e-4)
    assert 0 <= r.min() and r.max() <= 1 and len(np.bincount(y)) == classes


def test_blobs_lie_around_their_centres():
    X, y = datasets.blobs(6000, classes=4, features=3, std=0.2)
    assert X.shape == (6000, 3)
    for k in range(4):
        cloud = X[y == k]
        np.testing.assert_allclose(cloud.std(axis=0), 0.2, rtol=0.1)
        assert (np.abs(cloud.mean(axis=0)) < 3.1).all()
    tight, label = datasets.blobs(50, std=0)
    assert len(np.unique(tight, axis=0)) == 3 == len(np.unique(label))


def test_the_curve_and_its_noise():
    X, y = datasets.regression_1d(5000, noise=0.3)
    assert (np.diff(X[:, 0]) >= 0).all() and -1 <= X.min() < -0.9 and 0.9 < X.max() <= 1
    rest = y - np.sin(np.pi * X)
    assert rest.std() == pytest.approx(0.3, rel=0.05) and abs(rest.mean()) < 0.02


@pytest.mark.parametrize(
    "call, word",
    [
        (lambda: datasets.moons(1), "n=1 is fewer"),
        (lambda: datasets.blobs(2), "n=2 is fewer"),
        (lambda: datasets.regression_1d(0), "n=0 is fewer"),
        (lambda: datasets.moons(noise=-1), "noise=-1 is no"),
        (lambda: datasets.circles(noise=np.nan), "noise=nan"),
        (lambda: datasets.blobs(std=np.inf), "std=inf"),
        (lambda: datasets.circles(factor=1), "factor=1"),
        (lambda: datasets.circles(factor=0), "factor=0"),
        (lambda: datasets.spirals(classes=0), "classes=0"),
        (lambda: datasets.blobs(classes=-1), "classes=-1"),
        (lambda: datasets.blobs(features=0), "features=0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, word):
    with pytest.raises(ValueError, match=word):
        call()


@pytest.mark.parametrize("name", TWO)
def test_two_classes_are_learned_with_a_sigmoid_unit(name):
    X, y = make(name, noise=0.05)
    model = nn.Sequential([nn.Dense(16, "tanh"), nn.Dense(1, "sigmoid")], seed=0)
    model.compile(tg.optim.Adam(learning_rate=0.03), "binary_crossentropy", metrics=["accuracy"])
    model.fit(X, y, epochs=60, verbose=0)
    assert model.evaluate(*make(name, noise=0.05, seed=1), verbose=0)[1] > 0.97
    line = nn.Sequential([nn.Dense(1, "sigmoid")], seed=0)
    line.compile(tg.optim.Adam(learning_rate=0.03), "binary_crossentropy", metrics=["accuracy"])
    line.fit(X, y, epochs=60, verbose=0)
    assert line.evaluate(X, y, verbose=0)[1] < 0.93


@pytest.mark.parametrize("name", SEVERAL)
def test_several_classes_are_learned_with_softmax(name):
    X, y = make(name)
    for target, loss in (
        (y, "sparse_categorical_crossentropy"),
        (tg.to_categorical(y), "categorical_crossentropy"),
    ):
        model = nn.Sequential([nn.Dense(24, "tanh"), nn.Dense(3, "softmax")], seed=0)
        model.compile(tg.optim.Adam(learning_rate=0.03), loss, metrics=["accuracy"])
        model.fit(X, target, epochs=60, verbose=0)
        assert model.evaluate(X, target, verbose=0)[1] > 0.95


def test_the_curve_is_learned():
    X, y = datasets.regression_1d(noise=0.05)
    model = nn.Sequential([nn.Dense(16, "tanh"), nn.Dense(1)], seed=0)
    model.compile(tg.optim.Adam(learning_rate=0.03), "mse")
    model.fit(X, y, epochs=200, verbose=0)
    assert model.evaluate(X, y, verbose=0) < 0.02
