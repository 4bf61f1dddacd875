"""op(): one line of text becomes what runs, what differentiates and what is shown."""

from __future__ import annotations

import inspect
import traceback
from types import MethodType

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import ops
from tinygrad_edu.autodiff import walk
from tinygrad_edu.autodiff.captions import substitute
from tinygrad_edu.formula import BY_NUMPY, OPS, op

CATALOGUE = dict(OPS)
pytestmark = pytest.mark.usefixtures("own_operations")


def helper(x):
    return x * x


def test_it_runs_and_differentiates_to_any_order():
    cube = op("cube", "x * x * x", x="g * 3 * x * x")
    assert cube(2.0) == 8 and type(cube(2.0)) is float
    assert cube(np.array([1, 2])).tolist() == [1, 8]
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    y = cube(x)
    assert isinstance(y, tg.Tensor) and y.op is cube and y.inputs == (x,)
    g = walk.backward([(y, tg.tensor([1.0, 1.0]))], create_graph=True)[x.step][1]
    h = walk.backward([(g, tg.tensor([1.0, 1.0]))], create_graph=True)[x.step][1]
    j = walk.backward([(h, np.ones(2))])[x.step][1]
    assert g.numpy().tolist() == [3, 12]
    assert h.numpy().tolist() == [6, 12]
    assert j.tolist() == [6, 6]


def test_a_rule_reads_g_y_inputs_and_parameters():
    f = op("f(a, b, *, scale=2.0)", "scale * a * b", a="g * y / a + 0 * scale", b="scale * g * a")
    a, b = tg.tensor([3.0], requires_grad=True), tg.tensor([5.0], requires_grad=True)
    f(a, b).backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([10], [6])
    f(a, b, scale=10.0).backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([10 + 50], [6 + 30])
    f(a, b, 1.0).backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([10 + 50 + 5], [6 + 30 + 3])


def test_a_formula_sees_the_module_that_declares_it():
    squared = op("squared", "helper(x)", x="2 * g * x")
    assert squared(3) == 9
    assert squared.forward.__globals__ is globals()


def test_a_formula_does_not_see_locals():
    secret = 3  # noqa: F841
    with pytest.raises(NameError, match="secret"):
        op("peek", "x + secret", x="g")(1)


@pytest.mark.parametrize("formula, rule", [("np.abs(x)", "g"), ("x", "g * math.pi")])
def test_a_module_that_imports_too_little_is_told_when_the_formula_is_declared(formula, rule):
    source = f"import tinygrad_edu as tg\ndef declare():\n    import numpy as np, math\n    return tg.op('short', {formula!r}, x={rule!r})\n"
    scope = {"__name__": "a_module"}
    exec(source, scope)
    with pytest.raises(NameError, match="reads (np|math).*at the module's top"):
        scope["declare"]()
    exec("import numpy as np, math", scope)
    assert scope["declare"]()(2.0) == 2.0


def test_what_it_says_of_itself():
    f = op(
        "f(a, b, *, k=1, axis)", "k * a + np.sum(b, axis=axis)", a="k * g", doc="A line of prose."
    )
    assert f.name == "f" and f.formula == "k * a + np.sum(b, axis=axis)"
    assert f.rules == {"a": "k * g"}
    assert f.inputs == ("a", "b") and not f.variadic
    assert f.params == {"k": 1, "axis": inspect.Parameter.empty}
    assert len(f.gradients) == 2 and f.gradients[1] is None
    assert str(f.signature) == "(a, b, *, k=1, axis)"
    assert repr(f) == "f(a, b, *, k=1, axis)"
    assert f.__doc__ == (
        "f(a, b, *, k=1, axis) = k * a + np.sum(b, axis=axis)\ndL/da = k * g\n\nA line of prose."
    )
    assert OPS["f"] is f


def test_doc_without_prose():
    assert op("f", "-x", x="-g").__doc__ == "f(x) = -x\ndL/dx = -g"
    assert op("h(x)", "x > 0").__doc__ == "h(x) = x > 0"


def test_every_operation_of_the_catalogue_documents_its_formula_and_rules():
    for f in CATALOGUE.values():
        lines = f.__doc__.splitlines()
        assert lines[0] == f"{f.name}{f.signature} = {f.formula}"
        assert lines[1 : 1 + len(f.rules)] == [f"dL/d{n} = {r}" for n, r in f.rules.items()]


def test_reads_says_which_values_a_rule_looks_at():
    f = op(
        "f(a, b, c)", "a + b + c", a="g * b + c.shape[0]", b="g", c="g * y * a.size * c.ndim + a"
    )
    assert f.reads == ((1,), (), (0,))
    assert ops.matmul.reads == ((1,), (0,))
    assert ops.exp.reads == ((),)
    assert ops.reshape.reads == ((),)


def test_a_value_read_beside_its_shape_is_read():
    assert op("f", "x * 1", x="g * x / x.size").reads == ((0,),)
    assert op("h", "x * 1", x="g * x.T.T").reads == ((0,),)


def test_the_formula_shows_in_a_traceback():
    broken = op("broken", "x.no_such_thing", x="g")
    with pytest.raises(AttributeError) as caught:
        broken(tg.tensor([1.0]))
    text = "".join(traceback.format_exception(caught.value))
    assert "<formula broken>" in text
    assert "return x.no_such_thing" in text
    assert "in broken: x.no_such_thing with x = tensor f64[1]" in text


def test_the_rule_shows_in_a_traceback():
    broken = op("broken", "x * 1", x="g.no_such_thing")
    x = tg.tensor(1.0, requires_grad=True)
    with pytest.raises(AttributeError) as caught:
        broken(x).backward()
    text = "".join(traceback.format_exception(caught.value))
    assert "<formula broken_x>" in text and "return g.no_such_thing" in text


def test_inspect_finds_the_source():
    assert "return np.tanh(x)" in inspect.getsource(ops.tanh.forward)
    assert "return g * (1 + y) * (1 - y)" in inspect.getsource(ops.tanh.gradients[0])


def test_a_rule_for_what_is_no_input():
    with pytest.raises(TypeError, match=r"op f: a rule for \['z'\]"):
        op("f(x)", "x + 1", x="g", z="g")
    assert "f" not in OPS


def test_a_rule_for_a_parameter():
    with pytest.raises(TypeError, match="'k'"):
        op("f(x, *, k=1)", "x * k", x="g * k", k="g")


@pytest.mark.parametrize(
    "formula, rule", [("x +", "g"), ("x", "g +"), ("y = x", "g"), ("x", "return g")]
)
def test_what_is_no_expression(formula, rule):
    with pytest.raises(SyntaxError):
        op("f", formula, x=rule)
    assert "f" not in OPS


def test_variadic():
    total = op("total(*xs, weight=1.0)", "weight * sum(xs)", xs="weight * g * (i + 1)")
    assert total.variadic and total.inputs == ("xs",)
    assert (
        total(1.0, 2.0, 3.0) == 6
        and total([1.0, 2.0], 10.0) == 30
        and total((1.0,), weight=2.0) == 2
    )
    a, b = tg.tensor([1.0], requires_grad=True), tg.tensor([2.0], requires_grad=True)
    total(a, 5.0, b, weight=2.0).backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([2], [6])
    total(a, a).backward()
    assert a.grad.tolist() == [2 + 3]
    for call in (lambda: total(), lambda: total([])):
        with pytest.raises(TypeError, match="at least one"):
            call()


def test_binding():
    f = op("f(a, b, *, k=1, axis=None)", "(a - b) * k", a="g * k", b="-g * k")
    for result in (
        f(5, 3),
        f(5, b=3),
        f(a=5, b=3),
        f(b=3, a=5),
        f(5, 3, 1),
        f(5, 3, 1, None),
        f(5, 3, axis=2),
    ):
        assert result == 2
    assert f(5, 3, 4) == f(5, 3, k=4) == f(b=3, a=5, k=4) == 8


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda f: f(), "missing its input 'a'"),
        (lambda f: f(1), "missing its input 'b'"),
        (lambda f: f(b=1), "missing its input 'a'"),
        (lambda f: f(1, 2, 3, 4, 5), "at most 4 arguments, got 5"),
        (lambda f: f(1, 2, 3, k=4), "'k' twice"),
        (lambda f: f(1, 2, kk=4), "no keyword 'kk'.*Known: k, axis"),
        (lambda f: f(1, 2, a=3), "'a'"),
    ],
)
def test_binding_errors(call, words):
    f = op("f(a, b, *, k=1, axis=None)", "(a - b) * k", a="g * k", b="-g * k")
    with pytest.raises(TypeError, match=words):
        call(f)
    with pytest.raises(TypeError, match="none"):
        op("h", "-x", x="-g")(1, k=2)


def test_binding_does_not_change_the_callers_keywords():
    f = op("f(a, *, k=1)", "a * k", a="g * k")
    keywords = {"a": 2, "k": 3}
    assert f(**keywords) == 6
    assert keywords == {"a": 2, "k": 3}
    a = tg.tensor([1.0], requires_grad=True)
    given = {"k": 3}
    y = f(a, **given)
    given["k"] = 100
    y.backward()
    assert a.grad.tolist() == [3]


def test_a_required_parameter():
    f = op("f(x, *, n)", "x ** n", x="g * n * x ** (n - 1)")
    assert f(2, 3) == f(2, n=3) == 8
    with pytest.raises(TypeError, match="'n'"):
        f(2)


def test_numpys_function_is_found_in_a_plain_call():
    f = op("sinc", "np.sinc(x)", x="g * (np.cos(np.pi * x) - y) / x")
    assert BY_NUMPY[np.sinc] is f
    x = tg.tensor([1.0], requires_grad=True)
    np.sinc(x).backward()
    np.testing.assert_allclose(x.grad, [-1.0])


def test_numpys_function_may_be_named():
    f = op(
        "fmin",
        "np.where(a < b, a, b)",
        a="np.where(a < b, g, 0)",
        b="np.where(a < b, 0, g)",
        numpy=np.fmin,
    )
    assert np.fmin(tg.tensor([3.0]), 2).numpy().tolist() == [2]
    assert BY_NUMPY[np.fmin] is f


def test_a_formula_that_is_more_than_a_call_stands_for_no_function():
    op("f", "np.i0(x) + 1", x="g")
    op("h", "np.fmax(x, 0)", x="g")
    assert np.i0 not in BY_NUMPY and np.fmax not in BY_NUMPY


def test_the_first_operation_for_a_numpy_function_stays():
    before = BY_NUMPY[np.tanh]
    op("tanh_again", "np.tanh(x)", x="g")
    assert BY_NUMPY[np.tanh] is before is ops.tanh


def test_an_operation_in_a_class_is_a_method():
    f = op("f(x, *, k=1)", "x * k", x="g * k")

    class Number(float):
        times = f

    assert Number.times is f
    assert isinstance(Number(3).times, MethodType)
    assert Number(3).times(2) == 6 and Number(3).times(k=5) == 15


def test_a_rule_may_leave_the_shape_to_the_engine():
    """A scalar for a matrix is stretched, a matrix for a row is summed, float64 for float32 is
    cast."""
    f = op("f(a, b)", "np.sum(a) * np.sum(b)", a="g * np.sum(b)", b="np.full((3, 2), 1.0) * g")
    a, b = (
        tg.tensor(np.ones((2, 2), "f4"), requires_grad=True),
        tg.tensor(np.ones(2, "f4"), requires_grad=True),
    )
    f(a, b).backward()
    assert a.grad.tolist() == [[2, 2], [2, 2]] and a.grad.dtype == "f4"
    assert b.grad.tolist() == [3, 3] and b.grad.dtype == "f4"


@pytest.mark.parametrize("rule", ["x", "y", "g"])
def test_a_rule_may_return_what_it_was_given(rule):
    """The gradient is still memory of its own."""
    f = op("f", "x * 1", x=rule)
    x = tg.tensor([3.0, 4.0], requires_grad=True)
    y = f(x)
    y.backward([3.0, 4.0])
    assert x.grad.tolist() == [3, 4]
    assert not np.shares_memory(x.grad, x.data)
    assert not np.shares_memory(x.grad, y.data)
    assert not np.shares_memory(x.grad, y.grad)


@pytest.mark.parametrize("formula", ["x", "x[::1]", "np.asarray(x)"])
def test_an_operation_that_returns_its_input(formula):
    """view=True is how it is declared; its result follows the input through a change, and says
    so."""
    same = op("same", formula, x="g", view=True)
    x = tg.tensor([3.0, 4.0], requires_grad=True)
    y = tg.sin(same(x))
    x.data -= 1
    with pytest.raises(tg.StaleGraphError):
        y.backward([1.0, 1.0])


# Captions


@pytest.mark.parametrize(
    "caption, text",
    [
        (lambda: ops.matmul.caption("X", "W"), "X @ W"),
        (lambda: ops.tanh.caption("h"), "tanh(h)"),
        (lambda: ops.relu.caption("XW"), "maximum(XW, 0)"),
        (lambda: ops.sum.caption("H"), "sum(H)"),
        (lambda: ops.sum.caption("H", axis=0), "sum(H, axis=0)"),
        (
            lambda: ops.sum.caption("H", axis=(0, -1), keepdims=True),
            "sum(H, axis=(0, -1), keepdims=True)",
        ),
        (lambda: ops.power_of.caption("x", n=2), "x ** 2"),
        (lambda: ops.power_of.caption("x", n=-0.5), "x ** (-0.5)"),
        (lambda: ops.concatenate.caption("a", "b", "c"), "concatenate([a, b, c])"),
        (lambda: ops.concatenate.caption("a", "b", axis=1), "concatenate([a, b], axis=1)"),
        (lambda: ops.matmul.rule_caption(0, "X", "W"), "g @ W.mT"),
        (lambda: ops.matmul.rule_caption(1, "X", "W", g="dL"), "X.mT @ dL"),
        (lambda: ops.tanh.rule_caption(0, "x", y="h"), "g * (1 + h) * (1 - h)"),
        (lambda: ops.relu.rule_caption(0, "z"), "where(z > 0, g, 0)"),
        (lambda: ops.sin.rule_caption(0, "t"), "g * cos(t)"),
        (lambda: ops.clip.caption("x", min=0, max=1), "clip(x, 0, 1)"),
        (lambda: ops.stack.rule_caption(2, "a", "b", "c"), "_layer(g, 2, 0)"),
        (
            lambda: op("f(x, *, k=1)", "np.linalg.norm(x) * k", x="g * k").caption("v", k=3),
            "linalg.norm(v) * 3",
        ),
    ],
)
def test_captions(caption, text):
    assert caption() == text


@pytest.mark.parametrize(
    "caption, value",
    [(lambda: ops.power_of.caption("-2", n=2), 4), (lambda: ops.mul.caption("1 + 1", "3"), 6)],
)
def test_a_caption_of_expressions_means_what_the_operation_does(caption, value):
    assert eval(caption()) == value


def test_a_caption_needs_a_name_for_each_input():
    with pytest.raises(ValueError):
        ops.matmul.caption("X")


def test_substitute():
    assert (
        substitute("np.sum(x, axis=axis)", {"x": "x1", "axis": "(0, 1)"}) == "sum(x1, axis=(0, 1))"
    )
    assert substitute("f(x, k=k)", {"k": "1"}, {"k": 1}) == "f(x)"
    assert substitute("f(x, k=k)", {"k": "2"}, {"k": 1}) == "f(x, k=2)"
    assert substitute("f(x, k=1)", {}, {"k": 1}) == "f(x, k=1)"
    assert substitute("x.shape[0] * npx", {"x": "y"}) == "y.shape[0] * npx"


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_caption_of_the_catalogue_is_an_expression(name):
    f = CATALOGUE[name]
    names = ["A", "B", "C"][: 2 if f.variadic else len(f.inputs)]
    params = {k: 1 for k, d in f.params.items() if d is inspect.Parameter.empty}
    compile(f.caption(*names, **params), "caption", "eval")
    for k, each in enumerate(f.inputs):
        if each in f.rules:
            compile(f.rule_caption(k, *names, **params), "caption", "eval")
