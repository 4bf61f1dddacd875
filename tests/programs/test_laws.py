"""Laws that hold for every program: of linear maps, and of graphs that compute the same."""

from __future__ import annotations

import itertools

import hypothesis
import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from profiles import by_profile

import tinygrad_edu as tg
from tinygrad_edu.autodiff import walk

from . import reference
from .program import CATALOGUE, Program, carry_out, programs
from .test_programs import by_duals

SOME = hypothesis.settings(
    max_examples=by_profile(day=40, ci=150, night=2_000),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.filter_too_much],
)


def tracked(program: Program) -> list[tg.Tensor]:
    return [tg.tensor(a, requires_grad=True) for a in program.arrays]


def last(program: Program, leaves: list[tg.Tensor]) -> tg.Tensor:
    """The newest result that can be differentiated."""
    _, env = program.run(CATALOGUE, leaves)
    found = [t for t in env[len(leaves) :] if t.requires_grad]
    assume(found)
    return found[-1]


def pulled(y: tg.Tensor, leaves: list[tg.Tensor], v: np.ndarray) -> list[np.ndarray]:
    found = walk.backward([(y, v)])
    return [found[t.step][1] if t.step in found else np.zeros(t.shape) for t in leaves]


def drawn(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


@SOME
@given(programs(), st.integers(0, 99))
def test_the_pullback_is_linear(program, seed):
    _, size = by_duals(program)
    leaves = tracked(program)
    y = last(program, leaves)
    u, v = drawn(y.shape, seed), drawn(y.shape, seed + 1)
    combined = pulled(y, leaves, 2 * u - 3 * v)
    for c, a, b in zip(combined, pulled(y, leaves, u), pulled(y, leaves, v), strict=True):
        np.testing.assert_allclose(c, 2 * a - 3 * b, rtol=1e-10, atol=1e-10 * size)


@SOME
@given(programs())
def test_zero_gives_exactly_zero(program):
    by_duals(program)
    leaves = tracked(program)
    y = last(program, leaves)
    for g in pulled(y, leaves, np.zeros(y.shape)):
        assert not g.any() and not np.isnan(g).any()


@SOME
@given(programs(), st.integers(0, 99))
def test_twice_the_same_bits_and_nothing_else_changes(program, seed):
    by_duals(program)
    leaves = tracked(program)
    y = last(program, leaves)
    v = drawn(y.shape, seed)
    graph = walk.graph([y])
    before = [t.numpy() for t in graph], v.copy(), [a.copy() for a in program.arrays]
    first, second = pulled(y, leaves, v), pulled(y, leaves, v)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    for t, was in zip(graph, before[0], strict=True):
        np.testing.assert_array_equal(t.numpy(), was)
    np.testing.assert_array_equal(v, before[1])
    for a, was in zip(program.arrays, before[2], strict=True):
        np.testing.assert_array_equal(a, was)
    again = [t.numpy() for t in program.run(CATALOGUE, tracked(program))[1]]
    for a, b in zip(
        again, [t.numpy() for t in program.run(CATALOGUE, tracked(program))[1]], strict=True
    ):
        np.testing.assert_array_equal(a, b)


@SOME
@given(programs(), st.integers(0, 99))
def test_no_two_gradients_share_memory(program, seed):
    by_duals(program)
    leaves = tracked(program)
    y = last(program, leaves)
    graph = walk.graph([y])
    v = drawn(y.shape, seed)
    found = walk.backward([(y, v)], wanted={t.step for t in graph})
    gradients = [g for _, g in found.values()]
    for a, b in itertools.combinations(gradients, 2):
        assert not np.shares_memory(a, b)
    for g in gradients:
        assert g.flags.writeable and not np.shares_memory(g, v)
        assert not any(np.shares_memory(g, t._data) for t in graph)


@SOME
@given(programs(), st.integers(0, 99))
def test_the_pullback_is_the_adjoint_of_the_push_forward(program, seed):
    """⟨v, J·u⟩ = ⟨Jᵀ·v, u⟩, J·u from the dual numbers."""
    _, size = by_duals(program)
    leaves = tracked(program)
    y = last(program, leaves)
    _, env = program.run(CATALOGUE, leaves)
    place = max(k for k, t in enumerate(env) if t.requires_grad)
    with np.errstate(all="ignore"):
        dual = program.run(reference, reference.leaves(program.arrays))[1][place]
    v = drawn(y.shape, seed)
    us = [drawn(a.shape, seed + k) for k, a in enumerate(program.arrays)]
    pushed = np.tensordot(np.concatenate([u.ravel() for u in us]), dual.tangents, axes=1)
    left = np.sum(v * pushed)
    right = sum(np.sum(g * u) for g, u in zip(pulled(y, leaves, v), us, strict=True))
    np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-9 * size)


# The same function as another graph

IDENTITIES = [
    lambda x: x * 1,
    lambda x: x + 0,
    lambda x: x / 1,
    lambda x: 0 - (0 - x),
    lambda x: +x,
    lambda x: x.T.T,
    lambda x: x.reshape(x.shape),
    lambda x: x[...],
    lambda x: tg.where(True, x, 0.0),
    lambda x: x**1,
    lambda x: np.broadcast_to(x, x.shape),
    lambda x: tg.concatenate([x.ravel()]).reshape(x.shape),
]


class Wrapped:
    """The catalogue, with an identity put before every operation that takes one tensor."""

    def __init__(self, seed: int) -> None:
        self.count = itertools.count(seed)

    def __getattr__(self, name):
        function = getattr(CATALOGUE, name)

        def call(first, *args, **keywords):
            if isinstance(first, tg.Tensor):
                first = IDENTITIES[next(self.count) % len(IDENTITIES)](first)
            return function(first, *args, **keywords)

        return call


@SOME
@given(programs(), st.integers(0, 11))
def test_identities_change_nothing(program, seed):
    by_duals(program)
    plain, other = tracked(program), tracked(program)
    loss, _ = program.run(CATALOGUE, plain)
    assume(loss.requires_grad)
    again, _ = program.run(Wrapped(seed), other)
    loss.backward()
    again.backward()
    np.testing.assert_array_equal(again.numpy(), loss.numpy())
    same_gradients(plain, other)


def same_gradients(leaves, others, bits=False):
    for a, b in zip(leaves, others, strict=True):
        a, b = (np.zeros(t.shape) if t.grad is None else t.grad for t in (a, b))
        scale = max(1.0, float(np.max(np.abs(a), initial=0)))
        np.testing.assert_allclose(
            b, a, rtol=0 if bits else 1e-11, atol=0 if bits else 1e-11 * scale
        )


@SOME
@given(programs())
def test_a_node_split_in_two(program):
    """Every result computed anew at each of its uses: the graph is a tree, and the sums are the
    same."""
    assume(len(program.instructions) <= 7)  # a tree of uses may double with each
    by_duals(program)
    plain, other = tracked(program), tracked(program)
    loss, _ = program.run(CATALOGUE, plain)
    assume(loss.requires_grad)

    def tree(k):
        if k < len(other):
            return other[k]
        kind, i, j, n = program.instructions[k - len(other)]
        return carry_out(CATALOGUE, kind, tree(k - 1 - i % k), tree(j % k), n)

    n = len(other) + len(program.instructions)
    total = None
    for place, weight in program.ends:
        term = tree(n - 1 - place % n).sum() * weight
        total = term if total is None else total + term
    loss.backward()
    total.backward()
    same_gradients(plain, other)


@SOME
@given(programs(), st.randoms(use_true_random=False))
def test_the_graph_built_in_another_order(program, random):
    """Instructions are carried out in any order that their operands allow; the gradients are the
    same to rounding, since a sum over uses may be taken in another order."""
    by_duals(program)
    plain, other = tracked(program), tracked(program)
    loss, _ = program.run(CATALOGUE, plain)
    assume(loss.requires_grad)
    first, n = len(other), len(other) + len(program.instructions)
    env = dict(enumerate(other))
    waiting = list(range(first, n))
    while waiting:
        ready = []
        for k in waiting:
            _, i, j, _ = program.instructions[k - first]
            if k - 1 - i % k in env and j % k in env:
                ready.append(k)
        k = random.choice(ready)
        kind, i, j, variant = program.instructions[k - first]
        env[k] = carry_out(CATALOGUE, kind, env[k - 1 - i % k], env[j % k], variant)
        waiting.remove(k)
    total = None
    for place, weight in program.ends:
        term = env[n - 1 - place % n].sum() * weight
        total = term if total is None else total + term
    loss.backward()
    total.backward()
    np.testing.assert_array_equal(total.numpy(), loss.numpy())
    same_gradients(plain, other)
