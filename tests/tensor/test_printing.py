"""How a Tensor prints, and what Python asks of it."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg

f4, f8 = np.float32, np.float64


@pytest.mark.parametrize(
    "make, text",
    [
        (lambda: tg.tensor([[1.0, 2]]), "tensor([[1., 2.]], f64[1,2])"),
        (
            lambda: tg.tensor([1.0], "float32", requires_grad=True, name="W"),
            "tensor([1.], f32[1], name='W', requires_grad=True)",
        ),
        (lambda: tg.tensor(2.0, requires_grad=True) * 3, "tensor(6., f64[], op=mul)"),
        (lambda: tg.tensor([1, 2]), "tensor([1, 2], i64[2])"),
        (lambda: tg.tensor([True]), "tensor([ True], bool[1])"),
        (lambda: tg.tensor(np.zeros((0, 3))), "tensor([], f64[0,3])"),
    ],
)
def test_repr(make, text):
    assert repr(make()) == text


def test_repr_of_a_large_one_is_a_summary():
    assert repr(tg.tensor(np.arange(1000.0))) == "tensor(min 0, mean 499.5, max 999, f64[1000])"
    assert repr(tg.tensor(np.arange(1000))) == "tensor(min 0, max 999, i64[1000])"
    assert repr(tg.tensor(np.ones((10, 20), bool))).endswith("bool[10,20])")
    assert "nan" in repr(tg.tensor(np.full(200, np.nan)))
    assert len(repr(tg.tensor(np.full((50, 50), np.inf)))) < 100


def test_repr_is_of_all_dtypes_silent():
    for dtype in ("f2", "f4", "f8", "i1", "u4", "?", "c16"):
        for shape in ((), (0,), (3,), (11, 11)):
            assert repr(tg.tensor(np.ones(shape, dtype))).startswith("tensor(")


def test_numbers_out_of_a_tensor():
    one = tg.tensor([[2.5]])
    assert (one.item(), float(one), int(one)) == (2.5, 2.5, 2)
    assert type(one.item()) is float
    assert type(tg.tensor(3).item()) is int
    assert type(tg.tensor(True).item()) is bool
    assert bool(tg.tensor(0.0)) is False and bool(tg.tensor([[3]])) is True
    assert f"{tg.tensor(0.5).item():.2f}" == "0.50"
    tracked = tg.tensor(1.5, requires_grad=True)
    assert tracked.item() == 1.5 and float(tracked.detach()) == 1.5 and bool(tracked)
    assert (
        f"{tracked:.2f} {tg.tensor(3):d} {tracked:>8.1e}" == "1.50 3  1.5e+00"
        and f"{tracked}" == repr(tracked)
    )
    with pytest.raises(ValueError, match="item"):
        f"{tg.tensor([1.0, 2]):.2f}"


def test_len_and_iteration():
    t = tg.tensor([[1.0, 2], [3, 4]], requires_grad=True)
    assert len(t) == 2
    first, second = t
    assert first.numpy().tolist() == [1, 2]
    (first * second).sum().backward()
    assert t.grad.tolist() == [[3, 4], [1, 2]]
    assert [x.item() for x in tg.tensor([1.0, 2])] == [1, 2]
    assert list(tg.tensor(np.zeros((0, 2)))) == []
    with pytest.raises(TypeError):
        len(tg.tensor(1.0))


def test_hash_is_identity_and_eq_is_by_entry():
    a, b = tg.tensor([1.0, 2]), tg.tensor([1.0, 3])
    assert (a == b).numpy().tolist() == [True, False]
    assert (a != b).numpy().tolist() == [False, True]
    assert len({a, b, a}) == 2
    assert {a: "a", b: "b"}[b] == "b"
    assert hash(a) != hash(tg.tensor(a)) or a is not b
    a.data = [5.0, 6.0]
    assert a in {a}
    assert 5.0 in a and 7.0 not in a


def test_augmented_assignment_makes_a_new_tensor_of_a_result():
    a = tg.tensor([1.0, 2], requires_grad=True)
    b = c = a * 1
    b += 1
    assert c.numpy().tolist() == [1, 2]
    b *= 2
    assert a.numpy().tolist() == [1, 2] and a.op is None
    b.sum().backward()
    assert a.grad.tolist() == [2, 2]
