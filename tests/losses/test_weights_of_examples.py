"""sample_weight and class_weight: the loss is Σ wᵢ·lossᵢ / n, in every loss, with and without
jit."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import losses, nn
from tinygrad_edu.training import examples

RNG = np.random.default_rng(0)
X = RNG.normal(size=(10, 4)).astype(np.float32)
W = RNG.uniform(0, 2, 10).astype(np.float32)
LABELS = RNG.integers(0, 3, 10)
TARGETS = {
    "mse": X[:, :3] * 2,
    "binary_crossentropy": (X[:, :3] > 0).astype(np.float32),
    "sparse_categorical_crossentropy": LABELS,
    "categorical_crossentropy": np.eye(3, dtype=np.float32)[LABELS],
}


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_weighted_loss_is_the_weighted_mean_of_single_losses(name, dtype):
    loss, z, t = losses.get_loss(name), X[:, :3].astype(dtype), TARGETS[name]
    single = np.array([loss(tg.tensor(z[k : k + 1]), t[k : k + 1]).item() for k in range(10)])
    found = losses.weighted(loss, tg.tensor(z), t, W)
    assert found.dtype == dtype
    assert found.item() == pytest.approx((W * single).mean(), rel=1e-6)
    assert losses.weighted(loss, tg.tensor(z), t, np.ones(10, dtype)).item() == pytest.approx(
        loss(tg.tensor(z), t).item(), rel=1e-6
    )


@pytest.mark.parametrize("name", TARGETS)
def test_the_gradient_of_each_example_is_weighted(name):
    loss, t = losses.get_loss(name), TARGETS[name]
    plain, weighed = (tg.tensor(X[:, :3].astype(float), requires_grad=True) for _ in range(2))
    loss(plain, t).backward()
    losses.weighted(loss, weighed, t, W).backward()
    np.testing.assert_allclose(weighed.grad, plain.grad * W[:, None], atol=1e-9)


def test_logits_of_a_sure_mistake_stay_finite():
    z = tg.tensor([[1000.0, -1000.0], [np.inf, 0.0]], requires_grad=True)
    assert losses.weighted(losses.cross_entropy, z[:1], np.array([1]), np.ones(1)).item() == 2000


def test_a_class_that_is_impossible_costs_nothing_where_it_is_not_the_label():
    z = tg.tensor([[0.0, -np.inf, 0.0]])
    assert losses.weighted(
        losses.cross_entropy, z, np.array([0]), np.ones(1)
    ).item() == pytest.approx(np.log(2))


def test_a_validation_split_takes_its_weights_from_the_beginning():
    nets = []
    for x, y, options in ((X, LABELS, {"validation_split": 0.5}), (X[:5], LABELS[:5], {})):
        net = nn.Sequential([nn.Dense(3)], seed=0)
        net.compile("sgd", "sparse_categorical_crossentropy")
        net.fit(
            x, y, epochs=3, batch_size=2, verbose=0, seed=1, sample_weight=W[: len(x)], **options
        )
        nets.append(net)
    for a, b in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("name", TARGETS)
def test_fit_with_and_without_jit(name):
    found = []
    for jit in (True, False):
        net = nn.Sequential([nn.Dense(3)], seed=0)
        net.compile("sgd", name)
        history = net.fit(
            X, TARGETS[name], epochs=3, batch_size=4, verbose=0, jit=jit, sample_weight=W
        )
        found.append((history.history["loss"], [p.numpy() for p in net.parameters()]))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-6)
    for a, b in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_an_example_of_weight_zero_is_as_if_it_were_not_there():
    nets = []
    for x, y, w in (
        (X, LABELS, (np.arange(10) < 5).astype(float)),
        (X[:5], LABELS[:5], np.full(5, 0.5)),
    ):
        net = nn.Sequential([nn.Dense(3)], seed=0)
        net.compile("sgd", "sparse_categorical_crossentropy")
        net.fit(x, y, epochs=4, batch_size=10, shuffle=False, verbose=0, sample_weight=w)
        nets.append(net)
    for a, b in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("y", [LABELS, np.eye(3)[LABELS]], ids=["labels", "one-hot"])
def test_class_weights_are_those_of_their_examples(y):
    weights = {2: 0.5, 0: 1.0, 1: 2.0}
    [found] = examples.example_weights(y, None, weights)
    np.testing.assert_array_equal(found, [weights[k] for k in LABELS])
    [both] = examples.example_weights(y, W, weights)
    np.testing.assert_allclose(both, found * W)


def test_mistakes_are_named_and_nothing_is_trained():
    net = nn.Sequential([nn.Dense(3)], seed=0)
    net.compile("sgd", "sparse_categorical_crossentropy")
    net(X)
    before = [p.numpy() for p in net.parameters()]
    with pytest.raises(ValueError, match=r"one number an example, \(10,\)"):
        net.fit(X, LABELS, verbose=0, sample_weight=np.ones(3))
    with pytest.raises(ValueError, match="no weight for"):
        net.fit(X, LABELS, verbose=0, class_weight={0: 1.0})
    net.compile("sgd", lambda p, t: (p * p).mean())
    with pytest.raises(TypeError, match="weight it inside"):
        net.fit(X, LABELS, verbose=0, sample_weight=W)
    for a, b in zip(before, net.parameters(), strict=True):
        np.testing.assert_array_equal(a, b.numpy())
