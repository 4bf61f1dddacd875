"""What a layer of one's own is told of training; freezing; what a module says of itself."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn

RNG = np.random.default_rng(0)
X = RNG.normal(2.0, 3.0, size=(64, 3)).astype(np.float32)
Y = (X @ [[1.0], [-2.0], [0.5]]).astype(np.float32)


class BatchNorm(nn.Module):
    def __init__(self, n, momentum=0.9):
        self.gamma = tg.tensor(np.ones(n, np.float32), requires_grad=True)
        self.mean, self.var = tg.tensor(np.zeros(n, np.float32)), tg.tensor(np.ones(n, np.float32))
        self.momentum = momentum

    def forward(self, x, training=False):
        mean, var = self.mean, self.var
        if training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.mean = self.momentum * self.mean + (1 - self.momentum) * mean.detach()
            self.var = self.momentum * self.var + (1 - self.momentum) * var.detach()
        return (x - mean) / np.sqrt(var + 1e-3) * self.gamma


class Seen(nn.Module):
    """Notes what it is told."""

    def __init__(self):
        self.seen = []

    def forward(self, x, *, training):
        self.seen.append(training)
        return x


def trained(jit=None):
    model = nn.Sequential([nn.Dense(3, seed=1), BatchNorm(3), nn.Dense(1, seed=2)], seed=0)
    model.compile("sgd", "mse")
    model.fit(X, Y, epochs=3, verbose=0, jit=jit)
    return model


@pytest.mark.parametrize("jit", [True, False])
def test_a_batch_norm_of_ones_own_keeps_its_running_mean(jit):
    model = trained(jit)
    norm = model.layers[1]
    state = model.state_dict()
    assert np.abs(norm.mean.numpy()).max() > 0.1
    assert {"batchnorm.mean", "batchnorm.var"} <= set(state)
    twin = nn.Sequential([nn.Dense(3), BatchNorm(3), nn.Dense(1)])
    twin.build((None, 3))
    twin.load_state_dict(state)
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    h = X @ model.layers[0].weight.numpy() + model.layers[0].bias.numpy()
    expected = (h - norm.mean.numpy()) / np.sqrt(norm.var.numpy() + 1e-3) * norm.gamma.numpy()
    np.testing.assert_allclose(norm(h).numpy(), expected, rtol=1e-5)


def test_compiled_and_plain_agree_on_it():
    for a, b in zip(trained(True).parameters(), trained(False).parameters(), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("jit", [True, False])
def test_who_is_told_what(jit):
    model = nn.Sequential([nn.Dense(1, seed=0), Seen()])
    seen = model.layers[1].seen
    model.compile("sgd", "mse")
    model.fit(X[:2], Y[:2], verbose=0, jit=jit)
    # the example by which sizes are inferred, and a step
    assert seen[0] is False and seen[-1] is True
    seen.clear()
    model.evaluate(X[:2], Y[:2], verbose=0)
    model.predict(X[:2])
    model(X[:2])
    assert seen == [False] * 3
    seen.clear()
    model(X[:2], training=True)
    with tg.learning():
        model(X[:2])
        model(X[:2], training=False)
        model(X[:2], training=None)
    assert seen == [True, True, False, True]


def test_it_can_be_given_by_position():
    class Layer(nn.Module):
        def forward(self, x, training=None):
            return training

    assert (Layer()(1, True), Layer()(1, training=True), Layer()(1), Layer()(1, None)) == (
        True,
        True,
        False,
        None,
    )


def test_dropout_inside_hears_what_the_model_is_told():
    model = nn.Sequential([nn.Dropout(0.5)], seed=0)
    assert (model(np.ones((1, 50)), training=True).numpy() == 0).any()
    assert (model(np.ones((1, 50))).numpy() == 1).all()


# Freezing


@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize("jit", [True, False])
def test_a_frozen_layer_rests(built, jit):
    model = nn.Sequential([nn.Dense(4, "tanh"), nn.Dense(1)], seed=0)
    if built:
        model.build((None, 3))
    model.layers[0].trainable = False
    model.compile("sgd", "mse")
    model.fit(X[:8], Y[:8], verbose=0, jit=jit)
    before = model.state_dict()
    model.fit(X, Y, epochs=2, verbose=0, jit=jit)
    after = model.state_dict()
    assert {k for k in before if (before[k] != after[k]).any()} == {
        "dense_1.weight",
        "dense_1.bias",
    }
    assert (model.layers[0].trainable, model.trainable, model.layers[1].trainable) == (
        False,
        True,
        True,
    )
    model.layers[0].trainable = True
    model.fit(X, Y, verbose=0, jit=jit)
    assert (model.state_dict()["dense.weight"] != after["dense.weight"]).any()


def test_the_summary_counts_what_rests(capsys):
    model = nn.Sequential([nn.Dense(4), nn.Dense(1)], seed=0)
    model.build((None, 3))
    model.layers[0].trainable = False
    assert "Trainable params: 5\nNon-trainable params: 16" in model.summary()
    model.trainable = False
    assert "Trainable params: 0\nNon-trainable params: 21" in nn.Module.summary(model)


def test_thawing_leaves_a_constant_a_constant():
    norm = BatchNorm(2)
    norm.trainable = False
    norm.trainable = True
    assert [p.requires_grad for p in norm.parameters()] == [True, False, False]
    norm.trainable = False
    twin = copy.deepcopy(norm)
    twin.trainable = True
    assert twin.gamma.requires_grad and not norm.gamma.requires_grad


def test_a_whole_model_that_rests_cannot_be_trained():
    model = nn.Sequential([nn.Dense(1)], seed=0)
    model.trainable = False
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="no parameter that requires a gradient"):
        model.fit(X, Y, verbose=0)


# What it says of itself


def test_a_module_of_ones_own_says_what_is_in_it():
    class Net(nn.Module):
        def __init__(self):
            self.hidden, self.blocks = nn.Dense(8, "relu"), [nn.Dropout(0.5), nn.Flatten()]
            self.scale = tg.tensor(1.0, requires_grad=True)

    assert (
        repr(Net())
        == "Net(hidden=Dense(8, relu), blocks.0=Dropout(0.5), blocks.1=Flatten(), scale=f64[])"
    )
    net = Net()
    net.inner = Net()
    assert repr(net).splitlines()[0] == "Net(" and "\n  inner=Net(hidden=" in repr(net)

    class Wrong(nn.Module):
        def __init__(self):
            self.w = tg.tensor(1.0, requires_grad=True) * 2

    assert repr(Wrong()) == "Wrong()"
