"""Undoing what broadcasting did to an input: its adjoint."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autodiff import walk


@pytest.mark.parametrize(
    "shape, to",
    [
        ((), (2, 3)),
        ((3,), (2, 3)),
        ((1, 3), (2, 3)),
        ((2, 1), (2, 3)),
        ((1, 1), (2, 3)),
        ((1,), (4,)),
        ((2, 3), (2, 3)),
        ((1, 2, 1), (3, 4, 2, 3)),
        ((3,), (0, 3)),
        ((1,), (0,)),
        ((), (0, 2)),
    ],
)
def test_unbroadcast_is_the_adjoint_of_broadcasting(shape, to):
    rng = np.random.default_rng(2)
    x, g = rng.normal(size=shape), rng.normal(size=to)
    back = walk.unbroadcast(g, shape)
    assert back.shape == shape
    np.testing.assert_allclose(
        np.sum(back * x), np.sum(g * np.broadcast_to(x, to)), rtol=1e-12, atol=1e-14
    )
    recorded = walk.unbroadcast(tg.tensor(g, requires_grad=True), shape)
    np.testing.assert_allclose(recorded.numpy(), back)


def test_unbroadcast_stretches_what_a_rule_left_short():
    assert walk.unbroadcast(np.ones((1, 3)), (2, 3)).shape == (2, 3)
    assert walk.unbroadcast(np.array(2.0), (2,)).tolist() == [2, 2]
    assert walk.unbroadcast(np.ones(3), (2, 1)).tolist() == [[3], [3]]
    g = np.arange(12.0).reshape(3, 4)
    assert walk.unbroadcast(g, (2, 1, 4)).tolist() == [[g.sum(0).tolist()]] * 2
    assert walk.unbroadcast(g, (2, 3, 1)).tolist() == [g.sum(1, keepdims=True).tolist()] * 2
