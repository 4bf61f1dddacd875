"""A real notebook, executed: each thing shows itself as a cell's last line, once. Exports to HTML
and LaTeX hold the pictures. And what the bundles promise, without a notebook."""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path

import numpy as np
import pytest
from viz_xor import build_xor, draw_xor

from tinygrad_edu import nn
from viz import plots

ROOT = Path(__file__).parents[2]
CELLS = {
    "setup": """import numpy as np, tinygrad_edu as tg, viz
from tinygrad_edu import nn
from viz import plots
X, y = tg.datasets.xor()
model = nn.Sequential([nn.Dense(3, "tanh"), nn.Dense(1)], seed=0)
model.compile("sgd", "mse")
film = plots.Recorder(X, y, every=2, points=9)
history = model.fit(X, y, epochs=4, verbose=0, callbacks=[film])
loss = tg.mse(model(X), y); loss.backward();""",
    "figure": "plots.training_curves(history)",
    "film": "film",
    "model": "model",
    "summary": "model.summary()",
    "history": "history",
    "tensor": "tg.tensor([1.0, 2.0], name='w')",
    "graph": "viz.graph(loss, names={'X': X, 'y': y}, detail='ops')",
}


@pytest.fixture(scope="module")
def notebook():
    nbformat = pytest.importorskip("nbformat", reason="a notebook needs the extra notebook")
    nbclient = pytest.importorskip("nbclient", reason="a notebook needs the extra notebook")
    pytest.importorskip("ipykernel", reason="a notebook needs the extra notebook")
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code, id=name) for name, code in CELLS.items()]
    )
    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *([before] if before else [])])
    try:
        nbclient.NotebookClient(
            book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}
        ).execute()
    finally:
        os.environ["PYTHONPATH"] = before
    return book


def shown(book, name):
    """What a cell showed: streams of text, and bundles by type."""
    outputs = next(c for c in book.cells if c.id == name).outputs
    return (
        [o.text for o in outputs if o.output_type == "stream"],
        [o.data for o in outputs if o.output_type in ("execute_result", "display_data")],
    )


@pytest.mark.parametrize(
    "name, kinds",
    [
        ("figure", {"image/png"}),
        ("film", {"text/html", "image/png"}),
        ("model", {"text/html"}),
        ("history", {"text/plain"}),
        ("tensor", {"text/plain"}),
        ("graph", {"text/html", "image/png"}),
    ],
)
def test_each_shows_itself_once(notebook, name, kinds):
    printed, bundles = shown(notebook, name)
    assert not printed and len(bundles) == 1
    assert kinds <= bundles[0].keys()
    if "image/png" in kinds:
        assert base64.b64decode(bundles[0]["image/png"]).startswith(b"\x89PNG")
    assert (
        not re.search(r"<\S+ object at 0x|<Figure size", bundles[0]["text/plain"])
        or name == "figure"
    )


def test_a_summary_is_printed_once(notebook):
    printed, bundles = shown(notebook, "summary")
    assert len(printed) == 1 and "Total params: 13" in printed[0] and not bundles


def test_exports_hold_the_pictures(notebook):
    nbconvert = pytest.importorskip("nbconvert", reason="exports need nbconvert")
    page, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    assert page.count("overflow-x:auto") == 1 and page.count("data:image/gif;base64") == 1
    assert page.count("data:image/png;base64") >= 1
    text, resources = nbconvert.LatexExporter().from_notebook_node(notebook)
    assert sum(name.endswith(".png") for name in resources["outputs"]) == 3, (
        "figure, film and graph"
    )
    assert len(set(re.findall(r"\{(\S*output\S*\.png)\}", text))) == 3


# Without a notebook


def test_a_graph_fits_its_column_and_scrolls_where_it_would_be_too_small():
    bundle = draw_xor(build_xor())._repr_mimebundle_()
    assert bundle["text/html"].startswith(
        '<div style="overflow-x:auto"><svg style="max-width:100%;min-width:'
    )
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert "<?xml" not in bundle["text/html"]


def test_a_drawing_recolours_nothing_around_it():
    svg = draw_xor(build_xor()).svg()
    style = svg[svg.index("<style>") + 7 : svg.index("</style>")]
    inner = style[style.index("{") + 1 : -1]
    for rule in re.findall(r"([^{}]+)\{[^}]*\}", inner):
        assert all(part.strip().startswith(".computation-graph ") for part in rule.split(",")), rule
    assert 'class="computation-graph"' in svg[: svg.index("<style>")]


def test_a_figure_is_a_picture_and_a_summary_is_still_text(capsys):
    figure = plots.image(np.eye(4))
    assert figure._repr_png_().startswith(b"\x89PNG")
    model = nn.MLP(2, 3, 1, seed=0)
    text = model.summary()
    assert capsys.readouterr().out == text + "\n" and text.startswith("Model: ")
    assert "Total params: 13" in model._repr_html_() and capsys.readouterr().out == ""


def test_a_film_without_frames_says_so():
    film = plots.Recorder([[0, 0], [1, 1]], [0, 1])
    assert film._repr_mimebundle_() == {
        "text/plain": "Recorder(0 frames; .save('film.gif'), .figure(-1))"
    }
