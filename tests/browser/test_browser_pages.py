"""The other pages that are written, in a real browser: a saved graph, and a film with its
slider."""

from __future__ import annotations

import numpy as np
import pytest
from viz_xor import build_xor, draw_xor

from tinygrad_edu import nn
from viz import plots


@pytest.mark.parametrize(
    "theme, scheme, ground",
    [
        ("auto", "light", "rgb(255, 255, 255)"),
        ("auto", "dark", "rgb(17, 24, 39)"),
        ("light", "dark", "rgb(255, 255, 255)"),
        ("dark", "light", "rgb(17, 24, 39)"),
    ],
)
def test_a_saved_graph_is_shown_in_its_theme(open_page, tmp_path, theme, scheme, ground):
    draw_xor(build_xor(), theme=theme).save(tmp_path / "xor.html")
    page = open_page(tmp_path / "xor.html", color_scheme=scheme)
    assert page.eval_on_selector("polygon.page", "p => getComputedStyle(p).fill") == ground
    text = page.eval_on_selector("#node-Z text", "t => getComputedStyle(t).fill")
    assert text == ("rgb(229, 231, 235)" if ground == "rgb(17, 24, 39)" else "rgb(17, 24, 39)")
    assert page.get_attribute(
        "svg", "role"
    ) == "img" and "Computation graph of L" in page.inner_text("pre")


@pytest.fixture
def film(tmp_path):
    X, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])
    model = nn.Sequential([nn.Dense(2, "tanh"), nn.Dense(1)], seed=0)
    model.compile("sgd", "mse")
    recorder = plots.Recorder(X, y, points=9, title="XOR")
    model.fit(X, y, epochs=3, verbose=0, callbacks=[recorder])
    return recorder.save(tmp_path / "film.html", dpi=40, fps=4)


def test_a_film_is_moved_by_its_slider_and_plays(open_page, film):
    page = open_page(film)
    assert page.inner_text("#said") == "epoch 0"
    page.fill("#slider", "2")
    assert page.inner_text("#said").startswith("epoch 2, loss ")
    assert page.get_attribute("#frame", "alt") == page.inner_text("#said")
    assert page.eval_on_selector("#frame", "i => i.complete && i.naturalWidth > 100")
    page.click("#play")
    page.locator("#said", has_text="epoch 3").wait_for(timeout=5000)
    page.locator("#play", has_text="Play").wait_for(timeout=5000)


def test_axe_finds_nothing_serious_in_them(open_page, film, tmp_path):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs the extra [browser]"
    ).Axe()
    draw_xor(build_xor()).save(tmp_path / "xor.html")
    for path in (film, tmp_path / "xor.html"):
        found = axe.run(open_page(path)).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
