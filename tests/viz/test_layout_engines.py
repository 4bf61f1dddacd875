"""Saving: by suffix, whole or not at all, within bounds of memory and time, with either engine or
none."""

from __future__ import annotations

import os
import stat
import sys

import numpy as np
import pytest
from viz_xor import build_xor, draw_xor

import tinygrad_edu as tg
import viz
from viz.writers import layout

HEADS = {
    ".png": b"\x89PNG",
    ".svg": b"<?xml",
    ".pdf": b"%PDF",
    ".dot": b"digraph",
    ".gv": b"digraph",
}


@pytest.mark.parametrize("suffix", HEADS)
def test_the_suffix_says_what_is_written(tmp_path, engine, suffix, capfd):
    path = tmp_path / f"xor{suffix.upper() if suffix == '.png' else suffix}"
    if suffix == ".pdf" and engine == "pure":
        pytest.importorskip("svglib", reason="a PDF from graphviz-pure needs svglib")
    assert draw_xor(build_xor()).save(path, dpi=60, engine=engine) == str(path)
    assert path.read_bytes().startswith(HEADS[suffix])
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["xor.bmp", "xor", "xor.png.tiff"])
def test_another_suffix_is_refused_with_the_known_ones(tmp_path, xor, name):
    with pytest.raises(ValueError, match=r"\.png, \.svg, \.pdf, \.dot"):
        draw_xor(xor).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def pixels(path):
    head = path.read_bytes()[:24]
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def test_dpi_scales_the_bitmap(tmp_path, xor, engine):
    sizes = []
    for dpi in (50, 100):
        draw_xor(xor).save(tmp_path / "a.png", dpi=dpi, engine=engine)
        sizes.append(pixels(tmp_path / "a.png"))
    assert sizes[1][0] == pytest.approx(2 * sizes[0][0], rel=0.01)
    with pytest.raises(ValueError, match="dpi"):
        draw_xor(xor).save(tmp_path / "a.png", dpi=0)


def test_a_bitmap_is_bounded_and_says_so(tmp_path, xor, engine, monkeypatch):
    monkeypatch.setattr(layout, "MOST_PIXELS", 100_000)
    with pytest.warns(UserWarning, match="is drawn at"):
        draw_xor(xor).save(tmp_path / "a.png", dpi=10_000, engine=engine)
    wide, high = pixels(tmp_path / "a.png")
    assert 50_000 < wide * high < 110_000


def test_the_longest_side_is_bounded():
    svg = b'<svg width="100000.5pt" height="10pt" viewBox="0 0 1 1">'
    with pytest.warns(UserWarning):
        assert layout.bounded_dpi(svg, 300) == 14
    assert layout.size_of(svg) == (100000.5, 10)


def test_a_failed_save_leaves_the_old_file(tmp_path, xor, monkeypatch):
    path = tmp_path / "xor.svg"
    path.write_text("old")
    monkeypatch.setattr("os.replace", lambda *a: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        draw_xor(xor).save(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["xor.svg"]


def script(tmp_path, monkeypatch, body):
    """A layout engine of our own."""
    program = tmp_path / "dot"
    program.write_text(f"#!{sys.executable}\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(layout, "_pure_path", lambda: None)
    monkeypatch.setattr(layout, "_dot_path", lambda: str(program))


@pytest.mark.skipif(os.name == "nt", reason="a script with a #! line")
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import time; time.sleep(60)", "longer than 0.2 s"),
        ("import sys; sys.exit('no memory')", "no memory"),
        ("", r"dot failed \(0\)"),
    ],
)
def test_a_layout_that_hangs_or_fails_is_an_error(tmp_path, xor, monkeypatch, body, message):
    script(tmp_path, monkeypatch, body)
    target = tmp_path / "xor.svg"
    with pytest.raises(viz.LayoutError, match=message):
        draw_xor(xor).save(target, timeout=0.2 if "sleep" in body else None)
    assert not target.exists()


def test_without_an_engine_the_text_still_works(tmp_path, xor, monkeypatch):
    monkeypatch.setattr(layout, "_pure_path", lambda: None)
    monkeypatch.setattr(layout, "_dot_path", lambda: None)
    g = draw_xor(xor)
    with pytest.raises(viz.EngineMissing, match=r"graphviz-pure==.*graph\.source"):
        g.save(tmp_path / "xor.png")
    assert g.source.startswith("digraph")
    g.save(tmp_path / "xor.dot")
    assert (tmp_path / "xor.dot").read_text(encoding="utf-8") == g.source
    bundle = g._repr_mimebundle_()
    assert set(bundle) == {"text/plain"}
    assert "pip install" in bundle["text/plain"] and "Computation graph" in bundle["text/plain"]


def test_engines_are_chosen_by_name_or_taken_in_order(monkeypatch):
    monkeypatch.setattr(layout, "_pure_path", lambda: "/pure")
    monkeypatch.setattr(layout, "_dot_path", lambda: "/dot")
    assert layout.find().name == "pure"
    assert layout.find("dot").path == "/dot"
    monkeypatch.setattr(layout, "_pure_path", lambda: None)
    assert layout.find().name == "dot"
    with pytest.raises(viz.EngineMissing, match="graphviz-pure is not installed"):
        layout.find("pure")
    monkeypatch.setattr(layout, "_dot_path", lambda: None)
    with pytest.raises(
        viz.EngineMissing, match="no dot on the PATH.*Install Graphviz, from your system"
    ):
        layout.find("dot")
    with pytest.raises(ValueError, match='known: "pure"'):
        layout.find("neato")


def test_a_wide_picture_is_bounded(tmp_path, engine):
    x = tg.tensor(np.ones((4, 4)), requires_grad=True)
    for _ in range(120):
        x = tg.tanh(x)
    with pytest.warns(UserWarning, match="is drawn at"):
        viz.graph(x).save(tmp_path / "wide.png", dpi=300, engine=engine)
    wide, high = pixels(tmp_path / "wide.png")
    assert wide <= layout.LONGEST_SIDE + 200
    assert wide * high < 1.05 * layout.MOST_PIXELS
