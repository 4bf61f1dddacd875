"""Gradients that are clipped before a step: clipnorm, global_clipnorm, clipvalue, as in Keras and
by their formulas."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim
from tinygrad_edu.optim.clipping import clip_norm

OPTIMIZERS = [optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop]
X = np.random.default_rng(0).normal(size=(16, 3)).astype(np.float32) * 10
Y = X @ np.array([[1.0], [-2], [0.5]], np.float32)


def by_hand(gradients, clipnorm=None, global_clipnorm=None, clipvalue=None):
    if clipvalue is not None:
        return [np.clip(g, -clipvalue, clipvalue) for g in gradients]
    norm = lambda arrays: np.sqrt(sum((a**2).sum() for a in arrays))
    if clipnorm is not None:
        return [g * clipnorm / max(norm([g]), clipnorm) for g in gradients]
    return [g * global_clipnorm / max(norm(gradients), global_clipnorm) for g in gradients]


BOUNDS = [
    {name: bound}
    for name in ("clipnorm", "global_clipnorm", "clipvalue")
    for bound in (0.5, 1.0, 1e3)
]


@pytest.mark.parametrize("bound", BOUNDS, ids=str)
@pytest.mark.parametrize("make", OPTIMIZERS)
def test_a_step_is_that_of_the_clipped_gradients(make, bound):
    """Three steps, of parameters of two dtypes and several shapes."""
    rng, shapes = (
        np.random.default_rng(0),
        [((2, 3), "f8"), ((), "f8"), ((4,), "f4"), ((0,), "f8"), ((1, 2), "f4")],
    )
    sides = []
    for clips in (True, False):
        ps = [
            tg.tensor(np.ones(s), d, requires_grad=True, name=f"p{k}")
            for k, (s, d) in enumerate(shapes)
        ]
        optimizer = make(ps, learning_rate=0.1, **(bound if clips else {}))
        rng = np.random.default_rng(0)
        for _ in range(3):
            gradients = [rng.normal(size=p.shape).astype(p.dtype) for p in ps]
            for p, g in zip(ps, gradients if clips else by_hand(gradients, **bound), strict=True):
                p.grad = g.astype(p.dtype)
            optimizer.step()
        sides.append([p.numpy() for p in ps])
    for a, b in zip(*sides, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_the_figures_of_keras():
    """SGD(1.0) from 0 by gradients (3, 4) and (.3, .4), by Keras 3.15 itself."""
    for bound, expected in (
        ({"clipnorm": 1.0}, [[-0.6, -0.8], [-0.3, -0.4]]),
        ({"global_clipnorm": 1.0}, [[-0.59702235, -0.7960298], [-0.05970224, -0.07960298]]),
        ({"clipvalue": 0.5}, [[-0.5, -0.5], [-0.3, -0.4]]),
    ):
        ps = [tg.tensor(np.zeros(2, np.float32), requires_grad=True) for _ in range(2)]
        optimizer = optim.SGD(ps, learning_rate=1.0, **bound)
        ps[0].grad, ps[1].grad = np.array([3, 4], np.float32), np.array([0.3, 0.4], np.float32)
        optimizer.step()
        np.testing.assert_allclose([p.numpy() for p in ps], expected, rtol=1e-6)


@pytest.mark.parametrize("bound", BOUNDS, ids=str)
def test_fit_clips_compiled_as_it_does_plainly(bound):
    found = []
    for jit in (True, False):
        model = nn.Sequential([nn.Dense(4, "tanh"), nn.Dense(1)], seed=0)
        model.compile(optim.SGD(learning_rate=0.05, momentum=0.9, **bound), "mse")
        history = model.fit(X, Y, epochs=5, batch_size=8, verbose=0, jit=jit)
        found.append((history.history, [p.numpy().tobytes() for p in model.parameters()]))
    assert found[0] == found[1]


def test_fit_with_a_small_bound_moves_by_the_bound():
    model = nn.Sequential([nn.Dense(1, use_bias=False, input_size=3)], seed=0)
    model.compile(optim.SGD(learning_rate=1.0, global_clipnorm=0.25), "mse")
    before = model.parameters()[0].numpy()
    model.fit(X, Y, batch_size=16, verbose=0)
    assert np.linalg.norm(model.parameters()[0].numpy() - before) == pytest.approx(0.25, rel=1e-5)


@pytest.mark.parametrize("scale", [1e-30, 1e-20, 1.0, 1e25, 1e37])
def test_a_norm_whose_squares_leave_float32_is_right(scale):
    g = (np.array([3, 4]) * scale).astype(np.float32)
    clip_norm([g], scale)
    np.testing.assert_allclose(g, np.array([0.6, 0.8]) * scale, rtol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["clipnorm", "global_clipnorm"])
def test_a_norm_that_is_no_number_is_not_hidden(name, bad):
    """As in Keras: a step by what is left would look like training."""
    w = tg.tensor(np.ones(2), requires_grad=True)
    optimizer = optim.SGD([w], **{name: 1.0})
    w.grad = np.array([bad, 1.0])
    optimizer.step()
    assert np.isnan(w.numpy()).all()


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_refusals(make):
    with pytest.raises(ValueError, match="clipnorm and clipvalue are given; only one"):
        make(clipnorm=1.0, clipvalue=1.0)
    for name in ("clipnorm", "clipvalue", "global_clipnorm"):
        for bound in (0, -1.0, float("nan")):
            with pytest.raises(ValueError, match=f"{name} must be greater than 0"):
                make(**{name: bound})
        assert getattr(make(**{name: 2.0}), name) == 2.0
    with pytest.raises(TypeError, match="clip_norm"):
        make(clip_norm=1.0)
    assert make(weight_decay=None).weight_decay == 0


def test_a_bound_can_be_changed_on_the_way():
    w = tg.tensor(np.zeros(1), requires_grad=True)
    optimizer = optim.SGD([w], learning_rate=1.0)

    @tg.jit
    def step():
        optimizer.zero_grad()
        (w * 3).sum().backward()
        optimizer.step()

    step(), step()
    assert w.numpy() == -6
    optimizer.clipvalue = 1.0
    step()
    assert w.numpy() == -7
