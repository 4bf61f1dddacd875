"""What the operations do where mathematics leaves a choice: at kinks, at ties, at the ends of a
domain."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import ops
from tinygrad_edu.autodiff import walk

INF, NAN = np.inf, np.nan


def grad(function, x, dtype=np.float64, seed=None):
    x = tg.tensor(np.array(x, dtype), requires_grad=True)
    y = function(x)
    y.backward(np.ones(y.shape, dtype) if seed is None else seed)
    assert x.grad.dtype == dtype
    return x.grad.tolist()


def second(function, x):
    """d/dx of Σ df/dx."""
    x = tg.tensor(x, requires_grad=True)
    y = function(x)
    g = walk.backward([(y, tg.tensor(np.ones(y.shape)))], create_graph=True)[x.step][1]
    if not g.requires_grad:
        return np.zeros(x.shape).tolist()
    found = walk.backward([(g, np.ones(g.shape))])
    return (found[x.step][1] if x.step in found else np.zeros(x.shape)).tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_kinks(dtype):
    assert grad(tg.relu, [-1, -0.0, 0.0, 2], dtype) == [0, 0, 0, 1]
    assert grad(tg.abs, [-1, -0.0, 0.0, 2], dtype) == [-1, 0, 0, 1]
    assert grad(abs, [-1, -0.0, 0.0, 2], dtype) == [-1, 0, 0, 1]
    assert grad(tg.sign, [-1, 0.0, 2], dtype) == [0, 0, 0]
    assert grad(tg.softplus, [0.0], dtype) == [0.5]
    assert grad(tg.sigmoid, [0.0], dtype) == [0.25]
    assert grad(tg.tanh, [0.0], dtype) == [1]


def test_second_derivative_of_a_kink_is_zero():
    assert second(tg.relu, [-1.0, 0.0, 2.0]) == [0, 0, 0]
    assert second(tg.abs, [-1.0, 0.0, 2.0]) == [0, 0, 0]
    assert second(tg.max, [1.0, 1.0, 0.0]) == [0, 0, 0]


def test_relu_of_nan_is_nan():
    y = tg.relu(tg.tensor([NAN, -1.0, 1.0]))
    assert np.isnan(y.numpy()).tolist() == [True, False, False]
    assert tg.relu(tg.tensor([INF, -INF])).numpy().tolist() == [INF, 0]


def test_relu_blocks_an_infinite_gradient():
    """d sqrt(relu(x)) at x = -1 is 0: the entry is off, whatever comes back to it."""
    with np.errstate(divide="ignore"):
        assert grad(lambda x: tg.sqrt(tg.relu(x)), [-1.0, 4.0]) == [0, 0.25]


def test_sqrt_at_zero_is_infinite():
    with np.errstate(divide="ignore"):
        assert grad(tg.sqrt, [0.0, 4.0]) == [INF, 0.25]


def test_log_at_zero_is_infinite():
    with np.errstate(divide="ignore"):
        assert grad(tg.log, [0.0, 4.0]) == [INF, 0.25]


@pytest.mark.parametrize("exponent", [0, 0.0])
def test_power_zero_is_flat_at_zero_too(exponent):
    assert grad(lambda x: x**exponent, [-2.0, 0.0, 3.0]) == [0, 0, 0]
    assert grad(lambda x: x ** np.array([exponent] * 3, float), [-2.0, 0.0, 3.0]) == [0, 0, 0]
    assert grad(lambda x: np.power(x, exponent), [-2.0, 0.0, 3.0]) == [0, 0, 0]
    assert (tg.tensor([0.0]) ** exponent).item() == 1


EXPONENTS = {
    "int": int,
    "float": float,
    "array": lambda n: np.array([n] * 4, float),
    "int64": np.int64,
    "tensor": lambda n: tg.tensor(float(n)),
    "ints": lambda n: np.array([n] * 4),
    "float64": np.float64,
}


@pytest.mark.parametrize("make", EXPONENTS.values(), ids=EXPONENTS)
def test_integer_powers_of_negatives(make):
    x = [-2.0, -1.0, 0.0, 3.0]
    assert grad(lambda x: x ** make(1), x) == [1, 1, 1, 1]
    assert grad(lambda x: x ** make(2), x) == [-4, -2, 0, 6]
    assert grad(lambda x: x ** make(3), x) == [12, 3, 0, 27]
    assert second(lambda x: x ** make(2), x) == [2, 2, 2, 2]
    assert second(lambda x: x ** make(3), x) == [-12, -6, 0, 18]


def test_gradient_for_an_exponent():
    assert grad(lambda b: 0.0**b, [0.0, 1.0, 2.0]) == [0, 0, 0]
    np.testing.assert_allclose(
        grad(lambda b: 2**b, [0.0, 1.0, -1.0]), np.log(2) * np.array([1, 2, 0.5]), rtol=1e-15
    )
    with np.errstate(invalid="ignore"):
        assert np.isnan(grad(lambda b: np.array([-2.0]) ** b, [2.0]))


def test_mixed_second_derivative_of_a_power_at_exponent_zero():
    """∂²(a^b)/∂a∂b = a^(b-1) (1 + b log a), which at b = 0 is 1/a."""
    a, b = tg.tensor([2.0, 4.0], requires_grad=True), tg.tensor([0.0, 0.0], requires_grad=True)
    found = walk.backward([(a**b, tg.tensor([1.0, 1.0]))], create_graph=True)
    by_a, by_b = found[a.step][1], found[b.step][1]
    np.testing.assert_allclose(walk.backward([(by_b, np.ones(2))])[a.step][1], [0.5, 0.25])
    np.testing.assert_allclose(walk.backward([(by_a, np.ones(2))])[b.step][1], [0.5, 0.25])


@pytest.mark.parametrize("function", [tg.maximum, tg.minimum, np.maximum, np.minimum])
def test_a_tie_of_two_is_shared(function):
    a, b = (tg.tensor([1.0, 2.0, 5.0], requires_grad=True) for _ in "ab")
    function(a, b).backward([3.0, -5.0, 7.0])
    assert a.grad.tolist() == b.grad.tolist() == [1.5, -2.5, 3.5]


def test_maximum_of_one_tensor_with_itself():
    assert grad(lambda x: np.maximum(x, x), [1.0, 2.0], seed=[3.0, 5.0]) == [3, 5]


@pytest.mark.parametrize("sign", [1, -1])
def test_ties_of_max_and_min_share_and_sum_to_the_cotangent(sign):
    best = tg.max if sign == 1 else tg.min
    x = sign * np.array([[2.0, 2, 1, 2], [0, 0, 0, 0], [3, 4, 3, 4]])
    assert grad(lambda x: best(x, axis=1), x, seed=[3.0, 8, -2]) == [
        [1, 1, 0, 1],
        [2, 2, 2, 2],
        [0, -1, 0, -1],
    ]
    assert grad(lambda x: best(x, axis=1, keepdims=True), x, seed=[[3.0], [8], [-2]]) == [
        [1, 1, 0, 1],
        [2, 2, 2, 2],
        [0, -1, 0, -1],
    ]
    assert grad(best, x, seed=6.0) == [[0, 0, 0, 0], [0, 0, 0, 0], [0, 3, 0, 3]]
    assert grad(lambda x: best(x, axis=(0, 1)), x, np.float32, seed=6.0) == [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 3, 0, 3],
    ]
    assert grad(lambda x: best(x, axis=()), x, seed=x) == x.tolist()


def test_max_with_infinite_entries():
    assert grad(tg.max, [INF, 1.0, INF]) == [0.5, 0, 0.5]
    assert grad(tg.min, [-INF, 1.0]) == [1, 0]


def test_clip_passes_at_its_bounds():
    x = [-2.0, -1.0, 0.0, 1.0, 2.0]
    assert grad(lambda x: x.clip(-1, 1), x) == [0, 1, 1, 1, 0]
    assert grad(lambda x: np.clip(x, -1, 1), x) == [0, 1, 1, 1, 0]
    assert grad(lambda x: x.clip(min=-1), x) == [0, 1, 1, 1, 1]
    assert grad(lambda x: x.clip(max=1), x) == [1, 1, 1, 1, 0]
    assert grad(lambda x: x.clip(np.array([-3.0, 0, 0, 0, 0]), None), x) == [1, 0, 1, 1, 1]


def test_clip_with_a_tensor_as_its_bound_works_or_says_why():
    try:
        y = tg.clip(tg.tensor([1.0, 2.0]), tg.tensor(1.5), None)
    except TypeError:
        return
    assert y.numpy().tolist() == [1.5, 2.0]


def test_an_empty_tuple_of_axes_reduces_nothing():
    x = np.array([[1.0, 2], [3, 4]])
    for function in (tg.sum, tg.mean, tg.max, tg.min):
        t = tg.tensor(x, requires_grad=True)
        y = function(t, axis=())
        assert y.numpy().tolist() == x.tolist()
        y.backward(10 * x)
        assert t.grad.tolist() == (10 * x).tolist()


def test_sums_of_nothing():
    assert tg.sum(tg.tensor(np.zeros((0, 3)))).item() == 0
    assert grad(lambda x: x.sum(axis=0), np.zeros((0, 3))) == []
    assert tg.logsumexp(tg.tensor(np.zeros((2, 0))), axis=1).numpy().tolist() == [-INF, -INF]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logsumexp_of_two_equal_large_numbers(dtype):
    assert grad(tg.logsumexp, [1000, 1000], dtype) == [0.5, 0.5]
    assert grad(lambda x: tg.logsumexp(x, axis=0, keepdims=True), [-1000, -1000], dtype) == [
        0.5,
        0.5,
    ]


def test_logsumexp_with_minus_infinity():
    assert grad(tg.logsumexp, [-INF, 0.0, 0.0]) == [0, 0.5, 0.5]
    assert tg.logsumexp(tg.tensor([-INF, -INF])).item() == -INF
    assert tg.logsumexp(tg.tensor([INF, 0.0])).item() == INF


def test_logsumexp_with_infinity_beside_large_numbers_is_silent():
    assert tg.logsumexp(tg.tensor([INF, 1000.0])).item() == INF


def test_masked_logits_get_no_probability_and_no_gradient():
    z = tg.tensor([[0.0, -INF, 0.0]], requires_grad=True)
    assert tg.softmax(z).numpy().tolist() == [[0.5, 0, 0.5]]
    ops.cross_entropy(z, np.array([0])).backward()
    assert z.grad.tolist() == [[-0.5, 0, 0.5]]


def test_sigmoids_derivative_far_out():
    np.testing.assert_allclose(
        grad(tg.sigmoid, [40.0, -40.0]), [4.248354255291589e-18] * 2, rtol=1e-15
    )


def test_an_index_named_twice_gets_both_gradients():
    assert grad(lambda x: x[[0, 0, 2]], [1.0, 2.0, 3.0], seed=[1.0, 10.0, 100.0]) == [11, 0, 100]
    assert grad(lambda x: x[np.array([[1], [1]]), [0, 1]], [[1.0, 2.0], [3.0, 4.0]]) == [
        [0, 0],
        [2, 2],
    ]


def test_concatenate_of_one_tensor_with_itself():
    assert grad(lambda x: np.concatenate([x, x]), [1.0, 2.0], seed=[1.0, 2, 10, 20]) == [11, 22]
    assert grad(lambda x: np.stack([x, x], axis=-1), [1.0, 2.0], seed=[[1.0, 2], [10, 20]]) == [
        3,
        30,
    ]


def test_concatenate_without_an_axis_flattens():
    a, b = tg.tensor([[1.0], [2.0]], requires_grad=True), tg.tensor([3.0], requires_grad=True)
    np.concatenate([a, b], axis=None).backward([1.0, 2.0, 3.0])
    assert a.grad.tolist() == [[1], [2]]
    assert b.grad.tolist() == [3]


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
def test_softmax_family_takes_integers(name):
    function = getattr(tg, name)
    np.testing.assert_allclose(
        function(tg.tensor([1, 2, 3])).numpy(), function(tg.tensor([1.0, 2, 3])).numpy()
    )


def test_activations_take_integers():
    for function in (tg.sigmoid, tg.softplus, tg.tanh, tg.exp):
        np.testing.assert_allclose(
            function(tg.tensor([1, 2])).numpy(), function(tg.tensor([1.0, 2])).numpy()
        )


def test_a_cast_to_integers_is_a_constant():
    """trunc is flat; and an integer tensor cannot require a gradient."""
    x = tg.tensor([1.5, 2.5], requires_grad=True)
    assert not x.astype(int).requires_grad


def test_cross_entropy_of_one_row_with_a_plain_label():
    z = tg.tensor([0.0, 0.0], requires_grad=True)
    ops.cross_entropy(z, 1).backward()
    assert z.grad.tolist() == [0.5, -0.5]


def test_losses_take_lists_and_integer_targets():
    z = tg.tensor([[0.0, 0.0], [0.0, 0.0]], requires_grad=True)
    ops.cross_entropy(z, [0, 1]).backward()
    assert z.grad.tolist() == [[-0.25, 0.25], [0.25, -0.25]]
    p = tg.tensor(np.array([1.0, 2], np.float32), requires_grad=True)
    loss = ops.mse(p, np.array([0, 0]))
    loss.backward()
    assert (loss.dtype, p.grad.tolist()) == (np.float32, [1, 2])
    q = tg.tensor(np.array([0.0, 0], np.float32), requires_grad=True)
    loss = ops.bce_with_logits(q, np.array([True, False]))
    loss.backward()
    assert (loss.dtype, q.grad.tolist()) == (np.float32, [-0.25, 0.25])


@pytest.mark.parametrize(
    "call",
    [lambda a, b: a @ b, lambda a, b: b.__rmatmul__(a), np.matmul, tg.matmul],
    ids=["@", "reflected", "np.matmul", "tg.matmul"],
)
@pytest.mark.parametrize(
    "shapes", [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((4, 2, 3), (3,)), ((3,), (4, 3, 2))]
)
def test_products_with_vectors(call, shapes):
    rng = np.random.default_rng(3)
    a, b = (tg.tensor(rng.normal(size=s), requires_grad=True) for s in shapes)
    y = call(a, b)
    np.testing.assert_allclose(y.numpy(), a.numpy() @ b.numpy(), rtol=1e-14)
    g = rng.normal(size=y.shape)
    y.backward(g)
    h = 1e-6
    for t, f in ((a, lambda v: v @ b.data), (b, lambda v: a.data @ v)):
        v = rng.normal(size=t.shape)
        np.testing.assert_allclose(
            np.sum(t.grad * v),
            np.sum(g * (f(t.data + h * v) - f(t.data - h * v))) / (2 * h),
            rtol=1e-8,
        )


def test_matmul_by_name_takes_vectors_as_well():
    W = tg.tensor(np.ones((2, 3)), requires_grad=True)
    tg.matmul(W, np.array([1.0, 2.0, 3.0])).sum().backward()
    assert W.grad.tolist() == [[1, 2, 3], [1, 2, 3]]


@pytest.mark.parametrize("a, b", [(1.0, NAN), (NAN, 1.0)])
def test_maximum_hands_nan_on(a, b):
    assert np.isnan(np.maximum(tg.tensor(a), tg.tensor(b)).item())
    assert np.isnan(tg.max(tg.tensor([a, b])).item())


def test_where_sends_nothing_to_what_was_not_chosen():
    """An infinite gradient of the branch that is taken must not reach the other as nan."""
    a, b = tg.tensor([1.0, 2.0], requires_grad=True), tg.tensor([3.0, 4.0], requires_grad=True)
    tg.where(np.array([True, False]), a, b).backward([INF, INF])
    assert a.grad.tolist() == [INF, 0]
    assert b.grad.tolist() == [0, INF]


def test_where_with_a_tensor_as_condition():
    x = tg.tensor([-1.0, 2.0], requires_grad=True)
    tg.where(x > 0, x, x * x).backward([1.0, 1.0])
    assert x.grad.tolist() == [-2, 1]


def test_the_unused_integer_power_of_zero_is_silent():
    """x ** 1 at 0 has derivative 1, and x ** 2 has second derivative 2 and third 0, without a
    division."""
    assert grad(lambda x: x**1, [0.0]) == [1]
    assert second(lambda x: x**1, [0.0, 3.0]) == [0, 0]
    assert second(lambda x: x**2.0, [0.0]) == [2]


def test_composed_twins_of_the_losses():
    rng = np.random.default_rng(5)
    z, t, labels = rng.normal(size=(4, 3)), rng.random((4, 3)), np.array([0, 2, 1, 1])
    for fused, composed in [
        (lambda z: ops.mse(z, t), lambda z: ((z - t) ** 2).mean()),
        (
            lambda z: ops.bce_with_logits(z, t),
            lambda z: -(t * tg.log(tg.sigmoid(z)) + (1 - t) * tg.log(1 - tg.sigmoid(z))).mean(),
        ),
        (
            lambda z: ops.cross_entropy(z, labels),
            lambda z: -tg.log_softmax(z)[np.arange(4), labels].mean(),
        ),
        (
            lambda z: ops.log_softmax(z)[0, 0],
            lambda z: (z - tg.logsumexp(z, axis=-1, keepdims=True))[0, 0],
        ),
        (lambda z: ops.softplus(z).sum(), lambda z: tg.log(1 + tg.exp(z)).sum()),
    ]:
        np.testing.assert_allclose(
            fused(tg.tensor(z)).item(), composed(tg.tensor(z)).item(), rtol=1e-14
        )
        np.testing.assert_allclose(grad(fused, z), grad(composed, z), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(second(fused, z), second(composed, z), rtol=1e-10, atol=1e-13)


def test_plain_arrays_and_numbers_go_through_without_a_tensor():
    for f in (tg.sum, tg.mean, tg.max, tg.exp, tg.relu, tg.sigmoid, tg.softplus, tg.tanh):
        for x in (np.array([1.0, 2.0]), np.array([1, 2]), 2.0):
            y = f(x)
            assert not isinstance(y, tg.Tensor)
            np.testing.assert_allclose(y, f(tg.tensor(x)).numpy())


def test_concatenate_without_an_axis_of_three():
    a, b, c = (tg.tensor(np.ones(s), requires_grad=True) for s in [(2, 2), (), (1, 3)])
    np.concatenate([a, b.reshape(1), c], axis=None).backward(np.arange(8.0))
    assert (a.grad.tolist(), b.grad.tolist(), c.grad.tolist()) == ([[0, 1], [2, 3]], 4, [[5, 6, 7]])
