"""Refusals: what happened, on which tensor, and the line to write instead."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from ops.table.cases import INDICES, real

import tinygrad_edu as tg
from tinygrad_edu.autodiff import messages

from .helpers import W, refuses

f4, f8 = np.float32, np.float64


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
    for call in (
        np.asarray,
        np.array,
        np.ascontiguousarray,
        np.asarray_chkfinite,  # in a function of NumPy's, which is not np.testing
        lambda x: np.array([x, x]),
        lambda x: np.ones(4).put([0], x),
    ):
        with refuses(TypeError, r"\.numpy\(\)"):
            call(W())


def test_numpy_functions_without_a_rule():
    for call in (np.cov, np.linalg.svd, np.sinc, np.nanmax, lambda x: np.fmod(x, 2), np.spacing):
        with refuses(TypeError, "no gradient rule", r"\.numpy\(\)"):
            call(W())
    with refuses(TypeError, "np.spacing has no gradient rule"):
        np.spacing(W())


def test_out():
    a = np.zeros((2, 2))
    for call in (
        lambda: np.add(a, W(), out=a),
        lambda: operator.iadd(a, W()),
        lambda: np.exp(W(), out=a),
    ):
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
    for call in (
        lambda: np.sum(W(), dtype=f4),
        lambda: np.add(W(), 1, where=np.array([True, False])),
        lambda: np.matmul(W(), W(), axes=[(0, 1), (0, 1), (0, 1)]),
        lambda: W().sum(where=True),
        lambda: np.mean(W(), dtype="f4"),
        lambda: np.max(W(), initial=3.0),
        lambda: tg.relu(W(), slope=0.1),
    ):
        with refuses(TypeError, "has no keyword"):
            call()


@pytest.mark.parametrize(
    "seed",
    [np.ones(2), np.ones(2, np.float16), np.ones(2, int), np.ones(2, bool), tg.tensor([1.0, 1.0])],
    ids=lambda g: str(g.dtype),
)
def test_a_gradient_of_another_dtype(seed):
    x = tg.tensor(np.ones(2, f4), requires_grad=True, name="x")
    y = x * 3
    with refuses(
        TypeError, str(seed.dtype), r"mul f32\[2\] has float32", r"gradient.astype\('float32'\)"
    ):
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


def test_an_unknown_keyword_after_one_that_says_nothing():
    with refuses(TypeError, "has no keyword 'bogus'"):
        tg.sum(W(), out=None, bogus=3)


def test_an_empty_tensor_has_no_item():
    with refuses(ValueError, "has 0"):
        tg.tensor([]).item()


def test_an_unknown_keyword_that_is_none():
    with pytest.raises(TypeError):
        W().sum(axes=None)


def test_mse_of_a_column_against_a_row():
    for loss in (tg.mse, tg.bce_with_logits):
        with refuses(ValueError, r"\(3, 1\)", r"\(3,\)", r"reshape\(3, 1\)"):
            loss(tg.tensor(np.ones((3, 1)), requires_grad=True), np.ones(3))
        with refuses(ValueError, "reshape"):
            loss(tg.tensor(np.ones(3), requires_grad=True), np.ones((3, 1)))


@pytest.mark.parametrize(
    "labels, words",
    [
        ([0, 3], ["label 3", r"0\.\.2"]),
        ([-1, 0], ["label -1", r"0\.\.2"]),
        ([0.0, 1.0], ["integers"]),
        ([[1, 0, 0], [0, 1, 0]], [r"\(2, 3\)", r"\(2,\)"]),
        ([0], [r"\(2,\)", r"\(1,\)"]),
        ([True, False], ["integers"]),
    ],
)
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
    for call in (
        lambda: W() + thing,
        lambda: thing * W() if not isinstance(thing, (str, list)) else W() * thing,
        lambda: W() ** thing,
        lambda: tg.tensor(thing),
    ):
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
    assert messages.describe(W()) == "'W' f64[2,2]"
    assert messages.describe(W() * 2) == "mul f64[2,2]"
    assert messages.describe(np.zeros((0, 3), np.uint8)) == "array u8[0,3]"
    assert messages.describe(2.5) == "array f64[]"


@pytest.mark.parametrize("shape, index", INDICES)
def test_indexing_is_numpys(shape, index):
    """Through x[...], which copies what the graph keeps; the catalogue's test calls the
    operation."""
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


@pytest.mark.parametrize(
    "shape, index",
    [
        ((0, 3), np.zeros((0, 3), bool)),
        ((2,), [[]]),
        ((3,), np.zeros(3, bool)),
        ((2, 3), []),
        ((0, 3), np.zeros(0, bool)),
        ((2, 3), (slice(None), [])),
        ((2, 0), np.zeros((2, 0), bool)),
    ],
)
def test_indices_that_choose_nothing(shape, index):
    data = np.zeros(shape)
    y = tg.tensor(data, requires_grad=True)[index]
    assert y.shape == data[index].shape


@pytest.mark.parametrize(
    "derive",
    [
        lambda f, x: f(x).sum().backward(),
        lambda f, x: tg.grad(f)(2.0),
        lambda f, x: tg.jit(lambda x: f(x).sum().backward())(x),
    ],
)
def test_ones_own_operation_without_a_rule_has_no_gradient_of_0(own_operations, derive):
    f = tg.op("f(x)", "x * 2.0")
    x = tg.tensor([1.0], requires_grad=True)
    y = f(x)
    assert y.dtype == f8 and y.numpy().tolist() == [2]
    assert f(x.detach()).op is None and not f(x.detach()).requires_grad
    with refuses(TypeError, "f has no gradient rule for its input 'x'", 'x="g \\* ..."'):
        derive(f, x)
    assert x.grad is None


@pytest.mark.parametrize(
    "transform",
    [
        tg.grad,
        tg.value_and_grad,
        tg.jacobian,
        tg.hessian,
        tg.vjp,
        lambda y, x: tg.jvp(y, (x,), (x,)),
        lambda y, x: tg.hvp(y, (x,), (x,)),
    ],
)
def test_a_tensor_in_the_place_of_a_function(transform):
    """torch.autograd.grad(y, x)"""
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    with refuses(
        TypeError,
        r"differentiate functions, and got sum f64\[\]",
        r"y\.backward\(\), and then x\.grad",
    ):
        transform((x * x).sum(), x)


def test_t_reverses_all_axes():
    a = np.arange(24.0).reshape(2, 3, 4)
    assert tg.tensor(a).T.numpy().tolist() == a.T.tolist()


def test_lists_are_taken_as_arrays():
    assert tg.relu([-1.0, 2.0]).tolist() == [0, 2]
    assert tg.mul([1.0, 2.0], (3.0, 4.0)).tolist() == [3, 8]
