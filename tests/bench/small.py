"""Small works, where what a framework adds to the arithmetic shows: an XOR step, and a chain of
scalar operations."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
T = np.array([[0.0], [1.0], [1.0], [0.0]])
RATE = 0.1


def weights() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(2, 8)), np.zeros(8), rng.normal(size=(8, 1)) / 3, np.zeros(1)]


def by_hand() -> Callable[[], float]:
    W1, b1, W2, b2 = weights()

    def step() -> float:
        h = np.tanh(X @ W1 + b1)
        e = h @ W2 + b2 - T
        loss = (e * e).sum() / e.size
        g = e * (2 / e.size)
        gW2 = h.T @ g
        gb2 = g.sum(axis=0)
        gh = (g @ W2.T) * (1 - h * h)
        gW1 = X.T @ gh
        gb1 = gh.sum(axis=0)
        W1.__isub__(RATE * gW1)
        b1.__isub__(RATE * gb1)
        W2.__isub__(RATE * gW2)
        b2.__isub__(RATE * gb2)
        return loss

    return step


def ours(jit: bool) -> Callable[[], object]:
    import tinygrad_edu as tg
    from tinygrad_edu import nn, optim

    model = nn.MLP(2, 8, 1, activation="tanh", dtype=float)
    for p, w in zip(model.parameters(), weights(), strict=True):
        p.data = w
    opt = optim.SGD(model.parameters(), learning_rate=RATE)
    x, t = tg.tensor(X), tg.tensor(T)

    def step(x, t):
        loss = tg.mse(model(x), t)
        opt.zero_grad()
        loss.backward()
        opt.step()
        return loss

    run = tg.jit(step) if jit else step
    return lambda: run(x, t)


def torch() -> Callable[[], object]:
    import torch

    W1, b1, W2, b2 = (torch.tensor(w, requires_grad=True) for w in weights())
    opt = torch.optim.SGD([W1, b1, W2, b2], lr=RATE)
    x, t = torch.tensor(X), torch.tensor(T)

    def step():
        loss = ((torch.tanh(x @ W1 + b1) @ W2 + b2 - t) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        return loss

    return step


def jax() -> Callable[[], object]:
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    state = [jnp.asarray(w) for w in weights()]
    x, t = jnp.asarray(X), jnp.asarray(T)

    def loss_of(w, x, t):
        W1, b1, W2, b2 = w
        return jnp.mean((jnp.tanh(x @ W1 + b1) @ W2 + b2 - t) ** 2)

    @jax.jit
    def update(w, x, t):
        loss, g = jax.value_and_grad(loss_of)(w, x, t)
        return [p - RATE * d for p, d in zip(w, g, strict=True)], loss

    def step():
        nonlocal state
        state, loss = update(state, x, t)
        loss.block_until_ready()
        return loss

    return step


def keras() -> Callable[[], object]:
    os.environ["KERAS_BACKEND"] = "jax"
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras

    keras.backend.set_floatx("float64")
    model = keras.Sequential(
        [keras.layers.Input((2,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)]
    )
    model.set_weights(weights())
    model.compile(keras.optimizers.SGD(RATE), "mse")
    return lambda: model.train_on_batch(X, T)


def hips_autograd() -> Callable[[], float]:
    import autograd.numpy as anp
    from autograd import value_and_grad

    W = weights()

    def loss_of(w):
        return anp.mean((anp.dot(anp.tanh(anp.dot(X, w[0]) + w[1]), w[2]) + w[3] - T) ** 2)

    both = value_and_grad(loss_of)

    def step() -> float:
        loss, g = both(W)
        for w, d in zip(W, g, strict=True):
            w -= RATE * d
        return loss

    return step


def mygrad() -> Callable[[], object]:
    import mygrad as mg

    W1, b1, W2, b2 = W = [mg.tensor(w) for w in weights()]

    def step():
        loss = mg.mean((mg.matmul(mg.tanh(mg.matmul(X, W1) + b1), W2) + b2 - T) ** 2)
        loss.backward()
        value = float(loss)
        for w in W:
            w.data -= RATE * w.grad
            w.null_grad()
        return value

    return step


def micrograd() -> Callable[[], float]:
    from micrograd.engine import Value

    W1, b1, W2, b2 = (np.vectorize(Value, otypes=[object])(w) for w in weights())

    def tanh(v):  # it has none
        out = Value(np.tanh(v.data), (v,), "tanh")

        def backward():
            v.grad += (1 - out.data**2) * out.grad

        out._backward = backward
        return out

    def step() -> float:
        loss = Value(0.0)
        for x, t in zip(X, T, strict=True):
            h = [tanh(sum((W1[i, j] * x[i] for i in range(2)), b1[j])) for j in range(8)]
            y = sum((h[j] * W2[j, 0] for j in range(8)), b2[0])
            loss = loss + (y - t[0]) ** 2
        loss = loss * 0.25
        every = [*W1.ravel(), *b1, *W2.ravel(), *b2]
        for p in every:
            p.grad = 0.0
        loss.backward()
        for p in every:
            p.data -= RATE * p.grad
        return loss.data

    return step


XOR: dict[str, Callable[[], Callable[[], object]]] = {
    "hand-written NumPy": by_hand,
    "tinygrad_edu, jit": lambda: ours(True),
    "tinygrad_edu": lambda: ours(False),
    "JAX jit": jax,
    "PyTorch": torch,
    "Keras on JAX": keras,
    "HIPS autograd": hips_autograd,
    "MyGrad": mygrad,
    "micrograd": micrograd,
}


# A chain: x, x·1.0001 + 0.0001, ... of scalars


def our_chain(n: int):
    import tinygrad_edu as tg

    def build():
        x = y = tg.tensor(0.5, requires_grad=True)
        for _ in range(n // 2):
            y = y * 1.0001 + 0.0001
        return x, y

    return build, lambda made: made[1].backward()


def torch_chain(n: int):
    import torch

    def build():
        x = y = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
        for _ in range(n // 2):
            y = y * 1.0001 + 0.0001
        return x, y

    return build, lambda made: made[1].backward()


CHAINS = {"tinygrad_edu": our_chain, "PyTorch": torch_chain}
