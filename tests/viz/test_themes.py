"""Themes, levels of detail, what can be left out, and the forms a graph is written in."""

from __future__ import annotations

import re

import numpy as np
import pytest
from viz_xor import Drawing, build_xor, draw_xor

import viz
from tinygrad_edu import nn
from viz.palette import DARK, LIGHT, PRINT, THEMES


def contrast(a: str, b: str) -> float:
    """The ratio of luminances by WCAG 2.1, 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK, PRINT], ids=["light", "dark", "print"])
def test_every_text_stands_out_from_what_is_behind_it(palette):
    pairs = [
        (palette.text, palette.page),
        (palette.muted, palette.page),
        (palette.value, palette.card),
        (palette.gradient_text, palette.card),
        (palette.gradient_text, palette.page),
        (palette.faint, palette.card),
        (palette.value, palette.value_fill),
        (palette.gradient_text, palette.gradient_fill),
    ]
    pairs += [
        (t, look.fill) for look in palette.kinds.values() for t in (palette.text, palette.muted)
    ]
    for front, back in pairs:
        assert contrast(front, back) >= 4.5, (front, back)
    # a border need only be seen: 3 to 1, WCAG's bound for shapes, is near
    for look in palette.kinds.values():
        assert contrast(look.stroke, palette.page) >= 2.8, look


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_a_theme_changes_colours_and_nothing_else(theme):
    net = build_xor()
    plain, other = Drawing(draw_xor(net).svg()), Drawing(draw_xor(net, theme=theme).svg())
    assert plain.nodes == other.nodes and plain.edges == other.edges
    assert [plain.text(k) for k in plain.nodes] == [other.text(k) for k in other.nodes]
    assert draw_xor(net, theme=theme).source.count(THEMES[theme].page) >= 1


def test_only_the_automatic_theme_follows_the_reader():
    net = build_xor()
    assert "prefers-color-scheme: dark" in draw_xor(net).svg()
    for theme in ("light", "dark", "print"):
        assert "prefers-color-scheme" not in draw_xor(net, theme=theme).svg()


def test_every_colour_of_the_light_picture_has_a_dark_one():
    svg = draw_xor(build_xor()).svg()
    style = svg[svg.index("<style") : svg.index("</style>")]
    colours = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', svg[svg.index("</style>") :]))
    for colour in colours - {"#ffffff"}:
        assert f'="{colour}"]' in style, colour


def test_an_unknown_theme_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match='"auto", "light", "dark", "print"'):
        draw_xor(build_xor(), theme="solarized")


def test_without_gradients_nothing_goes_back():
    drawing = Drawing(draw_xor(build_xor(), gradients=False).svg())
    assert not [k for k in drawing.edges if k.startswith("backward")]
    assert "∂" not in " ".join(drawing.text(k) for k in drawing.nodes)
    assert drawing.numbers("node-Z") == "0 -1 1 0 1 0 2 1".split()


def test_without_values_the_equations_stay():
    drawing = Drawing(draw_xor(build_xor(), values=False, gradients=False).svg())
    assert drawing.text("node-H").startswith("H = max{0, Z}")
    assert all(drawing.numbers(k) == [] for k in drawing.nodes)
    only = Drawing(draw_xor(build_xor(), values=False).svg())
    assert only.numbers("node-c") == [".75", "-.5"]


def test_a_style_gives_single_cards_another_look():
    look = viz.Look("#123456", "#FEDCBA", 4)
    graph = draw_xor(build_xor(), style=lambda card: look if card.key == "Z" else None)
    drawing = Drawing(graph.svg())
    assert graph.source.count("#123456") == 1 and "#fedcba" in "".join(
        e.get("fill", "") for e in drawing.groups["node-Z"].iter()
    )


def test_a_whole_model_is_one_card_with_all_its_parameters():
    model = nn.Sequential(
        [nn.Dense(8, "relu"), nn.Dense(4, "relu"), nn.Dense(2)], seed=0, name="net"
    )
    x = np.zeros((5, 3), np.float32)
    picture = viz.graph(model, x, detail="model").picture
    [card] = [c for c in picture.cards if c.key != "X"]
    assert card.title == "net" and "3 → 2" in card.lines
    assert f"{3 * 8 + 8 + 8 * 4 + 4 + 4 * 2 + 2} parameters" in card.lines
    layers = viz.graph(model, x, detail="layers").picture
    assert [c.title for c in layers.cards] == ["X", "dense", "dense_1", "dense_2"]


def test_equations_are_numbered_through_both_passes_with_their_numbers():
    text = draw_xor(build_xor()).equations()
    lines = text.splitlines()
    assert lines[:3] == ["XOR", "f(X) = max{0, X·W + c}·w + b", "Forward"]
    numbers = [int(m[1]) for line in lines if (m := re.match(r" *\((\d+)\)", line))]
    assert numbers == list(range(1, 16))
    said = {
        line.split(")", 1)[1].split("  ")[1].strip(): line.split("  ")[-1].strip()
        for line in lines
        if ")  " in line
    }
    assert said["H = max{0, Z}"] == "[0 0; 1 0; 1 0; 2 1]"
    assert said["∂L/∂c = Σ rows ∂L/∂Z"] == "[.75 -.5]"
    assert said["∂L/∂w = Hᵀ·∂L/∂s"] == "[1; .25]"
    # backward goes against the order of forward
    assert text.index("∂L/∂f =") < text.index("∂L/∂H =") < text.index("∂L/∂W =")


def test_equations_of_a_graph_without_backward_end_with_the_forward_pass():
    text = draw_xor(build_xor(backward=False)).equations()
    assert "Backward" not in text and "(6)" in text and "(7)" not in text


def test_text_needs_no_layout_engine(tmp_path, monkeypatch):
    monkeypatch.setattr(viz.writers.layout, "_pure_path", lambda: None)
    monkeypatch.setattr(viz.writers.layout, "_dot_path", lambda: None)
    draw_xor(build_xor()).save(tmp_path / "xor.txt")
    text = (tmp_path / "xor.txt").read_text(encoding="utf-8")
    assert "(1)  U = X·W" in text and "Computation graph of L" in text


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_page_holds_the_picture_and_its_words_and_loads_nothing(tmp_path, lang):
    draw_xor(build_xor(), lang=lang).save(tmp_path / "xor.html")
    text = (tmp_path / "xor.html").read_text(encoding="utf-8")
    assert (
        f'<html lang="{lang}">' in text
        and "<svg" in text
        and {"en": "target", "es": "objetivo"}[lang] in text
    )
    links = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert not [link for link in links if link not in ("", "#")], links
