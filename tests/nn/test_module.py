"""Module: its parameters and their names, its marks on results, and training for a class of one's
own."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, ops

X = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)


def parameter(*shape, **kw):
    return tg.tensor(np.zeros(shape), requires_grad=True, **kw)


def names(module):
    return [name for name, _ in module.named_parameters()]


class Net(nn.Module):
    """As a user writes one: tensors, layers, a list of layers, one layer shared."""

    def __init__(self):
        self.scale = tg.tensor(np.ones(1, np.float32), requires_grad=True, name="scale")
        self.zero = nn.Dense(4, "tanh", input_size=4, seed=0)
        self.blocks = [nn.Dense(4, "relu", input_size=4, seed=k) for k in (1, 2)]
        self.alias = self.zero
        self.last = nn.Dense(1, input_size=4, seed=3)

    def forward(self, x):
        x = self.zero(x)
        for block in self.blocks:
            x = block(x) + x
        return self.last(self.alias(x)) * self.scale


# Names and order


def test_names_are_those_of_definition_and_a_shared_one_comes_once():
    assert names(Net()) == [
        "scale",
        "zero.weight",
        "zero.bias",
        "blocks.0.weight",
        "blocks.0.bias",
        "blocks.1.weight",
        "blocks.1.bias",
        "last.weight",
        "last.bias",
    ]


def test_parameters_are_the_very_tensors():
    net = Net()
    found = net.parameters()
    assert found[0] is net.scale
    assert found[1] is net.zero.weight
    assert found[-1] is net.last.bias


def test_a_tensor_shared_by_two_modules_comes_once_under_its_first_name():
    outer, a, b = nn.Module(), nn.Module(), nn.Module()
    outer.a, outer.b = a, b
    a.w = b.w = parameter(2)
    b.v = parameter(3)
    assert names(outer) == ["a.w", "b.v"]


def test_constants_are_parameters_too():
    m = nn.Module()
    m.steps = tg.tensor([1, 2, 3])
    assert names(m) == ["steps"]
    assert [p.requires_grad for p in m.parameters()] == [False]


def test_a_tensor_defined_after_a_layer_comes_after_it():
    m = nn.Module()
    m.layer = nn.Dense(1, input_size=1)
    m.gain = parameter(1)
    assert names(m) == ["layer.weight", "layer.bias", "gain"]


def test_modules_are_listed_outermost_first_and_once():
    net = Net()
    assert [id(m) for m in net.modules()] == [id(m) for m in (net, net.zero, *net.blocks, net.last)]


def test_a_child_that_knows_its_parent_ends():
    parent = nn.Module()
    parent.child = nn.Module()
    parent.child.parent = parent
    parent.child.w = parameter(1)
    assert names(parent) == ["child.w"]
    assert len(list(parent.modules())) == 2


@pytest.mark.parametrize(
    "put, path",
    [
        (lambda m: [m], "parts.0"),
        (lambda m: (m,), "parts.0"),
        (lambda m: {"a": m}, "parts.a"),
        (lambda m: [[], {"b": [m]}], "parts.1.b.0"),
    ],
)
def test_layers_and_tensors_in_containers_are_found(put, path):
    m = nn.Module()
    m.parts = put(nn.Dense(1, input_size=1))
    assert names(m) == [f"{path}.weight", f"{path}.bias"]
    m.parts = put(parameter(2))
    assert names(m) == [path]


@pytest.mark.parametrize(
    "make",
    [
        lambda m: m.__dict__.update({"a": {"b": parameter(1)}, "a.b": parameter(2)}),
        lambda m: m.__dict__.update(a=[parameter(1)], **{"a.0": parameter(2)}),
        lambda m: m.__dict__.update(a={1: parameter(1), "1": parameter(2)}),
    ],
)
def test_two_parameters_of_one_path_are_refused(make):
    m = nn.Module()
    make(m)
    with pytest.raises(ValueError, match="two parameters are named"):
        m.parameters()
    with pytest.raises(ValueError, match="two parameters are named"):
        m.state_dict()


@pytest.mark.parametrize("call", [lambda m: m(X), lambda m: m.predict(X)], ids=["call", "predict"])
def test_a_stored_result_is_no_parameter(call):
    class Observed(nn.Module):
        def __init__(self):
            self.inner = nn.Dense(1, input_size=4)

        def forward(self, x):
            self.hidden = self.inner(x)
            return self.hidden

    m = Observed()
    call(m)
    assert list(m.state_dict()) == ["inner.weight", "inner.bias"]
    tg.optim.SGD(m.parameters())


def test_thousand_deep_nesting_needs_no_recursion():
    m = inner = nn.Module()
    for _ in range(3000):
        inner.m = nn.Module()
        inner = inner.m
    inner.w = parameter(1)
    ((name, found),) = m.named_parameters()
    assert found is inner.w
    assert name == "m." * 3000 + "w"


def test_a_scaled_weight_is_not_left_out_silently():
    """self.W = tensor(..., requires_grad=True) * 0.01 is a beginner's slip."""
    m = nn.Module()
    m.W, m.b = parameter(2, 2) * 0.01, parameter(2)
    with pytest.raises((ValueError, RuntimeError), match="result of an operation"):
        tg.optim.SGD(m.parameters())


MISTAKES = {
    "scaled": lambda m: setattr(m, "W", parameter(2, 2) * 0.01),
    "in a list": lambda m: setattr(m, "W", [parameter(2) * 0.1]),
    "appended": lambda m: m.weights.append(parameter(2) + 1),
    "in a dict": lambda m: setattr(m, "W", {"a": -parameter(2)}),
    "tied": lambda m: setattr(m, "W", m.inner.weight.T),
    "inside": lambda m: setattr(m.inner, "scale", parameter(1) * 2),
    "a cast": lambda m: setattr(m, "W", parameter(2).astype(np.float32)),
}


@pytest.mark.parametrize(
    "ask",
    [
        lambda m: m.parameters(),
        lambda m: list(m.named_parameters()),
        lambda m: m.state_dict(),
        lambda m: m.summary(),
        lambda m: m.zero_grad(),
        lambda m: tg.optim.Adam(m.parameters()),
        lambda m: m.fit(X, X[:, :1], verbose=0),
    ],
    ids=["parameters", "named", "state", "summary", "zero_grad", "optimizer", "fit"],
)
@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_weight_that_is_a_result_is_refused_by_name(mistake, ask):
    class Model(nn.Module):
        def __init__(self):
            self.inner, self.weights = nn.Dense(1, input_size=4), []
            mistake(self)

        def forward(self, x):
            return self.inner(x)

    m = Model()
    m.compile("sgd", "mse")
    with pytest.raises(
        RuntimeError,
        match=r"(Model|Dense)\.(W|weights|scale)[.\w]* is the result of an operation, .*"
        r"requires_grad=True.*in forward\(\)",
    ):
        ask(m)


def test_what_a_forward_pass_stores_is_no_parameter():
    """In attributes, lists and dicts; of tracked inputs too; recorded or not."""

    class Observed(nn.Module):
        def __init__(self):
            self.inner, self.seen, self.by_name = (
                nn.Dense(1, input_size=4, dtype=np.float64),
                [],
                {},
            )

        def forward(self, x):
            self.hidden = self.inner(x)
            self.seen.append(self.hidden * 2)
            self.by_name["h"] = self.hidden + 1
            return self.hidden

    m = Observed()
    for call in (lambda: m(tg.tensor(X, requires_grad=True)), lambda: m.predict(X), lambda: m(X)):
        call()
        assert [name for name, _ in m.named_parameters()] == ["inner.weight", "inner.bias"]
    m.seen.clear()
    with tg.no_grad():
        # a result that is not recorded is none either
        m.scale = parameter(2) * 3
    assert "scale" not in m.state_dict()
    m.scale = parameter(2).detach()  # this one is the user's own
    assert "scale" in m.state_dict()


# Calling


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Module needs a method forward"):
        nn.Module()(1)


def test_call_marks_what_it_made_innermost_first():
    net = nn.Sequential([nn.Dense(3, "tanh"), nn.Dense(1)], seed=0)
    y = net(X)
    assert [m for m, _ in y.attached.frames] == [net.layers[1], net]
    hidden = y.inputs[0].inputs[0]  # y = hidden @ W + b
    assert hidden.op is ops.tanh
    assert [m for m, _ in hidden.attached.frames] == [net.layers[0]]
    product = hidden.inputs[0].inputs[0]
    steps = [
        y.attached.frames[1][1],
        hidden.attached.frames[0][1],
        product.step,
        hidden.step,
        y.attached.frames[0][1],
        y.step,
    ]
    assert steps == sorted(set(steps))


def test_call_marks_each_of_a_pair():
    class Pair(nn.Module):
        def forward(self, x):
            return x * 2, x * 3

    x, m = parameter(2), Pair()
    assert [[k for k, _ in y.attached.frames] for y in m(x)] == [[m], [m]]
    assert x.attached.frames == ()


def test_call_does_not_mark_what_only_passes_through():
    made = parameter(2) * 2
    assert nn.Activation("linear")(made) is made
    assert made.attached.frames == ()


def test_keywords_reach_forward():
    class Scaled(nn.Module):
        def forward(self, x, by=1):
            return x * by

    assert Scaled()(3, by=2) == 6


# Unbuilt models


@pytest.mark.parametrize(
    "ask",
    [lambda m, path: m.load_state_dict({}), nn.Module.save_weights, nn.Module.load_weights],
    ids=["state", "save", "load"],
)
def test_an_unbuilt_model_says_which_layer_and_what_to_do(ask, tmp_path):
    model = nn.Sequential([nn.Dense(2, input_size=2), nn.Dense(1)])
    with pytest.raises(RuntimeError, match=r"dense_1 has no parameters yet.*model\.build\(\(None"):
        ask(model, tmp_path / "w")
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    "ask", [lambda m: m.parameters(), lambda m: m.state_dict()], ids=["parameters", "state_dict"]
)
def test_a_partly_built_model_does_not_hide_its_unbuilt_layer(ask):
    """Adam(model.parameters()) would never train it."""
    # as Keras' input_dim was written
    model = nn.Sequential([nn.Dense(8, "relu", input_size=2), nn.Dense(1)])
    with pytest.raises(RuntimeError, match="dense_1"):
        ask(model)


def test_build_creates_what_the_first_call_would():
    a, b = (nn.Sequential([nn.Flatten(), nn.Dense(3, "relu"), nn.Dense(2)], seed=5) for _ in "ab")
    a.build((None, 2, 3))
    b(np.ones((7, 2, 3)))
    assert {k: v.tobytes() for k, v in a.state_dict().items()} == {
        k: v.tobytes() for k, v in b.state_dict().items()
    }
    assert list(a.state_dict()) == ["dense.weight", "dense.bias", "dense_1.weight", "dense_1.bias"]


def test_zero_grad_forgets_all():
    net = Net()
    net(X).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


# A class of one's own, trained


def test_a_module_of_ones_own_compiles_fits_evaluates_and_predicts(capsys):
    net, y = Net(), X[:, 0] * 2 - X[:, 1]
    before = net.state_dict()
    net.compile(optimizer="adam", loss="mse", metrics=["mae"])
    first = net.evaluate(X, y, verbose=0)
    history = net.fit(X, y, epochs=300, batch_size=4, seed=0, verbose=0)
    last = net.evaluate(X, y, verbose=0)
    assert last[0] < 0.2 * first[0]
    assert last[1] < first[1]
    assert list(history.history) == ["loss", "mae"]
    assert all((net.state_dict()[name] != before[name]).any() for name in before), (
        "some parameter was not trained"
    )
    assert net.predict(X).shape == (12, 1)
    np.testing.assert_allclose(((net.predict(X)[:, 0] - y) ** 2).mean(), last[0], rtol=1e-5)
    assert capsys.readouterr().out == ""
    assert "Total params: 66" in net.summary()


def test_a_frozen_parameter_stays():
    net = Net()
    net.zero.weight.requires_grad = False
    before = net.zero.weight.numpy()
    net.compile("adam", "mse")
    net.fit(X, X[:, 0], verbose=0)
    assert (net.zero.weight.data == before).all()
    assert net.zero.weight.grad is None


# Copies


@pytest.mark.parametrize("output", [None, "sigmoid", "softmax"])
@pytest.mark.parametrize(
    "way", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"]
)
def test_a_copy_computes_the_same_and_is_its_own(way, output):
    model = (
        nn.MLP(4, 3, 2, output=output, seed=0)
        if output
        else nn.Sequential([nn.Dense(3, "relu"), nn.Dense(2)])
    )
    expected = model(X).numpy()
    twin = way(model)
    assert twin(X).numpy().tobytes() == expected.tobytes()
    assert names(twin) == names(model)
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        assert p is not q
        assert p.requires_grad == q.requires_grad
        assert not np.shares_memory(p.data, q.data)
    twin.parameters()[0].data += 1
    assert model(X).numpy().tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    "output, loss",
    [("softmax", "sparse_categorical_crossentropy"), ("sigmoid", "binary_crossentropy")],
)
def test_a_copy_has_the_same_loss_and_accuracy(output, loss):
    """A copied `softmax` would be another operation, which no loss knows: it took the probabilities
    for logits."""
    model = nn.MLP(4, 3, 2 if output == "softmax" else 1, output=output, seed=0)
    model.compile("adam", loss, metrics=["accuracy"])
    y = (X[:, 0] > 0).astype(int)
    assert copy.deepcopy(model).evaluate(X, y, verbose=0) == model.evaluate(X, y, verbose=0)


def test_copies_of_a_model_that_was_not_used_yet_start_alike():
    model = nn.MLP(4, 3, 1)
    assert (
        copy.deepcopy(model)(X).data.tobytes()
        == copy.deepcopy(model)(X).data.tobytes()
        == model(X).data.tobytes()
    )


def test_a_copy_of_a_compiled_model_trains_alike_and_alone():
    model = nn.MLP(4, 3, 1, seed=0)
    model.compile("adam", "mse")
    twin = copy.deepcopy(model)
    model.fit(X, X[:, 0], seed=1, verbose=0)
    trained = model.state_dict()
    twin.fit(X, X[:, 0], seed=1, verbose=0)
    assert all((trained[k] == v).all() for k, v in twin.state_dict().items())
    twin.fit(X, X[:, 0], seed=2, verbose=0)
    assert all((trained[k] == v).all() for k, v in model.state_dict().items())


@pytest.mark.parametrize(
    "way", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"]
)
def test_a_copy_of_a_fitted_model_goes_on_alike(way):
    model = nn.MLP(4, 3, 1, seed=0)
    model.compile("adam", "mse")
    model.fit(X, X[:, 0], epochs=3, seed=1, verbose=0)
    twin = way(model)
    model.fit(X, X[:, 0], seed=1, verbose=0)
    twin.fit(X, X[:, 0], seed=1, verbose=0)
    assert all((model.state_dict()[k] == v).all() for k, v in twin.state_dict().items())


def test_a_model_and_its_optimizer_copied_together_step_alike():
    model = nn.MLP(4, 3, 1, seed=0)
    optimizer = tg.optim.Adam(model.parameters())
    tg.mse(model(X), X[:, :1]).backward()
    twin, twin_optimizer = copy.deepcopy((model, optimizer))
    before = twin.state_dict()
    optimizer.step()
    assert all((before[k] == v).all() for k, v in twin.state_dict().items())
    twin_optimizer.step()
    assert all((model.state_dict()[k] == v).all() for k, v in twin.state_dict().items())
    assert any((before[k] != v).any() for k, v in twin.state_dict().items())
