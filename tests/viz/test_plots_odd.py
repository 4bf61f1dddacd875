"""Plots of what went wrong, or was never begun: models that diverged, runs that were interrupted,
odd arguments."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn
from viz import plots

NAN = float("nan")
X, XOR = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])


def drawn(figure):
    figure.canvas.draw()
    return [t.get_text() for ax in figure.axes for t in ax.texts]


# Training curves


def test_a_diverged_run_ends_where_it_left_the_finite_numbers():
    figure = plots.training_curves({"loss": [1.0, 0.5, 1e300, NAN], "val_loss": [NAN] * 4})
    said = drawn(figure)
    assert (
        "training: not finite from epoch 3" in said
        and "validation: not finite from epoch 1" in said
    )
    assert (
        plots.training_curves({"loss": [NAN]}, lang="es")
        .axes[0]
        .texts[0]
        .get_text()
        .endswith("desde la época 1")
    )


@pytest.mark.parametrize(
    "history", [{}, {"loss": []}, {"loss": [], "val_loss": []}, tg.training.History()]
)
def test_a_run_interrupted_in_its_first_epoch_says_so(history):
    assert "no epoch was finished" in drawn(plots.training_curves(history))


@pytest.mark.parametrize("n, ticks", [(1, [1]), (2, [1, 2])])
def test_epochs_are_whole_numbers(n, ticks):
    figure = plots.training_curves({"loss": [0.5] * n})
    figure.canvas.draw()
    low, high = figure.axes[0].get_xlim()
    assert [t for t in figure.axes[0].get_xticks() if low <= t <= high and t <= n] == ticks
    assert all(t == int(t) for t in figure.axes[0].get_xticks())


def test_what_fit_and_evaluate_return_is_what_goes_in():
    model = nn.Sequential([nn.Dense(2, "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(X, XOR, epochs=2, verbose=0)
    tested = model.evaluate(X, XOR, verbose=0)
    figure = plots.training_curves(history, test=tested)
    for ax, value in zip(figure.axes, tested, strict=True):
        assert f"test {value:.4f}" in [t.get_text() for t in ax.texts]
    assert "test 0.2500" in drawn(plots.training_curves(history, test=0.25))
    with pytest.raises(ValueError, match="3 numbers for the curves loss, accuracy"):
        plots.training_curves(history, test=[1, 2, 3])
    with pytest.raises(TypeError, match="what fit"):
        plots.training_curves([0.5, 0.4])


# Boundaries


@pytest.mark.parametrize(
    "predict",
    [
        lambda p: np.full(len(p), NAN),
        lambda p: 1e300 * (p[:, 0] + 1),
        lambda p: np.full(len(p), np.inf),
    ],
)
def test_a_model_without_finite_outputs(predict):
    assert "nowhere finite" in drawn(plots.decision_boundary(predict, X, XOR))
    drawn(plots.decision_boundary(predict, X, XOR, hidden=lambda p: p * NAN))


def test_a_plane_that_is_partly_finite_is_drawn_where_it_is():
    figure = plots.decision_boundary(lambda p: np.where(p[:, 0] > 0.5, NAN, p[:, 1]), X, XOR)
    assert "nowhere finite" not in drawn(figure)


def test_a_softmax_of_two_counts_as_its_second_class():
    one = plots.decision_boundary(lambda p: p[:, 0], X, XOR)
    two = plots.decision_boundary(
        lambda p: np.stack([1 - p[:, 0], p[:, 0]], axis=1), X, np.eye(2)[XOR]
    )
    a, b = (
        next(c for c in f.axes[0].collections if type(c).__name__ == "QuadContourSet").cvalues
        for f in (one, two)
    )
    np.testing.assert_allclose(a, b)


def test_classes_by_name_and_thousands_of_points():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(5000, 2))
    labels = np.array(["cat", "dog", "owl"])[rng.integers(0, 3, 5000)]
    W = rng.normal(size=(2, 3))
    figure = plots.decision_boundary(lambda p: p @ W, points, labels)
    legend = [t.get_text() for t in figure.axes[0].get_legend().get_texts()]
    assert legend == ["y = cat", "y = dog", "y = owl"]
    dots = [c for c in figure.axes[0].collections if type(c).__name__ == "PathCollection"]
    assert (
        sum(len(c.get_offsets()) for c in dots) == 5000
        and max(c.get_sizes().max() for c in dots) < 30
    )


# Confusion


def test_a_sigmoids_predictions_are_cut_at_one_half():
    figure = plots.confusion_matrix([0, 0, 1, 1, 1], [[0.1], [0.2], [0.9], [0.5], [0.3]])
    assert "4 / 5 (80.0%)" in figure.axes[0].get_title()
    assert [t.get_text() for t in figure.axes[0].texts] == ["2", "0", "1", "2"]


@pytest.mark.parametrize(
    "labels, guesses, message",
    [
        ([0, 1], [0, -1], "-1 is among them"),
        ([0, -1], [0, 1], "-1 is among them"),
        ([0, 1], [0.5, 1.7], "from 0 to 1"),
        ([0, 1], [-3.0, 2.5], "guesses > 0"),
        ([0, 1], [0.5, NAN], "from 0 to 1"),
        ([0.5, 1], [0, 1], "whole numbers"),
        (["a", "b"], [0, 1], "np.unique"),
        ([0], [0, 1], "1 labels and 2 guesses"),
    ],
)
def test_what_is_no_class_is_refused(labels, guesses, message):
    with pytest.raises(ValueError, match=message):
        plots.confusion_matrix(labels, guesses)


def test_whole_numbers_as_floats_are_classes():
    figure = plots.confusion_matrix(np.array([[0.0], [1.0]]), np.array([0.0, 1.0]))
    assert "2 / 2" in figure.axes[0].get_title()


# Surfaces and flows


def test_a_loss_that_is_nowhere_finite():
    w = tg.tensor([1.0, 2.0], requires_grad=True)
    figure = plots.loss_surface(
        lambda: (w * w).sum() * NAN, [w], directions=([1.0, 0.0], [0.0, 1.0]), points=5
    )
    assert "nowhere finite" in drawn(figure)


def test_a_path_that_diverged_is_drawn_as_far_as_it_is_finite():
    w = tg.tensor([1.0, 2.0], requires_grad=True)
    figure = plots.loss_surface(
        lambda: (w * w).sum(), [w], path=[[2.0, 2.0], [1.0, 1.5], [1e300, NAN]], points=7
    )
    [line, _, *_] = figure.axes[0].lines
    assert len(line.get_xdata()) == 2 and np.isfinite(line.get_xdata()).all()
    np.testing.assert_array_equal(w.numpy(), [1.0, 2.0])


def test_the_flow_of_gradients_that_overflowed():
    model = nn.MLP(2, 3, 3, 1, seed=0)
    tg.mse(model(np.ones((4, 2))), np.ones((4, 1))).backward()
    model.parameters()[0].grad[...] = np.nan
    drawn(plots.gradient_flow({"relu": model}))


# Films


def run(model, y, loss="mse", rate=0.1, **options):
    model.compile(tg.optim.SGD(learning_rate=rate), loss)
    film = plots.Recorder(X, y, points=9, **options)
    with np.errstate(all="ignore"):
        model.fit(
            X, y if loss != "mse" else np.reshape(y, (-1, 1)), epochs=3, verbose=0, callbacks=[film]
        )
    return film


def test_a_film_of_a_softmax_and_of_a_run_that_diverged(tmp_path):
    film = run(
        nn.Sequential([nn.Dense(3, "softmax")], seed=0), XOR, "sparse_categorical_crossentropy"
    )
    assert film.classes == 3 and set(np.unique(film.frames[-1][1])) <= {0, 1, 2}
    drawn(film.figure(-1))
    drawn(run(nn.Sequential([nn.Dense(3, "tanh"), nn.Dense(1)], seed=0), XOR, rate=1e25).figure(-1))


def test_sixty_frames_a_second_play_at_their_speed(tmp_path):
    from PIL import Image

    film = run(nn.Sequential([nn.Dense(1)], seed=0), XOR)
    film.frames = [film.frames[k % 4] for k in range(13)]
    film.save(tmp_path / "fast.gif", fps=60, dpi=20)
    durations = []
    with Image.open(tmp_path / "fast.gif") as gif:
        for k in range(gif.n_frames):
            gif.seek(k)
            durations.append(gif.info["duration"])
    assert min(durations) >= 20 and sum(durations[:-1]) == pytest.approx(1000 * 12 / 60, rel=0.2)


def test_a_title_is_only_a_title(tmp_path):
    film = run(nn.Sequential([nn.Dense(1)], seed=0), XOR, title="{data} {play}")
    film.save(tmp_path / "x.html", dpi=20)
    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<h1>{data} {play}</h1>" in text
    assert len(json.loads(re.search(r'id="data">(.*?)</script>', text, re.S)[1])["frames"]) == 4


@pytest.mark.parametrize(
    "value, text",
    [
        (0.00997, ".01"),
        (-0.00123, "-.001"),
        (0.5, ".5"),
        (-1.2345, "-1.23"),
        (12.345, "12.3"),
        (1234.5, "1235"),
        (0.1234, ".123"),
        (0.0, "0"),
    ],
)
def test_a_number_in_a_circle_is_no_wider_than_it(value, text):
    said = [t.get_text() for t in plots.network([(np.ones((1, 1)), [value])]).axes[0].texts]
    assert text in said
