"""The same network trained by each peer in its own fast form: same data, order, initial weights,
dtype and Adam.

A peer is a function of a `Job` that returns one of an order of examples: it trains on them, batch
by batch, and gives the mean loss. Its state goes on from call to call. Loss and accuracy are
followed by all, as `fit` does.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Epoch = Callable[[np.ndarray], float]


@dataclass
class Job:
    """ReLU layers of these sizes, softmax and cross-entropy, Adam with Keras' defaults."""

    x: np.ndarray
    y: np.ndarray
    sizes: tuple[int, ...]
    batch: int

    def weights(self) -> list[np.ndarray]:
        rng = np.random.default_rng(0)
        found = []
        for d, h in zip(self.sizes, self.sizes[1:], strict=False):
            found += [
                rng.uniform(-1, 1, (d, h)).astype(np.float32) * np.float32((6 / (d + h)) ** 0.5),
                np.zeros(h, np.float32),
            ]
        return found


def ours(job: Job, **options) -> Epoch:
    from tinygrad_edu import nn

    model = nn.Sequential(
        [nn.Dense(h, "relu") for h in job.sizes[1:-1]] + [nn.Dense(job.sizes[-1], "softmax")]
    )
    model(job.x[:1])
    for p, w in zip(model.parameters(), job.weights(), strict=True):
        p.data = w
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

    def epoch(order: np.ndarray) -> float:
        # fit draws its order from the generator; the others are given the same.
        n, rng = len(order), np.random.default_rng(seed_of(order))
        history = model.fit(
            job.x[:n], job.y[:n], batch_size=job.batch, verbose=0, seed=rng, **options
        )
        return history.history["loss"][0]

    return epoch


def seed_of(order: np.ndarray) -> int:
    return ORDERS[order.tobytes()]


ORDERS: dict[bytes, int] = {}


def order_of(seed: int, n: int) -> np.ndarray:
    """The order in which `fit(seed=np.random.default_rng(seed))` goes through n examples."""
    order = np.random.default_rng(seed).permutation(n)
    ORDERS[order.tobytes()] = seed
    return order


def ours_eager(job: Job) -> Epoch:
    return ours(job, jit=False)


def by_hand(job: Job) -> Epoch:
    """What one writes who knows NumPy well: everything in place, parameters and moments in flat
    buffers, moments kept scaled and flushed before they become subnormal."""
    shapes = [w.shape for w in job.weights()]
    ends = np.cumsum([int(np.prod(s)) for s in shapes])
    w = np.concatenate([v.ravel() for v in job.weights()])
    g, m, v, change = np.empty_like(w), np.zeros_like(w), np.zeros_like(w), np.empty_like(w)
    cut = lambda flat: [
        part.reshape(s) for part, s in zip(np.split(flat, ends[:-1]), shapes, strict=True)
    ]
    W, G = cut(w), cut(g)
    layers, B = len(shapes) // 2, job.batch
    H = [np.empty((B, s[1]), np.float32) for s in shapes[::2]]  # activations
    D = [np.empty((B, s[1]), np.float32) for s in shapes[::2]]  # their gradients
    M = [np.empty((B, s[1]), bool) for s in shapes[::2]]
    rows, t = np.arange(B), 0

    def epoch(order: np.ndarray) -> float:
        nonlocal t
        total = right = 0.0
        for start in range(0, len(order) - B + 1, B):
            index = order[start : start + B]
            x, y = job.x[index], job.y[index]
            a = x
            for k in range(layers):
                np.matmul(a, W[2 * k], out=H[k])
                H[k] += W[2 * k + 1]
                if k < layers - 1:
                    np.greater(H[k], 0, out=M[k])
                    a = np.maximum(H[k], 0, out=H[k])
            z = H[-1]
            z -= np.maximum.reduce(z, axis=-1, keepdims=True)
            e = np.exp(z, out=D[-1])
            s = np.add.reduce(e, axis=-1, keepdims=True)
            total += float(np.add.reduce(np.log(s[:, 0]) - z[rows, y])) / B
            right += np.count_nonzero(z.argmax(axis=-1) == y)
            e /= s
            e[rows, y] -= 1
            e *= 1 / B
            for k in range(layers - 1, -1, -1):
                below = x if k == 0 else H[k - 1]
                np.matmul(below.T, D[k], out=G[2 * k])
                np.add.reduce(D[k], axis=0, out=G[2 * k + 1])
                if k:
                    np.matmul(D[k], W[2 * k].T, out=D[k - 1])
                    D[k - 1] *= M[k - 1]
            t += 1
            root = (1 - 0.999) ** 0.5
            np.multiply(m, 0.9, out=m)
            np.add(m, g, out=m)
            np.multiply(v, 0.999, out=v)
            np.multiply(g, g, out=change)
            np.add(v, change, out=v)
            np.sqrt(v, out=change)
            np.add(change, 1e-7 / root, out=change)
            np.divide(m, change, out=change)
            np.multiply(
                change, 0.001 * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t) * (1 - 0.9) / root, out=change
            )
            np.subtract(w, change, out=w)
            if t % 64 == 0:
                for moment in (m, v):
                    moment[np.abs(moment) < np.finfo(np.float32).tiny * 1e8] = 0
        return total / (len(order) // B)

    return epoch


def products(job: Job) -> Epoch:
    """The matrix products alone: what no program of this kind can go below."""
    W, B = job.weights()[::2], job.batch
    H = [np.empty((B, w.shape[1]), np.float32) for w in W]
    G = [np.empty_like(w) for w in W]

    def epoch(order: np.ndarray) -> float:
        x = job.x[:B]
        for _ in range(len(order) // B):
            a = x
            for w, h in zip(W, H, strict=True):
                a = np.matmul(a, w, out=h)
            for k in range(len(W) - 1, -1, -1):
                np.matmul((x if k == 0 else H[k - 1]).T, H[k], out=G[k])
                if k:
                    np.matmul(H[k], W[k].T, out=H[k - 1])
        return float("nan")

    return epoch


def torch_adam(job: Job, fused: bool) -> Epoch:
    import torch
    from torch.nn import functional as F

    W = [torch.tensor(w, requires_grad=True) for w in job.weights()]
    opt = torch.optim.Adam(W, lr=0.001, eps=1e-7, fused=fused)
    X, Y, B = torch.from_numpy(job.x), torch.from_numpy(job.y), job.batch

    def epoch(order: np.ndarray) -> float:
        index, total, right = (
            torch.from_numpy(order),
            torch.zeros(()),
            torch.zeros((), dtype=torch.long),
        )
        for start in range(0, len(order) - B + 1, B):
            i = index[start : start + B]
            a, y = X[i], Y[i]
            for k in range(0, len(W), 2):
                a = torch.addmm(W[k + 1], a, W[k])
                if k < len(W) - 2:
                    a = torch.relu(a)
            loss = F.cross_entropy(a, y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.detach()
            right += (a.detach().argmax(-1) == y).sum()
        return float(total) / (len(order) // B)

    return epoch


def torch_eager(job: Job) -> Epoch:
    return torch_adam(job, fused=False)


def torch_fused(job: Job) -> Epoch:
    return torch_adam(job, fused=True)


def jax_optax(job: Job) -> Epoch:
    import jax
    import jax.numpy as jnp
    import optax

    state = [jnp.asarray(w) for w in job.weights()]
    opt = optax.adam(0.001, eps=1e-7)
    moments = opt.init(state)
    B = job.batch

    def loss_of(W, x, y):
        a = x
        for k in range(0, len(W), 2):
            a = a @ W[k] + W[k + 1]
            if k < len(W) - 2:
                a = jax.nn.relu(a)
        return optax.softmax_cross_entropy_with_integer_labels(a, y).mean(), a

    @jax.jit
    def step(W, moments, total, right, x, y):
        (loss, a), g = jax.value_and_grad(loss_of, has_aux=True)(W, x, y)
        change, moments = opt.update(g, moments)
        return (
            optax.apply_updates(W, change),
            moments,
            total + loss,
            right + (a.argmax(-1) == y).sum(),
        )

    y32 = job.y.astype(np.int32)

    def epoch(order: np.ndarray) -> float:
        nonlocal state, moments
        total, right = jnp.zeros(()), jnp.zeros((), jnp.int32)
        for start in range(0, len(order) - B + 1, B):
            i = order[start : start + B]
            state, moments, total, right = step(state, moments, total, right, job.x[i], y32[i])
        return float(total) / (len(order) // B)

    return epoch


def keras_jax(job: Job) -> Epoch:
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    model = keras.Sequential(
        [keras.layers.Input((job.sizes[0],))]
        + [keras.layers.Dense(h, "relu") for h in job.sizes[1:-1]]
        + [keras.layers.Dense(job.sizes[-1], "softmax")]
    )
    model.set_weights(job.weights())
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

    def epoch(order: np.ndarray) -> float:
        history = model.fit(
            job.x[order], job.y[order], batch_size=job.batch, verbose=0, shuffle=False
        )
        return history.history["loss"][0]

    return epoch


def _adam(W: list, state: dict, gradients: list) -> None:
    """Adam for those that bring none."""
    t = state["t"] = state.get("t", 0) + 1
    for k, (w, g) in enumerate(zip(W, gradients, strict=True)):
        m = state[k, "m"] = 0.9 * state.get((k, "m"), 0) + 0.1 * g
        v = state[k, "v"] = 0.999 * state.get((k, "v"), 0) + 0.001 * g * g
        w -= 0.001 * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-7)


def hips_autograd(job: Job) -> Epoch:
    import autograd.numpy as anp
    from autograd import value_and_grad

    W, state, B = job.weights(), {}, job.batch

    def loss_of(W, x, y):
        a = x
        for k in range(0, len(W), 2):
            a = anp.dot(a, W[k]) + W[k + 1]
            if k < len(W) - 2:
                a = anp.maximum(a, 0)
        a = a - anp.max(a, axis=1, keepdims=True)
        return anp.mean(anp.log(anp.sum(anp.exp(a), axis=1)) - a[anp.arange(B), y])

    both = value_and_grad(loss_of)

    def epoch(order: np.ndarray) -> float:
        total = 0.0
        for start in range(0, len(order) - B + 1, B):
            i = order[start : start + B]
            loss, g = both(W, job.x[i], job.y[i])
            _adam(W, state, g)
            total += float(loss)
        return total / (len(order) // B)

    return epoch


def mygrad(job: Job) -> Epoch:
    import mygrad as mg
    from mygrad.nnet import softmax_crossentropy
    from mygrad.nnet.activations import relu

    W, state, B = [mg.tensor(w) for w in job.weights()], {}, job.batch

    def epoch(order: np.ndarray) -> float:
        total = 0.0
        for start in range(0, len(order) - B + 1, B):
            i = order[start : start + B]
            a = job.x[i]
            for k in range(0, len(W), 2):
                a = mg.matmul(a, W[k]) + W[k + 1]
                if k < len(W) - 2:
                    a = relu(a)
            loss = softmax_crossentropy(a, job.y[i])
            loss.backward()
            _adam([w.data for w in W], state, [w.grad for w in W])
            for w in W:
                w.null_grad()
            total += float(loss)
        return total / (len(order) // B)

    return epoch


PEERS: dict[str, Callable[[Job], Epoch]] = {
    "hand-written NumPy": by_hand,
    "the matrix products alone": products,
    "tinygrad_edu, fit": ours,
    "tinygrad_edu, fit, jit=False": ours_eager,
    "Keras on JAX": keras_jax,
    "JAX jit, optax": jax_optax,
    "PyTorch, fused Adam": torch_fused,
    "PyTorch": torch_eager,
    "HIPS autograd": hips_autograd,
    "MyGrad": mygrad,
}
SLOW = {"HIPS autograd", "MyGrad"}
