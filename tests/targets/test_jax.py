"""Programs in JAX give NumPy's numbers: every operation of the catalogue, value and gradients,
random programs, and whole training steps."""

from __future__ import annotations

import ast
import re

import numpy as np
import pytest
from ops.table import TABLE

import tinygrad_edu as tg
from targets import cases
from targets.test_javascript import OPTIMIZERS, random_programs
from tinygrad_edu import nn
from tinygrad_edu.compiler.targets import jax as target

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install tinygrad_edu[jax]")


@pytest.fixture(autouse=True)
def double():
    """float64 is JAX's only when asked for."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def computed(program):
    """What the program's text gives for its inputs."""
    nodes, inputs, outputs, _ = program
    scope: dict = {}
    exec(target.function_text("f", nodes, inputs, outputs), scope)
    return [np.asarray(y) for y in scope["f"](*(jax.numpy.asarray(n.value) for n in inputs))]


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 2e-6)])
def test_every_operation_under_jax(dtype, tolerance):
    """1e-12 of the largest entry in float64, some units in the last place in float32; and the
    dtypes are NumPy's."""
    seen, wrong = set(), []
    with np.errstate(all="ignore"):
        for name, k, program in cases.catalogue(dtype):
            if program is None:
                continue
            seen.add(name)
            found, expected = computed(program), program[3]
            if not cases.all_near(found, expected, tolerance):
                wrong.append(f"{name}-{k}: {found} is not {expected}")
            if [y.dtype for y in found] != [np.asarray(y).dtype for y in expected]:
                wrong.append(f"{name}-{k}: {[y.dtype for y in found]}")
    assert not wrong, "\n".join(wrong)
    assert seen == set(TABLE)


def test_random_programs_under_jax():
    found = random_programs(100)
    assert len(found) > 80
    for program in found:
        assert cases.all_near(computed(program), program[3], 1e-10)


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_training_steps_under_jax(make):
    """XOR by the step's own text, jitted by JAX: 20 steps, the parameters as Python's."""
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    t = np.array([[0.0], [1.0], [1.0], [0.0]])
    model = nn.MLP(2, 4, 1, activation="tanh", seed=0, dtype=float)
    ps = list(model.parameters())
    optimizer = make(ps)

    @tg.jit
    def step(x, t):
        optimizer.zero_grad()
        loss = tg.mse(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    start = {p.name: p.numpy() for p in ps}
    losses = [step(x, t).item() for _ in range(20)]
    text = step.text("jax")
    assert all(line.count(" = ") == 1 for line in text.splitlines() if line.startswith("    v"))
    known = {
        "argument x": x,
        "argument t": t,
        "the learning rate": optimizer.learning_rate,
        "the count of steps, 1 in the first one": 0.0,
    }
    given = {}
    for name, what in re.findall(r"^# (p\d+): (.*)$", text, re.M):
        if what.startswith("moment"):
            given[name] = np.zeros_like(start[re.match(r"moment \w+ of (\S+?),", what)[1]])
        elif what in known:
            given[name] = np.asarray(known[what])
        else:
            given[name] = start.get(what.removeprefix("tensor "), np.asarray(1.0))
    [count] = re.findall(r"^# (p\d+): the count of steps", text, re.M)
    scope: dict = {}
    exec(text, scope)
    function = jax.jit(scope["step"])
    returned = ast.parse(text).body[-1].body[-1].value
    places = {
        key.value: [getattr(part, "id", "") for part in value.elts]
        for key, value in zip(returned.keys, returned.values, strict=True)
    }
    found = []
    for k in range(1, 21):
        given[count] = np.asarray(float(k))
        out = function(**given)
        found.append(float(out["values"][0]))
        for key in ("parameters", "moments"):
            given |= dict(zip(places[key], out[key], strict=True))
    np.testing.assert_allclose(found, losses, rtol=1e-9)
    for name, what in re.findall(r"^# (p\d+): tensor (\S+)$", text, re.M):
        final = next(p for p in ps if p.name == what)
        np.testing.assert_allclose(given[name], final.numpy(), rtol=1e-9, atol=1e-12)
