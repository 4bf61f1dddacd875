"""`fit` compiled is `fit`: weights, moments, history, to the bit; what cannot be compiled is trained as it is."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 6)).astype(np.float32)          # 32 + 32 + 6: the last batch is smaller
LABELS = RNG.integers(0, 3, 70)


def mae_in_numpy(prediction, target):
    return float(np.abs(np.asarray(prediction.numpy()) - target).mean())


class Residual(nn.Module):
    def __init__(self):
        self.inner, self.out = nn.Dense(6, "gelu", seed=1), nn.Dense(3, seed=2)
        self.scale = 0.5

    def forward(self, x):
        return self.out(x + self.scale * self.inner(x))


class Dropout(nn.Module):
    """Draws by NumPy in its forward: nothing that jit can write down."""

    def __init__(self):
        self.inner, self.rng = nn.Dense(3, seed=1), np.random.default_rng(5)

    def forward(self, x):
        return self.inner(x * (self.rng.random(x.shape) < 0.8))


class ByNumpy(nn.Module):
    """Looks at the numbers."""

    def __init__(self):
        self.inner = nn.Dense(3, seed=1)

    def forward(self, x):
        return self.inner(x) * (2.0 if float(np.asarray(x).sum()) > 0 else 1.0)


def mlp(output=None, units=3, **options):
    return lambda: nn.Sequential([nn.Dense(64, "relu"), nn.Dense(units, output, **options)], seed=3)


CASES = {
    "softmax": (mlp("softmax"), LABELS, "sparse_categorical_crossentropy", ["accuracy"], "adam"),
    "one-hot": (mlp("softmax"), np.eye(3, dtype=np.float32)[LABELS], "categorical_crossentropy", ["accuracy"], "adam"),
    "sigmoid": (mlp("sigmoid", 1), (LABELS == 1).astype(np.float32), "binary_crossentropy", ["accuracy", "mae"],
                lambda: optim.SGD(learning_rate=0.1, momentum=0.9, nesterov=True)),
    "linear": (mlp(None, 1), X[:, :1] ** 2, "mse", ["mae", "mse"],
               lambda: optim.SGD(learning_rate=lambda k: 0.1 / (1 + k))),
    "a metric of one's own": (mlp(None, 1), X[:, :1], "mse", [mae_in_numpy, "mae"], "sgd"),
    "a model of one's own": (Residual, LABELS, "cross_entropy", ["accuracy"], "adam"),
    "two dtypes": (lambda: nn.Sequential([nn.Dense(8, "tanh"), nn.Dense(3, dtype=float)], seed=3), LABELS,
                   "cross_entropy", [], "adam"),
    "random in NumPy": (Dropout, LABELS, "cross_entropy", ["accuracy"], "sgd"),
    "looks at numbers": (ByNumpy, LABELS, "cross_entropy", ["accuracy"], "sgd"),
}


@pytest.mark.parametrize("case", CASES)
def test_fit_compiled_is_fit(case):
    make, y, loss, metrics, optimizer = CASES[case]
    sides = []
    for jit in (False, True):
        model = make()
        model.compile(optimizer() if callable(optimizer) else optimizer, loss, metrics)
        history = model.fit(X, y, epochs=70, verbose=0, seed=1, jit=jit, validation_split=0.1)
        sides.append((history.history, [p.numpy() for p in model.parameters()], model.plan.optimizer.state_dict()))
    (a, b) = sides
    assert a[0] == b[0]
    for x, z in zip([*a[1], *a[2].values()], [*b[1], *b[2].values()], strict=True):
        np.testing.assert_array_equal(x, z)


def test_what_changes_between_two_fits_is_seen():
    sides = []
    for jit in (False, True):
        model = Residual()
        model.compile("sgd", "cross_entropy")
        model.fit(X, LABELS, verbose=0, seed=1, jit=jit)
        model.scale = 2.0
        model.fit(X, LABELS, verbose=0, seed=1, jit=jit)
        model.inner.weight.requires_grad = False
        model.fit(X, LABELS, verbose=0, seed=1, jit=jit)
        twin = copy.deepcopy(model)
        twin.fit(X, LABELS, verbose=0, seed=1, jit=jit)
        sides.append([p.numpy() for m in (model, twin) for p in m.parameters()])
    for a, b in zip(*sides, strict=True):
        np.testing.assert_array_equal(a, b)


def test_large_batches_use_their_memory_again():
    """Results large enough for buffers, over many batches."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(1024, 64)).astype(np.float32), rng.integers(0, 10, 1024)
    sides = []
    for jit in (False, True):
        layers = [nn.Dense(96, "relu"), nn.Dense(80, "tanh"), nn.Dense(80, "gelu"), nn.Dense(10, "softmax")]
        model = nn.Sequential(layers, seed=3)
        model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
        history = model.fit(x, y, batch_size=128, epochs=3, verbose=0, seed=1, jit=jit)
        sides.append((history.history, [p.numpy() for p in model.parameters()]))
    assert sides[0][0] == sides[1][0]
    for a, b in zip(sides[0][1], sides[1][1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_program_of_fit_can_be_read():
    model = mlp("softmax")()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, LABELS, verbose=0)
    source = model.program()
    assert "# forward" in source and "# backward" in source and "m *= adam.beta_1" in source
    assert tg.formula.NOTATION["_pick"][1] in source
