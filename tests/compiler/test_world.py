"""What a function can read from outside: each is an input, guarded, or refused by name."""

from __future__ import annotations

import collections
import copy
import functools
import gc
import itertools
import linecache
import math
import pickle
import random
import time
import types
import weakref

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim

RATE = 2.0
TABLE = np.ones(3)


def leaf(*values, name=None):
    return tg.tensor(np.array(values), requires_grad=True, name=name)


W = leaf(1.0, 2.0, 3.0, name="W")
X = np.array([1.0, -1.0, 2.0])


def check(f, change, expected=None):
    """f compiled is f, three times before a change and three times after it; and programs
    answered."""
    compiled = tg.jit(f)
    for _ in range(2):
        for _ in range(3):
            a, b = compiled(X), f(X)
            np.testing.assert_array_equal(a.numpy(), b.numpy())
            W.grad = None
            a.sum().backward()
            first, W.grad = W.grad, None
            b.sum().backward()
            np.testing.assert_array_equal(first, W.grad)
        change()
    assert compiled.runs >= 2
    return compiled


# Guarded


def test_globals(monkeypatch):
    check(lambda x: x * W * RATE, lambda: monkeypatch.setitem(globals(), "RATE", 3.0))


def test_variables_of_enclosing_functions():
    rate = 2.0

    def change():
        nonlocal rate
        rate = 5.0

    check(lambda x: x * W * rate, change)


@pytest.mark.parametrize(
    "make",
    [
        lambda: types.SimpleNamespace(rate=2.0),
        lambda: type("Plain", (), {"rate": 2.0})(),
        lambda: type("Slotted", (), {"__slots__": ("rate",)})(),
    ],
    ids=["namespace", "object", "slots"],
)
def test_attributes(make):
    settings = make()
    if not hasattr(settings, "rate"):
        settings.rate = 2.0
    check(lambda x: x * W * settings.rate, lambda: setattr(settings, "rate", 3.0))


def test_an_attribute_of_a_class_that_an_instance_hides_later():
    class Settings:
        rate = 2.0

    settings = Settings()
    check(lambda x: x * W * settings.rate, lambda: setattr(settings, "rate", 3.0))
    check(lambda x: x * W * settings.rate, lambda: setattr(Settings, "rate", 4.0))


@pytest.mark.parametrize(
    ("box", "key"),
    [
        ({"rate": 2.0}, "rate"),
        ([2.0], 0),
        (collections.deque([2.0]), 0),
        (collections.OrderedDict(rate=2.0), "rate"),
        (collections.defaultdict(float, rate=2.0), "rate"),
        (collections.Counter(rate=2), "rate"),
        (collections.ChainMap({"rate": 2.0}), "rate"),
    ],
)
def test_what_containers_hold(box, key):
    check(lambda x: x * W * box[key], lambda: box.__setitem__(key, 3.0))
    deep = {"a": [({"b": box},)]}
    check(lambda x: x * W * deep["a"][0][0]["b"][key], lambda: box.__setitem__(key, 4.0))


def test_code_and_defaults_of_functions():
    def scaled(x, rate=2.0):
        return x * rate

    check(lambda x: scaled(x) * W, lambda: setattr(scaled, "__defaults__", (3.0,)))
    check(
        lambda x: scaled(x) * W,
        lambda: setattr(scaled, "__code__", (lambda x, rate: x + rate).__code__),
    )
    part = functools.partial(scaled, rate=4.0)
    check(lambda x: part(x) * W, lambda: part.keywords.update(rate=5.0))


def test_properties_and_operators_of_objects():
    class Scale:
        def __init__(self):
            self.number = 2.0

        @property
        def rate(self):
            return self.number

        def __mul__(self, other):
            return other * self.number

    scale = Scale()
    check(lambda x: x * W * scale.rate, lambda: setattr(scale, "number", 3.0))
    check(lambda x: scale * (x * W), lambda: setattr(scale, "number", 4.0))


def test_an_attribute_by_a_computed_name():
    settings, name = types.SimpleNamespace(rate=2.0, other=5.0), "ra"
    check(lambda x: x * W * getattr(settings, name + "te"), lambda: setattr(settings, "rate", 3.0))


def test_minus_zero_is_another_number_and_nan_is_itself():
    rate = 0.0

    def change():
        nonlocal rate
        rate = -0.0

    f = check(lambda x: tg.arctan2(W * 0, rate) + x, change)
    assert f.traces == 2
    for value in (math.nan, -math.nan, float("nan")):
        g = tg.jit(lambda x, value=value: x * W * value)
        for _ in range(3):
            value = float("nan")
            g(X)
        assert g.traces == 1


def test_arguments_that_are_equal_or_only_seem_so():
    f = tg.jit(lambda x, s: tg.arctan2(W * 0, s) + x)
    for s in (0.0, -0.0, float("nan"), float("nan"), 0.0, False, 0):
        np.testing.assert_array_equal(f(X, s).numpy(), f.f(X, s).numpy())
    assert f.traces == 5


def test_a_module_of_ones_own(monkeypatch):
    settings = types.ModuleType("settings_for_test")
    settings.RATE = 2.0
    check(lambda x: x * W * settings.RATE, lambda: monkeypatch.setattr(settings, "RATE", 3.0))


# Inputs


def test_arrays_in_variables_are_inputs():
    """Refilled and replaced without another trace, for the value and for the gradient."""
    table, mask = np.ones(3), np.array([0, 1, 1])

    def f(x):
        return (x * W * table * TABLE).sum() + (W[mask] * -table).sum()

    def change():
        nonlocal table
        TABLE[:] = 7
        mask[0] = 2
        table = table * 3

    assert check(f, change).traces == 1
    TABLE[:] = 1


def test_an_array_whose_numbers_are_looked_at_is_guarded():
    table = np.ones(3)
    f = check(
        lambda x: x * W * (2 if table[0] > 0 else 3) * float(table.sum()),
        lambda: table.__setitem__(0, -1.0),
    )
    assert f.traces == 2
    table = np.ones(3)
    box = [table]
    check(lambda x: x * W * box[0], lambda: table.__setitem__(0, -1.0))


def test_data_changed_between_a_loss_and_its_gradient():
    for make in (lambda f: f, tg.jit):
        w, x, table, constant = leaf(2.0, 3.0), np.ones(2), np.ones(2), tg.tensor([1.0, 1.0])
        f = make(lambda x, w=w: (x * w * w).sum())
        g = make(lambda table=table, w=w: (table * w * w).sum())
        h = make(lambda constant=constant, w=w: (constant * w * w).sum())
        for _ in range(3):
            w.grad, x[:], table[:] = None, 1, 1
            losses = f(x), g()
            x[:] = table[:] = 100
            for loss in losses:
                loss.backward()
            assert w.grad.tolist() == [8, 12]
            loss = h()
            constant.data = constant.numpy() * 2
            with pytest.raises(tg.StaleGraphError):
                loss.backward()


def test_a_parameter_written_through_its_data_before_a_call():
    w = leaf(2.0, 3.0)
    f = tg.jit(lambda: (w * w).sum())
    f(), f()
    data = w.data
    data[0] = 0.25
    w.grad = None
    f().backward()
    assert w.grad.tolist() == [0.5, 6] and f.runs == 2


def test_arguments_are_the_arrays_that_they_are():
    """isinstance, hasattr, a caught AttributeError, NumPy's own dtypes, in one function."""

    def f(x, w):
        kind = 1 if isinstance(x, np.ndarray) and not hasattr(x, "grad") else 2
        try:
            x.numpy()
        except AttributeError:
            kind += 10
        scaled = x * np.float64(0.5)
        return w * (scaled - scaled.mean()) * kind, scaled, x.sum(), np.where(x > 0, x, 0)[None]

    compiled = tg.jit(f)
    for k in range(3):
        x, w = (
            np.arange(3, dtype=np.float32) * k - 1,
            tg.tensor([1.0, 2.0, 3.0], np.float32, requires_grad=True),
        )
        for a, b in zip(compiled(x, w), f(x, w), strict=True):
            assert type(a) is type(b) and a.dtype == b.dtype
            np.testing.assert_array_equal(
                np.asarray(getattr(a, "_data", a)), np.asarray(getattr(b, "_data", b))
            )
    assert compiled.traces == 1


# Refused

COUNTS = itertools.count()
NOW = vars(time)["time"]
GENERATOR = np.random.default_rng(0)


@functools.lru_cache
def cached(x):
    return x


@pytest.mark.parametrize(
    ("f", "what"),
    [
        (lambda x: x * W * next(COUNTS), "COUNTS is a count"),
        (lambda x: x * W * GENERATOR.random(), "GENERATOR.*Dropout"),
        (lambda x: x * W * random.random(), "random"),
        (lambda x: x * W * NOW(), "global NOW"),
        (lambda x: x * W * np.random.rand(), "np.random.rand"),
        (lambda x: x * W * np.empty(3), "np.empty.*np.zeros"),
        (lambda x: x * W * cached(2.0), "cached"),
        (lambda x: (print("x"), x * W)[1], "print.*outside"),
        (lambda x: x * W * len(open(__file__).read()), "open.*outside"),
        (lambda x: x * W * id(x), "id"),
        (lambda x: W * 2 if type(x) is np.ndarray else W, "type.*isinstance"),
        (lambda x: x * W * optim.SGD().learning_rate, "SGD"),
        (lambda x: nn.Dense(3, seed=1)(x[None]) * W, "Dense.*outside"),
        (lambda x: W.__setattr__("requires_grad", False) or x * W, "requires_grad"),
        (lambda x: tg.tensor(x.tolist()) * W, "argument x.*tolist"),
        (lambda x: x.__iadd__(1) * W, "argument x in place"),
    ],
    ids=lambda f: "" if callable(f) else f,
)
def test_what_cannot_be_watched_is_refused_by_name(f, what):
    with pytest.raises(tg.TraceError, match=what):
        tg.jit(f)(X.copy())


def test_what_is_refused_stays_refused_though_the_function_catches_it():
    def f(x):
        try:
            return W * float(x.sum())
        except TypeError:
            return W * 7.0

    with pytest.raises(tg.TraceError, match="float"):
        tg.jit(f)(X)


@pytest.mark.parametrize("name", ["calls", "kept", "self.calls", "argument"])
def test_effects_are_refused(name):
    calls, kept, model = {"n": 0}, [], nn.Module()
    model.calls = 0

    def f(x, found=None):
        if name == "calls":
            calls["n"] += 1
        elif name == "kept":
            kept.append(1)
        elif name == "self.calls":
            model.calls += 1
        elif found is not None:
            found.append(1)
        return x * W

    with pytest.raises(
        tg.TraceError, match=f"{'found' if name == 'argument' else name.rpartition('.')[2]}"
    ):
        tg.jit(f)(X, [])


def test_what_is_made_when_first_used_is_no_effect():
    model = nn.Sequential([nn.Dense(4, "tanh"), nn.Dropout(0.5, seed=1), nn.Dense(1)], seed=0)
    f = tg.jit(lambda x: (model(x) ** 2).sum())
    loss = f(np.ones((2, 3), np.float32))
    loss.backward()
    assert all(p.grad is not None for p in model.parameters())
    for _ in range(3):
        f(np.ones((2, 3), np.float32))
    assert f.runs >= 2


# Methods, copies, memory


class Holder(nn.Module):
    def __init__(self, scale):
        self.w, self.scale = leaf(1.0, 2.0), scale

    def forward(self, x):
        return x * self.w

    @tg.jit
    def scaled(self, x):
        return self(x) * self.scale


def test_a_jitted_method_belongs_to_its_object():
    a, b = Holder(2.0), Holder(3.0)
    for _ in range(3):
        assert a.scaled(np.ones(2)).numpy().tolist() == [2, 4] and b.scaled(
            np.ones(2)
        ).numpy().tolist() == [3, 6]
    assert a.scaled.runs == b.scaled.runs == 2 and Holder.scaled.runs >= 4
    a.scale = 5.0
    assert a.scaled(np.ones(2)).numpy().tolist() == [5, 10]
    gone = weakref.ref(a)
    del a
    gc.collect()
    assert gone() is None


def square(x):
    return x * x


JITTED = tg.jit(square)


def test_copies_and_pickles():
    a = Holder(2.0)
    a.scaled(np.ones(2))
    a.step = tg.jit(a.forward)
    a.step(np.ones(2))
    for twin in (copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        twin.w.data = [7.0, 7.0]
        assert twin.scaled(np.ones(2)).numpy().tolist() == [14, 14] and twin.step(
            np.ones(2)
        ).numpy().tolist() == [7, 7]
        assert twin.step.f.__self__ is twin
    assert pickle.loads(pickle.dumps(JITTED))(np.array([3.0])).tolist() == [9.0]
    assert a.scaled(np.ones(2)).numpy().tolist() == [2, 4]


def test_programs_are_bounded_and_a_function_without_rest_runs_plainly():
    f = tg.jit(lambda x, rate: x * W * rate)
    with pytest.warns(RuntimeWarning, match=r"np.float32\(rate\)"):
        for k in range(100):
            assert f(X, float(k)).numpy().tolist() == (X * W.numpy() * k).tolist()
    assert f.traces <= 40 and sum(map(len, f.programs.values())) <= 40
    g = tg.jit(lambda x: x * 2)
    with pytest.warns(RuntimeWarning, match="traced"):
        for n in range(1, 100):
            g(np.ones(n))
    assert sum(map(len, g.programs.values())) <= 40
    h = tg.jit(lambda x: x * 2)  # each is used again: the last ones are kept
    for n in range(1, 60):
        for _ in range(4):
            h(np.ones(n))
    assert h.traces == 59 and sum(map(len, h.programs.values())) <= 40


def test_what_is_dropped_is_freed():
    def texts():
        gc.collect()
        return sum(name.startswith("<jit ") for name in linecache.cache)

    before = texts()
    for _ in range(5):
        model = nn.MLP(2, 3, 1, seed=0)
        model.compile("sgd", "mse")
        model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0, epochs=3)
        tg.jit(lambda x: x * W)(X)
    gone = weakref.ref(model)
    del model
    assert texts() <= before + 1
    assert gone() is None


def test_many_settings():
    """So many that they are asked in a loop."""
    settings = [types.SimpleNamespace(rate=float(k)) for k in range(100)]
    f = check(
        lambda x: x * W * sum(s.rate for s in settings), lambda: setattr(settings[73], "rate", 0.5)
    )
    assert f.traces == 2
