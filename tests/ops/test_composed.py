"""What is composed of several operations: NumPy's values for every argument it takes, and gradients
to order two."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg

from .table.cases import real


def square(n, *before):
    return real((*before, n, n)) / 4 + 2 * np.eye(n)


X, V, C = real((3, 4)), real((4,)), real((2, 3, 4))
CALLS = [
    (np.matmul, tg.matmul, (X, V), {}),
    (np.matmul, tg.matmul, (C, X.T), {}),
    (np.matmul, tg.matmul, (V, V), {}),
    (np.matmul, tg.matmul, (V, C.swapaxes(1, 2)), {}),
    *[
        (np.einsum, tg.einsum, a, {})
        for a in [
            ("ij,kj->ik", X, C[0]),
            ("ij", X),
            ("ij,j", X, V),
            ("...j,j->...", C, V),
            ("i...j,i...j", C, C + 1),
            (" ij , jk -> ik ", X, X.T),
        ]
    ],
    *[
        (np.tensordot, tg.tensordot, a, k)
        for a, k in [
            ((X, X.T), {"axes": 1}),
            ((X, X), {}),
            ((X, V), {"axes": 0}),
            ((C, X), {"axes": ([1, 2], [0, 1])}),
            ((C, X), {"axes": (-1, -1)}),
            ((C, C), {"axes": ([0, -1], [0, -1])}),
            ((V, V), {"axes": 1}),
        ]
    ],
    *[
        (np.dot, tg.dot, a, {})
        for a in [
            (X, V),
            (V, V),
            (2.5, X),
            (X, np.array(3.0)),
            (C, X.T),
            (X, C.swapaxes(1, 2)),
            (V, C.swapaxes(1, 2)),
        ]
    ],
    *[(np.inner, np.inner, a, {}) for a in [(X, V), (V, V), (X, C), (2.0, V)]],
    *[
        (np.trace, tg.trace, a, k)
        for a, k in [
            ((X,), {}),
            ((X, 1), {}),
            ((X,), {"offset": -2}),
            ((C, 0, 1, 2), {}),
            ((C,), {"axis1": 2, "axis2": 0}),
        ]
    ],
    *[
        (np.linalg.solve, tg.solve, a, {})
        for a in [(square(3), real((3,))), (square(3), X), (square(3, 2), real((2, 3, 1)))]
    ],
    *[
        (np.linalg.norm, tg.norm, (x,), k)
        for x, k in [
            (V, {}),
            (X, {}),
            (C, {}),
            (V, {"ord": 2}),
            (V, {"ord": 1}),
            (V, {"ord": 3}),
            (V, {"ord": np.inf}),
            (V, {"ord": -np.inf}),
            (V, {"ord": 0.5}),
            (X, {"ord": "fro"}),
            (X, {"ord": 1}),
            (X, {"ord": -1}),
            (X, {"ord": np.inf}),
            (X, {"ord": -np.inf}),
            (X, {"axis": 0}),
            (X, {"axis": -1, "ord": 1, "keepdims": True}),
            (C, {"axis": (0, 2)}),
            (np.exp(C), {"axis": (0, 2), "ord": 1}),
            (np.exp(C), {"axis": (-1, 1), "ord": np.inf, "keepdims": True}),
            (np.exp(C), {"axis": (2, 0), "ord": -np.inf}),
            (C, {"axis": 1, "ord": 2}),
            (X, {"keepdims": True}),
            (X, {"ord": 1, "keepdims": True}),
            (np.array(2.0), {}),
            (X[:, :0], {"axis": 1}),
        ]
    ],
    *[
        (np.clip, np.clip, (X, *a), k)
        for a, k in [
            ((-0.2, 0.6), {}),
            ((None, 0.3), {}),
            ((), {"min": 0.1}),
            ((), {"a_min": 0.1, "a_max": None}),
        ]
    ],
    *[(np.diff, tg.diff, (X,), k) for k in [{}, {"n": 2}, {"axis": 0}, {"n": 0}, {"n": 5}]],
    (np.ravel, tg.flatten, (C,), {}),
    (np.ravel, tg.flatten, (np.array(2.0),), {}),
]


@pytest.mark.parametrize(
    ("numpys", "ours", "args", "keywords"),
    CALLS,
    ids=[f"{n.__name__}-{k}" for k, (n, *_) in enumerate(CALLS)],
)
def test_value_and_gradients(numpys, ours, args, keywords):
    arrays = [a for a in args if isinstance(a, np.ndarray)]

    def call(function, *given):
        given = iter(given)
        return function(
            *(next(given) if isinstance(a, np.ndarray) else a for a in args), **keywords
        )

    for dtype in (np.float64, np.float32):
        cast = [a.astype(dtype) for a in arrays]
        expected = np.asarray(call(numpys, *cast))
        tensors = [tg.tensor(a, requires_grad=True) for a in cast]
        plain = [] if ours is numpys else [np.asarray(call(ours, *cast))]
        for got in [*plain, call(ours, *tensors).numpy(), call(numpys, *tensors).numpy()]:
            assert (got.shape, got.dtype) == (expected.shape, dtype)
            np.testing.assert_allclose(
                got,
                expected,
                rtol=1e-13 if dtype == np.float64 else 1e-5,
                atol=1e-6 * (dtype == np.float32) + 1e-14,
            )
    tg.check_gradients(lambda *xs: call(ours, *xs), *arrays)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (np.split, (X, 3)),
        (np.split, (X, [1], 1)),
        (np.split, (X, [1, 1, 9], -1)),
        (np.split, (X, [-1])),
        (np.split, (X, [], 0)),
        (np.split, (X[:0], 2)),
        (np.split, (X, [2, 1])),
    ],
)
def test_split(function, args):
    x, *rest = args
    got, expected = tg.split(tg.tensor(x), *rest), function(x, *rest)
    assert [g.numpy().tolist() for g in got] == [e.tolist() for e in expected]
    assert [g.shape for g in got] == [e.shape for e in expected]
    if x.size:
        tg.check_gradients(
            lambda x: sum((p * (k + 1)).sum() for k, p in enumerate(tg.split(x, *rest))), x
        )


@pytest.mark.parametrize("arrays", [(X, X + 1), (V, V), (np.array(1.0), V), (V, X), (C, C)])
def test_stacks_beside_and_above(arrays):
    for name in ("hstack", "vstack"):
        ours, numpys = getattr(tg, name), getattr(np, name)
        try:
            expected = numpys(arrays)
        except ValueError:
            with pytest.raises(ValueError):
                ours([tg.tensor(a) for a in arrays])
            continue
        for got in (ours([tg.tensor(a) for a in arrays]), numpys([tg.tensor(a) for a in arrays])):
            np.testing.assert_array_equal(got.numpy(), expected)
        tg.check_gradients(lambda *xs, f=ours: f(xs), *arrays)


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: tg.einsum(X, [0, 1], [0]), TypeError, "subscripts first"),
        (lambda: tg.tensordot(tg.tensor(X), tg.tensor(X), axes=1), ValueError, "differ in length"),
        (
            lambda: tg.norm(tg.tensor(X), 2),
            TypeError,
            r"norm: ord=2 over 2 axes has no gradient rule",
        ),
        (lambda: tg.norm(tg.tensor(X), "nuc"), TypeError, "'nuc'"),
        (lambda: tg.norm(tg.tensor(V), 0), TypeError, "ord=0 over 1 axes"),
        (lambda: tg.norm(tg.tensor(C), 1), ValueError, "3 axes; say which"),
        (
            lambda: tg.split(tg.tensor(X), 2),
            ValueError,
            "3 along axis 0 cannot be cut into 2 equal parts",
        ),
        (lambda: tg.split(tg.tensor(X), 0), ValueError, "0 equal parts"),
        (lambda: tg.matmul(tg.tensor(2.0), tg.tensor(X)), ValueError, "matmul"),
        (lambda: tg.hstack([]), (TypeError, ValueError), "at least one"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
