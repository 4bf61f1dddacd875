"""Activations, neurons, gradient flow, confusion, hidden weights, loss surface: their numbers
against NumPy."""

from __future__ import annotations

import io

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

import tinygrad_edu as tg
from tinygrad_edu import nn
from viz import plots
from viz.plots.activations import CATALOGUE
from viz.plots.words import PLOTS


def texts(figure):
    return [t.get_text() for ax in figure.axes for t in [ax.title, *ax.texts]]


def circles(ax):
    return [p for p in ax.patches if type(p).__name__ == "Circle"]


# Activations


def test_every_activation_of_the_catalogue_with_its_derivative():
    figure = plots.activations()
    assert [ax.get_title() for ax in figure.axes] == list(CATALOGUE)
    for ax in figure.axes:
        f, slope = [line for line in ax.lines if line.get_label() in ("f", "f'")]
        x, y = f.get_xdata(), f.get_ydata()
        middle = (x[1:] + x[:-1]) / 2
        measured = np.diff(y) / np.diff(x)
        smooth = (np.diff(x) > 1e-3) & (np.abs(middle) > 0.02) & (np.abs(np.abs(middle) - 1) > 0.02)
        shown = np.interp(middle, x, slope.get_ydata())
        np.testing.assert_allclose(
            shown[smooth], measured[smooth], rtol=5e-3, atol=5e-3, err_msg=ax.get_title()
        )


def test_the_catalogue_misses_no_activation_of_one_number():
    from tinygrad_edu.nn.activations import ACTIVATIONS

    # another name, the identity, or of rows
    same = {"linear", "swish", "exponential", "softmax", "log_softmax"}
    assert set(CATALOGUE) == set(ACTIVATIONS) - same


def test_kinks_are_drawn_with_the_conventions_of_the_engine():
    f, slope = [
        line
        for line in plots.activations(["relu"]).axes[0].lines
        if line.get_label() in ("f", "f'")
    ]
    at_zero = np.argmin(np.abs(slope.get_xdata()))
    assert slope.get_xdata()[at_zero] == 0 and slope.get_ydata()[at_zero] == 0


# Networks


def test_a_network_has_a_circle_a_neuron_and_a_line_a_weight():
    W, w = np.array([[1.0, -2], [3, 4]]), np.array([[5.0], [-6]])
    ax = plots.network([(W, [7.0, 8]), (w, [9.0])]).axes[0]
    assert len(circles(ax)) == 5
    said = [t.get_text() for t in ax.texts]
    for weight in ("1", "-2", "3", "4", "5", "-6"):
        assert weight in said
    assert {"x₁", "x₂", "7", "8", "9"} <= set(said)
    links = [line for line in ax.lines if len(line.get_xdata())]
    assert len(links) == 6
    dashed = [line for line in links if line.get_linestyle() != "-"]
    assert len(dashed) == 2, "negative weights are told by dashes, not by colour alone"
    widths = sorted(line.get_linewidth() for line in links)
    # one scale for both layers: the same weight is as wide in each
    np.testing.assert_allclose(widths, sorted(0.4 + 3 * abs(v) / 6 for v in (1, -2, 3, 4, 5, -6)))
    legend = [t.get_text() for t in ax.get_legend().get_texts()]
    assert legend == ["positive weight", "negative weight", "number inside: bias"]


def test_a_model_is_drawn_from_its_dense_layers_with_their_activations():
    model = nn.Sequential(
        [nn.Flatten(), nn.Dense(3, "relu"), nn.Dense(2), nn.Activation("softmax")], seed=0
    )
    with pytest.raises(ValueError, match="call the model on data first"):
        plots.network(model)
    model(np.zeros((1, 4), np.float32))
    said = texts(plots.network(model, lang="es"))
    assert (
        "capa oculta\n3, relu" in said
        and "capa de salida\n2, softmax" in said
        and "capa de entrada\n4" in said
    )


def test_a_large_layer_shows_its_first_and_last_neurons():
    ax = plots.network([np.ones((784, 10))], most=6).axes[0]
    said = [t.get_text() for t in ax.texts]
    assert said.count("⋮") == 2 and "x₇₈₄" in said and len(circles(ax)) == 10


@pytest.mark.parametrize(
    "model, message",
    [
        (nn.Flatten(), "dense layers"),
        ([np.ones(3)], "dense layers"),
        ([], "dense layers"),
        ([np.ones((2, 3)), np.ones((2, 1))], "do not follow"),
    ],
)
def test_what_is_no_network_is_refused(model, message):
    with pytest.raises(ValueError, match=message):
        plots.network(model)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "threshold"])
def test_a_neuron_computes_what_it_shows(activation):
    w, b, x = np.array([1.0, -2.0]), 0.5, np.array([3.0, 1.0])
    said = texts(plots.perceptron(w, b, x, activation=activation))
    z = w @ x + b
    expected = {
        "relu": max(0, z),
        "sigmoid": 1 / (1 + np.exp(-z)),
        "tanh": np.tanh(z),
        "threshold": 1.0,
    }[activation]
    assert f"z = {z:g}" in said
    assert float(said[-1].removeprefix("y = ")) == pytest.approx(expected, abs=5e-4)
    assert f"y = {activation}(Σ wᵢ·xᵢ + b)" in said


def test_a_neuron_without_inputs_shows_its_weights():
    said = texts(plots.perceptron([1.0, -2.0], 0.5))
    assert {"x₁", "x₂", "1", "w₁ = 1", "w₂ = -2", "b = .5", "y"} <= set(said)
    with pytest.raises(ValueError, match="3 inputs for 2 weights"):
        plots.perceptron([1.0, 2.0], 0, [1.0, 2.0, 3.0])


# Gradient flow


def test_gradient_flow_is_the_root_mean_square_of_each_matrix():
    model = nn.MLP(3, 4, 1, activation="tanh")
    tg.mse(model(np.ones((5, 3), np.float32)), np.zeros((5, 1), np.float32)).backward()
    [line] = plots.gradient_flow({"tanh": model}).axes[0].lines
    expected = [
        np.sqrt((p.grad.astype(float) ** 2).mean()) for p in model.parameters() if p.ndim == 2
    ]
    np.testing.assert_allclose(line.get_ydata(), expected)


def test_a_gradient_of_zero_has_no_place_on_the_scale():
    dead = nn.MLP(2, 3, 1, activation="threshold", seed=0)
    tg.mse(dead(np.ones((4, 2))), np.ones((4, 1))).backward()
    assert [float(np.abs(p.grad).max()) > 0 for p in dead.parameters() if p.ndim == 2] == [
        False,
        True,
    ]
    for p in dead.parameters():
        p.grad = np.zeros(p.shape, p.dtype)
    plots.gradient_flow({"dead": dead}).savefig(io.BytesIO())


def test_gradients_must_be_there():
    with pytest.raises(ValueError, match="call loss.backward"):
        plots.gradient_flow({"new": nn.MLP(3, 4, 1)})


# Classes and hidden weights


def test_confusion_counts_each_pair():
    labels, guesses = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 0, 2])
    figure = plots.confusion_matrix(labels, np.eye(3)[guesses], ["a", "b", "c"])
    counts = np.array(
        [[np.sum((labels == i) & (guesses == j)) for j in range(3)] for i in range(3)]
    )
    assert [t.get_text() for t in figure.axes[0].texts] == [str(v) for v in counts.reshape(-1)]
    assert figure.axes[0].get_title() == "right: 4 / 6 (66.7%)"


@pytest.mark.parametrize(
    "labels, guesses, names, message",
    [
        ([0, 1], [0], None, "2 labels and 1 guesses"),
        ([0.5], [0], None, "whole numbers"),
        ([-1], [0], None, "whole"),
        ([0, 3], [0, 1], ["a"], "1 names for 4"),
    ],
)
def test_confusion_refuses_what_are_no_classes(labels, guesses, names, message):
    with pytest.raises(ValueError, match=message):
        plots.confusion_matrix(labels, guesses, names)


def test_hidden_weights_are_the_columns_on_one_scale():
    W = np.arange(24.0).reshape(6, 4) - 10
    figure = plots.hidden_weights(tg.tensor(W), (2, 3), most=3)
    pictures = [ax.images[0] for ax in figure.axes if ax.images]
    for k, shown in enumerate(pictures[:3]):
        np.testing.assert_array_equal(shown.get_array(), W[:, k].reshape(2, 3))
        assert shown.get_clim() == (-12, 12)
    with pytest.raises(ValueError, match="as many pixels"):
        plots.hidden_weights(W, (2, 2))


# Loss surface


def test_the_surface_is_the_loss_and_the_parameters_are_put_back():
    w = tg.tensor([[1.0], [2.0]], requires_grad=True)
    b = tg.tensor([0.5], requires_grad=True)
    loss = lambda: (w * w).sum() + 10 * (b * b).sum()
    figure = plots.loss_surface(
        loss, [w, b], directions=([1.0, 0, 0], [0, 0, 1.0]), points=5, span=2.0
    )
    assert w.numpy().tolist() == [[1], [2]] and b.numpy().tolist() == [0.5]
    surface = next(c for c in figure.axes[0].collections if type(c).__name__ == "QuadContourSet")
    assert surface.zmin == pytest.approx(4 + 10 * 0.5**2) and surface.zmax == pytest.approx(
        9 + 4 + 10 * 2.5**2
    )


def test_the_path_is_projected_and_ends_where_it_ends():
    w = tg.tensor([3.0, 1.0], requires_grad=True)
    path = []
    for _ in range(20):
        path.append([w.numpy()])
        w.overwrite(w.numpy() * 0.8)
    path.append([w.numpy()])
    path.insert(0, [np.array([3.0, 2.0])])
    figure = plots.loss_surface(lambda: (w * w).sum(), [w], path=path, points=7)
    line = figure.axes[0].lines[0]
    steps = np.array([p[0] for p in path])
    along = np.stack(line.get_data(), axis=-1)
    assert along[-1] == pytest.approx([0, 0], abs=1e-12)
    np.testing.assert_allclose(
        np.linalg.norm(along, axis=1), np.linalg.norm(steps - steps[-1], axis=1), atol=1e-9
    )


def test_parameters_come_back_after_an_error_too():
    w = tg.tensor([1.0], requires_grad=True)
    calls = []

    def loss():
        calls.append(1)
        if len(calls) > 3:
            raise RuntimeError("stop")
        return (w * w).sum()

    with pytest.raises(RuntimeError, match="stop"):
        plots.loss_surface(loss, [w], points=5)
    assert w.numpy().tolist() == [1]
    with pytest.raises(ValueError, match="a point of 2 numbers, and the parameters have 1"):
        plots.loss_surface(loss, [w], directions=([1.0, 2.0], [1.0, 2.0]))


# What holds for all

ALL = {
    "activations": lambda **o: plots.activations(["relu"], **o),
    "confusion_matrix": lambda **o: plots.confusion_matrix([0, 1], [0, 1], **o),
    "gradient_flow": lambda **o: plots.gradient_flow({"m": _after_backward()}, **o),
    "hidden_weights": lambda **o: plots.hidden_weights(np.ones((4, 2)), (2, 2), **o),
    "loss_surface": lambda **o: plots.loss_surface(lambda: (W * W).sum(), [W], points=4, **o),
    "network": lambda **o: plots.network([np.ones((2, 2))], **o),
    "perceptron": lambda **o: plots.perceptron([1.0], **o),
    "predictions": lambda **o: plots.predictions(np.zeros((1, 2, 2)), [[1.0, 0]], [1], "ab", **o),
    "training_curves": lambda **o: plots.training_curves({"loss": [1.0, 0.5]}, **o),
    "decision_boundary": lambda **o: plots.decision_boundary(
        lambda p: p[:, 0], [[0, 0], [1, 1]], [0, 1], **o
    ),
    "image": lambda **o: plots.image(np.eye(2), **o),
}
W = tg.tensor([1.0, 2.0], requires_grad=True)


def _after_backward():
    model = nn.MLP(2, 2, 1)
    tg.mse(model(np.ones((2, 2))), np.ones((2, 1))).backward()
    return model


@pytest.mark.parametrize("name", ALL)
def test_in_spanish_no_english_word_is_left(name):
    english = {en for en, es in PLOTS.values() if en != es and len(en) > 3}
    figure = ALL[name](lang="es")
    said = {t.get_text() for t in figure.findobj(matplotlib.text.Text)}
    assert not said & english, said & english
    with pytest.raises(ValueError, match="known: 'en', 'es'"):
        ALL[name](lang="fr")


@pytest.mark.parametrize(
    "name",
    [
        "confusion_matrix",
        "gradient_flow",
        "loss_surface",
        "network",
        "perceptron",
        "decision_boundary",
        "image",
    ],
)
def test_axes_of_ones_own(name):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert ALL[name](ax=right) is figure
    assert right.has_data() or right.patches or right.images
    assert not left.has_data()


@pytest.mark.parametrize("name", ALL)
def test_nothing_of_matplotlib_changes_and_nothing_is_written(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = dict(matplotlib.rcParams)
    ALL[name]().savefig(tmp_path / "figure.png")
    import matplotlib.pyplot as plt

    assert plt.get_fignums() == [] and dict(matplotlib.rcParams) == before
    assert [p.name for p in tmp_path.iterdir()] == ["figure.png"]
