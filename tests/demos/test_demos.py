"""Every step of the ladder runs in both languages and its figures are right; and each can fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from profiles import by_profile

import tinygrad_edu as tg
from demos import __main__ as command
from demos import lesson as lessons
from demos.lesson import Claim, Lesson, as_markdown, run, steps, table

ROOT = Path(__file__).parents[2]
PNG = b"\x89PNG\r\n\x1a\n"
STEPS = {s.name: s for s in steps()}

# What the lecture or mathematics fixes, by a part of the claim; the rest of a step's claims must
# hold as well.
FIGURES = {
    "neuron": {"AND and OR": "0001 0111", "of the threshold unit": "0"},
    "graph": {"by the engine": "-1.884521", "depth of chains": "1, 2, 5"},
    "xor": {
        "linear solution": "0.500000, 0.000000, 0.000000",
        "max{0, XW + c}w + b": "[[0],[1],[1],[0]]",
        "∂L/∂W by hand": "[[0.5,-0.5],[0.5,-0.5]]",
        "∂L/∂c by hand": "[0.75,-0.5]",
    },
    "collapse": {
        "four linear layers": "equal to the bit",
        "rank of W": "1, 3, 20",
        "100 linear stacks": "0",
    },
    "activations": {"relu'(0)": "0", "greatest derivative": "0.25, 1"},
    "outputs": {"cost from logits": "inf, 200"},
    "descent": {"50 steps": "equal to the bit"},
    "approximation": {},
    "learnable": {"bad start": "0.250, 0"},
    "depth": {"1 024 pieces": "20, 1024", "straight pieces": "2, 4, 16, 256, 1024"},
    "fashion": {"told apart worst": "Shirt"},
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Each step, run once in each language."""
    kept: dict[tuple[str, str], Lesson] = {}

    def get(name, lang):
        if (name, lang) not in kept:
            kept[name, lang] = run(
                STEPS[name],
                lang=lang,
                fast=True,
                out=tmp_path_factory.mktemp(f"{name}-{lang}"),
                quiet=True,
            )
        return kept[name, lang]

    return get


def test_there_are_eleven_steps_in_the_lectures_order():
    assert [s.number for s in STEPS.values()] == list(range(1, len(FIGURES) + 1))
    assert list(STEPS) == list(FIGURES)
    for s in STEPS.values():
        assert s.title["en"] != s.title["es"] and s.slides and 0 < s.seconds[1] <= s.seconds[0]
        assert s.path.read_text(encoding="utf-8").count("\n# %%") >= 2


# The steps that train for seconds: by day in English alone, in CI in Spanish too. One trains nine
# networks, for half a minute: in CI only.
LONG, LONGEST = {"xor", "activations", "approximation", "learnable", "fashion"}, {"learnable"}
WHOLE = bool(by_profile(day=0, ci=1))
ENGLISH = [name for name in STEPS if WHOLE or name not in LONGEST]
BOTH = [name for name in STEPS if WHOLE or name not in LONG]
RUNS = [(name, "en") for name in ENGLISH] + [(name, "es") for name in BOTH]


@pytest.mark.parametrize(("name", "lang"), RUNS)
def test_every_claim_of_every_step_holds(ran, name, lang):
    found = ran(name, lang)
    assert len(found.claims) >= 3
    assert [c.claim for c in found.claims if not c.holds] == []
    assert found.files
    for path, what in found.files:
        assert path.stat().st_size > 1000 and what
        if path.suffix == ".png":
            assert path.read_bytes()[:8] == PNG
    assert found.log[1][0] == "say", "a step says what it is about before it computes"


@pytest.mark.parametrize("name", ENGLISH)
def test_the_figures_are_the_ones_they_must_be(ran, name):
    claims = ran(name, "en").claims
    for part, figure in FIGURES[name].items():
        [claim] = [c for c in claims if part in c.claim]
        assert claim.ours == figure, claim


@pytest.mark.parametrize("name", BOTH)
def test_both_languages_say_the_same_numbers(ran, name):
    numbers = lambda c: re.findall(r"-?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?", c.ours)
    en, es = ran(name, "en"), ran(name, "es")
    assert [numbers(c) for c in en.claims] == [numbers(c) for c in es.claims]
    assert [kind for kind, _ in en.log] == [kind for kind, _ in es.log]
    texts = lambda run: [text for kind, text in run.log if kind == "say"]
    assert all(a != b for a, b in zip(texts(en), texts(es), strict=True))
    assert [path.name for path, _ in en.files] == [path.name for path, _ in es.files]


def broken(name, tmp_path):
    return {c.claim: c.holds for c in run(STEPS[name], fast=True, out=tmp_path, quiet=True).claims}


def test_a_wrong_engine_is_noticed_by_xor(tmp_path, monkeypatch):
    monkeypatch.setattr(tg, "relu", tg.tanh)
    found = broken("xor", tmp_path)
    assert not found["max{0, XW + c}"] and not found["max{0, XW + c}w + b"] and found["XW + c"]


def test_a_wrong_collapse_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(
        tg.nn, "collapse", lambda model: tg.nn.Dense(5, input_size=20, dtype=float, seed=1)
    )
    found = broken("collapse", tmp_path)
    assert not next(
        holds for claim, holds in found.items() if claim.startswith("four linear layers")
    )


def test_a_wrong_derivative_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(
        tg, "mse", lambda p, t: (p * 1.0001 - t).sum() * 0 + tg.ops.mse(p, t) * 1.0001
    )
    found = broken("outputs", tmp_path)
    assert sum(not holds for holds in found.values()) >= 2


def test_a_claim_that_does_not_hold_is_said_and_is_the_exit_code(tmp_path, monkeypatch, capsys):
    step = tmp_path / "s01_wrong.py"
    step.write_text(
        "TITLE = ('Wrong', 'Mal')\nSLIDES = 'none'\nSECONDS = (1, 1)\nfrom demos.lesson import begin\n"
        "lesson = begin('s01_wrong')\nlesson.check('slide', ('1 + 1', '1 + 1'), 2, 3, False)\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(lessons, "FOLDER", tmp_path)
    assert command.main(["all", "--out", str(tmp_path / "out")]) == 1
    out = capsys.readouterr().out
    assert "DOES NOT HOLD: 1 + 1" in out and "0 of 1 hold" in out
    assert "| wrong | slide | 1 + 1 | 2 | 3 | NO |" in (tmp_path / "out" / "lecture.md").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("lang, word", [("en", "what it is about"), ("es", "de qué trata")])
def test_the_list_names_every_step(lang, word):
    done = subprocess.run(
        [sys.executable, "-m", "demos", "--lang", lang],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        encoding="utf-8",
    )
    assert word in done.stdout
    for s in STEPS.values():
        assert s.title[lang] in done.stdout


def test_a_step_runs_as_a_notebook_would_run_it(tmp_path, monkeypatch):
    """Cell after cell in one namespace that knows no file, with a kernel's arguments."""
    monkeypatch.setitem(sys.modules, "ipykernel", None)
    monkeypatch.setattr(sys, "argv", ["kernel", "-f", "kernel.json"])
    monkeypatch.chdir(tmp_path)
    scope = {}
    for cell in re.split(r"^# %%.*$", STEPS["graph"].path.read_text(encoding="utf-8"), flags=re.M):
        exec(cell, scope)
    assert (
        all(c.holds for c in scope["lesson"].claims)
        and (tmp_path / "out" / "02-chain.png").exists()
    )


def test_a_step_runs_as_a_module_of_its_own(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "demos.s02_graph", "--lang", "es", "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    assert (
        "Una red es una cadena de funciones" in done.stdout and (tmp_path / "02-chain.png").exists()
    )


def test_a_seed_gives_the_same_figures_twice(ran, tmp_path):
    again = run(STEPS["xor"], fast=True, out=tmp_path, quiet=True)
    assert [c.ours for c in again.claims] == [c.ours for c in ran("xor", "en").claims]


def test_table():
    assert table([("a", "bcd"), ("ef", "g")], ("x", "y")).splitlines() == [
        "x   y",
        "───────",
        "a   bcd",
        "ef  g",
    ]


def test_the_table_of_claims_is_markdown():
    text = as_markdown([Claim("xor", "(3)", "|a| \n b", "0", "0", True)], "es")
    assert text.splitlines()[2] == "| xor | (3) | \\|a\\|   b | 0 | 0 | sí |"


def test_a_picture_is_written_whole_or_not_at_all(tmp_path):
    class Broken:
        def savefig(self, file, **options):
            file.write(b"half")
            raise OSError("disk full")

    found = Lesson(STEPS["xor"], out=tmp_path, quiet=True)
    (tmp_path / "03-a.png").write_bytes(b"old")
    with pytest.raises(OSError, match="disk full"):
        found.show(Broken(), "a.png", "nothing", "nada")
    assert [p.name for p in tmp_path.iterdir()] == ["03-a.png"]
    assert (tmp_path / "03-a.png").read_bytes() == b"old"


def test_offline_the_sample_is_taken(monkeypatch):
    from demos import data_of

    real = data_of.fashion_mnist.load_data

    def offline(path=None, **options):
        if path is None:
            raise data_of.fashion_mnist.DatasetUnavailable("no network")
        return real(path, **options)

    monkeypatch.setattr(data_of.fashion_mnist, "load_data", offline)
    (x, y), (x_test, _), full = data_of.images()
    assert not full and x.shape == (6000, 28, 28) and len(x_test) == 1000
    assert x.dtype == np.float32 and x.max() == 1 and y.dtype.kind == "i"
