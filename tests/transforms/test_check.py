"""check_gradients: passes what is right, and says which operation, input and index is wrong and by
how much."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.formula import op

pytestmark = pytest.mark.usefixtures("own_operations")
X = np.array([[0.3, -1.2, 2.0], [0.7, 1.1, -0.4]])


@pytest.mark.parametrize(
    "f",
    [
        tg.tanh,
        tg.softmax,
        lambda x: tg.matmul(x, x.mT),
        lambda x: tg.prod(x, axis=1),
        lambda x: (x**2).sum(),
        lambda x: x * 2,
        lambda x: x[0, [0, 0, 2]],
        lambda x: tg.concatenate([x, x * x], axis=1),
        tg.gelu,
        tg.cumprod,
    ],
)
def test_what_is_right_passes(f):
    tg.check_gradients(f, X)
    tg.check_gradients(f, X, order=1, seed=3)


def test_inputs_may_be_numbers_tensors_and_empty():
    tg.check_gradients(
        lambda a, b, c: (a * b).sum() + tg.sin(a) * c.sum(),
        2.0,
        tg.tensor(X, requires_grad=True),
        np.zeros((0, 3)),
    )


def broken(rule):
    return op("broken", "np.sin(a) * b", a=rule, b="g * np.sin(a)")


@pytest.mark.parametrize(
    "rule",
    [
        "g * b * np.cos(a) * 1.001",
        "g * b * np.cos(a) + 0.001",
        "g * b",
        "-g * b * np.cos(a)",
        "g * b * np.where(a > 1.9, 0, np.cos(a))",
    ],
)
def test_what_is_wrong_is_named(rule):
    f = broken(rule)
    with pytest.raises(tg.GradientError) as caught:
        tg.check_gradients(lambda a, b: tg.exp(f(a, b) / 4) + b, X, 2 * X + 5, order=1)
    text = str(caught.value)
    assert (
        "The rule of broken differs from its formula: broken = np.sin(a) * b, dL/da = " + rule
        in text
    )
    assert "input 0 at [" in text and "differ by" in text


def test_the_index_and_the_difference_are_told():
    f = op("broken", "a * a", a="g * 2 * a + np.where(a == 2.0, 0.5, 0)")
    with pytest.raises(tg.GradientError) as caught:
        tg.check_gradients(lambda a: f(a).sum(), X)
    text = str(caught.value)
    assert "input 0 at [0, 2] is 4.5, and differences say 4" in text
    assert "they differ by 0.5 " in text


def test_the_input_is_told():
    f = op("broken", "a * b", a="g * b", b="g * a * 1.01")
    with pytest.raises(
        tg.GradientError, match=r"input 2 at \[.*dL/db = g \* a \* 1.01, for 'input 2'"
    ):
        tg.check_gradients(lambda c, a, b: c + f(a, b), X, X, X, order=1)


def test_a_rule_right_at_first_order_only():
    """The first derivative is right, but as a constant: its own derivative is lost."""
    globals()["frozen"] = lambda x: np.cos(getattr(x, "_data", x))
    f = op("broken", "np.sin(x)", x="g * frozen(x)")
    tg.check_gradients(f, X, order=1)
    with pytest.raises(tg.GradientError, match="second-order gradient"):
        tg.check_gradients(f, X)
    del globals()["frozen"]


def test_a_kink_is_suspected_where_no_rule_is_wrong():
    with pytest.raises(
        tg.GradientError,
        match="input 0 is 0, and differences say 0.5: .*The rule of relu .*at a kink",
    ):
        tg.check_gradients(tg.relu, np.zeros(()), order=1)


def test_a_function_that_is_not_the_same_twice():
    rng = np.random.default_rng(0)
    with pytest.raises(tg.GradientError, match="not the same twice"):
        tg.check_gradients(lambda x: x * rng.normal(), X, order=1)


def test_float32_is_warned_of():
    with pytest.warns(UserWarning, match="float32"):
        tg.check_gradients(tg.tanh, X.astype(np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(tg.GradientError):
            tg.check_gradients(
                broken("g * b * np.cos(a) * 1.2"),
                X.astype(np.float32),
                np.float32(3) + X * 0,
                order=1,
            )


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: tg.check_gradients(tg.tanh, np.arange(3)), TypeError, "input 0 .* int64"),
        (lambda: tg.check_gradients(tg.tanh, X, order=3), ValueError, "order is 1 or 2"),
        (lambda: tg.check_gradients(lambda x: 3.0, X), TypeError, "must return a tensor"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_the_message_is_the_same_twice():
    texts = []
    for _ in range(2):
        with pytest.raises(tg.GradientError) as caught:
            tg.check_gradients(tg.relu, np.zeros(3), order=1, seed=5)
        texts.append(re.sub(r"step \d+", "", str(caught.value)))
    assert texts[0] == texts[1]


# Steps

RNG = np.random.default_rng(0)
PIXELS, SMALL = RNG.uniform(0, 255, (4, 6)).round(), RNG.normal(size=(6, 3)) * 0.01


@pytest.mark.parametrize(
    "f, inputs",
    [
        (tg.sigmoid, [np.array([0.3, 1e6])]),
        (tg.tanh, [np.array([-1e12, 0.3])]),
        (tg.sin, [np.array([0.3, 1e6])]),
        (lambda x: x**2, [np.array([0.3, 1e6])]),
        (lambda x: (x**2).sum(), [np.array([0.3, 1e3])]),
        (tg.log, [np.array([1e-8, 1e-3, 1e6])]),
        (tg.reciprocal, [np.array([1e-3, 1e6])]),
        (tg.sqrt, [np.array([1e-6, 1e6])]),
        (lambda x, w: tg.tanh(x @ w), [PIXELS, SMALL]),
        (lambda x, w: tg.softmax(x @ w), [PIXELS, SMALL]),
        (tg.logsumexp, [np.array([0.3, 1e6])]),
        (lambda x, w: (x * w).sum(), [np.array([1e8, 1.0]), np.array([1e-8, 1.0])]),
    ],
)
def test_large_entries_beside_small_ones(f, inputs):
    """A step an entry: with one for all, correct rules were accused."""
    tg.check_gradients(f, *inputs)


@pytest.mark.parametrize("large", [1.0, 1e3, 1e6])
@pytest.mark.parametrize("k", [0, 1])
def test_a_fault_beside_a_large_entry_is_seen(k, large):
    f = (
        op(
            "broken",
            "np.sin(a) * b",
            a="g * b * np.cos(a) + 0.001 * (np.abs(a) < 1)",
            b="g * np.sin(a)",
        )
        if k == 0
        else op(
            "broken",
            "np.sin(a) * b",
            a="g * b * np.cos(a)",
            b="g * np.sin(a) + 0.001 * (np.abs(b) < 1)",
        )
    )
    with pytest.raises(tg.GradientError, match=rf"input {k} at \[0\].*The rule of broken"):
        tg.check_gradients(f, np.array([0.3, large]), np.array([0.5, large]), order=1)


def test_nothing_to_differentiate_is_no_fault():
    tg.check_gradients(tg.logsumexp, np.zeros(0))
    tg.check_gradients(tg.sum, np.zeros((0, 3)))
    tg.check_gradients(lambda a, b: a.sum() + b.sum(), np.zeros(0), np.ones(2))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    "f, x, word",
    [
        (tg.log, 0.0, "-inf"),
        (tg.log, -1.0, "nan"),
        (lambda x: x / x, 0.0, "nan"),
        (tg.exp, 1e4, "inf"),
    ],
)
def test_where_the_function_is_not_finite_differences_say_nothing(f, x, word):
    with pytest.raises(tg.GradientError, match=f"cannot be checked: the function is {word}"):
        tg.check_gradients(f, np.array([x]))


def test_a_gradient_that_is_nan_is_not_right():
    f = op("broken", "x * 2", x="g * np.nan")
    with pytest.raises(tg.GradientError, match="is nan, and differences say"):
        tg.check_gradients(f, np.array([1.0, 2.0]), order=1)
