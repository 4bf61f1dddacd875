"""Nested lists, tuples and dicts as one list of what is in them, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Restore = Callable[[list[Any]], Any]


def flatten(tree: Any) -> tuple[list[Any], Restore]:
    """The leaves of nested lists, tuples and dicts, and the function that puts others in their
    places.

    What is no list, tuple or dict is a leaf. Source: JAX's `tree_flatten`.

    >>> leaves, restore = flatten({"a": [1, 2], "b": 3})
    >>> leaves
    [1, 2, 3]
    >>> restore([10, 20, 30])
    {'a': [10, 20], 'b': 30}
    """
    wrap: Callable[[list[Any]], Any]
    if isinstance(tree, dict):
        keys, parts = list(tree), [flatten(v) for v in tree.values()]
        wrap = lambda values: dict(zip(keys, values, strict=True))
    elif isinstance(tree, (list, tuple)):
        parts = [flatten(v) for v in tree]
        cls: Any = type(tree)
        named = hasattr(tree, "_fields")
        wrap = lambda values: cls(*values) if named else cls(values)
    else:
        return [tree], lambda leaves: leaves[0]

    def restore(leaves: list[Any]) -> Any:
        values, start = [], 0
        for part, put in parts:
            values.append(put(leaves[start : start + len(part)]))
            start += len(part)
        return wrap(values)

    return [leaf for part, _ in parts for leaf in part], restore
