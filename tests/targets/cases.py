"""The whole catalogue as programs for targets: value and gradients of every case."""

from __future__ import annotations

import numpy as np
from compiler.test_every_operation import leaves
from ops.table import TABLE

import tinygrad_edu as tg
from tinygrad_edu.autodiff import modes
from tinygrad_edu.compiler.graph import program_of
from tinygrad_edu.formula import OPS


def program_for(y, xs):
    """A program, its outputs (the value, and the gradients of what has some), and what the engine
    computes for them."""
    program = program_of(y)
    keys = [id(x) for x in xs if id(x) in program.gradient]
    outputs = [program.value[id(y)], *(program.gradient[k] for k in keys)]
    inputs = [*program.inputs.values(), *program.seeds.values()]
    return program.needed(outputs), inputs, outputs, program.run(outputs, {})


def catalogue(dtype):
    """(name, number of the case, program) for every case of the table."""
    for name, row in TABLE.items():
        op = OPS[name]
        for k, case in enumerate(row.cases):
            given = leaves(op, case.inputs, dtype)
            with modes.record_everything():
                y = op(*given, **case.params)
            xs = [x for x in given if isinstance(x, tg.Tensor) and x.requires_grad]
            yield name, k, (program_for(y, xs) if y.op is not None else None)


def near(a, b, tolerance, floor=0.0):
    """Equal up to a part of the largest entry."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape or not np.array_equal(np.isfinite(a), np.isfinite(b)):
        return False
    finite = np.isfinite(b)
    if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return False
    largest = np.abs(b[finite]).max(initial=0)
    return bool((np.abs(a[finite] - b[finite]) <= tolerance * largest + 1e-14 + floor).all())


def all_near(found, expected, tolerance):
    """Whether a value and its gradients are all near. What cancels in float32 is bounded by the
    largest of all."""
    single = any(np.asarray(e).dtype == np.float32 for e in expected)
    finite = [np.abs(e[np.isfinite(e)]).max(initial=0) for e in map(np.asarray, expected)]
    floor = tolerance * max(finite) if single else 0.0
    return len(found) == len(expected) and all(
        near(a, b, tolerance, floor) for a, b in zip(found, expected, strict=True)
    )
