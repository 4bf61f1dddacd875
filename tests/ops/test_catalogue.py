"""Every operation of the catalogue against its row of the table: values, gradients of order one and
two, layouts."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np
import pytest
from each import close, each, equal, of

import tinygrad_edu as tg
from tinygrad_edu.autodiff import walk
from tinygrad_edu.formula import OPS

from .table import TABLE

CATALOGUE = dict(OPS)  # as imported: other tests declare operations of their own
SMOOTH = [name for name in TABLE if name in OPS and any(OPS[name].gradients)]
H = 1e-30
CHOOSES_EXACTLY = {
    "getitem",
    "reshape",
    "transpose",
    "swapaxes",
    "broadcast_to",
    "concatenate",
    "stack",
    "where",
    "maximum",
    "minimum",
    "max",
    "min",
    "relu",
    "abs",
    "neg",
    "sign",
    "identity",
    "ravel",
    "squeeze",
    "expand_dims",
    "moveaxis",
    "flip",
    "roll",
    "tril",
    "triu",
    "take",
    "take_along_axis",
    "repeat",
    "tile",
    "diagonal",
    "sort",
    "pad",
    "floor",
    "ceil",
    "trunc",
    "rint",
    "round",
    "hard_tanh",
    "threshold",
    "floor_divide",
    "det_sign",
}


def test_every_operation_has_a_row_and_every_row_an_operation():
    for module in pkgutil.iter_modules(
        importlib.import_module("tinygrad_edu.ops").__path__, "tinygrad_edu.ops."
    ):
        importlib.import_module(module.name)
    assert set(CATALOGUE) == set(TABLE)
    assert all(row.cases for row in TABLE.values())


def cases(name):
    return TABLE[name].cases


def cast(inputs, dtype):
    return [x.astype(dtype) if x.dtype.kind == "f" else x for x in inputs]


def rule(op, i):
    return op.gradients[0 if op.variadic else i]


def differentiable(op, inputs):
    return [i for i, x in enumerate(inputs) if rule(op, i) is not None]


def track(op, inputs):
    return [
        tg.tensor(x, requires_grad=True, copy=False) if rule(op, i) is not None else x
        for i, x in enumerate(inputs)
    ]


def cotangent(shape, dtype=np.float64):
    return np.asarray(np.random.default_rng(7).normal(size=shape), dtype)


def gradients(op, inputs, params, seed=None):
    """The gradient for each input that has a rule, and the output."""
    tensors = track(op, inputs)
    y = op(*tensors, **params)
    seed = cotangent(y.shape, y.dtype) if seed is None else seed
    found = walk.backward([(y, seed)])
    return [found[tensors[i].step][1] for i in differentiable(op, inputs)], y


def complex_step(function, inputs, i, params, seed):
    """d⟨seed, f⟩/d(inputs[i]), entry by entry, to the last digit."""
    out = np.zeros(inputs[i].shape)
    for k in range(out.size):
        step = np.zeros(out.size, complex)
        step[k] = 1j * H
        shifted = [
            x + step.reshape(x.shape) if j == i else x + 0j if x.dtype.kind == "f" else x
            for j, x in enumerate(inputs)
        ]
        out.ravel()[k] = np.sum(seed * np.imag(function(*shifted, **params)) / H)
    return out


@pytest.mark.parametrize("name", TABLE)
@each(case=cases, dtype=[np.float64, np.float32])
def test_value_shape_and_dtype_are_numpys(name, case, dtype):
    op, row = OPS[name], TABLE[name]
    inputs = cast(case.inputs, dtype)
    before = [x.copy() for x in inputs]
    expected = np.asarray(row.reference(*inputs, **case.params))
    plain = op(*inputs, **case.params)
    assert not isinstance(plain, tg.Tensor)
    recorded = op(
        *track(op, inputs) if any(op.gradients) else map(tg.tensor, inputs), **case.params
    )
    assert isinstance(recorded, tg.Tensor)
    for got in (np.asarray(plain), recorded.numpy()):
        assert got.shape == expected.shape
        assert got.dtype == expected.dtype
        if name in CHOOSES_EXACTLY or expected.dtype.kind != "f":
            equal(got, expected)
        else:
            close(
                got,
                expected,
                rtol=2e-15 if got.dtype == "f8" else 4e-6,
                atol=2e-15 if got.dtype == "f8" else 1e-6,
            )
    assert recorded.requires_grad == any(op.gradients)
    for x, was in zip(inputs, before, strict=True):
        equal(x, was)


def test_the_table_keeps_float32():
    """The dtype test above compares with the reference: here is that the references themselves keep
    float32."""
    for name, row in TABLE.items():
        for case in row.cases:
            y = np.asarray(row.reference(*cast(case.inputs, np.float32), **case.params))
            if name != "astype" and y.dtype.kind == "f":
                assert y.dtype == np.float32, name


@pytest.mark.parametrize("name", SMOOTH)
@each(case=cases)
def test_gradient_is_the_complex_step(name, case):
    op, row = OPS[name], TABLE[name]
    found, y = gradients(op, case.inputs, case.params)
    seed = cotangent(y.shape)
    for i, g in zip(differentiable(op, case.inputs), found, strict=True):
        assert type(g) is np.ndarray
        assert g.shape == case.inputs[i].shape
        assert g.dtype == np.float64
        tolerance = (
            {"rtol": 1e-6, "atol": 1e-7} if name == "astype" else {"rtol": 1e-12, "atol": 1e-13}
        )
        for function in [row.reference] + [op.forward] * row.analytic:
            close(g, complex_step(function, case.inputs, i, case.params, seed), **tolerance)


@pytest.mark.parametrize("name", SMOOTH)
@each(case=cases)
def test_float32_gradient_is_that_of_float64_in_float32(name, case):
    op = OPS[name]
    narrow, y = gradients(op, cast(case.inputs, np.float32), case.params)
    wide, _ = gradients(op, case.inputs, case.params, cotangent(y.shape))
    for g, w in zip(narrow, wide, strict=True):
        assert type(g) is np.ndarray
        assert g.dtype == np.float32
        close(g, w, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", SMOOTH)
@each(case=cases)
def test_second_order(name, case):
    """s = Σ ⟨v, dL/dx⟩ differentiated again: for x against differences of order four, for the seed
    against J v."""
    op, row = OPS[name], TABLE[name]
    which = differentiable(op, case.inputs)
    rng = np.random.default_rng(11)
    v = {i: rng.normal(size=case.inputs[i].shape) for i in which}
    u = {i: rng.normal(size=case.inputs[i].shape) for i in which}

    tensors = track(op, case.inputs)
    y = op(*tensors, **case.params)
    seed = tg.tensor(cotangent(y.shape, y.dtype), requires_grad=True)
    found = walk.backward([(y, seed)], create_graph=True)
    first = [found[tensors[i].step][1] for i in which]
    plain, _ = gradients(op, case.inputs, case.params)
    for i, g, p in zip(which, first, plain, strict=True):
        assert isinstance(g, tg.Tensor)
        assert g.requires_grad
        assert (g.shape, g.dtype) == (tensors[i].shape, tensors[i].dtype)
        close(g.numpy(), p, rtol=1e-13, atol=1e-14)

    second = walk.backward([(g, v[i]) for i, g in zip(which, first, strict=True)])
    got = sum(np.sum(second[tensors[i].step][1] * u[i]) for i in which if tensors[i].step in second)

    def s(e):
        moved = [x + e * u[i] if i in u else x for i, x in enumerate(case.inputs)]
        return sum(
            np.sum(v[i] * g)
            for i, g in zip(which, gradients(op, moved, case.params)[0], strict=True)
        )

    h = 1e-3
    expected = (8 * (s(h) - s(-h)) - (s(2 * h) - s(-2 * h))) / (12 * h)
    loose = 1e-3 if name == "astype" else 1e-8
    close(got, expected, rtol=loose, atol=loose)

    shifted = [x + 1j * H * v[i] if i in v else x for i, x in enumerate(case.inputs)]
    product = np.imag(row.reference(*shifted, **case.params)) / H
    close(second[seed.step][1], product, rtol=1e-6 if name == "astype" else 1e-11, atol=1e-12)


def strided(x):
    wide = np.full(tuple(2 * n for n in x.shape), np.nan if x.dtype.kind == "f" else 0, x.dtype)
    view = wide[(slice(None, None, 2),) * x.ndim]
    view[...] = x
    return view


def frozen(x):
    x = x.copy()
    x.flags.writeable = False
    return x


LAYOUTS = {
    "transposed": lambda x: np.ascontiguousarray(x.T).T,
    "reversed": lambda x: x[(slice(None, None, -1),) * x.ndim].copy()[
        (slice(None, None, -1),) * x.ndim
    ],
    "strided": strided,
    "read-only": frozen,
}


@pytest.mark.parametrize("name", SMOOTH)
@each(case=cases)
def test_memory_layout_does_not_matter(name, case):
    op = OPS[name]
    expected, y = gradients(op, case.inputs, case.params)
    seed = cotangent(y.shape, y.dtype)
    for kind, layout in LAYOUTS.items():
        inputs = [layout(x) if x.ndim else x for x in case.inputs]
        before = [x.copy() for x in inputs]
        laid = layout(seed) if seed.ndim else seed
        found, z = gradients(op, inputs, case.params, laid)
        with of(layout=kind):
            close(z.numpy(), y.numpy(), rtol=1e-14, atol=1e-15)
            for g, e in zip(found, expected, strict=True):
                assert g.flags.writeable
                close(g, e, rtol=1e-13, atol=1e-14)
                assert not any(np.shares_memory(g, other) for other in [*inputs, laid])
            for x, was in zip([*inputs, laid], [*before, seed], strict=True):
                equal(x, was)


TWO = [
    n
    for n in OPS
    if not OPS[n].variadic
    and len(OPS[n].inputs) == 2
    and all(OPS[n].gradients)
    and n
    not in {
        "matmul",
        "matvec",
        "vecmat",
        "inner",
        "outer",
        "solve_matrix",
        "solve_vector",
        "mse",
        "bce_with_logits",
    }
]


@pytest.mark.parametrize("name", TWO)
@each(number=[2, 2.5], side=[0, 1])
def test_python_numbers_as_the_other_input(name, side: int, number: float):
    """Both orders of derivative with a Python number beside the tensor: what a rule does with it is
    not NumPy's."""
    op, row = OPS[name], TABLE[name]
    x = np.array([0.3, 1.2, 2.2])

    def call(value):
        return op(number, value) if side == 0 else op(value, number)

    t = tg.tensor(x, requires_grad=True)
    seed = tg.tensor(cotangent((3,)), requires_grad=True)
    g = walk.backward([(call(t), seed)], create_graph=True)[t.step][1]
    pair = [np.asarray(float(number)), x] if side == 0 else [x, np.asarray(float(number))]
    close(
        g.numpy(),
        complex_step(row.reference, pair, 1 - side, {}, seed.numpy()),
        rtol=1e-12,
        atol=1e-13,
    )

    def first(value):
        t = tg.tensor(value, requires_grad=True)
        return walk.backward([(call(t), seed.numpy())])[t.step][1]

    h = 1e-3
    expected = (8 * (first(x + h) - first(x - h)) - (first(x + 2 * h) - first(x - 2 * h))) / (
        12 * h
    )
    second = walk.backward([(g, np.ones(3))])
    got = second[t.step][1] if t.step in second else np.zeros(3)
    close(got, expected, rtol=1e-8, atol=1e-8)
    close(second[seed.step][1] * seed.numpy(), g.numpy(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", [n for n in OPS if not any(OPS[n].gradients)])
def test_without_a_rule_nothing_is_recorded(name):
    op = OPS[name]
    for case in TABLE[name].cases:
        y = op(
            *(tg.tensor(x, requires_grad=x.dtype.kind == "f") for x in case.inputs), **case.params
        )
        assert not y.requires_grad
        assert y.op is None and y.inputs == ()
