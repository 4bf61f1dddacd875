"""Names: the caller's, the tensor's, or short ones; and any text at all can be one, in both
engines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from profiles import by_profile
from viz_xor import Drawing

import tinygrad_edu as tg
import viz
from tinygrad_edu import nn
from viz.text import clean

NASTY = [
    'a "quoted" name',
    "<b>bold</b>",
    "x & y",
    "&amp;",
    "two\nlines",
    "a:b:c",
    "C:\\new\\table",
    "\\N",
    "\\",
    "ñandú",
    "Größe",
    "{x|y}",
    "node",
    "graph",
    "->",
    "<",
    ">",
    "]]>",
    "'",
    "%s",
    "\t",
    "重み",
    "-",
    "<<TABLE>>",
    '"',
    "",
]


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


@settings(
    max_examples=by_profile(day=10, ci=30, night=300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=st.text(max_size=30))
def test_any_text_is_a_name(name, engine):
    d = drawn(name, engine)
    assert len(d.nodes) == 3 and len(d.edges) == 2
    # Layout engines keep the second of two spaces as one that does not break.
    assert d.tip(parameter(d)).split("\n")[0].replace("\xa0", " ") == (
        clean(name).replace("\xa0", " ") or "w"
    )


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
    u1, L = (
        tg.tensor(1.0, requires_grad=True, name="u1"),
        tg.tensor(2.0, requires_grad=True, name="L"),
    )
    titles = [
        c.title.split(" = ")[0] for c in viz.graph((tg.sin(u1) * L) * np.ones(3)).picture.cards
    ]
    assert len(set(titles)) == len(titles) == 6


def test_two_tensors_of_one_name_are_two_cards_of_two_names():
    a, b = (tg.tensor(float(k), requires_grad=True, name="a") for k in (1, 2))
    d = Drawing(viz.graph(a * b).svg())
    assert {"node-a1", "node-a2"} <= set(d.nodes)
    assert viz.graph(a * b).picture.formula == "" and "f = a1·a2" in d.text("node-f")
    assert "(a)" in d.tip("node-a1"), "its own name is in the tooltip"


def test_names_that_differ_after_letter_39_are_told_apart_and_whole_in_the_tooltip():
    names = [
        "transformer.encoder.block.0.attention.query.weight",
        "transformer.encoder.block.0.attention.value.weight",
        "x" * 60 + "1",
        "x" * 60 + "2",
        "y" * 30 + "a" + "z" * 30,
        "y" * 30 + "b" + "z" * 30,
    ]
    leaves = [tg.tensor(1.0, requires_grad=True, name=n) for n in names]
    picture = viz.graph(sum(leaves[1:], leaves[0])).picture
    titles = [c.title for c in picture.cards if c.kind == "parameter"]
    assert len(set(titles)) == len(names)
    assert titles[0].startswith("transformer.encoder") and titles[0].endswith("query.weight")
    assert all(any(n in c.tip for c in picture.cards) for n in names)


class Two(nn.Module):
    def __init__(self, same=False):
        self.hidden = nn.Dense(2, "tanh", input_size=2, seed=0, dtype=float)
        self.out = self.hidden if same else nn.Dense(2, input_size=2, seed=1, dtype=float)

    def forward(self, x):
        return self.out(self.hidden(x))


def test_different_weights_have_different_names_and_a_second_call_says_so():
    two = viz.graph(Two(), np.eye(2), detail="ops").picture
    assert two.formula == "f(X) = tanh(X·W1 + b1)·W2 + b2"
    assert [f.label for f in two.frames] == ["Two", "hidden", "out"]
    one = viz.graph(Two(same=True), np.eye(2), detail="ops").picture
    assert one.formula == "f(X) = tanh(tanh(X·W + b)·W + b)"
    assert [f.label for f in one.frames] == ["Two", "hidden", "hidden (2)"]


def test_two_layers_of_one_class_without_names_are_not_a_second_call():
    a, b = (nn.Dense(2, input_size=2, seed=k, dtype=float) for k in range(2))
    picture = viz.graph(b(a(np.eye(2))), detail="ops").picture
    assert [f.label for f in picture.frames] == ["Dense", "Dense 2"]
    assert {"W1", "b1", "W2", "b2"} <= {c.title for c in picture.cards}


def test_a_parameter_without_a_name_has_that_of_its_attribute():
    class Line(nn.Module):
        def __init__(self):
            self.slope, self.offset = (tg.tensor(2.0, requires_grad=True) for _ in range(2))

        def forward(self, x):
            return x * self.slope + self.offset

    assert viz.graph(Line(), np.array(3.0)).picture.formula == "f(x) = x·slope + offset"


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
