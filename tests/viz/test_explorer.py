"""The explorer's data: every number of its steps against NumPy, and a page that is whole by
itself."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from viz_xor import SVG, Drawing, build_xor, draw_xor

import tinygrad_edu as tg
import viz
from viz.explorer import entries
from viz.explorer.steps import data
from viz.graph import as_roots
from viz.recording.walk import walk


def explained(net, **options):
    return data(draw_xor(net, **options).picture)


def numbers(part):
    return np.array([[float(v) for v in row] for row in part["rows"]])


def node_of(tensor):
    return next(n for n in walk(as_roots(tensor)).nodes if n.obj is tensor)


def test_steps_go_forward_through_all_operations_and_back_over_all_edges():
    steps = explained(build_xor())["steps"]
    assert [s["card"] for s in steps if s["pass"] == "forward"] == ["U", "Z", "H", "s", "f", "L"]
    back = [(s.get("from"), s["card"]) for s in steps if s["pass"] == "backward"]
    assert back == [
        (None, "L"),
        ("L", "f"),
        ("f", "s"),
        ("f", "b"),
        ("s", "H"),
        ("s", "w"),
        ("H", "Z"),
        ("Z", "U"),
        ("Z", "c"),
        ("U", "W"),
    ]
    assert [s["pass"] for s in steps] == ["forward"] * 6 + ["backward"] * 10


def test_every_edge_named_in_a_step_is_in_the_drawing():
    net = build_xor()
    svg = draw_xor(net).svg()
    for step in explained(net)["steps"]:
        for edge in step["edges"]:
            assert f'id="{edge}"' in svg


def test_outer_gradient_times_local_derivative_is_the_product_shown():
    net = build_xor()
    for step in explained(net)["steps"]:
        parts = step["parts"]
        if step["pass"] == "forward" or len(parts) < 5:
            continue
        first, sign, second, equals, product = parts[:5]
        assert equals == "="
        a, b = numbers(first), numbers(second)
        found = a @ b if sign == "·" else a * b
        np.testing.assert_allclose(np.broadcast_to(found, numbers(product).shape), numbers(product))
        if len(parts) > 5:  # what was broadcast is summed
            assert parts[5] == "Σ rows"
            np.testing.assert_allclose(
                numbers(product).sum(axis=0, keepdims=True), numbers(parts[6])
            )


def test_the_last_matrix_of_a_backward_step_is_the_gradient():
    net = build_xor()
    for step in explained(net)["steps"]:
        tensor = getattr(net, step["card"])
        if step["pass"] == "backward" and tensor.is_leaf:
            np.testing.assert_allclose(numbers(step["parts"][-1]), np.atleast_2d(tensor.grad))


def test_uses_of_one_tensor_are_counted_and_added():
    x = tg.tensor([1.0, 2.0], requires_grad=True, name="x")
    loss = (x * x + x).sum()
    loss.backward()
    steps = [s for s in data(viz.graph(loss).picture)["steps"] if s["card"] == "x"]
    assert [s["text"] for s in steps] == [
        f"Use {k} of 3 of x: the gradients of all uses are added." for k in (1, 2, 3)
    ]
    assert ["reveals" in s for s in steps] == [False, False, True]
    np.testing.assert_allclose(numbers(steps[-1]["parts"][-1]), [[3, 5]])
    contributions = sum(numbers(s["parts"][4]) for s in steps)
    np.testing.assert_allclose(contributions, [[3, 5]])
    assert len({e for s in steps for e in s["edges"]}) == 3


def test_derivations_of_entries_compute_what_they_say():
    """Each text ends in `= a·b + c·d = result`: the sum is worked out from the text."""
    for card in explained(build_xor())["cards"].values():
        for column in card["columns"]:
            for k, entry in enumerate(column.get("entries", [])):
                *_, terms, result = entry["text"].split(" = ")
                if not re.fullmatch(r"[-.\d+·() ]+", terms):
                    continue  # max{..} and mean (..)²
                assert eval(terms.replace("·", "*")) == pytest.approx(float(result)), entry["text"]
                assert result == _shown(column)[k]


def _shown(column):
    return re.sub(r"[\[\];]", " ", column["text"]).split()


def test_an_entry_comes_from_the_row_and_the_column_that_made_it():
    cards = explained(build_xor())["cards"]
    u21 = cards["U"]["columns"][0]["entries"][2]
    assert u21["text"] == "U₂₁ = X₂₁·W₁₁ + X₂₂·W₂₁ = 0·1 + 1·1 = 1"
    assert u21["from"] == [
        ["X", "value", 2],
        ["X", "value", 3],
        ["W", "value", 0],
        ["W", "value", 2],
    ]
    z42 = cards["Z"]["columns"][1]["entries"][7]
    assert z42["text"] == "∂L/∂Z₄₂ = ∂L/∂H₄₂·∂H₄₂/∂Z₄₂ = (-.5)·1 = -.5"
    blocked = cards["Z"]["columns"][1]["entries"][1]
    # what the relu stops is shown being stopped
    assert blocked["text"].endswith("= (-.5)·0 = 0")


@pytest.mark.parametrize(
    "make, expected",
    [
        (lambda x: x.sum(axis=0), [[1, 0, 1, 0], [0, 1, 0, 1]]),
        (lambda x: x.T.reshape(4), [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]),
        (lambda x: tg.relu(x).reshape(-1), np.eye(4)),  # read, though its derivative is 0
        (lambda x: tg.softmax(x, axis=1).sum(axis=1), [[1, 1, 0, 0], [0, 0, 1, 1]]),
        (lambda x: x[0], [[1, 0, 0, 0], [0, 1, 0, 0]]),
    ],
    ids=["sum", "transpose", "relu", "softmax", "part"],
)
def test_which_entries_are_read_is_found_by_running_the_operation(make, expected):
    x = tg.tensor([[-1.0, 2.0], [3.0, -4.0]], requires_grad=True)
    y = make(x)
    seen = np.eye(4, dtype=bool)
    chain = []
    node = node_of(y)
    while node.op is not None:
        chain.append(node)
        node = node.operands[0]
    for node in reversed(chain):
        seen = entries.reads(node, 0) @ seen
    np.testing.assert_array_equal(seen, np.array(expected, bool))


def test_the_jacobian_of_a_formula_is_that_of_finite_differences():
    x = tg.tensor([[0.3, -1.2], [2.0, 0.7]], requires_grad=True)
    for y in (tg.tanh(x), tg.softmax(x), x.mean(axis=0), (x * x)):
        node = node_of(y)
        slopes = sum(entries.jacobian(node, i) for i, o in enumerate(node.operands))
        for k in range(4):
            step = np.zeros(4)
            step[k] = 1e-6
            run = lambda v, n=node: n.op.forward(*[v] * len(n.operands), **n.params).reshape(-1)  # noqa: B023
            around = [run(x.numpy() + s * step.reshape(2, 2)) for s in (1, -1)]
            np.testing.assert_allclose(slopes[:, k], (around[0] - around[1]) / 2e-6, atol=1e-8)


def content(path):
    text = path.read_text(encoding="utf-8")
    return text, json.loads(re.search(r'id="data">(.*?)</script>', text, re.S)[1])


def test_the_page_is_whole_small_and_speaks_both_languages(tmp_path):
    net = build_xor()
    path = tmp_path / "xor.html"
    assert viz.explore(net.L, names=vars(net), title="XOR", path=path) == str(path)
    text, found = content(path)
    assert path.stat().st_size < 2_000_000
    assert not re.findall(r'(?:src|href)="(?!data:|#|")[^"]*"', re.sub(r"\\u003c.*?>", "", text))
    assert "default-src 'none'" in text
    assert (
        set(found) == {"lang", "en", "es"}
        and len(found["en"]["steps"]) == len(found["es"]["steps"]) == 16
    )
    assert found["es"]["steps"][0]["title"].startswith("Hacia delante")
    assert found["en"]["cards"].keys() == found["es"]["cards"].keys()
    assert found["en"]["texts"].keys() == found["es"]["texts"].keys()


def test_two_runs_write_the_same_bytes(tmp_path):
    for k in range(2):
        net = build_xor()
        viz.explore(net.L, names=vars(net), path=tmp_path / f"{k}.html")
    assert (tmp_path / "0.html").read_bytes() == (tmp_path / "1.html").read_bytes()


def test_a_name_cannot_leave_its_place_in_the_page(tmp_path):
    x = tg.tensor([1.0], requires_grad=True, name="</script><script>alert(1)</script>&\"'")
    loss = (x * 2).sum()
    loss.backward()
    viz.explore(loss, path=tmp_path / "x.html", title="<b>&</b>")
    text, found = content(tmp_path / "x.html")
    assert "<script>alert" not in text and "<b>&</b>" not in text
    assert (
        "<script>alert(1)"
        in found["en"]["cards"][next(k for k in found["en"]["cards"] if "script" in k)]["title"]
    )


def test_large_arrays_and_folded_graphs_have_steps_too(tmp_path):
    x = tg.tensor(np.ones((40, 30)), requires_grad=True, name="x")
    y = x
    for _ in range(500):
        y = tg.tanh(y)
    loss = y.mean()
    loss.backward()
    viz.explore(loss, path=tmp_path / "deep.html", limit=20)
    _, found = content(tmp_path / "deep.html")
    assert (
        0 < len(found["en"]["steps"]) < 60 and (tmp_path / "deep.html").stat().st_size < 2_000_000
    )


def test_before_backward_there_are_only_forward_steps():
    steps = explained(build_xor(backward=False))["steps"]
    assert {s["pass"] for s in steps} == {"forward"}


def test_what_is_no_page_or_language_is_refused(tmp_path):
    loss = build_xor().L
    with pytest.raises(ValueError, match="written as .html"):
        viz.explore(loss, path=tmp_path / "xor.png")
    with pytest.raises(ValueError, match="known: 'en', 'es'"):
        viz.explore(loss, path=tmp_path / "xor.html", lang="fr")
    assert not list(tmp_path.iterdir())


def test_every_number_of_the_drawing_has_its_class(engine):
    """The page finds numbers by class: in the order of the entries, whatever the font."""
    p = (graph := draw_xor(build_xor())).picture
    drawing = Drawing(graph.svg(engine))
    found = 0
    for card in p.cards:
        texts = list(drawing.groups[f"node-{card.key}"].iter(f"{SVG}text"))
        for column in card.columns:
            shown = [t.text for t in texts if t.get("class") == f"number {column.kind}"]
            values = [float(t.replace("\xa0", " ")) for t in shown]
            np.testing.assert_allclose(values, column.array.reshape(-1), atol=5e-3)
            found += len(values)
    assert found == sum(c.array.size for card in p.cards for c in card.columns)


def test_a_name_with_an_equals_sign_stays_whole():
    """Names are data: nothing is cut at the ` = ` of a title."""
    x = tg.tensor(3.0, requires_grad=True, name="a = b")
    y = x * x
    y.backward()
    graph = viz.graph(y)
    assert [c.name for c in graph.picture.cards] == ["a = b", "f"]
    assert "from a = b, a = b" in graph.describe()
    assert data(graph.picture)["steps"][-1]["title"] == "Backward: f → a = b"
