"""A gradient that a user holds does not change under him, and what he writes into it counts."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim

X, T = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.25]]), np.array([[1.0], [0.0], [2.0]])
MAKERS = {
    "SGD": lambda ps: optim.SGD(ps, learning_rate=0.1),
    "momentum": lambda ps: optim.SGD(ps, momentum=0.9),
    "Adam": lambda ps: optim.Adam(ps, learning_rate=0.1),
    "RMSprop": lambda ps: optim.RMSprop(ps),
}


def weights():
    return [
        tg.tensor([[0.5], [-1.0]], requires_grad=True, name="w"),
        tg.tensor([0.1], requires_grad=True, name="b"),
    ]


def loss_of(w, b):
    return tg.mse(X @ w + b, T)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_gradients_kept_from_step_to_step(make, compiled):
    w, b = weights()
    optimizer = make([w, b])

    def back():
        optimizer.zero_grad()
        loss_of(w, b).backward()

    run = tg.jit(back) if compiled else back
    kept, copies = [], []
    for _ in range(4):
        run()
        kept.append((w.grad, b.grad))
        copies.append((w.grad.copy(), b.grad.copy()))
        optimizer.step()
    for held, copy in zip(kept, copies, strict=True):
        assert all(h.tobytes() == c.tobytes() for h, c in zip(held, copy, strict=True))
    assert len({h.tobytes() for h, _ in kept}) == 4


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_gradients_kept_while_they_add_up(make):
    w, b = weights()
    make([w, b])
    kept = []
    for times in (1, 2, 3):
        loss_of(w, b).backward()
        kept.append(w.grad)
        np.testing.assert_allclose(w.grad, times * kept[0])
    np.testing.assert_allclose(kept[0] * 3, kept[2])


CHANGES = {
    "*=": lambda p: p.grad.__imul__(0.5),
    "assigned *=": lambda p: setattr(p, "grad", p.grad * 0.5),
    "+=": lambda p: p.grad.__iadd__(-0.5 * p.grad),
    "[...] =": lambda p: p.grad.__setitem__(..., 0.5 * p.grad),
    "out=": lambda p: np.multiply(p.grad, 0.5, out=p.grad),
    "twice": lambda p: (p.grad.__imul__(2), p.grad.__imul__(0.25)),
    "alias": lambda p: [g.__imul__(0.5) for g in [p.grad]],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_what_is_written_into_a_gradient_counts_in_the_step(make, change):
    """Clipping and noise, as in PyTorch: between backward() and step() the gradient is the
    user's."""
    by_hand, ours = weights(), weights()
    one, two = make(by_hand), make(ours)
    for _ in range(3):
        one.zero_grad()
        loss_of(*by_hand).backward(0.5)
        one.step()
        two.zero_grad()
        loss_of(*ours).backward()
        for p in ours:
            change(p)
        two.step()
    for p, q in zip(by_hand, ours, strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-12)


def test_a_gradient_is_itself():
    w, b = weights()
    optimizer = optim.Adam([w, b])
    loss_of(w, b).backward()
    assert w.grad is w.grad
    w.grad += 1.0
    w.grad[...] = 0
    assert not w.grad.any() and b.grad.any()
    before = w.numpy()
    optimizer.step()
    assert (w.data == before).all() and b.grad is b.grad


def test_a_gradient_from_before_the_optimizer_came():
    w, b = weights()
    loss_of(w, b).backward()
    held, copy = w.grad, w.grad.copy()
    optimizer = optim.Adam([w, b], learning_rate=0.1)
    optimizer.step()
    optimizer.zero_grad()
    loss_of(w, b).backward()
    optimizer.step()
    assert held.tobytes() == copy.tobytes()


def test_fit_leaves_gradients_alone_that_a_callback_keeps():
    model = nn.MLP(2, 3, 1, seed=0, dtype=np.float64)
    model.compile("adam", "mse")
    kept = []

    class Keep(tg.callbacks.Callback):
        def on_train_batch_end(self, batch, logs):
            kept.append([(p.grad, p.grad.copy()) for p in self.model.parameters()])

    model.fit(X, T, epochs=4, batch_size=2, verbose=0, seed=0, callbacks=[Keep()])
    assert len(kept) == 8
    assert all(held.tobytes() == copy.tobytes() for step in kept for held, copy in step)


def test_reading_changes_no_step():
    """A run in which every gradient is read is the run in which none is, to the bit."""
    results = []
    for read in (False, True):
        w, b = weights()
        optimizer = optim.Adam([w, b], learning_rate=0.1)
        for _ in range(5):
            optimizer.zero_grad()
            loss_of(w, b).backward()
            if read:
                assert w.grad.shape == w.shape and b.grad is not None
            optimizer.step()
        results.append(w.data.tobytes() + b.data.tobytes())
    assert results[0] == results[1]
