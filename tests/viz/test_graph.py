"""The pictures themselves: what is on a card, which edges there are, and that each number is the
engine's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from viz_xor import build_xor, draw_xor

import tinygrad_edu as tg
import viz
from tinygrad_edu import nn
from viz.numbers import short


def test_xor_has_a_card_for_every_array_and_an_edge_for_every_use(xor, read, engine):
    d = read(draw_xor(xor), engine)
    assert sorted(d.nodes) == sorted(f"node-{n}" for n in "XWcwbyUZHsfL")
    forward = {"X-U", "W-U", "U-Z", "c-Z", "Z-H", "H-s", "w-s", "s-f", "b-f", "f-L", "y-L"}
    assert {e for e in d.edges if e.startswith("forward")} == {f"forward-{e}" for e in forward}
    backward = {"-".join(reversed(e.split("-"))) for e in forward if e[0] not in "Xy"}
    assert {e for e in d.edges if e.startswith("backward")} == {f"backward-{e}" for e in backward}


def test_xor_titles_are_the_equations(xor, read, engine):
    d = read(draw_xor(xor), engine)
    for key, title in {
        "U": "U = X·W",
        "Z": "Z = U + c",
        "H": "H = max{0, Z}",
        "s": "s = H·w",
        "f": "f = s + b",
        "L": "L = mean (f − y)²",
    }.items():
        assert d.text(f"node-{key}").startswith(title)


def test_xor_labels_say_what_the_gradient_is_multiplied_by(xor, read, engine):
    d = read(draw_xor(xor), engine)
    labels = {k.removeprefix("backward-"): d.text(k) for k in d.edges if k.startswith("backward")}
    assert labels == {
        "U-W": "Xᵀ ·",
        "Z-U": "· 1",
        "Z-c": "Σ rows",
        "H-Z": "· 1 if Z > 0",
        "s-H": "· wᵀ",
        "s-w": "Hᵀ ·",
        "f-s": "· 1",
        "f-b": "Σ rows",
        "L-f": "· 2(f − y)/4",
    }


def test_xor_numbers_are_the_engines_and_numpys(xor, read, engine):
    d = read(draw_xor(xor), engine)
    n = xor
    g_f = 2 * (n.f.data - n.y) / 4
    g_H = g_f @ n.w.data.T
    g_Z = g_H * (n.Z.data > 0)
    expected = {
        "U": (n.X @ n.W.data, g_Z),
        "Z": (n.Z.data, g_Z),
        "H": (np.maximum(n.Z.data, 0), g_H),
        "s": (n.s.data, g_f),
        "f": (n.f.data, g_f),
        "W": (n.W.data, n.X.T @ g_Z),
        "c": (n.c.data, g_Z.sum(0)),
        "w": (n.w.data, n.H.data.T @ g_f),
        "b": (n.b.data, g_f.sum(0)),
        "L": (0.25, 1),
    }
    for key, columns in expected.items():
        wanted = sorted(short(v) for a in columns for v in np.ravel(a))
        assert sorted(d.numbers(f"node-{key}")) == wanted, key
    assert "value (fixed data)" in d.text("node-X")
    assert "∂" not in d.text("node-X") + d.text("node-y")
    assert "∂L/∂Z" in d.text("node-Z")


def test_the_row_is_straight(xor, read, engine):
    """Cards in the row are equally high and on one line; parameters are above it."""
    d = read(draw_xor(xor), engine)
    box = {}
    for key in d.nodes:
        points = [
            tuple(map(float, p.split(",")))
            for e in d.groups[key].iter()
            if e.get("points")
            for p in e.get("points").split()
        ]
        box[key[5:]] = min(p[1] for p in points), max(p[1] for p in points)
    for key in "UZHsfL":
        assert box[key] == pytest.approx(box["X"], abs=1.6)
    for key in "Wcwby":
        assert box[key][1] < box["X"][0]


def test_frames_hold_their_cards(xor):
    source = draw_xor(xor).source
    hidden, output = source.split("subgraph cluster_0 {")[1].split("subgraph cluster_1 {")
    for key in "UZHWc":
        assert f"\t{key} [label" in hidden
    for key in "sfwb":
        assert f"\t{key} [label" in output
    assert 'label="hidden layer"' in hidden
    assert "\tX [label" in source.split("subgraph cluster_0")[0] + output


def test_before_backward_nothing_is_known_and_nothing_comes_back(read, engine):
    d = read(draw_xor(build_xor(backward=False)), engine)
    for key in "WcwbUZHsfL":
        assert "not computed" in d.text(f"node-{key}")
        assert len(d.numbers(f"node-{key}")) == getattr(build_xor(False), key).size
    assert "not computed" not in d.text("node-X")
    assert not [e for e in d.edges if e.startswith("backward")]


def test_after_a_change_the_interior_is_stale_in_words(xor, read):
    with tg.no_grad():
        xor.w[...] = 3.0
    g = draw_xor(xor)
    d = read(g)
    assert "stale" in d.text("node-H")
    assert d.numbers("node-H") == ["0", "0", "1", "0", "1", "0", "2", "1"]
    assert "1 .25" in d.text("node-w")  # a leaf keeps what backward() left in it
    assert "w changed after" in g.describe()


def test_gradients_that_added_up_are_not_called_the_derivative(read):
    w = tg.tensor([1.0, 2.0], requires_grad=True, name="w")
    (w * 3).sum().backward()
    loss = (w * w).sum()
    loss.backward()
    d = read(viz.graph(loss))
    assert "added up" in d.text("node-w")
    assert d.numbers("node-w") == ["1", "2", "5", "7"]
    assert "∂L/∂u1" in d.text("node-u1")


def test_backward_twice_doubles_interior_and_leaves_alike(read):
    w = tg.tensor([1.0, 2.0], requires_grad=True, name="w")
    loss = (w * w).sum()
    loss.backward()
    loss.backward()
    d = read(viz.graph(loss))
    assert d.numbers("node-w") == ["1", "2", "4", "8"]
    assert d.numbers("node-u1") == ["1", "4", "2", "2"]


def test_a_plus_a_has_two_edges(read, engine):
    a = tg.tensor([3.0, 1.0], requires_grad=True, name="a")
    y = a + a
    y.sum().backward()
    d = read(viz.graph(y), engine)
    assert d.edges == ["forward-a-f", "forward-a-f-2"]
    loss = (a + a).sum()
    loss.backward()
    d = read(viz.graph(loss), engine)
    assert sum(e.startswith("backward-u1-a") for e in d.edges) == 2
    assert len(d.nodes) == 3


def test_one_array_used_twice_is_one_card(read):
    X = np.ones((2, 2))
    w = tg.tensor(np.eye(2), requires_grad=True, name="w")
    d = read(viz.graph((X @ w + X).sum(), names={"X": X}))
    assert d.nodes.count("node-X") == 1
    assert {"forward-X-u1", "forward-X-u2"} <= set(d.edges)


def test_a_leaf_alone_and_several_results(read, engine):
    a = tg.tensor(2.0, requires_grad=True, name="a")
    assert read(viz.graph(a), engine).nodes == ["node-a"]
    assert read(viz.graph(tg.tensor(np.zeros((0, 3)))), engine).nodes == ["node-X"]
    d = read(viz.graph([a * 2, a * 3]), engine)
    assert sorted(d.nodes) == ["node-a", "node-f", "node-f2"]


def test_large_arrays_are_summed_up(read, engine):
    x = np.linspace(-1, 1, 25).reshape(5, 5)
    w = tg.tensor(x, requires_grad=True, name="w")
    d = read(viz.graph(w * np.ones((5, 5))), engine)
    assert d.numbers("node-w") == ["-1", short(x.mean()), "1"]
    assert "5×5" in d.text("node-w")


def classifier():
    model = nn.MLP(784, 128, 10, seed=0, name="classifier")
    X = np.random.default_rng(0).random((32, 784)).astype(np.float32)
    return model, X, np.arange(32) % 10


def test_the_classifier_is_one_card_a_layer(read, engine):
    model, X, _ = classifier()
    d = read(viz.graph(model, X), engine)
    assert d.nodes == ["node-X", "node-dense", "node-dense_1"]
    assert "784 → 128" in d.text("node-dense")
    assert "100 480 parameters" in d.text("node-dense")
    assert "H1 = max{0, X·W1 + b1}" in d.text("node-dense")
    assert "1290 parameters" in d.text("node-dense_1")
    assert not any(p.grad is not None for p in model.parameters())


def test_the_classifier_with_its_loss_and_every_operation(read, engine):
    model, X, t = classifier()
    loss = nn.cross_entropy(model(X), t)
    loss.backward()
    d = read(viz.graph(loss, names={"X": X, "t": t}), engine)
    assert set(d.nodes) == {"node-X", "node-dense", "node-dense_1", "node-t", "node-L"}
    assert {"backward-dense_1-dense", "backward-L-dense_1"} <= set(d.edges)
    g = viz.graph(loss, names={"X": X, "t": t}, detail="ops")
    d = read(g, engine)
    assert len(d.nodes) == 12
    assert short(model.parameters()[0].grad.max()) in d.numbers("node-W1")
    assert "dense.weight" in d.tip("node-W1")
    # dense and dense_1 inside classifier
    assert "cluster_0" in g.source and "cluster_2" in g.source


def test_a_small_model_shows_its_numbers(read):
    model = nn.MLP(2, 2, 1, seed=0)
    X = np.eye(2)
    d = read(viz.graph(model, X))
    assert "node-H1" in d.nodes
    assert len(d.numbers("node-H1")) == 4
    with tg.no_grad():
        assert read(viz.graph(model, X)).nodes == d.nodes


def test_a_layer_called_again_has_a_frame_of_its_own(read):
    layer = nn.Dense(2, "tanh", input_size=2, seed=0, name="cell")
    X = np.eye(2, dtype=np.float32)
    g = viz.graph(layer(layer(X)), detail="ops")
    assert "label=cell " in g.source and 'label="cell (2)"' in g.source
    assert {"node-cell", "node-cell_2"} <= set(
        read(viz.graph(layer(layer(X)), detail="layers")).nodes
    )


def test_tooltips_say_the_derivation(xor, read):
    d = read(draw_xor(xor))
    assert d.tip("backward-U-W") == "∂L/∂W = Xᵀ·∂L/∂U\n∂L/∂W = [.5 -.5; .5 -.5]"
    assert d.tip("backward-Z-c").startswith("∂L/∂c = Σ rows ∂L/∂Z")
    assert d.tip("forward-Z-H").startswith("Z → H = max{0, Z}")
    assert "∂L/∂b: [1]" in d.tip("node-b")


def test_the_svg_speaks(xor, read):
    g = draw_xor(xor)
    d = read(g)
    assert d.root.get("role") == "img"
    assert d.root.get("aria-label") == "XOR"
    assert d.root[0].text == "XOR"
    assert d.root[1].text == g.describe()
    assert g.describe().count("\n") == 12
    bundle = g._repr_mimebundle_()
    assert set(bundle) == {"image/png", "text/html", "text/plain"}


def test_spanish(read, engine):
    net = build_xor(backward=False)
    text = draw_xor(net, lang="es").source
    for word in (
        "sin calcular",
        "parámetro",
        "pérdida",
        "objetivo 4×1",
        "valor (dato fijo)",
        "media (f − y)²",
    ):
        assert word in text
    xor = build_xor()
    d = read(draw_xor(xor, lang="es"), engine)
    assert d.text("backward-H-Z") == "· 1 si Z > 0"
    assert d.text("backward-Z-c") == "Σ filas"
    for word in (" value", " gradient", "rows", "input"):
        assert word not in " ".join(d.text(k) for k in d.groups)


def test_the_picture_is_of_the_moment_it_was_asked_for(xor):
    g = draw_xor(xor)
    said = g.describe()
    with tg.no_grad():
        xor.W[...] = 77.0
    assert "77" not in g.source
    assert g.describe() == said


def test_top_to_bottom(xor, read, engine):
    d = read(draw_xor(xor, direction="TB"), engine)
    assert len(d.nodes) == 12 and len(d.edges) == 20
    assert float(d.root.get("height").removesuffix("pt")) > float(
        d.root.get("width").removesuffix("pt")
    )


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from viz_xor import build_xor, draw_xor
sys.stdout.buffer.write(draw_xor(build_xor()).source.encode())
"""


def test_the_same_bytes_in_every_run():
    runs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(Path(__file__).parent)],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] == draw_xor(build_xor()).source.encode()


def test_importing_viz_loads_nothing_that_only_drawing_needs():
    code = "import sys, viz; print([m for m in ('matplotlib', 'graphviz', 'svglib', 'reportlab') if m in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        == "[]\n"
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: viz.graph(3), "write viz.graph"),
        (lambda t: viz.graph([]), "nothing to draw"),
        (lambda t: viz.graph(t, t), "inputs are for a model"),
        (lambda t: viz.graph(nn.Dense(2)), r"viz.graph\(model, x\)"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(TypeError, match=message):
        call(tg.tensor(1.0))


@pytest.mark.parametrize("option", [{"lang": "fr"}, {"detail": "all"}, {"direction": "up"}])
def test_unknown_options_are_refused_with_the_known_ones(option):
    with pytest.raises(ValueError, match="known: "):
        viz.graph(tg.tensor(1.0), **option)
