"""When jit traces anew, and what it sees that has changed."""

from __future__ import annotations

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn, optim

SCALE = 2.0


def leaf(*values, name=None):
    return tg.tensor(np.array(values), requires_grad=True, name=name)


# What is traced anew


def test_one_trace_a_shape_a_dtype_and_a_structure():
    @tg.jit
    def f(x):
        return (x["a"] * 2 if isinstance(x, dict) else x * 2).sum()

    for _ in range(3):
        assert f(np.ones(3)).item() == 6
    assert f.traces == 1
    assert f(np.ones(4)).item() == 8 and f.traces == 2
    assert f(np.ones(3, np.float32)).dtype == np.float32 and f.traces == 3
    assert f({"a": np.ones(3)}).item() == 6 and f.traces == 4
    assert f(np.ones(3)).item() == 6 and f.traces == 4


def test_plain_values_are_frozen_and_traced_anew():
    @tg.jit
    def f(x, n, double=False):
        for _ in range(n):
            x = x * (2 if double else 3)
        return x

    assert f(np.ones(1), 2).item() == 9
    assert f(np.ones(1), 3).item() == 27
    assert f(np.ones(1), 2, double=True).item() == 4
    assert f.traces == 3
    assert f(np.ones(1), 3).item() == 27 and f.traces == 3


def test_numpy_scalars_are_inputs():
    f = tg.jit(lambda x, rate: x * rate)
    for rate in (0.5, 2.0, 3.0):
        assert f(np.ones(2), np.float64(rate)).tolist() == [rate, rate]
    assert f.traces == 1


def test_what_the_function_finds_around_itself_is_watched():
    global SCALE
    w = leaf(1.0, 2.0)

    @tg.jit
    def f(x):
        return (x * w * SCALE).sum()

    x = np.ones(2)
    assert [f(x).item() for _ in range(3)] == [6, 6, 6]
    w = leaf(10.0, 20.0)  # another tensor under the same name
    assert f(x).item() == 60
    SCALE = 3.0
    assert f(x).item() == 90
    SCALE = 2.0
    assert f(x).item() == 60


def test_attributes_of_modules_are_watched():
    model = nn.MLP(2, 3, 1, seed=0, dtype=float)
    f = tg.jit(lambda x: model(x))
    x = np.ones((4, 2))
    f(x), f(x)
    model.layers[0].activation = tg.tanh
    np.testing.assert_array_equal(f(x).numpy(), model(x).numpy())
    model.layers[1].weight = leaf([5.0], [5.0], [5.0])
    np.testing.assert_array_equal(f(x).numpy(), model(x).numpy())
    model.layers.append(nn.Activation("sigmoid"))
    np.testing.assert_array_equal(f(x).numpy(), model(x).numpy())
    model.layers[0].weight.requires_grad = False
    y = f(x)
    y.sum().backward()
    assert model.layers[0].weight.grad is None and model.layers[1].weight.grad is not None


# What is seen


def test_a_captured_tensor_that_changed_is_seen():
    w = leaf(1.0, 2.0)
    f = tg.jit(lambda x: (x * w).sum())
    x = np.ones(2)
    assert [f(x).item(), f(x).item()] == [3, 3]
    w.data[0] = 5  # behind the graph's back
    assert f(x).item() == 7
    w.data = [1.0, 1.0]
    assert f(x).item() == 2
    with tg.no_grad():
        w[1] = 7
    assert f(x).item() == 8


def test_a_captured_array_that_changed_is_seen():
    data = np.array([1.0, 2.0])
    f = tg.jit(lambda x: (x * data).sum())
    x = tg.tensor([1.0, 1.0])
    assert [f(x).item() for _ in range(3)] == [3, 3, 3]
    data[0] = 10
    assert f(x).item() == 12


def test_parameters_that_an_optimizer_lays_out_anew():
    w = leaf(1.0, 2.0)
    f = tg.jit(lambda x: (x * w).sum())
    f(np.ones(2)), f(np.ones(2))
    opt = optim.SGD([w], learning_rate=1.0)
    loss = f(np.ones(2))
    loss.backward()
    opt.step()
    assert f(np.ones(2)).item() == 1


def test_gradients_accumulate_unless_set_to_none():
    w = leaf(1.0, 2.0)

    @tg.jit
    def f(x):
        (x * w).sum().backward()

    for k in range(1, 6):
        f(np.ones(2))
        assert w.grad.tolist() == [k, k]
    w.grad = None
    f(np.ones(2))
    assert w.grad.tolist() == [1, 1]


def test_a_gradient_handed_out_does_not_change_later():
    w = leaf(1.0, 2.0)

    @tg.jit
    def f(x):
        w.grad = None
        loss = (x * w).sum()
        loss.backward()
        return loss

    f(np.ones(2)), f(np.ones(2))
    before = w.grad
    f(np.full(2, 5.0))
    assert before.tolist() == [1, 1] and w.grad.tolist() == [5, 5]


def test_results_do_not_share_memory_with_later_ones():
    f = tg.jit(lambda x: tg.exp(x * 2) + 1)
    x = np.ones((64, 64))  # large enough for buffers
    for make in (np.array, tg.tensor):
        f(make(x))
        a = f(make(x))
        kept = np.array(a)
        f(make(x * 3))
        np.testing.assert_array_equal(np.asarray(a), kept)
