"""A graph grown step by step, beside a naive one that differentiates by walking every path.

The state machine creates leaves, combines, runs backward again and again, zeroes, writes into
leaves, detaches, enters and leaves no_grad, and forgets; after each backward all gradients are
those of the naive model.
"""

from __future__ import annotations

import math

import pytest
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from profiles import by_profile

import tinygrad_edu as tg
from tinygrad_edu.autodiff.modes import mode

UNARY = {
    "tanh": (tg.tanh, math.tanh, lambda x, y: 1 - y * y),
    "sin": (tg.sin, math.sin, lambda x, y: math.cos(x)),
    "relu": (tg.relu, lambda x: max(x, 0.0), lambda x, y: float(x > 0)),
    "half": (lambda t: t * 0.5, lambda x: x / 2, lambda x, y: 0.5),
    "square": (lambda t: t**2, lambda x: x * x, lambda x, y: 2 * x),
    "view": (lambda t: t.reshape(1, 1).reshape(()), lambda x: x, lambda x, y: 1.0),
}
BINARY = {
    "add": (lambda a, b: a + b, lambda a, b: a + b, lambda a, b: (1.0, 1.0)),
    "sub": (lambda a, b: a - b, lambda a, b: a - b, lambda a, b: (1.0, -1.0)),
    "mul": (
        lambda a, b: tg.tanh(a) * b,
        lambda a, b: math.tanh(a) * b,
        lambda a, b: ((1 - math.tanh(a) ** 2) * b, math.tanh(a)),
    ),
    "maximum": (
        tg.maximum,
        max,
        lambda a, b: (0.5, 0.5) if a == b else (float(a > b), float(b > a)),
    ),
}
# Whether the rule reads its input's value, which therefore must not have been written.
READS = {"tanh": False, "sin": True, "relu": True, "half": False, "square": True, "view": False}

PLACES, HALVES, RARELY = (
    st.integers(0, 30),
    st.integers(-4, 4),
    st.sampled_from([False] * 5 + [True]),
)


class Naive:
    """One number: what it was made from, with the slopes as they were when it was made."""

    def __init__(self, value, parents=(), leaf=False, base=None):
        self.own_value, self.parents, self.leaf, self.base = value, parents, leaf, base
        self.own_version, self.grad, self.keeps = 0, None, False

    # A view has the value of its base, whenever it is looked at.
    value = property(lambda self: self.base.value if self.base else self.own_value)
    version = property(lambda self: self.base.version if self.base else self.own_version)
    tracked = property(lambda self: self.leaf or any(p.tracked for p, *_ in self.parents))

    def stale(self):
        """Whether a value that a slope was read from has been written since."""
        return any(
            (read and p.version != version) or (p.tracked and p.stale())
            for p, _, read, version in self.parents
        )

    def reaches(self, found, slope):
        """Every path, one by one."""
        found[self] = found.get(self, 0.0) + slope
        for p, s, *_ in self.parents:
            if p.tracked:
                p.reaches(found, slope * s)

    def paths(self):
        return 1 + sum(p.paths() for p, *_ in self.parents)


class Machine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.pairs = []
        self.recording = mode.recording

    def pick(self, k):
        return self.pairs[-1 - k % len(self.pairs)]

    def create(self, value, tracked):
        self.pairs.append(
            (tg.tensor(value / 2, requires_grad=tracked), Naive(value / 2, leaf=tracked))
        )

    @initialize(value=HALVES)
    def begin(self, value):
        self.create(value, True)

    @rule(value=HALVES, tracked=st.booleans())
    def new_leaf(self, value, tracked):
        self.create(value, tracked)

    @rule(a=PLACES, kind=st.sampled_from(sorted(UNARY)), off=RARELY)
    def apply(self, a, kind, off):
        ours, function, slope = UNARY[kind]
        t, n = self.pick(a)
        y = function(n.value)
        base = n if kind == "view" and n.tracked and not off else None
        self.made(lambda: ours(t), y, ((n, slope(n.value, y), READS[kind], n.version),), off, base)

    @rule(a=PLACES, b=PLACES, kind=st.sampled_from(sorted(BINARY)), off=RARELY)
    def combine(self, a, b, kind, off):
        ours, function, slopes = BINARY[kind]
        (t, n), (u, m) = self.pick(a), self.pick(b)
        s, r = slopes(n.value, m.value)
        # A value is read for the gradient of the other factor, and only if that is asked for; tanh
        # reads its result.
        reads = {"maximum": (n.tracked or m.tracked,) * 2, "mul": (False, n.tracked)}.get(
            kind, (False, False)
        )
        self.made(
            lambda: ours(t, u),
            function(n.value, m.value),
            ((n, s, reads[0], n.version), (m, r, reads[1], m.version)),
            off,
        )

    def made(self, ours, value, parents, off, base=None):
        tracked = not off and any(p.tracked for p, *_ in parents)
        if off:
            with tg.no_grad():
                y = ours()
        else:
            y = ours()
        assert y.requires_grad == tracked
        assert abs(y.item() - value) <= 1e-12 * max(1, abs(value))
        self.pairs.append((y, Naive(value, parents if tracked else (), base=base)))

    @rule(a=PLACES)
    def backward(self, a):
        t, n = self.pick(a)
        if not n.tracked or n.paths() > 5000:
            return
        if n.stale():
            before = [(x, None if x.grad is None else x.grad.copy()) for x, _ in self.pairs]
            with pytest.raises(tg.StaleGraphError):
                t.backward()
            for x, g in before:
                assert (x.grad is None) == (g is None) and (g is None or x.grad == g)
            event("a stale graph was refused")
            return
        found = {}
        n.reaches(found, 1.0)
        t.backward()
        for m, g in found.items():
            if m.leaf or m.keeps or m is n:
                m.grad = g + (m.grad or 0.0)

    @rule(a=PLACES)
    def zero(self, a):
        t, n = self.pick(a)
        t.grad = n.grad = None

    @rule(a=PLACES)
    def retain(self, a):
        t, n = self.pick(a)
        t.retain_grad()
        n.keeps = True

    @rule(a=PLACES, value=HALVES, through=st.sampled_from(["overwrite", "data", "item"]))
    def write(self, a, value, through):
        t, n = self.pick(a)
        if not n.leaf:
            return
        if through == "overwrite":
            t.data = value / 2
        elif through == "data":
            t.data[...] = value / 2
        else:
            with tg.no_grad():
                t[...] = value / 2
        # an array written with what it held is not found out
        changed = n.value != value / 2 or through != "data"
        n.own_value, n.own_version = value / 2, n.own_version + changed

    @rule(a=PLACES)
    def detach(self, a):
        t, n = self.pick(a)
        self.pairs.append((t.detach(), Naive(n.value)))

    @rule(a=PLACES)
    def forget(self, a):
        if len(self.pairs) > 1:
            self.pairs.remove(self.pick(a))

    @invariant()
    def gradients_agree(self):
        for t, n in self.pairs:
            if n.grad is None:
                assert t.grad is None
            else:
                assert abs(t.grad - n.grad) <= 1e-10 * max(1.0, abs(n.grad))
        assert mode.recording == self.recording


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=by_profile(day=40, ci=200, night=2_000), stateful_step_count=100, deadline=None
)
