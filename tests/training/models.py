"""A linear model and its data, which the tests of training share."""

from __future__ import annotations

import numpy as np

from tinygrad_edu import nn

rng = np.random.default_rng(0)
X = rng.normal(size=(50, 3)).astype(np.float32)
Y = (X @ [[1.0], [-2.0], [0.5]] + 0.3).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
ONE_HOT = np.eye(3)[LABELS]


def linear(loss="mse", optimizer="sgd", metrics=(), units=1, seed=0, **kw):
    model = nn.Sequential([nn.Dense(units, input_size=3, **kw)], seed=seed)
    model.compile(optimizer, loss, metrics)
    return model


def bits(model):
    return [p.data.tobytes() for p in model.parameters()]


def plain(model, x):
    W, b = (p.data.astype(np.float64) for p in model.parameters())
    return x @ W + b
