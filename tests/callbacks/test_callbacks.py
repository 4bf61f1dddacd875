"""Callbacks are called in Keras' order with Keras' numbers, and early stopping keeps the best
epoch."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_edu import nn
from tinygrad_edu.callbacks import Callback, EarlyStopping, LambdaCallback, ReduceLROnPlateau

X = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
Y = X[:, :1] * 2 - 1


def model():
    found = nn.Sequential([nn.Dense(1)], seed=0)
    found.compile("sgd", "mse")
    return found


class Diary(Callback):
    def __init__(self):
        self.lines = []

    def on_train_begin(self):
        self.lines.append("train")

    def on_train_end(self):
        self.lines.append("end")

    def on_epoch_begin(self, epoch):
        self.lines.append(f"epoch {epoch}")

    def on_epoch_end(self, epoch, logs):
        self.lines.append((epoch, dict(logs)))

    def on_train_batch_end(self, batch, logs):
        self.lines.append(f"batch {batch} {sorted(logs)}")


def test_the_order_and_the_numbers():
    diary, net = Diary(), model()
    history = net.fit(
        X, Y, batch_size=8, epochs=2, validation_split=0.25, verbose=0, callbacks=[diary]
    )
    batches = ["batch 0 ['loss']", "batch 1 ['loss']"]
    logs = [{k: v[e] for k, v in history.history.items()} for e in range(2)]
    assert diary.lines == [
        "train",
        "epoch 0",
        *batches,
        (0, logs[0]),
        "epoch 1",
        *batches,
        (1, logs[1]),
        "end",
    ]
    assert set(logs[0]) == {"loss", "val_loss"} and diary.model is net


def test_callbacks_change_nothing_in_the_training():
    nets = model(), model()
    nets[0].fit(X, Y, epochs=3, verbose=0, seed=1)
    nets[1].fit(X, Y, epochs=3, verbose=0, seed=1, callbacks=[Diary()])
    for a, b in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_stop_training_ends_after_the_epoch_and_the_next_fit_begins_anew():
    net = model()

    def stop(epoch, logs):
        net.stop_training = epoch == 1

    assert (
        len(net.fit(X, Y, epochs=9, verbose=0, callbacks=[LambdaCallback(on_epoch_end=stop)]).epoch)
        == 2
    )
    assert len(net.fit(X, Y, epochs=3, verbose=0).epoch) == 3


def run(values, **options):
    """Early stopping over these values, with a weight that tells the epoch."""
    net = model()
    net(X)
    stopping = EarlyStopping("val_loss", **options)
    stopping.model, net.stop_training = net, False
    stopping.on_train_begin()
    for epoch, value in enumerate(values):
        net.parameters()[0].overwrite(np.full((3, 1), epoch, np.float32))
        stopping.on_epoch_end(epoch, {"val_loss": value, "loss": 0})
        if net.stop_training:
            break
    stopping.on_train_end()
    return stopping, epoch, float(net.parameters()[0].numpy()[0, 0])


@pytest.mark.parametrize(
    "options, end",
    [
        ({}, 2),
        ({"patience": 1}, 2),
        ({"patience": 2}, 6),
        ({"patience": 9}, 6),
        ({"min_delta": 0.25}, 1),
        ({"mode": "max"}, 1),
    ],
)
def test_early_stopping_waits_for_its_patience(options, end):
    assert run([5, 4.9, 5, 4, 3, 3.5, 3.2], **options)[1] == end


def test_the_best_weights_come_back():
    stopping, epoch, weight = run([5, 3, 4, 4, 4], patience=2, restore_best_weights=True)
    assert (epoch, weight, stopping.best_epoch, stopping.stopped_epoch) == (3, 1, 1, 3)
    assert run([5, 3, 4, 4, 4], patience=2)[2] == 3


def rising(prediction, target):
    return -float(np.abs(prediction.numpy() - target).mean())


@pytest.mark.parametrize(
    "monitor, sign",
    [
        ("loss", -1),
        ("val_loss", -1),
        ("accuracy", 1),
        ("val_accuracy", 1),
        ("mae", -1),
        ("val_mean_squared_error", -1),
    ],
)
@pytest.mark.parametrize("kind", [EarlyStopping, ReduceLROnPlateau])
def test_which_way_is_better_is_known_of_the_librarys_own(kind, monitor, sign):
    net, callback = model(), kind(monitor)
    net.compile("sgd", "mse", ["accuracy", "mae", "mean_squared_error"])
    callback.set_model(net)
    assert (
        callback.sign() == sign
        and kind(monitor, mode="max").sign() == 1
        and kind(monitor, mode="min").sign() == -1
    )


@pytest.mark.parametrize("kind", [EarlyStopping, ReduceLROnPlateau])
def test_of_a_metric_of_ones_own_it_is_asked_before_the_first_epoch(kind):
    net = model()
    net.compile("sgd", "mse", [rising])
    net(X)
    before = net.parameters()[0].numpy()
    with pytest.raises(ValueError, match=r'mode="max"'):
        net.fit(X, Y, verbose=0, callbacks=kind("rising"))
    with pytest.raises(ValueError, match=r'mode="max"'):
        net.fit(X, Y, verbose=0, validation_split=0.5, callbacks=kind("val_rising"))
    assert net.parameters()[0].numpy().tolist() == before.tolist()


def test_a_rising_metric_that_rises_does_not_stop():
    net = model()
    net.compile("sgd", "mse", [rising])
    stopping = [EarlyStopping("rising", mode=mode, patience=1) for mode in ("max", "min")]
    assert [len(net.fit(X, Y, epochs=6, verbose=0, callbacks=s).epoch) for s in stopping] == [6, 2]


def test_mistakes_are_named():
    net = model()
    for late in (EarlyStopping(), ReduceLROnPlateau("val_loss")):
        with pytest.raises(KeyError, match="validation_data or validation_split"):
            net.fit(X, Y, verbose=0, callbacks=[late])
    assert net.plan.optimizer.iterations == 0, "it is said before the first epoch"
    with pytest.raises(KeyError, match="watches 'accurracy', and fit reports loss"):
        net.fit(X, Y, verbose=0, callbacks=[EarlyStopping("accurracy")])
    with pytest.raises(TypeError, match="LambdaCallback"):
        net.fit(X, Y, verbose=0, callbacks=[print])
    with pytest.raises(TypeError, match="on_epoch_end"):
        LambdaCallback(on_epoch_ends=print)
    with pytest.raises(ValueError, match='"auto", "min", "max"'):
        EarlyStopping(mode="best")
