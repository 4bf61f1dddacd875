"""Programs as people write them who come from Keras: from memory of its guides, with their figures
checked."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import callbacks, losses, metrics, nn, optim, schedules

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 4)).astype(np.float32)
Y = (X @ [[1.0], [-2.0], [0.5], [0.0]] + 0.1 * RNG.normal(size=(200, 1))).astype(np.float32)
IMAGES = RNG.random((60, 8, 8)).astype(np.float32)
DIGITS = (IMAGES.mean(axis=(1, 2)) > IMAGES.mean()).astype(int)


def regression(**options):
    model = nn.Sequential([nn.Dense(16, activation="relu", input_shape=(4,)), nn.Dense(1)], seed=0)
    model.compile(**{"optimizer": optim.Adam(learning_rate=0.01), "loss": "mse", **options})
    return model


def fitted(model, epochs=20, **options):
    return model.fit(X, Y, epochs=epochs, verbose=0, seed=0, **options)


def test_the_lectures_demo():
    model = nn.Sequential(
        [
            nn.Flatten(input_shape=(8, 8)),
            nn.Dense(32, activation="relu"),
            nn.Dropout(0.2),
            nn.Dense(2, activation="softmax"),
        ],
        seed=0,
    )
    assert "2,080" in model.summary() and "Trainable params: 2,146" in model.summary()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(IMAGES, DIGITS, epochs=60, verbose=0)
    loss, accuracy = model.evaluate(IMAGES, DIGITS, verbose=0)
    assert accuracy > 0.8 and loss < 0.5


def test_layers_added_one_by_one():
    model = nn.Sequential(seed=0)
    model.add(nn.Dense(8, activation="relu", input_dim=4))
    model.add(nn.Dense(1))
    assert model.count_params() == 49 and len(model.layers) == 2 and len(model) == 2
    listed = nn.Sequential([nn.Dense(8, activation="relu", input_dim=4), nn.Dense(1)], seed=0)
    assert [p.shape for p in model.weights] == [p.shape for p in listed.weights]
    for a, b in zip(model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_input_shape_changes_no_numbers():
    given = nn.Sequential([nn.Flatten(input_shape=(2, 2)), nn.Dense(3), nn.Dense(1)], seed=0)
    later = nn.Sequential([nn.Flatten(), nn.Dense(3), nn.Dense(1)], seed=0)
    later.build((None, 2, 2))
    for a, b in zip(given.get_weights(), later.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_history():
    history = fitted(regression(metrics=["mae"]), validation_split=0.2)
    assert (
        set(history.history) == {"loss", "mae", "val_loss", "val_mae"} and len(history.epoch) == 20
    )
    assert history.history["val_loss"][-1] < history.history["val_loss"][0]


def test_layers_by_number_and_name():
    model = regression()
    assert model.layers[0] is model[0] and model.get_layer("dense_1") is model[
        1
    ] is model.get_layer(index=1)
    assert [layer.name for layer in model] == ["dense", "dense_1"] and len(model[:1]) == 1
    with pytest.raises(ValueError, match="there are dense, dense_1"):
        model.get_layer("output")


def test_weights_out_and_in():
    a, b = regression(), regression()
    fitted(a, 2)
    b.set_weights(a.get_weights())
    np.testing.assert_array_equal(a.predict(X), b.predict(X))
    with pytest.raises(ValueError, match="2 arrays, and the model has 4 parameters"):
        b.set_weights(a.get_weights()[:2])


def test_the_kernel_and_bias_of_a_layer():
    kernel, bias = (p.numpy() for p in regression().layers[0].parameters())
    assert kernel.shape == (4, 16) and (bias == 0).all()


# Losses and metrics of one's own


def quantile(y_true, y_pred):
    d = y_true - y_pred
    return tg.maximum(0.9 * d, -0.1 * d).mean()


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize(
    "loss",
    [
        quantile,
        lambda y, y_hat: quantile(y, y_hat),
        lambda y_true, y_pred: np.mean(
            np.maximum(0.9 * (y_true - y_pred), -0.1 * (y_true - y_pred))
        ),
    ],
)
def test_the_90_percent_quantile(loss, jit):
    model = nn.Sequential([nn.Dense(1, input_shape=(1,))], seed=0)
    model.compile(optim.Adam(learning_rate=0.05), loss)
    y = RNG.normal(size=(500, 1)).astype(np.float32)
    model.fit(np.zeros((500, 1)), y, epochs=20, verbose=0, seed=0, jit=jit)
    assert model.layers[0].bias.item() == pytest.approx(np.quantile(y, 0.9), abs=0.15)
    assert not jit or "plainly" not in model.program()


def test_a_loss_with_a_parameter_in_a_closure():
    def weighted(alpha):
        def loss(y_true, y_pred):
            return (tg.where(y_true > y_pred, alpha, 1 - alpha) * (y_true - y_pred) ** 2).mean()

        return loss

    model = regression(loss=weighted(0.99))
    fitted(model, 30)
    assert (model.predict(X) > Y).mean() > 0.7


def r2_score(y_true, y_pred):
    """As scikit-learn's, which looks at arrays."""
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    return 1 - ((y_true - y_pred) ** 2).sum() / ((y_true - y_true.mean()) ** 2).sum()


def test_r2_of_ones_own_is_r2():
    model = regression(metrics=[r2_score, "r2"])
    history = fitted(model)
    expected = r2_score(Y, model.predict(X))
    _, own, ours = model.evaluate(X, Y, batch_size=200, verbose=0)
    assert own == pytest.approx(expected) and ours == pytest.approx(expected) and expected > 0.9
    assert "r2_score" in history.history


def test_metrics_see_plain_tensors_everywhere():
    seen = []

    def spy(y_true, y_pred):
        seen.append((type(y_true), y_pred.requires_grad))
        return float(np.abs(np.asarray(y_pred) - y_true).mean())

    model = regression(metrics=[spy])
    fitted(model, 1, validation_split=0.2)
    model.evaluate(X, Y, verbose=0)
    assert set(seen) == {(np.ndarray, False)}


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: 0.0,
        lambda x, y: 0.0,
        lambda p, q: 0.0,
        lambda y, t: 0.0,
        lambda y_true, target: 0.0,
        functools.partial(lambda k, u, v: 0.0, 1),
    ],
)
@pytest.mark.parametrize("what", ["loss", "metric"])
def test_an_order_that_cannot_be_told_is_refused(function, what):
    with pytest.raises(
        TypeError, match=rf"a {what} is called with .*do not say.*\(y_true, y_pred\).*lambda pred"
    ):
        regression(**({"loss": function} if what == "loss" else {"metrics": [function]}))


@pytest.mark.parametrize(
    "function, turned",
    [
        (lambda y_true, y_pred: y_true - 2 * y_pred, True),
        (lambda target, out: target - 2 * out, True),
        (lambda yTrue, yPred: yTrue - 2 * yPred, True),
        (lambda labels, x: labels - 2 * x, True),
        (lambda y, p: y - 2 * p, True),
        (lambda x, y_pred: x - 2 * y_pred, True),
        (lambda y, y_hat: y - 2 * y_hat, True),
        (functools.partial(lambda k, y_true, y_pred: y_true - k * y_pred, 2), True),
        (lambda y_true, y_pred, k=2: y_true - k * y_pred, True),
        (lambda _, y_pred: 5.0 - 2 * y_pred, True),
        (lambda p, t: t - 2 * p, False),
        (lambda prediction, target: target - 2 * prediction, False),
        (lambda logits, labels: labels - 2 * logits, False),
        (lambda input, target: target - 2 * input, False),
        (lambda yhat, y: y - 2 * yhat, False),
        (lambda out, x: x - 2 * out, False),
    ],
)
def test_the_order_is_told_by_names(function, turned):
    from tinygrad_edu.order import in_order, target_first

    assert target_first(function, "loss") is turned
    assert in_order(function, "loss")(1.0, 5.0) == 3.0


def test_a_metric_with_a_call():
    class Error:
        def __call__(self, y_true, y_pred):
            return float((y_true - y_pred.numpy()).mean())

    model = regression(metrics=[Error()])
    *_, error = model.evaluate(X, Y, batch_size=200, verbose=0)
    assert error == pytest.approx(float((Y - model.predict(X)).mean()), rel=1e-5)


# Names


@pytest.mark.parametrize(
    "loss, expected",
    [
        ("mae", lambda d: np.abs(d)),
        ("mean_absolute_error", lambda d: np.abs(d)),
        (losses.MeanSquaredError(), np.square),
        ("huber", lambda d: np.where(np.abs(d) < 1, d * d / 2, np.abs(d) - 0.5)),
        (
            losses.Huber(delta=0.5),
            lambda d: np.where(np.abs(d) < 0.5, d * d / 2, 0.5 * (np.abs(d) - 0.25)),
        ),
    ],
)
@pytest.mark.parametrize("weights", [None, np.linspace(0, 2, 200)])
def test_losses_for_regression(loss, expected, weights):
    model = regression(loss=loss)
    each = expected((model.predict(X) - Y).astype(float)) * (
        1 if weights is None else weights[:, None]
    )
    assert model.evaluate(X, Y, sample_weight=weights, verbose=0) == pytest.approx(
        each.mean(), rel=1e-5
    )
    history = fitted(model, 10, sample_weight=weights).history["loss"]
    assert history[-1] < history[0]


def test_scores_are_of_all_examples_at_once():
    y = (Y > 0.5).astype(int)
    model = nn.Sequential([nn.Dense(1, activation="sigmoid", input_shape=(4,))], seed=0)
    model.compile("adam", "binary_crossentropy", metrics=["precision", "recall", "auc"])
    history = model.fit(X, y, epochs=5, verbose=0, seed=0, validation_data=(X, y))
    p, true = model.predict(X), y == 1
    pairs = p[true][:, None] - p[~true][None, :]
    expected = [
        ((p > 0.5) & true).sum() / (p > 0.5).sum(),
        ((p > 0.5) & true).sum() / true.sum(),
        (pairs > 0).mean() + (pairs == 0).mean() / 2,
    ]
    for size in (7, 32, 200):
        assert model.evaluate(X, y, batch_size=size, verbose=0)[1:] == pytest.approx(expected)
    assert [
        history.history[f"val_{k}"][-1] for k in ("precision", "recall", "auc")
    ] == pytest.approx(expected)


def test_the_first_k():
    x, y = tg.datasets.blobs(90, seed=0)
    model = nn.Sequential([nn.Dense(3, activation="softmax")], seed=0)
    model.compile(
        "adam",
        "sparse_categorical_crossentropy",
        ["accuracy", metrics.scores.TopKCategoricalAccuracy(k=2)],
    )
    model.fit(x, y, epochs=2, verbose=0)
    _, first, second = model.evaluate(x, y, verbose=0)
    assert (
        second
        == (np.argsort(-model.predict(x), axis=1)[:, :2] == y[:, None]).any(axis=1).mean()
        >= first
    )


def test_one_hot_labels():
    model = nn.Sequential([nn.Flatten(), nn.Dense(2, activation="softmax")], seed=0)
    model.compile(
        optimizer=optim.RMSprop(learning_rate=0.01),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = model.fit(IMAGES, tg.to_categorical(DIGITS, 2), epochs=40, verbose=0)
    assert history.history["accuracy"][-1] > 0.8


# Callbacks


def test_early_stopping_restores_the_best():
    stop = callbacks.EarlyStopping(monitor="val_loss", patience=2, restore_best_weights=True)
    model = regression(optimizer=optim.Adam(learning_rate=0.3))
    history = fitted(model, 60, validation_split=0.3, callbacks=[stop])
    assert len(history.epoch) < 60
    assert model.evaluate(X[140:], Y[140:], verbose=0) == pytest.approx(
        min(history.history["val_loss"]), rel=1e-5
    )


@pytest.mark.parametrize(
    "schedule", [lambda epoch: 0.1 * 0.5**epoch, lambda epoch, lr: lr * 0.5 if epoch else 0.1]
)
def test_a_scheduler_in_both_forms(schedule):
    history = fitted(
        regression(optimizer="sgd"), 3, callbacks=[callbacks.LearningRateScheduler(schedule)]
    )
    assert history.history["learning_rate"] == pytest.approx([0.1, 0.05, 0.025])


def test_a_schedule_as_a_rate():
    model = regression(optimizer=optim.SGD(learning_rate=schedules.ExponentialDecay(0.1, 10, 0.5)))
    fitted(model, 2)
    assert model.optimizer.iterations == 14
    assert model.optimizer.learning_rate(10) == pytest.approx(0.05)


def test_a_callback_of_ones_own_hears_every_hook():
    class Spy(callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.seen = {}

        def note(self, name):
            self.seen[name] = self.seen.get(name, 0) + 1

        def on_train_batch_begin(self, batch, logs=None):
            self.note("on_train_batch_begin")

        def on_batch_end(self, batch, logs=None):
            self.note("on_batch_end")

        def on_test_end(self, logs=None):
            self.note("on_test_end")

        def on_epoch_end(self, epoch, logs=None):
            self.model.optimizer.learning_rate *= 0.5

    spy = Spy()
    model = regression()
    fitted(model, 2, validation_split=0.2, callbacks=[spy], batch_size=40)
    assert spy.seen == {"on_train_batch_begin": 8, "on_batch_end": 8, "on_test_end": 2}
    assert model.optimizer.learning_rate == pytest.approx(0.0025)


# Transfer, layers and models of one's own


def test_transfer_learning():
    base = regression()
    fitted(base, 5)
    base.layers[0].trainable = False
    before = base.get_weights()
    model = nn.Sequential([base.layers[0], nn.Dense(1)], seed=1)
    model.compile("adam", "mse")
    fitted(model, 3)
    for a, b in zip(before[:2], model.get_weights()[:2], strict=True):
        np.testing.assert_array_equal(a, b)
    assert [p.name for p in model.trainable_weights] == ["dense_1.weight", "dense_1.bias"] or len(
        model.trainable_weights
    ) == 2
    assert "Non-trainable params: 80" in model.summary()


def test_a_layer_of_ones_own_with_training():
    class GaussianNoise(nn.Module):
        def __init__(self, stddev):
            super().__init__()
            self.stddev, self.rng = stddev, np.random.default_rng(0)

        def forward(self, x, training=None):
            if not training:
                return x
            return x + self.rng.normal(0, self.stddev, x.shape).astype(np.float32)

    model = nn.Sequential([GaussianNoise(10.0), nn.Dense(1)], seed=0)
    model.compile("sgd", "mse")
    np.testing.assert_array_equal(model.predict(X), model.predict(X))
    assert np.abs(model(X, training=True).numpy() - model(X).numpy()).max() > 1


def test_a_model_of_ones_own():
    class Wide(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = nn.Dense(8, "relu", seed=0), nn.Dense(1, seed=1)

        def forward(self, inputs):
            return self.out(tg.concatenate([inputs, self.hidden(inputs)], axis=-1))

    model = Wide()
    model.compile("adam", "mse", ["mae"])
    history = fitted(model)
    assert history.history["loss"][-1] < history.history["loss"][0] and model.count_params() == 53


def test_class_weights_and_sample_weights():
    y = (Y > 1).astype(int)
    model = nn.Sequential([nn.Dense(1, "sigmoid")], seed=0)
    model.compile("adam", "binary_crossentropy", ["recall"])
    before = model.fit(X, y, epochs=10, verbose=0, seed=0).history["recall"][-1]
    weighted = nn.Sequential([nn.Dense(1, "sigmoid")], seed=0)
    weighted.compile("adam", "binary_crossentropy", ["recall"])
    after = weighted.fit(
        X, y, epochs=10, verbose=0, seed=0, class_weight={0: 1.0, 1: 20.0}
    ).history["recall"][-1]
    assert after > before


def test_labels_one_and_two_are_refused():
    model = nn.Sequential([nn.Dense(1, "sigmoid")], seed=0)
    model.compile("adam", "binary_crossentropy")
    with pytest.raises(ValueError, match=r"labels in \[0, 1\].*y == y.max"):
        model.fit(X, (Y > 0) + 1, verbose=0)


def test_save_and_load_weights(tmp_path):
    model, twin = regression(), regression()
    fitted(model, 2)
    model.save_weights(tmp_path / "w.npz")
    twin.load_weights(tmp_path / "w.npz")
    np.testing.assert_array_equal(model.predict(X), twin.predict(X))
