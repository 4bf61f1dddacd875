"""A compiled function in JavaScript: forward, backward, and an optimizer's update by its lines."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from ...autodiff.messages import harmless
from ...optim.lines import moments
from ...optim.update import BOUNDS
from ..ir.node import Node
from ..ir.program import Effect, Program
from .javascript import JavascriptPrinter

_CALLS = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
}


def javascript_step(program: Program, name: str, count: int, gradients: list[Any]) -> str:
    """The function that a program is, in JavaScript. It takes arrays as its comment says, and
    returns {values, gradients, parameters, moments}: nothing is written in place.

    The first `count` outputs are what the function returns; those after them, and `gradients`, are
    gradients.
    """
    step = _Step(program)
    gradients = [*program.outputs[count:], *gradients]
    items = program.items([*program.outputs, *gradients])
    for item in items:
        if isinstance(item, Node):
            step.node(item)
        elif item.kind == "update":
            step.update(item)
        elif item.kind == "write":
            step.write(item)
    return step.text(name, program.outputs[:count], gradients)


class _Step:
    def __init__(self, program: Program) -> None:
        self.program, self.printer = program, JavascriptPrinter()
        self.parameters: dict[str, str] = {}  # the function's own: what each is
        self.sources: dict[tuple[str, int], str] = {}
        self.lines: list[str] = []
        self.written: dict[str, None] = {}
        self.moments: dict[str, None] = {}

    def parameter(self, kind: str, source: Any, what: str) -> str:
        """The name of a parameter of the function: one for each source."""
        key = kind, source if kind == "argument" else id(source)
        if key not in self.sources:
            name = self.sources[key] = f"p{len(self.parameters) + 1}"
            self.parameters[name] = harmless(what)
        return self.sources[key]

    def node(self, node: Node) -> None:
        if node.kind == "input":
            kind, source = self.program.sources[id(node)]
            self.printer.names[id(node)] = self.parameter(kind, source, f"{kind} {node.function}")
            return
        if node.epoch:
            raise NotImplementedError(
                "javascript writes a step that ends with its update, and this one computes after "
                "it; return from the function there"
            )
        line = self.printer.line(node)
        self.lines.append(f"const {self.printer.named(node)} = {line};")

    def write(self, effect: Effect) -> None:
        target = self._of_tensor(effect.target)
        if effect.index is not ... or self.program.argument_of(effect.target) is not None:
            raise NotImplementedError("javascript writes whole parameters only; write w.data = ...")
        self.lines.append(f"{target} = {self.printer.operand(effect.values[0])};")
        self.written[target] = None

    def _of_tensor(self, x: Any) -> str:
        number = self.program.argument_of(x)
        if number is not None:
            return self.parameter("argument", number, f"argument {x.name or 'x'}")
        return self.parameter("tensor", x, f"tensor {x.name or 'w'}")

    def update(self, effect: Effect) -> None:
        """The lines of the rule, for each parameter."""
        optimizer = effect.target
        bound = next((b for b in BOUNDS if getattr(optimizer, b) is not None), None)
        if bound or not optimizer.lines:
            raise NotImplementedError(
                f"javascript writes an update of lines, and this {type(optimizer).__name__} has "
                f"{bound or 'a method'}; step outside the function"
            )
        rule = optimizer.rule()
        own = {key: _number(getattr(optimizer, key)) for key in rule.rule.settings}
        own |= {
            "rate": self.parameter("rate", optimizer, "the learning rate"),
            "t": self.parameter("t", optimizer, "the count of steps, 1 in the first one"),
        }
        values = iter(effect.values)
        for p in (p for group in optimizer.groups for p in group.tensors):
            value = next(values)
            if value is None:
                raise NotImplementedError(f"javascript: {p.name or 'a parameter'} has no gradient")
            w, word = self._of_tensor(p), p.name or "w"
            put = own | {"w": w, "g": self.printer.operand(value)}
            for m in moments(rule.lines):
                put[m] = self.parameter(m, p, f"moment {m} of {word}, zeros at first")
                self.moments[put[m]] = None
            for line in rule.lines:
                target = put.get(line.target)
                declared = "" if target else "let "
                put.setdefault(line.target, f"{line.target}_{w}")
                text = _expression(line.value, put)
                single = p.dtype == np.float32
                self.lines.append(
                    f"{declared}{put[line.target]} = {f'fround({text})' if single else text};"
                )
            self.written[w] = None

    def text(self, name: str, values: list[Any], gradients: list[Any]) -> str:
        """The whole function."""
        say = self.printer.operand
        parts = {
            "values": map(say, values),
            "gradients": map(say, gradients),
            "parameters": self.written,
            "moments": self.moments,
        }
        given = ", ".join(f"{key}: [{', '.join(names)}]" for key, names in parts.items())
        return "\n".join(
            [
                *(f"// {p}: {what}" for p, what in self.parameters.items()),
                f"function {name}({', '.join(self.parameters)}) {{",
                *(f"  {line}" for line in self.lines),
                f"  return {{{given}}};",
                "}\n",
            ]
        )


def _number(x: Any) -> str:
    return repr(float(x))


def _expression(node: ast.expr, put: dict[str, str]) -> str:
    """An expression of an update rule as calls of the runtime's functions."""
    if isinstance(node, ast.Constant):
        return repr(node.value)
    if isinstance(node, ast.Name):
        return put[node.id]
    if isinstance(node, ast.UnaryOp):
        return f"negative({_expression(node.operand, put)})"
    if isinstance(node, ast.BinOp):
        parts = [_expression(part, put) for part in (node.left, node.right)]
        return f"{_CALLS[type(node.op)]}({', '.join(parts)})"
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    word = "absolute" if node.func.id == "abs" else node.func.id
    return f"{word}({', '.join(_expression(part, put) for part in node.args)})"
