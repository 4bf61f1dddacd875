"""What fit and evaluate print, to a terminal and elsewhere."""

from __future__ import annotations

import io
import re
import sys

import pytest

from tinygrad_edu import progress
from tinygrad_edu.callbacks import EarlyStopping

from .models import LABELS, X, Y, bits, linear


def test_verbose_2_prints_the_lectures_lines(capsys):
    """Epoch 1/5
    1875/1875 - 2s - loss: 0.5003 - accuracy: 0.8238"""
    model = linear(
        "sparse_categorical_crossentropy", "adam", ["accuracy"], units=3, activation="softmax"
    )
    history = model.fit(X, LABELS, epochs=5, verbose=2)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    for k in range(5):
        assert lines[2 * k] == f"Epoch {k + 1}/5"
        found = re.fullmatch(
            r"2/2 - \d+s - loss: (\d+\.\d{4}) - accuracy: ([01]\.\d{4})", lines[2 * k + 1]
        )
        assert found, lines[2 * k + 1]
        assert found.groups() == (
            f"{history.history['loss'][k]:.4f}",
            f"{history.history['accuracy'][k]:.4f}",
        )


def test_verbose_2_with_validation_and_in_evaluate(capsys):
    model = linear(metrics=["mae"])
    model.fit(X, Y, verbose=2, validation_split=0.2, batch_size=7)
    number = r"\d+\.\d{4}"
    out = capsys.readouterr().out
    assert re.fullmatch(
        rf"Epoch 1/1\n6/6 - \d+s - loss: {number} - mae: {number} - val_loss: {number} - val_mae: "
        rf"{number}\n",
        out,
    )
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
        return [
            line.rsplit("\r", 1)[-1].removesuffix("\x1b[K") for line in self.getvalue().split("\n")
        ]


@pytest.mark.parametrize("every", [0.0, 100.0])
def test_verbose_1_paints_a_bar_over_itself(monkeypatch, every):
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    monkeypatch.setattr(progress.Report, "EVERY", every)
    history = linear().fit(X, Y, batch_size=10, epochs=2)
    loss = history.history["loss"]
    assert terminal.screen() == [
        "Epoch 1/2",
        f"5/5 {'━' * 20} 0s - loss: {loss[0]:.4f}",
        "Epoch 2/2",
        f"5/5 {'━' * 20} 0s - loss: {loss[1]:.4f}",
        "",
    ]
    painted = re.findall(
        r"\r(\d/5) (━*╌*) \d+s left - loss: \d+\.\d{4}\x1b\[K", terminal.getvalue()
    )
    assert painted == (
        [(f"{k}/5", "━" * 4 * k + "╌" * (20 - 4 * k)) for k in range(1, 6)] * 2
        if every == 0
        else []
    )


def test_verbose_1_in_a_file_has_no_escapes(capsys):
    linear().fit(X, Y, epochs=2)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.endswith("\n")
    assert "loss: " in out


class Bare:
    """What some consoles put in the place of a stream: it can be written to, and no more."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("verbose", [1, 2, "auto"])
@pytest.mark.parametrize("make", [lambda: None, closed, Bare])
def test_without_a_terminal_it_trains_all_the_same(monkeypatch, make, verbose):
    """sys.stdout is None under pythonw; what stands in for it may lack isatty, flush and
    encoding."""
    monkeypatch.setattr(sys, "stdout", stream := make())
    monkeypatch.setattr(progress.Report, "EVERY", 0.0)
    quiet, model = linear(metrics=["mae"]), linear(metrics=["mae"])
    history = model.fit(
        X,
        Y,
        epochs=3,
        verbose=verbose,
        validation_split=0.2,
        callbacks=[EarlyStopping(patience=0, mode="max", verbose=1, restore_best_weights=True)],
    )
    model.evaluate(X, Y, verbose=verbose)
    model.predict(X, verbose=verbose)
    stopping = EarlyStopping(patience=0, mode="max", restore_best_weights=True)
    assert (
        history.history
        == quiet.fit(X, Y, epochs=3, verbose=0, validation_split=0.2, callbacks=stopping).history
    )
    assert bits(model) == bits(quiet)
    if isinstance(stream, Bare):
        assert "Epoch 1/3" in stream.text and "loss: " in stream.text and "\x1b" not in stream.text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_stream_that_cannot_print_the_bar_does_not_end_training(monkeypatch, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))

    def précision_η(prediction, target):
        return 0.5

    model = linear(metrics=[précision_η])
    model.fit(X, Y)
    model.fit(X, Y, verbose=2)
    model.summary()
    assert b"loss: " in raw.getvalue()
