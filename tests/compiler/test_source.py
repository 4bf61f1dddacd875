"""The program as it is read, and as it runs."""

from __future__ import annotations

import numpy as np

import tinygrad_edu as tg


def leaf(*values, name=None):
    return tg.tensor(np.array(values), requires_grad=True, name=name)


def test_the_source_of_the_lectures_network_is_backpropagation_as_one_writes_it():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    t = np.array([[0.0], [1.0], [1.0], [0.0]])
    W, c = tg.tensor(np.ones((2, 2)), requires_grad=True, name="W"), leaf(0.0, -1.0, name="c")
    w, b = tg.tensor([[1.0], [-2.0]], requires_grad=True, name="w"), leaf(0.0, name="b")

    @tg.jit
    def step(x, t):
        h = tg.relu(x @ W + c)
        loss = tg.mse(h @ w + b, t)
        loss.backward()
        return loss

    step(x, t)
    lines = [
        line.strip() if line.strip().startswith("#") else line.split("  #")[0].strip()
        for line in step.source.splitlines()
    ]
    assert lines == [
        "def step(x, t, W, c, w, b):",
        "# forward",
        "add = x @ W + c",
        "relu = np.maximum(add, 0)",
        "add_2 = relu @ w + b",
        "difference = add_2 - t",
        "loss = np.mean(difference ** 2)",
        "",
        "# backward",
        "g_add_2 = 0.5 * difference",
        "g_b = np.sum(g_add_2, axis=(0,))",
        "g_relu = g_add_2 @ w.mT",
        "g_w = relu.mT @ g_add_2",
        "g_add = np.where(add > 0, g_relu, 0)",
        "g_c = np.sum(g_add, axis=(0,))",
        "g_W = x.mT @ g_add",
        "return loss, g_b, g_w, g_c, g_W",
    ]
    space = {"np": np}
    exec(step.source, space)
    loss, g_b, g_w, g_c, g_W = space["step"](x, t, W.numpy(), c.numpy(), w.numpy(), b.numpy())
    for p, g in ((W, g_W), (c, g_c), (w, g_w), (b, g_b)):
        np.testing.assert_array_equal(p.grad, g)


def test_a_choice_is_written_over_what_it_chooses_from():
    """np.where into the memory of its first branch, which nobody reads any more."""
    mask, x = np.arange(4096) % 3 == 0, np.linspace(-1, 1, 4096)
    f = tg.jit(lambda x, mask: tg.where(mask, x * 2, 0.5) + 1)
    for _ in range(3):
        np.testing.assert_array_equal(f(tg.tensor(x), mask).numpy(), np.where(mask, x * 2, 0.5) + 1)
    assert "where=~" in f.program
