"""The Tensor among other objects: dtypes, NumPy, printing, copying, and what it refuses."""

from __future__ import annotations

import copy
import operator
import pickle
import threading

import numpy as np
import pytest
from ops.table.cases import INDICES, real

import tinygrad_edu as tg
from tinygrad_edu import engine

f4, f8 = np.float32, np.float64


# dtype

def x32(requires_grad=True):
    return tg.tensor(np.array([1.5, 2.5, 3.5], f4), requires_grad=requires_grad)


SCALARS = {
    "int": 2, "float": 2.5, "bool": True, "np.float32": f4(2.5), "np.float16": np.float16(2.5), "np.int64": np.int64(2),
    "np.uint8": np.uint8(2), "np.bool": np.bool_(True), "0-d float64": np.array(2.5), "0-d int": np.array(2),
    "0-d tensor": tg.tensor(2.5), "0-d tracked": tg.tensor(2.5, requires_grad=True), "np.float64": f8(2.5),
}
BINARY = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
    "np.add": np.add, "np.subtract": np.subtract, "np.multiply": np.multiply, "np.divide": np.divide,
    "np.power": np.power, "np.maximum": np.maximum, "np.minimum": np.minimum, "tg.maximum": tg.maximum,
    "where": lambda a, b: tg.where(np.array([True, False, True]), a, b),
    "np.where": lambda a, b: np.where(np.array([True, False, True]), a, b),
}


@pytest.mark.parametrize("scalar", SCALARS.values(), ids=SCALARS)
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", BINARY)
def test_what_has_no_axis_takes_its_partners_dtype(name, side, scalar):
    x = x32()
    y = BINARY[name](x, scalar) if side == "left" else BINARY[name](scalar, x)
    assert isinstance(y, tg.Tensor)
    assert y.dtype == f4
    plain = scalar.item() if hasattr(scalar, "item") else scalar
    a, b = (x.numpy().astype(f8), plain) if side == "left" else (plain, x.numpy().astype(f8))
    expected = {"tg.maximum": np.maximum, "where": BINARY["np.where"]}.get(name, BINARY[name])(a, b)
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-6)
    y.backward(np.ones(3, f4))
    assert x.grad.dtype == f4


@pytest.mark.parametrize("scalar", SCALARS.values(), ids=SCALARS)
def test_a_float64_array_stays_float64(scalar):
    for function in BINARY.values():
        assert function(tg.tensor([1.0, 2, 3]), scalar).dtype == f8
        assert function(scalar, tg.tensor([1.0, 2, 3])).dtype == f8


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint8, np.int32, np.int64, np.uint64])
@pytest.mark.parametrize("wrap", [lambda a: a, tg.tensor, np.ndarray.tolist], ids=["array", "tensor", "list"])
@pytest.mark.parametrize("name", BINARY)
def test_integers_and_booleans_take_the_floats_dtype(name, kind, wrap):
    other = np.array([1, 2, 1]).astype(kind)
    for y in (BINARY[name](x32(), wrap(other)), BINARY[name](x32(False) + 0, wrap(other))):
        assert y.dtype == f4
    assert BINARY[name](wrap(other), x32()).dtype == f4


def test_floating_arrays_meet_as_numpys_do():
    assert (x32() + np.ones(3)).dtype == f8
    assert (np.ones(3) * x32()).dtype == f8
    assert (x32() + np.ones(3, np.float16)).dtype == f4
    assert (tg.tensor(f4(1)) + tg.tensor(f8(1))).dtype == f8
    assert (tg.tensor(f4(1)) + 1.0).dtype == f4
    assert (tg.tensor(f4(1)) + np.array([1])).dtype == f4


def test_products_joins_and_losses_keep_float32():
    W = tg.tensor(np.ones((3, 2), f4), requires_grad=True)
    assert (np.ones((4, 3), np.uint8) @ W).dtype == f4
    assert (W @ np.array([True, False])).dtype == f4
    assert np.concatenate([x32(), np.array([1, 2])]).dtype == f4
    assert np.stack([x32()[0], np.array(1.0)]).dtype == f8           # no axis anywhere: NumPy's rule
    assert tg.mse(x32(), np.array([1, 2, 3])).dtype == f4
    assert tg.bce_with_logits(x32(), np.array([True, False, True])).dtype == f4
    assert tg.cross_entropy(W, np.array([0, 1, 1])).dtype == f4
    for y in (x32().mean(), x32().sum(), x32() ** 2, x32() ** 0.5, 2 ** x32(), 1 / x32(), x32().clip(0, 2), -x32(),
              abs(x32()), tg.softplus(x32()), tg.sigmoid(x32()), tg.softmax(x32()), tg.log_softmax(x32()),
              tg.logsumexp(x32()), x32()[0], x32().mean() * f4(2), tg.where(x32() > 2, 1.0, x32())):
        assert y.dtype == f4


@pytest.mark.parametrize("call", [
    lambda x: x.clip(f8(0), f8(2)), lambda x: x ** f8(2), lambda x: np.clip(x, np.array(0.0), 2),
], ids=["clip", "power", "clip 0-d"])
def test_parameters_do_not_widen(call):
    assert call(x32()).dtype == f4


def test_the_gradient_has_the_dtype_of_its_tensor():
    a, b = x32(), tg.tensor([1.0, 2, 3], requires_grad=True)
    (a * b).sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == (f4, f8)
    assert a.grad.tolist() == [1, 2, 3]
    assert b.grad.tolist() == [1.5, 2.5, 3.5]


def test_astype_there_and_back():
    a = x32()
    y = a.astype(f8)
    assert y.dtype == f8
    (y * y).sum().backward()
    assert a.grad.dtype == f4
    assert a.grad.tolist() == [3, 5, 7]


@pytest.mark.parametrize("call", [
    pytest.param(lambda: tg.tensor([1.0, 2.0]) * 1j, id="number"),
    pytest.param(lambda: np.array(1j) * tg.tensor([1.0, 2.0]), id="0-d"),
    pytest.param(lambda: tg.tensor([1.0, 2.0]) + tg.tensor([1j, 2j]), id="tensor"),
    pytest.param(lambda: np.array([1j, 2j]) * tg.tensor([1.0, 2.0]), id="array")])
def test_complex_numbers_are_kept_or_refused(call):
    try:
        y = call()
    except TypeError:
        return
    assert y.dtype == np.complex128


# The lecture

X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
Y = np.array([0.0, 1, 1, 0])


def lecture(b, column=False, dtype=f8):
    shape = (2, 1) if column else (2,)
    p = {"W": np.ones((2, 2)), "c": np.array([0.0, -1]), "w": np.array([1.0, -2]).reshape(shape), "b": np.array([b])}
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
@pytest.mark.parametrize("loss", [tg.mse, lambda p, t: ((p - t) ** 2).mean(), lambda p, t: np.mean((t - p) ** 2)],
                         ids=["mse", "composed", "numpy"])
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


# NumPy and other objects

@pytest.mark.parametrize("name", [k for k in BINARY if "." not in k and k != "where"])
def test_arrays_and_tensors_meet_both_ways(name):
    a = np.array([[1.0, 2, 3], [4, 5, 6]])
    t = tg.tensor([1.0, 2, 3], requires_grad=True)
    for got, expected in ((BINARY[name](a, t), BINARY[name](a, t.data)), (BINARY[name](t, a), BINARY[name](t.data, a))):
        assert isinstance(got, tg.Tensor)
        assert got.requires_grad
        np.testing.assert_array_equal(got.numpy(), expected)


def test_array_at_tensor():
    W = tg.tensor([[1.0, 2], [3, 4]], requires_grad=True)
    y = np.array([[1.0, 1]]) @ W
    assert y.numpy().tolist() == [[4, 6]]
    y.backward([[1.0, 10]])
    assert W.grad.tolist() == [[1, 10], [1, 10]]
    assert ([[1.0, 1]] @ W).numpy().tolist() == [[4, 6]]
    assert (W @ [1.0, 1]).numpy().tolist() == [3, 7]


@pytest.mark.parametrize("name", ["<", "<=", ">", ">=", "==", "!="])
def test_comparisons_from_both_sides(name):
    compare = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq,
               "!=": operator.ne}[name]
    t, a = tg.tensor([1.0, 2, 3], requires_grad=True), np.array([2.0, 2, 2])
    for got, expected in ((compare(t, a), compare(t.data, a)), (compare(a, t), compare(a, t.data)),
                          (compare(2, t), compare(2, t.data)), (compare(t, 2), compare(t.data, 2))):
        assert isinstance(got, tg.Tensor)
        assert got.dtype == bool
        assert not got.requires_grad
        assert got.numpy().tolist() == expected.tolist()


def test_booleans():
    t = tg.tensor([1.0, 2, 3])
    assert ((t > 1) & (t < 3)).numpy().tolist() == [False, True, False]
    assert ((t <= 1) | (t >= 3)).numpy().tolist() == [True, False, True]
    assert (~(t > 1)).numpy().tolist() == [True, False, False]
    assert (np.array([True, True, False]) & (t > 1)).numpy().tolist() == [False, True, False]


def test_booleans_with_a_python_bool_on_the_left():
    assert (True & (tg.tensor([1.0, 2]) > 1)).numpy().tolist() == [False, True]
    assert (False | (tg.tensor([1.0, 2]) > 1)).numpy().tolist() == [False, True]


def test_unary_plus():
    assert (+tg.tensor([1.0, -2])).numpy().tolist() == [1, -2]


M = np.array([[1.0, 4], [2, 3], [6, 5]])


@pytest.mark.parametrize("call", [
    lambda x: np.sum(x, axis=1), lambda x: np.sum(x, keepdims=True), lambda x: np.mean(x, axis=(0, 1)),
    lambda x: np.max(x, axis=0, keepdims=True), lambda x: np.concatenate((x, x), axis=-1), lambda x: np.stack((x, x)),
    lambda x: np.transpose(x), lambda x: np.clip(x, None, 2.0), lambda x: np.argmin(x, axis=1, keepdims=True),
    lambda x: x.T, lambda x: x.mT, lambda x: x.reshape(6), lambda x: x.reshape(-1, 3), lambda x: x.reshape((1, 6)),
    lambda x: x.reshape([2, 3]), lambda x: x.transpose(), lambda x: x.transpose(1, 0), lambda x: x.transpose((1, 0)),
    lambda x: x.transpose(None), lambda x: x.sum(0), lambda x: x.sum(axis=-1, keepdims=True), lambda x: x.max(1),
    lambda x: x.mean(), lambda x: x.argmax(axis=1), lambda x: x.swapaxes(0, 1), lambda x: x.clip(2, 4),
    lambda x: x.clip(max=2), lambda x: x[1:], lambda x: x[..., None], lambda x: x[x > 2], lambda x: x[[0, 0], 1],
    lambda x: np.zeros_like(x), lambda x: np.ones_like(x, dtype=int), lambda x: np.full_like(x, 3),
    lambda x: np.array(np.shape(x)), lambda x: np.array([np.size(x), np.ndim(x)]), lambda x: -x, lambda x: abs(-x),
    lambda x: x.astype(int), lambda x: x.T @ x, lambda x: x @ x[0], lambda x: x.T[0] @ x,
])
def test_methods_and_keywords_are_numpys(call):
    got, expected = call(tg.tensor(M)), call(M)
    np.testing.assert_array_equal(getattr(got, "_data", got), expected)
    assert getattr(got, "_data", got).dtype == expected.dtype
    assert got.shape == expected.shape


def test_index_by_a_tensor():
    x = tg.tensor([1.0, 2, 3], requires_grad=True)
    x[tg.tensor([0, 0])].sum().backward()
    x[tg.tensor([True, False, True])].sum().backward()
    assert x.grad.tolist() == [3, 0, 1]


def test_asarray_of_a_constant():
    t = tg.tensor([1.0, 2])
    assert np.asarray(t).tolist() == [1, 2]
    assert np.asarray(t, np.float32).dtype == f4
    np.array(t)[0] = 5
    assert t.numpy().tolist() == [1, 2]


def test_data_comes_in_as_a_copy_unless_it_is_shared():
    a = np.array([1.0, 2])
    copied, shared = tg.tensor(a), tg.tensor(a, copy=False)
    a[0] = 5
    assert copied.numpy().tolist() == [1, 2]
    assert shared.numpy().tolist() == [5, 2]
    assert not np.shares_memory(shared.numpy(), a)
    assert not np.shares_memory(tg.tensor(copied).data, copied.data)


def test_tensor_makes_what_numpy_makes():
    assert tg.tensor([1, 2]).dtype == np.array([1, 2]).dtype
    assert tg.tensor([1.0, 2]).dtype == f8
    assert tg.tensor([1, 2], "float32").dtype == f4
    assert tg.tensor(2.0).shape == ()
    assert tg.tensor(tg.tensor([1.0], requires_grad=True)).requires_grad is False
    assert tg.tensor([[1.0, 2, 3]]).ndim == 2 and tg.tensor([[1.0, 2, 3]]).size == 3
    assert tg.tensor([[1.0, 2, 3]]).nbytes == 24


# How it prints and what Python asks of it

@pytest.mark.parametrize("make, text", [
    (lambda: tg.tensor([[1.0, 2]]), "tensor([[1., 2.]], f64[1,2])"),
    (lambda: tg.tensor([1.0], "float32", requires_grad=True, name="W"),
     "tensor([1.], f32[1], name='W', requires_grad=True)"),
    (lambda: tg.tensor(2.0, requires_grad=True) * 3, "tensor(6., f64[], op=mul)"),
    (lambda: tg.tensor([1, 2]), "tensor([1, 2], i64[2])"),
    (lambda: tg.tensor([True]), "tensor([ True], bool[1])"),
    (lambda: tg.tensor(np.zeros((0, 3))), "tensor([], f64[0,3])"),
])
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
    assert float(tracked) == 1.5 and bool(tracked)


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


def test_augmented_assignment_makes_a_new_tensor():
    a = b = tg.tensor([1.0, 2], requires_grad=True)
    b += 1
    b *= 2
    assert a.numpy().tolist() == [1, 2] and a.op is None
    b.sum().backward()
    assert a.grad.tolist() == [2, 2]


# Copies

def test_deepcopy_of_leaves():
    w = tg.tensor([1.0, 2], "float32", requires_grad=True, name="w")
    (w * w).sum().backward()
    twin, again = copy.deepcopy([w, w])
    assert twin is again and twin is not w
    assert (twin.name, twin.requires_grad, twin.dtype) == ("w", True, f4)
    assert twin.grad.tolist() == [2, 4]
    assert not np.shares_memory(twin.data, w.data) and not np.shares_memory(twin.grad, w.grad)
    (twin * 3).sum().backward()
    assert w.grad.tolist() == [2, 4] and twin.grad.tolist() == [5, 7]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_of_leaves(protocol):
    w = tg.tensor([[1.0, 2]], "float32", requires_grad=True, name="w")
    twin = pickle.loads(pickle.dumps(w, protocol))
    assert (twin.name, twin.requires_grad, twin.dtype, twin.shape) == ("w", True, f4, (1, 2))
    assert twin.data.tolist() == [[1, 2]]
    (twin * 2).sum().backward()
    assert twin.grad.tolist() == [[2, 2]]


def test_copies_of_results_are_refused():
    y = tg.tensor([1.0], requires_grad=True) * 2
    with pytest.raises(RuntimeError, match=r"x\.detach\(\)"):
        copy.deepcopy(y)
    with pytest.raises(RuntimeError, match=r"x\.detach\(\)"):
        pickle.dumps(y)
    assert copy.deepcopy(y.detach()).numpy().tolist() == [2]
    assert pickle.loads(pickle.dumps(y.detach())).numpy().tolist() == [2]


def test_detach_is_a_constant_copy():
    w = tg.tensor([1.0, 2], requires_grad=True, name="w")
    d = w.detach()
    assert not d.requires_grad and d.op is None and d.name == "w"
    assert (w * 2).detach().op is None
    y = (w * d).sum()
    d2 = w.detach()
    w.data[0] = 7.0
    assert d.numpy().tolist() == [1, 2]
    y.backward()                                    # reads d, which is as it was
    assert w.grad.tolist() == [1, 2]
    assert not np.shares_memory(d2.numpy(), w.numpy())


def test_numpy_is_a_copy():
    w = tg.tensor([1.0, 2], requires_grad=True)
    w.numpy()[0] = 9
    assert w.data.tolist() == [1, 2]
    assert (w * 1).numpy().flags.writeable


# no_grad

def test_no_grad_and_back():
    w = tg.tensor([1.0], requires_grad=True)
    with tg.no_grad():
        y = w * 2
        with tg.no_grad():
            pass
        assert not (w * 2).requires_grad
        w[0] = 5.0
    assert not y.requires_grad and y.op is None
    assert (w * 2).requires_grad
    assert w.requires_grad


def test_no_grad_ends_with_an_exception():
    w = tg.tensor([1.0], requires_grad=True)
    with pytest.raises(ZeroDivisionError), tg.no_grad():
        1 / 0  # noqa: B018
    assert (w * 2).requires_grad


def test_no_grad_as_a_decorator():
    w = tg.tensor([1.0], requires_grad=True)

    @tg.no_grad()
    def predict():
        return w * 2

    assert not predict().requires_grad
    assert not predict().requires_grad
    assert (w * 2).requires_grad


def test_no_grad_holds_for_its_thread_only():
    w, seen = tg.tensor([1.0], requires_grad=True), []
    with tg.no_grad():
        thread = threading.Thread(target=lambda: seen.append((w * 2).requires_grad))
        thread.start()
        thread.join()
        assert not (w * 2).requires_grad
    assert seen == [True]


@pytest.mark.parametrize("function", [tg.sigmoid, tg.softmax, tg.tanh, tg.log_softmax, tg.relu])
def test_what_was_not_recorded_can_become_a_leaf(function):
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with tg.no_grad():
        p = function(x)
    p.requires_grad = True
    (p * 3).sum().backward()
    assert p.grad is not None
    assert p.grad.tolist() == [3, 3]


# Refusals: what happened, and the line to write instead

def refuses(error, *words):
    return pytest.raises(error, match="(?s)" + ".*".join(words))


W = lambda: tg.tensor([[1.0, 2], [3, 4]], requires_grad=True, name="W")


def test_integers_do_not_require_a_gradient():
    for data in ([1, 2], True, [1j], np.uint8(3)):
        with refuses(TypeError, "floating", "dtype=float"):
            tg.tensor(data, requires_grad=True)
    t = tg.tensor([1, 2], name="labels")
    with refuses(TypeError, "'labels'", r"i64\[2\]", "dtype=float"):
        t.requires_grad = True
    assert not t.requires_grad


def test_backward_of_many_numbers():
    with refuses(RuntimeError, r"f64\[2,2\] holds 4", r"\.sum\(\)\.backward\(\)"):
        (W() * 2).backward()


def test_backward_of_a_constant():
    with refuses(RuntimeError, "requires_grad=True"):
        (tg.tensor([1.0]) * 2).sum().backward()
    with tg.no_grad():
        y = W().sum()
    with refuses(RuntimeError, "no_grad"):
        y.backward()


@pytest.mark.parametrize("shape", [(2,), (1, 2, 2), (4,), ()])
def test_gradient_of_a_wrong_shape(shape):
    w = W()
    with refuses(ValueError, r"\(2, 2\)", "agree"):
        (w * 2).backward(np.ones(shape))
    assert w.grad is None


def test_a_shape_of_one_entry():
    w = tg.tensor([[2.0]], requires_grad=True)
    (w * 3).backward()
    assert w.grad.tolist() == [[3]]


def test_assignment_into_what_is_tracked():
    w = W()
    with refuses(RuntimeError, "'W'", "no_grad"):
        w[0, 0] = 5.0
    y = w * 2
    with refuses(RuntimeError, r"tg\.where"):
        y[0] = 5.0
    with tg.no_grad(), refuses(RuntimeError, r"tg\.where"):
        y[0] = 5.0
    with refuses(RuntimeError, r"x\.detach\(\)"):
        y.data = np.zeros((2, 2))
    with refuses(ValueError, "'W'", "new tensor"):
        w.data = np.zeros(4)
    assert w.data.tolist() == [[1, 2], [3, 4]]


def test_assignment_under_no_grad():
    w = W()
    with tg.no_grad():
        w[0] = tg.tensor([7.0, 8.0])
        w[tg.tensor([False, True])] = 0
    assert w.data.tolist() == [[7, 8], [0, 0]]
    t = tg.tensor([1.0, 2])
    t[0] = 5
    assert t.data.tolist() == [5, 2]


def test_data_is_written_in_place_and_in_its_dtype():
    w = tg.tensor([1.0, 2], "float32", requires_grad=True)
    memory = w.data
    w.data = np.array([3.0, 4.0])
    assert np.shares_memory(w.data, memory) and memory.tolist() == [3, 4] and w.dtype == f4
    w.data -= f4(1)
    assert np.shares_memory(w.data, memory) and memory.tolist() == [2, 3]
    w.data = w.data[::-1]
    assert memory.tolist() == [3, 2]


def test_asarray_of_what_is_tracked():
    for call in (np.asarray, np.array, np.ascontiguousarray, lambda x: np.array([x, x]),
                 lambda x: np.ones(4).put([0], x)):
        with refuses(TypeError, r"\.numpy\(\)"):
            call(W())


def test_numpy_functions_without_a_rule():
    for call in (np.median, np.linalg.svd, np.sinc, np.nanmax, lambda x: np.fmod(x, 2), np.deg2rad):
        with refuses(TypeError, "no gradient rule", r"\.numpy\(\)"):
            call(W())
    with refuses(TypeError, "np.deg2rad has no gradient rule"):
        np.deg2rad(W())


def test_out():
    a = np.zeros((2, 2))
    for call in (lambda: np.add(a, W(), out=a), lambda: operator.iadd(a, W()), lambda: np.exp(W(), out=a)):
        with refuses(TypeError, "a = a"):
            call()
    with refuses(TypeError, "out"):
        np.sum(W(), out=a)
    assert not a.any()


def test_ufunc_methods():
    for call in (np.add.reduce, np.add.accumulate, lambda x: np.multiply.outer(x, x)):
        with refuses(TypeError, "no gradient rule"):
            call(W())


def test_a_keyword_without_a_rule():
    for call in (lambda: np.sum(W(), dtype=f4), lambda: np.add(W(), 1, where=np.array([True, False])),
                 lambda: np.matmul(W(), W(), axes=[(0, 1), (0, 1), (0, 1)]), lambda: W().sum(where=True),
                 lambda: np.mean(W(), dtype="f4"), lambda: np.max(W(), initial=3.0), lambda: tg.relu(W(), slope=0.1)):
        with refuses(TypeError, "has no keyword"):
            call()


@pytest.mark.parametrize("seed", [np.ones(2), np.ones(2, np.float16), np.ones(2, int), np.ones(2, bool),
                                  tg.tensor([1.0, 1.0])], ids=lambda g: str(g.dtype))
def test_a_gradient_of_another_dtype(seed):
    x = tg.tensor(np.ones(2, f4), requires_grad=True, name="x")
    y = x * 3
    with refuses(TypeError, str(seed.dtype), r"mul f32\[2\] has float32", r"gradient.astype\('float32'\)"):
        y.backward(seed)
    assert x.grad is None and y.grad is None
    for plain in ([1.0, 1], [1, 1], (True, True), np.ones(2, f4), tg.tensor(np.ones(2, f4))):
        y.backward(plain)
    assert x.grad.tolist() == [15, 15]
    z = (x * 2).sum()
    for plain in (1, 1.0, np.float64(1), np.int8(1), np.array(1, f4)):
        z.backward(plain)
    assert x.grad.tolist() == [25, 25] and x.grad.dtype == f4


def test_requires_grad_of_what_has_it_already_changes_nothing():
    x = tg.tensor([1.0, 2], requires_grad=True)
    y = x * 3
    y.requires_grad = True
    assert not y.is_leaf
    y.sum().backward()
    assert x.grad.tolist() == [3, 3]


@pytest.mark.parametrize("value", [np.ones(1), np.ones(3), 1.0, np.ones((1, 2)), []])
def test_data_of_another_shape_is_not_broadcast(value):
    w = tg.tensor([3.0, 4], requires_grad=True, name="w")
    with refuses(ValueError, "'w' f64"):
        w.data = value
    assert w.data.tolist() == [3, 4]


def test_an_empty_tensor_has_no_truth():
    with refuses(ValueError, "0 entries"):
        bool(tg.tensor([]))


def test_a_cast_to_booleans_is_a_constant():
    y = tg.tensor([1.0, 0], requires_grad=True).astype(bool)
    assert y.dtype == bool and not y.requires_grad


def test_the_matrix_transpose_of_a_stack():
    a = np.arange(24.0).reshape(2, 3, 4)
    assert tg.tensor(a).mT.numpy().tolist() == a.mT.tolist()


def test_an_unknown_keyword_that_is_none():
    with pytest.raises(TypeError):
        W().sum(axes=None)


def test_mse_of_a_column_against_a_row():
    for loss in (tg.mse, tg.bce_with_logits):
        with refuses(ValueError, r"\(3, 1\)", r"\(3,\)", r"reshape\(3, 1\)"):
            loss(tg.tensor(np.ones((3, 1)), requires_grad=True), np.ones(3))
        with refuses(ValueError, "reshape"):
            loss(tg.tensor(np.ones(3), requires_grad=True), np.ones((3, 1)))


@pytest.mark.parametrize("labels, words", [
    ([0, 3], ["label 3", r"0\.\.2"]), ([-1, 0], ["label -1", r"0\.\.2"]), ([0.0, 1.0], ["integers"]),
    ([[1, 0, 0], [0, 1, 0]], [r"\(2, 3\)", r"\(2,\)"]), ([0], [r"\(2,\)", r"\(1,\)"]), ([True, False], ["integers"]),
])
def test_bad_labels(labels, words):
    error = TypeError if "integers" in words else ValueError
    z = tg.tensor(np.zeros((2, 3)), requires_grad=True)
    with refuses(error, "cross_entropy", *words):
        tg.cross_entropy(z, np.array(labels))
    with refuses(error, "cross_entropy", *words):
        tg.cross_entropy(z, tg.tensor(labels))


def test_requires_grad_of_a_result_cannot_be_taken_away():
    with refuses(RuntimeError, r"x\.detach\(\)"):
        (W() * 2).requires_grad = False


def test_truth_item_and_iteration():
    with refuses(ValueError, "4 entries", r"tg\.where"):
        bool(W())
    with refuses(ValueError, "4", r"\.numpy\(\)"):
        W().item()
    with refuses(ValueError, "'W'"):
        float(W())
    with refuses(TypeError, r"\.item\(\)"):
        iter(tg.tensor(1.0))


@pytest.mark.parametrize("thing", [None, "a", object(), {}, ["a"]], ids=lambda t: type(t).__name__)
def test_what_is_no_number(thing):
    for call in (lambda: W() + thing, lambda: thing * W() if not isinstance(thing, (str, list)) else W() * thing,
                 lambda: W() ** thing, lambda: tg.tensor(thing)):
        with pytest.raises(TypeError, match="number"):
            call()


def test_matmul_with_what_is_no_number():
    with pytest.raises(TypeError, match="number"):
        W() @ None


def test_an_error_names_the_operation_and_its_inputs():
    with pytest.raises(ValueError) as caught:
        W() @ tg.tensor(np.ones((3, 2)), name="V")
    notes = " ".join(caught.value.__notes__)
    for word in ("matmul", "a @ b", "'W' f64[2,2]", "'V' f64[3,2]"):
        assert word in notes
    with pytest.raises(ValueError) as caught:
        W() + np.ones(3)
    assert "array f64[3]" in " ".join(caught.value.__notes__)
    with pytest.raises(ValueError) as caught:
        np.concatenate([W(), np.ones((1, 3))])
    assert "'W' f64[2,2]" in " ".join(caught.value.__notes__)


def test_backward_through_an_input_without_a_rule():
    c = tg.tensor([1.0, 0.0], requires_grad=True, name="c")
    with refuses(TypeError, "where", "'condition'", r"condition\.detach\(\)"):
        tg.where(c, 2.0, 3.0).sum().backward()
    tg.where(c.detach(), c, 3.0).sum().backward()
    assert c.grad.tolist() == [1, 0]


def test_a_complex_result_does_not_lose_the_gradient_in_silence():
    w = tg.tensor([1.0, 2.0], requires_grad=True)
    try:
        y = w.sum() + tg.sum(abs(w * np.array([3j, 3j])))
        y.backward()
    except (TypeError, np.exceptions.ComplexWarning):
        return
    assert w.grad.tolist() == [4, 4]


def test_an_empty_list_of_indices():
    x = tg.tensor([[1.0, 2]], requires_grad=True)
    assert x[[]].shape == (0, 2)
    assert x[:, []].shape == (1, 0)


def test_engine_describes():
    assert engine.describe(W()) == "'W' f64[2,2]"
    assert engine.describe(W() * 2) == "mul f64[2,2]"
    assert engine.describe(np.zeros((0, 3), np.uint8)) == "array u8[0,3]"
    assert engine.describe(2.5) == "array f64[]"


@pytest.mark.parametrize("shape, index", INDICES)
def test_indexing_is_numpys(shape, index):
    """Through x[...], which copies what the graph keeps; the catalogue's test calls the operation."""
    data = real(shape)
    x = tg.tensor(data, requires_grad=True)
    y = x[index]
    expected = np.asarray(data[index])
    assert y.shape == expected.shape
    np.testing.assert_array_equal(y.numpy(), expected)
    y.backward(np.ones(y.shape))
    count = np.zeros(shape)
    np.add.at(count, index, 1)
    assert x.grad.tolist() == count.tolist()


@pytest.mark.parametrize("shape, index", [
    ((0, 3), np.zeros((0, 3), bool)), ((2,), [[]]),
    ((3,), np.zeros(3, bool)), ((2, 3), []), ((0, 3), np.zeros(0, bool)), ((2, 3), (slice(None), [])),
    ((2, 0), np.zeros((2, 0), bool))])
def test_indices_that_choose_nothing(shape, index):
    data = np.zeros(shape)
    y = tg.tensor(data, requires_grad=True)[index]
    assert y.shape == data[index].shape


def test_a_float_without_a_rule_is_a_constant(own_operations):
    f = tg.op("f(x)", "x * 2.0")
    y = f(tg.tensor([1.0], requires_grad=True))
    assert y.dtype == f8 and not y.requires_grad and y.op is None


def test_t_reverses_all_axes():
    a = np.arange(24.0).reshape(2, 3, 4)
    assert tg.tensor(a).T.numpy().tolist() == a.T.tolist()


def test_lists_are_taken_as_arrays():
    assert tg.relu([-1.0, 2.0]).tolist() == [0, 2]
    assert tg.mul([1.0, 2.0], (3.0, 4.0)).tolist() == [3, 8]
