"""Every hook of Keras is called where Keras calls it, with what Keras gives: the lists here are
what Keras 3.15 did."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_edu import nn
from tinygrad_edu.callbacks import HOOKS, Callback, CallbackList, EarlyStopping, LambdaCallback

X = np.arange(12, dtype=np.float32).reshape(6, 2) / 12
Y = X[:, :1]
FIT = [
    ("on_train_begin", []),
    ("on_epoch_begin", 1, []),
    ("on_train_batch_begin", 0, []),
    ("on_train_batch_end", 0, ["loss", "mae"]),
    ("on_train_batch_begin", 1, []),
    ("on_train_batch_end", 1, ["loss", "mae"]),
    ("on_test_begin", []),
    ("on_test_batch_begin", 0, []),
    ("on_test_batch_end", 0, ["loss", "mae"]),
    ("on_test_end", ["loss", "mae"]),
    ("on_epoch_end", 1, ["loss", "mae", "val_loss", "val_mae"]),
    ("on_train_end", ["loss", "mae", "val_loss", "val_mae"]),
]
EVALUATE = [
    ("on_test_begin", []),
    ("on_test_batch_begin", 0, []),
    ("on_test_batch_end", 0, ["loss", "mae"]),
    ("on_test_batch_begin", 1, []),
    ("on_test_batch_end", 1, ["loss", "mae"]),
    ("on_test_end", ["loss", "mae"]),
]
PREDICT = [
    ("on_predict_begin", []),
    ("on_predict_batch_begin", 0, []),
    ("on_predict_batch_end", 0, ["outputs"]),
    ("on_predict_batch_begin", 1, []),
    ("on_predict_batch_end", 1, ["outputs"]),
    ("on_predict_end", []),
]


def model(metrics=("mae",)):
    made = nn.Sequential([nn.Dense(1)], seed=0)
    made.compile("sgd", "mse", list(metrics))
    return made


class Diary(Callback):
    """Notes every call."""

    def __init__(self):
        self.lines = []


def _noted(name):
    def method(self, *args):
        self.lines.append((name, *(sorted(a) if isinstance(a, dict) else a for a in args)))

    return method


for _name in HOOKS:
    setattr(Diary, _name, _noted(_name))


def test_all_are_called_as_keras_does():
    diary, net = Diary(), model()
    # batch_size, epochs, verbose, callbacks
    net.fit(X, Y, 2, 2, 0, diary, validation_split=1 / 3, initial_epoch=1)
    assert diary.lines == FIT
    assert diary.params == {
        "verbose": 0,
        "epochs": 2,
        "steps": 2,
        "metrics": ["loss", "mae", "val_loss", "val_mae"],
    }
    assert diary.model is net
    for call, lines in (
        (lambda d: net.evaluate(X, Y, 4, 0, callbacks=[d]), EVALUATE),
        (lambda d: net.predict(X, 4, 0, callbacks=[d]), PREDICT),
    ):
        call(diary := Diary())
        assert diary.lines == lines


def test_no_hook_is_left_out():
    called = {line[0] for line in FIT + EVALUATE + PREDICT}
    assert called | {"on_batch_begin", "on_batch_end"} == set(HOOKS)


def test_a_method_need_not_take_logs():
    seen = []

    class Short(Callback):
        def on_train_begin(self):
            seen.append("train")

        def on_epoch_begin(self, epoch):
            seen.append(epoch)

        def on_epoch_end(self, epoch, logs):
            seen.append(sorted(logs))

        def on_batch_begin(self, batch):
            seen.append(f"batch {batch}")

        def on_test_end(self):
            seen.append("tested")

        def on_train_end(self, logs):
            seen.append(len(logs))

    model().fit(X, Y, batch_size=4, verbose=0, validation_data=(X, Y), callbacks=[Short()])
    assert seen == [
        "train",
        0,
        "batch 0",
        "batch 1",
        "tested",
        ["loss", "mae", "val_loss", "val_mae"],
        4,
    ]


@pytest.mark.parametrize(
    "function, logs",
    [
        (lambda epoch, k=7: k, 7),
        (lambda epoch, logs=None: logs, {}),
        (lambda epoch, log: log, {}),
        (lambda epoch, _=None: _, {}),
        (lambda epoch, *rest: rest[0], {}),
        (lambda *both: both[1], {}),
        (lambda epoch: 7, 7),
    ],
)
def test_a_default_by_which_a_value_is_kept_stays(function, logs):
    listens = CallbackList(LambdaCallback(on_epoch_begin=function), model()).listening[
        "on_epoch_begin"
    ]
    [(heard, with_logs)] = listens
    assert heard is function and (function(0, {}) if with_logs else function(0)) == logs


def test_a_method_that_cannot_be_called_is_named_before_training():
    class Wrong(Callback):
        def on_epoch_end(self):
            """Takes nothing."""

    with pytest.raises(TypeError, match=r"write def on_epoch_end\(self, epoch, logs=None\)"):
        model().fit(X, Y, verbose=0, callbacks=[Wrong()])


@pytest.mark.parametrize(
    "names, expected",
    [
        (["on_batch_end"], ["on_batch_end"] * 2),
        (["on_train_batch_end"], ["on_train_batch_end"] * 2),
        (["on_batch_end", "on_train_batch_end"], ["on_train_batch_end"] * 2),
    ],
)
def test_a_step_has_two_names(names, expected):
    """`on_train_batch_end` calls `on_batch_end` unless it is overridden itself."""
    seen = []
    made = type(
        "Both", (Callback,), {n: lambda self, batch, logs=None, n=n: seen.append(n) for n in names}
    )()
    model().fit(X, Y, batch_size=4, verbose=0, callbacks=made)
    assert seen == expected
    seen.clear()
    model().fit(
        X,
        Y,
        batch_size=4,
        verbose=0,
        callbacks=LambdaCallback(**{n: lambda b, n=n: seen.append(n) for n in names}),
    )
    assert seen == expected


def test_super_reaches_the_other_name():
    seen = []

    class Both(Callback):
        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)

        def on_batch_end(self, batch, logs=None):
            seen.append((batch, sorted(logs)))

    model().fit(X, Y, batch_size=4, verbose=0, callbacks=Both())
    assert seen == [(0, ["loss", "mae"]), (1, ["loss", "mae"])]


def test_predictions_are_shown():
    parts = []
    net = model()
    whole = net.predict(
        X,
        batch_size=4,
        callbacks=LambdaCallback(
            on_predict_batch_end=lambda batch, logs: parts.append(logs["outputs"].copy())
        ),
    )
    assert [len(p) for p in parts] == [4, 2]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_what_a_callback_adds_to_the_logs_is_seen_by_the_next_and_kept():
    seen = []
    add = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(twice=2 * logs["loss"]))
    look = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["twice"]))
    history = (
        model()
        .fit(X, Y, epochs=3, verbose=0, callbacks=[add, look, EarlyStopping("twice", mode="min")])
        .history
    )
    assert history["twice"] == seen == [2 * loss for loss in history["loss"]]


@pytest.mark.parametrize(
    "what, call",
    [
        ("stop_training", lambda m, c: m.fit(X, Y, 2, 3, 0, c, 0.0, (X, Y))),
        ("stop_evaluating", lambda m, c: m.evaluate(X, Y, 2, 0, callbacks=c)),
        ("stop_predicting", lambda m, c: m.predict(X, 2, 0, callbacks=c)),
    ],
)
def test_stopping_ends_after_the_batch(what, call):
    """As in Keras: the epoch is validated and noted all the same; the next call begins anew."""
    net, batches = model(), []

    def end(batch):
        batches.append(batch)
        setattr(net, what, batch == 1)

    hook = {
        "stop_training": "on_train_batch_end",
        "stop_evaluating": "on_test_batch_end",
        "stop_predicting": "on_predict_batch_end",
    }[what]
    for _ in range(2):
        batches.clear()
        found = call(net, LambdaCallback(**{hook: end}))
        assert batches == [0, 1]
    if what == "stop_training":
        assert found.epoch == [0] and len(found.history["val_loss"]) == 1
    elif what == "stop_predicting":
        assert found.shape == (4, 1)
    else:
        assert found == pytest.approx(net.evaluate(X[:4], Y[:4], verbose=0))


@pytest.mark.parametrize(
    "callbacks, count",
    [(None, 0), ((), 0), (Diary(), 1), ([Diary(), Diary()], 2), ((d for d in [Diary()]), 1)],
)
def test_none_one_and_many(callbacks, count):
    given = (
        [callbacks]
        if isinstance(callbacks, Callback)
        else callbacks
        if isinstance(callbacks, list)
        else []
    )
    model().fit(X, Y, batch_size=6, verbose=0, callbacks=callbacks)
    assert all(len(d.lines) == 6 for d in given)
    assert len(given) in (0, count)


@pytest.mark.parametrize(
    "callbacks, word",
    [
        (EarlyStopping, r"write callbacks=EarlyStopping\(\)"),
        ([EarlyStopping], r"their class; write EarlyStopping\(\)"),
        (print, r"write callbacks=\[LambdaCallback\(on_epoch_end=f\)\]"),
        ([print], r"LambdaCallback\(on_epoch_end=f\)"),
        (3, "a list of callbacks, not 3"),
    ],
)
@pytest.mark.parametrize(
    "call",
    [
        lambda m, c: m.fit(X, Y, verbose=0, callbacks=c),
        lambda m, c: m.evaluate(X, Y, verbose=0, callbacks=c),
        lambda m, c: m.predict(X, callbacks=c),
    ],
)
def test_what_is_no_callback(callbacks, word, call):
    with pytest.raises(TypeError, match=word):
        call(model(), callbacks)
