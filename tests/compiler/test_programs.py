"""Random programs, compiled: loss and gradients are the engine's to the bit, in both renderings."""

from __future__ import annotations

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from profiles import by_profile
from programs.program import CATALOGUE, KINDS, programs

import tinygrad_edu as tg
from compiler.reading import readable
from tinygrad_edu.compiler.targets import numpy_fast

PLENTY = hypothesis.settings(
    max_examples=by_profile(day=50, ci=300, night=5_000),
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)


def run(program, leaves):
    """The loss, and the gradients that backward() leaves."""
    loss, _ = program.run(CATALOGUE, leaves)
    for x in leaves:
        x.grad = None
    if loss.requires_grad:
        loss.backward()
    return loss


def gradients(leaves):
    return [None if x.grad is None else x.grad.copy() for x in leaves]


def same(a, b):
    assert (a is None) == (b is None)
    if a is not None:
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@PLENTY
@given(programs(KINDS))
def test_in_buffers_too(program):
    """Every result with an axis in a buffer that is used again, however small."""
    with np.errstate(all="ignore"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_fast, "LARGE", 1)
        leaves = [tg.tensor(a, requires_grad=True) for a in program.arrays]
        loss = run(program, leaves)
        expected = gradients(leaves)
        compiled = tg.jit(lambda: run(program, leaves))
        for _ in range(3):
            same(compiled().numpy(), loss.numpy())
            for x, g in zip(leaves, expected, strict=True):
                same(x.grad, g)


@PLENTY
@given(programs(KINDS))
def test_compiled_is_eager_to_the_bit(program):
    with np.errstate(all="ignore"):
        for dtype in (np.float64, np.float32):
            leaves = [tg.tensor(a, dtype, requires_grad=True) for a in program.arrays]
            loss = run(program, leaves)
            expected = gradients(leaves)

            compiled = tg.jit(lambda leaves=leaves: run(program, leaves))
            for _ in range(3):
                same(compiled().numpy(), loss.numpy())
                for x, g in zip(leaves, expected, strict=True):
                    same(x.grad, g)

            outside = tg.jit(lambda *xs: program.run(CATALOGUE, list(xs))[0])
            for _ in range(3):
                y = outside(*leaves)
                same(y.numpy(), loss.numpy())
                for x in leaves:
                    x.grad = None
                if y.requires_grad:
                    y.backward()
                for x, g in zip(leaves, expected, strict=True):
                    same(x.grad, g)
            latest = outside.latest
            outer = [x._data if kind == "tensor" else x.now() for kind, x in latest.sources]
            read = readable(latest)(
                *(x._data for x in leaves), *outer, *(seed for seed, _ in latest.trace.backs)
            )
            same(np.asarray(read[0] if isinstance(read, tuple) else read), loss.numpy())
