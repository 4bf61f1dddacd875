"""detect_anomaly(): the first NaN or inf, forward or backward, with the operation that made it."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu.autodiff import walk
from tinygrad_edu.autodiff.modes import mode

from .graphs import leaf


def test_forward_names_operation_formula_step_and_place():
    x = leaf(1.0, 0.0, 4.0, name="x")
    h = x * 2
    with pytest.raises(tg.AnomalyError) as caught, tg.detect_anomaly():
        tg.exp(tg.log(h))
    assert (
        f"log made the first -inf at [1] (step {h.step + 1}): np.log(x) with x = mul f64[3] (0.0 there)"
        in str(caught.value)
    )


def test_backward_names_the_rule():
    x = leaf(1.0, 0.0, name="x")
    with pytest.raises(tg.AnomalyError) as caught, tg.detect_anomaly():
        (tg.sqrt(x * 1) * 3).sum().backward()
    assert (
        "the gradient rule of sqrt made the first inf at [1]: dL/dx = g / (2 * y), for mul f64[2] (0.0 there), of "
        "sqrt f64[2] (step " in str(caught.value)
    )
    assert x.grad is None


def test_the_first_is_named_not_what_follows():
    x = leaf(1e200, name="x")
    with tg.detect_anomaly():
        with pytest.raises(tg.AnomalyError, match="square made the first inf"):
            y = tg.square(x)
            tg.log(y - y)


def test_what_was_in_the_data_is_said_to_be():
    for bad, word in ((np.nan, "nan"), (np.inf, "inf")):
        x = tg.tensor([[1.0], [bad]], name="batch", requires_grad=True)
        words = rf"exp was given {word} at \[1, 0\] by its input 'batch' f64\[2,1\]"
        with pytest.raises(tg.AnomalyError, match=words), tg.detect_anomaly():
            tg.exp(x)
    with (
        pytest.raises(tg.AnomalyError, match=r"mul was given nan at \[0\] by its input array"),
        tg.detect_anomaly(),
    ):
        leaf(1.0) * np.array([np.nan])


def test_a_seed_that_is_not_finite():
    with pytest.raises(tg.AnomalyError, match="the gradient given for mul"), tg.detect_anomaly():
        (leaf(1.0) * 2).backward(np.inf)


def test_parameters_are_told():
    with (
        pytest.raises(tg.AnomalyError, match=r"power_of made .* x \*\* n, n=-1"),
        tg.detect_anomaly(),
    ):
        leaf(0.0) ** -1


def test_numpys_warnings_are_silent_inside(recwarn):
    with pytest.raises(tg.AnomalyError), tg.detect_anomaly():
        tg.log(leaf(-1.0))
    assert not recwarn.list


def test_what_is_finite_passes_and_integers_too():
    x = leaf(1.0, 2)
    with tg.detect_anomaly():
        (tg.argmax(x) + (x * x)[tg.tensor([0, 1])].sum()).backward()
    assert x.grad.tolist() == [2, 4]


def test_only_inside_and_only_in_this_thread():
    with np.errstate(all="ignore"):
        seen = []
        with tg.detect_anomaly():
            thread = threading.Thread(target=lambda: seen.append(tg.exp(tg.tensor(np.inf)).item()))
            thread.start()
            thread.join()
        assert seen == [np.inf]
        assert not mode.watching
        with pytest.raises(KeyError), tg.detect_anomaly():
            raise KeyError
        assert not mode.watching
        tg.log(leaf(-1.0))


def test_gradients_of_gradients_are_watched():
    """x·√x at 0: the gradient is 0, the second derivative is not finite."""
    x = leaf(0.0)
    with pytest.raises(tg.AnomalyError), tg.detect_anomaly():
        y = x**1.5
        g = walk.backward([(y, tg.tensor([1.0]))], create_graph=True)[x.step][1]
        walk.backward([(g, np.ones(1))])
