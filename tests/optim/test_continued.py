"""Training that stops, is saved, and goes on elsewhere; and training that goes on for long."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim, weights

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 5)).astype(np.float32)
Y = RNG.integers(0, 3, 64)
KINDS = {
    "adam": lambda p: optim.Adam(p, learning_rate=lambda t: 0.01 / (1 + t)),
    "momentum": lambda p: optim.SGD(p, learning_rate=0.05, momentum=0.9),
    "nesterov": lambda p: optim.SGD(p, learning_rate=0.05, momentum=0.9, nesterov=True),
    "sgd": lambda p: optim.SGD(p, learning_rate=0.05),
}


def model(seed=0):
    made = nn.Sequential(
        [
            nn.Dense(8, "gelu", input_size=5),
            nn.Dense(6, "tanh", input_size=8, dtype=np.float64),
            nn.Dense(3, input_size=6),
        ],
        seed=seed,
    )
    return made


def train(m, optimizer, steps, start=0):
    for t in range(start, start + steps):
        rows = slice(16 * (t % 4), 16 * (t % 4) + 16)
        optimizer.zero_grad()
        nn.cross_entropy(m(X[rows]), Y[rows]).backward()
        optimizer.step()


def bits(m):
    return {name: value.tobytes() for name, value in m.state_dict().items()}


@pytest.mark.parametrize("kind", KINDS)
def test_saved_and_continued_equals_uninterrupted_bit_for_bit(kind, tmp_path):
    whole = model()
    optimizer = KINDS[kind](whole.parameters())
    train(whole, optimizer, 150)

    first = model()
    one = KINDS[kind](first.parameters())
    train(first, one, 70)
    first.save_weights(tmp_path / "model.npz")
    one.save(tmp_path / "optimizer.npz")

    second = model(seed=5)
    two = KINDS[kind](second.parameters())
    second.load_weights(tmp_path / "model.npz")
    two.load(tmp_path / "optimizer.npz")
    assert two.iterations == 70
    train(second, two, 80, start=70)
    assert bits(second) == bits(whole)
    assert {k: v.tobytes() for k, v in two.state_dict().items()} == {
        k: v.tobytes() for k, v in optimizer.state_dict().items()
    }


def test_without_its_state_adam_goes_another_way(tmp_path):
    """The test above can fail."""
    whole, second = model(), model()
    one, two = (KINDS["adam"](m.parameters()) for m in (whole, second))
    train(whole, one, 10)
    second.load_state_dict(whole.state_dict())
    train(whole, one, 5, start=10)
    train(second, two, 5, start=10)
    assert bits(second) != bits(whole)


def later(state):
    """The state after a step: counts and moments grown by 1."""
    return {
        k: v + 1 if "." in k or k in ("iterations", "steps") else v.copy() for k, v in state.items()
    }


@pytest.mark.parametrize(
    "spoil, error",
    [
        (lambda s: s.pop("0.m"), KeyError),
        (lambda s: s.update(extra=1), KeyError),
        (lambda s: s.update({"0.v": s["0.v"][1:]}), ValueError),
        (lambda s: s.update({"iterations": np.array(1.5)}), ValueError),
        (lambda s: s.update({"1.m": s["1.m"].astype(complex)}), ValueError),
        (lambda s: s.update({"1.m": s["1.m"].astype(np.float64)}), ValueError),
        (lambda s: s.update(optimizer=np.array("SGD")), ValueError),
        (lambda s: s.update(beta_1=np.array(0.8)), ValueError),
        (lambda s: s.update(clipnorm=np.array(1.0)), ValueError),
        (lambda s: s.update(beta_1=np.array([0.9])), ValueError),
        (lambda s: s.pop("beta_2"), ValueError),
        (lambda s: s.update(learning_rate=np.array(0.1)), ValueError),
        (lambda s: s.update(steps=s["steps"][1:]), ValueError),
        (lambda s: s.update(steps=s["steps"] + 1), ValueError),
        (lambda s: s.update(parameters=s["parameters"][::-1].copy()), ValueError),
        (lambda s: s.update({"99.m": s["0.m"]}), KeyError),
        (lambda s: s.pop("parameters"), KeyError),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(spoil, error):
    optimizer = KINDS["adam"](model().parameters())
    before = optimizer.state_dict()
    state = later(before)
    spoil(state)
    with pytest.raises(error, match="Adam"):
        optimizer.load_state_dict(state)
    for key, value in optimizer.state_dict().items():
        np.testing.assert_array_equal(value, before[key])


def test_the_state_is_a_copy():
    optimizer = KINDS["adam"](model().parameters())
    optimizer.state_dict()["0.m"][:] = 7
    assert not optimizer.state_dict()["0.m"].any()
    state = later(optimizer.state_dict())
    optimizer.load_state_dict(state)
    state["0.m"][:] = 9
    assert (optimizer.state_dict()["0.m"] == 1).all() and optimizer.iterations == 1


def test_a_damaged_file_and_that_of_another_optimizer(tmp_path):
    adam, momentum = (KINDS[k](model().parameters()) for k in ("adam", "momentum"))
    path = tmp_path / "o.npz"
    momentum.save(path)
    with pytest.raises(weights.WeightsError, match="o.npz"):
        adam.load(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(weights.WeightsError, match="o.npz"):
        momentum.load(path)


def grown(work, times):
    """Bytes that `times` runs leave behind, and how many objects only the cycle collector could
    free."""
    work()
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        work()
        gc.collect()  # empties Python's free lists, which are no leak
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(times):
            work()
        cycles = gc.collect()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    return after - before, peak - before, cycles


def test_memory_is_flat_over_a_thousand_steps():
    """Each step's graph is freed with its loss, without the cycle collector, and nothing is left
    behind."""
    m = model()
    optimizer = KINDS["adam"](m.parameters())
    left, peak, cycles = grown(lambda: train(m, optimizer, 100), 10)
    assert left < 40_000, "less than an object a step"
    assert peak < 1_000_000 and cycles == 0


def test_gradients_of_gradients_leave_nothing_behind():
    f = tg.grad(lambda x: tg.grad(lambda y: (tg.tanh(y) ** 2).sum())(x).sum())
    x = np.linspace(-1, 1, 100)
    left, peak, cycles = grown(lambda: f(x), 1000)
    assert left < 40_000 and peak < 1_000_000 and cycles == 0
