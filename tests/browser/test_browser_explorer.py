"""The explorer in a real browser: steps, numbers, keys, search, zoom, languages, and axe-core's
verdict."""

from __future__ import annotations

import pytest
from viz_xor import build_xor

import viz


@pytest.fixture(scope="module")
def xor_page(tmp_path_factory):
    net = build_xor()
    layers = {"hidden layer": [net.U, net.Z, net.H], "output layer": [net.s, net.f]}
    path = tmp_path_factory.mktemp("page") / "x.html"
    return viz.explore(net.L, names=vars(net), layers=layers, title="XOR", path=path)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def shown(page, key):
    """The numbers of a card that can be seen."""
    return page.eval_on_selector_all(
        f"#node-{key} text",
        """all => all.filter(
        t => t.classList.contains("number") && getComputedStyle(t).visibility === "visible")
        .map(t => t.textContent.replace(/\\u00a0/g, " ").trim())""",
    )


def opacity(page, key):
    return float(page.eval_on_selector(f"#node-{key}", "g => getComputedStyle(g).opacity"))


def test_numbers_appear_when_their_step_has_come(open_page, xor_page):
    page = open_page(xor_page)
    assert opacity(page, "W") == 1 and opacity(page, "U") < 0.5
    assert shown(page, "W") == ["1", "1", "1", "1"]
    press(page, "ArrowRight")
    assert opacity(page, "U") == 1 and opacity(page, "Z") < 0.5
    assert page.inner_text("#formula") == "U = X·W" and page.inner_text("#count") == "Step 1 of 16"
    assert shown(page, "U") == "0 0 1 1 1 1 2 2".split()
    press(page, *["ArrowRight"] * 12)
    assert page.inner_text("#formula") == "∂L/∂Z = ∂L/∂H if Z > 0"
    assert shown(page, "Z") == "0 -1 1 0 1 0 2 1".split() + "0 0 .25 0 .25 0 .25 -.5".split()
    assert shown(page, "W") == ["1", "1", "1", "1"]
    press(page, "ArrowLeft")
    assert len(shown(page, "Z")) == 8
    press(page, "End")
    assert shown(page, "W") == "1 1 1 1 .5 -.5 .5 -.5".split()
    press(page, "Home")
    assert page.inner_text("#count") == "Step 0 of 16"


def test_the_card_and_the_edge_of_the_step_are_lit(open_page, xor_page):
    page = open_page(xor_page)
    press(page, *["ArrowRight"] * 13)
    assert set(page.eval_on_selector_all(".halo", "all => all.map(r => r.parentNode.id)")) == {
        "node-H",
        "node-Z",
    }
    assert page.eval_on_selector_all(".edge.lit", "all => all.map(g => g.id)") == ["backward-H-Z"]


def test_the_chain_rule_is_written_out_with_its_matrices(open_page, xor_page):
    page = open_page(xor_page)
    press(page, *["ArrowRight"] * 15)
    assert page.inner_text("#formula") == "∂L/∂c = Σ rows ∂L/∂Z"
    heads = page.eval_on_selector_all(
        "#parts .part > span", "all => all.map(s => s.textContent.trim())"
    )
    assert heads == ["∂L/∂Z", "∂Z/∂c", "", "∂L/∂c"]
    last = page.eval_on_selector_all(
        "#parts .part:last-child td", "all => all.map(t => t.textContent)"
    )
    assert last == [".75", "-.5"]


def test_buttons_slider_and_play_do_what_the_keys_do(open_page, xor_page):
    page = open_page(xor_page)
    page.click("#next")
    page.click("#next")
    assert page.inner_text("#count") == "Step 2 of 16"
    page.click("#last")
    assert page.inner_text("#count") == "Step 16 of 16" and page.is_disabled("#next")
    page.click("#first")
    page.fill("#slider", "7")
    assert page.inner_text("#formula") == "∂L/∂L = 1"
    assert page.get_attribute("#slider", "aria-valuetext") == "Backward: ∂L/∂L"
    page.click("#play")
    assert page.get_attribute("#play", "aria-label") == "Pause (space)"
    page.locator("#count", has_text="Step 9 of 16").wait_for(timeout=6000)
    page.click("#play")
    assert page.get_attribute("#play", "aria-label") == "Play (space)"


def test_an_entry_under_the_pointer_shows_where_it_comes_from(open_page, xor_page):
    page = open_page(xor_page)
    press(page, "End")
    page.locator("#node-U text.number").nth(2).hover()
    assert page.inner_text("#entry") == "U₂₁ = X₂₁·W₁₁ + X₂₂·W₂₁ = 0·1 + 1·1 = 1"
    assert page.locator(".mark").count() == 5
    assert page.locator("#node-X .mark").count() == 2 and page.locator("#node-W .mark").count() == 2
    page.mouse.move(2, 890)
    assert page.locator(".mark").count() == 0


def test_entries_by_keyboard_alone(open_page, xor_page):
    page = open_page(xor_page)
    press(page, "End")
    page.focus("#node-Z")
    assert page.inner_text("#entry").startswith("Z = U + c")
    press(page, "Enter")
    assert page.inner_text("#entry").startswith("Z₁₁ = U₁₁ + c₁")
    press(page, "ArrowDown", "ArrowRight")
    assert page.inner_text("#entry") == "Z₂₂ = U₂₂ + c₂ = 1 + (-1) = 0"
    press(page, *["ArrowDown"] * 3)
    assert page.inner_text("#entry").startswith("∂L/∂Z₁₂ = ∂L/∂H₁₂·∂H₁₂/∂Z₁₂ = (-.5)·0 = 0")
    press(page, "Escape", "ArrowLeft")  # out again: the arrow is the step's
    assert page.inner_text("#count") == "Step 15 of 16"


def test_every_card_can_be_reached_and_says_what_it_is(open_page, xor_page):
    page = open_page(xor_page)
    names = page.eval_on_selector_all(
        "#stage [tabindex]", "all => all.map(g => [g.id, g.getAttribute('aria-label')])"
    )
    assert {name for name, _ in names} == {f"node-{k}" for k in "X W U c Z H w s b f y L".split()}
    assert dict(names)["node-Z"].startswith(
        "Z = U + c. operation 4×2. value: [0 -1; 1 0; 1 0; 2 1]. ∂L/∂Z: "
    )


def test_search_finds_and_focuses(open_page, xor_page):
    page = open_page(xor_page)
    press(page, "/")
    page.keyboard.type("param")
    assert page.inner_text("#hits") == "4 found"
    press(page, "Enter")
    assert page.evaluate("document.activeElement.id").startswith("node-")
    page.fill("#search", "zebra")
    assert page.inner_text("#hits") == "nothing found"


def test_zoom_and_pan_change_the_view_and_fit_restores_it(open_page, xor_page):
    page = open_page(xor_page)
    box = lambda: [float(v) for v in page.get_attribute("#stage > svg", "viewBox").split()]
    whole = box()
    press(page, "+")
    assert box()[2] < whole[2]
    page.mouse.move(800, 300)
    page.mouse.down()
    page.mouse.move(700, 260)
    page.mouse.up()
    assert box()[0] > whole[0]
    press(page, "0")
    assert box() == whole


def test_the_language_changes_in_the_page_and_the_step_stays(open_page, xor_page):
    page = open_page(xor_page)
    press(page, *["ArrowRight"] * 13)
    page.click("#language")
    assert page.get_attribute("html", "lang") == "es"
    assert page.inner_text("#count") == "Paso 13 de 16"
    assert page.inner_text("#formula") == "∂L/∂Z = ∂L/∂H si Z > 0"
    assert "parámetro" in page.inner_text("#stage")
    page.click("#language")
    assert page.inner_text("#formula") == "∂L/∂Z = ∂L/∂H if Z > 0"


@pytest.mark.parametrize(
    "scheme, ground", [("light", "rgb(255, 255, 255)"), ("dark", "rgb(17, 24, 39)")]
)
def test_the_page_follows_the_readers_setting(open_page, xor_page, scheme, ground):
    page = open_page(xor_page, color_scheme=scheme)
    assert page.eval_on_selector("body", "b => getComputedStyle(b).backgroundColor") == ground
    page.click("#theme")
    assert page.eval_on_selector("body", "b => getComputedStyle(b).backgroundColor") != ground


def test_reduced_motion_stops_the_running_dashes(open_page, xor_page):
    page = open_page(xor_page)
    press(page, "ArrowRight")
    assert (
        page.eval_on_selector(".edge.lit path", "p => getComputedStyle(p).animationName") == "none"
    )


def test_a_step_can_be_read_on_a_phone(open_page, xor_page):
    page = open_page(xor_page)
    page.set_viewport_size({"width": 420, "height": 860})
    press(page, *["ArrowRight"] * 9)
    high = page.eval_on_selector("#node-s text", "t => t.getBoundingClientRect().height")
    assert high >= 11
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("steps", [0, 13])
def test_axe_finds_nothing_serious(open_page, xor_page, scheme, steps):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs the extra [browser]"
    ).Axe()
    page = open_page(xor_page, color_scheme=scheme)
    press(page, *["ArrowRight"] * steps)
    found = axe.run(page).response["violations"]
    assert [
        (v["id"], [n["html"][:120] for n in v["nodes"]])
        for v in found
        if v["impact"] in ("serious", "critical")
    ] == []
