"""More of NumPy's functions: their values for every argument taken, and gradients to order two."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

import tinygrad_edu as tg
from tinygrad_edu.formula import BY_NUMPY
from tinygrad_edu.habits import numpy as numpy_names

from .table.cases import positive, real

X, V, C = real((3, 4)), real((4,)), real((2, 3, 4))
S = real((3, 3)) / 4 + 2 * np.eye(3)
U, W = real((3,)), real((3,), 1)
W4 = positive((4,))

CALLS = [
    (np.amax, (X,), {"axis": 1}),
    (np.amin, (X,), {}),
    (np.cumulative_sum, (X,), {"axis": 0}),
    (np.fabs, (X,), {}),
    (np.copy, (X,), {}),
    (np.copy, (X,), {"order": "K"}),
    (np.real, (X,), {}),
    (np.conjugate, (X,), {}),
    (np.linalg.outer, (V, U), {}),
    (np.linalg.matmul, (X, X.T), {}),
    (np.vdot, (X, X + 1), {}),
    (np.vdot, (V, V), {}),
    (np.vecdot, (X, V), {}),
    (np.linalg.vecdot, (X, X), {"axis": 0}),
    (np.kron, (V, U), {}),
    (np.kron, (X, S), {}),
    (np.kron, (V, S), {}),
    (np.kron, (C, V), {}),
    (np.cross, (U, W), {}),
    (np.cross, (S, W), {}),
    (np.linalg.cross, (S, S.T), {}),
    *[(np.convolve, (V, U), {"mode": mode}) for mode in ("full", "valid", "same")],
    *[(np.convolve, (U, V), {"mode": mode}) for mode in ("full", "valid", "same")],
    (np.convolve, (V, np.array([2.0])), {}),
    (np.convolve, (V, V), {"mode": "same"}),
    (np.average, (X,), {}),
    (np.average, (X,), {"axis": 0, "keepdims": True}),
    (np.average, (X,), {"axis": 1, "weights": np.arange(1.0, 5)}),
    (np.average, (C,), {"axis": 1, "weights": np.array([1.0, 2, 4]), "keepdims": True}),
    (np.average, (X,), {"weights": positive((3, 4))}),
    (np.average, (V,), {"weights": W4}),
    (np.median, (V,), {}),
    (np.median, (U,), {}),
    (np.median, (X,), {"axis": 1}),
    (np.median, (C,), {"axis": (0, 2), "keepdims": True}),
    (np.median, (C,), {"keepdims": True}),
    (np.quantile, (V, 0.3), {}),
    (np.quantile, (X, [0.0, 0.25, 1.0]), {"axis": 0}),
    (np.quantile, (C, [0.1, 0.9]), {"axis": -1, "keepdims": True}),
    (np.percentile, (X, 90), {"axis": 1}),
    (np.percentile, (X, [5, 50]), {}),
    (np.ptp, (X,), {}),
    (np.ptp, (X,), {"axis": 0, "keepdims": True}),
    (np.trapezoid, (X,), {}),
    (np.trapezoid, (X,), {"dx": 0.5, "axis": 0}),
    (np.trapezoid, (X, np.array([0.0, 1, 3, 4])), {}),
    (np.trapezoid, (C, np.array([0.0, 1, 3])), {"axis": 1}),
    (np.trapezoid, (X, np.cumsum(positive((3, 4)), 1)), {}),
    *[(np.linalg.matrix_power, (S, n), {}) for n in (0, 1, 3, -1, -2)],
    (np.linalg.vector_norm, (V,), {}),
    (np.linalg.vector_norm, (X,), {"keepdims": True}),
    (np.linalg.vector_norm, (X,), {"axis": 0, "ord": 1}),
    (np.linalg.matrix_norm, (C,), {}),
    (np.linalg.matrix_norm, (X,), {"ord": 1, "keepdims": True}),
    (np.matrix_transpose, (C,), {}),
    (np.linalg.matrix_transpose, (C,), {}),
    (np.linalg.trace, (C,), {"offset": 1}),
    (np.linalg.diagonal, (C,), {}),
    (np.polyval, (V, U), {}),
    (np.polyval, ([2.0, -1.0, 3.0], U), {}),
    *[(np.diag, (V, k), {}) for k in (0, 1, -2)],
    (np.diag, (X,), {"k": 1}),
    (np.diagflat, (X,), {"k": -1}),
    (np.fliplr, (X,), {}),
    (np.flipud, (X,), {}),
    (np.append, (X, V), {}),
    (np.append, (X, X), {"axis": 0}),
    (np.extract, (X > 0, X), {}),
    (np.ediff1d, (X,), {}),
    (np.float_power, (W4, 2.5), {}),
    (np.degrees, (X,), {}),
    (np.deg2rad, (X,), {}),
    (np.radians, (X,), {}),
    (np.rad2deg, (X,), {}),
    *[(np.atleast_1d, (x,), {}) for x in (np.array(2.0), V)],
    *[(np.atleast_2d, (x,), {}) for x in (np.array(2.0), V, X)],
]
if hasattr(np, "matvec"):
    CALLS += [(np.matvec, (X, V), {}), (np.vecmat, (U, X), {})]
SEVERAL = {
    np.array_split,
    np.hsplit,
    np.vsplit,
    np.unstack,
    np.broadcast_arrays,
    np.column_stack,
    np.linalg.multi_dot,
    np.select,
    np.linalg.slogdet,
}
FUNCTIONS = {f for f, *_ in CALLS} | SEVERAL
"""What is tried here and not in `test_doors`."""


@pytest.mark.parametrize(
    ("function", "args", "keywords"),
    CALLS,
    ids=[f"{f.__name__}-{k}" for k, (f, *_) in enumerate(CALLS)],
)
def test_value_and_gradients(function, args, keywords):
    places = [
        k
        for k, a in enumerate(args)
        if isinstance(a, np.ndarray) and a.dtype.kind == "f" and not _is_places(function, k)
    ]

    def call(*given):
        full = list(args)
        for k, value in zip(places, given, strict=True):
            full[k] = value
        return function(*full, **keywords)

    arrays = [args[k] for k in places]
    expected = np.asarray(call(*arrays))
    got = call(*(tg.tensor(a, requires_grad=True) for a in arrays))
    assert isinstance(got, tg.Tensor) and got.requires_grad
    assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-13, atol=1e-14)
    tg.check_gradients(call, *arrays)


def _is_places(function, k):
    return function is np.trapezoid and k == 1


@pytest.mark.parametrize("function", sorted({f for f, *_ in CALLS}, key=lambda f: f.__name__))
def test_float32_stays_float32(function):
    _, args, keywords = next(c for c in CALLS if c[0] is function)
    narrow = [a.astype(np.float32) if getattr(a, "dtype", None) == np.float64 else a for a in args]
    tracked = [
        tg.tensor(a, requires_grad=True) if getattr(a, "dtype", None) == np.float32 else a
        for a in narrow
    ]
    got = function(*tracked, **keywords)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got.numpy(), function(*args, **keywords), rtol=2e-5, atol=1e-5)


def test_several_at_once():
    x, v = tg.tensor(X, requires_grad=True), tg.tensor(V, requires_grad=True)
    for got, expected in [
        (np.array_split(x, 2), np.array_split(X, 2)),
        (np.array_split(v, 3), np.array_split(V, 3)),
        (np.array_split(x, [1, 3], axis=1), np.array_split(X, [1, 3], axis=1)),
        (np.hsplit(x, 2), np.hsplit(X, 2)),
        (np.hsplit(v, 2), np.hsplit(V, 2)),
        (np.vsplit(x, 3), np.vsplit(X, 3)),
        (np.unstack(x), np.unstack(X)),
        (np.unstack(x, axis=1), np.unstack(X, axis=1)),
        (np.broadcast_arrays(x, v), np.broadcast_arrays(X, V)),
        (np.atleast_2d(v, x), np.atleast_2d(V, X)),
    ]:
        assert len(got) == len(expected)
        for g, e in zip(got, expected, strict=True):
            assert g.requires_grad
            np.testing.assert_array_equal(g.numpy(), e)
    np.testing.assert_array_equal(np.column_stack([v, x.T]).numpy(), np.column_stack([V, X.T]))
    tg.check_gradients(lambda a, b: np.column_stack([a, b.T]), V, X)
    tg.check_gradients(lambda a, b: np.linalg.multi_dot([b, b.T, b, a]), V, X)
    tg.check_gradients(lambda a: np.select([a > 0.3, a > 0], [a * a, -a], 7.0), V)
    np.testing.assert_array_equal(
        np.select([v > 0.3, v > 0], [v * v, -v], 7.0).numpy(),
        np.select([V > 0.3, V > 0], [V * V, -V], 7.0),
    )


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_the_logarithm_of_a_determinant(shift):
    """Both signs; the gradient is the inverse's transpose, the Hessian -x⁻ᵀ ⊗ x⁻ᵀ, permuted."""
    x = (S + shift * np.ones((3, 3)))[[0, 2, 1]]
    sign, log = np.linalg.slogdet(tg.tensor(x, requires_grad=True))
    assert (sign.item(), log.item()) == tuple(np.linalg.slogdet(x)) and sign.item() == -1
    inverse = np.linalg.inv(x)
    np.testing.assert_allclose(tg.grad(lambda a: np.linalg.slogdet(a)[1])(x), inverse.T)
    hessian = tg.hessian(lambda a: np.linalg.slogdet(a).logabsdet)(x)
    np.testing.assert_allclose(hessian, -np.einsum("li,jk->ijkl", inverse, inverse), atol=1e-12)
    # where the determinant itself would overflow
    large = 1e200 * np.eye(4)
    assert tg.slogdet(tg.tensor(large)).logabsdet.item() == np.linalg.slogdet(large)[1]
    np.testing.assert_allclose(
        tg.grad(lambda a: np.linalg.slogdet(a)[1])(large), np.eye(4) / 1e200, rtol=1e-12
    )


def test_the_root_of_cholesky_gives_the_same_total_as_the_symmetric_convention():
    """d/dp of f(L(K(p))) for a symmetric K(p), against the Sylvester form dL = L Φ(L⁻¹ dK L⁻ᵀ)."""
    K = S @ S.T
    dK = real((3, 3)) + real((3, 3)).T
    L = np.linalg.cholesky(K)
    inner = linalg.solve_triangular(L, linalg.solve_triangular(L, dK, lower=True).T, lower=True)
    expected = L @ (np.tril(inner) - np.diag(np.diag(inner)) / 2)
    _, got = tg.jvp(lambda p: np.linalg.cholesky(K + p * dK), (0.0,), (1.0,))
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-13)
    g = tg.grad(lambda a: np.linalg.cholesky(a).sum())(K)
    assert (np.triu(g, 1) == 0).all() and (np.tril(g) != 0).any()


def test_a_matrix_that_is_not_positive_is_numpys_error():
    with pytest.raises(np.linalg.LinAlgError):
        np.linalg.cholesky(tg.tensor(-S, requires_grad=True))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: np.cross(x[0], x[1]), TypeError, "moveaxis"),
        (lambda x: np.convolve(x, x), ValueError, "two vectors"),
        (lambda x: np.convolve(x[0], x[1], "round"), ValueError, "full"),
        (lambda x: np.average(x, returned=True), TypeError, r"weights\.sum"),
        (lambda x: np.average(x, weights=np.ones(7)), TypeError, "do not fit"),
        (lambda x: np.quantile(x, 0.5, method="nearest"), TypeError, "linear"),
        (lambda x: np.quantile(x, 1.5), ValueError, r"\[0, 1\]"),
        (lambda x: np.median(x[:0]), ValueError, "no entries"),
        (lambda x: np.diag(x[None]), ValueError, "vector or a matrix"),
        (lambda x: np.ediff1d(x, to_end=1), TypeError, "concatenate"),
        (lambda x: np.linalg.vector_norm(x, axis=(0, 1)), TypeError, "one axis"),
    ],
)
def test_what_is_not_covered_says_so(call, error, words):
    with pytest.raises(error, match=words):
        call(tg.tensor(X, requires_grad=True))


PLACES = [
    (np.count_nonzero, (X,)),
    (np.nonzero, (X,)),
    (np.flatnonzero, (X,)),
    (np.argwhere, (X,)),
    (np.searchsorted, (np.sort(V), 0.1)),
    (np.digitize, (V, [0.0, 0.5])),
    (np.isin, (V, V[:2])),
    (np.linalg.matrix_rank, (S,)),
    (np.where, (X > 0,)),
]


@pytest.mark.parametrize(("function", "args"), PLACES, ids=[f.__name__ for f, _ in PLACES])
def test_places_are_plain(function, args):
    """Whole numbers have no gradient to lose."""
    first = tg.tensor(args[0], requires_grad=args[0].dtype.kind == "f")
    got, expected = function(first, *args[1:]), function(*args)
    for g, e in zip(np.atleast_1d(got), np.atleast_1d(expected), strict=True):
        np.testing.assert_array_equal(g, e)


def test_lines_of_what_has_no_rule():
    """Each is a name of NumPy's, says what to write, and none of them works meanwhile."""
    for name, line in numpy_names.LINES.items():
        function = np
        for part in name.split("."):
            function = getattr(function, part)
        assert function not in BY_NUMPY and len(line) > 5
    x = tg.tensor(X, requires_grad=True)
    with pytest.raises(TypeError, match=r"np\.cov .* write d @ d\.T .* with d = x - x\.mean"):
        np.cov(x)
    with pytest.raises(TypeError, match=r"np\.linalg\.pinv .* write tg\.solve\(A\.T @ A, A\.T\)"):
        np.linalg.pinv(x)
    with pytest.raises(TypeError, match=r"np\.fmod .* write x - np\.trunc"):
        np.fmod(x, 2)


def test_the_lines_compute_what_numpy_does():
    """Those that are formulas, at numbers."""
    x, n = S, 2.5
    a, b = V, W4
    A = np.vander(W4, 2)
    scope = {"np": np, "tg": tg, "x": x, "n": n, "a": a, "b": b, "A": A}
    for name, expected in [
        ("fmod", np.fmod(x, n)),
        ("logaddexp2", np.logaddexp2(a, b)),
        ("sinc", np.sinc(x)),
        ("linalg.lstsq", np.linalg.lstsq(A, b)[0]),
        ("linalg.cond", np.linalg.cond(x, "fro")),
        ("rot90", np.rot90(x)),
        ("nansum", x.sum()),
        ("nanmax", x.max()),
    ]:
        line = numpy_names.LINES[name].removesuffix(", away from 0")
        line = line.removesuffix(", in the norm √Σx²")
        np.testing.assert_allclose(eval(line, scope), expected, rtol=1e-10, atol=1e-12)
    for name, expected in [("cov", np.cov(x)), ("corrcoef", np.corrcoef(x))]:
        last, step = numpy_names.LINES[name].split(" with ")
        own = {"np": np, "tg": tg, "x": x}
        exec(step, own)
        np.testing.assert_allclose(eval(last, own), expected, rtol=1e-10)
