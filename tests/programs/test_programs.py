"""Random programs, each read four ways: by the engine, by dual numbers, by complex steps, by
central differences."""

from __future__ import annotations

import collections

import hypothesis
import numpy as np
from hypothesis import assume, event, given
from hypothesis import strategies as st
from profiles import PROFILE, by_profile

import tinygrad_edu as tg
from tinygrad_edu.autodiff import walk

from . import reference
from .program import CATALOGUE, KINDS, SMOOTH, Program, programs

PLENTY = hypothesis.settings(
    max_examples=by_profile(day=120, ci=600, night=20_000),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.filter_too_much, hypothesis.HealthCheck.too_slow],
)
FEWER = hypothesis.settings(PLENTY, max_examples=by_profile(day=50, ci=200, night=5_000))
H = 1e-30

seen: collections.Counter[str] = collections.Counter()


def by_duals(program: Program):
    """The reference's loss and results; an example is passed over where ten digits cannot be asked
    of it: values or tangents beyond a thousand, or a choice that rounding decides."""
    reference.choices.clear()
    with np.errstate(all="ignore"):
        y, env = program.run(reference, reference.leaves(program.arrays))
    size = max(
        float(np.max(np.abs(part), initial=0)) for d in [*env, y] for part in (d.value, d.tangents)
    )
    assume(np.isfinite(size) and size < 1e3)
    assume(reference.choices.margin > 1e-7)
    return y, max(size, 1.0)


def by_complex_steps(program: Program) -> list[np.ndarray]:
    """dL/dx_k = Im L(x + i·h·e_k) / h, entry by entry."""
    found = []
    for n, a in enumerate(program.arrays):
        g = np.zeros(a.shape)
        for place in np.ndindex(a.shape):
            moved = [reference.Dual(x + 0j, np.zeros((0, *x.shape))) for x in program.arrays]
            moved[n].value[place] += 1j * H
            g[place] = program.run(reference, moved)[0].value.imag / H
        found.append(g)
    return found


def by_differences(program: Program, h: float) -> list[np.ndarray]:
    found = []
    for n, a in enumerate(program.arrays):
        g = np.zeros(a.shape)
        for place in np.ndindex(a.shape):
            ends = []
            for s in (2 * h, h, -h, -2 * h):
                moved = [x.copy() for x in program.arrays]
                moved[n][place] += s
                still = [reference.Dual(x, np.zeros((0, *x.shape))) for x in moved]
                ends.append(program.run(reference, still)[0].value)
            g[place] = (8 * (ends[1] - ends[2]) - (ends[0] - ends[3])) / (12 * h)
        found.append(g)
    return found


@PLENTY
@given(programs())
def test_one_program_four_readings(program):
    y, size = by_duals(program)
    margin, ties = reference.choices.margin, reference.choices.ties
    duals = reference.gradients(y, program.arrays)

    leaves = [tg.tensor(a, requires_grad=True) for a in program.arrays]
    loss, env = program.run(CATALOGUE, leaves)
    np.testing.assert_allclose(loss.item(), y.value, rtol=1e-10, atol=1e-10 * size)
    if loss.requires_grad:
        loss.backward()
    for t, expected in zip(leaves, duals, strict=True):
        got = np.zeros(t.shape) if t.grad is None else t.grad
        assert got.shape == t.shape
        np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10 * size)

    with np.errstate(all="ignore"):
        for expected, stepped in zip(duals, by_complex_steps(program), strict=True):
            np.testing.assert_allclose(stepped, expected, rtol=1e-9, atol=1e-10 * size)
        # A difference sees both sides of a choice: only where none is near.
        h = 1e-4
        if not ties and margin > 100 * h * size:
            event("differences")
            for expected, difference in zip(duals, by_differences(program, h), strict=True):
                np.testing.assert_allclose(difference, expected, rtol=1e-5, atol=1e-6 * size**2)
    event(f"{len(program.instructions)} instructions")
    seen.update(kind for kind, *_ in program.instructions)


def test_every_kind_is_drawn():
    """By the test above, in the same process; what chance has left out there is drawn in more
    programs, but by day."""
    assert len(KINDS) > 60
    if PROFILE == "day":
        assert not seen or len(set(KINDS) - set(seen)) < len(KINDS) / 4
    elif seen:
        for kind in set(KINDS) - set(seen):
            hypothesis.find(
                programs(),
                lambda p, kind=kind: any(k == kind for k, *_ in p.instructions),
                settings=hypothesis.settings(PLENTY, max_examples=5_000),
            )
        assert len(set(KINDS) - set(seen)) < 5


@FEWER
@given(programs(SMOOTH), st.integers(0, 99))
def test_order_two(program, seed):
    """H·v by reverse over reverse, against the complex step through the dual numbers."""
    _, size = by_duals(program)
    assume(size < 100 and not reference.choices.tips)
    rng = np.random.default_rng(seed)
    v = [rng.normal(size=a.shape) for a in program.arrays]
    leaves = [tg.tensor(a, requires_grad=True) for a in program.arrays]
    loss, _ = program.run(CATALOGUE, leaves)
    assume(loss.requires_grad)
    found = walk.backward([(loss, tg.tensor(1.0))], create_graph=True)
    pairs = [(found[t.step][1], w) for t, w in zip(leaves, v, strict=True) if t.step in found]
    second = walk.backward([(g, w) for g, w in pairs if g.requires_grad])

    with np.errstate(all="ignore"):
        shifted = [a + 1j * H * w for a, w in zip(program.arrays, v, strict=True)]
        y, _ = program.run(reference, reference.leaves(shifted))
    for t, h in zip(leaves, reference.gradients(y, program.arrays), strict=True):
        got = second[t.step][1] if t.step in second else np.zeros(t.shape)
        np.testing.assert_allclose(got, h.imag / H, rtol=1e-8, atol=1e-8 * size**2)
