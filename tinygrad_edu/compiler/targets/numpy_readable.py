"""The program as a textbook would print it: one assignment a line, and a comment with the layer and
the shape."""

from __future__ import annotations

import ast
import textwrap
from typing import Any

from ..ir.node import Node, inputs_of, nodes_in
from ..ir.program import Effect, Program
from .names import Names, identifier
from .numpy_expressions import NumpyPrinter
from .updates import effect_lines, gathered, inlines

WIDE = 44  # characters of an expression that still goes inside another


def text(
    program: Program, name: str, names: Names, parameters: list[str], gradients: list[Any]
) -> str:
    """The source of a function with these parameters, that returns the outputs and after them the
    gradients."""
    items = program.items([*program.outputs, *gradients])
    readers: dict[int, list[Any]] = {}
    for item in items:
        for n in (
            inputs_of(item) if isinstance(item, Node) else nodes_in([*item.values, item.index])
        ):
            readers.setdefault(id(n), []).append(item)
    for n in nodes_in([*program.outputs, *gradients]):
        readers.setdefault(id(n), []).append(None)
    printer = NumpyPrinter(names)
    lines: list[tuple[str, str]] = []

    def folds(x: Node) -> bool:
        """Whether a value is written inside the only line that reads it."""
        if len(readers[id(x)]) != 1:
            return False
        user = readers[id(x)][0]
        if not isinstance(user, Node) or user.epoch != x.epoch:
            return False
        if names.of.get(id(x)):
            return bool(x.function == "@" and user.function == "+")
        return len(printer.text(x)) <= WIDE

    section = ""
    for item in items:
        if isinstance(item, Effect):
            if item.kind != "grad":
                section = _heading(lines, section, "update")
                if item.kind == "update" and inlines(item):
                    lines += [(line, "") for line in gathered(item, printer)]
                lines += [(line, "") for line in effect_lines(item, program, printer)]
        elif item.kind != "input" and folds(item):
            printer.folded.add(id(item))
        elif item.kind != "input":
            if not names.of.get(id(item)):
                names.of[id(item)] = names.fresh(_word(item.function))
            section = _heading(
                lines, section, "backward" if item.entry.backward else section or "forward"
            )
            lines.append(
                (
                    f"{names.of[id(item)]} = {printer.text(item)}",
                    names.comments.get(id(item), ""),
                )
            )
    lines.append((returned([*program.outputs, *gradients], printer), ""))
    width = min(64, max((len(code) for code, note in lines if note), default=0))
    body = [
        f"    {code:<{width}}  # {note}" if note else f"    {code}".rstrip() for code, note in lines
    ]
    remarks = printer.remarks("if True:\n" + "\n".join(body))
    return definition(name, parameters, [f"    {r}" for r in remarks] + body, names)


def definition(name: str, parameters: list[str], body: list[str], names: Names) -> str:
    """A whole function. A buffer that its lines change in place (`w -= change`) comes in as a
    parameter."""
    changed = {
        n.target.id
        for n in ast.walk(ast.parse("if True:\n" + "\n".join(body)))
        if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)
    }
    parameters = [*parameters, *(f"{n}={n}" for n in names.scope if n in changed)]
    head = textwrap.wrap(
        f"def {name}({', '.join(parameters)}):",
        116,
        subsequent_indent=" " * (len(name) + 5),
        break_long_words=False,
    )
    return "\n".join([*head, *body]) + "\n"


def returned(values: list[Any], printer: NumpyPrinter) -> str:
    """The last line."""
    return f"return {', '.join(printer.value(x) for x in values) or None}"


def _heading(lines: list[tuple[str, str]], section: str, new: str) -> str:
    if section != new:
        lines += [("", ""), (f"# {new}", "")] if lines else [(f"# {new}", "")]
    return new


def _word(function: Any) -> str:
    words = {
        "@": "product",
        "+": "sum",
        "-": "difference",
        "*": "product",
        "/": "ratio",
        "**": "power",
        "[]": "part",
        "~": "others",
    }
    if not isinstance(function, str):
        return identifier(getattr(function, "__name__", "t").strip("_"))
    return identifier(function if function.isidentifier() else words.get(function, "mask"))
