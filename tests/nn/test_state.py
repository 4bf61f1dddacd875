"""state_dict and load_state_dict: exact, strict, all or nothing."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim
from tinygrad_edu.weights import WeightsError


class Two(nn.Module):
    def __init__(self, a=(1.0, 2.0), b=(3.0, 4.0), dtype=np.float32):
        self.a = tg.tensor(np.array(a), dtype, requires_grad=True, name="a")
        self.b = tg.tensor(np.array(b), dtype, requires_grad=True, name="b")


def bits(model):
    return {name: (v.dtype, v.shape, v.tobytes()) for name, v in model.state_dict().items()}


def test_round_trip_is_exact_and_holds_copies():
    source, target = nn.MLP(3, 5, 2, seed=0), nn.MLP(3, 5, 2, seed=1)
    state = source.state_dict()
    assert list(state) == ["dense.weight", "dense.bias", "dense_1.weight", "dense_1.bias"]
    assert bits(source) != bits(target)
    target.load_state_dict(state)
    assert bits(target) == bits(source)
    kept = bits(target)
    for v in state.values():
        v += 1
    assert bits(source) == bits(target) == kept


def test_special_values_survive():
    m, n = Two(a=(np.nan, -0.0), b=(np.inf, 1e-45)), Two()
    n.load_state_dict(m.state_dict())
    assert bits(n) == bits(m)


def test_shared_weights_round_trip_and_stay_shared():
    shared = nn.Dense(2, input_size=2, seed=0)
    model = nn.Sequential([shared, nn.Activation("tanh"), shared])
    state = model.state_dict()
    assert list(state) == ["dense.weight", "dense.bias"]
    model.load_state_dict({k: v + 1 for k, v in state.items()})
    assert (shared.weight.data == state["dense.weight"] + 1).all()


def test_loading_writes_into_the_same_memory_and_keeps_gradients_apart():
    m = Two()
    data, a = m.a.data, m.a
    m.load_state_dict({"a": [5, 6], "b": [7, 8]})  # lists and integers are fine
    assert m.a is a
    assert np.shares_memory(m.a.data, data)
    assert (data.tolist(), m.b.data.tolist(), m.b.dtype) == ([5, 6], [7, 8], np.float32)


@pytest.mark.parametrize(
    "state, error, word",
    [
        ({"a": [9, 9]}, WeightsError, r"lacks 'b' \(2,\)"),
        ({}, WeightsError, r"lacks 'a' \(2,\), 'b' \(2,\)"),
        ({"a": [9, 9], "b": [9, 9], "c": [1]}, WeightsError, r"has no 'c' \(1,\)"),
        ({"a": [9, 9], "B": [9, 9]}, WeightsError, "lacks 'b'.*\n.*has no 'B'"),
        ({"a": [9, 9], "b": [9, 9, 9]}, WeightsError, r"'b' is \(3,\), the model's \(2,\)"),
        ({"a": [9, 9], "b": 9}, WeightsError, "'b'"),
        ({"a": [9, 9], "b": [[9, 9]]}, WeightsError, "'b'"),
        (
            {"a": [9, 9], "b": np.array([9, 9j])},
            WeightsError,
            "'b' is complex128, the model's float32",
        ),
        ({"a": [9, 9], "b": ["x", "y"]}, WeightsError, "'b'"),
        ({"a": [9, 9], "b": [None, {}]}, WeightsError, "'b'"),
        ({"a": [9, 9], "b": [[9], [9, 9]]}, ValueError, "inhomogeneous"),
    ],
    ids=lambda x: x if isinstance(x, str) else None,
)
def test_what_does_not_fit_changes_nothing(state, error, word):
    m = Two()
    loss = (m.a * m.a * m.b).sum()
    loss.backward()
    before, steps = bits(m), (m.a.step, m.b.step)
    with pytest.raises(error, match=word):
        m.load_state_dict(state)
    assert bits(m) == before
    assert (m.a.step, m.b.step) == steps
    assert m.a.grad.tolist() == [6, 16]
    loss.backward()  # and no graph was made stale


def test_all_that_does_not_fit_is_named_at_once():
    model = nn.MLP(3, 5, 4, 2, seed=0)
    state = nn.MLP(3, 6, 4, seed=0).state_dict() | {"extra.weight": np.zeros((7, 7))}
    state["dense_1.bias"] = state["dense_1.bias"].astype(complex)
    before = bits(model)
    with pytest.raises(WeightsError) as caught:
        model.load_state_dict(state)
    assert str(caught.value).splitlines()[1:-1] == [
        "  it lacks 'dense_2.weight' (4, 2), 'dense_2.bias' (2,)",
        "  the model has no 'extra.weight' (7, 7)",
        "  'dense.weight' is (3, 6), the model's (3, 5)",
        "  'dense.bias' is (6,), the model's (5,)",
        "  'dense_1.weight' is (6, 4), the model's (5, 4)",
        "  'dense_1.bias' is complex128, the model's float32",
    ]
    assert bits(model) == before


def test_a_value_that_does_not_fit_the_dtype_changes_nothing():
    m = Two()
    before = bits(m)
    with np.errstate(over="raise"), pytest.raises((FloatingPointError, ValueError)):
        m.load_state_dict({"a": [9.0, 9.0], "b": [1e300, 0.0]})
    assert bits(m) == before


def test_an_integer_that_does_not_fit_changes_nothing():
    m = nn.Module()
    m.n = tg.tensor(np.array([1], np.int32))
    with pytest.raises((ValueError, TypeError)):
        m.load_state_dict({"n": [2**40 + 5]})
    assert m.n.data.tolist() == [1]


def test_swapping_two_parameters():
    m = Two()
    m.load_state_dict({"a": m.b.data, "b": m.a.data})
    assert (m.a.data.tolist(), m.b.data.tolist()) == ([3, 4], [1, 2])


def test_loading_after_forward_makes_the_graph_stale():
    m = Two()
    loss = (m.a * m.b).sum()
    m.load_state_dict({"a": [1, 1], "b": [1, 1]})
    with pytest.raises(tg.StaleGraphError):
        loss.backward()


def test_an_optimizer_trains_what_was_loaded():
    m = Two()
    optimizer = optim.SGD(m.parameters(), learning_rate=1.0)
    m.load_state_dict({"a": [5, 6], "b": [7, 8]})
    (m.a + m.b).sum().backward()
    optimizer.step()
    assert (m.a.data.tolist(), m.b.data.tolist()) == ([4, 5], [6, 7])
