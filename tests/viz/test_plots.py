"""The plots say what the numbers say, and leave matplotlib as it was."""

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from viz import plots

X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
XOR = np.array([0, 1, 1, 0])


def texts(figure):
    return [t.get_text() for ax in figure.axes for t in [ax.title, *ax.texts]]


def hidden(p):
    return np.maximum(p @ np.ones((2, 2)) + [0, -1], 0)


def predict(p):
    return hidden(p) @ [1, -2]


def test_images_in_order_with_their_titles():
    pictures = np.arange(7 * 4).reshape(7, 2, 2)
    figure = plots.images(pictures, list("abcdefg"), columns=5)
    assert [ax.get_title() for ax in figure.axes] == list("abcdefg")
    for ax, picture in zip(figure.axes, pictures, strict=True):
        assert np.array_equal(ax.images[0].get_array(), picture)


def test_predictions_tell_right_from_wrong_in_words():
    figure = plots.predictions(
        np.zeros((2, 4, 4)), [[0.9, 0.1], [0.7, 0.3]], [0, 1], ["cat", "dog"]
    )
    assert [t for t in texts(figure) if t] == ["cat 90% ✓", "cat 70% ✗\nis dog"]
    widths = [bar.get_width() for bar in figure.axes[1].patches]
    assert widths == [0.9, 0.1]


def test_training_curves_show_the_history():
    history = {"loss": [0.5, 0.4], "accuracy": [0.8, 0.9], "val_loss": [0.6, 0.45]}
    figure = plots.training_curves(history, test={"loss": 0.47})
    loss, accuracy = figure.axes
    assert [list(line.get_ydata()) for line in loss.lines] == [[0.5, 0.4], [0.6, 0.45], [0.47]]
    assert [t.get_text() for t in loss.texts] == [
        "training 0.4000",
        "validation 0.4500",
        "test 0.4700",
    ]
    assert [list(line.get_ydata()) for line in accuracy.lines] == [[0.8, 0.9]]
    heights = sorted(t.xyann[1] for t in loss.texts)
    assert min(np.diff(heights)) > 0.05 * np.ptp(loss.get_ylim()), (
        "labels must not cover each other"
    )


def test_the_decision_boundary_is_where_the_model_crosses_its_threshold():
    figure = plots.decision_boundary(predict, X, XOR, hidden=hidden)
    left, right = figure.axes[:2]
    lines = [c for c in left.collections if type(c).__name__ == "QuadContourSet" and not c.filled]
    crossing = np.concatenate(
        [s for p in lines[0].get_paths() for s in p.to_polygons(closed_only=False)]
    )
    assert np.abs(predict(crossing) - 0.5).max() < 0.02
    line = right.lines[-1]
    assert np.abs(np.stack(line.get_data(), axis=-1) @ [1, -2] - 0.5).max() < 1e-9
    names = [t.get_text() for t in right.texts]
    assert "(0, 1) (1, 0)" in names, "points that fall together share one label"


def test_a_model_without_a_boundary_is_drawn_all_the_same():
    figure = plots.decision_boundary(lambda p: np.full(len(p), 0.5), X, XOR)
    assert isinstance(figure, Figure)


@pytest.mark.parametrize(
    "make",
    [
        lambda: plots.image(np.eye(28), title="one"),
        lambda: plots.images(np.zeros((3, 4, 4))),
        lambda: plots.training_curves({"loss": [1.0]}),
        lambda: plots.decision_boundary(predict, X, XOR, hidden=hidden),
    ],
)
def test_no_global_state_and_no_file(make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = dict(matplotlib.rcParams)
    figure = make()
    figure.savefig(tmp_path / "figure.png")
    import matplotlib.pyplot as plt

    assert plt.get_fignums() == []
    assert dict(matplotlib.rcParams) == before
    assert [p.name for p in tmp_path.iterdir()] == ["figure.png"]
