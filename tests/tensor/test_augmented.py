"""x += y: an update under no_grad(), a new tensor where a graph may need the old numbers, refused
where it would be neither."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import tinygrad_edu as tg

OPERATORS = [
    operator.iadd,
    operator.isub,
    operator.imul,
    operator.itruediv,
    operator.ipow,
    operator.ifloordiv,
    operator.imod,
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("f", OPERATORS)
@pytest.mark.parametrize("tracked", [True, False])
def test_under_no_grad_it_writes_into_the_leaf(f, dtype, tracked):
    w = alias = tg.tensor([1.5, 2.0, 3.0], dtype, requires_grad=tracked)
    memory = w._data
    with tg.no_grad():
        w = f(w, np.array([2.0, 3.0, 0.5]))
    assert (
        w is alias
        and w._data is memory
        and w.op is None
        and w.dtype == dtype
        and w.requires_grad is tracked
    )
    np.testing.assert_array_equal(
        w.numpy(), f(np.array([1.5, 2.0, 3.0], dtype), np.array([2.0, 3.0, 0.5], dtype))
    )


@pytest.mark.parametrize("f", OPERATORS)
def test_of_a_trained_leaf_it_is_refused_where_it_would_be_lost(f):
    w = tg.tensor([1.0, 2.0], requires_grad=True, name="w")
    with pytest.raises(
        RuntimeError, match=r"'w' f64\[2\] is trained.*with tg.no_grad\(\): w .*= \.\.\."
    ):
        f(w, 2.0)
    assert w.numpy().tolist() == [1, 2]


def test_a_constant_counts_on_in_a_graph():
    total = zero = tg.tensor(0.0)
    x = tg.tensor(3.0, requires_grad=True)
    total += x * x
    total += 1
    total.backward()
    assert (zero.item(), total.item(), x.grad) == (0, 10, 6)


@pytest.mark.parametrize(
    "derive",
    [
        lambda f: tg.grad(f),
        lambda f: tg.grad(lambda x: tg.grad(f)(x) * 1),
        lambda f: tg.jacobian(f),
    ],
)
def test_inside_a_transform_it_makes_a_new_tensor(derive):
    def f(x):
        x *= 3
        x += 1
        return x * x

    x = np.float64(2.0)
    expected = [42.0, 18.0, 42.0]
    assert derive(f)(tg.tensor(x)).item() in expected
    kept = tg.tensor(2.0)
    with tg.no_grad():
        tg.grad(f)(kept)
    assert kept.item() == 2


def test_what_the_graph_needed_is_known_to_have_changed():
    w = tg.tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    with tg.no_grad():
        w -= 1
    with pytest.raises(tg.StaleGraphError):
        loss.backward()


@pytest.mark.parametrize(
    "x, other",
    [(tg.tensor([1.0, 2.0], requires_grad=True), np.ones((3, 2))), (tg.tensor([1, 2]), 0.5)],
)
def test_what_does_not_fit_is_refused(x, other):
    before = x.numpy()
    with tg.no_grad(), pytest.raises(ValueError, match="does not fit into it"):
        x += other
    np.testing.assert_array_equal(x.numpy(), before)


def test_a_parameter_of_an_optimizer_stays_in_its_buffer():
    w = tg.tensor([1.0], requires_grad=True)
    optimizer = tg.optim.SGD([w], learning_rate=1.0)
    with tg.no_grad():
        w += 1
    (w * 1).sum().backward()
    optimizer.step()
    assert w.numpy().tolist() == [1]


def test_a_frozen_copy_follows_the_model():
    """The target network of PyTorch's lessons on reinforcement learning."""
    model, target = tg.nn.MLP(2, 1, seed=0), tg.nn.MLP(2, 1, seed=1)
    target.load_state_dict({k: np.zeros_like(v) for k, v in model.state_dict().items()})
    for p in target.parameters():
        p.requires_grad = False
    with tg.no_grad():
        for slow, fast in zip(target.parameters(), model.parameters(), strict=True):
            slow *= 0.5
            slow += 0.5 * fast
    for slow, fast in zip(target.parameters(), model.parameters(), strict=True):
        np.testing.assert_array_equal(slow.numpy(), 0.5 * fast.numpy())


def test_the_tutorials_loop_is_the_same_compiled():
    x, y = tg.datasets.xor()
    ends = []
    for jit in (False, True):
        W, b = (
            tg.tensor(np.random.default_rng(0).normal(size=s), requires_grad=True)
            for s in ((2, 1), (1,))
        )

        def step(x, y, W=W, b=b):
            loss = ((x @ W + b - y) ** 2).mean()
            loss.backward()
            with tg.no_grad():
                for p in (W, b):
                    p -= 0.1 * p.grad
                    p.grad = None
            return loss

        run = tg.jit(step) if jit else step
        losses = [run(x, y).item() for _ in range(20)]
        assert losses[-1] < losses[0]
        ends.append((losses, W.numpy(), b.numpy()))
    for a, b in zip(*ends, strict=True):
        np.testing.assert_array_equal(a, b)
