"""Ctrl-C at every line of a training run: what is left behind is whole, and goes on as if nothing
had been.

A tracer sends the signal as a line of the library begins, in one run after the other. Some places,
spread over the run, every time; with HYPOTHESIS_PROFILE=night (`make night`) every line that is
executed, and where that is too often (jit at work: 56 000) each line of the source once.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from profiles import NIGHT

import tinygrad_edu
from tinygrad_edu import nn, optim
from tinygrad_edu.autodiff.modes import mode
from tinygrad_edu.callbacks import EarlyStopping, LambdaCallback

LIBRARY = str(Path(tinygrad_edu.__file__).parent)
X = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
Y = X[:, :1] * 2 - 1
EPOCHS, BATCH = 2, 2


class Lines:
    """A tracer that counts the library's lines, and sends Ctrl-C at one of them."""

    def __init__(self, at=None):
        self.at, self.count, self.where = at, 0, None
        self.first = {}  # the count at which a line came first

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self.calls)
        return self

    def __exit__(self, *error):
        sys.settrace(self.before)

    def calls(self, frame, event, arg):
        return self.lines if frame.f_code.co_filename.startswith((LIBRARY, "<jit")) else None

    def lines(self, frame, event, arg):
        if event == "line":
            self.count += 1
            self.first.setdefault((frame.f_code, frame.f_lineno), self.count)
            if self.count == self.at:
                self.where = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
                signal.raise_signal(signal.SIGINT)
        return self.lines


def made():
    model = nn.Sequential([nn.Dense(4, "tanh"), nn.Dense(1)], seed=0)
    model.compile(optim.Adam(learning_rate=0.1, clipnorm=1.0), "mse", ["mae"])
    return model


def fit(model, **options):
    model.fit(X, Y, batch_size=BATCH, epochs=EPOCHS, verbose=0, validation_split=0.5, **options)


RUNS = {  # and how many places are tried every time
    "compiled": (lambda m: fit(m, callbacks=EarlyStopping(patience=9)), 8),
    "plain": (lambda m: fit(m, callbacks=EarlyStopping(patience=9), jit=False), 40),
    "a second fit": (lambda m: fit(m, shuffle=False), 4),
    "evaluate": (lambda m: m.evaluate(X, Y, batch_size=BATCH, verbose=0), 20),
    "predict": (lambda m: m.predict(X, batch_size=BATCH), 20),
}


def bits(model):
    return [p.numpy().tobytes() for p in model.parameters()]


def prepared(run):
    """A model before a run: for all but the first fits one that has been trained."""
    model = made()
    if run not in ("compiled", "plain"):
        fit(model, jit=run == "a second fit")
    return model


def after_each_step(run):
    """The weights by the number of steps made, of a run that nobody interrupts."""
    model, found = prepared(run), {}

    def look(*_):
        found[model.plan.optimizer.iterations] = bits(model)

    model(X[:1])
    look()
    if run in ("evaluate", "predict"):
        return found
    fit(model, callbacks=LambdaCallback(on_train_batch_end=look), shuffle=run != "a second fit")
    return found


@pytest.fixture
def ctrl_c():
    """Python's own handler: a run in the background starts with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("run", RUNS)
def test_whatever_line_ctrl_c_comes_at_all_is_whole(run, ctrl_c):
    known, (go, few) = after_each_step(run), RUNS[run]
    model = prepared(run)
    with Lines() as lines:
        go(model)
    assert lines.count > 1000
    places = range(1, lines.count + 1) if lines.count < 10_000 else sorted(lines.first.values())
    if not NIGHT:
        places = places[:: len(places) // few]
    raised = 0
    for at in places:
        model = prepared(run)
        with Lines(at) as tracer:
            try:
                go(model)
            except KeyboardInterrupt:
                raised += 1
        whole(model, known, ctrl_c, tracer.where)
    assert (run in ("evaluate", "predict")) == (raised > len(places) // 2), (
        "fit ends, the others raise"
    )


def whole(model, known, handler, where):
    assert (
        mode.recording,
        mode.everything,
        mode.watching,
        mode.tape,
        mode.plain,
        mode.training,
    ) == (True, False, False, None, True, False), where
    assert signal.getsignal(signal.SIGINT) is handler, where
    history = getattr(model, "history", None)
    if history is not None:
        assert {name: len(values) for name, values in history.history.items()} == dict.fromkeys(
            history.history, len(history.epoch)
        ), where
        assert history.epoch == list(range(len(history.epoch))), where
    optimizer = model.plan.optimizer
    model(X[:1])
    assert bits(model) == known[optimizer.iterations], where
    if optimizer.groups:
        assert [id(p) for g in optimizer.groups for p in g.tensors] == [
            id(p) for p in model.parameters()
        ], where
        assert all(group.owns_all() for group in optimizer.groups), where
        assert all(
            np.shares_memory(p._data, g.values) for g in optimizer.groups for p in g.tensors
        ), where
    goes_on(model, where)


def goes_on(model, where):
    """As a model does that has the same weights and moments, and was never interrupted."""
    twin, optimizer = made(), model.plan.optimizer
    twin(X[:1])
    twin.load_state_dict(model.state_dict())
    if optimizer.owned:
        twin.plan.optimizer.load_state_dict(optimizer.state_dict())
    for m in (model, twin):
        fit(m, jit=False)
    assert bits(model) == bits(twin), where
    assert model.history.history == twin.history.history, where
