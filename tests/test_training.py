"""compile, fit, evaluate, predict: what is printed, what is learned, what is reproducible, what is refused."""

from __future__ import annotations

import functools
import io
import re
import signal
import sys
import threading

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import metrics, nn, optim, training

rng = np.random.default_rng(0)
X = rng.normal(size=(50, 3)).astype(np.float32)
Y = (X @ [[1.0], [-2.0], [0.5]] + 0.3).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
ONE_HOT = np.eye(3)[LABELS]


def linear(loss="mse", optimizer="sgd", metrics=(), units=1, seed=0, **kw):
    model = nn.Sequential([nn.Dense(units, input_size=3, **kw)], seed=seed)
    model.compile(optimizer, loss, metrics)
    return model


def bits(model):
    return [p.data.tobytes() for p in model.parameters()]


def plain(model, x):
    W, b = (p.data.astype(np.float64) for p in model.parameters())
    return x @ W + b


# What is printed

def test_verbose_2_prints_the_lectures_lines(capsys):
    """Epoch 1/5
    1875/1875 - 2s - loss: 0.5003 - accuracy: 0.8238"""
    model = linear("sparse_categorical_crossentropy", "adam", ["accuracy"], units=3, activation="softmax")
    history = model.fit(X, LABELS, epochs=5, verbose=2)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    for k in range(5):
        assert lines[2 * k] == f"Epoch {k + 1}/5"
        found = re.fullmatch(r"2/2 - \d+s - loss: (\d+\.\d{4}) - accuracy: ([01]\.\d{4})", lines[2 * k + 1])
        assert found, lines[2 * k + 1]
        assert found.groups() == (f"{history.history['loss'][k]:.4f}", f"{history.history['accuracy'][k]:.4f}")


def test_verbose_2_with_validation_and_in_evaluate(capsys):
    model = linear(metrics=["mae"])
    model.fit(X, Y, verbose=2, validation_split=0.2, batch_size=7)
    number = r"\d+\.\d{4}"
    out = capsys.readouterr().out
    assert re.fullmatch(rf"Epoch 1/1\n6/6 - \d+s - loss: {number} - mae: {number} - val_loss: {number} - val_mae: "
                        rf"{number}\n", out)
    model.evaluate(X, Y, verbose=2, batch_size=7)
    assert re.fullmatch(rf"8/8 - \d+s - loss: {number} - mae: {number}\n", capsys.readouterr().out)


def test_verbose_0_is_silent(capsys):
    model = linear()
    model.fit(X, Y, verbose=0, validation_split=0.2, epochs=2)
    model.evaluate(X, Y, verbose=0)
    model.predict(X)
    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self):
        return True

    def screen(self):
        """What is to be seen in the end: each line as it was last painted."""
        return [line.rsplit("\r", 1)[-1].removesuffix("\x1b[K") for line in self.getvalue().split("\n")]


@pytest.mark.parametrize("every", [0.0, 100.0])
def test_verbose_1_paints_a_bar_over_itself(monkeypatch, every):
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    monkeypatch.setattr(training.Report, "EVERY", every)
    history = linear().fit(X, Y, batch_size=10, epochs=2)
    loss = history.history["loss"]
    assert terminal.screen() == [
        "Epoch 1/2", f"5/5 {'━' * 20} 0s - loss: {loss[0]:.4f}", "Epoch 2/2",
        f"5/5 {'━' * 20} 0s - loss: {loss[1]:.4f}", ""]
    painted = re.findall(r"\r(\d/5) (━*╌*) \d+s left - loss: \d+\.\d{4}\x1b\[K", terminal.getvalue())
    assert painted == ([(f"{k}/5", "━" * 4 * k + "╌" * (20 - 4 * k)) for k in range(1, 6)] * 2 if every == 0 else [])


def test_verbose_1_in_a_file_has_no_escapes(capsys):
    linear().fit(X, Y, epochs=2)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.endswith("\n")
    assert "loss: " in out


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_stream_that_cannot_print_the_bar_does_not_end_training(monkeypatch, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    model = linear()
    model.fit(X, Y)
    model.summary()
    assert b"loss: " in raw.getvalue()


# What an epoch is

class Recorder(nn.Module):
    """A linear model that notes which examples it was given; example k is row k of X."""

    def __init__(self):
        self.w, self.seen = tg.tensor(np.zeros((3, 1), np.float32), requires_grad=True, name="w"), []

    def forward(self, x):
        self.seen.append([int(np.flatnonzero((row == X).all(axis=1))[0]) for row in x])
        return x @ self.w


@pytest.mark.parametrize("batch_size, sizes", [(20, [20, 20, 10]), (50, [50]), (64, [50]), (1, [1] * 50),
                                               (49, [49, 1])])
@pytest.mark.parametrize("shuffle", [True, False])
def test_each_epoch_sees_all_once_in_batches_the_last_smaller(batch_size, sizes, shuffle):
    model = Recorder()
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size=batch_size, epochs=2, shuffle=shuffle, verbose=0, seed=1)
    batches = model.seen[1:]                                       # the first call builds the model
    assert [len(b) for b in batches] == sizes * 2
    first, second = (sum(batches[k:k + len(sizes)], []) for k in (0, len(sizes)))
    assert sorted(first) == sorted(second) == list(range(50))
    if shuffle:
        assert len({tuple(order) for order in (first, second, range(50))}) == 3
    else:
        assert first == second == list(range(50))


def test_the_loss_of_an_epoch_is_the_mean_over_examples():
    model = linear(optimizer=optim.SGD(learning_rate=0.0), metrics=["mae", "mse"])
    history = model.fit(X, Y, batch_size=16, verbose=0, validation_data=(X[:21], Y[:21])).history
    error = plain(model, X) - Y
    expected = {"loss": (error ** 2).mean(), "mae": np.abs(error).mean(), "mse": (error ** 2).mean(),
                "val_loss": (error[:21] ** 2).mean(), "val_mae": np.abs(error[:21]).mean(),
                "val_mse": (error[:21] ** 2).mean()}
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
        losses.append((error ** 2).mean())
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
    from tinygrad_edu.training import _second_stream
    for seed in (0, 7, np.random.SeedSequence(3)):
        weights = np.random.default_rng(seed).random(4)
        order = np.random.default_rng(_second_stream(seed)).random(4)
        children = [np.random.default_rng(s).random(4) for s in np.random.SeedSequence(
            seed if isinstance(seed, int) else seed.entropy).spawn(8)]
        assert not any(np.array_equal(order, other) for other in [weights, *children])
    assert _second_stream(None) is None


@pytest.mark.parametrize("verbose", [1, 2])
def test_reporting_and_validating_do_not_change_training(verbose):
    assert fitted(0) == fitted(0, validation_data=(X[:5], Y[:5]))
    model = linear(optimizer="adam", metrics=["mae"])
    model.fit(X, Y, epochs=2, batch_size=8, verbose=verbose)
    assert bits(model) == fitted(0)


def test_a_second_fit_goes_on_where_the_first_ended():
    once, twice = (linear(optimizer="adam") for _ in range(2))
    once.fit(X, Y, epochs=4, shuffle=False, verbose=0)
    for _ in range(2):
        twice.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    assert bits(once) == bits(twice)
    assert twice.plan.optimizer.iterations == 8
    assert twice.history.epoch == [0, 1]


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
    np.testing.assert_allclose(history.history["val_loss"], [model.evaluate(X[:5], Y[:5], verbose=0)])


# evaluate and predict

def test_evaluate_gives_a_number_a_list_or_a_dict(capsys):
    model = linear()
    expected = ((plain(model, X) - Y) ** 2).mean()
    assert isinstance(model.evaluate(X, Y), float)
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert model.evaluate(X, Y, batch_size=7, verbose=0) == pytest.approx(expected, rel=1e-5)
    assert list(model.evaluate(X, Y, verbose=0, return_dict=True)) == ["loss"]
    model.compile("sgd", "mse", ["mae"])
    both = model.evaluate(X, Y, verbose=0)
    assert both == [pytest.approx(expected, rel=1e-5), pytest.approx(np.abs(plain(model, X) - Y).mean(), rel=1e-5)]
    assert model.evaluate(X, Y, verbose=0, return_dict=True) == {"loss": both[0], "mae": both[1]}


def test_evaluate_trains_nothing():
    model = linear()
    before = bits(model)
    model.evaluate(X, Y, verbose=0)
    assert bits(model) == before
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("batch_size", [1, 7, 50, 100])
def test_predict_is_the_models_output(batch_size):
    model = linear(units=3, activation="softmax", dtype=np.float64)
    y = model.predict(X, batch_size=batch_size)
    assert type(y) is np.ndarray
    assert y.dtype == np.float64
    np.testing.assert_allclose(y, model(X).data, rtol=1e-14)
    np.testing.assert_allclose(y.sum(axis=1), 1)
    assert model.predict(X[:1]).shape == (1, 3)
    assert model.predict(X.tolist()).shape == (50, 3)


# Targets of either shape

@pytest.mark.parametrize("loss, units, y", [("mse", 1, Y[:, 0]), ("binary_crossentropy", 1, LABELS > 0),
                                            ("sparse_categorical_crossentropy", 3, LABELS)])
def test_targets_in_a_row_or_a_column(loss, units, y):
    a, b = (linear(loss, "adam", ["accuracy"], units=units) for _ in range(2))
    first = a.fit(X, y, verbose=0, validation_split=0.2).history
    second = b.fit(X, y[:, None], verbose=0, validation_split=0.2).history
    assert first == second
    assert bits(a) == bits(b)


def test_a_model_with_outputs_in_a_row():
    class Row(nn.Module):
        def __init__(self):
            self.inner = nn.Dense(1, input_size=3, seed=0)

        def forward(self, x):
            return self.inner(x)[:, 0]
    row, column = Row(), linear(seed=None)
    column.load_state_dict({f"dense.{k}": v for k, v in row.inner.state_dict().items()})
    row.compile("sgd", "mse")
    for y in (Y, Y[:, 0]):
        assert row.evaluate(X, y, verbose=0) == pytest.approx(column.evaluate(X, y, verbose=0))


def test_targets_of_two_columns_are_not_cut():
    with pytest.raises(ValueError, match="differ in shape"):
        linear().fit(X, np.hstack([Y, Y]), verbose=0)


# Accuracy

def accuracy(loss, activation, y, logits):
    """Of a model whose logits are given: an identity layer before the output unit."""
    n = logits.shape[1]
    model = nn.Sequential([nn.Dense(n, activation, input_size=n, use_bias=False, dtype=np.float64)])
    model.load_state_dict({"dense.weight": np.eye(n)})
    model.compile("sgd", loss, ["accuracy"])
    return model.evaluate(logits, y, batch_size=3, verbose=0)[1]


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_accuracy_of_classes(activation):
    z = np.array([[3.0, 1, 2], [1, 3, 2], [0, -1, -2], [5, 6, 7]])
    for labels, expected in (([0, 1, 0, 2], 1), ([0, 1, 1, 2], 0.75), ([1, 2, 1, 0], 0)):
        assert accuracy("sparse_categorical_crossentropy", activation, np.array(labels), z) == expected
        assert accuracy("categorical_crossentropy", activation, np.eye(3)[labels], z) == expected


@pytest.mark.parametrize("activation", [None, "sigmoid"])
def test_accuracy_of_two_classes(activation):
    z = np.array([[0.1], [0.6], [-0.1], [-3.0]])                     # probabilities .52 .65 .48 .05
    for y, expected in (([1, 1, 0, 0], 1), ([0, 1, 0, 0], 0.75), ([0, 0, 1, 1], 0)):
        assert accuracy("binary_crossentropy", activation, np.array(y), z) == expected


def test_accuracy_of_a_linear_output():
    z = np.array([[0.1], [0.6], [-0.1], [1.3]])
    assert accuracy("mse", None, np.array([0, 1, 0, 1]), z) == 1
    assert accuracy("mse", None, np.array([1, 1, 0, 1]), z) == 0.75


# Metrics of one's own

def test_a_function_as_a_metric():
    def worst(prediction, target):
        return np.abs(prediction.numpy() - target).max()
    model = linear(metrics=[worst, "mae"])
    assert list(model.fit(X, Y, verbose=0).history) == ["loss", "worst", "mae"]
    assert model.evaluate(X, Y, batch_size=50, verbose=0)[1] == pytest.approx(np.abs(plain(model, X) - Y).max())


@pytest.mark.parametrize("given, word", [(["auc"], "unknown metric 'auc'; known: accuracy"),
                                         (["accuracy"], "loss that has a name")])
def test_metrics_that_are_not_known(given, word):
    with pytest.raises(ValueError, match=word):
        linear(lambda p, t: ((p - t) ** 2).mean(), metrics=given)


def test_one_name_without_a_list():
    assert list(linear(metrics="mae").plan.metrics) == ["mae"]


def test_metrics_none():
    assert linear(metrics=None).plan.metrics == {}


def test_metrics_of_one_name_are_all_kept():
    def loss(prediction, target):
        return 7.0
    model = linear(metrics=[lambda p, t: 1.0, lambda p, t: 2.0, loss, "mae", "mae",
                            functools.partial(lambda p, t, k: k, k=3.0)])
    values = model.evaluate(X, Y, verbose=0)
    assert [*values[1:4], values[6]] == [1, 2, 7, 3]
    assert values[4] == values[5]
    history = model.fit(X, Y, verbose=0, validation_split=0.5).history
    assert len(history) == 14
    assert history["loss"] != [7.0]


def test_a_loss_as_a_metric(capsys):
    history = linear(metrics=[nn.mse]).fit(X, Y, verbose=2).history
    assert history["mse"] == history["loss"]
    assert isinstance(history["mse"][0], float)
    assert "mse: " in capsys.readouterr().out


@pytest.mark.parametrize("call, expected", [
    (lambda: metrics.mean_absolute_error(np.array([1], np.uint8), np.array([2], np.uint8)), 1),
    (lambda: metrics.mean_squared_error([1.0, 2.0], [0.0, 4.0]), 2.5),
    (lambda: metrics.mean_absolute_error(tg.tensor([1.0, 2.0], requires_grad=True), [0.0, 4.0]), 1.5),
    (lambda: metrics.sparse_accuracy(np.eye(3), [0, 2, 2]), 2 / 3)])
def test_metrics_called_alone(call, expected):
    assert call() == pytest.approx(expected)


@pytest.mark.parametrize("metric, prediction, target", [
    (metrics.mean_absolute_error, np.zeros((3, 1)), np.zeros(3)),
    (metrics.mean_squared_error, np.zeros(3), np.zeros((3, 1))),
    (metrics.binary_accuracy, np.zeros((3, 1)), np.zeros(3)),
    (metrics.rounded_accuracy, np.zeros((3, 1)), np.zeros(3)),
    (metrics.sparse_accuracy, np.eye(3), np.array([[0], [1], [2]]))])
def test_a_column_against_a_row_is_refused(metric, prediction, target):
    with pytest.raises(ValueError):
        metric(prediction, target)


# Ctrl-C

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


# Refusals

@pytest.mark.parametrize("call, error, word", [
    (lambda m: nn.MLP(3, 1).fit(X, Y), RuntimeError, r"fit\(\) needs a loss; call model\.compile"),
    (lambda m: nn.MLP(3, 1).evaluate(X, Y), RuntimeError, r"evaluate\(\) needs a loss"),
    (lambda m: m.fit(X, Y[:-1]), ValueError, r"\(50, 3\) and y \(49, 1\)"),
    (lambda m: m.evaluate(X[:-1], Y), ValueError, "same length"),
    (lambda m: m.fit(X, Y, validation_data=(X, Y[:3])), ValueError, "same length"),
    (lambda m: m.fit(X, 3), ValueError, "same length"),
    (lambda m: m.fit(X[:0], Y[:0]), ValueError, "no examples"),
    (lambda m: m.evaluate(X[:0], Y[:0]), ValueError, "no examples"),
    (lambda m: m.fit(X, Y, validation_data=(X[:0], Y[:0])), ValueError, "no examples"),
    (lambda m: m.predict(X[:0]), ValueError, "no examples"),
    (lambda m: m.fit(X, Y, validation_split=1.0), ValueError, "between 0 and 1, got 1.0"),
    (lambda m: m.fit(X, Y, validation_split=-0.1), ValueError, "between 0 and 1"),
    (lambda m: m.fit(X, Y, validation_split=2), ValueError, "between 0 and 1"),
    (lambda m: m.fit(X, Y, validation_split=0.999), ValueError, "one side empty"),
    (lambda m: m.fit(X[:1], Y[:1], validation_split=0.5), ValueError, "one side empty"),
    (lambda m: m.fit(X, Y, batch_size=0), ValueError, "batch_size must be at least 1"),
    (lambda m: m.fit(X, Y, epochs=-1), ValueError, "epochs must be at least 0"),
    (lambda m: m.compile("adagrad"), ValueError, "unknown optimizer"),
    (lambda m: m.compile(loss="hinge"), ValueError, "unknown loss"),
    (lambda m: m.fit(X, Y, batchsize=3), TypeError, "batchsize"),
    (lambda m: m.fit(X[:, :2], Y), ValueError, "inputs of 3 features"),
])
def test_refusals(call, error, word, capsys):
    model = linear()
    before = bits(model)
    with pytest.raises(error, match=word):
        call(model)
    assert bits(model) == before
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("call", [lambda m: m.evaluate(X, Y, batch_size=-1, verbose=0),
                                  lambda m: m.evaluate(X, Y, batch_size=0, verbose=0),
                                  lambda m: m.predict(X, batch_size=-1), lambda m: m.predict(X, batch_size=0)])
def test_batch_size_of_evaluate_and_predict(call):
    with pytest.raises(ValueError, match="batch_size"):
        call(linear())


def test_examples_that_are_numbers_are_a_column():
    """As in Keras."""
    row, column = (nn.Sequential([nn.Dense(1)], seed=0) for _ in range(2))
    x = np.linspace(0, 1, 40)
    for model, a in ((row, x), (column, x[:, None])):
        model.compile("sgd", "mse")
        model.fit(a, x, verbose=0)
    assert bits(row) == bits(column)
    assert row.evaluate(x, x, verbose=0) == column.evaluate(x[:, None], x, verbose=0)
    assert row.predict(x).tobytes() == column.predict(x[:, None]).tobytes()


# It learns

def moons(n, seed):
    rng = np.random.default_rng(seed)
    t = rng.uniform(0, np.pi, n)
    label = rng.integers(0, 2, n)
    x = np.where(label[:, None] == 0, np.c_[np.cos(t), np.sin(t)], np.c_[1 - np.cos(t), 0.5 - np.sin(t)])
    return x + rng.normal(0, 0.1, (n, 2)), label


@pytest.mark.parametrize("units, output, loss", [(1, "sigmoid", "binary_crossentropy"),
                                                 (2, "softmax", "sparse_categorical_crossentropy"), (1, None, "mse")])
def test_a_small_network_tells_the_moons_apart(units, output, loss):
    (x, y), (x_test, y_test) = moons(400, 0), moons(400, 1)
    model = nn.MLP(2, 16, units, activation="tanh", output=output, seed=0)
    model.compile(optim.Adam(learning_rate=0.03), loss, ["accuracy"])
    history = model.fit(x, y, epochs=30, verbose=0)
    assert history.history["accuracy"][-1] > 0.95
    assert model.evaluate(x_test, y_test, verbose=0)[1] > 0.95
    straight = nn.MLP(2, units, output=output, seed=0)
    straight.compile(optim.Adam(learning_rate=0.03), loss, ["accuracy"])
    straight.fit(x, y, epochs=30, verbose=0)
    assert straight.evaluate(x_test, y_test, verbose=0)[1] < 0.95, "the moons must need a bend"


def test_with_the_output_unit_or_without_training_is_the_same():
    a, b = (linear("sparse_categorical_crossentropy", "adam", ["accuracy"], units=3, activation=f)
            for f in (None, "softmax"))
    assert a.fit(X, LABELS, epochs=3, verbose=0).history == b.fit(X, LABELS, epochs=3, verbose=0).history
    assert bits(a) == bits(b)
