"""Sequential and MLP: naming, seeds, layers that are used again, summary."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim

X = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)


def bits(model):
    return [p.data.tobytes() for p in model.parameters()]


def test_names_count_by_class():
    model = nn.Sequential(
        [nn.Flatten(), nn.Dense(3), nn.Activation("relu"), nn.Dense(2), nn.Flatten(), nn.Dense(1)]
    )
    assert [layer.name for layer in model.layers] == [
        "flatten",
        "dense",
        "activation",
        "dense_1",
        "flatten_1",
        "dense_2",
    ]


def test_own_names_are_kept_and_two_alike_refused():
    model = nn.Sequential([nn.Dense(2, name="hidden"), nn.Dense(1)])
    model(X)
    assert list(model.state_dict()) == [
        "hidden.weight",
        "hidden.bias",
        "dense_1.weight",
        "dense_1.bias",
    ]
    with pytest.raises(ValueError, match="two layers are named 'a'"):
        nn.Sequential([nn.Dense(2, name="a"), nn.Dense(1, name="a")])


def test_nested():
    inner = nn.Sequential([nn.Dense(3, "tanh"), nn.Dense(2)])
    model = nn.Sequential([inner, nn.Dense(1), nn.MLP(1, 2, 1)], seed=0)
    y = model(X)
    assert list(model.state_dict()) == [
        "sequential.dense.weight",
        "sequential.dense.bias",
        "sequential.dense_1.weight",
        "sequential.dense_1.bias",
        "dense.weight",
        "dense.bias",
        "mlp.dense.weight",
        "mlp.dense.bias",
        "mlp.dense_1.weight",
        "mlp.dense_1.bias",
    ]
    h = inner(X)
    np.testing.assert_array_equal(model.layers[2](model.layers[1](h)).data, y.data)
    again = nn.Sequential(
        [nn.Sequential([nn.Dense(3, "tanh"), nn.Dense(2)]), nn.Dense(1), nn.MLP(1, 2, 1)], seed=0
    )
    again(X)
    assert bits(again) == bits(model)


def test_the_same_layer_twice_shares_its_parameters():
    layer = nn.Dense(4, "tanh", seed=0)
    model = nn.Sequential([layer, layer, nn.Dense(1, seed=1)])
    model(X)
    assert [p.shape for p in model.parameters()] == [(4, 4), (4,), (4, 1), (1,)]
    y, w = X[:, :1], layer.weight
    loss = tg.mse(model(X), y)
    loss.backward()
    eps, numeric = 1e-3, []
    for sign in (1, -1):
        w.data[1, 2] += sign * eps
        numeric.append(((model.predict(X) - y).astype("f8") ** 2).mean())
        w.data[1, 2] -= sign * eps
    np.testing.assert_allclose(w.grad[1, 2], (numeric[0] - numeric[1]) / (2 * eps), rtol=2e-2)
    model.compile("adam", "mse")
    before = model.evaluate(X, y, verbose=0)
    model.fit(X, y, epochs=50, verbose=0)
    assert model.evaluate(X, y, verbose=0) < 0.7 * before


@pytest.mark.parametrize("bad", [np.tanh, "relu", None, nn.Dense, 3])
def test_what_is_no_layer(bad):
    with pytest.raises(TypeError, match=r"layer 1 of Sequential is .*nn\.Activation\(f\)"):
        nn.Sequential([nn.Dense(1), bad])


def test_no_layers_is_the_identity():
    assert nn.Sequential([])(X) is X


def test_generator_of_layers():
    assert len(nn.Sequential(nn.Dense(k) for k in (3, 2, 1)).layers) == 3


def test_seed():
    make = lambda seed: nn.Sequential([nn.Dense(4), nn.Dense(4), nn.Dense(4)], seed=seed)
    built = {seed: make(seed) for seed in (0, 1)}
    for model in built.values():
        model(X)
    again = make(0)
    again(X)
    assert bits(again) == bits(built[0])
    kernels = [p.data.tobytes() for m in built.values() for p in m.parameters() if p.ndim == 2]
    assert len(set(kernels)) == 6, "layers of one model must start differently"
    free = [nn.Sequential([nn.Dense(4)]) for _ in range(2)]
    for model in free:
        model(X)
    assert bits(free[0]) != bits(free[1])


def test_a_seed_reaches_layers_that_share_a_weight():
    def make():
        a, b = nn.Dense(4, input_size=4), nn.Dense(4, input_size=4)
        b.weight = a.weight
        return nn.Sequential([a, b], seed=0)

    assert bits(make()) == bits(make())


@pytest.mark.parametrize(
    "touch",
    [
        lambda a, b: setattr(b, "weight", a.weight),
        lambda a, b: a.weight.numpy(),
        lambda a, b: list(a.named_parameters()),
        lambda a, b: (b.parameters(), a.bias),
    ],
)
def test_a_seed_reaches_layers_whose_weights_were_looked_at(touch):
    def make(seed):
        a, b = nn.Dense(4, input_size=4), nn.Dense(4, input_size=4)
        touch(a, b)
        return nn.Sequential([a, b], seed=seed)

    assert bits(make(0)) == bits(make(0)) != bits(make(1))
    assert bits(make(None)) != bits(make(None))


def test_shared_weights_stay_shared_by_a_seed():
    a, b = nn.Dense(4, input_size=4), nn.Dense(4, input_size=4)
    b.weight = a.weight
    before = a.weight.numpy()
    model = nn.Sequential([a, b], seed=0)
    assert (
        a.weight is b.weight and (a.weight.numpy() != before).any() and len(model.parameters()) == 3
    )


def test_a_layer_that_was_called_keeps_its_weights():
    layer = nn.Dense(4, input_size=4)
    y = layer(X[:, :4]).numpy()
    nn.Sequential([layer], seed=0)
    assert layer(X[:, :4]).numpy().tobytes() == y.tobytes()


def test_a_layers_own_seed_wins():
    model = nn.Sequential([nn.Dense(4, seed=9), nn.Dense(4)], seed=0)
    model(X)
    assert (
        model.layers[0].weight.data.tobytes()
        == nn.Dense(4, input_size=4, seed=9).weight.data.tobytes()
    )


def test_seed_reaches_layers_inside_a_module_of_ones_own():
    class Residual(nn.Module):
        def __init__(self):
            self.inner = nn.Dense(4)

        def forward(self, x):
            return self.inner(x) + x

    models = [nn.Sequential([Residual(), nn.Dense(1)], seed=0) for _ in range(2)]
    assert models[0](X).data.tobytes() == models[1](X).data.tobytes()


# Layers that were something before


def write_entries(layer):
    with tg.no_grad():
        layer.weight[...] = 2


def own(layer):
    layer.optimizer = optim.SGD(layer.parameters())


@pytest.mark.parametrize("seed", [None, 0])
@pytest.mark.parametrize(
    "change",
    [
        own,
        write_entries,
        lambda layer: setattr(layer.weight, "data", np.ones((4, 3))),
        lambda layer: layer.load_state_dict({"weight": np.ones((4, 3)), "bias": np.ones(3)}),
        lambda layer: setattr(layer.bias, "data", np.ones(3)),
        lambda layer: layer.weight.data.fill(2),
        lambda layer: setattr(layer.weight, "requires_grad", False),
    ],
    ids=["optimizer", "entries", "weight", "loaded", "bias", "fill", "frozen"],
)
def test_a_layer_that_was_changed_keeps_its_parameters(seed, change):
    layer = nn.Dense(3, input_size=4)
    change(layer)
    before = [(p, p.data.tobytes(), p.requires_grad) for p in layer.parameters()]
    nn.Sequential([layer, nn.Dense(1)], seed=seed)
    for p, (q, data, trained) in zip(layer.parameters(), before, strict=True):
        assert p.data.tobytes() == data
        assert p.requires_grad == trained
        assert p is q


@pytest.mark.parametrize(
    "make", [lambda: nn.Sequential([nn.Dense(3)], name="encoder"), lambda: nn.MLP(4, 3)]
)
def test_a_trained_model_inside_another_keeps_its_weights(make):
    encoder = make()
    encoder.compile("sgd", "mse")
    encoder.fit(X, X[:, :3], verbose=0)
    before = encoder.predict(X)
    nn.Sequential([encoder, nn.Dense(4)], seed=1)
    assert encoder.predict(X).tobytes() == before.tobytes()


def test_layers_of_one_model_with_new_ones():
    first = nn.Sequential([nn.Dense(3), nn.Dense(2)], seed=0)
    first(X)
    tail = nn.Sequential([first.layers[1], nn.Dense(5)])
    assert tail(np.ones((1, 3))).shape == (1, 5)
    assert len(tail.state_dict()) == 4


def test_layers_of_two_models_that_named_them_alike():
    a, b = (nn.Sequential([nn.Dense(4)], seed=k) for k in (0, 1))
    expected = b(a(X))
    both = nn.Sequential([a.layers[0], b.layers[0]])
    assert both(X).data.tobytes() == expected.data.tobytes()
    assert len(both.state_dict()) == 4


def test_layers_added_to_the_list():
    model = nn.Sequential([nn.Dense(4)])
    model.layers += [nn.Dense(3), nn.Dense(2)]
    model(X)
    assert list(model.state_dict()) == [
        f"dense{k}.{p}" for k in ("", "_1", "_2") for p in ("weight", "bias")
    ]
    model.layers[-1] = nn.Dense(5)
    assert model(X).shape == (12, 5)
    assert len(model.parameters()) == 6


def test_summary_names_layers_added_to_the_list():
    model = nn.Sequential([nn.Dense(4)])
    model.layers.append(nn.Dense(3))
    model(X)
    assert "dense_1 (Dense)" in model.summary()


def test_a_subclass_with_a_layer_more():
    class More(nn.Sequential):
        def __init__(self, name):
            super().__init__([nn.Dense(1, input_size=4)])
            setattr(self, name, nn.Dense(1, "sigmoid", input_size=4))

    assert list(More("gate").state_dict()) == [
        "dense.weight",
        "dense.bias",
        "gate.weight",
        "gate.bias",
    ]
    try:
        assert len(More("dense").parameters()) == len(More("dense").state_dict()) == 4
    except ValueError as error:
        assert "dense" in str(error)


def test_a_layer_whose_part_knows_it():
    parent = nn.Module()
    parent.part = nn.Module()
    parent.part.parent = parent
    nn.Sequential([parent], seed=0)


def test_a_seed_from_numpy():
    assert bits(nn.MLP(2, 2, 1, seed=np.int64(3))) == bits(nn.MLP(2, 2, 1, seed=3))


# MLP


def test_mlp_is_the_lectures_network():
    model = nn.MLP(2, 2, 1, seed=0)
    assert [p.shape for p in model.parameters()] == [(2, 2), (2,), (2, 1), (1,)]
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float32)}
    assert [repr(layer) for layer in model.layers] == ["Dense(2, relu)", "Dense(1)"]
    W, c, w, b = (p.data for p in model.parameters())
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    np.testing.assert_allclose(model(x).data, np.maximum(x @ W + c, 0) @ w + b, rtol=1e-6)
    assert c.tolist() == [0, 0]


def test_mlp_activations_and_dtype():
    model = nn.MLP(3, 5, 4, 2, activation="tanh", output="softmax", dtype=np.float64, seed=0)
    assert [repr(layer) for layer in model.layers] == [
        "Dense(5, tanh)",
        "Dense(4, tanh)",
        "Dense(2, softmax)",
    ]
    y = model(np.ones((6, 3)))
    assert y.dtype == np.float64
    np.testing.assert_allclose(y.data.sum(axis=1), 1)
    assert repr(nn.MLP(3, 1, activation="tanh", output="sigmoid").layers) == "[Dense(1, sigmoid)]"


@pytest.mark.parametrize("sizes", [(), (3,)])
def test_mlp_needs_two_sizes(sizes):
    with pytest.raises(ValueError, match=r"MLP\(2, 8, 1\)"):
        nn.MLP(*sizes)


def test_the_lectures_solution_of_xor():
    model = nn.MLP(2, 2, 1)
    model.load_state_dict(
        {
            "dense.weight": [[1, 1], [1, 1]],
            "dense.bias": [0, -1],
            "dense_1.weight": [[1], [-2]],
            "dense_1.bias": [0],
        }
    )
    x, y = tg.datasets.xor()
    assert model.predict(x).tolist() == y.tolist()


# Summary


def test_summary_of_the_lectures_classifier(capsys):
    model = nn.Sequential([nn.Flatten(), nn.Dense(128, "relu"), nn.Dense(10, "softmax")])
    model.build((None, 28, 28))
    text = model.summary()
    assert capsys.readouterr().out == text + "\n"
    rows = [line.split("  ") for line in text.splitlines()]
    rows = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert ["flatten (Flatten)", "(None, 784)", "0"] in rows
    assert ["dense (Dense)", "(None, 128)", "100,480"] in rows
    assert ["dense_1 (Dense)", "(None, 10)", "1,290"] in rows
    assert text.splitlines()[-3:] == [
        "Total params: 101,770",
        "Trainable params: 101,770",
        "Non-trainable params: 0",
    ]
    assert text.startswith("Model: 'sequential'\n")


def test_summary_counts_shared_once_and_frozen_apart():
    layer = nn.Dense(4, input_size=4)
    model = nn.Sequential([layer, layer])
    layer.bias.requires_grad = False
    model(X)
    assert model.summary().splitlines()[-3:] == [
        "Total params: 20",
        "Trainable params: 16",
        "Non-trainable params: 4",
    ]


def test_summary_before_the_first_call_says_what_is_missing():
    text = nn.Sequential([nn.Dense(3)]).summary()
    assert "?" in text
    assert "model.build((None, features...))" in text
    assert "Total params: 0" in text


@pytest.mark.parametrize("first", [np.zeros(2), np.zeros((4, 3))], ids=["one row", "refused"])
def test_summary_after_an_odd_first_call(first):
    model = nn.MLP(2, 2, 1, seed=0)
    try:
        model(first)
    except ValueError:
        pass
    assert "Total params: 9" in model.summary()


def test_summary_changes_nothing():
    model = nn.MLP(4, 3, 1, seed=0)
    model(X).sum().backward()
    before, grads = bits(model), [p.grad.tobytes() for p in model.parameters()]
    model.summary()
    assert bits(model) == before
    assert [p.grad.tobytes() for p in model.parameters()] == grads
