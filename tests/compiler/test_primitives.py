"""The registry of primitives: every step of every operation's program is on it, and what it says of
their results is so."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from ops.table import TABLE

import tinygrad_edu as tg
from compiler.test_every_operation import leaves
from tinygrad_edu.compiler import compiled
from tinygrad_edu.compiler.ir.node import ConcretizationError, Graph, Node, nodes_in
from tinygrad_edu.compiler.ir.primitives import MANY, PRIMITIVES, Primitive
from tinygrad_edu.formula import OPS, op

DTYPES = {"bool": "b", "int": "iu"}


def programs(monkeypatch, function, *inputs):
    """The programs that jit writes for a call."""
    found, lower = [], compiled.lower

    def noted(*args, **kwargs):
        found.append(lower(*args, **kwargs))
        return found[-1]

    with monkeypatch.context() as patch:
        patch.setattr(compiled, "lower", noted)
        tg.jit(function)(*inputs)
    return found


def check(node):
    """The facts that the table states, on a node."""
    fact, value = node.primitive, node.value
    assert fact.known, f"{fact.name} is on no list"
    arrays = [x for a in [*node.args, *node.kwargs.values()] for x in nodes_in(a)]
    values = [*arrays, *(x for x in node.args if isinstance(x, (np.ndarray, np.generic)))]
    if fact.arity != MANY:
        assert len(arrays) <= max(fact.arity, 1), fact.name
    first = next((x for x in node.args if isinstance(x, (Node, np.ndarray))), None)
    if fact.shape == "broadcast":
        shapes = [np.shape(getattr(x, "value", x)) for x in node.args]
        assert value.shape == np.broadcast_shapes(*shapes), fact.name
    if fact.shape == "same" and first is not None:
        assert value.size == first.size, fact.name
    if fact.dtype == "same" and first is not None:
        assert value.dtype == first.dtype, fact.name
    if fact.dtype == "joined":
        assert value.dtype == np.result_type(*(x.dtype for x in values)), fact.name
    if fact.dtype in DTYPES:
        assert value.dtype.kind in DTYPES[fact.dtype], fact.name


@pytest.fixture(scope="module")
def used():
    return set()


@pytest.mark.parametrize("name", TABLE)
def test_every_step_of_the_catalogue_is_a_primitive(monkeypatch, used, name):
    for case in TABLE[name].cases:
        xs = leaves(OPS[name], case.inputs, np.float32)
        call = lambda *inputs, case=case: OPS[name](*inputs, **case.params)
        for program in programs(monkeypatch, call, *xs):
            for item in program.items():
                if isinstance(item, Node) and item.kind != "input":
                    check(item)
                    used.add(item.primitive.name)


def test_the_table_has_what_the_catalogue_needs_and_little_more(used):
    if len(used) < 100:
        pytest.skip("runs after the whole catalogue")
    beside = {"left_shift", "right_shift", "copy", "positive", "asarray", "zeros_like"}
    assert set(PRIMITIVES) - used <= beside
    assert 100 < len(used) < 130


@pytest.mark.parametrize(
    ("kind", "function", "name"),
    [
        ("binary", "+", "add"),
        ("call", np.add, "add"),
        ("call", np.abs, "absolute"),
        ("method", "reshape", "reshape"),
        ("call", np.reshape, "reshape"),
        ("attribute", "mT", "matrix_transpose"),
        ("item", "[]", "getitem"),
        ("call", np.linalg.det, "det"),
    ],
)
def test_one_name_however_it_is_written(kind, function, name):
    from tinygrad_edu.compiler.ir.primitives import primitive_of

    assert primitive_of(kind, function) is PRIMITIVES[name]


def test_what_is_on_no_list_is_said_so():
    from tinygrad_edu.compiler.ir.primitives import primitive_of

    assert primitive_of("call", np.median) == Primitive("median", MANY, known=False)


def test_a_mistake_in_a_formula_of_ours_is_raised(monkeypatch):
    """Not taken for a helper that looks at numbers."""
    sigmoid = OPS["sigmoid"]
    wrong = lambda x: np.exp(x).no_such_name if isinstance(x, np.ndarray) else 1 / 0
    wrong = type(wrong)(wrong.__code__, {**globals(), "__name__": "tinygrad_edu.ops.wrong"})
    graph = Graph()
    x = graph.input(np.ones(3), "x")
    with pytest.raises(ZeroDivisionError):
        graph.opened(wrong, (x,), {})
    assert isinstance(graph.opened(sigmoid.forward, (x,), {}), Node)


def test_a_users_formula_that_cannot_be_opened_is_one_call_and_says_why(caplog):
    def odd(x):
        out = np.zeros(3)
        out[:] = x  # NumPy asks the stand-in for numbers
        return out

    formula = op("odd_one", "odd(x) * 2", x="g * 2")
    formula.forward.__globals__["odd"] = odd
    f = tg.jit(lambda x: formula(x))
    with caplog.at_level(logging.INFO, logger="tinygrad_edu"):
        for _ in range(3):
            assert f(tg.tensor(np.arange(3.0))).data.tolist() == [0, 2, 4]
    assert f.runs == 2
    del OPS["odd_one"], formula.forward.__globals__["odd"]


def test_what_asks_for_numbers_is_opaque():
    x = Graph().input(np.ones(3), "x")
    for ask in (float, bool, list, np.asarray, lambda x: x.no_such_name):
        with pytest.raises(ConcretizationError):
            ask(x)
