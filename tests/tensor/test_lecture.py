"""The lecture's XOR by hand, and the Tensor's operators."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg

f4, f8 = np.float32, np.float64


X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
Y = np.array([0.0, 1, 1, 0])


def lecture(b, column=False, dtype=f8):
    shape = (2, 1) if column else (2,)
    p = {
        "W": np.ones((2, 2)),
        "c": np.array([0.0, -1]),
        "w": np.array([1.0, -2]).reshape(shape),
        "b": np.array([b]),
    }
    p = {k: tg.tensor(v.astype(dtype), requires_grad=True, name=k) for k, v in p.items()}
    XW = X.astype(dtype) @ p["W"]
    Z = XW + p["c"]
    H = tg.relu(Z)
    out = H @ p["w"] + p["b"]
    target = Y.astype(dtype).reshape(out.shape)
    return p, XW, Z, H, out, target


def test_the_lectures_matrices():
    _, XW, Z, H, out, y = lecture(0.0)
    assert XW.numpy().tolist() == [[0, 0], [1, 1], [1, 1], [2, 2]]
    assert Z.numpy().tolist() == [[0, -1], [1, 0], [1, 0], [2, 1]]
    assert H.numpy().tolist() == [[0, 0], [1, 0], [1, 0], [2, 1]]
    assert out.numpy().tolist() == [0, 1, 1, 0]
    assert tg.mse(out, y).item() == 0


def test_the_lectures_solution_is_a_stationary_point():
    p, *_, out, y = lecture(0.0)
    tg.mse(out, y).backward()
    assert all(not t.grad.any() for t in p.values())


@pytest.mark.parametrize("column", [False, True])
@pytest.mark.parametrize("dtype", [f8, f4])
@pytest.mark.parametrize(
    "loss",
    [tg.mse, lambda p, t: ((p - t) ** 2).mean(), lambda p, t: np.mean((t - p) ** 2)],
    ids=["mse", "composed", "numpy"],
)
def test_the_lectures_example_with_b_one_half(loss, dtype, column):
    p, *_, out, y = lecture(0.5, column, dtype)
    value = loss(out, y)
    value.backward()
    assert value.item() == 0.25
    assert p["W"].grad.tolist() == [[0.5, -0.5], [0.5, -0.5]]
    assert p["c"].grad.tolist() == [0.75, -0.5]
    assert p["w"].grad.ravel().tolist() == [1, 0.25]
    assert p["b"].grad.tolist() == [1]
    assert all(t.grad.dtype == dtype and t.grad.shape == t.shape for t in p.values())
