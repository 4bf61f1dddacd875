"""Dense, Activation, Flatten."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, ops

sigmoid = lambda z: 1 / (1 + np.exp(-z))
exps = lambda z: np.exp(z - z.max(-1, keepdims=True))


def test_dense_is_the_lectures_formula():
    layer = nn.Dense(
        3, "sigmoid", input_size=2, dtype=np.float64, bias_initializer="normal", seed=0
    )
    x = np.random.default_rng(1).normal(size=(5, 2))
    np.testing.assert_allclose(
        layer(x).data, sigmoid(x @ layer.weight.data + layer.bias.data), rtol=1e-14
    )


@pytest.mark.parametrize(
    "activation, reference",
    [
        (None, lambda z: z),
        ("linear", lambda z: z),
        ("relu", lambda z: np.maximum(z, 0)),
        ("sigmoid", sigmoid),
        ("tanh", np.tanh),
        ("softplus", lambda z: np.log1p(np.exp(z))),
        ("sin", np.sin),
        ("cos", np.cos),
        ("exp", np.exp),
        ("softmax", lambda z: exps(z) / exps(z).sum(-1, keepdims=True)),
        ("log_softmax", lambda z: np.log(exps(z) / exps(z).sum(-1, keepdims=True))),
        (ops.relu, lambda z: np.maximum(z, 0)),
        (np.tanh, np.tanh),
        (lambda z: z * z, lambda z: z * z),
    ],
)
def test_activations_by_name_and_function(activation, reference):
    x = np.random.default_rng(0).normal(size=(6, 2))
    plain = nn.Dense(4, input_size=2, dtype=np.float64, seed=0)
    layer = nn.Dense(4, activation, input_size=2, dtype=np.float64, seed=0)
    y = layer(x)
    assert y.requires_grad
    np.testing.assert_allclose(y.data, reference(plain(x).data), rtol=1e-12)
    repr(layer)


@pytest.mark.parametrize("make", [lambda: nn.Dense(2, "maxout"), lambda: nn.Activation("ReLU")])
def test_unknown_activation(make):
    with pytest.raises(ValueError, match="unknown activation.*relu"):
        make()


def test_input_size_given_or_inferred_make_the_same_layer():
    given, inferred = nn.Dense(3, input_size=4, seed=7), nn.Dense(3, seed=7)
    assert given.built
    assert not inferred.built
    assert inferred.weight is inferred.bias is None
    x = np.ones((2, 4))
    assert given(x).data.tobytes() == inferred(x).data.tobytes()
    assert inferred.built
    assert (inferred.weight.shape, inferred.bias.shape) == ((4, 3), (3,))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.uint8, np.int64, bool])
@pytest.mark.parametrize(
    "wrap", [np.asarray, tg.tensor, lambda x: x.tolist()], ids=["array", "tensor", "list"]
)
def test_whatever_comes_in_the_layer_stays_float32(dtype, wrap):
    layer = nn.Dense(2, "tanh", seed=0)
    x = np.array([[0, 1, 1], [1, 0, 1]], dtype)
    y = layer(wrap(x))
    y.sum().backward()
    assert {a.dtype for a in (y, layer.weight, layer.bias, layer.weight.grad, layer.bias.grad)} == {
        np.dtype("f4")
    }
    np.testing.assert_allclose(y.data, np.tanh(x.astype("f4") @ layer.weight.data), rtol=1e-6)


def test_float64_layers_compute_in_float64():
    layer = nn.Dense(2, dtype=np.float64, seed=0)
    y = layer(np.ones((1, 3), np.float32))
    assert y.dtype == layer.weight.dtype == np.float64


def test_a_gradient_passes_the_change_of_dtype():
    x = tg.tensor(np.ones((2, 3)), requires_grad=True)
    layer = nn.Dense(1, input_size=3, seed=0)
    layer(x).sum().backward()
    assert x.grad.dtype == np.float64
    np.testing.assert_allclose(x.grad, np.broadcast_to(layer.weight.data.T, (2, 3)))


def test_uint8_pixels_do_not_wrap():
    layer = nn.Dense(1, input_size=2, kernel_initializer="ones")
    assert layer(np.full((1, 2), 255, np.uint8)).data.tolist() == [[510.0]]


@pytest.mark.parametrize("shape", [(5, 3), (3,), (0, 3), (2, 7, 3)])
def test_leading_axes_are_kept(shape):
    layer = nn.Dense(2, input_size=3, seed=0)
    y = layer(np.ones(shape))
    assert y.shape == (*shape[:-1], 2)
    y.sum().backward()
    assert layer.weight.grad.shape == (3, 2)


def test_wrong_number_of_features():
    layer = nn.Dense(2, input_size=3)
    with pytest.raises(
        ValueError, match=r"Dense\(2\) has inputs of 3 features, array f32\[5,4\] has 4$"
    ):
        layer(np.ones((5, 4)))
    with pytest.raises(ValueError, match=r"'x' f32\[5,4\] has 4"):
        layer(tg.tensor(np.ones((5, 4)), "f4", name="x"))
    with pytest.raises(ValueError, match=r"put nn\.Flatten\(\) before it"):
        nn.Dense(2, input_size=6)(np.ones((5, 2, 3)))
    with pytest.raises(ValueError, match="one number"):
        layer(3.0)


@pytest.mark.parametrize("units", [0, -1])
def test_no_units(units):
    with pytest.raises(ValueError, match="at least one unit"):
        nn.Dense(units)


def test_integer_parameters_are_refused():
    with pytest.raises((TypeError, ValueError), match="float"):
        nn.Dense(2, dtype=int)


@pytest.mark.parametrize("input_size", [3, None])
def test_an_assigned_weight_is_used_and_stays(input_size):
    weight = tg.tensor(np.ones((3, 2), np.float32), requires_grad=True, name="mine")
    layer = nn.Dense(2, input_size=input_size)
    layer.weight = weight
    assert layer(np.ones((1, 3))).data.tolist() == [[3, 3]]
    assert layer.weight is weight
    assert layer(np.ones((1, 3))).data.tolist() == [[3, 3]]
    assert layer.parameters()[0] is weight


def test_two_layers_with_one_weight():
    a, b = (nn.Dense(3, "tanh", input_size=3) for _ in "ab")
    b.weight = a.weight
    model = nn.Sequential([a, b], seed=0)
    model(np.ones((1, 3))).sum().backward()
    assert b.weight is a.weight
    assert [p.shape for p in model.parameters()] == [(3, 3), (3,), (3,)]


def test_without_bias():
    layer = nn.Dense(2, input_size=3, use_bias=False, seed=0)
    assert [n for n, _ in layer.named_parameters()] == ["weight"]
    np.testing.assert_array_equal(layer(np.zeros((4, 3))).data, 0)


def test_seeds():
    weights = lambda seed: nn.Dense(8, input_size=8, seed=seed).weight.data.tobytes()
    state = np.random.get_state()[1].tobytes()
    assert weights(0) == weights(0) == weights(np.random.SeedSequence(0))
    assert len({weights(0), weights(1), weights(None), weights(None)}) == 4
    assert np.random.get_state()[1].tobytes() == state


def test_flatten():
    x = np.arange(24).reshape(2, 3, 4)
    assert nn.Flatten()(x).tolist() == x.reshape(2, 12).tolist()
    t = tg.tensor(x.astype(float), requires_grad=True)
    y = nn.Flatten()(t)
    (y * y).sum().backward()
    assert (t.grad == 2 * x).all()


@pytest.mark.parametrize(
    "shape, flat",
    [((0, 28, 28), (0, 784)), ((3,), (3, 1)), ((3, 0), (3, 0)), ((2, 5), (2, 5)), ((0,), (0, 1))],
)
@pytest.mark.parametrize("wrap", [np.asarray, tg.tensor])
def test_flatten_at_the_edges(shape, flat, wrap):
    assert nn.Flatten()(wrap(np.zeros(shape))).shape == flat


def test_flatten_wants_a_batch():
    with pytest.raises(ValueError, match="batch"):
        nn.Flatten()(1.0)


def test_activation_layer_is_the_activation_argument():
    x = np.random.default_rng(0).normal(size=(3, 4))
    apart = nn.Sequential([nn.Dense(5, seed=1), nn.Activation("softmax")])
    inside = nn.Sequential([nn.Dense(5, "softmax", seed=1)])
    assert apart(x).data.tobytes() == inside(x).data.tobytes()
    assert list(apart.state_dict()) == list(inside.state_dict())
    assert [repr(nn.Activation(a)) for a in (None, "relu", ops.tanh)] == [
        "Activation(linear)",
        "Activation(relu)",
        "Activation(tanh)",
    ]


def test_dense_learns_under_no_grad_nothing():
    layer = nn.Dense(2, seed=0)
    with tg.no_grad():
        y = layer(np.ones((1, 2)))
    assert not y.requires_grad
    assert layer.weight.requires_grad, "built under no_grad, and to be trained all the same"
    assert layer.bias.requires_grad


def test_names_in_messages_and_pictures():
    model = nn.Sequential([nn.Dense(2, input_size=3), nn.Dense(1)])
    model(np.zeros((1, 3)))
    assert [p.name for p in model.parameters()] == [
        "dense.weight",
        "dense.bias",
        "dense_1.weight",
        "dense_1.bias",
    ]
    assert nn.Dense(2, input_size=1, name="head").weight.name == "head.weight"
    assert nn.Dense(2, input_size=1).weight.name == "weight"
