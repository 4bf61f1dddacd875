"""The book, built: every link leads somewhere, nothing is asked of the network, and it can be read
on a phone."""

from __future__ import annotations

import html
import importlib.util
import re

import pytest

from demos import book
from demos.lesson import steps
from demos.reference import Reference, curves

ONLY = ["neuron", "graph"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    for module in ("sphinx", "myst_parser", "sphinx_design", "furo"):
        if importlib.util.find_spec(module) is None:
            pytest.skip('needs pip install "tinygrad_edu[book]"')
    return book.build(tmp_path_factory.mktemp("book"), fast=True, names=ONLY).parent


def test_every_link_leads_to_a_file(site):
    pages = [*site.glob("*.html"), *site.glob("e[ns]/*.html"), *site.glob("en/reference/*.html")]
    assert len(pages) >= 1 + 2 * (len(ONLY) + 2)
    for page in pages:
        for link in re.findall(r'(?:href|src)="([^"#?]+)', page.read_text(encoding="utf-8")):
            if not link.startswith(("http", "data:", "mailto:")):
                assert (page.parent / link).exists(), (page.name, link)


def test_the_reference_and_the_steps_lead_to_each_other(site):
    step = (site / "en" / "s01_neuron.html").read_text(encoding="utf-8")
    assert 'href="reference/activations.html#tinygrad_edu.sigmoid"' in step
    spanish = (site / "es" / "s01_neuron.html").read_text(encoding="utf-8")
    assert 'href="../en/reference/activations.html#tinygrad_edu.sigmoid"' in spanish
    for page in [*site.glob("e[ns]/s*.html"), site / "es" / "reference.html"]:
        text = page.read_text(encoding="utf-8")
        for file, anchor in re.findall(r'href="([\w./]*reference/\w+\.html)#([\w.]+)"', text):
            assert f'id="{anchor}"' in (page.parent / file).read_text(encoding="utf-8"), anchor
    activations = (site / "en" / "reference" / "activations.html").read_text(encoding="utf-8")
    assert 'href="../s01_neuron.html"' in activations


def test_the_reference_has_every_public_name_with_formula_rule_example_and_curve(site):
    reference = Reference()
    assert len(reference.page) > 200
    for name, file in reference.page.items():
        text = (site / "en" / "reference" / f"{file}.html").read_text(encoding="utf-8")
        assert f'id="{name}"' in text, name
    text = (site / "en" / "reference" / "activations.html").read_text(encoding="utf-8")
    plain = html.unescape(re.sub(r"<[^>]+>", "", text))
    for said in (
        "tanh(x) = np.tanh(x)",
        "dL/dx = g * (1 + y) * (1 - y)",
        ">>> tg.tanh([-1.0, 0.0, 1.0])",
        "leaky_relu(x, slope=0.01)",
    ):
        assert said in plain
    assert text.count("<img") == len(curves()) > 10
    index = (site / "en" / "searchindex.js").read_text(encoding="utf-8")
    assert "leaky_relu" in index and "check_gradients" in index
    spanish = (site / "es" / "reference.html").read_text(encoding="utf-8")
    assert "está en inglés" in spanish and spanish.count("../en/reference/") == len(reference.rooms)


def test_every_page_has_its_figures_pictures_and_code(site):
    for lang, word in (("en", "holds"), ("es", "se cumple")):
        for step in (s for s in steps() if s.name in ONLY):
            text = (site / lang / f"{step.path.stem}.html").read_text(encoding="utf-8")
            assert (
                step.title[lang].replace("'", "&#39;") in text and word in text and "<img" in text
            )
            assert "highlight-python" in text and "lesson.say" not in text
            assert f'lang="{lang}"' in text
        assert "-1.884521" in (site / lang / "figures.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [400, 1600])
def test_it_fits_the_window_and_asks_nothing_of_the_network(chromium, site, width):
    page = chromium.new_page(viewport={"width": width, "height": 900})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    own = [f"es/{s.path.stem}" for s in steps() if s.name in ONLY]
    rooms = [f"en/reference/{name}" for name in ("tensor", "activations", "training", "viz")]
    for name in ["es/index", *own, "es/reference", *rooms]:
        page.goto((site / f"{name}.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert all(
            page.eval_on_selector_all(
                "article img", "all => all.map(i => i.complete && i.naturalWidth > 0)"
            )
        )
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.close()


def test_a_claim_that_does_not_hold_stops_the_book(tmp_path, monkeypatch):
    monkeypatch.setattr("tinygrad_edu.threshold", lambda x, **options: x * 0)
    with pytest.raises(SystemExit, match="claims do not hold"):
        book.write(tmp_path, "en", True, ["neuron"])
