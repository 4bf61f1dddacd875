"""Ctrl-C, in a step and between steps."""

from __future__ import annotations

import signal
import threading

import numpy as np
import pytest

from tinygrad_edu import nn, optim

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
    model = nn.Sequential([nn.Dense(2, input_size=3, dtype=np.float32), nn.Dense(1, input_size=2, dtype=np.float64)],
                          seed=0)
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
