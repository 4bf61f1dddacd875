"""What a jitted function returns: results that go on into graphs, transforms, losses and
threads."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn


def leaf(*values, name=None):
    return tg.tensor(np.array(values), requires_grad=True, name=name)


def test_no_grad_inside_and_outside():
    w = leaf(2.0)

    @tg.jit
    def f(x):
        with tg.no_grad():
            c = w * 3
        return (c * w * x).sum()

    x = np.ones(1)
    for _ in range(3):
        w.grad = None
        f(x).backward()
        assert w.grad.tolist() == [6]
    with tg.no_grad():
        assert not f(x).requires_grad
        assert not f(x).requires_grad
    assert f(x).requires_grad


def test_several_results_in_a_structure():
    w = leaf(1.0, 2.0)
    f = tg.jit(lambda x: {"y": x * w, "both": [(w * w).sum(), None], "word": "kept"})
    for _ in range(3):
        out = f(np.array([3.0, 4.0]))
        assert (
            out["y"].numpy().tolist() == [3, 8] and out["both"][1] is None and out["word"] == "kept"
        )
        w.grad = None
        (out["y"].sum() + 10 * out["both"][0]).backward()
        assert w.grad.tolist() == [23, 44]


def test_a_graph_goes_on_before_and_after():
    a = leaf(2.0, 3.0)
    f = tg.jit(lambda x: tg.tanh(x) * x)
    for _ in range(3):
        grads = []
        for g in (f, f.f):
            a.grad = None
            (g(a * a) ** 2).sum().backward()
            grads.append(a.grad)
        assert grads[0].tolist() == grads[1].tolist()


def test_derivatives_of_a_jitted_function_to_any_order():
    f = tg.jit(lambda x: (tg.tanh(x) * x).sum())
    x = np.array([0.3, -0.7])
    f(x), f(x)
    for derive in (
        tg.grad,
        tg.hessian,
        lambda g: tg.grad(lambda x: tg.grad(g)(x).sum()),
        lambda g: tg.grad(lambda x: tg.hessian(g)(x).sum()),
    ):
        np.testing.assert_allclose(derive(f)(x), derive(f.f)(x), rtol=1e-12)


def test_a_jitted_derivative():
    def f(x, p):
        return (tg.sin(x * p["a"]) ** 2).sum() + p["b"] ** 3

    x, p = np.array([0.3, -0.7]), {"a": np.array([1.0, 2.0]), "b": np.array(2.0)}
    plain, compiled = tg.value_and_grad(f, 1), tg.jit(tg.value_and_grad(f, 1))
    second = tg.jit(tg.hessian(lambda x: f(x, p)))
    for _ in range(3):
        (v, g), (w, h) = plain(x, p), compiled(x, p)
        assert v.item() == w.item() and all(np.array_equal(g[k], h[k]) for k in p)
        np.testing.assert_array_equal(second(x), tg.hessian(lambda x: f(x, p))(x))


def test_jitted_inside_jitted_and_as_a_method():
    class Model:
        def __init__(self):
            self.w = leaf(2.0)

        @tg.jit
        def twice(self, x):
            return x * self.w * 2

    m, n = Model(), Model()
    n.w = leaf(5.0)
    outer = tg.jit(lambda x: m.twice(x) + 1)
    for _ in range(3):
        assert m.twice(np.ones(1)).item() == 4 and n.twice(np.ones(1)).item() == 10
        assert outer(np.ones(1)).item() == 5


def test_one_tensor_twice():
    a, b = leaf(2.0), leaf(5.0)
    f = tg.jit(lambda x, y: (x * x * y).sum())
    for _ in range(2):
        for x, y, gx, gy in ((a, a, 12.0, 12.0), (a, b, 20.0, 4.0)):
            a.grad = b.grad = None
            f(x, y).backward()
            assert x.grad.tolist() == [gx] and y.grad.tolist() == [gy]


def test_losses_still_find_the_logits_behind_a_jitted_output_unit():
    z = leaf([1000.0, -1000.0], name="z")
    f = tg.jit(lambda z: tg.softmax(z))
    for _ in range(3):
        z.grad = None
        loss = tg.cross_entropy(f(z), np.array([1]))
        assert loss.item() == 2000
        loss.backward()
        assert z.grad.tolist() == [[1, -1]]


def test_changing_what_backward_needs_is_an_error():
    w = leaf(2.0)
    f = tg.jit(lambda x: (x * w * w).sum())
    f(np.ones(1))
    loss = f(np.ones(1))
    w.data = [3.0]
    with pytest.raises(tg.StaleGraphError, match="changed in place"):
        loss.backward()


def test_each_of_two_live_results_has_its_own_numbers():
    w = leaf(2.0)
    f = tg.jit(lambda x: tg.exp(x * w).sum())
    f(np.ones(1))
    a, b = f(np.array([1.0])), f(np.array([2.0]))
    a.backward()
    first = w.grad.copy()
    w.grad = None
    b.backward()
    np.testing.assert_allclose([first, w.grad], [[np.exp(2.0)], [2 * np.exp(4.0)]])


def test_threads():
    w = leaf(*np.linspace(-1, 1, 5000))
    f = tg.jit(lambda x: (tg.tanh(x * w) ** 2).sum())
    xs = [np.linspace(0, k + 1, 5000) for k in range(4)]
    expected = [f.f(x).item() for x in xs]
    f(xs[0])
    wrong = []

    def many(k):
        for _ in range(50):
            if f(xs[k]).item() != expected[k]:
                wrong.append(k)

    threads = [threading.Thread(target=many, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_dropout_draws_at_every_call():
    sides = []
    for wrapped in (lambda f: f, tg.jit):
        layer, w = nn.Dropout(0.5, seed=3), leaf(*np.ones(50))
        f = wrapped(lambda layer=layer, w=w: layer(w, training=True).sum())
        values = []
        for _ in range(6):
            w.grad = None
            loss = f()
            loss.backward()
            values += [loss.item(), w.grad.sum()]
        sides.append(values)
    assert sides[0] == sides[1] and len(set(sides[0])) > 3


def test_those_who_want_to_see_every_operation_do():
    f = tg.jit(lambda x: tg.log(x) * 2)
    f(np.ones(1)), f(np.ones(1))
    with tg.record_everything():
        assert f(tg.tensor([1.0])).op.name == "mul"
    with tg.detect_anomaly(), pytest.raises(tg.AnomalyError, match="log"):
        f(tg.tensor([-1.0]))


def test_no_warning_is_lost_and_none_is_new():
    f = tg.jit(lambda x: tg.log(x))
    f(np.ones(3))
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        f(np.zeros(3))
    g = tg.jit(lambda z: tg.cross_entropy(z, np.array([0])))
    g(np.zeros((1, 2))), g(np.zeros((1, 2)))
    with np.errstate(all="raise"):
        assert g(np.array([[-1e30, 1e30]])).item() == 2e30


def test_the_traced_run_is_let_go():
    """A program keeps none of the numbers that it was traced with."""
    w = leaf(*np.linspace(0, 1, 1234))
    f = tg.jit(lambda x: (tg.exp(x * w) ** 2).sum())
    f(np.ones(1234)).backward()
    gc.collect()
    alive = [x for x in gc.get_objects() if isinstance(x, tg.Tensor) and x.shape == (1234,)]
    assert len(alive) == 1 and alive[0] is w
    w.grad = None
    f(np.ones(1234)).backward()
    np.testing.assert_allclose(w.grad, 2 * np.exp(2 * w.numpy()))
