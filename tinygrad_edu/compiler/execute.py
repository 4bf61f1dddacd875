"""The one place of the compiler that turns text into code.

What comes here was written by the compiler, with names of its own (v1, v2, ...): no name that a
user gave, no text of his and no comment is in it. That is checked once more on what is compiled.
"""

from __future__ import annotations

import ast
import linecache
import re
import weakref
from collections.abc import Iterator
from types import CodeType
from typing import Any

from ..autodiff import versions

_OURS = re.compile(r"<module>|[A-Za-z_][A-Za-z0-9_]{0,40}")
_STATEMENTS = (
    ast.Module,
    ast.FunctionDef,
    ast.Assign,
    ast.AugAssign,
    ast.Expr,
    ast.Return,
    ast.With,
    ast.If,
    ast.Try,
    ast.ExceptHandler,
    ast.Raise,
)


def functions_of(text: str, scope: dict[str, Any], owner: Any) -> dict[str, Any]:
    """The functions that a text defines. `scope` holds every object that it names; tracebacks show
    the text as long as `owner` lives."""
    tree = ast.parse(text)
    for statement in _statements(tree.body):
        if not isinstance(statement, _STATEMENTS):
            raise ValueError(f"a program has no {type(statement).__name__}")
    where = f"<jit {versions.tick()}>"
    code = compile(tree, where, "exec")
    for name in _names(code):
        if not _OURS.fullmatch(name):
            raise ValueError(f"a name that is not the compiler's: {name!r:.80}")
    found = dict(scope)
    exec(code, found)
    linecache.cache[where] = len(text), None, text.splitlines(True), where
    weakref.finalize(owner, linecache.cache.pop, where, None)
    return found


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        for part in ("body", "orelse", "finalbody", "handlers"):
            yield from _statements(getattr(statement, part, []))


def _names(code: CodeType) -> Iterator[str]:
    yield from (
        *code.co_names,
        *code.co_varnames,
        *code.co_freevars,
        *code.co_cellvars,
        code.co_name,
    )
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
