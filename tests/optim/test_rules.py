"""Optimizers: against textbook recurrences, the one buffer, and numbers that must not be
subnormal."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim

SHAPES = [(3, 2), (2,), (), (0,), (1, 4)]
decay = lambda step: 0.1 / (1 + step)


def parameters(dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    return [
        tg.tensor(rng.normal(size=s), dtype, requires_grad=True, name=f"p{k}")
        for k, s in enumerate(SHAPES)
    ]


def weight(*values, dtype=float, name="w"):
    return tg.tensor(np.array(values), dtype, requires_grad=True, name=name)


# Textbook recurrences, for one array, written from the papers and Keras' documentation


def sgd(w, gradients, rate=lambda t: 0.01, momentum=0.0, nesterov=False):
    velocity = np.zeros_like(w)
    for t, g in enumerate(gradients):
        velocity = momentum * velocity - rate(t) * g
        w = w + (momentum * velocity - rate(t) * g if nesterov else velocity)
    return w


def adam(w, gradients, rate=lambda t: 0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(gradients):
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        alpha = rate(t) * np.sqrt(1 - beta_2 ** (t + 1)) / (1 - beta_1 ** (t + 1))
        w = w - alpha * m / (np.sqrt(v) + epsilon)
    return w


@pytest.mark.parametrize(
    "make, textbook",
    [
        (optim.SGD, sgd),
        (lambda p: optim.SGD(p, learning_rate=0.3), lambda w, g: sgd(w, g, lambda t: 0.3)),
        (
            lambda p: optim.SGD(p, learning_rate=0.1, momentum=0.9),
            lambda w, g: sgd(w, g, lambda t: 0.1, 0.9),
        ),
        (
            lambda p: optim.SGD(p, learning_rate=0.1, momentum=0.9, nesterov=True),
            lambda w, g: sgd(w, g, lambda t: 0.1, 0.9, True),
        ),
        (
            lambda p: optim.SGD(p, learning_rate=0.1, nesterov=True),
            lambda w, g: sgd(w, g, lambda t: 0.1),
        ),
        (
            lambda p: optim.SGD(p, learning_rate=decay, momentum=0.5),
            lambda w, g: sgd(w, g, decay, 0.5),
        ),
        (optim.Adam, adam),
        (lambda p: optim.Adam(p, learning_rate=decay), lambda w, g: adam(w, g, decay)),
        (
            lambda p: optim.Adam(p, learning_rate=0.1, beta_1=0.5, beta_2=0.6, epsilon=1e-2),
            lambda w, g: adam(w, g, lambda t: 0.1, 0.5, 0.6, 1e-2),
        ),
        (
            lambda p: optim.Adam(p, beta_1=0.0, beta_2=0.0),
            lambda w, g: adam(w, g, beta_1=0.0, beta_2=0.0),
        ),
    ],
    ids=[
        "sgd",
        "rate",
        "momentum",
        "nesterov",
        "nesterov-0",
        "schedule",
        "adam",
        "adam-schedule",
        "adam-all",
        "adam-0",
    ],
)
@pytest.mark.parametrize("steps", [50, 200])
def test_textbook(make, textbook, steps):
    ps, rng = parameters(), np.random.default_rng(1)
    starts = [p.numpy() for p in ps]
    optimizer = make(ps)
    gradients = [[rng.normal(size=s) for s in SHAPES] for _ in range(steps)]
    for row in gradients:
        optimizer.zero_grad()
        sum(((p * g).sum() for p, g in zip(ps, row, strict=True)), start=tg.tensor(0.0)).backward()
        optimizer.step()
    for k, p in enumerate(ps):
        np.testing.assert_allclose(
            p.data, textbook(starts[k], [row[k] for row in gradients]), rtol=1e-12, atol=1e-12
        )
    assert optimizer.iterations == steps


def test_the_rate_is_a_function_of_the_step_from_zero():
    seen = []
    optimizer = optim.SGD([w := weight(1.0)], learning_rate=lambda t: seen.append(t) or 0.5)
    for _ in range(3):
        w.grad = np.ones(1)
        optimizer.step()
    assert seen == [0, 1, 2]
    assert w.data.tolist() == [-0.5]


def test_the_rate_can_be_changed_on_the_way():
    optimizer = optim.SGD([w := weight(1.0)], learning_rate=1.0)
    w.grad = np.ones(1)
    optimizer.step()
    optimizer.learning_rate = 0.25
    optimizer.step()
    assert w.data.tolist() == [-0.25]


# One buffer


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam])
def test_parameters_become_views_of_one_buffer_and_keep_their_values(make):
    ps = parameters()
    before, identity = [p.numpy() for p in ps], [id(p) for p in ps]
    optimizer = make(ps)
    (flat,) = optimizer.groups
    assert flat.values.shape == (sum(p.size for p in ps),)
    for p, value in zip(ps, before, strict=True):
        assert p.data.tobytes() == value.tobytes()
        assert p.shape == value.shape
        assert p.size == 0 or np.shares_memory(p.data, flat.values)
    flat.values[:] = 7
    assert all((p.data == 7).all() for p in ps)
    assert [id(p) for p in ps] == identity
    sum(((p * 3).sum() for p in ps), start=tg.tensor(0.0)).backward()
    assert (flat.gradients == 3).all()
    assert all(
        p._grad is p.attached.buffer and (p.size == 0 or np.shares_memory(p._grad, flat.gradients))
        for p in ps
    )


def test_odd_memory_keeps_its_values():
    base = np.arange(12.0).reshape(3, 4)
    ps = [
        tg.tensor(a, requires_grad=True, copy=False)
        for a in (base.T, base[::2, ::-1], np.asfortranarray(base))
    ]
    frozen = base.copy()
    frozen.flags.writeable = False
    ps.append(tg.tensor(frozen, requires_grad=True, copy=False))
    before = [p.numpy() for p in ps]
    optimizer = optim.SGD(ps, learning_rate=1.0)
    for p, value in zip(ps, before, strict=True):
        np.testing.assert_array_equal(p.data, value)
        p.grad = np.ones(p.shape)
    optimizer.step()
    for p, value in zip(ps, before, strict=True):
        np.testing.assert_array_equal(p.data, value - 1)


def test_mixed_dtypes():
    a, b, c = (
        weight(1.0, 2.0, dtype="f4", name="a"),
        weight(3.0, name="b"),
        weight(4.0, dtype="f4", name="c"),
    )
    optimizer = optim.Adam([a, b, c], learning_rate=0.1)
    assert [p.dtype for p in (a, b, c)] == [np.float32, np.float64, np.float32]
    assert len(optimizer.groups) == 2
    for _ in range(3):
        optimizer.zero_grad()
        ((a * a).sum() + (b * b).sum() + (c * c).sum()).backward()
        optimizer.step()
    assert (
        [p.dtype for p in (a, b, c)]
        == [p.grad.dtype for p in (a, b, c)]
        == [np.float32, np.float64, np.float32]
    )
    single = weight(3.0)
    alone = optim.Adam([single], learning_rate=0.1)
    for _ in range(3):
        alone.zero_grad()
        (single * single).sum().backward()
        alone.step()
    assert b.data == single.data
    np.testing.assert_allclose([*a.data, *c.data], [0.7, 1.7, 3.7], atol=0.01)


def test_a_parameter_named_twice_is_updated_once():
    w = weight(1.0)
    optimizer = optim.SGD([w, w], learning_rate=1.0)
    w.grad = np.ones(1)
    optimizer.step()
    assert w.data.tolist() == [0]


def test_gradients_found_before_binding_count():
    w = weight(1.0)
    (w * 5).sum().backward()
    optimizer = optim.SGD([w], learning_rate=1.0)
    (w * 2).sum().backward()
    optimizer.step()
    assert w.data.tolist() == [-6]


def test_two_backwards_are_a_sum_and_zero_grad_starts_anew():
    w = weight(1.0, 2.0)
    optimizer = optim.SGD([w], learning_rate=1.0)
    (w * 3).sum().backward()
    (w * w).sum().backward()
    assert w.grad.tolist() == [5, 7]
    optimizer.step()
    assert w.data.tolist() == [-4, -5]
    optimizer.zero_grad()
    assert w.grad is None
    (w * 3).sum().backward()
    assert w.grad.tolist() == [3, 3]


# Gradients of one's own


def test_an_assigned_gradient_is_used():
    w, v = weight(1.0, 2.0), weight(3.0, name="v")
    optimizer = optim.SGD([w, v], learning_rate=1.0)
    (w.sum() + v.sum()).backward()
    w.grad = np.array([10.0, 20.0])
    v.grad *= 5  # clipping in place
    optimizer.step()
    assert (w.data.tolist(), v.data.tolist()) == ([-9, -18], [-2])
    optimizer.step()
    assert w.data.tolist() == [-19, -38]


def test_exchanged_gradients():
    w, v = weight(0.0), weight(0.0, name="v")
    optimizer = optim.SGD([w, v], learning_rate=1.0)
    (w * 1 + v * 2).sum().backward()
    w.grad, v.grad = v.grad, w.grad
    optimizer.step()
    assert (w.data.tolist(), v.data.tolist()) == ([-2], [-1])


@pytest.mark.parametrize("g", [np.ones(3), np.ones(()), np.ones((1, 3)), 1.0])
def test_a_gradient_of_another_shape_is_refused(g):
    w = tg.tensor(np.zeros((2, 3)), requires_grad=True, name="w")
    optimizer = optim.SGD([w])
    w.grad = g
    with pytest.raises(ValueError, match="'w'"):
        optimizer.step()


def test_a_missing_gradient_is_named_and_nothing_is_updated():
    used, unused = weight(1.0, name="used"), weight(1.0, dtype="f4", name="unused")
    optimizer = optim.Adam([used, unused])
    (used * 2).sum().backward()
    with pytest.raises(RuntimeError, match=r"'unused' f32\[1\] has no gradient"):
        optimizer.step()
    assert used.data.tolist() == [1]
    assert optimizer.iterations == 0


# Refusals


def test_the_first_argument_is_not_the_rate():
    for make in (optim.SGD, optim.Adam):
        with pytest.raises(
            TypeError, match=rf"argument is the parameters; write {make.__name__}\(learning_rate="
        ):
            make(0.01)
        with pytest.raises(TypeError):
            make([weight(1.0)], 0.01)


@pytest.mark.parametrize(
    "call, error, word",
    [
        (lambda: optim.SGD([]), ValueError, "no parameter"),
        (
            lambda: optim.Adam(nn.MLP(2, 1)),
            TypeError,
            r"not MLP; write Adam\(model\.parameters\(\)\)",
        ),
        (lambda: optim.SGD([{"params": [weight(1.0)]}]), TypeError, "several optimizers"),
        (lambda: optim.SGD([np.ones(2)]), TypeError, "takes tensors"),
        (lambda: optim.SGD([tg.tensor([1.0])]), ValueError, "no parameter"),
        (lambda: optim.SGD([weight(1.0) * 2]), ValueError, "leaves only"),
        (lambda: optim.SGD([weight(1.0)], learning_rate=-1), ValueError, "at least 0"),
        (lambda: optim.SGD([weight(1.0)], learning_rate=float("nan")), ValueError, "nan"),
        (
            lambda: optim.SGD([weight(1.0)], momentum=1.0),
            ValueError,
            r"momentum must be in \[0, 1\)",
        ),
        (lambda: optim.Adam([weight(1.0)], beta_2=1.0), ValueError, "beta_2"),
        (lambda: optim.Adam([weight(1.0)], beta_1=-0.1), ValueError, "beta_1"),
        (
            lambda: optim.SGD().step(),
            RuntimeError,
            r"no parameters; write SGD\(model\.parameters\(\)\)",
        ),
        (lambda: optim.get_optimizer("adamax"), ValueError, "known: sgd, adam"),
        (lambda: optim.get_optimizer(optim.Adam), ValueError, "unknown optimizer"),
    ],
)
def test_refusals(call, error, word):
    with pytest.raises(error, match=word):
        call()


def test_names_are_keras_and_new_each_time():
    assert isinstance(optim.get_optimizer("SGD"), optim.SGD)
    assert optim.get_optimizer("adam") is not optim.get_optimizer("adam")
    assert (optim.Adam().learning_rate, optim.SGD().learning_rate) == (0.001, 0.01)


def test_a_failed_binding_changes_nothing():
    w = weight(1.0)
    optimizer = optim.SGD([w], learning_rate=1.0)
    with pytest.raises(ValueError, match="leaves only"):
        optimizer.bind([w, w * 2])
    w.grad = np.ones(1)
    optimizer.step()
    assert w.data.tolist() == [0]


# The graph after a step


@pytest.mark.parametrize(
    "loss",
    [lambda w: (w * w).sum(), lambda w: (w.reshape(-1) ** 2).sum(), lambda w: (w[:1] ** 3).sum()],
    ids=["square", "view", "slice"],
)
def test_a_graph_from_before_the_step_is_stale(loss):
    w = weight(1.0, 2.0)
    optimizer = optim.SGD([w], learning_rate=0.5)
    y = loss(w)
    y.backward()
    optimizer.step()
    before = w.grad.tolist()
    with pytest.raises(tg.StaleGraphError, match="changed in place"):
        y.backward()
    assert w.grad.tolist() == before


def test_a_graph_from_before_binding_is_fine():
    w = weight(1.0, 2.0)
    y = (w * w).sum()
    optimizer = optim.SGD([w], learning_rate=0.5)
    y.backward()
    optimizer.step()
    assert w.data.tolist() == [0, 0]


# Subnormal numbers


@pytest.mark.parametrize(
    "make, names", [(optim.Adam, "mv"), (lambda p: optim.SGD(p, momentum=0.9), "v")]
)
def test_no_subnormals_after_gradients_vanish(make, names):
    """Weights of pixels that turn black: the moments fall by a tenth a step, and must end at 0, not
    among the subnormals, where arithmetic is many times slower."""
    rng = np.random.default_rng(0)
    w = tg.tensor(rng.normal(size=64), np.float32, requires_grad=True)
    optimizer, exact = make([w]), w.numpy().astype(np.float64)
    live, gradients = np.arange(64) < 32, []
    tiny = np.finfo(np.float32).tiny
    for step in range(2050):
        g = (rng.normal(size=64) * 10.0 ** rng.integers(-3, 3, 64)).astype(np.float32) * (
            live | (step < 50)
        )
        gradients.append(g.astype(np.float64))
        w.grad = g
        optimizer.step()
        for name in names:
            moment = np.abs(optimizer.state[0][name])
            assert not ((moment > 0) & (moment < tiny)).any(), f"{name} is subnormal at step {step}"
    assert not optimizer.state[0][names[0]][~live].any()
    assert optimizer.state[0][names[0]][live].all()
    textbook = adam if names == "mv" else lambda w, g: sgd(w, g, momentum=0.9)
    np.testing.assert_allclose(w.data, textbook(exact, gradients), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scale", [1e-12, 1e-4, 1.0, 1e6])
def test_adams_step_does_not_depend_on_the_gradients_scale(scale):
    """float32 against the textbook in float64: the scaled moments neither overflow nor are flushed
    while they count."""
    w = tg.tensor(np.ones(8), np.float32, requires_grad=True)
    optimizer, rng, gradients = optim.Adam([w]), np.random.default_rng(0), []
    for _ in range(300):
        w.grad = (scale * rng.normal(1, 1, 8)).astype(np.float32)
        gradients.append(w.grad.astype(np.float64))
        optimizer.step()
    np.testing.assert_allclose(w.data, adam(np.ones(8), gradients), rtol=2e-5)


def test_flush_leaves_what_counts():
    moment = np.array([1e-10, -1e-29, 1e-31, -1e-40, 0.0], np.float32)
    optim.flush(moment)
    np.testing.assert_array_equal(moment, np.array([1e-10, -1e-29, 0, 0, 0], np.float32))


def test_a_model_on_one_buffer_learns_as_a_model_on_many():
    """The same 20 steps by hand on separate arrays."""
    x, model = (
        np.random.default_rng(0).normal(size=(8, 3)),
        nn.MLP(3, 4, 2, dtype=np.float64, seed=0),
    )
    by_hand = [p.numpy() for p in model.parameters()]
    optimizer = optim.SGD(model.parameters(), learning_rate=0.1)
    for _ in range(20):
        W, c, V, b = by_hand
        h = np.maximum(x @ W + c, 0)
        dy = 2 * (h @ V + b - x[:, :2]) / 16
        dz = (dy @ V.T) * (h > 0)
        by_hand = [
            p - 0.1 * g
            for p, g in zip(by_hand, (x.T @ dz, dz.sum(0), h.T @ dy, dy.sum(0)), strict=True)
        ]
        optimizer.zero_grad()
        tg.mse(model(x), x[:, :2]).backward()
        optimizer.step()
    for p, value in zip(model.parameters(), by_hand, strict=True):
        np.testing.assert_allclose(p.data, value, rtol=1e-12, atol=1e-14)
