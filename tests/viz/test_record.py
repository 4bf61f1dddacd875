"""A picture shows what ran: all of a model, what is frozen, what came back; and says where nothing
was recorded."""

from __future__ import annotations

import numpy as np
import pytest
from checks import reads_back

import tinygrad_edu as tg
import viz
from tinygrad_edu import nn
from tinygrad_edu.autodiff import modes

X = np.random.default_rng(0).random((2, 2, 2)).astype(np.float32)


def classifier():
    return nn.Sequential(
        [nn.Flatten(), nn.Dense(3, "relu"), nn.Dropout(0.5, seed=1), nn.Dense(2)], seed=0
    )


def titles(picture):
    return [c.title for c in picture.cards]


def kinds(picture):
    return {c.title: c.kind for c in picture.cards}


def test_what_runs_on_plain_data_is_recorded_too():
    picture = viz.graph(classifier(), X, detail="ops").picture
    assert titles(picture)[:2] == ["X", "H1 = reshape(X, (2, 4))"]
    assert titles(viz.graph(classifier(), X, detail="layers").picture) == [
        "X",
        "flatten",
        "dense",
        "dense_1",
    ]
    assert titles(viz.graph(nn.Flatten(), X).picture) == ["X", "f = reshape(X, (2, 4))"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_data_of_another_dtype_is_one_card(dtype):
    picture = viz.graph(nn.Dense(2, input_size=3, seed=0), np.ones((2, 3), dtype)).picture
    assert titles(picture) == ["X", "W", "u1 = X·W", "b", "f = u1 + b"]


def test_a_cast_inside_a_model_is_recorded():
    picture = viz.graph(classifier(), X.astype(float), detail="ops").picture
    assert titles(picture)[:3] == ["X", "H1 = reshape(X, (2, 4))", "u1 = float32(H1)"]


def test_a_frozen_layer_stays_and_its_weights_say_so():
    model = classifier()
    model(X)
    for p in model.layers[1].parameters():
        p.requires_grad = False
    graph = viz.graph(model, X, detail="ops")
    found = kinds(graph.picture)
    assert found["W1"] == found["b1"] == "frozen" and found["W2"] == "parameter"
    assert "W1: frozen weight, 4×3" in graph.describe()
    assert "peso congelado" in viz.graph(model, X, detail="ops", lang="es").describe()
    card = next(c for c in viz.graph(model, X, detail="layers").picture.cards if c.title == "dense")
    assert "15 parameters" in card.lines and "15 of them frozen" in card.lines


def test_standardising_in_the_model_is_part_of_it():
    class Scaled(nn.Module):
        def __init__(self):
            self.dense = nn.Dense(1, input_size=2, seed=0, dtype=float)

        def forward(self, x):
            return self.dense((x - x.mean(axis=0)) / x.std(axis=0))

    graph = viz.graph(Scaled(), np.arange(6.0).reshape(3, 2), detail="ops")
    assert titles(graph.picture)[1:5] == [
        "u1 = mean rows X",
        "u2 = X − u1",
        "u3 = std(X, axis=0)",
        "u4 = u2/u3",
    ]
    assert graph.verify() and reads_back(graph)[0] == 6


def test_the_mask_of_dropout_is_drawn():
    with modes.learning():
        graph = viz.graph(classifier(), X, detail="ops")
    assert "mask = [random ≥ 0.5]/0.5" in titles(graph.picture)
    assert "Not computed again, drawn at random or compiled: mask." in graph.verify()


def test_drawing_a_model_changes_nothing_and_leaves_the_modes_as_they_were():
    model = classifier()
    with tg.no_grad():
        viz.graph(model, X)
        assert not modes.mode.recording and not modes.mode.everything
    assert all(p.grad is None for p in model.parameters())


def test_results_that_were_not_recorded_say_so():
    w = tg.tensor([1.0, 2.0], requires_grad=True, name="w")
    with tg.no_grad():
        z = w * 2
    graph = viz.graph(z)
    assert "Nothing was recorded" in graph.describe() and "no_grad()" in graph.describe()
    assert "result not recorded" in graph.describe()
    part = viz.graph((w * z).sum(), names={"z": z})
    assert (
        "z: how it was computed was not recorded" in part.describe()
        and "Nothing was" not in part.describe()
    )
    assert viz.graph(w.detach() * w).picture.notes == []
    assert "No se registró nada" in viz.graph(z, lang="es").describe()


def test_a_compiled_function_says_that_its_inside_was_not_recorded():
    w = tg.tensor([1.0, 2.0], requires_grad=True, name="w")

    @tg.jit
    def cost(x):
        return (x * w).sum()

    for _ in range(2):
        loss = cost(np.ones(2))
    graph = viz.graph(loss)
    assert (
        "L came from a compiled function: what happened inside was not recorded" in graph.describe()
    )
    loss.backward()
    assert "∂L/∂w = cost: computed by the compiled function" in viz.graph(loss).equations()
    with tg.no_grad():
        for _ in range(2):  # written down, then by its program
            alone = cost(np.ones(2))
    assert "Nothing was recorded" in viz.graph(alone).describe()


def test_only_the_loss_that_was_differentiated_sends_gradients_back():
    a = tg.tensor(2.0, requires_grad=True, name="a")
    one, other = a * 3.0, a**2
    other.backward()
    graph = viz.graph([one, other], names={"one": one, "other": other})
    assert [(e.target, e.returns) for e in graph.picture.edges] == [("one", False), ("other", True)]
    assert "one = 3·a: operation" in graph.describe() or "not computed" in graph.describe()


def test_a_sum_of_several_passes_is_not_said_to_be_one_equations_result():
    w = tg.tensor([1.0, 2.0], requires_grad=True, name="w")
    (w * 3).sum().backward()
    loss = (w * w).sum()
    loss.backward()
    text = viz.graph(loss).equations()
    assert (
        "∂L/∂w += ∂L/∂u1 * w  gradient, added up: [5 7]" in text
        and "∂L/∂u1 = ∂L/∂L       [1 1]" in text
    )


# The proof


def test_verify_says_what_it_computed(xor):
    assert (
        viz.graph(xor.L, names=vars(xor)).verify()
        == "Computed again, all alike: 6 values, 10 gradients."
    )


def test_verify_names_a_value_that_differs():
    w = tg.tensor([1.0, 2.0], requires_grad=True, name="w")
    u = w * 3
    loss = u.sum()
    graph = viz.graph(loss, names={"u": u})
    u._data[0] = 77.0  # behind everybody's back
    with pytest.raises(viz.Differs, match=r"u = a \* b: \[3.0, 6.0\], shown \[77.0, 6.0\]"):
        graph.verify()


def test_verify_says_that_data_changed(xor):
    xor.w.data = [[5.0], [6.0]]
    with pytest.raises(
        viz.Differs, match="w changed after the results were computed: run forward again"
    ):
        viz.graph(xor.L, names=vars(xor)).verify()


def test_verify_names_a_gradient_that_differs():
    w = tg.tensor([1.0, 2.0], requires_grad=True, name="w")
    loss = (w * w).sum()
    loss.backward()
    graph = viz.graph(loss)
    graph.picture.gradients.fresh[0] = np.array([1.0, 1.0])
    with pytest.raises(viz.Differs, match=r"the gradient of w: \[2.0, 4.0\], shown \[1.0, 1.0\]"):
        graph.verify()


def test_empty_arrays_can_be_explored(tmp_path):
    x = tg.tensor(np.zeros((0, 3)), requires_grad=True, name="x")
    loss = (x * 2.0).sum()
    loss.backward()
    for root in (loss, x * x, tg.concatenate([x, x]).mean(axis=1)):
        assert viz.explore(root, path=tmp_path / "empty.html")
        assert viz.graph(root).verify()


def test_one_card_is_not_said_to_be_cards():
    one = tg.tensor(1.0, name="x")
    assert viz.graph(one).describe().startswith("Computation graph of x: 1 card, 0 forward edges.")
    assert viz.graph(one, lang="es").describe().startswith("Grafo de cómputo de x: 1 tarjeta, 0 ")
    y = (x := tg.tensor(2.0, requires_grad=True, name="x")) * x
    y.backward()
    assert viz.graph(y).verify() == "Computed again, all alike: 1 value, 2 gradients."


def test_nodes_cannot_be_written_through():
    """viz looks at a tensor's memory, and neither copies it nor can change it."""
    x = tg.tensor(np.ones(3), requires_grad=True, name="x")
    node = viz.graph(x * 2).picture.walk.nodes[0]
    with pytest.raises(ValueError, match="read-only"):
        node.array[0] = 5.0
    assert np.shares_memory(node.array, x.data)
