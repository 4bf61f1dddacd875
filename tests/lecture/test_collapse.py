"""Why linear layers are not stacked: they collapse into one. Lecture 07, (8), and its other half,
XOR.

Y = (X W₁ + b₁) W₂ + b₂ = X W₁W₂ + b₁W₂ + b₂ = X W + b.
"""

from __future__ import annotations

import functools
import itertools

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import by_profile

import tinygrad_edu as tg
from tinygrad_edu import nn

linear_leaky = functools.partial(tg.leaky_relu, slope=1)
IDENTITIES = [None, "linear", linear_leaky, lambda x: x, lambda x: +x]


def stack(sizes, rng, dtype=np.float64, draw=None, activation=lambda k: None, bias=lambda k: True):
    """A model of linear layers, its weights drawn by `draw(shape)`."""
    draw = draw or (lambda shape: rng.normal(size=shape))
    layers = []
    for k, (d, h) in enumerate(itertools.pairwise(sizes)):
        layer = nn.Dense(h, activation(k), input_size=d, dtype=dtype, use_bias=bias(k), seed=0)
        layer.weight.data = draw((d, h))
        if layer.bias is not None:
            layer.bias.data = draw((h,))
        layers.append(layer)
    return nn.Sequential(layers)


@st.composite
def shapes(draw, most=4):
    return draw(st.lists(st.integers(1, 5), min_size=2, max_size=most + 1)), draw(st.integers(1, 4))


# Exactly, in whole numbers: every sum and product below 2^53 is a float


@hypothesis.settings(max_examples=by_profile(day=40, ci=150, night=2_000), deadline=None)
@given(shapes(), st.integers(0, 2**32 - 1))
def test_collapse_is_exact_in_whole_numbers(shape, seed):
    """Outputs, d/dx, and every dL/dW_i and dL/db_i, through the stack and through W = W₁⋯W_L: the
    same bits."""
    sizes, n = shape
    rng = np.random.default_rng(seed)
    whole = lambda shape: rng.integers(-3, 4, shape).astype(float)
    model = stack(
        sizes,
        rng,
        draw=whole,
        activation=lambda k: IDENTITIES[(seed + k) % len(IDENTITIES)],
        bias=lambda k: (seed >> k) % 3 > 0,
    )
    x, t = whole((n, sizes[0])), whole((n, sizes[-1]))

    def gradients(f):
        for p in model.parameters():
            p.grad = None
        leaf = tg.tensor(x, requires_grad=True)
        y = f(leaf)
        ((y - t) ** 2).sum().backward()
        return y.numpy(), leaf.grad, [p.grad for p in model.parameters()]

    y, dx, dp = gradients(model)
    W, b = nn.affine(model)
    z, dz, dq = gradients(lambda x: x @ W + b)
    np.testing.assert_array_equal(z, y)
    np.testing.assert_array_equal(dz, dx)
    for p, q in zip(dp, dq, strict=True):
        np.testing.assert_array_equal(p, q)

    one = nn.collapse(model)
    assert isinstance(one, nn.Dense) and one.activation is None
    leaf = tg.tensor(x, requires_grad=True)
    z = one(leaf)
    ((z - t) ** 2).sum().backward()
    np.testing.assert_array_equal(z.numpy(), y)
    np.testing.assert_array_equal(leaf.grad, dx)
    np.testing.assert_array_equal(one.weight.grad, x.T @ (2 * (y - t)))

    # The textbook's: dL/dW_i = (x W₁⋯W_{i-1} + ⋯)ᵀ · 2(y - t) · (W_{i+1}⋯W_L)ᵀ.
    h, inputs = x, []
    for layer in model.layers:
        inputs.append(h)
        h = h @ layer.weight.numpy() + (0 if layer.bias is None else layer.bias.numpy())
    back = 2 * (h - t)
    for layer, before in zip(model.layers[::-1], inputs[::-1], strict=True):
        layer_gradients = gradients_of(layer, model, dp)
        np.testing.assert_array_equal(layer_gradients[0], before.T @ back)
        if layer.bias is not None:
            np.testing.assert_array_equal(layer_gradients[1], back.sum(axis=0))
        back = back @ layer.weight.numpy().T


def gradients_of(layer, model, gradients):
    found = {id(p): g for p, g in zip(model.parameters(), gradients, strict=True)}
    return [found[id(p)] for p in (layer.weight, layer.bias) if p is not None]


# In floating point: within what rounding explains, entry by entry


def bound(model, x, factor=1.0):
    """2(Σ nᵢ + L + n₀ + 2)·u·S with S = |x||W₁|⋯|W_L| + Σ |b_k||W_{k+1}|⋯|W_L|, entry by entry.

    An inner product of n terms is off by at most n·u/(1 - n·u) times the sum of its absolute
    values, in any order (Higham 2002, §3.1); a chain of layers adds their numbers, one each for
    adding a bias. The stack and the collapsed layer are both that near the true value, whence the
    2; the last 2 pays for 1/(1 - n·u) and for computing S itself.
    """
    S = np.abs(x).astype(float)
    sizes = [x.shape[1]]
    for layer in model.layers:
        S = S @ np.abs(layer.weight.numpy()).astype(float)
        if layer.bias is not None:
            S = S + np.abs(layer.bias.numpy()).astype(float)
        sizes.append(layer.units)
    u = np.finfo(model.layers[0].dtype).eps / 2
    return factor * 2 * (sum(sizes[:-1]) + len(model.layers) + sizes[0] + 2) * u * S


def error(model, x):
    one = nn.collapse(model)
    with tg.no_grad():
        return np.abs(model(x).numpy().astype(float) - one(x).numpy().astype(float))


@hypothesis.settings(max_examples=by_profile(day=40, ci=150, night=2_000), deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=2, max_size=6),
    st.integers(0, 2**32 - 1),
    st.sampled_from([np.float32, np.float64]),
    st.sampled_from([1.0, 1e-3, 1e3]),
)
def test_collapse_is_within_the_rounding_bound(sizes, seed, dtype, scale):
    rng = np.random.default_rng(seed)
    model = stack(sizes, rng, dtype, draw=lambda shape: rng.normal(size=shape) * scale)
    x = rng.normal(size=(3, sizes[0])).astype(dtype)
    assert (error(model, x) <= bound(model, x)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_bound_a_hundred_times_smaller_fails(dtype):
    """The bound says something: a hundredth of it does not hold."""
    rng = np.random.default_rng(0)
    over = []
    for _ in range(200):
        model, x = stack([2, 2, 1], rng, dtype), rng.normal(size=(8, 2)).astype(dtype)
        assert (error(model, x) <= bound(model, x)).all()
        over.append((error(model, x) > bound(model, x, 0.01)).any())
    assert sum(over) > 20


def test_rank_does_not_grow_with_depth():
    """784 inputs through a linear layer of 3: whatever follows, a matrix of rank 3."""
    model = stack([20, 3, 50, 10], np.random.default_rng(1))
    assert np.linalg.matrix_rank(nn.collapse(model).weight.numpy()) == 3


# What collapses and what does not


@pytest.mark.parametrize(
    "slope, collapses",
    [(1, True), (1.0, True), (0.99, False), (0.01, False), (0, False), (-1, False)],
)
def test_leaky_relu_collapses_with_slope_one_only(slope, collapses):
    model = nn.MLP(2, 3, 1, activation=functools.partial(tg.leaky_relu, slope=slope), seed=1)
    x = np.random.default_rng(0).normal(size=(20, 2))
    if collapses:
        np.testing.assert_allclose(nn.collapse(model)(x).numpy(), model(x).numpy(), atol=1e-6)
    else:
        with pytest.raises(
            TypeError,
            match=r"dense, Dense\(3.*applies .*leaky_relu.*, which is not linear: f\(-1\)",
        ):
            nn.collapse(model)


@pytest.mark.parametrize(
    "activation",
    [
        "relu",
        "sigmoid",
        "tanh",
        "gelu",
        "elu",
        "silu",
        "softplus",
        "cos",
        "softmax",
        "hard_tanh",
        "threshold",
        "log_sigmoid",
        "leaky_relu",
        lambda x: 2 * x,
        lambda x: tg.where(x > 0, x, x),
        lambda x: x.numpy(),
    ],
)
def test_what_is_not_the_identity_is_refused_with_the_reason(activation):
    model = nn.Sequential(
        [nn.Dense(3, input_size=2), nn.Dense(1, activation, input_size=3)], seed=0
    )
    words = r"dense_1, Dense\(1.*applies .*, which is not (linear: f\(-1\)|the identity).*\(8\)"
    with pytest.raises(TypeError, match=words):
        nn.collapse(model)
    layer = nn.Sequential([nn.Dense(3, input_size=2), nn.Activation(activation)], seed=0)
    with pytest.raises(TypeError, match="activation, Activation"):
        nn.affine(layer)


def test_the_reason_is_a_sum_that_linear_functions_keep():
    with pytest.raises(
        TypeError,
        match=r"relu, which is not linear: f\(-1\) \+ f\(2\) = 2, and f\(0\) \+ f\(1\) = 1",
    ):
        nn.collapse(nn.MLP(2, 3, 1))


def test_nested_models_flattened_images_and_layers_without_bias():
    inner = nn.Sequential([nn.Dense(3, input_size=4, use_bias=False), nn.Activation("linear")])
    model = nn.Sequential([nn.Flatten(), inner, nn.Dense(2, input_size=3, use_bias=False)], seed=0)
    x = np.random.default_rng(0).normal(size=(5, 2, 2)).astype(np.float32)
    one = nn.collapse(model)
    assert one.bias is None and [p.shape for p in one.parameters()] == [(4, 2)]
    np.testing.assert_allclose(one(x.reshape(5, 4)).numpy(), model(x).numpy(), atol=1e-6)
    assert nn.collapse(nn.Dense(2, input_size=3, seed=0)).weight.shape == (3, 2)


def test_the_collapsed_layer_is_its_own():
    model = nn.MLP(2, 3, 1, activation=None, seed=0)
    one = nn.collapse(model)
    before = one.weight.numpy()
    model.layers[0].weight.data *= 2
    assert one.weight.is_leaf and one.weight.requires_grad
    np.testing.assert_array_equal(one.weight.numpy(), before)
    single = nn.Dense(2, input_size=2, seed=0)
    assert not np.shares_memory(nn.collapse(single).weight._data, single.weight._data)


@pytest.mark.parametrize(
    "model, error, words",
    [
        (
            lambda: nn.Sequential([nn.Dense(3)]),
            ValueError,
            "no weights before it knows its input's size",
        ),
        (lambda: nn.Sequential([nn.Flatten()]), TypeError, "no Dense layer"),
        (
            lambda: nn.Sequential([nn.Dense(2, input_size=2), Other()]),
            TypeError,
            "other is .*only Dense, Activation and Flatten",
        ),
    ],
)
def test_refusals(model, error, words):
    with pytest.raises(error, match=words):
        nn.collapse(model())


class Other(nn.Module):
    def forward(self, x):
        return x


# The other half: XOR

CORNERS = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
SIGNS = np.array([1.0, -1, -1, 1])
XOR = np.array([0.0, 1, 1, 0])


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 2**32 - 1))
@hypothesis.settings(deadline=None)
def test_no_linear_stack_bends(sizes, seed):
    """f(00) - f(01) - f(10) + f(11) = 0 for every affine f, and -2 for XOR. With e = f - XOR that
    sum is 2, and by Cauchy and Schwarz 2² ≤ 4·Σe²: the mean of e² is at least 1/4, for any
    depth."""
    rng = np.random.default_rng(seed)
    model = stack([2, *sizes, 1], rng, draw=lambda shape: rng.integers(-3, 4, shape).astype(float))
    y = model(CORNERS).numpy()[:, 0]
    assert SIGNS @ y == 0
    assert SIGNS @ XOR == -2
    assert np.mean((y - XOR) ** 2) >= 0.25


def test_least_squares_is_a_half_everywhere():
    A = np.column_stack([CORNERS, np.ones(4)])
    solution = np.linalg.lstsq(A, XOR, rcond=None)[0]
    np.testing.assert_allclose(solution, [0, 0, 0.5], atol=1e-15)
    assert np.mean((A @ solution - XOR) ** 2) == pytest.approx(0.25)


def test_training_a_linear_stack_stops_at_a_quarter():
    model = nn.MLP(2, 8, 1, activation=None, dtype=np.float64, seed=0)
    losses = []
    optimizer = tg.optim.SGD(model.parameters(), learning_rate=0.1)
    for _ in range(3000):
        loss = nn.mse(model(CORNERS), XOR[:, None])
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    # the rounding of a mean of four squares
    assert min(losses) >= 0.25 - 4 * np.finfo(float).eps
    assert losses[-1] == pytest.approx(0.25, abs=1e-6)


def test_with_relu_between_two_units_are_enough():
    """The lecture's solution: W all ones, c = (0, -1), w = (1, -2), b = 0. Exact, to the last
    bit."""
    model = nn.MLP(2, 2, 1, dtype=np.float64)
    model.layers[0].weight.data, model.layers[0].bias.data = np.ones((2, 2)), [0.0, -1]
    model.layers[1].weight.data, model.layers[1].bias.data = [[1.0], [-2]], [0.0]
    assert model(CORNERS).numpy()[:, 0].tolist() == XOR.tolist()
    assert SIGNS @ model(CORNERS).numpy()[:, 0] == -2
    with pytest.raises(TypeError, match="relu"):
        nn.collapse(model)
