"""The program as a textbook would print it: one assignment a line, and a comment with the layer and
the shape."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

from ..ir.node import Node, inputs_of, nodes_in
from ..ir.program import Effect, Program
from ..trace.trusted import trusted_module
from .names import Names, plain

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
    folded: set[int] = set()
    lines: list[tuple[str, str]] = []

    def whole(x: Node, into: Node) -> ast.expr:
        return (
            names.expression(x, whole) if id(x) in folded else ast.Name(names.of[id(x)], ast.Load())
        )

    def folds(x: Node) -> bool:
        """Whether a value is written inside the only line that reads it."""
        if (
            len(readers[id(x)]) != 1
            or not isinstance(user := readers[id(x)][0], Node)
            or user.epoch != x.epoch
        ):
            return False
        if names.of.get(id(x)):
            return x.function == "@" and user.function == "+"
        return len(ast.unparse(names.expression(x, whole))) <= WIDE

    section = ""
    for item in items:
        if isinstance(item, Effect):
            if item.kind != "grad":
                section = _heading(lines, section, "update")
                if item.kind == "update" and inlines(item):
                    lines += [(line, "") for line in _gathered(item, names)]
                lines += [(line, "") for line in effect_lines(item, program, names)]
        elif item.kind != "input" and folds(item):
            folded.add(id(item))
        elif item.kind != "input":
            if not names.of.get(id(item)):
                names.of[id(item)] = names.fresh(_word(item.function))
            section = _heading(
                lines, section, "backward" if item.entry.backward else section or "forward"
            )
            lines.append(
                (
                    f"{names.of[id(item)]} = {ast.unparse(names.expression(item, whole))}",
                    names.comments.get(id(item), ""),
                )
            )
    lines.append((returned([*program.outputs, *gradients], names), ""))
    width = min(64, max((len(code) for code, note in lines if note), default=0))
    body = [
        f"    {code:<{width}}  # {note}" if note else f"    {code}".rstrip() for code, note in lines
    ]
    remarks = names.remarks("if True:\n" + "\n".join(body))
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


def returned(values: list[Any], names: Names) -> str:
    """The last line."""
    return f"return {', '.join(names.value(x) for x in values) or None}"


def effect_lines(effect: Effect, program: Program, names: Names) -> list[str]:
    """The lines of a write, or of an optimizer's step: its own, with the names of its buffers."""
    if effect.kind == "write":
        target = names.tensor_name(effect.target, program.argument_of(effect.target))
        return [f"{target}[{names.index(effect.index)}] = {names.value(effect.values[0])}"]
    optimizer = effect.target
    me = names.object_name(optimizer, plain(type(optimizer).__name__.lower()))
    if not inlines(effect):
        return [f"{me}.step()"]
    rate = names.fresh("rate")
    lines = [f"{me}.clip()", f"{rate} = {me}.next_rate()"]
    for group, state in zip(optimizer.groups, optimizer.state, strict=True):
        own = {
            key: names.object_name(array, key)
            for key, array in {"w": group.values, "g": group.gradients, **state}.items()
        }
        own["rate"] = rate
        lines += inlined(optimizer, me, own, names)
    return lines


def _gathered(effect: Effect, names: Names) -> list[str]:
    """All gradients, one after the other, into the buffer that the optimizer reads."""
    values, lines = iter(effect.values), []
    for group in effect.target.groups:
        parts = ", ".join(names.value(next(values)) for _ in group.tensors)
        lines.append(
            f"np.concatenate([{parts}], axis=None, out={names.object_name(group.gradients, 'g')})"
        )
    return lines


def inlines(effect: Effect) -> bool:
    """Whether an optimizer's step can be written out: it is one of this library's, every parameter
    is trained, and has its gradient from here."""
    optimizer = effect.target
    return (
        all(v is not None for v in effect.values)
        and all(p.requires_grad for g in optimizer.groups for p in g.tensors)
        # what was thawed later has a count of its own
        and not any(g.born for g in optimizer.groups)
        and is_ours(optimizer)
        and _source(optimizer) is not None
    )


def is_ours(optimizer: Any) -> bool:
    """Whether an optimizer is one of this library's, and nothing of it was replaced."""
    from ...optim import Optimizer

    return (
        trusted_module(type(optimizer).__module__)
        and isinstance(optimizer, Optimizer)
        and not (
            {"step", "update", "next_rate", "zero_grad", "bind", "clip"} & vars(optimizer).keys()
        )
    )


def _source(optimizer: Any) -> list[ast.stmt] | None:
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(type(optimizer).update))).body[0].body  # type: ignore[attr-defined]
    except (OSError, SyntaxError, TypeError):
        return None
    closed = (ast.Return, ast.Yield, ast.FunctionDef, ast.Lambda)
    if type(optimizer).update.__closure__ or any(
        isinstance(n, closed) for s in body for n in ast.walk(s)
    ):
        return None  # super() looks at the closure
    return body


def inlined(optimizer: Any, me: str, own: dict[str, str], names: Names) -> list[str]:
    """The body of `update`, with `self` and the buffers under their names; a buffer that is not
    there is None."""
    update = type(optimizer).update
    given = inspect.signature(update).parameters.keys() - {"self", "rate"}
    missing = given - own.keys()
    body = [
        s
        for s in _source(optimizer) or []
        if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
    ]
    local = {
        n.id
        for s in body
        for n in ast.walk(s)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    own = {"self": me, **own} | {name: names.fresh(name) for name in sorted(local - own.keys())}
    for name in update.__code__.co_names:
        if name in update.__globals__ and name not in own:
            own[name] = names.object_name(update.__globals__[name], name)

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return ast.Name(own.get(node.id, node.id), node.ctx)

        def visit_If(self, node: ast.If) -> Any:
            test = node.test
            if (
                isinstance(test, ast.Compare)
                and isinstance(test.left, ast.Name)
                and ast.unparse(test).endswith(" is None")
                and test.left.id in given
            ):
                taken = node.body if test.left.id in missing else node.orelse
                return [self.visit(s) for s in taken]
            return self.generic_visit(node)

    return ast.unparse(ast.fix_missing_locations(Put().visit(ast.Module(body, [])))).splitlines()


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
    name = (
        words.get(function, "mask")
        if isinstance(function, str) and not function.isidentifier()
        else function
    )
    return plain(name if isinstance(name, str) else getattr(name, "__name__", "t").strip("_"))
