"""The demos run alone, and their claims can fail."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
from demos import __main__ as command
from demos import collapse, fashion_mnist, xor
from demos.report import Report, table

ROOT = Path(__file__).parent.parent
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def report(tmp_path):
    return Report(tmp_path / "out")


def test_the_list_names_every_demo():
    run = subprocess.run([sys.executable, "-m", "demos"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in command.DEMOS:
        assert name in run.stdout


def test_the_linear_model_fails_as_the_lecture_says(report, capsys):
    xor.linear_model(report, *tg.datasets.xor())
    assert [c.holds for c in report.claims] == [True] * 3
    assert "0.500000, 0.000000, 0.000000" in capsys.readouterr().out


def test_the_worked_example_is_the_lectures(report):
    X, y = tg.datasets.xor()
    xor.worked_example(report, X, y)
    xor.gradients_by_hand(report, X, y)
    assert len(report.claims) == 8 and all(c.holds for c in report.claims)
    assert (report.out / "xor.png").read_bytes()[:8] == PNG
    assert "∂L/∂W" in (report.out / "xor.svg").read_text(encoding="utf-8")


def test_a_claim_that_does_not_hold_is_said_and_is_the_exit_code(report, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(xor, "main", lambda r: r.check("slide", "1 + 1", 2, 3, holds=False))
    assert command.main(["xor", "--out", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "DOES NOT HOLD: 1 + 1" in out and "0 of 1 hold" in out


def test_the_worked_example_notices_a_wrong_engine(report, monkeypatch):
    monkeypatch.setattr(tg, "relu", tg.tanh)
    xor.worked_example(report, *tg.datasets.xor())
    assert [c.claim for c in report.claims if not c.holds] == ["max{0, XW + c}", "ŷ = max{0, XW + c}w + b"]


def test_xor_is_learned_and_relu_fails_for_the_reason_given(report, capsys):
    X, y = tg.datasets.xor()
    wide = [xor.train((2, 8, 1), "tanh", X, y, seed)[1] for seed in range(5)]
    assert max(wide) < 1e-3
    failed = [r for r in (xor.train((2, 2, 1), "relu", X, y, seed) for seed in range(6)) if r[1] >= 1e-3]
    assert failed
    xor.why_not(report, failed, X)
    assert f"Why the other {len(failed)} do not" in capsys.readouterr().out


def test_fashion_mnist_offline_on_the_shipped_sample(report, monkeypatch, capsys):
    real = fashion_mnist.fashion_mnist.load_data

    def offline(path=None, **options):
        if path is None:
            raise fashion_mnist.fashion_mnist.DatasetUnavailable("no network")
        return real(path, **options)
    monkeypatch.setattr(fashion_mnist.fashion_mnist, "load_data", offline)
    fashion_mnist.main(report)
    out = capsys.readouterr().out
    assert out.count("using the shipped real sample of 6,000 + 1,000 images") == 1
    assert "Epoch 5/5" in out and "188/188 - " in out
    assert all(c.holds for c in report.claims) and len(report.claims) == 2
    for name in ("image-1", "images-25", "training", "predictions", "classifier", "classifier-ops"):
        assert (report.out / f"{name}.png").read_bytes()[:8] == PNG


def test_the_sample_is_reproducible(report, monkeypatch):
    images = np.zeros((64, 28, 28), np.float32)
    images[:, 3:9, 4:12] = np.arange(64)[:, None, None] / 64
    weights = []
    for _ in range(2):
        model = tg.nn.Sequential([tg.nn.Flatten(), tg.nn.Dense(10, activation="softmax")], seed=0)
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(images, np.arange(64) % 10, epochs=2, verbose=0)
        weights.append(model.layers[1].weight.data.tobytes())
    assert weights[0] == weights[1]


def test_table():
    assert table([("a", "bcd"), ("ef", "g")], ("x", "y")).splitlines() == ["x   y", "───────", "a   bcd", "ef  g"]


def test_a_picture_is_written_whole_or_not_at_all(report):
    class Broken:
        def savefig(self, file, **options):
            file.write(b"half")
            raise OSError("disk full")
    report.out.mkdir()
    (report.out / "a.png").write_bytes(b"old")
    with pytest.raises(OSError, match="disk full"):
        report.save(Broken(), "a.png", "nothing")
    assert [p.name for p in report.out.iterdir()] == ["a.png"]
    assert (report.out / "a.png").read_bytes() == b"old"


def test_the_collapse_and_the_derivatives_hold(report, capsys):
    collapse.main(report)
    said = capsys.readouterr().out
    assert said.count("  holds: ") == 10 and "DOES NOT HOLD" not in said
    assert "-36.2795402918" in said
    assert (report.out / "collapse.png").read_bytes()[:8] == PNG


def test_the_collapse_notices_a_wrong_engine(report, monkeypatch, capsys):
    monkeypatch.setattr(collapse.nn, "collapse", lambda model: tg.nn.Dense(5, input_size=20, dtype=float, seed=1))
    collapse.collapse(report)
    assert "DOES NOT HOLD: four linear layers are one" in capsys.readouterr().out
    monkeypatch.setattr(collapse.tg, "tanh", lambda x: x * 1)
    collapse.derivatives(report)
    said = capsys.readouterr().out
    assert "  holds: d/dx ReLU" in said and "DOES NOT HOLD: d/dx Tanh" in said
    assert "DOES NOT HOLD: the sixth derivative" in said
