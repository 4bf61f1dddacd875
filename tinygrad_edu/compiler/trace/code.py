"""What a piece of Python code can read from outside, by its instructions: names, and chains such as
np.linalg.norm."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from types import CodeType

_ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "STORE_ATTR", "DELETE_ATTR"}
_GLOBALS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
_OUTER = {"LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"}
_HIDDEN = {
    "__dict__",
    "__class__",
    "__getattribute__",
    "__getattr__",
    "__setattr__",
    "__closure__",
    "__globals__",
    "__code__",
    "__self__",
    "__func__",
}


@dataclass
class Reads:
    """`globals` and `outer` (variables of enclosing functions) hold names, each with the attributes
    that are read from it straight away; `attributes` all names after a dot; `everything`: some are
    computed; `refused`: why, and a cure.
    """

    globals: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    outer: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    everything: bool = False
    refused: tuple[str, str] | None = None


@lru_cache(maxsize=1000)
def reads_of(code: CodeType) -> Reads:
    """What a code object, and those written inside it, can read and write outside."""
    found = Reads()
    _collect(code, set(code.co_freevars), found)
    return found


def _collect(code: CodeType, outside: set[str], found: Reads) -> None:
    if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        found.refused = "is asynchronous", "write a plain function"
    instructions = [
        i
        for i in dis.get_instructions(code)
        if i.opname not in ("EXTENDED_ARG", "CACHE", "NOT_TAKEN")
    ]
    for k, i in enumerate(instructions):
        name = i.opname
        if name in _GLOBALS:
            found.globals.add((i.argval, tuple(_chain(instructions, k + 1))))
        elif name in _OUTER and i.argval in outside:
            found.outer.add((i.argval, tuple(_chain(instructions, k + 1))))
        elif name in ("STORE_GLOBAL", "DELETE_GLOBAL") or (
            name in ("STORE_DEREF", "DELETE_DEREF") and i.argval in outside
        ):
            found.refused = (
                f"assigns to {i.argval}, a variable outside",
                "return the new value instead",
            )
        elif name in ("IMPORT_NAME", "IMPORT_STAR"):
            found.refused = (
                f"imports {i.argval} while it runs",
                "write the import at the top of the file",
            )
        elif name == "MATCH_CLASS":
            found.everything = True
        if name in _ATTRIBUTES and i.argval is not None:
            attribute = i.argval[-1] if isinstance(i.argval, tuple) else i.argval
            found.attributes.add(attribute)
            found.everything = found.everything or attribute in _HIDDEN
            if attribute == "step" and name == "LOAD_ATTR" and not _calls(i):
                found.refused = (
                    "reads .step, which counts what happens",
                    "keep a count of your own, as an argument",
                )
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _collect(constant, outside & set(constant.co_freevars), found)


def _chain(instructions: list[dis.Instruction], k: int) -> Iterator[str]:
    """The attributes that are read one after the other from what was just loaded."""
    while k < len(instructions) and instructions[k].opname in ("LOAD_ATTR", "LOAD_METHOD"):
        yield instructions[k].argval
        k += 1


def _calls(i: dis.Instruction) -> bool:
    """Whether an attribute is loaded to be called: Python 3.12 and later say so in one bit of
    LOAD_ATTR."""
    return "NULL|self" in (i.argrepr or "")
