"""Films of a training run: the frames are the model's, the files are whole."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from PIL import Image

import tinygrad_edu as tg
from tinygrad_edu import nn
from viz import plots

X, Y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])


def film(every=3, epochs=7, kind=plots.Recorder, **options):
    model = nn.Sequential([nn.Dense(3, "tanh"), nn.Dense(1)], seed=0)
    model.compile("sgd", "mse")
    recorder = kind(X, Y, every=every, points=9, **options)
    history = model.fit(X, Y, epochs=epochs, verbose=0, callbacks=[recorder])
    return recorder, model, history


def test_frames_are_the_beginning_every_third_epoch_and_the_end():
    recorder, model, history = film()
    assert [epoch for epoch, *_ in recorder.frames] == [0, 3, 6, 7]
    assert recorder.losses == history.history["loss"]
    np.testing.assert_allclose(
        recorder.frames[-1][1].reshape(-1),
        model(recorder.plane.astype(np.float32)).numpy().reshape(-1),
    )
    fresh = nn.Sequential([nn.Dense(3, "tanh"), nn.Dense(1)], seed=0)
    np.testing.assert_allclose(
        recorder.frames[0][1].reshape(-1),
        fresh(recorder.plane.astype(np.float32)).numpy().reshape(-1),
    )
    for (W, b), layer in zip(recorder.frames[-1][2], model.layers, strict=True):
        np.testing.assert_array_equal(W, layer.weight.numpy())
        np.testing.assert_array_equal(b, layer.bias.numpy())


def test_a_frame_shows_boundary_curve_and_weights():
    recorder, *_ = film()
    plane, curve, net = recorder.figure(2).axes
    assert plane.get_title() == "epoch 6" and curve.get_title() == f"loss {recorder.losses[5]:.4f}"
    np.testing.assert_allclose(curve.lines[1].get_ydata(), recorder.losses[:6])
    assert "input layer\n2" in [t.get_text() for t in net.texts]
    assert recorder.figure(0).axes[1].get_title() == ""


def test_looking_on_changes_nothing():
    _, model, _ = film()
    alone = nn.Sequential([nn.Dense(3, "tanh"), nn.Dense(1)], seed=0)
    alone.compile("sgd", "mse")
    alone.fit(X, Y, epochs=7, verbose=0)
    for a, b in zip(model.parameters(), alone.parameters(), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_a_gif_has_a_picture_a_frame(tmp_path):
    recorder, *_ = film(title="XOR")
    assert recorder.save(tmp_path / "xor.gif", fps=5, dpi=40) == str(tmp_path / "xor.gif")
    with Image.open(tmp_path / "xor.gif") as gif:
        assert gif.n_frames == 4 and gif.info["duration"] == 200 and gif.info["loop"] == 0
        first = np.asarray(gif.convert("RGB"))
        gif.seek(3)
        assert np.abs(np.asarray(gif.convert("RGB")).astype(int) - first).max() > 50


@pytest.mark.parametrize("lang, word", [("en", "epoch 7"), ("es", "época 7")])
def test_a_page_has_a_slider_and_needs_no_network(tmp_path, lang, word):
    recorder, *_ = film(title="</script>&", lang=lang)
    recorder.save(tmp_path / "xor.html", dpi=40)
    text = (tmp_path / "xor.html").read_text(encoding="utf-8")
    said = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S)[1])
    assert len(said["frames"]) == len(said["labels"]) == 4 and said["labels"][-1].startswith(word)
    assert all(f.startswith("data:image/png;base64,") for f in said["frames"])
    assert "://" not in text and "<h1>&lt;/script&gt;&amp;</h1>" in text


def test_live_shows_every_frame_as_it_comes():
    shown = []
    recorder, *_ = film(
        kind=plots.Live, show=lambda figure: shown.append(figure.axes[0].get_title())
    )
    assert shown == ["epoch 0", "epoch 3", "epoch 6", "epoch 7"]


def test_without_a_screen_live_only_records():
    recorder, *_ = film(kind=plots.Live)
    assert len(recorder.frames) == 4


def test_an_interrupted_run_is_a_film_too():
    recorder = plots.Recorder(X, Y, every=2, points=5)
    model = nn.Sequential([nn.Dense(1)], seed=0)
    model.compile("sgd", "mse")

    def stop(epoch, logs):
        if epoch == 4:
            raise KeyboardInterrupt

    model.fit(
        X,
        Y,
        epochs=9,
        verbose=0,
        callbacks=[recorder, tg.callbacks.LambdaCallback(on_epoch_end=stop)],
    )
    assert [epoch for epoch, *_ in recorder.frames] == [0, 2, 4, 5]


def test_mistakes_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"X is \(n, 2\)"):
        plots.Recorder(np.ones((4, 3)), np.ones(4))
    with pytest.raises(ValueError, match="every=1 for a frame an epoch"):
        plots.Recorder(X, Y, every=0)
    recorder = plots.Recorder(X, Y)
    with pytest.raises(RuntimeError, match=r"callbacks=\[recorder\]"):
        recorder.save(tmp_path / "x.gif")
    with pytest.raises(ValueError, match=r"saved as .gif or .html"):
        recorder.save(tmp_path / "x.mp4")
    with pytest.raises(ValueError, match="fps=8"):
        recorder.save(tmp_path / "x.gif", fps=0)
    assert not list(tmp_path.iterdir())
