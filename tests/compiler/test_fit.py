"""`fit` compiled is `fit`: weights, moments, history, to the bit; what cannot be compiled is
trained as it is."""

from __future__ import annotations

import copy
import functools

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 6)).astype(np.float32)  # 32 + 32 + 6: the last batch is smaller
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
    "one-hot": (
        mlp("softmax"),
        np.eye(3, dtype=np.float32)[LABELS],
        "categorical_crossentropy",
        ["accuracy"],
        "adam",
    ),
    "sigmoid": (
        mlp("sigmoid", 1),
        (LABELS == 1).astype(np.float32),
        "binary_crossentropy",
        ["accuracy", "mae"],
        lambda: optim.SGD(learning_rate=0.1, momentum=0.9, nesterov=True),
    ),
    "linear": (
        mlp(None, 1),
        X[:, :1] ** 2,
        "mse",
        ["mae", "mse"],
        lambda: optim.SGD(learning_rate=lambda k: 0.1 / (1 + k)),
    ),
    "a metric of one's own": (mlp(None, 1), X[:, :1], "mse", [mae_in_numpy, "mae"], "sgd"),
    "a model of one's own": (Residual, LABELS, "cross_entropy", ["accuracy"], "adam"),
    "two dtypes": (
        lambda: nn.Sequential([nn.Dense(8, "tanh"), nn.Dense(3, dtype=float)], seed=3),
        LABELS,
        "cross_entropy",
        [],
        "adam",
    ),
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
        sides.append(
            (
                history.history,
                [p.numpy() for p in model.parameters()],
                model.plan.optimizer.state_dict(),
            )
        )
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
        layers = [
            nn.Dense(96, "relu"),
            nn.Dense(80, "tanh"),
            nn.Dense(80, "gelu"),
            nn.Dense(10, "softmax"),
        ]
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
    assert tg.autodiff.captions.NOTATION["_pick"][1] in source


def both(make, change=None, **options):
    """A model trained with jit and without, all that came of it; twice, if something changes in
    between."""
    sides = []
    for jit in (False, True):
        model = make()
        for _ in range(1 if change is None else 2):
            history = model.fit(X, LABELS, epochs=2, verbose=0, seed=1, jit=jit, **options)
            if change is not None:
                change(model)
        sides.append((model, history.history, [p.numpy() for p in model.parameters()]))
    assert sides[0][1] == sides[1][1]
    for a, b in zip(sides[0][2], sides[1][2], strict=True):
        np.testing.assert_array_equal(a, b)
    return sides[1][0]


def compiled(loss="cross_entropy", metrics=(), optimizer="sgd"):
    model = nn.Sequential([nn.Dense(5, "tanh"), nn.Dense(3)], seed=1)
    model.compile(optimizer, loss, metrics)
    return model


def test_one_program_for_all_fits():
    model = compiled()
    for _ in range(6):
        model.fit(X, LABELS, verbose=0)
    assert model.plan.step.compiled.traces == 2  # two sizes of batches
    model.fit(X, LABELS, verbose=0, callbacks=[tg.callbacks.EarlyStopping("loss")])
    assert model.plan.step.compiled.traces == 2


def test_a_metric_that_is_wrapped():
    seen = []

    @functools.wraps(tg.metrics.sparse_accuracy)
    def metric(p, t):
        seen.append(1)
        return float(len(seen))

    both(lambda: (seen.clear(), compiled(metrics=[metric]))[1])
    assert len(seen) == 2 * 3


def test_a_callback_that_changes_the_plan():
    class Change(tg.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            plan = self.model.plan
            plan.loss = lambda p, t: (p**2).mean()
            plan.metrics = {"accuracy": lambda p, t: float(p.numpy().sum())}

    both(lambda: compiled(metrics=["accuracy"]), callbacks=[Change()])


def test_an_optimizer_of_ones_own():
    class Own(optim.Optimizer):
        """Names that the program's could clash with."""

        def __init__(self):
            super().__init__(learning_rate=0.1)
            self.steps = 0

        def start(self, loss):
            return {"mean": np.zeros_like(loss)}

        def update(s, x, v, step, *, mean):
            s.steps += 1
            mean *= 0.5
            mean += v
            x -= step * mean / s.steps

    class Zero(optim.SGD):
        def zero_grad(self):
            super().zero_grad()
            self.learning_rate *= 0.9

    for make in (Own, Zero):
        both(lambda make=make: compiled(optimizer=make()))
    assert "zero_grad" in both(lambda: compiled(optimizer=Zero())).program()


def test_a_loss_that_counts_runs_plainly_and_says_why():
    calls = []

    def loss(p, t):
        calls.append(1)
        return (p**2).mean() * len(calls)

    model = both(lambda: (calls.clear(), compiled(loss))[1])
    assert "plainly" in model.program() and "calls" in model.program()


def test_a_loss_reads_an_array_that_is_refilled():
    scale = np.ones(3, np.float32)

    def loss(p, t):
        return (p**2 * scale).mean()

    class Refill(tg.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            scale[:] = scale * 1.5

    model = both(lambda: (scale.fill(1), compiled(loss))[1], callbacks=[Refill()])
    assert model.plan.step.compiled.runs >= 3


def test_what_fit_says_of_its_program():
    model = compiled()
    assert "has not run" in model.program()
    model.fit(X, LABELS, verbose=0, epochs=2)
    assert "def step" in model.program() and "# backward" in model.program()
    model = compiled(lambda p, t: (print(end=""), (p**2).mean())[1])
    model.fit(X, LABELS, verbose=0, epochs=2)
    assert "print" in model.program() and "outside" in model.program()


RATE = [1.0]


@pytest.mark.parametrize("wrap", [lambda f: f, tg.jit])
def test_what_a_turned_loss_reads_is_followed(wrap):
    """A loss of (y_true, y_pred) is called through a closure of this library; what it reads is
    guarded all the same."""

    def loss(y_true, y_pred):
        return ((y_true - RATE[0] * y_pred) ** 2).mean()

    ends = []
    for jit in (False, True):
        model = nn.Sequential([nn.Dense(1)], seed=0)
        model.compile("sgd", wrap(loss) if jit else loss)
        for RATE[0] in (1.0, 3.0, 1.0):
            history = model.fit(X, X[:, :1], epochs=2, verbose=0, seed=1, jit=jit)
        ends.append((history.history, model.layers[0].weight.numpy()))
    assert ends[0][0] == ends[1][0]
    np.testing.assert_array_equal(ends[0][1], ends[1][1])
