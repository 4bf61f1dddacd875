"""Every argument that Keras' compile, fit, evaluate and predict take is taken in Keras' place and
sense, or refused by its name with the line to write."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from tinygrad_edu import nn, optim
from tinygrad_edu.callbacks import LambdaCallback

from .models import LABELS, ONE_HOT, X, Y, bits, linear, plain

W = np.linspace(0, 2, 50)
# Keras 3.15's own signatures, less the first argument.
KERAS = {
    "fit": "x y batch_size epochs verbose callbacks validation_split validation_data shuffle class_weight "
    "sample_weight initial_epoch steps_per_epoch validation_steps validation_batch_size validation_freq",
    "evaluate": "x y batch_size verbose sample_weight steps callbacks return_dict",
    "predict": "x batch_size verbose steps callbacks",
}
COMPILE = (
    "optimizer loss loss_weights metrics weighted_metrics run_eagerly steps_per_execution jit_compile "
    "auto_scale_loss"
)


@pytest.mark.parametrize("method", KERAS)
def test_the_arguments_are_keras_in_keras_order(method):
    own = list(inspect.signature(getattr(nn.Module, method)).parameters)[1:]
    assert own[: len(KERAS[method].split())] == KERAS[method].split()


def test_those_of_compile_are_all_known():
    assert set(COMPILE.split()) <= set(inspect.signature(nn.Module.compile).parameters)


def still(**options):
    """A model that its training does not move, so that losses can be computed beside it."""
    return linear(optimizer=optim.SGD(learning_rate=0.0), **options)


def losses(model, part=slice(None), weights=1.0):
    return float((weights * ((plain(model, X) - Y)[part, 0] ** 2)).mean())


# Taken


def test_none_is_the_default():
    a, b = linear(metrics=["mae"]), linear(metrics=["mae"])
    none = dict.fromkeys(
        (
            "batch_size",
            "callbacks",
            "validation_data",
            "class_weight",
            "sample_weight",
            "steps_per_epoch",
            "validation_steps",
            "validation_batch_size",
        )
    )
    first = a.fit(X, Y, verbose=0, epochs=2, **none)
    second = b.fit(X, Y, verbose=0, epochs=2, batch_size=32)
    assert first.history == second.history and bits(a) == bits(b)
    keys = {"batch_size": None, "sample_weight": None, "steps": None, "callbacks": None}
    assert a.evaluate(X, Y, verbose=0, **keys) == b.evaluate(X, Y, verbose=0)
    keys.pop("sample_weight")
    np.testing.assert_array_equal(a.predict(X, **keys), b.predict(X))


def test_in_place_of_names():
    a, b = linear(), linear()
    a.fit(X, Y, 16, 2, 0, None, 0.2)
    b.fit(X, Y, batch_size=16, epochs=2, verbose=0, validation_split=0.2)
    assert bits(a) == bits(b)
    assert a.history.history == b.history.history
    assert a.evaluate(X, Y, 8, 0) == b.evaluate(X, Y, batch_size=8, verbose=0)


@pytest.mark.parametrize(
    "verbose, lines", [(0, 0), (False, 0), (2, 2), (1, 2), (True, 2), ("auto", 2), (np.int64(2), 2)]
)
def test_verbose(verbose, lines, capsys):
    linear().fit(X, Y, verbose=verbose)
    assert capsys.readouterr().out.count("\n") == lines


@pytest.mark.parametrize(
    "loss, y, units",
    [
        ("mse", Y, 1),
        ("binary_crossentropy", (LABELS > 0)[:, None], 1),
        ("sparse_categorical_crossentropy", LABELS, 3),
        ("categorical_crossentropy", ONE_HOT, 3),
    ],
)
def test_weights_of_the_validation_data(loss, y, units):
    """val_loss = Σ weight·loss / n, as in training; metrics are not weighed, as in Keras."""
    model = linear(loss, optim.SGD(learning_rate=0.0), ["accuracy"], units=units)
    history = model.fit(
        X, y, batch_size=7, verbose=0, sample_weight=W, validation_data=(X, y, W)
    ).history
    bare = model.evaluate(X, y, verbose=0, return_dict=True)
    assert history["val_loss"] == pytest.approx(history["loss"], rel=1e-5)
    assert history["val_accuracy"] == pytest.approx([bare["accuracy"]])
    assert model.evaluate(X, y, 7, 0, W)[0] == pytest.approx(history["val_loss"][0])
    assert model.evaluate(X, y, 7, 0, W[:, None])[0] == pytest.approx(history["val_loss"][0])
    assert bare["loss"] != pytest.approx(history["val_loss"][0])
    ones = model.evaluate(X, y, verbose=0, sample_weight=np.ones(50), return_dict=True)
    assert ones == pytest.approx(bare)


def test_weighted_losses_are_their_formula():
    model = still()
    assert model.evaluate(X, Y, verbose=0, sample_weight=W) == pytest.approx(
        losses(model, weights=W), rel=1e-5
    )


def test_a_split_takes_its_weights_along():
    model = still()
    history = model.fit(X, Y, verbose=0, validation_split=0.2, sample_weight=W).history
    assert history["loss"] == pytest.approx([losses(model, slice(0, 40), W[:40])], rel=1e-5)
    assert history["val_loss"] == pytest.approx([losses(model, slice(40, 50), W[40:])], rel=1e-5)


def test_class_weights_are_for_training_alone():
    model = linear("sparse_categorical_crossentropy", optim.SGD(learning_rate=0.0), units=3)
    history = model.fit(
        X, LABELS, verbose=0, validation_split=0.2, class_weight={0: 3.0, 1: 0.5, 2: 1.0}
    ).history
    assert history["val_loss"] == pytest.approx([model.evaluate(X[40:], LABELS[40:], verbose=0)])
    assert history["loss"] != pytest.approx([model.evaluate(X[:40], LABELS[:40], verbose=0)])


@pytest.mark.parametrize("kind", [tuple, list])
def test_validation_data_of_two_and_three(kind):
    model = still()
    for given, weights in (
        ((X[:9], Y[:9]), 1.0),
        ((X[:9], Y[:9], W[:9]), W[:9]),
        ((X[:9], Y[:9], None), 1.0),
    ):
        found = model.fit(X, Y, verbose=0, validation_data=kind(given)).history["val_loss"]
        assert found == pytest.approx([losses(model, slice(0, 9), weights)], rel=1e-5)


@pytest.mark.parametrize(
    "freq, epochs",
    [(1, [0, 1, 2, 3, 4]), (2, [1, 3]), (7, []), ([1, 5], [0, 4]), ((2,), [1]), ({3}, [2])],
)
def test_validation_freq(freq, epochs):
    seen, model = [], linear()
    history = model.fit(
        X,
        Y,
        epochs=5,
        verbose=0,
        validation_split=0.2,
        validation_freq=freq,
        callbacks=LambdaCallback(
            on_epoch_end=lambda epoch, logs: seen.append((epoch, "val_loss" in logs))
        ),
    )
    assert [epoch for epoch, validated in seen if validated] == epochs
    assert (
        len(history.history.get("val_loss", [])) == len(epochs)
        and len(history.history["loss"]) == 5
    )


def test_the_first_batches_of_validation():
    model, seen = still(), []
    history = model.fit(
        X,
        Y,
        batch_size=20,
        verbose=0,
        validation_data=(X, Y),
        validation_steps=2,
        validation_batch_size=7,
        callbacks=LambdaCallback(on_test_batch_end=seen.append),
    ).history
    assert history["val_loss"] == pytest.approx(
        [losses(model, slice(0, 14))], rel=1e-5
    ) and seen == [0, 1]
    assert model.fit(
        X, Y, batch_size=20, verbose=0, validation_data=(X, Y), validation_steps=1
    ).history["val_loss"] == pytest.approx([losses(model, slice(0, 20))], rel=1e-5)


def test_the_first_batches_of_evaluate_and_predict():
    model = still()
    assert model.evaluate(X, Y, 8, 0, steps=2) == pytest.approx(
        losses(model, slice(0, 16)), rel=1e-5
    )
    assert model.evaluate(X, Y, 8, 0, steps=99) == pytest.approx(losses(model), rel=1e-5)
    assert model.predict(X, 8, steps=2).shape == (16, 1) and model.predict(
        X, 8, steps=99
    ).shape == (50, 1)


@pytest.mark.parametrize(
    "options, eager",
    [
        ({}, False),
        ({"run_eagerly": True}, True),
        ({"jit_compile": False}, True),
        ({"jit_compile": True}, False),
        ({"jit_compile": "auto"}, False),
    ],
)
def test_run_eagerly_and_jit_compile(options, eager):
    model, twin = linear(), linear()
    model.compile(
        "sgd",
        "mse",
        weighted_metrics=[],
        loss_weights=None,
        steps_per_execution=1,
        auto_scale_loss=True,
        **options,
    )
    model.fit(X, Y, verbose=0)
    assert (model.plan.step is None) == eager
    twin.fit(X, Y, verbose=0)
    assert bits(model) == bits(twin)


def test_one_metric_without_a_list():
    def worst(prediction, target):
        return 1.0

    assert list(linear(metrics=worst).plan.metrics) == ["worst"]


# Refused by name


@pytest.mark.parametrize(
    "options, error, word",
    [
        (
            {"steps_per_epoch": 3},
            ValueError,
            r"steps_per_epoch=3 .* write fit\(x\[:3 \* 32\], y\[:3 \* 32\]\)",
        ),
        ({"shuffle": "batch"}, ValueError, "shuffle='batch' is unknown; known: True, False"),
        ({"verbose": "loud"}, ValueError, "verbose='loud' is unknown; known: 0 .*\"auto\""),
        ({"verbose": 3}, ValueError, "verbose=3"),
        ({"batch_size": 2.5}, TypeError, "batch_size is a whole number, and got 2.5"),
        ({"batch_size": "32"}, TypeError, "batch_size is a whole number"),
        ({"epochs": 1.0}, TypeError, "epochs is a whole number"),
        ({"epochs": None}, TypeError, "epochs is a whole number"),
        ({"initial_epoch": -1}, ValueError, "initial_epoch must be at least 0"),
        ({"validation_freq": 0}, ValueError, "validation_freq must be at least 1"),
        (
            {"validation_steps": 0, "validation_split": 0.5},
            ValueError,
            "validation_steps must be at least 1",
        ),
        ({"validation_batch_size": 0}, ValueError, "validation_batch_size must be at least 1"),
        (
            {"validation_data": X},
            ValueError,
            r"not ndarray; write validation_data=\(x_val, y_val\)",
        ),
        ({"validation_data": (X,)}, ValueError, "not 1 things"),
        ({"validation_data": (X, Y, W, W)}, ValueError, "not 4 things"),
        ({"validation_data": (X, Y, W[:3])}, ValueError, "one number an example"),
        ({"class_weight": "balanced"}, TypeError, r"got 'balanced'; write \{k: len\(y\) /"),
        ({"class_weight": [1, 2, 3]}, TypeError, "maps each class"),
        (
            {"sample_weight": np.ones((50, 2))},
            ValueError,
            r"shape \(50, 2\); write one number an example",
        ),
        ({"workers": 4}, TypeError, "workers"),
        ({"max_queue_size": 4}, TypeError, "max_queue_size"),
    ],
)
def test_refused(options, error, word):
    model = linear()
    before = bits(model)
    with pytest.raises(error, match=word):
        model.fit(X, Y, **options)
    assert bits(model) == before and not hasattr(model, "history")


def test_the_balanced_weights_that_are_advised():
    classes = 3
    y = LABELS
    model = linear("sparse_categorical_crossentropy", units=3)
    weights = {
        k: len(y) / (classes * n) for k, n in zip(*np.unique(y, return_counts=True), strict=True)
    }
    model.fit(X, y, verbose=0, class_weight=weights)
    assert sum(weights[k] for k in y) == pytest.approx(len(y))


@pytest.mark.parametrize(
    "x, y, error, word",
    [
        (X, None, ValueError, r"y is None; write model.fit\(x, y\)"),
        (
            (row for row in X),
            Y,
            TypeError,
            r"x is a generator, and is read as one array .* np.concatenate",
        ),
        ({"input": X}, Y, TypeError, "x is a dict"),
        (X, {"out": Y}, TypeError, "y is a dict"),
        ({1.0}, [1.0], TypeError, "x is a set"),
        (
            X,
            ["cat"] * 50,
            TypeError,
            r"y holds <U3, .* write names, y = np.unique\(y, return_inverse=True\)",
        ),
        (X.astype(str), Y, TypeError, r"write np.array\(x, float\)"),
        (X.astype(object), Y, TypeError, "x holds object"),
        (X.astype("datetime64[s]"), Y, TypeError, "datetime64"),
        (np.ma.masked_less(X, 0), Y, TypeError, r"x: the mask of a masked array would be lost"),
        (X, np.ma.masked_less(Y, 0), TypeError, "y: the mask of a masked array"),
        (np.zeros(50, [("a", "f4")]), Y, TypeError, "x holds"),
    ],
)
def test_what_is_no_array_of_numbers(x, y, error, word):
    for call in (linear().fit, linear().evaluate):
        with pytest.raises(error, match=word):
            call(x, y, verbose=0)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_what_reads_as_an_array():
    """Lists, other byte orders; np.matrix multiplies otherwise, and is refused."""
    wanted = linear()
    wanted.fit(X, Y, verbose=0)
    for x, y in ((X.tolist(), Y.tolist()), (X.astype(">f4"), Y.astype(">f8"))):
        model = linear()
        model.fit(x, y, verbose=0)
        np.testing.assert_allclose(
            model.layers[0].weight.numpy(), wanted.layers[0].weight.numpy(), rtol=1e-5
        )
    with pytest.raises(TypeError, match="np.matrix"):
        linear().fit(np.asmatrix(X), Y, verbose=0)


@pytest.mark.parametrize(
    "options, error, word",
    [
        ({"loss_weights": [1.0]}, ValueError, "loss_weights are for models of several outputs"),
        (
            {"weighted_metrics": ["mae"]},
            ValueError,
            r"weighted_metrics are not supported.*write metrics=",
        ),
        ({"steps_per_execution": 4}, ValueError, "steps_per_execution=4: every batch is one step"),
        ({"loss": ["mse"]}, TypeError, "one output"),
        ({"loss": {"out": "mse"}}, TypeError, "one output"),
        ({"metrics": {"out": "mae"}}, TypeError, "one output"),
        ({"optimizer": optim.Adam}, ValueError, r"a class; write optim.Adam\(\)"),
        ({"metric": "mae"}, TypeError, "metric"),
    ],
)
def test_compile_refuses(options, error, word):
    with pytest.raises(error, match=word):
        nn.MLP(3, 1).compile(**options)
