"""What compiled things keep: bounded, freed with their owners; and copies of them."""

from __future__ import annotations

import copy
import gc
import linecache
import pickle
import tracemalloc
import weakref

import numpy as np
import pytest
from profiles import NIGHT

import tinygrad_edu as tg
from tinygrad_edu import nn, optim

X = np.random.default_rng(0).normal(size=(12, 2)).astype(np.float32)
Y = np.random.default_rng(1).normal(size=(12, 1)).astype(np.float32)


def objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def model() -> nn.Sequential:
    made = nn.Sequential([nn.Dense(3, "tanh"), nn.Dense(1)], seed=1)
    made.compile(optim.SGD(learning_rate=0.05), "mse", ["mae"])
    return made


class Scaled:
    """With a jitted method, for pickle at the top of a module."""

    def __init__(self, k):
        self.k = k

    @tg.jit
    def times(self, x):
        return x * W * self.k


W = tg.tensor([0.5, 1.5, -2.5], requires_grad=True, name="w")
TWICE = tg.jit(lambda x: x * W * 2)


class Holding(nn.Module):
    """A module that holds a jitted function of itself."""

    def __init__(self):
        self.inner = nn.Dense(3, "tanh", input_size=2, seed=1)
        self.fast = tg.jit(self.forward)

    def forward(self, x):
        return self.inner(x)


def plain_call(x):
    return x * W * 3


class HoldingAFunction(nn.Module):
    """A module that holds a jitted function of a module's top."""

    def __init__(self):
        self.inner = nn.Dense(3, "tanh", input_size=2, seed=1)
        self.fast = tg.jit(plain_call)

    def forward(self, x):
        return self.inner(x)


# Bounds: growth over the second half of many different calls is less than a tenth of what each new
# program would keep.


def grows(f, calls, what=lambda: (objects(), len(linecache.cache))):
    """How much is kept more after the second half of the calls."""
    half = len(calls) // 2
    for args in calls[:half]:
        f(*args)
    before = what()
    for args in calls[half:]:
        f(*args)
    return [b - a for a, b in zip(before, what(), strict=True)], len(calls) - half


# Where programs are hardly used again, jit may say so.
MAY_SAY = pytest.mark.filterwarnings("ignore:jit")


@MAY_SAY
@pytest.mark.parametrize("kind", ["floats", "ints", "strings", "shapes", "objects", "lambdas"])
def test_programs_kept_are_bounded(kind):
    """400 different numbers, or 2 000 batch sizes: the least used are dropped."""
    n = {"shapes": 2000}.get(kind, 400) if NIGHT else 160
    x = np.array([1.0, -2.0, 3.0])
    calls = {
        "floats": lambda k: (x, k / 7),
        "ints": lambda k: (x, k),
        "strings": lambda k: (x, str(k)),
        "shapes": lambda k: (np.ones((k + 1, 3)), 2.0),
        "objects": lambda k: (x, Scaled(k)),
        "lambdas": lambda k: (x, lambda t: t * k),
    }[kind]
    f = tg.jit(
        lambda x, k: (
            x * W * (k if isinstance(k, (int, float)) else len(k) if isinstance(k, str) else 2.0)
        )
    )
    (kept, lines), half = grows(f, [calls(k) for k in range(n)])
    # A program is some hundred objects; the arguments made for the calls themselves are a few each.
    assert kept < 20 * half and lines < half / 2


@MAY_SAY
def test_programs_kept_are_bounded_where_a_global_changes():
    holder = {"k": 0.0}
    f = tg.jit(lambda x: x * W * holder["k"])

    def call(k):
        holder["k"] = k / 7
        return f(np.ones(3))

    (kept, lines), half = grows(call, [(k,) for k in range(160)])
    assert kept < 20 * half and lines < half / 2


def test_nan_is_one_value():
    f = tg.jit(lambda x, k: x * W * k)
    for _ in range(3):
        f(np.ones(3), float("nan"))
    before = f.traces
    for _ in range(20):
        assert np.isnan(f(np.ones(3), float("nan")).numpy()).all()
    assert f.traces == before


@MAY_SAY
def test_large_shapes_are_not_kept_in_numbers():
    """Memory of programs for many batch sizes: not one set of buffers each."""
    w = tg.tensor(np.ones(64), requires_grad=True)
    f = tg.jit(lambda x: (tg.tanh(x * w) ** 2).sum())
    tracemalloc.start()
    try:
        kept = []
        # from large to small: one that takes another's place is no larger
        for n in range(150, 0, -1):
            f(np.ones((n, 64)))
            f(np.ones((n, 64)))
            if n in (60, 1):
                gc.collect()
                kept.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    numbers = sum(range(1, 60)) * 64 * 8
    # two buffers and the numbers of its trace would be three times it
    assert kept[1] - kept[0] < numbers / 2


# Freed with their owners


def test_a_model_that_is_dropped_is_freed():
    def once():
        m = model()
        m.fit(X, Y, batch_size=4, verbose=0, seed=1)
        return weakref.ref(m), weakref.ref(m.layers[0].weight)

    once(), once()
    lines, before = len(linecache.cache), objects()
    seen = [once() for _ in range(8)]
    gc.collect()
    assert all(ref() is None for pair in seen for ref in pair)
    assert len(linecache.cache) <= lines + 2
    assert objects() - before < 8 * 60


def test_a_jitted_function_that_is_dropped_is_freed():
    def once():
        w = tg.tensor([1.0, 2.0], requires_grad=True)
        f = tg.jit(lambda x: (x * w).sum())
        for _ in range(3):
            f(np.ones(2)).backward()
        return weakref.ref(w), weakref.ref(f)

    once(), once()
    lines, before = len(linecache.cache), objects()
    seen = [once() for _ in range(10)]
    gc.collect()
    assert all(ref() is None for pair in seen for ref in pair)
    assert len(linecache.cache) <= lines + 2 and objects() - before < 10 * 20


def test_jitted_methods_do_not_keep_instances():
    seen = []
    for k in range(10):
        instance = Scaled(float(k))
        for _ in range(3):
            instance.times(np.ones(3))
        seen.append(weakref.ref(instance))
    del instance
    gc.collect()
    assert sum(ref() is not None for ref in seen) <= 1  # the last one may be remembered


def test_arguments_are_not_kept():
    f = tg.jit(lambda x, t: x * t * W)
    seen = []
    for k in range(6):
        x, t = np.full(3, float(k)), tg.tensor(np.full(3, float(k)), requires_grad=True)
        f(x, t).sum().backward()
        seen += [weakref.ref(x), weakref.ref(t)]
    del x, t
    gc.collect()
    assert sum(ref() is not None for ref in seen) <= 2


def test_data_of_fit_is_not_kept():
    m = model()
    x, y = X.copy(), Y.copy()
    refs = weakref.ref(x), weakref.ref(y)
    m.fit(x, y, batch_size=4, verbose=0, seed=1)
    m.fit(X, Y, batch_size=4, verbose=0, seed=1)
    del x, y
    gc.collect()
    assert [ref() for ref in refs] == [None, None]


# Copies


@pytest.mark.parametrize(
    "make",
    [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))],
    ids=["copy", "deepcopy", "pickle"],
)
@pytest.mark.parametrize("called", [False, True])
def test_a_copy_of_an_object_with_a_jitted_method(make, called):
    a = Scaled(2.0)
    for _ in range(3 * called):
        a.times(np.ones(3))
    b = make(a)
    b.k = 5.0
    for _ in range(3):
        assert a.times(np.ones(3)).numpy().tolist() == [1, 3, -5]
        assert b.times(np.ones(3)).numpy().tolist() == [2.5, 7.5, -12.5]


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy], ids=["copy", "deepcopy"])
def test_a_copy_of_a_jitted_function(make):
    for _ in range(3):
        TWICE(np.ones(3))
    for _ in range(3):
        assert make(TWICE)(np.ones(3)).numpy().tolist() == [1, 3, -5]


def test_a_jitted_function_of_a_module_is_pickled_as_such():
    """By its name, as functions are, or with an error that says what to do."""
    f = tg.jit(plain_call)
    for _ in range(3):
        f(np.ones(3))
    again = pickle.loads(pickle.dumps(f))
    for _ in range(3):
        assert again(np.ones(3)).numpy().tolist() == [1.5, 4.5, -7.5]


@pytest.mark.parametrize("called", [False, True])
def test_a_deepcopy_of_a_module_with_a_jitted_attribute(called):
    """The copy's jitted forward is the copy's: its weights, not those of the original."""
    a = Holding()
    for _ in range(3 * called):
        a.fast(X)
    b = copy.deepcopy(a)
    b.inner.weight.data[...] = 0.25
    for _ in range(3):
        np.testing.assert_array_equal(a.fast(X).numpy(), a(X).numpy())
        np.testing.assert_array_equal(b.fast(X).numpy(), b(X).numpy())
    assert not np.array_equal(a.fast(X).numpy(), b.fast(X).numpy())


@pytest.mark.parametrize("kind", [Holding, HoldingAFunction])
@pytest.mark.parametrize("called", [False, True])
def test_pickle_of_a_module_with_a_jitted_attribute(kind, called):
    a = kind()
    for _ in range(3 * called):
        a.fast(np.ones((4, 2), np.float32) if kind is Holding else np.ones(3))
    b = pickle.loads(pickle.dumps(a))
    b.inner.weight.data[...] = 0.25
    np.testing.assert_array_equal(b(X).numpy(), nn.Module.__call__(b, X).numpy())
    if kind is Holding:
        for _ in range(3):
            np.testing.assert_array_equal(b.fast(X).numpy(), b(X).numpy())
            np.testing.assert_array_equal(a.fast(X).numpy(), a(X).numpy())


@pytest.mark.parametrize(
    "make", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"]
)
def test_a_copy_of_a_model_that_was_fitted_trains_as_the_model(make):
    m = model()
    m.fit(X, Y, batch_size=4, verbose=0, seed=1)
    twin = make(m)
    for one in (m, twin):
        one.fit(X, Y, batch_size=4, verbose=0, seed=2)
    for p, q in zip(m.parameters(), twin.parameters(), strict=True):
        assert p is not q
        np.testing.assert_array_equal(p.numpy(), q.numpy())
    assert twin.program().strip() and "def " in twin.program()


# What a program says


def test_program_before_and_without_one():
    m = nn.Sequential([nn.Dense(1)], seed=1)
    m.compile("sgd", "mse")
    assert m.program().strip() and "def " not in m.program()  # not fitted yet
    m.fit(X, Y, verbose=0, jit=False)
    assert "def " not in m.program()
    m.fit(X, Y, verbose=0)
    assert "# forward" in m.program() and "# backward" in m.program()


def test_program_says_why_there_is_none():
    rng = np.random.default_rng(3)
    m = nn.Sequential([nn.Dense(1)], seed=1)
    m.compile("sgd", lambda p, t: ((p - t) ** 2).mean() * rng.uniform())
    m.fit(X, Y, verbose=0)
    said = m.program()
    assert "def " not in said and any(
        word in said for word in ("rng", "random", "Generator", "uniform")
    )


def test_runs_and_traces():
    f = tg.jit(lambda x, k: x * W * k)
    assert (f.runs, f.traces) == (0, 0)
    for _ in range(4):
        f(np.ones(3), 2.0)
    assert f.traces + f.runs == 4 and 1 <= f.traces <= 2
    runs = f.runs
    f(np.ones(3), 3.0)
    f(np.ones(3), 2.0)
    # the old program answers again
    assert f.runs == runs + 1
