"""Names: the caller's, the tensor's, or short ones; and any text at all can be one, in both engines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from viz_xor import Drawing

import tinygrad_edu as tg
import viz
from viz.text import clean

NASTY = ['a "quoted" name', "<b>bold</b>", "x & y", "&amp;", "two\nlines", "a:b:c", "C:\\new\\table", "\\N", "\\",
         "ñandú", "Größe", "{x|y}", "node", "graph", "->", "<", ">", "]]>", "'", "%s", "\t", "重み", "-",
         "<<TABLE>>", '"', ""]


def drawn(name, engine):
    w = tg.tensor([2.0], requires_grad=True, name=name)
    y = w * 3.0
    return Drawing(viz.graph(y.sum(), layers={name: [y]}, title=name).svg(engine))


def parameter(d):
    return next(k for k in d.nodes if d.texts(k)[1].startswith("parameter"))


@pytest.mark.parametrize("name", NASTY)
def test_odd_names_survive(name, engine):
    d = drawn(name, engine)
    assert len(d.nodes) == 3 and len(d.edges) == 2
    assert d.texts(parameter(d))[0] == (clean(name) or "w")
    frame = next(k for k in d.groups if k.startswith("frame-"))
    assert d.text(frame) == clean(name)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=30))
def test_any_text_is_a_name(name, engine):
    d = drawn(name, engine)
    assert len(d.nodes) == 3 and len(d.edges) == 2
    # Layout engines keep the second of two spaces as one that does not break.
    assert d.tip(parameter(d)).split("\n")[0].replace("\xa0", " ") == (clean(name).replace("\xa0", " ") or "w")


def test_names_by_identity_of_tensors_and_arrays():
    X, unused = np.ones((2, 2)), np.ones(3)
    W = tg.tensor(np.eye(2), requires_grad=True, name="weights")
    Z = X @ W
    number, text, _hidden = 3, "text", Z
    g = viz.graph(Z.sum(), names=locals())
    assert [c.title.split(" = ")[0] for c in g.picture.cards] == ["X", "W", "Z", "L"]
    assert (unused.size, number, text) == (3, 3, "text") and _hidden is Z


def test_without_names_they_are_short_and_the_same_in_every_run():
    x = np.ones((3, 2))
    w = tg.tensor(np.ones((2, 2)), requires_grad=True)
    texts = {viz.graph((tg.tanh(x @ w) * 2.0).sum()).source for _ in range(2)}
    assert len(texts) == 1
    titles = [c.title for c in viz.graph((tg.tanh(x @ w) * 2.0).sum()).picture.cards]
    assert titles == ["X", "w", "u1 = X·w", "u2 = tanh(u1)", "u3 = 2·u2", "L = Σ u3"]


def test_names_that_are_taken_are_not_given_again():
    u1, L = tg.tensor(1.0, requires_grad=True, name="u1"), tg.tensor(2.0, requires_grad=True, name="L")
    titles = [c.title.split(" = ")[0] for c in viz.graph((tg.sin(u1) * L) * np.ones(3)).picture.cards]
    assert len(set(titles)) == len(titles) == 6


def test_two_tensors_of_one_name_stay_two_cards():
    a, b = (tg.tensor(float(k), requires_grad=True, name="a") for k in (1, 2))
    d = Drawing(viz.graph(a * b).svg())
    assert {"node-a", "node-a_2"} <= set(d.nodes)


def test_numbers_are_written_into_the_formula():
    x = tg.tensor([1.0], requires_grad=True, name="x")
    g = viz.graph(x * -2 + np.float64(0.5) + np.array(4.0))
    assert [c.title for c in g.picture.cards][1:] == ["u1 = −2·x", "u2 = u1 + 0.5", "f = u2 + 4"]


def test_long_formulas_are_cut_but_whole_in_the_tooltip():
    parts = [tg.tensor([float(k)], requires_grad=True, name=f"a_long_name_{k}") for k in range(8)]
    g = viz.graph(tg.concatenate(parts))
    d = Drawing(g.svg())
    key = d.nodes[-1] if "f" in d.nodes[-1] else next(k for k in d.nodes if k == "node-f")
    assert "…" in d.text(key)
    assert "a_long_name_7" in d.tip(key)
