"""What a jitted function does beside computing: gradients, writes, optimizers' steps."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim


def leaf(*values, name=None):
    return tg.tensor(np.array(values), requires_grad=True, name=name)


def test_descent_written_by_hand():
    """w ← w - rate·dL/dw through .data, as one writes it without an optimizer."""
    w, twin = leaf(1.0, 2.0), leaf(1.0, 2.0)

    def step(w, x):
        w.grad = None
        loss = ((x * w - 1) ** 2).sum()
        loss.backward()
        w.data = w.data - 0.1 * w.grad
        return loss

    compiled = tg.jit(lambda x: step(w, x))
    x = np.array([1.0, 3.0])
    for _ in range(5):
        assert compiled(x).item() == step(twin, x).item()
        assert w.data.tolist() == twin.data.tolist()
    assert "w[...] = " in compiled.source


def test_what_reads_a_parameter_after_its_update_sees_the_new_one():
    w, twin = leaf(1.0, 2.0), leaf(1.0, 2.0)

    def step(w, x):
        before = (w * x).sum()
        with tg.no_grad():
            w[...] = w * 2
            w[0] = 7.0
        return before, (w * x).sum()

    compiled = tg.jit(lambda x: step(w, x))
    for _ in range(4):
        got, expected = compiled(np.ones(2)), step(twin, np.ones(2))
        assert [v.item() for v in got] == [v.item() for v in expected]


@pytest.mark.parametrize(
    "make",
    [
        lambda p: optim.SGD(p, learning_rate=0.1),
        lambda p: optim.SGD(p, learning_rate=0.1, momentum=0.9),
        lambda p: optim.SGD(p, learning_rate=0.1, momentum=0.9, nesterov=True),
        lambda p: optim.Adam(p),
        lambda p: optim.Adam(p, learning_rate=lambda k: 0.1 / (k + 1)),
    ],
)
def test_whole_training_steps(make):
    """200 steps, over many flushes: parameters, moments and losses to the bit."""
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    sides = []
    for wrapped in (lambda f: f, tg.jit):
        model = nn.MLP(3, 16, 2, seed=1, activation="tanh", dtype=float)
        opt = make(model.parameters())

        def step(x, t, model=model, opt=opt):
            opt.zero_grad()
            loss = tg.mse(model(x), t)
            loss.backward()
            opt.step()
            return loss

        run = wrapped(step)
        losses = [run(x, t).item() for _ in range(200)]
        sides.append(
            (
                losses,
                [p.numpy() for p in model.parameters()],
                opt.state_dict(),
                [p.grad for p in model.parameters()],
            )
        )
    (a, b) = sides
    assert a[0] == b[0]
    for x, y in zip(a[1] + a[3], b[1] + b[3], strict=True):
        np.testing.assert_array_equal(x, y)
    assert a[2].keys() == b[2].keys() and all(np.array_equal(a[2][k], b[2][k]) for k in a[2])


def test_options_of_an_optimizer_are_seen():
    w = leaf(1.0)
    opt = optim.SGD([w], learning_rate=0.5)

    @tg.jit
    def step():
        opt.zero_grad()
        w.sum().backward()
        opt.step()

    step(), step()
    assert w.data.tolist() == [0]
    opt.learning_rate = 2.0
    step()
    assert w.data.tolist() == [-2]
    w.requires_grad = False
    with pytest.raises(RuntimeError, match="requires a gradient"):
        step()
    assert w.data.tolist() == [-2]


def test_a_frozen_parameter_stays():
    w, b = leaf(1.0), leaf(1.0)
    opt = optim.SGD([w, b], learning_rate=0.5, momentum=0.9)

    @tg.jit
    def step():
        opt.zero_grad()
        (w * b).sum().backward()
        opt.step()

    step(), step()
    b.requires_grad = False
    before = b.numpy()
    step(), step()
    assert b.numpy() == before and w.numpy() != 1


def test_gradients_of_arguments_set_inside():
    a = leaf(2.0)

    @tg.jit
    def f(x):
        (x * x).sum().backward()

    for _ in range(3):
        a.grad = None
        f(a)
        assert a.grad.tolist() == [4]
    f(a)
    assert a.grad.tolist() == [8]


def test_one_gradient_for_two_parameters():
    """dL/da and dL/db are one array in the program, and each parameter's place gets it."""
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    opt = optim.SGD([a, b], learning_rate=0.5)

    @tg.jit
    def step():
        opt.zero_grad()
        ((a + b) ** 2).sum().backward()
        opt.step()

    twin, other = leaf(1.0, 2.0), leaf(3.0, 4.0)
    eager = optim.SGD([twin, other], learning_rate=0.5)
    for _ in range(3):
        step()
        eager.zero_grad()
        ((twin + other) ** 2).sum().backward()
        eager.step()
        assert (
            a.numpy().tolist() == twin.numpy().tolist()
            and b.numpy().tolist() == other.numpy().tolist()
        )


def test_a_view_of_what_is_written_sees_it():
    def f(w):
        before = w * 2
        with tg.no_grad():
            w[0] = w[0] + 1
        return before, w * 2

    w, twin = leaf(1.0, 2.0), leaf(1.0, 2.0)
    g = tg.jit(lambda: f(w))
    for _ in range(4):
        assert [v.numpy().tolist() for v in g()] == [v.numpy().tolist() for v in f(twin)]


def test_a_view_made_before_a_write_sees_it():
    def f(w):
        view = w[1:]
        before = view * 2
        with tg.no_grad():
            w[1] = w[1] + 10
        return before, view * 2

    w, twin = leaf(1.0, 2.0), leaf(1.0, 2.0)
    g = tg.jit(lambda: f(w))
    for _ in range(4):
        assert [v.numpy().tolist() for v in g()] == [v.numpy().tolist() for v in f(twin)]


def test_a_second_optimizer_takes_over():
    w = leaf(1.0, 2.0)
    optim.SGD([w], learning_rate=0.5)

    @tg.jit
    def f():
        w.grad = None
        (w * w).sum().backward()

    f(), f()
    second = optim.SGD([w], learning_rate=0.5)
    f()
    second.step()
    assert w.numpy().tolist() == [0, 0]


def test_a_compiled_update_makes_old_graphs_stale():
    w = leaf(1.0, 2.0)
    opt = optim.SGD([w], learning_rate=0.5)

    @tg.jit
    def step():
        opt.zero_grad()
        (w * w).sum().backward()
        opt.step()

    step(), step()
    old = (w * w).sum()
    step()
    with pytest.raises(tg.StaleGraphError):
        old.backward()
