"""The three doors to an operation, `np.f(x)`, `tg.f(x)` and `x.f()`: one operation behind them,
with NumPy's result."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import ops
from tinygrad_edu.formula import BY_NUMPY, OPS

from . import test_numpys

CATALOGUE = {name: op for name, op in OPS.items() if op.__module__.startswith("tinygrad_edu.ops")}
NUMPYS = [
    f
    for f in BY_NUMPY
    if getattr(BY_NUMPY[f], "__module__", "").startswith("tinygrad_edu.ops")
    and f not in test_numpys.FUNCTIONS
]

M = np.array([[0.5, 0.25], [0.75, 0.3], [0.125, 0.9]])
BIG = M + 1.0
Q = np.array([[2.0, 1.0], [0.5, 3.0]])
CUBE = np.linspace(-1, 1, 24).reshape(2, 3, 4)
B = BIG > 1.4

# since NumPy 2.3
DEFAULT_AXIS = inspect.signature(np.take_along_axis).parameters["axis"].default == -1
# NumPy's own way of calling: arguments by position and by NumPy's names.
CALLS: dict = {
    np.around: [((M, 1), {}), ((M,), {"decimals": 2})],
    np.fix: [((M * 4,), {})],
    np.linalg.cholesky: [((Q @ Q.T,), {})],
    np.power: [((M, 2), {}), ((2, M), {}), ((M, M), {})],
    np.bitwise_and: [((B, ~B), {})],
    np.bitwise_or: [((B, ~B), {})],
    np.invert: [((B,), {})],
    np.bitwise_xor: [((B, ~B), {})],
    np.logical_xor: [((M, 0), {}), ((M, M), {})],
    np.logical_and: [((B, ~B), {}), ((M, 0), {})],
    np.logical_or: [((B, ~B), {}), ((M, 4), {})],
    np.logical_not: [((B,), {}), ((M,), {})],
    np.arccosh: [((BIG,), {})],
    np.matmul: [
        ((M, Q), {}),
        ((Q, Q[0]), {}),
        ((Q[0], Q), {}),
        ((Q[0], Q[1]), {}),
        ((CUBE, CUBE.swapaxes(1, 2)), {}),
    ],
    np.where: [((B, M, 0.0), {})],
    np.clip: [
        ((M, 0.3, 0.6), {}),
        ((M,), {"a_min": 0.3, "a_max": None}),
        ((M, None, 0.5), {}),
        ((M,), {"min": 0.2, "max": 0.7}),
        ((M,), {"a_max": 0.5, "a_min": 0.1, "out": None}),
    ],
    np.astype: [((M, np.float32), {}), ((M, "float64"), {"copy": True})],
    np.round: [((M,), {}), ((M, 1), {}), ((M,), {"decimals": 1})],
    np.take: [
        ((M, [0, 2], 0), {}),
        ((M, 3), {}),
        ((M, np.array([[1, -1]])), {"axis": 1, "mode": "raise"}),
    ],
    np.take_along_axis: [
        ((M, np.array([[1], [0], [1]]), 1), {}),
        *([((M, np.array([[1], [0], [1]])), {})] if DEFAULT_AXIS else []),
        ((M, np.array([[1, 1]])), {"axis": 0}),
    ],
    np.repeat: [((M, 2), {}), ((M, [1, 0, 2], 0), {}), ((M,), {"repeats": 2, "axis": 1})],
    np.tile: [((M, 2), {}), ((M, (2, 1, 2)), {}), ((M,), {"reps": (1, 2)})],
    np.diagonal: [
        ((M,), {}),
        ((M, 1), {}),
        ((CUBE, 0, 1, 2), {}),
        ((CUBE,), {"offset": -1, "axis1": 0, "axis2": 2}),
    ],
    np.sort: [((M,), {}), ((M, 0), {}), ((M,), {"axis": None, "kind": "stable"})],
    np.argsort: [((M,), {}), ((M, 0), {}), ((M,), {"axis": 0, "stable": True})],
    np.pad: [
        ((M, 1), {}),
        ((M, ((1, 0), (0, 2)), "constant"), {"constant_values": 3.0}),
        ((M, 1, "edge"), {}),
        ((M, 1), {"mode": "reflect"}),
        ((M, (1, 1)), {"mode": "wrap"}),
        ((M, 1), {"mode": "symmetric"}),
    ],
    np.outer: [((M, Q[0]), {})],
    np.reshape: [((M, (2, 3)), {}), ((M, -1), {}), ((M,), {"shape": (6, 1), "order": "C"})],
    np.ravel: [((M,), {}), ((M, "C"), {})],
    np.squeeze: [
        ((M[None],), {}),
        ((M[None, :, None], 0), {}),
        ((M[None, :, None],), {"axis": (0, 2)}),
    ],
    np.expand_dims: [((M, 1), {}), ((M,), {"axis": (0, -1)})],
    np.transpose: [((M,), {}), ((CUBE, (1, 2, 0)), {}), ((CUBE,), {"axes": (0, 2, 1)})],
    np.swapaxes: [((M, 0, 1), {}), ((CUBE,), {"axis1": -1, "axis2": 0})],
    np.moveaxis: [((CUBE, 0, -1), {}), ((CUBE,), {"source": (0, 1), "destination": (-1, 0)})],
    np.broadcast_to: [((M, (2, 3, 2)), {}), ((M,), {"shape": (1, 3, 2), "subok": False})],
    np.flip: [((M,), {}), ((M, 1), {}), ((M,), {"axis": (0, 1)})],
    np.roll: [((M, 1), {}), ((M, (1, 2), (0, 1)), {}), ((M,), {"shift": -1, "axis": 0})],
    np.tril: [((M,), {}), ((M, -1), {}), ((M,), {"k": 1})],
    np.triu: [((M,), {}), ((M, -1), {}), ((M,), {"k": 1})],
    np.concatenate: [(([M, M],), {}), (((M, M), 1), {}), (([M, M[0]],), {"axis": None})],
    np.stack: [(([M, M],), {}), (([M, M], 2), {}), (([M, M],), {"axis": -2, "out": None})],
    np.sum: [
        ((M,), {}),
        ((M, 0), {}),
        ((M, 0, None, None, True), {}),
        ((CUBE,), {"axis": (0, 2), "keepdims": True}),
        ((M,), {"axis": ()}),
    ],
    np.prod: [((M,), {}), ((M, 1), {}), ((M, (0, 1), None, None, True), {})],
    np.mean: [((M,), {}), ((M, 1), {}), ((M, 0, None, None, True), {})],
    np.var: [
        ((M,), {}),
        ((M, 1), {}),
        ((M, 0, None, None, 1), {}),
        ((M,), {"axis": 0, "ddof": 1, "keepdims": True}),
    ],
    np.std: [
        ((M,), {}),
        ((M, 1), {}),
        ((M, 0, None, None, 1), {}),
        ((M,), {"axis": 0, "ddof": 1, "keepdims": True}),
    ],
    np.max: [((M,), {}), ((M, 0), {}), ((M, 1, None, True), {})],
    np.min: [((M,), {}), ((M, 0), {}), ((M,), {"axis": (0, 1), "keepdims": True})],
    np.argmax: [((M,), {}), ((M, 0), {}), ((M,), {"axis": 1, "keepdims": True})],
    np.argmin: [((M,), {}), ((M, 0), {}), ((M,), {"axis": 1, "keepdims": True})],
    np.all: [((B,), {}), ((B, 0), {}), ((B,), {"axis": 1, "keepdims": True})],
    np.any: [((B,), {}), ((B, 0), {}), ((B,), {"axis": 1, "keepdims": True})],
    np.cumsum: [((M,), {}), ((M, 0), {}), ((M,), {"axis": -1})],
    np.cumprod: [((M,), {}), ((M, 0), {}), ((M,), {"axis": -1})],
    np.einsum: [(("ij,jk->ik", M, Q), {}), (("ij->j", M), {}), (("ii", Q), {"optimize": False})],
    np.tensordot: [((M, Q, 1), {}), ((M, M), {}), ((CUBE, M), {"axes": ([1], [0])})],
    np.dot: [((M, Q), {}), ((Q[0], Q[1]), {}), ((2.0, Q), {})],
    np.inner: [((M, Q), {}), ((Q[0], 3.0), {})],
    np.trace: [((Q,), {}), ((CUBE, 1, 1, 2), {}), ((Q,), {"offset": -1})],
    np.linalg.inv: [((Q,), {})],
    np.linalg.det: [((Q,), {}), ((np.stack([Q, Q.T]),), {})],
    np.linalg.solve: [((Q, Q[0]), {}), ((Q, M.T), {})],
    np.linalg.norm: [
        ((M,), {}),
        ((M, None, 0), {}),
        ((M, 1), {}),
        ((M[0], 3), {}),
        ((M,), {"ord": "fro", "axis": (0, 1), "keepdims": True}),
        ((M, np.inf, 1), {}),
    ],
    np.split: [((M, 3), {}), ((M, [1], 1), {}), ((M,), {"indices_or_sections": [1, 2], "axis": 0})],
    np.hstack: [(([M, M],), {}), (([Q[0], Q[1]],), {})],
    np.vstack: [(([M, M],), {}), (([Q[0], M],), {})],
    np.diff: [((M,), {}), ((M, 2, 0), {}), ((M,), {"n": 1, "axis": 0})],
}
for _f in NUMPYS:
    if isinstance(_f, np.ufunc):
        CALLS.setdefault(
            _f,
            [((M,) * _f.nin, {})]
            if _f.nin == 1
            else [((M, BIG), {}), ((M, 0.5), {}), ((0.5, M), {})],
        )

EACH = [
    pytest.param(f, a, k, id=f"{f.__name__}-{n}")
    for f, calls in CALLS.items()
    for n, (a, k) in enumerate(calls)
]


def wrap(a, requires_grad=False):
    if (
        isinstance(a, (list, tuple))
        and a
        and all(isinstance(v, np.ndarray) and v.dtype == float for v in a)
    ):
        return type(a)(wrap(v, requires_grad) for v in a)
    if isinstance(a, np.ndarray) and a.dtype.kind in "fb":
        return tg.tensor(a, requires_grad=requires_grad and a.dtype.kind == "f")
    return a


def same(got, expected):
    if isinstance(expected, (list, tuple)):
        assert len(got) == len(expected)
        for g, e in zip(got, expected, strict=True):
            same(g, e)
        return
    assert isinstance(got, tg.Tensor)
    assert got.shape == np.shape(expected)
    assert got.dtype == expected.dtype
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-14, atol=1e-15)


def test_every_numpy_function_of_the_catalogue_is_called_here():
    assert set(NUMPYS) == set(CALLS)


@pytest.mark.parametrize(("function", "args", "keywords"), EACH)
def test_numpys_result_through_numpys_door(function, args, keywords):
    same(function(*map(wrap, args), **keywords), function(*args, **keywords))
    tracked = function(*(wrap(a, True) for a in args), **keywords)
    for y in tracked if isinstance(tracked, list) else [tracked]:
        flat = y.dtype.kind != "f"
        assert y.requires_grad != flat


FIRST = {"condition", "v", "xs"}  # operations whose first input is no tensor of the user's


def test_every_operation_is_a_function_and_a_method():
    """What takes a tensor first is a method too, but for losses, and what an operator or a property
    writes."""
    written = {
        "add",
        "sub",
        "mul",
        "div",
        "neg",
        "identity",
        "power",
        "power_of",
        "equal",
        "not_equal",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "bitwise_and",
        "bitwise_or",
        "bitwise_xor",
        "invert",
        "getitem",
        "floor_divide",
        "mod",
        "matmul",
        "matvec",
        "vecmat",
        "inner",
    }
    functions_only = {
        "logical_and",
        "logical_or",
        "logical_xor",
        "logical_not",
        "multiply_no_nan",
        "mse",
        "bce_with_logits",
        "cross_entropy",
        "hypot",
        "arctan2",
        "logaddexp",
        "isnan",
        "isinf",
        "isfinite",
        "euclidean_norm",
        "p_norm",
        "solve_matrix",
        "solve_vector",
        "normal_pdf",
        "normal_cdf",
        "rbf",
        "cholesky",
        "det_sign",
        "log_abs_det",
    }
    for name, op in CATALOGUE.items():
        assert callable(getattr(tg, name)), name
        if name not in written | functions_only and op.inputs[0] not in FIRST:
            assert callable(getattr(tg.Tensor, name)), name


# An array's sort() works in place; a tensor's gives a new one, as np.sort.
METHODS = [
    name
    for name in CATALOGUE
    if inspect.isroutine(getattr(np.ndarray, name, None)) and name != "sort"
]


@pytest.mark.parametrize("name", METHODS)
def test_methods_are_those_of_arrays(name):
    required = {
        "take": ([0, 1],),
        "repeat": (2,),
        "reshape": (2, 3),
        "swapaxes": (0, 1),
        "astype": ("float32",),
    }
    x = BIG
    args = required.get(name, ())
    got = getattr(tg.tensor(x), name)(*args)
    expected = getattr(x, name)(*args)
    same(got, np.asarray(expected))


def test_composed_methods():
    x = tg.tensor(M, requires_grad=True)
    same(x.flatten(), M.flatten())
    same(x.dot(Q), M.dot(Q))
    same(x.trace(1), M.trace(1))
    same(x.norm(axis=0), np.linalg.norm(M, axis=0))
    same(x.split(3), np.split(M, 3))
    same(x.diff(axis=0), np.diff(M, axis=0))
    same(round(x, 1), np.round(M, 1))
    same(x // 0.2, M // 0.2)
    same(2 // x, 2 // M)
    same(x % 0.2, M % 0.2)
    same(2 % x, 2 % M)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.linalg.svd(x),
        lambda x: np.fmod(x, 2),
        lambda x: np.sum(x, 0, np.float32),
        lambda x: np.sum(x, initial=1.0),
        lambda x: np.sum(x, where=B),
        lambda x: np.cumsum(x, dtype="f4"),
        lambda x: np.var(x, correction=1),
        lambda x: np.var(x, mean=0.0),
        lambda x: np.take(x, [7], mode="wrap"),
        lambda x: np.reshape(x, 6, order="F"),
        lambda x: np.ravel(x, "F"),
        lambda x: np.pad(x, 1, mode="mean"),
        lambda x: np.concatenate([x, x], dtype="f4"),
        lambda x: np.diff(x, prepend=0.0),
        lambda x: np.linalg.norm(x, "nuc"),
        lambda x: np.linalg.norm(x, 2),
        lambda x: np.add(x, 1, where=B),
        lambda x: np.add(x, 1, dtype="f4"),
        lambda x: np.multiply.outer(x, x),
        lambda x: np.array([x, x]),
        lambda x: np.array([x.sum(), 1.0]),
        lambda x: np.full_like(M, x.sum()),
        lambda x: np.clip(x, x, None),
        lambda x: np.roll(x, tg.tensor(1)),
        lambda x: np.copyto(M, x),
        lambda x: x.sum(dtype="f4"),
        lambda x: x.var(correction=1),
        lambda x: np.einsum(x, [0, 1], [0]),
        lambda x: np.sort(x, order="f"),
        lambda x: np.trace(x, dtype="f4"),
    ],
)
def test_what_has_no_rule_is_refused(call):
    """Nothing is silently detached, nothing becomes an array of objects."""
    x = tg.tensor(M, requires_grad=True, name="x")
    with pytest.raises(TypeError) as caught:
        call(x)
    assert len(str(caught.value)) > 20


def test_facts_of_a_tensor_are_numpys():
    x = tg.tensor(M, requires_grad=True)
    assert (
        np.allclose(x, M)
        and np.array_equal(x, x)
        and np.isclose(x, M).all()
        and not np.iscomplexobj(x)
    )
    assert np.shape(x) == (3, 2) and np.ndim(x) == 2 and np.size(x) == 6
    assert np.result_type(x, np.float32) == np.float64
    for like in (np.zeros_like, np.ones_like, np.empty_like):
        assert type(like(x)) is np.ndarray and like(x).shape == (3, 2)


def test_what_tg_exports():
    assert set(ops.__all__) <= set(vars(tg))
