"""What went wrong in silence, or ended in an error that led nowhere, in programs of newcomers: each
works, or names the line to write."""

from __future__ import annotations

import copy
import enum
import functools
import json
import pickle

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import losses, nn, optim

A = np.arange(1.0, 7.0).reshape(2, 3)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype(np.float32)
Y = (X @ np.array([[1.0], [-2.0], [0.5]], np.float32)).astype(np.float32)


def tracked(values=A):
    return tg.tensor(values, requires_grad=True, name="x")


# Gradients and states are arrays that answer PyTorch's words


def test_a_gradient_is_an_array_that_answers():
    x = tracked()
    (x * x).sum().backward()
    g = x.grad
    assert isinstance(g, np.ndarray) and g is x.grad and repr(g) == repr(2 * A)
    assert g.numpy().tolist() == g.detach().tolist() == (2 * A).tolist()
    assert type(g.numpy()) is type(g * 1) is type(-g) is np.ndarray
    assert type(g.sum()) is np.float64 and type(np.sqrt(g)) is np.ndarray
    twin = g.clone()
    assert g.zero_() is g and not x.grad.any() and twin.any()
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * A)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(x.grad)), 2 * A)
    np.testing.assert_array_equal(copy.deepcopy(x.grad), 2 * A)
    np.testing.assert_array_equal((tg.tensor(x.grad) * x).numpy(), 2 * A * A)
    assert not hasattr(g, "foo")
    with pytest.raises(AttributeError, match=r"write np\.linalg\.norm\(g\)"):
        g.norm()
    with pytest.raises(AttributeError, match=r"write np\.clip\(g, -c, c, out=g\)"):
        g.clamp_(-1, 1)


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam])
def test_gradients_zeroed_in_place_before_an_optimizers_step(make):
    """As `p.grad.zero_()` and as `p.grad = None`: the same weights."""
    found = []
    for zero in (lambda p: p.grad.zero_(), lambda p: setattr(p, "grad", None)):
        w = tracked()
        optimizer = make([w], learning_rate=0.1)
        for _ in range(4):
            (w**2).sum().backward()
            optimizer.step()
            zero(w)
        found.append(w.numpy())
    np.testing.assert_array_equal(*found)


def test_a_state_is_kept_by_clone():
    model = nn.MLP(3, 1, seed=0)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert all((before[k] != v).any() for k, v in model.state_dict().items())
    model.load_state_dict(before)
    assert all((before[k] == v).all() for k, v in model.state_dict().items())


# The size, and numbers that are more than numbers


def test_the_size_is_a_number_and_may_be_called():
    x = tracked()
    assert (x.size, x.size(), x.size(0), x.size(-1)) == (6, (2, 3), 2, 3)
    assert json.dumps(x.size) == "6" and type(pickle.loads(pickle.dumps(x.size))) is int
    assert np.zeros(x.size).shape == (6,) and list(range(x.size))[-1] == 5
    with pytest.raises(IndexError):
        x.size(2)
    y = (x / x.size).sum()
    y.backward()
    np.testing.assert_allclose(x.grad, np.full((2, 3), 1 / 6))
    f = tg.jit(lambda x, n: x * n)
    for _ in range(3):
        np.testing.assert_array_equal(f(A, x.size), 6 * A)
    assert f.traces == 1


class Level(enum.IntEnum):
    TWO = 2


class Rate(float):
    pass


@pytest.mark.parametrize("number", [Level.TWO, Rate(2.0), True])
def test_numbers_of_ones_own_kind(number):
    x = tg.tensor(np.float32(A), requires_grad=True)
    for y in (x * number, number * x, x + number, np.multiply(x, number)):
        assert y.dtype == np.float32 and y.requires_grad
    np.testing.assert_array_equal((x * number).numpy(), A * float(number))


# x.at


@pytest.mark.parametrize(
    "index", [0, (1, 2), slice(None, None, 2), [0, 1], np.array([True, False]), (..., [0, 2]), ()]
)
def test_entries_are_set_in_a_new_tensor(index):
    chosen = A[index]
    v = np.random.default_rng(1).normal(size=chosen.shape)
    for name, sign in [("set", None), ("add", 1), ("subtract", -1), ("multiply", 0), ("divide", 2)]:
        expected = A.copy()
        expected[index] = {
            None: v, 1: chosen + v, -1: chosen - v, 0: chosen * v, 2: chosen / v
        }[sign]  # fmt: skip
        x = tracked()
        got = getattr(x.at[index], name)(v)
        np.testing.assert_allclose(got.numpy(), expected, rtol=1e-14)
        assert x.numpy().tolist() == A.tolist()
        tg.check_gradients(lambda x, v, n=name: getattr(x.at[index], n)(v), A, v)
    np.testing.assert_array_equal(tracked().at[index].get().numpy(), chosen)
    np.testing.assert_array_equal(
        tracked().at[index].set(7).numpy()[index], np.full_like(chosen, 7)
    )


def test_entries_keep_their_dtype_and_are_named_once():
    x = tg.tensor(np.float32(A), requires_grad=True)
    assert x.at[0].set(np.float64(1.5)).dtype == x.at[0].add(tracked()[0]).dtype == np.float32
    np.testing.assert_array_equal(tracked([1.0, 2.0]).at[[0, 0]].add(1.0).numpy(), [3, 2])
    for name in ("set", "multiply", "divide"):
        with pytest.raises(ValueError, match=r"names an entry twice.*write \.add"):
            getattr(tracked([1.0, 2.0]).at[[0, 0]], name)(3.0)
    with pytest.raises(AttributeError, match=r"x\.at\[index\]\.set\(f\(x\[index\]\)\)"):
        x.at[0].apply(np.sin)
    index = tg.tensor([1, 0])
    np.testing.assert_array_equal(x.at[index].set(0).numpy(), np.zeros((2, 3)))
    f = tg.jit(lambda x: (x.at[0].set(2.0) * x.at[1].add(1.0)).sum())
    t = tg.tensor(A)
    assert f(t).item() == f(t).item() == (np.vstack([[2, 2, 2], A[1]]) * (A + [[0], [1]])).sum()


# Axes as PyTorch says them


def test_two_of_three_axes_change_places():
    x = tracked(np.arange(24.0).reshape(2, 3, 4))
    for axes in [(0, 1), (1, 2), (-2, -1), (2, 0)]:
        np.testing.assert_array_equal(x.transpose(*axes).numpy(), x.numpy().swapaxes(*axes))
    np.testing.assert_array_equal(x.transpose(2, 0, 1).numpy(), x.numpy().transpose(2, 0, 1))
    for axes in [(0, 1), (-2, -1), (0, -1)]:
        with pytest.raises(TypeError, match=r"swaps the axes.*write x\.T"):
            tracked().transpose(*axes)
    np.testing.assert_array_equal(tracked().transpose(-1, -2).numpy(), A.T)


# Comparing


def test_numpy_testing_compares_what_is_tracked():
    x = tracked()
    for check in (
        np.testing.assert_array_equal,
        np.testing.assert_allclose,
        np.testing.assert_array_almost_equal,
        np.testing.assert_equal,
    ):
        check(x, A)
        check(A, x * 1)
        with pytest.raises(AssertionError):
            check(x, A + 1)
    with pytest.raises(TypeError, match="would lose"):
        np.asarray(x)


# Losses and metrics of one's own


def per_example(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2, axis=-1)


def trained(loss, metrics=(), **options):
    model = nn.Sequential([nn.Dense(1)], seed=0)
    model.compile(optim.SGD(learning_rate=0.1), loss, metrics)
    history = model.fit(X, Y, epochs=3, batch_size=16, verbose=0, **options)
    return model, history.history


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize("weights", [None, np.linspace(0, 2, 40)])
def test_a_loss_may_return_a_number_an_example(jit, weights):
    options = {"jit": jit} | ({} if weights is None else {"sample_weight": weights})
    (own, history), (model, expected) = trained(per_example, **options), trained("mse", **options)
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-5)
    np.testing.assert_allclose(own.get_weights()[0], model.get_weights()[0], rtol=1e-5)
    np.testing.assert_allclose(
        own.evaluate(X, Y, verbose=0), model.evaluate(X, Y, verbose=0), rtol=1e-5
    )


def test_a_metric_may_return_a_number_an_example():
    model, history = trained("mse", [per_example])
    np.testing.assert_allclose(history["per_example"], history["loss"], rtol=1e-5)


@pytest.mark.parametrize(
    ("loss", "error", "words"),
    [
        (lambda y_true, y_pred: (y_true[:, 0] - y_pred) ** 2, ValueError, "one an example"),
        (lambda y_true, y_pred: np.mean(y_pred.detach().numpy()), TypeError, "a loss is a tensor"),
        (lambda *args: args[0].mean(), TypeError, "which comes first"),
    ],
)
def test_a_loss_that_is_none_says_so(loss, error, words):
    with pytest.raises(error, match=words):
        trained(loss)


def test_weights_of_examples_need_a_loss_of_examples():
    with pytest.raises(TypeError, match="leave the mean out"):
        trained(lambda y_true, y_pred: ((y_true - y_pred) ** 2).mean(), sample_weight=np.ones(40))


def test_a_metric_of_a_wrong_shape_says_so():
    with pytest.raises(ValueError, match="one an example"):
        trained("mse", [lambda y_true, y_pred: y_true[:, 0] - y_pred])


def test_the_line_for_a_regulariser_is_keras_l2():
    """Against the closed form of ridge regression, with Adam, where weight decay is another."""
    model = nn.Sequential([nn.Dense(1, use_bias=False)], seed=0)
    layer, l2 = model.layers[0], 0.1
    model.compile(
        optim.Adam(learning_rate=0.05),
        lambda y_true, y_pred: tg.mse(y_pred, y_true) + l2 * (layer.weight**2).sum(),
    )
    model.fit(X, Y, batch_size=40, epochs=400, verbose=0)
    expected = np.linalg.solve(X.T @ X / 40 + l2 * np.eye(3), X.T @ Y / 40)
    np.testing.assert_allclose(model.get_weights()[0], expected, atol=1e-3)
    same = nn.Sequential([nn.Dense(1, use_bias=False)], seed=0)
    same.compile(optim.SGD(learning_rate=0.1, weight_decay=2 * l2), "mse")
    same.fit(X, Y, batch_size=40, epochs=400, verbose=0)
    np.testing.assert_allclose(same.get_weights()[0], expected, atol=1e-4)


# The order of a loss that is called


LABELS = np.array([1.0, 0.0, 1.0])


@pytest.mark.parametrize(
    "loss",
    [
        tg.bce_with_logits,
        losses.binary_crossentropy,
        losses.BinaryCrossentropy(from_logits=True),
        losses.BinaryCrossentropy(from_logits=False),
        functools.partial(tg.cross_entropy),
        losses.CategoricalCrossentropy(from_logits=True),
    ],
)
def test_a_loss_called_with_the_target_first_says_so(loss):
    z = tg.tensor([0.3, -0.2, 0.8], requires_grad=True)
    with pytest.raises(TypeError, match=r"target first, as in Keras; write loss\(logits, y\)"):
        loss(LABELS, z)
    with pytest.raises(TypeError, match="target first"):
        loss(tg.tensor(LABELS), z * 2)


def test_plain_probabilities_in_the_place_of_the_target():
    p = np.array([0.7, 0.2, 0.9])
    loss = losses.BinaryCrossentropy(from_logits=False)
    with pytest.raises(TypeError, match="target first"):
        loss(LABELS, p)
    np.testing.assert_allclose(loss(p, LABELS).item(), -np.log([0.7, 0.8, 0.9]).mean(), rtol=1e-12)
    # soft labels, sure predictions and a teacher stay what they are
    z = tg.tensor([3.0, -3.0, 3.0], requires_grad=True)
    teacher = tg.sigmoid(tg.tensor([2.0, -1.0, 0.5], requires_grad=True))
    assert tg.bce_with_logits(z, p).item() > 0 and tg.bce_with_logits(z, teacher).item() > 0
    assert loss(LABELS, LABELS).item() < 1e-6


# Names that are set


def test_a_rate_by_pytorchs_name():
    optimizer = optim.SGD([tracked()], lr=0.1)
    assert optimizer.lr == optimizer.learning_rate == 0.1
    optimizer.lr = 0.5
    assert optimizer.learning_rate == 0.5


def test_requires_grad_of_a_layer_is_refused():
    layer = nn.Dense(2, input_size=3)
    with pytest.raises(AttributeError, match=r"write layer\.trainable = False"):
        layer.requires_grad = False
    assert not hasattr(layer, "requires_grad") and layer.trainable


class Scale(nn.Module):
    """As Keras' guide has it."""

    def __init__(self, units):
        super().__init__()
        self.units, self.built_for = units, []

    def build(self, input_shape):
        self.built_for.append(tuple(input_shape))
        self.w = tg.tensor(np.full((input_shape[-1], self.units), 2.0), requires_grad=True)

    def call(self, inputs, training):
        return inputs @ self.w + float(training)


def test_build_and_call_as_keras_has_them():
    layer = Scale(2)
    np.testing.assert_array_equal(layer(A).numpy(), 2 * A.sum(1, keepdims=True) * [1, 1])
    np.testing.assert_array_equal(layer(A, training=True), layer(A).numpy() + 1)
    assert layer.built_for == [(2, 3)] and layer.count_params() == 6
    early = Scale(1)
    early.build((None, 3))
    early.w.data[...] = 5
    assert early(A).numpy()[0, 0] == 30 and early.built_for == [(None, 3)]
    model = nn.Sequential([Scale(4), nn.Dense(1)], seed=0)
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert model.layers[0].built_for == [(1, 3)] and len(model.trainable_variables) == 3
    model.layers[1].trainable = False
    assert [p.shape for p in model.non_trainable_variables] == [(4, 1), (1,)]


# jit


def test_static_arguments_are_values():
    @functools.partial(tg.jit, static_argnums=(1,))
    def power(x, n):
        y = x
        for _ in range(n - 1):
            y = y * x
        return y.sum()

    x = np.arange(1.0, 4.0)
    assert [power(x, n).item() for n in (3, 2, 3)] == [36, 14, 36] and power.traces == 2

    @tg.jit(static_argnames="mode")
    def act(x, mode="relu"):
        return np.maximum(x, 0) if mode == "relu" else np.tanh(x)

    for _ in range(2):
        np.testing.assert_array_equal(act(-x, mode="tanh"), np.tanh(-x))
        np.testing.assert_array_equal(act(-x), 0 * x)
    with pytest.raises(TypeError, match="mode is named as static, and got an array"):
        act(x, mode=x)
    with pytest.raises(TypeError, match="n is named as static, and got an array"):
        power(x, tg.tensor(2.0))
    with pytest.raises(ValueError, match="power has 2 parameters|has 2 parameters"):
        tg.jit(lambda x, n: x, static_argnums=2)
    with pytest.raises(ValueError, match="has the parameters x"):
        tg.jit(lambda x: x, static_argnames=["mode"])


def test_static_arguments_of_methods_and_copies():
    class Net:
        @tg.jit(static_argnames=["k"])
        def times(self, x, k):
            return x * k

    net = Net()
    np.testing.assert_array_equal(net.times(A, 3), 3 * A)
    for f in (net.times, copy.deepcopy(tg.jit(lambda x, k: x * k, static_argnums=1))):
        with pytest.raises(TypeError, match="static"):
            f(A, A)
