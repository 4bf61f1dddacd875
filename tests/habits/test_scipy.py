"""Programs as users of SciPy write them: derivatives go in as they are. And the page "With SciPy",
run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg

scipy = pytest.importorskip(
    "scipy", reason="SciPy is not installed: pip install 'tinygrad_edu[scipy]'"
)
integrate = pytest.importorskip("scipy.integrate")
optimize = pytest.importorskip("scipy.optimize")
special = pytest.importorskip("scipy.special")

PAGE = Path(__file__).parents[2] / "docs" / "scipy.md"
X0 = np.array([-1.2, 1.0, 0.5])


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_the_page_runs_and_finds_what_it_says():
    scope = {"__name__": "page"}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        exec(block, scope)
    for name in ("found", "newton", "products"):
        np.testing.assert_allclose(scope[name].x, np.ones(3), atol=1e-4)
    assert np.sum(scope["inside"].x ** 2) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(scope["inside"].x, [0.78641, 0.61770], atol=1e-4)
    w, X, labels = scope["logistic"].x, scope["X"], scope["labels"]
    np.testing.assert_allclose(
        X.T @ (1 / (1 + np.exp(-X @ w)) - labels) / 200 + 2e-3 * w, 0, atol=1e-5
    )
    np.testing.assert_allclose(scope["F"](scope["crossing"].x), 0, atol=1e-9)
    np.testing.assert_allclose(scope["fitted"].x, [2.5, 0.7, 0.3], atol=1e-6)
    f, p0 = scope["cost_and_gradient"], scope["p0"]
    differences = [(f(p0 + d)[0] - f(p0 - d)[0]) / 2e-5 for d in 1e-5 * np.eye(3)]
    np.testing.assert_allclose(scope["slope"], differences, rtol=1e-4)
    assert scope["steered"].fun < 1e-8 < scope["cost_there"]


WITH_JAC = [
    "CG",
    "BFGS",
    "Newton-CG",
    "L-BFGS-B",
    "TNC",
    "SLSQP",
    "dogleg",
    "trust-ncg",
    "trust-krylov",
    "trust-exact",
    "trust-constr",
]
NEED_HESS = {"dogleg", "trust-ncg", "trust-krylov", "trust-exact"}


@pytest.mark.parametrize("method", WITH_JAC)
# trust-constr, of its own quasi-Newton update
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_minimize_with_every_method_that_takes_a_gradient(method):
    bowl = lambda x: (
        np.sum((x - 1) ** 2) + 0.5 * np.sum((x[1:] - x[:-1]) ** 2) + np.sum((x - 1) ** 4)
    )
    more = {"hess": tg.hessian(bowl)} if method in NEED_HESS else {}
    found = optimize.minimize(tg.value_and_grad(bowl), X0, jac=True, method=method, **more)
    np.testing.assert_allclose(found.x, 1, atol=1e-3)
    assert found.fun == pytest.approx(0, abs=1e-5) and type(found.x) is np.ndarray


def test_gradient_and_value_apart():
    found = optimize.minimize(rosenbrock, X0, jac=tg.grad(rosenbrock), method="BFGS")
    np.testing.assert_allclose(found.x, 1, atol=1e-4)
    assert optimize.check_grad(rosenbrock, tg.grad(rosenbrock), X0) < 1e-4
    np.testing.assert_allclose(tg.grad(rosenbrock)(X0), optimize.rosen_der(X0))
    np.testing.assert_allclose(tg.hessian(rosenbrock)(X0), optimize.rosen_hess(X0))
    np.testing.assert_allclose(
        tg.hvp(rosenbrock, (X0,), (X0,))[0], optimize.rosen_hess_prod(X0, X0)
    )


def test_jitted_gradients():
    found = optimize.minimize(
        tg.jit(tg.value_and_grad(rosenbrock)), X0, jac=True, method="L-BFGS-B"
    )
    np.testing.assert_allclose(found.x, 1, atol=1e-3)


@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_root(method):
    F = lambda x: np.stack([x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1, 0.5 * (x[1] - x[0]) ** 3 + x[1]])
    found = optimize.root(F, np.zeros(2), jac=tg.jacobian(F), method=method)
    np.testing.assert_allclose(found.x, [0.8411639, 0.1588361], atol=1e-6)
    assert np.max(np.abs(F(found.x))) < 1e-9


def test_root_of_one_number():
    f = lambda x: tg.tanh(x) - 0.3
    found = optimize.root_scalar(f, x0=0.5, fprime=tg.grad(f), method="newton")
    assert found.root == pytest.approx(np.arctanh(0.3))
    halley = optimize.newton(f, 0.5, fprime=tg.grad(f), fprime2=tg.grad(tg.grad(f)))
    assert halley == pytest.approx(np.arctanh(0.3))


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_least_squares(method):
    t = np.linspace(0, 3, 25)
    residuals = lambda p: p[0] * np.sin(p[1] * t) - 2 * np.sin(1.3 * t)
    found = optimize.least_squares(
        residuals, np.array([1.0, 1.0]), jac=tg.jacobian(residuals), method=method
    )
    np.testing.assert_allclose(found.x, [2, 1.3], atol=1e-7)


def test_curve_fit():
    t = np.linspace(0, 3, 25)
    model = lambda t, a, b: a * np.exp(-b * t)
    slopes = lambda t, a, b: np.stack(tg.jacobian(model, (1, 2))(t, a, b), axis=1)
    found, _ = optimize.curve_fit(model, t, model(t, 2.0, 0.5), p0=(1.0, 1.0), jac=slopes)
    np.testing.assert_allclose(found, [2, 0.5], atol=1e-7)


def test_data_that_are_tensors():
    """Constants of ours inside a function: what SciPy gets is numbers, and its NumPy calls run on
    them."""
    A, b = tg.tensor(np.vander([1.0, 2, 3, 4], 3)), tg.tensor([1.0, 0, 2, 5])
    exact = np.linalg.lstsq(A.numpy(), b.numpy())[0]
    by_cost = optimize.minimize(
        tg.value_and_grad(lambda x, A, b: ((A @ x - b) ** 2).sum()),
        np.zeros(3),
        args=(A, b),
        jac=True,
    )
    np.testing.assert_allclose(by_cost.x, exact, atol=1e-4)
    by_rows = optimize.least_squares(
        lambda x: A @ x - b, np.zeros(3), jac=tg.jacobian(lambda x: A @ x - b)
    )
    np.testing.assert_allclose(by_rows.x, exact, atol=1e-8)
    np.testing.assert_allclose(np.linalg.lstsq(A, b)[0], exact)


def test_a_stiff_equation_with_its_jacobian():
    mu = 50.0
    f = lambda t, y: np.stack([y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]])
    run = integrate.solve_ivp(
        f, (0, 5), [2.0, 0.0], method="Radau", jac=tg.jacobian(f, 1), rtol=1e-8, atol=1e-10
    )
    other = integrate.solve_ivp(f, (0, 5), [2.0, 0.0], method="BDF", rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(run.y[:, -1], other.y[:, -1], rtol=1e-5)


def test_constraints_have_jacobians():
    on_line = optimize.NonlinearConstraint(
        lambda x: x[0] ** 2 + x[1],
        1,
        1,
        jac=tg.jacobian(lambda x: (x[0] ** 2 + x[1]).reshape(1)),
        hess=lambda x, v: v[0] * np.diag([2.0, 0.0]),
    )
    f = lambda x: np.sum(x**2)
    found = optimize.minimize(
        tg.value_and_grad(f),
        np.array([1.0, 0.5]),
        jac=True,
        hess=tg.hessian(f),
        method="trust-constr",
        constraints=on_line,
    )
    np.testing.assert_allclose(found.x, [0.5**0.5, 0.5], atol=1e-4)


def test_a_network_in_the_hands_of_l_bfgs():
    X, y = tg.datasets.xor()

    def cost(w):
        W, c, v, b = w[:6].reshape(2, 3), w[6:9], w[9:12], w[12]
        return tg.bce_with_logits(np.tanh(X @ W + c) @ v + b, np.ravel(y)) + 1e-4 * np.sum(w**2)

    start = np.random.default_rng(1).normal(size=13)
    found = optimize.minimize(tg.value_and_grad(cost), start, jac=True, method="L-BFGS-B")
    assert found.fun < 0.05 < cost(start)


def test_whole_numbers_as_a_start_are_refused_with_the_cure():
    with pytest.raises(
        TypeError, match=r"argument 0 of <lambda> is int64.*write 2\.0 for 2, or x\.astype\(float\)"
    ):
        tg.jacobian(lambda x: x * 2)(np.array([1, 2]))


@pytest.mark.parametrize(
    "name, ours",
    [
        ("erf", lambda x: 2 * tg.normal_cdf(2**0.5 * x) - 1),
        ("expit", tg.sigmoid),
        ("erfc", lambda x: 2 * tg.normal_cdf(-(2**0.5) * x)),
        ("ndtr", tg.normal_cdf),
        ("log_expit", tg.log_sigmoid),
    ],
)
def test_special_functions_name_the_line_to_write(name, ours):
    f = getattr(special, name)
    x = np.linspace(-2, 2, 9)
    with pytest.raises(
        TypeError, match=rf"scipy\.special\.{name} has no gradient rule here; write .*tg\."
    ) as caught:
        tg.grad(lambda x: f(x).sum())(x)
    written = eval(str(caught.value).split("; write ")[1].split(", or take")[0], {"tg": tg, "x": x})
    np.testing.assert_allclose(written, f(x), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(ours(x), f(x), rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(f(tg.tensor(x)), f(x))  # nothing to lose


def test_those_with_two_arguments_too():
    x, y = np.array([0.0, 2.0]), np.array([0.0, 3.0])
    with pytest.raises(TypeError, match=r"write tg\.multiply_no_nan\(tg\.log\(y\), x\)"):
        special.xlogy(tg.tensor(x, requires_grad=True), y)
    np.testing.assert_allclose(tg.multiply_no_nan(tg.log(y + (y == 0)), x), special.xlogy(x, y))


def test_functions_written_in_python_name_ours():
    t = tg.tensor([1.0, 2.0], requires_grad=True)
    for f in (special.logsumexp, special.softmax):
        with pytest.raises(TypeError, match=r"requires a gradient.*tg\.logsumexp"):
            f(t)
    assert special.logsumexp(t.detach()) == pytest.approx(tg.logsumexp(t).item())


def test_matrices_that_are_sparse_and_tools_around_optimize():
    sparse = pytest.importorskip("scipy.sparse")
    solvers = pytest.importorskip("scipy.sparse.linalg")
    A = sparse.diags_array([1.0, 2.0, 3.0]).tocsr()
    np.testing.assert_array_equal(A @ tg.tensor(X0), A @ X0)
    with pytest.raises(TypeError, match=r"A\.toarray\(\) @ x for a sparse A"):
        tg.grad(lambda x: ((A @ x) ** 2).sum())(X0)
    f = lambda x: np.sum((A.toarray() @ x) ** 2) + np.sum(x**4)
    newton_step, info = solvers.cg(
        solvers.LinearOperator((3, 3), matvec=lambda v: tg.hvp(f, (X0,), (v,))[0], dtype=float),
        tg.grad(f)(X0),
        rtol=1e-10,
    )
    np.testing.assert_allclose(
        newton_step, np.linalg.solve(tg.hessian(f)(X0), tg.grad(f)(X0)), rtol=1e-6
    )
    assert integrate.quad(tg.grad(tg.sigmoid), -1, 1)[0] == pytest.approx(
        tg.sigmoid(1.0) - tg.sigmoid(-1.0)
    )
    root = optimize.fsolve(
        lambda x: np.stack([x[0] ** 2 - 2, x[1] - x[0]]),
        [1.0, 1.0],
        fprime=tg.jacobian(lambda x: np.stack([x[0] ** 2 - 2, x[1] - x[0]])),
    )
    np.testing.assert_allclose(root, 2**0.5)
    waves = lambda x: np.sum(x**2) + np.sum(np.cos(5 * x))
    found = optimize.basinhopping(
        tg.value_and_grad(waves),
        np.ones(2),
        niter=3,
        rng=0,
        minimizer_kwargs={"jac": True, "method": "L-BFGS-B"},
    )
    np.testing.assert_allclose(tg.grad(waves)(found.x), 0, atol=1e-4)
