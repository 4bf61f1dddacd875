"""Initializers: bounds, variances, names."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_edu import nn

D, H = 300, 500
rng = lambda seed=0: np.random.default_rng(seed)


@pytest.mark.parametrize(
    "name, limit", [("glorot_uniform", np.sqrt(6 / (D + H))), ("he_uniform", np.sqrt(6 / D))]
)
def test_uniform_fills_its_interval(name, limit):
    w = nn.get_initializer(name)((D, H), rng())
    assert np.abs(w).max() <= limit
    assert w.max() > 0.999 * limit
    assert w.min() < -0.999 * limit
    assert abs(w.mean()) < 4 * limit / np.sqrt(3 * D * H)
    np.testing.assert_allclose(w.var(), limit**2 / 3, rtol=0.01)


@pytest.mark.parametrize("name, variance", [("glorot_normal", 2 / (D + H)), ("he_normal", 2 / D)])
def test_truncated_normal_has_the_variance_it_promises_and_no_tails(name, variance):
    w = nn.get_initializer(name)((D, H), rng())
    np.testing.assert_allclose(w.var(), variance, rtol=0.01)
    cut = 2 * np.sqrt(variance) / 0.8796256610342398
    assert 0.99 * cut < np.abs(w).max() <= cut
    assert abs(w.mean()) < 4 * np.sqrt(variance / (D * H))


def test_normal_zeros_ones():
    w = nn.normal((D, H), rng())
    np.testing.assert_allclose(w.std(), 0.05, rtol=0.01)
    assert np.abs(w).max() > 0.15  # not truncated
    assert (nn.zeros((2, 3), rng()) == np.zeros((2, 3))).all()
    assert (nn.ones((2, 3), rng()) == np.ones((2, 3))).all()


@pytest.mark.parametrize(
    "name",
    [
        "glorot",
        "glorot_uniform",
        "glorot_normal",
        "he",
        "he_normal",
        "he_uniform",
        "zeros",
        "ones",
        "normal",
        "random_normal",
    ],
)
@pytest.mark.parametrize("shape", [(3, 2), (1, 1), (4,), (0, 3), (3, 0), ()])
def test_every_name_gives_the_shape_and_only_the_generator_decides(name, shape):
    make = nn.get_initializer(name)
    state = np.random.get_state()[1].tobytes()
    a, b = make(shape, rng(1)), make(shape, rng(1))
    assert np.shape(a) == shape
    assert np.array_equal(a, b)
    assert np.isfinite(a).all()
    assert np.random.get_state()[1].tobytes() == state


def test_wide_layers_start_smaller():
    assert (
        nn.glorot_uniform((1000, 1000), rng()).std() < nn.glorot_uniform((10, 10), rng()).std() / 5
    )


def test_unknown_name():
    with pytest.raises(ValueError, match="unknown initializer 'xavier'.*glorot_uniform"):
        nn.Dense(1, kernel_initializer="xavier")


def test_a_function_is_used_as_it_is():
    layer = nn.Dense(
        2, input_size=3, kernel_initializer=lambda shape, rng: np.arange(6.0).reshape(shape)
    )
    assert layer.weight.data.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert layer.weight.dtype == np.float32


@pytest.mark.parametrize(
    "value", [0.1, np.zeros(1), np.zeros((2, 3))], ids=["number", "one", "matrix"]
)
def test_an_initializer_of_another_shape_is_refused(value):
    """A number would make one bias that all units share."""
    with pytest.raises(ValueError, match=r"initializer of bias returned .*, not \(3,\)"):
        nn.Dense(3, bias_initializer=lambda shape, rng: value)(np.ones((1, 2)))
