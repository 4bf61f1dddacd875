"""Update rules as lines of text: an optimizer is declared as an operation is, by its formula.

    "m = beta * m + (1 - beta) * g"
    "w = w - rate * m"

A line assigns to `w`, to a moment, or to a name of its own. It may read

| name | what |
|---|---|
| `w`, `g` | the parameters and their gradients, one number for each entry |
| `rate`, `t` | the learning rate; the count of steps, 1 in the first one |
| a setting | an attribute of the optimizer: `beta` |
| what a line assigns to | read before its line: a **moment**, kept between steps, 0 at first |
| | else a value of this step |

with + - * / ** and the functions of `FUNCTIONS`. `if momentum: ...` in front makes a line one that
counts only where that setting is on; `not`, `and` and `or` join settings there.

The lines are text for a reader, and are never run as they stand: `passes.py` writes from them what
runs, and a compiled program writes them out for its target.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

FUNCTIONS = ("sqrt", "exp", "log", "abs", "sign", "tanh", "maximum", "minimum")
"""What a line may call: NumPy's functions of these names."""

GIVEN = ("w", "g", "rate", "t")
"""What every line may read."""

_RESERVED = {"self", "np", "flush", "change", "FLUSH_EVERY", *FUNCTIONS}
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)


@dataclass(frozen=True)
class Line:
    """`target = value`, where the settings in `condition` say so."""

    text: str
    target: str
    value: ast.expr
    condition: ast.expr | None = None

    def reads(self) -> set[str]:
        """The names that the value reads."""
        return set(names_in(self.value))

    def counts(self, on: Mapping[str, bool]) -> bool:
        """Whether the line counts where these settings are on, and the others are not."""
        return self.condition is None or _holds(self.condition, on)


@dataclass(frozen=True, eq=False)
class Rule:
    """The lines of an optimizer, read and checked."""

    owner: str
    lines: tuple[Line, ...]
    settings: frozenset[str]  # those that the values read
    switches: tuple[str, ...]  # those that decide which lines count

    def chosen(self, on: Mapping[str, bool]) -> tuple[Line, ...]:
        """The lines that count where these switches are on."""
        return tuple(line for line in self.lines if line.counts(on))


def read(
    texts: Iterable[str], settings: Iterable[str], owner: str, before: Iterable[str] = ()
) -> Rule:
    """The rule that these lines are, with those of the library `before` them.

    Errors: a line that is no assignment, a name that is nothing, a function that is not on the
    list; no line that assigns to `w`.

    >>> rule = read(["if decay: w = w - decay * w", "w = w - rate * g"], ["decay"], "Plain")
    >>> rule.switches, [line.text for line in rule.chosen({"decay": False})]
    (('decay',), ['w = w - rate * g'])
    """
    known = set(settings)
    lines = [_line(text, owner) for text in texts]
    if all(line.target != "w" for line in lines):
        raise ValueError(f"{owner}: no line assigns to w; write one, 'w = w - rate * g'")
    lines = [*(_line(text, owner) for text in before), *lines]
    assigned = {line.target for line in lines}
    for line in lines:
        _check(line, known, assigned, owner)
    read_in_values = {n for line in lines for n in line.reads()}
    switches = [n for line in lines if line.condition for n in names_in(line.condition)]
    return Rule(
        owner, tuple(lines), frozenset(read_in_values & known), tuple(dict.fromkeys(switches))
    )


def moments(lines: Iterable[Line]) -> tuple[str, ...]:
    """What is kept from step to step: read before it is assigned to.

    >>> moments(read(["m = 0.9 * m + g", "s = abs(m)", "w = w - rate * m / s"], [], "Own").lines)
    ('m',)
    """
    lines = tuple(lines)
    assigned = {line.target for line in lines} - {"w"}
    found: dict[str, None] = {}
    known: set[str] = set()
    for line in lines:
        for name in names_in(line.value):
            if name in assigned - known:
                found[name] = None
        known.add(line.target)
    return tuple(found)


def names_in(node: ast.AST) -> Iterator[str]:
    """The names that an expression reads, from left to right; functions are none."""
    if isinstance(node, ast.Name):
        yield node.id
    for part in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.Call) and part is node.func):
            yield from names_in(part)


def _line(text: str, owner: str) -> Line:
    """One line, taken apart."""
    try:
        body = ast.parse(text.strip()).body
    except SyntaxError as error:
        raise ValueError(f"{owner}: the line {text!r} cannot be read: {error.msg}") from None
    condition = None
    if len(body) == 1 and isinstance(body[0], ast.If) and not body[0].orelse:
        condition, body = body[0].test, body[0].body
    if (
        len(body) != 1
        or not isinstance(body[0], ast.Assign)
        or len(body[0].targets) != 1
        or not isinstance(body[0].targets[0], ast.Name)
    ):
        raise ValueError(
            f"{owner}: the line {text!r} is no assignment to a name; write 'm = 0.9 * m + g', or "
            "'if momentum: ...' before it"
        )
    return Line(text.strip(), body[0].targets[0].id, body[0].value, condition)


def _check(line: Line, settings: set[str], assigned: set[str], owner: str) -> None:
    where = f"{owner}: the line {line.text!r}"
    if line.target in {"g", "rate", "t", *settings, *_RESERVED}:
        raise ValueError(f"{where} assigns to {line.target}, which has a meaning; use another name")
    _check_value(line.value, where)
    if line.condition is not None:
        _check_condition(line.condition, where)
        for name in names_in(line.condition):
            if name not in settings:
                raise ValueError(
                    f"{where}: after if stand settings, and {name!r} is none{_cure(name)}"
                )
    for name in names_in(line.value):
        if name not in {*GIVEN, *settings, *assigned}:
            raise ValueError(
                f"{where} reads {name!r}, which is none of {', '.join(GIVEN)}, no setting, and "
                f"assigned by no line{_cure(name)}"
            )


def _cure(name: str) -> str:
    return f"; write settings = (*Optimizer.settings, {name!r}) and {name} = 0.9 in the class"


def _check_value(node: ast.expr, where: str) -> None:
    """Errors: what is no number, name, operator or function of the list."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.BinOp) and isinstance(node.op, _OPERATORS):
        parts = [node.left, node.right]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        parts = [node.operand]
    elif isinstance(node, ast.Call) and not node.keywords:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            raise ValueError(
                f"{where} calls {ast.unparse(node.func)}; a line may call {', '.join(FUNCTIONS)}. "
                "For more write a method update(self, w, g, rate, **state)"
            )
        wanted = 2 if node.func.id in ("maximum", "minimum") else 1
        if len(node.args) != wanted:
            raise ValueError(f"{where}: {node.func.id} takes {wanted}, not {len(node.args)}")
        parts = node.args
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return
    elif isinstance(node, ast.Name):
        return
    else:
        raise ValueError(
            f"{where} has {ast.unparse(node)!r}; a line has numbers, names, + - * / **, and "
            f"{', '.join(FUNCTIONS)}"
        )
    for part in parts:
        _check_value(part, where)


def _check_condition(node: ast.expr, where: str) -> None:
    if isinstance(node, ast.BoolOp):
        for part in node.values:
            _check_condition(part, where)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        _check_condition(node.operand, where)
    elif not isinstance(node, ast.Name):
        raise ValueError(f"{where}: after if stand settings joined by not, and, or")


def _holds(node: ast.expr, on: Mapping[str, bool]) -> bool:
    if isinstance(node, ast.BoolOp):
        parts = (_holds(part, on) for part in node.values)
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.UnaryOp):
        return not _holds(node.operand, on)
    return on[node.id]  # type: ignore[attr-defined]
