"""More programs of SciPy, HIPS' autograd and JAX, written from the README and from memory of the other
library, as they run once the line is written that the first error named."""

from __future__ import annotations

import numpy as np


def test_logistic_regression_by_newton():
    """Logistic regression by L-BFGS and by Newton's method."""
    from scipy.optimize import minimize

    from tinygrad_edu import grad, hessian, value_and_grad

    rng = np.random.default_rng(0)
    X = np.c_[np.ones(100), rng.normal(size=(100, 2))]
    t = (rng.random(100) < 1 / (1 + np.exp(-X @ [0.5, 1, -2]))).astype(float)

    def nll(w):
        z = np.dot(X, w)
        return np.sum(np.logaddexp(0, z) - t * z) + 0.5 * np.sum(w**2)

    res = minimize(
        value_and_grad(nll), np.zeros(3), jac=True, method="L-BFGS-B", options={"gtol": 1e-8}
    )
    w = np.zeros(3)
    for _ in range(10):
        w = w - np.linalg.solve(hessian(nll)(w), grad(nll)(w))
    assert np.allclose(res.x, w, atol=1e-5)
    p = 1 / (1 + np.exp(-X @ w))
    assert np.allclose(X.T @ (p - t) + w, 0, atol=1e-10)


def test_a_list_of_weights_and_biases():
    """JAX's MLP tutorial: a list of (W, b), tree_map for the update."""
    import numpy as jnp

    import tinygrad_edu as jax

    def init(sizes, key):
        rng = np.random.default_rng(0)
        return [
            (0.5 * rng.normal(size=(m, n)), jnp.zeros(n)) for m, n in zip(sizes[:-1], sizes[1:])
        ]

    def predict(params, x):
        for W, b in params[:-1]:
            x = jnp.tanh(x @ W + b)
        W, b = params[-1]
        return x @ W + b

    def loss(params, x, y):
        return jnp.mean((predict(params, x) - y) ** 2)

    @jax.jit
    def update(params, x, y):
        g = jax.grad(loss)(params, x, y)
        return [(W - 0.1 * dW, b - 0.1 * db) for (W, b), (dW, db) in zip(params, g)]

    x = np.linspace(-1, 1, 50)[:, None]
    y = np.sin(3 * x)
    params = init([1, 20, 1], 0)
    for _ in range(2000):
        params = update(params, x, y)
    assert loss(params, x, y) < 0.01


def test_gradients_an_example():
    """Per-example gradients by vmap."""
    import tinygrad_edu as jax

    rng = np.random.default_rng(0)
    w = rng.normal(size=3)
    X, y = rng.normal(size=(5, 3)), rng.normal(size=5)

    def loss(w, x, y):
        return 0.5 * (np.dot(x, w) - y) ** 2

    per = np.stack([jax.grad(loss)(w, a, b) for a, b in zip(X, y)])
    ref = (X @ w - y)[:, None] * X
    assert per.shape == (5, 3) and np.allclose(per, ref)
    clipped = per / np.maximum(1, np.linalg.norm(per, axis=1, keepdims=True))
    assert np.linalg.norm(clipped, axis=1).max() <= 1 + 1e-12


def test_hessian_times_vector_in_two_ways():
    """Hessian-vector products in both ways, and Newton-CG."""
    from scipy.optimize import minimize, rosen_der, rosen_hess

    import tinygrad_edu as jax

    def f(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    def hvp_fwd_rev(x, v):
        return jax.jvp(jax.grad(f), (x,), (v,))[1]

    def hvp_rev_rev(x, v):
        return jax.grad(lambda x: np.vdot(jax.grad(f)(x), v))(x)

    x = np.array([0.3, -1.2, 0.7, 2.0])
    v = np.array([1.0, 0.5, -2.0, 0.0])
    ref = rosen_hess(x) @ v
    assert np.allclose(jax.grad(f)(x), rosen_der(x))
    assert np.allclose(hvp_fwd_rev(x, v), ref)
    assert np.allclose(hvp_rev_rev(x, v), ref)
    res = minimize(f, x, jac=jax.grad(f), hessp=hvp_fwd_rev, method="Newton-CG", tol=1e-10)
    assert np.allclose(res.x, 1, atol=1e-5)


def test_gauss_newton():
    """Gauss-Newton of a decaying oscillation with jacfwd, beside least_squares."""
    from scipy.optimize import curve_fit, least_squares

    import tinygrad_edu as jax

    t = np.linspace(0, 4, 60)

    def model(t, a, k, w):
        return a * np.exp(-k * t) * np.cos(w * t)

    y = model(t, 2.0, 0.5, 3.0) + 0.01 * np.random.default_rng(0).normal(size=60)

    def residual(p):
        a, k, w = p
        return model(t, a, k, w) - y

    p = np.array([1.5, 0.3, 2.8])
    J = jax.jacfwd(residual)
    assert np.allclose(J(p), jax.jacrev(residual)(p))
    for _ in range(15):
        p = p - np.linalg.lstsq(J(p), residual(p), rcond=None)[0]
    ls = least_squares(residual, [1.5, 0.3, 2.8], jac=jax.jacrev(residual), xtol=1e-12)
    cf, _ = curve_fit(model, t, y, p0=[1.5, 0.3, 2.8])
    assert np.allclose(p, ls.x, atol=1e-6) and np.allclose(p, cf, atol=1e-5)


def test_elementwise_and_an_operation_of_ones_own():
    """HIPS autograd: elementwise_grad and a primitive of one's own."""
    from tinygrad_edu import grad, op

    egrad = lambda f: grad(lambda x: f(x).sum())

    def tanh(x):
        return (1.0 - np.exp(-2 * x)) / (1.0 + np.exp(-2 * x))

    x = np.linspace(-3, 3, 7)
    assert np.allclose(egrad(tanh)(x), 1 - np.tanh(x) ** 2)
    assert np.allclose(egrad(egrad(tanh))(x), -2 * np.tanh(x) * (1 - np.tanh(x) ** 2))

    logsumexp = op(
        "my_lse", "np.max(x) + np.log(np.sum(np.exp(x - np.max(x))))", x="g * np.exp(x - y)"
    )
    g = grad(logsumexp)(np.array([1.5, 6.7, 1e-10]))
    assert np.isclose(g.sum(), 1)


def test_a_pendulum_and_a_clipped_gradient():
    """Lax.scan over a pendulum, gradient of the end with respect to the start; custom_vjp for a clipped gradient."""
    import tinygrad_edu as jax

    dt = 0.01

    def step(state, _):
        q, p = state
        p = p - dt * np.sin(q)
        q = q + dt * p
        return (q, p), q

    def final(q0):
        q, p = q0, 0.0
        for _ in range(200):
            (q, p), _q = step((q, p), None)
        return q

    d = jax.grad(final)(0.5)
    num = (final(0.5 + 1e-5) - final(0.5 - 1e-5)) / 2e-5
    assert abs(d - num) < 1e-7

    clip_gradient = jax.op("clip_gradient(lo, hi, x)", "x + 0", x="np.clip(g, lo, hi)")
    assert jax.grad(lambda x: 10 * clip_gradient(-1, 1, x))(3.0) == 1


def test_the_likelihood_of_a_gaussian_process():
    """Gaussian process: the log marginal likelihood by cholesky and by slogdet, maximised."""
    from scipy.optimize import minimize
    from scipy.stats import multivariate_normal

    from tinygrad_edu import grad, value_and_grad

    rng = np.random.default_rng(0)
    X = np.linspace(0, 5, 20)
    y = np.sin(X) + 0.1 * rng.normal(size=20)
    D = (X[:, None] - X[None, :]) ** 2

    def kernel(p):
        return np.exp(p[0]) * np.exp(-0.5 * D / np.exp(p[1])) + np.exp(p[2]) * np.eye(20)

    def nlml(p):
        L = np.linalg.cholesky(kernel(p))
        a = np.linalg.solve(L, y)
        return 0.5 * a @ a + np.sum(np.log(np.diag(L))) + 10 * np.log(2 * np.pi)

    def nlml2(p):
        K = kernel(p)
        sign, logdet = np.linalg.slogdet(K)
        return 0.5 * y @ np.linalg.solve(K, y) + 0.5 * logdet + 10 * np.log(2 * np.pi)

    p = np.array([0.0, 0.0, -2.0])
    ref = -multivariate_normal(np.zeros(20), kernel(p)).logpdf(y)
    assert np.isclose(nlml(p), ref) and np.isclose(nlml2(p), ref)
    g1, g2 = grad(nlml)(p), grad(nlml2)(p)
    assert np.allclose(g1, g2)
    res = minimize(value_and_grad(nlml), p, jac=True, method="BFGS")
    assert np.linalg.norm(grad(nlml2)(res.x)) < 1e-3


def test_static_arguments_and_has_aux():
    """Jit with static arguments, value_and_grad with has_aux and argnums."""
    from functools import partial

    import tinygrad_edu as jax

    @partial(jax.jit, static_argnums=(1,))
    def power_sum(x, n):
        s = x
        for _ in range(n - 1):
            s = s * x
        return s.sum()

    x = np.arange(1.0, 5.0)
    assert power_sum(x, 3) == 100 and power_sum(x, 2) == 30

    @partial(jax.jit, static_argnames=["mode"])
    def act(x, mode="relu"):
        return np.maximum(x, 0) if mode == "relu" else np.tanh(x)

    assert np.allclose(act(x - 2.5, mode="tanh"), np.tanh(x - 2.5))
    assert np.allclose(act(x - 2.5), np.maximum(x - 2.5, 0))

    def loss(w, b, x, y):
        pred = x * w + b
        return np.mean((pred - y) ** 2), pred

    (value, pred), (gw, gb) = jax.value_and_grad(loss, argnums=(0, 1), has_aux=True)(
        2.0, 1.0, x, 3 * x
    )
    r = 2 * x + 1 - 3 * x
    assert (
        np.isclose(value, (r**2).mean())
        and np.isclose(gw, (2 * r * x).mean())
        and np.isclose(gb, 2 * r.mean())
    )
    assert np.allclose(pred, 2 * x + 1)


def test_entries_set_and_gradients_stopped():
    """X.at, where, stop_gradient, one_hot, log_softmax."""
    import tinygrad_edu as jax

    def f(x):
        y = x.at[1].set(5.0)
        z = y.at[0].add(x[2])
        return np.sum(z**2)

    x = np.array([1.0, 2.0, 3.0])
    g = jax.grad(f)(x)
    assert np.allclose(g, [8, 0, 14])

    def td(w, s, s2, r):
        target = r + 0.9 * np.dot(w, s2).detach()
        return 0.5 * (target - np.dot(w, s)) ** 2

    w, s, s2 = np.array([1.0, -1.0]), np.array([2.0, 1.0]), np.array([0.5, 1.0])
    delta = 1.0 + 0.9 * w @ s2 - w @ s
    assert np.allclose(jax.grad(td)(w, s, s2, 1.0), -delta * s)

    def xent(logits, labels):
        return -np.mean(np.sum(jax.nn.one_hot(labels, 3) * jax.nn.log_softmax(logits), axis=-1))

    L = np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]])
    lab = np.array([1, 0])
    P = np.exp(L) / np.exp(L).sum(1, keepdims=True)
    assert np.allclose(jax.grad(xent)(L, lab), (P - np.eye(3)[lab]) / 2)
