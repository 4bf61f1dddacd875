"""The book, built: every link leads somewhere, nothing is asked of the network, and it can be read
on a phone."""

from __future__ import annotations

import importlib.util
import re

import pytest

from demos import book
from demos.lesson import steps

ONLY = ["neuron", "graph"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    for module in ("sphinx", "myst_parser", "sphinx_design", "furo"):
        if importlib.util.find_spec(module) is None:
            pytest.skip('needs pip install "tinygrad_edu[book]"')
    return book.build(tmp_path_factory.mktemp("book"), fast=True, names=ONLY).parent


def test_every_link_leads_to_a_file(site):
    pages = list(site.glob("*.html")) + list(site.glob("e[ns]/*.html"))
    assert len(pages) >= 1 + 2 * (len(ONLY) + 2)
    for page in pages:
        for link in re.findall(r'(?:href|src)="([^"#?]+)', page.read_text(encoding="utf-8")):
            if not link.startswith(("http", "data:", "mailto:")):
                assert (page.parent / link).exists(), (page.name, link)


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
    for name in ("index", *(s.path.stem for s in steps() if s.name in ONLY)):
        page.goto((site / "es" / f"{name}.html").as_uri())
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
