"""Where pictures are written to: folders that are missing, file objects, many threads; the letters
of a PDF."""

from __future__ import annotations

import io
import threading
import warnings

import numpy as np
import pytest
from viz_xor import build_xor, draw_xor

import tinygrad_edu as tg
import viz
from viz import plots
from viz.writers import layout


@pytest.mark.parametrize(
    "save",
    [
        lambda path: draw_xor(build_xor()).save(path / "xor.svg"),
        lambda path: viz.explore(build_xor().L, path=path / "xor.html"),
        lambda path: plots.Recorder([[0, 0], [1, 1]], [0, 1]).save(path / "film.gif"),
    ],
)
def test_a_missing_folder_is_said_before_the_work(tmp_path, monkeypatch, save):
    monkeypatch.setattr(layout.Engine, "draw", lambda *a, **k: pytest.fail("laid out for nothing"))
    with pytest.raises(
        FileNotFoundError, match=r"there is no folder '.*nowhere'; write os.makedirs"
    ):
        save(tmp_path / "nowhere")


@pytest.mark.parametrize("kind", ["png", "svg", "dot", ".txt"])
def test_a_file_object_is_written_into(kind):
    file = io.BytesIO()
    draw_xor(build_xor()).save(file, format=kind, dpi=50)
    assert len(file.getvalue()) > 500
    with pytest.raises(ValueError, match='format="png"'):
        draw_xor(build_xor()).save(io.BytesIO())


def test_a_format_goes_before_the_suffix(tmp_path):
    draw_xor(build_xor()).save(tmp_path / "xor.picture", format="svg")
    assert (tmp_path / "xor.picture").read_bytes().startswith(b"<?xml")


def test_many_threads_may_write_one_path(tmp_path):
    errors, graph = [], draw_xor(build_xor())
    content = graph.source

    def write():
        try:
            for _ in range(10):
                graph.save(tmp_path / "xor.dot")
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors and (tmp_path / "xor.dot").read_text(encoding="utf-8") == content
    assert [p.name for p in tmp_path.iterdir()] == ["xor.dot"]


def named(name):
    return viz.graph(tg.tensor([1.0], requires_grad=True, name=name) * 2.0)


@pytest.mark.parametrize(
    "name", ["W₁", "ŷ", "a⊙b", "ℝ", "Łódź", "žluťoučký", "שלום", "X₀ₙ", "∂L/∂W"]
)
def test_a_pdf_has_the_letters_that_names_have(tmp_path, name):
    pytest.importorskip("svglib", reason="a PDF from graphviz-pure needs svglib")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        named(name).save(tmp_path / "x.pdf", engine="pure")
    content = (tmp_path / "x.pdf").read_bytes()
    assert (b"DejaVuSans" in content) == (name != "∂L/∂W"), (
        "embedded where Helvetica and Symbol lack a letter"
    )


@pytest.mark.parametrize("suffix", ["pdf", "png"])
def test_letters_that_no_font_has_are_named(tmp_path, suffix):
    pytest.importorskip("svglib", reason="a PDF from graphviz-pure needs svglib")
    with pytest.warns(UserWarning, match=r"no font here has all letters of '重み'"):
        named("重み").save(tmp_path / f"x.{suffix}", engine="pure")


def test_a_pdf_needs_no_extra_where_there_is_a_dot(monkeypatch):
    monkeypatch.setattr(layout, "_pure_path", lambda: "/pure")
    monkeypatch.setattr(layout, "_dot_path", lambda: "/dot")
    monkeypatch.setattr(layout.importlib.util, "find_spec", lambda name: None)
    assert layout.find_for_pdf().name == "dot" and layout.find_for_pdf("pure").name == "pure"
    monkeypatch.setattr(layout, "_dot_path", lambda: None)
    assert layout.find_for_pdf().name == "pure"


def test_figures_keep_their_ground_in_any_style(tmp_path):
    import matplotlib.style
    from PIL import Image

    pictures = []
    for style in ("default", "dark_background"):
        with matplotlib.style.context(style):
            figure = plots.decision_boundary(lambda p: p[:, 0], [[0, 0], [1, 1]], [0, 1])
            figure.savefig(tmp_path / "a.png", dpi=50)
            pictures.append(np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int))
    assert np.abs(pictures[0] - pictures[1]).max() < 60 and pictures[1][0, 0].tolist() == [
        255,
        255,
        255,
    ]
