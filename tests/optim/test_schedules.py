"""Schedules, weight decay, RMSprop and the callbacks that change the rate: against their formulas,
written in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim, schedules
from tinygrad_edu.callbacks import LearningRateScheduler, ReduceLROnPlateau, TerminateOnNaN

X = np.random.default_rng(0).normal(size=(16, 3)).astype(np.float32)
Y = X @ np.array([[1.0], [-2], [0.5]], np.float32)


@pytest.mark.parametrize(
    "schedule, steps, expected",
    [
        (schedules.ExponentialDecay(1.0, 10, 0.5), [0, 5, 10, 25], [1, 0.5**0.5, 0.5, 0.5**2.5]),
        (
            schedules.ExponentialDecay(1.0, 10, 0.5, staircase=True),
            [0, 9, 10, 25],
            [1, 1, 0.5, 0.25],
        ),
        (schedules.PolynomialDecay(1.0, 10, 0.2), [0, 5, 10, 99], [1, 0.6, 0.2, 0.2]),
        (schedules.PolynomialDecay(1.0, 10, 0.0, power=2), [5], [0.25]),
        (schedules.CosineDecay(1.0, 10), [0, 5, 10, 99], [1, 0.5, 0, 0]),
        (schedules.CosineDecay(1.0, 10, alpha=0.1), [10], [0.1]),
        (
            schedules.CosineDecay(0.0, 10, warmup_target=1.0, warmup_steps=4),
            [0, 2, 4, 9, 14],
            [0, 0.5, 1, 0.5, 0],
        ),
        (
            schedules.PiecewiseConstantDecay([2, 4], [3.0, 2.0, 1.0]),
            [0, 2, 3, 4, 5],
            [3, 3, 2, 2, 1],
        ),
    ],
)
def test_schedules(schedule, steps, expected):
    np.testing.assert_allclose([schedule(s) for s in steps], expected, atol=1e-15)


def test_pieces_must_fit():
    with pytest.raises(ValueError, match="2 boundaries have 3 values"):
        schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2])


@pytest.mark.parametrize(
    "make",
    [
        lambda n: schedules.ExponentialDecay(0.1, n, 0.5),
        lambda n: schedules.CosineDecay(0.1, n),
        lambda n: schedules.PolynomialDecay(0.1, n),
    ],
)
@pytest.mark.parametrize("steps", [0, -3])
def test_a_decay_needs_steps(make, steps):
    with pytest.raises(ValueError, match=f"decay_steps must be greater than 0, got {steps}"):
        make(steps)


@pytest.mark.parametrize("rate", [-0.1, np.nan])
@pytest.mark.parametrize("jit", [True, False])
def test_what_is_no_rate_is_refused_at_its_step(rate, jit):
    net = nn.Sequential([nn.Dense(1)], seed=0)
    net.compile(optim.SGD(learning_rate=lambda step: 0.1 if step < 2 else rate), "mse")
    with pytest.raises(ValueError, match="the learning rate of step 2 is"):
        net.fit(X, Y, batch_size=4, verbose=0, jit=jit)
    assert net.plan.optimizer.iterations == 2


def test_a_rate_in_numpys_double_keeps_float32():
    nets = []
    for kind in (float, np.float64):
        net = nn.Sequential([nn.Dense(1)], seed=0)
        net.compile(
            optim.SGD(
                learning_rate=lambda step, kind=kind: kind(0.1), momentum=0.9, weight_decay=0.1
            ),
            "mse",
        )
        net.fit(X, Y, epochs=3, batch_size=4, verbose=0)
        nets.append([p.numpy().tobytes() for p in net.parameters()])
    assert nets[0] == nets[1]


@pytest.mark.parametrize("jit", [True, False])
def test_fit_asks_the_schedule_for_every_step(jit):
    asked = []

    def schedule(step):
        asked.append(step)
        return 0.1 / (1 + step)

    net = nn.Sequential([nn.Dense(1)], seed=0)
    net.compile(optim.SGD(learning_rate=schedule), "mse")
    net.fit(X, Y, epochs=2, batch_size=4, verbose=0, jit=jit)
    assert asked == list(range(8))


def rmsprop(w, g, v, a, rate, rho, momentum, epsilon):
    v = rho * v + (1 - rho) * g * g
    step = rate * g / np.sqrt(v + epsilon)
    a = momentum * a + step
    return w - a, v, a


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_rmsprop_is_its_formula(momentum):
    w = tg.tensor([1.0, -2.0], requires_grad=True)
    opt = optim.RMSprop([w], learning_rate=0.05, rho=0.8, momentum=momentum, epsilon=1e-6)
    expected, v, a = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    for _ in range(70):
        opt.zero_grad()
        (w**4).sum().backward()
        expected, v, a = rmsprop(expected, 4 * expected**3, v, a, 0.05, 0.8, momentum, 1e-6)
        opt.step()
        np.testing.assert_allclose(w.numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam, optim.RMSprop])
def test_weight_decay_is_decoupled_from_the_gradient(make):
    """Where the gradient is 0, only the decay moves: w ← (1 - rate·decay)·w."""
    w = tg.tensor([3.0, -1.0], requires_grad=True)
    opt = make([w], learning_rate=0.1, weight_decay=0.2)
    for k in range(1, 4):
        opt.zero_grad()
        (w * 0.0).sum().backward()
        opt.step()
        np.testing.assert_allclose(w.numpy(), np.array([3.0, -1.0]) * 0.98**k)


def test_weight_decay_and_the_step_add_up():
    plain, decayed = (tg.tensor([3.0], requires_grad=True) for _ in range(2))
    for w, opt in (
        (plain, optim.Adam([plain])),
        (decayed, optim.AdamW([decayed], weight_decay=0.5)),
    ):
        (w * w).sum().backward()
        opt.step()
    assert decayed.item() == pytest.approx(plain.item() - 0.001 * 0.5 * 3)
    with pytest.raises(ValueError, match="weight_decay must be at least 0"):
        optim.SGD([plain], weight_decay=-1)


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: optim.RMSprop(momentum=0.5),
        lambda: optim.AdamW(weight_decay=0.1),
        lambda: optim.SGD(momentum=0.9, weight_decay=0.01),
        lambda: "rmsprop",
    ],
)
def test_compiled_steps_are_the_same_to_the_bit(optimizer):
    found = []
    for jit in (True, False):
        net = nn.Sequential([nn.Dense(8, "tanh"), nn.Dense(1)], seed=0)
        net.compile(optimizer(), "mse")
        net.fit(X, Y, epochs=40, batch_size=8, verbose=0, jit=jit)
        found.append([p.numpy() for p in net.parameters()])
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a, b)


def fit(callback, rate=0.1, epochs=6, y=Y):
    net = nn.Sequential([nn.Dense(1)], seed=0)
    net.compile(optim.SGD(learning_rate=rate), "mse")
    return net, net.fit(X, y, epochs=epochs, verbose=0, callbacks=[callback])


def test_a_scheduler_sets_the_rate_before_each_epoch():
    seen = []
    net, _ = fit(
        LearningRateScheduler(lambda epoch, rate: seen.append((epoch, rate)) or rate / 2),
        rate=0.8,
        epochs=3,
    )
    assert seen == [(0, 0.8), (1, 0.4), (2, 0.2)] and net.plan.optimizer.learning_rate == 0.1
    with pytest.raises(TypeError, match="compile with a number"):
        fit(LearningRateScheduler(lambda e, r: r), rate=schedules.CosineDecay(0.1, 10))


def test_a_plateau_lowers_the_rate_to_its_floor():
    net, history = fit(
        ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=1e9, min_lr=0.02), epochs=7
    )
    assert net.plan.optimizer.learning_rate == 0.02 and len(history.epoch) == 7
    with pytest.raises(ValueError, match=r"in \(0, 1\)"):
        ReduceLROnPlateau(factor=1.0)


def test_nan_ends_training():
    callback = TerminateOnNaN()
    with np.errstate(all="ignore"):
        _, history = fit(callback, rate=1e30)
    assert callback.stopped_batch is not None and len(history.epoch) < 6
