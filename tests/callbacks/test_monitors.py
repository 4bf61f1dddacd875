"""EarlyStopping, ReduceLROnPlateau, TerminateOnNaN and LearningRateScheduler do what Keras' do."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_edu import nn, optim
from tinygrad_edu.callbacks import (
    Callback,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ReduceLROnPlateau,
    TerminateOnNaN,
)

X = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
Y = X[:, :1] * 2 - 1


def model(rate=0.1, loss="mse"):
    made = nn.Sequential([nn.Dense(1)], seed=0)
    made.compile(optim.SGD(learning_rate=rate), loss)
    return made


def run(values, callback, **options):
    """Train while the loss is said to be these."""
    said = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(loss=values[epoch]))
    net = model()
    return net, net.fit(X, Y, epochs=len(values), verbose=0, callbacks=[said, callback], **options)


# EarlyStopping


@pytest.mark.parametrize(
    "values, options, epochs",
    [
        ([5, 4, 3, 2, 1], {"baseline": 0.5, "patience": 3}, 5),
        ([5, 4, 3, 3, 3, 3], {"baseline": 4.5, "patience": 2}, 5),
        ([5, 4, 4, 4, 4, 4], {"baseline": 1.0, "patience": 2}, 3),
        ([9, 9, 9, 9, 9], {"start_from_epoch": 3}, 5),
        ([9, 9, 9, 9, 9], {"start_from_epoch": 1, "patience": 2}, 4),
        ([np.nan, 3, 2, 2, 2], {"patience": 2}, 5),
        ([3, np.nan, np.nan, 2], {"patience": 2}, 3),
    ],
)
def test_baseline_and_the_first_epochs(values, options, epochs):
    _, history = run(values, EarlyStopping("loss", **options))
    assert len(history.epoch) == epochs


def test_the_best_epoch_is_noted_without_restoring_too():
    stopping = EarlyStopping("loss", patience=2)
    _, history = run([5, 3, 4, 4, 4], stopping)
    assert (stopping.best_epoch, stopping.stopped_epoch, history.restored_epoch) == (1, 3, None)


def test_weights_come_back_where_nothing_was_ever_better():
    weights = []
    net, history = run(
        [np.nan] * 4, EarlyStopping("loss", patience=3, restore_best_weights=True), shuffle=False
    )
    twin = model()
    twin.fit(
        X,
        Y,
        epochs=4,
        verbose=0,
        shuffle=False,
        callbacks=LambdaCallback(
            on_epoch_end=lambda *_: weights.append(twin.parameters()[0].numpy())
        ),
    )
    assert history.restored_epoch == 0
    np.testing.assert_array_equal(net.parameters()[0].numpy(), weights[0])


def test_epochs_without_validation_do_not_count():
    """Where validation comes every second epoch, the others have nothing to say."""
    net, stopping = model(), EarlyStopping(patience=1, mode="max")
    history = net.fit(
        X, Y, epochs=10, verbose=0, validation_split=0.25, validation_freq=2, callbacks=stopping
    )
    assert (
        len(history.epoch) == 4
        and len(history.history["val_loss"]) == 2
        and stopping.best_epoch == 1
    )


def test_it_says_what_it_does(capsys):
    run([5, 3, 4, 4], EarlyStopping("loss", patience=1, verbose=1, restore_best_weights=True))
    out = capsys.readouterr().out
    assert "Epoch 3: early stopping" in out and "from the end of the best epoch: 2." in out


# ReduceLROnPlateau


def rates(values, **options):
    _, history = run(values, ReduceLROnPlateau("loss", factor=0.5, min_delta=0.0, **options))
    return history.history["learning_rate"]


def test_the_rate_is_in_the_history_as_it_was_in_the_epoch():
    assert rates([5, 5, 5, 5, 4, 4], patience=2) == [0.1, 0.1, 0.1, 0.05, 0.05, 0.05]


def test_a_cooldown_is_waited_for():
    assert rates([5] * 7, patience=1) == [0.1, 0.1, 0.05, 0.025, 0.0125, 0.00625, 0.003125]
    assert rates([5] * 7, patience=1, cooldown=2) == [0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.0125]


def test_a_rate_below_the_floor_is_not_raised():
    assert rates([5] * 4, patience=1, min_lr=0.5) == [0.1] * 4
    assert rates([5] * 5, patience=1, min_lr=0.04) == [0.1, 0.1, 0.05, 0.04, 0.04]


# TerminateOnNaN


class Batches(Callback):
    def __init__(self):
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_ends_the_epoch_and_a_second_fit_too(value, jit, capsys):
    y = Y.copy()
    y[5] = value
    callback, batches = TerminateOnNaN(), Batches()
    net = model()
    for verbose in (0, 2):
        with np.errstate(all="ignore"):
            history = net.fit(
                X,
                y,
                batch_size=2,
                epochs=3,
                shuffle=False,
                verbose=verbose,
                jit=jit,
                callbacks=[callback, batches],
            )
        # by then the weights are NaN themselves
        assert callback.stopped_batch == (2 if verbose == 0 else 0)
        assert history.epoch == [0]
    assert batches.seen == [0, 1, 2, 0]
    assert "Batch 0: the loss is nan; training ends." in capsys.readouterr().out
    net = model()
    assert (
        net.fit(X, Y, verbose=0, callbacks=callback).epoch == [0] and callback.stopped_batch is None
    )


# LearningRateScheduler


@pytest.mark.parametrize(
    "schedule, expected",
    [
        (lambda epoch, rate: rate / 2, [0.05, 0.025, 0.0125]),
        (lambda epoch: 1.0 / (1 + epoch), [1, 0.5, 1 / 3]),
        (lambda epoch, rate=7.0: rate / 2, [0.05, 0.025, 0.0125]),
        (lambda *args: args[0] + 1, [1, 2, 3]),
        (lambda epoch, lr: np.float32(0.5), [0.5] * 3),
    ],
)
def test_a_schedule_takes_the_epoch_and_may_take_the_rate(schedule, expected):
    history = (
        model().fit(X, Y, epochs=3, verbose=0, callbacks=LearningRateScheduler(schedule)).history
    )
    assert history["learning_rate"] == pytest.approx(expected)


def test_an_error_inside_a_schedule_is_not_taken_for_a_missing_argument():
    with pytest.raises(TypeError, match="unsupported operand"):
        model().fit(
            X, Y, verbose=0, callbacks=LearningRateScheduler(lambda epoch, rate: rate + "1")
        )


@pytest.mark.parametrize("rate", [None, "0.1", -1.0, np.nan, True])
def test_what_is_no_rate(rate):
    with pytest.raises(ValueError, match="return a rate"):
        model().fit(X, Y, verbose=0, callbacks=LearningRateScheduler(lambda epoch: rate))


def test_it_says_what_it_sets(capsys):
    model().fit(X, Y, verbose=0, callbacks=LearningRateScheduler(lambda epoch: 0.5, verbose=1))
    assert "Epoch 1: LearningRateScheduler setting learning rate to 0.5." in capsys.readouterr().out
