"""Every public object says what it is, what it takes, and shows an example that runs.

The examples themselves are run by test_doctests; here they are counted.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
import types
from typing import Any

import pytest

import tinygrad_edu as tg
from tinygrad_edu.formula import OPS, Op

CATALOGUE = dict(OPS)
ROOMS = [
    "tinygrad_edu",
    *(
        f"tinygrad_edu.{name}"
        for name in (
            "callbacks compiler datasets datasets.fashion_mnist losses metrics nn ops optim schedules "
            "training transforms weights"
        ).split()
    ),
    "viz",
    "viz.plots",
]


def names_of(room: types.ModuleType) -> list[str]:
    """What a room offers: its `__all__`, or what it defines itself."""
    listed = getattr(room, "__all__", None)
    if listed is not None:
        return list(listed)
    return [
        name
        for name, value in vars(room).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == room.__name__
    ]


def public() -> dict[str, Any]:
    """Every public function, class and operation, once, by the shortest name it is reached by."""
    found: dict[int, tuple[str, Any]] = {}
    for room_name in ROOMS:
        room = importlib.import_module(room_name)
        for name in names_of(room):
            value = getattr(room, name)
            if isinstance(value, (Op, type)) or inspect.isfunction(value):
                found.setdefault(id(value), (f"{room_name}.{name}", value))
    return dict(sorted(found.values()))


def methods() -> dict[str, Any]:
    """The public methods and properties that the public classes define."""
    found = {}
    for name, value in public().items():
        for key, member in vars(value).items() if isinstance(value, type) else ():
            member = getattr(member, "__func__", getattr(member, "fget", member))
            # PyTorch's names for what is there: x.cpu(), x.numel()
            alias = getattr(member, "__name__", "<lambda>") in ("<lambda>", "__pow__")
            if not key.startswith("_") and inspect.isfunction(member) and not alias:
                found[f"{name}.{key}"] = member
    return found


PUBLIC = public()
FUNCTIONS = {name: value for name, value in PUBLIC.items() if not isinstance(value, Op)}


def words(value: Any) -> str:
    return inspect.getdoc(value) or ""


def unnamed(value: Any) -> list[str]:
    """Parameters that a docstring never mentions: those of a class may be named where it is made."""
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return []
    text = words(value) + (words(value.__init__) if isinstance(value, type) else "")
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        p.name
        for p in parameters
        if p.kind not in kinds and p.name != "self" and not re.search(rf"\b{p.name}\b", text)
    ]


@pytest.mark.parametrize("op", CATALOGUE.values(), ids=list(CATALOGUE))
def test_every_operation_says_it_all(op):
    text = op.__doc__
    lines = text.splitlines()
    assert lines[0] == f"{op.name}{op.signature} = {op.formula}"
    assert lines[1 : 1 + len(op.rules)] == [f"dL/d{n} = {r}" for n, r in op.rules.items()]
    arguments = text.partition("Arguments:\n")[2].partition("Returns: ")[0]
    for name in (*op.inputs, *op.params):
        assert re.search(rf"\b{name}\b", arguments), name
    assert re.search(r"^Returns: \S.*\.$", text, re.M)
    assert doctest.DocTestParser().get_examples(text)


def test_an_operations_example_is_of_itself():
    for op in CATALOGUE.values():
        assert re.search(rf">>> .*\b{op.name}\(", op.__doc__), op.name


def test_every_function_and_class_has_an_example():
    missing = {name for name, value in FUNCTIONS.items() if ">>> " not in words(value)}
    assert not missing, "write an example into the docstring"


def test_every_parameter_is_named():
    missing = {
        f"{name}({parameter})" for name, value in FUNCTIONS.items() for parameter in unnamed(value)
    }
    assert not missing, "say what the parameter is"


def test_every_method_says_what_it_does():
    missing = {name for name, value in methods().items() if not words(value)}
    assert not missing, "write a docstring"


def test_the_count_reaches_the_rooms():
    assert len(CATALOGUE) > 120 and len(FUNCTIONS) > 80 and len(methods()) > 80
    assert {"tinygrad_edu.grad", "tinygrad_edu.nn.Dense", "viz.graph"} <= FUNCTIONS.keys()
    assert "tinygrad_edu.Tensor.backward" in methods()
    assert tg.relu in PUBLIC.values()
    assert unnamed(lambda x, of_no_use: x) == ["x", "of_no_use"]
