"""What an epoch is, what is reproducible, and validation."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim

from .models import X, Y, bits, linear, plain

# What an epoch is


class Recorder(nn.Module):
    """A linear model that notes which examples it was given; example k is row k of X."""

    def __init__(self):
        self.w, self.seen = (
            tg.tensor(np.zeros((3, 1), np.float32), requires_grad=True, name="w"),
            [],
        )

    def forward(self, x):
        self.seen.append([int(np.flatnonzero((row == X).all(axis=1))[0]) for row in x])
        return x @ self.w


@pytest.mark.parametrize(
    "batch_size, sizes", [(20, [20, 20, 10]), (50, [50]), (64, [50]), (1, [1] * 50), (49, [49, 1])]
)
@pytest.mark.parametrize("shuffle", [True, False])
def test_each_epoch_sees_all_once_in_batches_the_last_smaller(batch_size, sizes, shuffle):
    model = Recorder()
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size=batch_size, epochs=2, shuffle=shuffle, verbose=0, seed=1)
    batches = model.seen[1:]  # the first call builds the model
    assert [len(b) for b in batches] == sizes * 2
    first, second = (sum(batches[k : k + len(sizes)], []) for k in (0, len(sizes)))
    assert sorted(first) == sorted(second) == list(range(50))
    if shuffle:
        assert len({tuple(order) for order in (first, second, range(50))}) == 3
    else:
        assert first == second == list(range(50))


def test_the_loss_of_an_epoch_is_the_mean_over_examples():
    model = linear(optimizer=optim.SGD(learning_rate=0.0), metrics=["mae", "mse"])
    history = model.fit(X, Y, batch_size=16, verbose=0, validation_data=(X[:21], Y[:21])).history
    error = plain(model, X) - Y
    expected = {
        "loss": (error**2).mean(),
        "mae": np.abs(error).mean(),
        "mse": (error**2).mean(),
        "val_loss": (error[:21] ** 2).mean(),
        "val_mae": np.abs(error[:21]).mean(),
        "val_mse": (error[:21] ** 2).mean(),
    }
    assert list(history) == list(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(history[name], [value], rtol=1e-5)


def test_loss_and_metric_are_of_the_same_prediction():
    """Of one that is a view of a parameter, which a step changes."""

    class Constant(nn.Module):
        def __init__(self):
            self.c = tg.tensor([[5.0]], requires_grad=True)

        def forward(self, x):
            return tg.broadcast_to(self.c, shape=(len(x), 1))

    model = Constant()
    model.compile(optim.SGD(learning_rate=0.5), "mse", metrics=["mse"])
    history = model.fit(X, np.zeros(50), batch_size=50, verbose=0).history
    assert history["loss"] == history["mse"] == [25.0]


def test_fit_is_gradient_descent():
    """Three full-batch epochs by hand, float64."""
    model = linear(optimizer=optim.SGD(learning_rate=0.1), dtype=np.float64)
    W, b = (p.numpy() for p in model.parameters())
    x, y, losses = X.astype(float), Y.astype(float), []
    for _ in range(3):
        error = x @ W + b - y
        losses.append((error**2).mean())
        W, b = W - 0.1 * 2 / 50 * x.T @ error, b - 0.1 * 2 / 50 * error.sum(axis=0)
    history = model.fit(x, y, batch_size=50, epochs=3, verbose=0)
    np.testing.assert_allclose(history.history["loss"], losses, rtol=1e-12)
    np.testing.assert_allclose(model.layers[0].weight.data, W, rtol=1e-12)
    np.testing.assert_allclose(model.layers[0].bias.data, b, rtol=1e-12)
    assert history.epoch == [0, 1, 2]
    assert model.history is history


def test_fit_changes_neither_data_nor_numpys_generator():
    x, y = X.copy(), Y.copy()
    x.flags.writeable = y.flags.writeable = False
    state = np.random.get_state()[1].tobytes()
    linear().fit(x, y, verbose=0, validation_split=0.2)
    assert np.random.get_state()[1].tobytes() == state


# Reproducible


def fitted(seed, fit_seed=None, **kw):
    model = linear(optimizer="adam", seed=seed)
    model.fit(X, Y, epochs=2, batch_size=8, verbose=0, seed=fit_seed, **kw)
    return bits(model)


def test_seeds():
    assert fitted(0) == fitted(0)
    assert fitted(0, 1) == fitted(0, 1)
    assert fitted(0, 1) != fitted(0, 2)
    assert fitted(0) != fitted(1)
    assert fitted(0, 1) != fitted(0, 1, shuffle=False)


def test_the_order_of_the_data_is_another_stream_than_the_weights():
    """The first numbers drawn for shuffling are not those that the first layer was drawn from."""
    from tinygrad_edu.training.examples import EpochOrders

    for seed in (0, 7, np.random.SeedSequence(3)):
        weights = np.random.default_rng(seed).random(4)
        order = np.random.default_rng(EpochOrders(seed).stream(0)).random(4)
        children = [
            np.random.default_rng(s).random(4)
            for s in np.random.SeedSequence(seed if isinstance(seed, int) else seed.entropy).spawn(
                8
            )
        ]
        assert not any(np.array_equal(order, other) for other in [weights, *children])


@pytest.mark.parametrize("verbose", [1, 2])
def test_reporting_and_validating_do_not_change_training(verbose):
    assert fitted(0) == fitted(0, validation_data=(X[:5], Y[:5]))
    model = linear(optimizer="adam", metrics=["mae"])
    model.fit(X, Y, epochs=2, batch_size=8, verbose=verbose)
    assert bits(model) == fitted(0)


@pytest.mark.parametrize("options", [{}, {"seed": 5}, {"shuffle": False}], ids=str)
def test_a_second_fit_goes_on_where_the_first_ended(options):
    """A loop of fit(epochs=1) is one fit, with the order of the data: no order comes twice."""
    once, twice, thrice = (linear(optimizer="adam") for _ in range(3))
    history = once.fit(X, Y, epochs=4, verbose=0, **options).history
    for _ in range(2):
        twice.fit(X, Y, epochs=2, verbose=0, **options)
    for k in range(4):
        thrice.fit(X, Y, initial_epoch=k, epochs=k + 1, verbose=0, **options)
        assert (
            thrice.history.epoch == [k]
            and thrice.history.history["loss"] == history["loss"][k : k + 1]
        )
    assert bits(once) == bits(twice) == bits(thrice)
    assert twice.plan.optimizer.iterations == 8
    assert twice.history.epoch == [0, 1]


@pytest.mark.parametrize("seed", [None, 3, np.random.SeedSequence(3), np.random.default_rng(3)])
def test_each_call_of_one_epoch_has_an_order_of_its_own(seed):
    model = Recorder()
    model.compile("sgd", "mse")
    for _ in range(3):
        model.fit(X, Y, batch_size=50, verbose=0, seed=seed)
    orders = model.seen[1::2]
    assert len({tuple(o) for o in orders}) == 3 and all(
        sorted(o) == list(range(50)) for o in orders
    )


def test_the_order_of_a_seed_is_the_same_in_fit_and_model():
    """`fit(seed=7)` is what a model of seed 7 does by itself."""
    a, b = linear(seed=7), linear(seed=7)
    a.fit(X, Y, epochs=2, verbose=0, batch_size=4)
    b.fit(X, Y, epochs=2, verbose=0, batch_size=4, seed=7)
    assert bits(a) == bits(b)


def test_initial_epoch(capsys):
    model = linear()
    history = model.fit(X, Y, initial_epoch=3, epochs=5, verbose=2)
    assert history.epoch == [3, 4] and len(history.history["loss"]) == 2
    assert capsys.readouterr().out.splitlines()[::2] == ["Epoch 4/5", "Epoch 5/5"]
    assert model.fit(X, Y, initial_epoch=5, epochs=5, verbose=0).epoch == []


def test_compile_starts_the_optimizer_anew_and_keeps_the_weights():
    model = linear(optimizer="adam")
    model.fit(X, Y, verbose=0)
    before = bits(model)
    model.compile("sgd", "mse")
    assert bits(model) == before
    model.fit(X, Y, verbose=0)
    assert model.plan.optimizer.iterations == 2
    assert bits(model) != before


def test_epochs_0_builds_and_trains_nothing():
    model = nn.Sequential([nn.Dense(1)], seed=0)
    model.compile("sgd", "mse")
    history = model.fit(X, Y, epochs=0, verbose=0)
    assert (history.history, history.epoch) == ({}, [])
    assert model.layers[0].built


# Validation


def test_validation_split_is_the_end_before_shuffling():
    model = Recorder()
    model.compile(optim.SGD(learning_rate=0.0), "mse")
    history = model.fit(X, Y, validation_split=0.2, batch_size=100, epochs=2, verbose=0)
    assert [len(b) for b in model.seen] == [1, 40, 10, 40, 10]
    assert sorted(model.seen[1]) == list(range(40)) != model.seen[1]
    assert model.seen[2] == model.seen[4] == list(range(40, 50))
    np.testing.assert_allclose(history.history["val_loss"], (Y[40:] ** 2).mean(), rtol=1e-6)
    np.testing.assert_allclose(history.history["loss"], (Y[:40] ** 2).mean(), rtol=1e-6)


def test_validation_data_wins_and_is_that_of_the_epochs_end():
    model = linear()
    history = model.fit(X, Y, validation_data=(X[:5], Y[:5]), validation_split=0.5, verbose=0)
    np.testing.assert_allclose(
        history.history["val_loss"], [model.evaluate(X[:5], Y[:5], verbose=0)]
    )
