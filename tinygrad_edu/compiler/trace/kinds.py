"""What kind of thing an object or a class is, for what is followed in it; and what messages call
it."""

from __future__ import annotations

import sys
from collections import deque
from types import FunctionType, MemberDescriptorType, MethodType
from typing import Any

from .trusted import LIBRARY, trusted_module

CONTAINERS = (list, tuple, dict, set, frozenset, deque)
# What of a module is no part of its call.
APART = {
    "compile",
    "fit",
    "evaluate",
    "predict",
    "summary",
    "program",
    "save_weights",
    "load_weights",
}
APART |= {"state_dict", "load_state_dict", "name_and_seed_layers", "take_name"}
# Where the parts of nn.Module stand.
_BASES = frozenset(f"{LIBRARY}.nn.{part}" for part in ("call", "tree", "state", "module"))


def names_in(x: Any) -> set[str]:
    """The attributes and slots that x has."""
    slots = {
        n
        for c in type(x).__mro__
        for n, v in vars(c).items()
        if isinstance(v, MemberDescriptorType)
    }
    return {*(vars(x) if hasattr(x, "__dict__") else ()), *slots}


def is_module(cls: type) -> bool:
    """Whether a class is a layer's or a model's. (`nn` stands above the compiler, so its name is
    not used here.)"""
    return hasattr(cls, "named_parameters")


def called_by_library(cls: type) -> set[str]:
    """What this library calls of a module, which a user's class may have written anew."""
    ours = [base for base in cls.__mro__ if base.__module__ in _BASES]
    return {n for base in ours for n in vars(base) if not n.startswith("__")} - APART


def is_standard(module: str | None) -> bool:
    """Whether code belongs to Python itself, and is not on the list of what is trusted."""
    top = (module or "").partition(".")[0]
    return top in sys.stdlib_module_names and module != "__main__" and not trusted_module(module)


def is_python(cls: type) -> bool:
    """Whether a class keeps nothing but attributes and slots: it was made by a class statement, or
    is that of plain values."""
    if cls in (object, int, float, complex, str, bytes, *CONTAINERS):
        return True
    if cls.__module__.partition(".")[0] == LIBRARY:
        return True
    immutable, pointer = 1 << 8, 8
    slots = sum(isinstance(v, MemberDescriptorType) for v in vars(cls).values())
    base = cls.__base__ or object
    return not cls.__flags__ & immutable and cls.__basicsize__ <= base.__basicsize__ + pointer * (
        slots + 2
    )


def word_of(x: Any) -> str:
    return (
        f"the function {x.__name__}"
        if isinstance(x, (FunctionType, MethodType))
        else f"the {type(x).__name__}"
    )


def named(x: Any) -> str:
    module = (
        (getattr(x, "__module__", None) or "").replace("numpy", "np", 1).replace(LIBRARY, "tg", 1)
    )
    return f"{module}.{getattr(x, '__qualname__', x)}".lstrip(".")


def why(x: Any) -> str:
    if "random" in (getattr(x, "__module__", None) or ""):
        return "draws another number at every call"
    return "does more than read its arguments"
