"""A compiled function in another language: forward, backward, an optimizer's update."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from ...autodiff.messages import harmless
from ...optim.lines import moments
from ...optim.update import BOUNDS
from ..ir.node import Node
from ..ir.program import Effect, Program
from .javascript import JavascriptPrinter
from .jax import IMPORTS, JaxPrinter

_CALLS = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
}


def step_text(target: str, program: Program, name: str, count: int, gradients: list[Any]) -> str:
    """The function that a program is, in a target's language. It takes arrays as its comments say,
    and returns values, gradients, parameters and moments: nothing is written in place.

    The first `count` outputs are what the function returns; those after them, and `gradients`, are
    gradients.
    """
    step = LANGUAGES[target](program)
    gradients = [*program.outputs[count:], *gradients]
    for item in program.items([*program.outputs, *gradients]):
        if isinstance(item, Node):
            step.node(item)
        elif item.kind == "update":
            step.update(item)
        elif item.kind == "write":
            step.write(item)
    return step.text(name, program.outputs[:count], gradients)


class StepWriter:
    """Writes the steps of a program in order; a language says how it assigns and what a function
    looks like."""

    target: ClassVar[str]
    comment: ClassVar[str]
    calls: ClassVar[str] = ""  # before the name of a function of arrays

    def __init__(self, program: Program) -> None:
        self.program, self.printer = program, self.new_printer()
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
                f"{self.target} writes a step that ends with its update, and this one computes "
                "after it; return from the function there"
            )
        line = self.printer.line(node)
        self.lines.append(self.assigned(self.printer.named(node), line, "const"))

    def write(self, effect: Effect) -> None:
        target = self._of_tensor(effect.target)
        if effect.index is not ... or self.program.argument_of(effect.target) is not None:
            raise NotImplementedError(
                f"{self.target} writes whole parameters only; write w.data = ..."
            )
        self.lines.append(self.assigned(target, self.printer.operand(effect.values[0])))
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
                f"{self.target} writes an update of lines, and this {type(optimizer).__name__} has "
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
                raise NotImplementedError(
                    f"{self.target}: {p.name or 'a parameter'} has no gradient"
                )
            w, word = self._of_tensor(p), p.name or "w"
            put = own | {"w": w, "g": self.printer.operand(value)}
            for m in moments(rule.lines):
                put[m] = self.parameter(m, p, f"moment {m} of {word}, zeros at first")
                self.moments[put[m]] = None
            for line in rule.lines:
                target = put.get(line.target)
                put.setdefault(line.target, f"{line.target}_{w}")
                text = self.rounded(self.expression(line.value, put), p.dtype)
                self.lines.append(self.assigned(put[line.target], text, "" if target else "let"))
            self.written[w] = None

    def text(self, name: str, values: list[Any], gradients: list[Any]) -> str:
        """The whole function."""
        say = self.printer.operand
        parts: dict[str, Iterable[str]] = {
            "values": map(say, values),
            "gradients": map(say, gradients),
            "parameters": self.written,
            "moments": self.moments,
        }
        said = [f"{self.comment} {p}: {what}" for p, what in self.parameters.items()]
        return "\n".join([*said, *self.function(name, parts), ""])

    def expression(self, node: ast.expr, put: dict[str, str]) -> str:
        """An expression of an update rule as calls of the language's functions of arrays."""
        if isinstance(node, ast.Constant):
            return repr(node.value)
        if isinstance(node, ast.Name):
            return put[node.id]
        if isinstance(node, ast.UnaryOp):
            word, parts = "negative", [node.operand]
        elif isinstance(node, ast.BinOp):
            word, parts = _CALLS[type(node.op)], [node.left, node.right]
        else:
            assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            word = "absolute" if node.func.id == "abs" else node.func.id
            parts = node.args
        given = ", ".join(self.expression(part, put) for part in parts)
        return f"{self.calls}{word}({given})"

    # What a language says

    def new_printer(self) -> Any:
        """The printer of its expressions."""
        raise NotImplementedError

    def assigned(self, name: str, text: str, declared: str = "") -> str:
        """A line that gives a value a name; `declared`: "const" or "let" where it is new."""
        raise NotImplementedError

    def rounded(self, text: str, dtype: np.dtype[Any]) -> str:
        """The value in its dtype."""
        return text

    def function(self, name: str, parts: dict[str, Iterable[str]]) -> list[str]:
        """The lines of the function, with what it returns by its parts."""
        raise NotImplementedError


class JavascriptStep(StepWriter):
    """A plain function over {shape, data}."""

    target, comment = "javascript", "//"

    def new_printer(self) -> JavascriptPrinter:
        return JavascriptPrinter()

    def assigned(self, name: str, text: str, declared: str = "") -> str:
        return f"{declared} {name} = {text};".lstrip()

    def rounded(self, text: str, dtype: np.dtype[Any]) -> str:
        return f"fround({text})" if dtype == np.float32 else text

    def function(self, name: str, parts: dict[str, Iterable[str]]) -> list[str]:
        given = ", ".join(f"{key}: [{', '.join(names)}]" for key, names in parts.items())
        lines = [f"  {line}" for line in self.lines]
        head = f"function {name}({', '.join(self.parameters)}) {{"
        return [head, *lines, f"  return {{{given}}};", "}"]


class JaxStep(StepWriter):
    """A pure function of arrays, for `jax.jit`."""

    target, comment, calls = "jax", "#", "jnp."

    def new_printer(self) -> JaxPrinter:
        return JaxPrinter()

    def assigned(self, name: str, text: str, declared: str = "") -> str:
        return f"{name} = {text}"

    def rounded(self, text: str, dtype: np.dtype[Any]) -> str:
        return f"jnp.asarray({text}, {dtype.name!r})"

    def function(self, name: str, parts: dict[str, Iterable[str]]) -> list[str]:
        given = ", ".join(f"{key!r}: [{', '.join(names)}]" for key, names in parts.items())
        lines = [f"    {line}" for line in self.lines]
        head = f"def {name}({', '.join(self.parameters)}):"
        return [*IMPORTS.splitlines(), "", "", head, *lines, f"    return {{{given}}}"]


LANGUAGES: dict[str, type[StepWriter]] = {"javascript": JavascriptStep, "jax": JaxStep}


def _number(x: Any) -> str:
    return repr(float(x))
