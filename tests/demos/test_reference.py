"""The reference: every public thing has one place, and our docstrings become proper markup."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import tinygrad_edu as tg
import viz
from demos import reference
from demos.lesson import steps
from demos.reference import Reference, as_rst, helpers, plain, signature_of


def public():
    path = Path(__file__).parents[1] / "types" / "test_docstrings.py"
    spec = importlib.util.spec_from_file_location("docstrings", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PUBLIC


@pytest.fixture(scope="module")
def book():
    return Reference()


def test_every_public_thing_stands_on_a_page(book):
    documented = {id(reference._resolved(name)) for name in book.page}
    missing = {name for name, value in public().items() if id(value) not in documented}
    assert missing == set()
    assert len(book.page) == sum(len(room.names) for room in book.rooms) > 200


def test_a_step_names_what_its_code_uses(book):
    assert {"tinygrad_edu.relu", "tinygrad_edu.nn.MLP", "viz.graph"} <= set(book.used["s03_xor"])
    assert "s03_xor" in book.users("viz.graph")
    assert all(book.used[step.path.stem] for step in steps())
    link = book.links(next(s for s in steps() if s.name == "xor"), "es")
    assert "../en/reference/activations.html#tinygrad_edu.relu" in link and "en inglés" in link


@pytest.mark.parametrize(
    "text, expected",
    [
        ("x * y and **bold**, `a * b`", r"x \* y and **bold**, ``a * b``"),
        ("`nn`s and (`x`)", r"``nn``\ s and (``x``)"),
        ("|x|' = 0, a_ and a\\b", r"\|x\|' = 0, a\_ and a\\b"),
    ],
)
def test_prose(text, expected):
    assert plain(text) == expected


def test_sections_lists_examples_and_tables():
    text = """
        What it is.

        Arguments:
            x (...)
            axis: the axis,
              or several
        Returns: one number.
        Errors: none.

        - one
          goes on
        - two

        | a | b |
        |---|---|
        | `c` | d
        e |

        file.py    what it is
        other.py   what it is not

        >>> 1 + 1
        2
    """
    lines = as_rst(text)
    for line in (
        "**Arguments**",
        "- x (...)",
        "- **axis**: the axis, or several",
        "**Returns:** one number.",
        "**Errors:** none.",
        "- one goes on",
        "- two",
        "   * - ``c``",
        "     - d e",
        "    file.py    what it is",
        ">>> 1 + 1",
    ):
        assert line in lines, (line, lines)


def test_a_formula_is_code_and_its_helpers_are_said():
    lines = as_rst(tg.silu.__doc__, formula=True)
    assert lines[:3] == [
        ".. code-block:: python",
        "",
        "    silu(x) = _faded(x, sigmoid(x))",
    ]
    assert "``_faded(x, p)`` is ``x * p``" in helpers(tg.silu)[0]
    assert helpers(tg.tanh) == []


def test_a_signature_is_as_it_is_written():
    assert signature_of(tg.sum) == "(x, axis=None, keepdims=False)"
    assert signature_of(tg.mse) == "(prediction: Any, target: Any) -> Tensor"
    assert "direction: str = 'LR'" in signature_of(viz.graph)
