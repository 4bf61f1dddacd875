"""What the things in a picture are called: by the caller, by themselves, by their place in a
module, or by letters.

Two different things never have one name: two weights named `weight` are W1 and W2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_edu.autodiff.snapshots import kept
from tinygrad_edu.nn import Module
from tinygrad_edu.tensor import Tensor

from ..text import clean, visible
from .nodes import Frame, Node

LETTERS = {"weight": "W", "bias": "b"}
"""What the lecture calls a layer's weight and bias."""


class Paths:
    """Where modules and parameters stand in the modules around them: `encoder.hidden`,
    `encoder.hidden.weight`."""

    def __init__(self, modules: Iterable[Any]) -> None:
        self.modules: dict[int, str] = {}  # by id: the path
        # by the id of a tensor: its module, and its name there
        self.parameters: dict[int, tuple[Any, str]] = {}
        self._labels: dict[int, str] = {}
        for root in modules:
            if isinstance(root, Module) and id(root) not in self.modules:
                self.modules[id(root)] = ""
                self._enter(root)

    def _enter(self, root: Any) -> None:
        todo = [("", root)]
        while todo:
            path, module = todo.pop()
            inner = []
            for key, item in module.members():
                inside = f"{path}.{key}" if path else key
                if isinstance(item, Tensor):
                    self.parameters.setdefault(id(item), (module, key))
                # a root met inside another has a path after all
                elif not self.modules.get(id(item)):
                    new = id(item) not in self.modules
                    self.modules[id(item)] = inside
                    if new:
                        inner.append((inside, item))
            todo += inner[::-1]

    def label(self, module: Any) -> str:
        """The name of a module, another for each: its own, its path, or its class; numbered where
        that is taken."""
        if id(module) not in self._labels:
            stem = (
                getattr(module, "name", None)
                or self.modules.get(id(module))
                or type(module).__name__
            )
            stem, k = clean(stem), 1
            label = stem
            while label in self._labels.values():
                k += 1
                label = f"{stem} {k}"
            self._labels[id(module)] = label
        return self._labels[id(module)]


class _UnusedNames:
    """Makes names that no node has yet.

    >>> unused = _UnusedNames(["u2"])
    >>> unused.numbered("u"), unused.numbered("u"), unused.short("f"), unused.short("f")
    ('u1', 'u3', 'f', 'f2')
    """

    def __init__(self, used: Iterable[str]) -> None:
        self.used = set(used)
        self.counts: dict[str, int] = {}

    def numbered(self, stem: str) -> str:
        """u1, u2, ..."""
        return self._next(stem, lambda k: f"{stem}{k}")

    def short(self, stem: str) -> str:
        """f, f2, f3, ..."""
        return self._next(stem, lambda k: stem if k == 1 else f"{stem}{k}")

    def _next(self, stem: str, name_of: Callable[[int], str]) -> str:
        while True:
            self.counts[stem] = self.counts.get(stem, 0) + 1
            name = name_of(self.counts[stem])
            if name not in self.used:
                self.used.add(name)
                return name


def give_names(
    nodes: list[Node],
    roots: Sequence[Node],
    frames: list[Frame],
    names: Mapping[str, Any],
    paths: Paths,
) -> None:
    """The caller's names first, then the tensor's own, then letters and short names that are
    free."""
    by_caller = _names_by_identity(names)
    for n in nodes:
        own = getattr(n.obj, "name", None) or paths.parameters.get(id(n.obj), ("", ""))[1]
        n.full = visible(by_caller.get(id(n.obj)) or own or "")
        n.name = clean(n.full)
        n.given = bool(n.name)
    _letters_of_layers(
        [n for n in nodes if n.given and id(n.obj) not in by_caller and n.op is None], nodes, paths
    )
    _number_duplicates(nodes)
    unused, top = _UnusedNames(n.name for n in nodes if n.name), set(roots)
    for n in nodes:
        if not n.name:
            n.name = _name_by_role(n, n in top, frames, unused)
        n.full = n.full or n.name


def _names_by_identity(names: Mapping[str, Any]) -> dict[int, str]:
    """The caller's names by the `id` of the tensor or array; names that begin with `_` are left
    out."""
    found: dict[int, str] = {}
    for key, value in names.items():
        if isinstance(value, (Tensor, np.ndarray)) and not str(key).startswith("_"):
            found.setdefault(id(value), str(key))
            if isinstance(value, np.ndarray):
                found.setdefault(id(kept(value)), str(key))
    return found


def _letters_of_layers(leaves: list[Node], nodes: list[Node], paths: Paths) -> None:
    """W1 and b1 for the weight and the bias of the first layer, as the lecture writes them:
    `dense.weight` is no letter of a formula. The card's tooltip and description keep the tensor's
    own name."""
    inside = [(n, *paths.parameters[id(n.obj)]) for n in leaves if id(n.obj) in paths.parameters]
    inside = [
        (n, module, key) for n, module, key in inside if n.full == key or n.full.endswith(f".{key}")
    ]
    lettered = list(dict.fromkeys(id(module) for _, module, key in inside if key in LETTERS))
    used = {n.name for n in nodes}
    for n, module, key in inside:
        number = (
            lettered.index(id(module)) + 1 if id(module) in lettered and len(lettered) > 1 else ""
        )
        short = clean(f"{LETTERS[key]}{number}" if key in LETTERS else key)
        if short not in used:
            used.add(short)
            n.name = short


def _number_duplicates(nodes: list[Node]) -> None:
    """Number the names that several nodes have: two weights named `weight` are W1 and W2."""
    same: dict[str, list[Node]] = {}
    for n in nodes:
        if n.name:
            same.setdefault(n.name, []).append(n)
    unused = _UnusedNames(same)
    for name, together in same.items():
        if len(together) > 1:
            for n in together:
                n.name = unused.numbered(LETTERS.get(name, name))


def _name_by_role(n: Node, is_root: bool, frames: list[Frame], unused: _UnusedNames) -> str:
    """A name for what has none: L for a loss, f for an output, H for what a layer returned, u1,
    u2... for other results, w, x and y for weights, data and targets."""
    if is_root and n.role in ("loss", "output"):
        return unused.short("L" if n.role == "loss" else "f")
    if n.op is None:
        data = "X" if n.array.ndim > 1 else "x"
        return unused.short({"parameter": "w", "frozen": "w", "target": "y"}.get(n.role, data))
    of_layer = bool(n.obj.attached.frames)
    if of_layer and (n.role != "output" or frames[n.frame].parent >= 0):
        return unused.numbered("H")
    return unused.short("f") if n.role == "output" else unused.numbered("u")
