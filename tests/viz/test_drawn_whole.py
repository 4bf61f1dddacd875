"""What Graphviz' router once failed on is drawn, with both engines; and no graph is answered with
nothing."""

from __future__ import annotations

import os
import stat
import sys

import numpy as np
import pytest
from checks import drawn_whole
from viz_xor import Drawing, build_xor, draw_xor

import tinygrad_edu as tg
import viz
from viz.writers import layout
from viz.writers.dot import PLANS, dot, plans


def leaf(value, name):
    return tg.tensor(value, requires_grad=True, name=name)


def smallest():
    w, b = leaf([0.5, 1.0], "w"), leaf([1.0, 1.0], "b")
    return ((np.array([1.0, 2.0]) * w + b) + (np.array([3.0, 4.0]) * w + b)).sum()


def two_steps():
    rng = np.random.default_rng(0)
    U, W, b = (
        leaf(rng.normal(size=(2, 3)), "U"),
        leaf(rng.normal(size=(3, 3)), "W"),
        leaf(np.zeros(3), "b"),
    )
    h = np.zeros((2, 3))
    for _ in range(2):
        h = tg.tanh(rng.normal(size=(2, 2)) @ U + h @ W + b)
    return (h**2).mean()


def quadratic():
    a, b, x = leaf(2.0, "a"), leaf(1.0, "b"), leaf(3.0, "x")
    return a * x**2 + b * x + a


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("make", [smallest, two_steps, quadratic])
def test_leaves_that_several_operations_read(make, direction, engine):
    loss = make()
    loss.backward()
    graph = viz.graph(loss, direction=direction)
    drawn_whole(graph, engine)
    assert graph._laid_out[engine][0] == graph.source, "laid out as planned, without a retry"


def joined(layers):
    parts = [leaf(np.ones((2, 2)), "x")]
    for k in range(layers):
        together = tg.concatenate(parts, axis=1)
        parts.append(tg.tanh(together @ leaf(np.full((together.shape[1], 2), 0.1), f"W{k}")))
    return parts[-1].sum()


def test_layers_joined_by_concatenation_go_through_by_straight_lines(engine):
    loss = joined(14)
    loss.backward()
    graph = viz.graph(loss, limit=10_000)
    assert plans(graph.picture) == PLANS[1:], "too many arrows for curves"
    drawn_whole(graph, engine)


def fails_on(tmp_path, monkeypatch, words):
    """A layout engine that fails on texts with one of these words, and else does what the real one
    does."""
    monkeypatch.undo()  # the real engine, not one of an earlier call
    real = layout.find()
    program = tmp_path / "dot"
    program.write_text(
        f"#!{sys.executable}\nimport subprocess, sys\ntext = sys.stdin.buffer.read()\n"
        f"if any(w in text for w in {words!r}): sys.exit('Error: lost u2 b edge')\n"
        f"done = subprocess.run([{real.path!r}, *sys.argv[1:]], input=text, capture_output=True)\n"
        "sys.stdout.buffer.write(done.stdout)\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(layout, "_pure_path", lambda: None)
    monkeypatch.setattr(layout, "_dot_path", lambda: str(program))


@pytest.mark.skipif(os.name == "nt", reason="a script with a #! line")
def test_a_layout_that_fails_is_tried_again_and_the_last_resort_says_so(tmp_path, monkeypatch):
    fails_on(tmp_path, monkeypatch, [b"splines=true"])
    graph = draw_xor(build_xor())
    drawn_whole(graph)
    assert graph._laid_out["dot"][0] == dot(graph.picture, plan=PLANS[1])
    fails_on(tmp_path, monkeypatch, [b"splines=true", b"cluster"])
    graph = draw_xor(build_xor())
    text = graph.svg()
    assert len(Drawing(text).nodes) == 12 and len(Drawing(text).edges) == 20
    assert "drawn plainer" in text and not [
        k for k in Drawing(text).groups if k.startswith("frame")
    ]
    assert "∂L/∂W = Xᵀ·∂L/∂U" in Drawing(text).tip("backward-U-W"), (
        "what it leaves out stays in the tooltips"
    )


@pytest.mark.skipif(os.name == "nt", reason="a script with a #! line")
def test_what_no_plan_can_lay_out_is_an_error(tmp_path, monkeypatch):
    fails_on(tmp_path, monkeypatch, [b"digraph"])
    with pytest.raises(viz.LayoutError, match="lost u2 b edge"):
        draw_xor(build_xor()).svg()
