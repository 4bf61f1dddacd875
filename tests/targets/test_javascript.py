"""Programs in JavaScript give NumPy's numbers: every operation of the catalogue, value and
gradients, random programs, and whole training steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from ops.table import TABLE
from optim.test_lines import Damped, Lion
from programs.program import CATALOGUE, KINDS, programs

import tinygrad_edu as tg
from targets import cases, node
from tinygrad_edu import nn, optim
from tinygrad_edu.autodiff import modes
from tinygrad_edu.compiler.graph import program_of
from tinygrad_edu.compiler.ir.primitives import PRIMITIVES
from tinygrad_edu.compiler.targets import javascript
from tinygrad_edu.compiler.targets.base import Unsupported

pytestmark = pytest.mark.skipif(bool(node.MISSING), reason=node.MISSING)


def written(program):
    """A program's text, and what it is called with."""
    nodes, inputs, outputs, _ = program
    text = javascript.function_text("f", nodes, inputs, outputs)
    return text, [node.argument(n.value) for n in inputs]


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 2e-6)])
def test_every_operation(tmp_path, dtype, tolerance):
    """Value and gradients of every case: 1e-12 of the largest entry in float64, some units in the
    last place in float32. Browsers' exp and tanh differ from NumPy's in the last place."""
    with np.errstate(all="ignore"):
        rows = [row for row in cases.catalogue(dtype) if row[2] is not None]
        results = node.run([written(program) for _, _, program in rows], tmp_path)
    wrong = []
    for (name, k, (_, _, _, expected)), found in zip(rows, results, strict=True):
        if isinstance(found, str):
            wrong.append(f"{name}-{k}: {found[:200]}")
        elif not cases.all_near(found, expected, tolerance):
            wrong.append(f"{name}-{k}: {found} is not {expected}")
    assert not wrong, "\n".join(wrong)
    assert {name for name, _, _ in rows} == set(TABLE)
    assert len(TABLE) >= 128 and len(rows) > 1000


def random_programs(count):
    """Programs of random graphs: value and gradients."""
    found = []

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(programs(KINDS))
    def collect(program):
        with np.errstate(all="ignore"):
            xs = [tg.tensor(a, requires_grad=True) for a in program.arrays]
            with modes.record_everything():
                loss, _ = program.run(CATALOGUE, xs)
            if loss.op is not None:
                found.append(cases.program_for(loss, xs))

    collect()
    return found


def test_random_programs(tmp_path):
    found = random_programs(300)
    assert len(found) > 250
    results = node.run([written(program) for program in found], tmp_path)
    for (_, _, _, expected), values in zip(found, results, strict=True):
        assert not isinstance(values, str), values
        assert cases.all_near(values, expected, 1e-10)


OPTIMIZERS = {
    "sgd": lambda ps: optim.SGD(ps, learning_rate=0.1),
    "momentum": lambda ps: optim.SGD(ps, learning_rate=0.1, momentum=0.9),
    "nesterov": lambda ps: optim.SGD(
        ps, learning_rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.01
    ),
    "adam": lambda ps: optim.Adam(ps, learning_rate=0.05),
    "adamw": lambda ps: optim.AdamW(ps, learning_rate=0.05),
    "rmsprop": lambda ps: optim.RMSprop(ps, learning_rate=0.01, momentum=0.5),
    "lion": lambda ps: Lion(ps, learning_rate=0.01),
    "damped": lambda ps: Damped(ps, learning_rate=0.05),
}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_training_steps(tmp_path, make):
    """XOR by the step's own text: 20 steps, the parameters as Python's."""
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
    text = step.text("javascript")
    values, order = [], []
    for line in text.splitlines():
        what = line.partition(": ")[2]
        if line.startswith("// p"):
            word = what.removeprefix("tensor ")
            order.append(word)
            if what.startswith("moment"):
                shape = start[what.split(" of ")[1].partition(",")[0]].shape
                values.append(node.argument(np.zeros(shape)))
            elif word in start:
                values.append(node.argument(start[word]))
            else:
                known = {
                    "argument x": x,
                    "argument t": t,
                    "the learning rate": optimizer.learning_rate,
                }
                values.append(node.argument(known[word]) if word in known else "0")
    count = order.index("the count of steps, 1 in the first one")
    # The results go round: parameters and moments by their order among the function's own.
    returned = text.rsplit("return {", 1)[1]
    lists = {k: v.split(", ") for k, v in _lists(returned)}
    loop = f"""
{text}
const f = (...given) => {{
  const losses = [];
  for (let k = 1; k <= 20; k++) {{
    given[{count}] = k;
    const out = step(...given);
    losses.push(out.values[0].data[0]);
    {_assignments(lists["parameters"], "parameters")} {_assignments(lists["moments"], "moments")}
  }}
  return [array(losses, [20]), ...{[int(p[1:]) - 1 for p in lists["parameters"]]}.map(k => given[k])];
}};
"""
    (found,) = node.run([(loop, values)], tmp_path)
    assert not isinstance(found, str), found
    np.testing.assert_allclose(found[0], losses, rtol=1e-9)
    names = [order[int(p[1:]) - 1] for p in lists["parameters"]]
    final = {p.name: p.numpy() for p in ps}
    assert sorted(names) == sorted(final)
    for name, value in zip(names, found[1:], strict=True):
        np.testing.assert_allclose(value, final[name], rtol=1e-9, atol=1e-12)


def _lists(text):
    import re

    return re.findall(r"(\w+): \[([^\]]*)\]", text)


def _assignments(names, key):
    return " ".join(f"given[{int(p[1:]) - 1}] = out.{key}[{k}];" for k, p in enumerate(names) if p)


def test_chromium_gives_the_same(tmp_path, monkeypatch):
    if not node.CHROMIUM:
        pytest.skip("Chromium is not installed")
    monkeypatch.setattr(node, "NODE", None)
    x = tg.tensor(np.linspace(-2, 2, 12).reshape(3, 4), requires_grad=True)
    y = tg.softmax(tg.gelu(x) @ tg.tensor(np.ones((4, 2))))
    program = cases.program_for(y, [x])
    (found,) = node.run([written(program)], tmp_path)
    assert not isinstance(found, str), found
    assert cases.all_near(found, program[3], 1e-12)


def test_every_primitive_is_written_or_refused_by_name():
    names = set(PRIMITIVES)
    text = javascript.runtime()
    functions = {n for n in names if f"{n} = " in text or f"function {n}(" in text}
    table = javascript.JavascriptPrinter.table.keys()
    refused = names - functions - table - javascript.MOVES - javascript.REDUCTIONS
    assert refused == {"left_shift", "right_shift", "var"} - javascript.REDUCTIONS
    x = tg.tensor([1.0, 2.0, 4.0])
    with pytest.raises(Unsupported, match="javascript cannot write the primitive median"):
        f = tg.jit(lambda a: np.median(a) * x)
        f(np.array([1.0, 2.0])), f.text("javascript")


def test_the_runtime_is_small_and_depends_on_nothing():
    text = javascript.runtime()
    assert len(text.encode()) < 30_000
    assert "import " not in text and "require(" not in text and "eval" not in text


def test_no_name_of_a_user_is_executed():
    w = tg.tensor([1.0], requires_grad=True, name="w\n); alert(1) //\u2028 x")
    f = tg.jit(lambda x: x * w)
    f(np.ones(1))
    code = [line for line in f.text("javascript").splitlines() if not line.startswith("//")]
    assert not any("alert" in line for line in code)


def test_what_is_not_written_says_why():
    w = tg.tensor([1.0, 2.0], requires_grad=True)
    opt = optim.SGD([w], learning_rate=0.1, clipnorm=1.0)
    step = tg.jit(lambda: (opt.zero_grad(), (w * w).sum().backward(), opt.step()) and None)
    step(), step()
    with pytest.raises(NotImplementedError, match="SGD has clipnorm"):
        step.text("javascript")
    with pytest.raises(ValueError, match="unknown target 'fortran'; known: numpy, javascript"):
        step.text("fortran")
    assert step.text() == step.source


def test_the_text_of_a_graph():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    program = program_of((x * x).sum())
    outputs = [*program.value.values()]
    text = javascript.function_text("f", program.needed(outputs), program.inputs.values(), outputs)
    assert text == (
        "function f(v1) {\n"
        "  const v2 = multiply(v1, v1); // 2\n"
        "  const v3 = sum(v2, [0], 0); // a number\n"
        "  return [v1, v2, v3].map(A);\n"
        "}\n"
    )
