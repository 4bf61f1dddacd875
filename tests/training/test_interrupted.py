"""Ctrl-C, in a step and between steps."""

from __future__ import annotations

import signal
import threading

import numpy as np
import pytest

from tinygrad_edu import nn, optim
from tinygrad_edu.autodiff.modes import mode
from tinygrad_edu.callbacks import Callback, EarlyStopping, LambdaCallback

from .models import X, Y, bits, linear


class Interrupts:
    """A metric that raises KeyboardInterrupt at its nth call."""

    __name__ = "interrupts"

    def __init__(self, at):
        self.left = at

    def __call__(self, prediction, target):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return 0.0


@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_ctrl_c_keeps_weights_and_history(capsys, verbose):
    model = linear(optimizer="adam", metrics=[Interrupts(at=13)])
    history = model.fit(X, Y, batch_size=10, epochs=9, shuffle=False, verbose=verbose)
    assert history.interrupted
    assert history.epoch == [0, 1]
    assert {name: len(v) for name, v in history.history.items()} == {"loss": 2, "interrupts": 2}
    assert model.history is history
    out = capsys.readouterr().out
    assert ("Interrupted in epoch 3 after 2/5 steps" in out) == bool(verbose)
    assert "interrupted" in repr(history)
    whole = linear(optimizer="adam")
    whole.fit(X, Y, batch_size=10, epochs=2, shuffle=False, verbose=0)
    whole.fit(X[:20], Y[:20], batch_size=10, shuffle=False, verbose=0)
    assert bits(model) == bits(whole), "the weights must be those of the 12th step"
    again = model.fit(X, Y, epochs=2, verbose=0)
    assert (again.interrupted, again.epoch) == (False, [0, 1])
    assert model.predict(X).shape == (50, 1)


class Interrupted(optim.SGD):
    """Someone presses Ctrl-C in the midst of the second step, `times` times."""

    times = 1

    def update(self, w, g, rate, **state):
        super().update(w, g, rate, **state)
        if self.iterations == 2 and w.dtype == np.float32:
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)


@pytest.fixture
def ctrl_c():
    """Python's own handler: a run in the background starts with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def of_two_dtypes(optimizer):
    model = nn.Sequential(
        [nn.Dense(2, input_size=3, dtype=np.float32), nn.Dense(1, input_size=2, dtype=np.float64)],
        seed=0,
    )
    model.compile(optimizer, "mse")
    return model


def test_a_signal_within_a_step_waits_for_its_end(ctrl_c):
    model, whole = of_two_dtypes(Interrupted()), of_two_dtypes(optim.SGD())
    history = model.fit(X, Y, batch_size=10, shuffle=False, verbose=0)
    assert (history.interrupted, history.epoch) == (True, [])
    whole.fit(X[:20], Y[:20], batch_size=10, shuffle=False, verbose=0)
    assert bits(model) == bits(whole)
    assert signal.getsignal(signal.SIGINT) is ctrl_c


def test_the_message_counts_the_step_that_was_waited_for(ctrl_c, capsys):
    of_two_dtypes(Interrupted()).fit(X, Y, batch_size=10, verbose=2)
    assert "Interrupted in epoch 1 after 2/5 steps" in capsys.readouterr().out


class Presses(Callback):
    """Ctrl-C at a hook, once."""

    def __init__(self, hook, number=0):
        self.hook, self.number = hook, number
        setattr(self, hook, self.press)

    def press(self, *args):
        if self.number in (None, args[0]):
            self.number = -1
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize(
    "hook, number, epochs, word",
    [
        ("on_train_begin", None, 0, "in epoch 3 after 1/5 steps"),
        ("on_epoch_begin", 3, 1, "in epoch 4 after 1/5 steps"),
        ("on_train_batch_begin", 2, 0, "in epoch 3 after 3/5 steps"),
        ("on_train_batch_end", 2, 0, "in epoch 3 after 3/5 steps"),
        ("on_test_begin", None, 0, "in epoch 3 after 5/5 steps"),
        ("on_test_batch_end", 0, 0, "in epoch 3 after 5/5 steps"),
        ("on_epoch_end", 3, 2, "after epoch 4;"),
    ],
)
def test_where_it_came_is_said(ctrl_c, capsys, hook, number, epochs, word):
    model = linear()
    history = model.fit(
        X,
        Y,
        batch_size=10,
        initial_epoch=2,
        epochs=9,
        validation_data=(X, Y),
        verbose=2,
        callbacks=Presses(hook, number),
    )
    assert history.interrupted and history.epoch == list(range(2, 2 + epochs))
    assert [len(values) for values in history.history.values()] == [epochs] * len(history.history)
    out = capsys.readouterr().out
    assert f"Interrupted {word}" in out and f"the history has {epochs} whole epochs" in out
    assert "those of the last step" in out


@pytest.mark.parametrize(
    "at, epoch, said", [(0, None, "the last step"), (7, 1, "the end of epoch 2, the best")]
)
def test_restored_weights_are_said_to_be(ctrl_c, capsys, at, epoch, said):
    """Best at epoch 1 of 0, 1, 2, ...: Ctrl-C in a later one brings its weights back."""
    values = iter([3.0, 1.0, 2.0, 2.5, 2.0, 2.0, 2.0, 2.0, 2.0])

    def told(epoch, logs):
        logs["loss"] = next(values)

    model = linear()
    weights = []
    watch = [
        LambdaCallback(on_epoch_end=told),
        LambdaCallback(on_epoch_end=lambda *_: weights.append(bits(model))),
        EarlyStopping("loss", patience=9, restore_best_weights=True),
        Presses("on_epoch_begin", at),
    ]
    history = model.fit(X, Y, batch_size=10, epochs=9, verbose=2, callbacks=watch)
    assert history.interrupted and history.restored_epoch == epoch
    out = capsys.readouterr().out
    assert (
        f"Interrupted in epoch {at + 1} after 1/5 steps; the weights are those of {said}, " in out
    )
    assert f"the history has {at} whole" in out
    if epoch is not None:
        assert bits(model) == weights[epoch]


def test_a_fit_inside_a_fit_ends_both(ctrl_c):
    inner, outer = linear(), linear()
    history = outer.fit(
        X,
        Y,
        epochs=3,
        verbose=0,
        callbacks=LambdaCallback(
            on_epoch_begin=lambda epoch: inner.fit(
                X, Y, epochs=5, verbose=0, callbacks=Presses("on_train_batch_end")
            )
        ),
    )
    assert history.interrupted and history.epoch == [] and inner.history.interrupted
    assert inner.plan.optimizer.iterations == outer.plan.optimizer.iterations == 1
    assert signal.getsignal(signal.SIGINT) is ctrl_c


@pytest.mark.parametrize("hook", ["on_test_begin", "on_test_batch_end", "on_test_end"])
def test_evaluate_ends_with_the_batch_and_raises(ctrl_c, hook):
    model, batches = linear(), []
    with pytest.raises(KeyboardInterrupt):
        model.evaluate(
            X,
            Y,
            batch_size=10,
            verbose=0,
            callbacks=[
                Presses(hook, None),
                LambdaCallback(on_test_batch_end=lambda batch: batches.append(batch)),
            ],
        )
    assert batches == (list(range(5)) if hook == "on_test_end" else [0])
    assert signal.getsignal(signal.SIGINT) is ctrl_c


def test_predict_ends_with_the_batch_and_raises(ctrl_c):
    model = linear()
    with pytest.raises(KeyboardInterrupt):
        model.predict(X, batch_size=10, callbacks=Presses("on_predict_batch_begin", 1))
    assert mode.recording and signal.getsignal(signal.SIGINT) is ctrl_c


def test_one_that_comes_after_the_last_step_is_not_lost(ctrl_c):
    model = linear()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, verbose=0, callbacks=Presses("on_train_end", None))
    assert model.history.epoch == [0] and signal.getsignal(signal.SIGINT) is ctrl_c


def test_a_handler_of_somebody_else_stays(ctrl_c):
    seen = []
    signal.signal(signal.SIGINT, lambda *_: seen.append(1))
    history = linear().fit(X, Y, verbose=0, callbacks=Presses("on_train_batch_end"))
    assert seen == [1] and not history.interrupted


def test_a_second_signal_does_not_wait(ctrl_c):
    optimizer = Interrupted()
    optimizer.times = 2
    model, whole = of_two_dtypes(optimizer), of_two_dtypes(optim.SGD())
    assert model.fit(X, Y, batch_size=10, shuffle=False, verbose=0).interrupted
    whole.fit(X[:20], Y[:20], batch_size=10, shuffle=False, verbose=0)
    assert bits(model) != bits(whole)
    assert signal.getsignal(signal.SIGINT) is ctrl_c


def test_an_error_within_a_step_gives_ctrl_c_back(ctrl_c):
    with pytest.raises(ValueError, match="differ in shape"):
        linear().fit(X, np.hstack([Y, Y]), verbose=0)
    assert signal.getsignal(signal.SIGINT) is ctrl_c


def test_training_in_a_thread():
    model, errors = linear(), []

    def run():
        try:
            model.fit(X, Y, verbose=0)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert errors == []
    assert len(model.history.epoch) == 1
