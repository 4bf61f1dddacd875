"""What the things in a picture are called: by the caller, by themselves, by their place in a
module, or by letters.

Two different things never have one name: two weights named `weight` are W1 and W2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu import Tensor
from tinygrad_edu.autodiff.snapshots import kept
from tinygrad_edu.nn import Module

from .text import clean, visible

if TYPE_CHECKING:
    from .walk import Frame, Node

LETTERS = {"weight": "W", "bias": "b"}


class Paths:
    """Where modules and parameters stand in the modules around them: `encoder.hidden`,
    `encoder.hidden.weight`."""

    def __init__(self, modules: Iterable[Any]) -> None:
        self.modules: dict[int, str] = {}
        # of a tensor: its module, and what it is there
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


class _Free:
    """Names that are not taken."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self.counts: dict[str, int] = {}

    def __call__(self, stem: str, alone: bool) -> str:
        while True:
            self.counts[stem] = self.counts.get(stem, 0) + 1
            name = stem if alone and self.counts[stem] == 1 else f"{stem}{self.counts[stem]}"
            if name not in self.taken:
                self.taken.add(name)
                return name


def name_all(
    nodes: list[Node],
    roots: Sequence[Node],
    frames: list[Frame],
    names: Mapping[str, Any],
    paths: Paths,
) -> None:
    """The caller's names first, then the tensor's own, then letters and short names that are
    free."""
    called = _called(names)
    for n in nodes:
        own = getattr(n.obj, "name", None) or paths.parameters.get(id(n.obj), ("", ""))[1]
        n.full = visible(called.get(id(n.obj)) or own or "")
        n.name = clean(n.full)
        n.given = bool(n.name)
    _letters(
        [n for n in nodes if n.given and id(n.obj) not in called and n.op is None], nodes, paths
    )
    _apart(nodes)
    free, top = _Free(n.name for n in nodes if n.name), set(roots)
    for n in nodes:
        if not n.name:
            n.name = _short(n, n in top, frames, free)
        n.full = n.full or n.name


def _called(names: Mapping[str, Any]) -> dict[int, str]:
    found: dict[int, str] = {}
    for key, value in names.items():
        if isinstance(value, (Tensor, np.ndarray)) and not str(key).startswith("_"):
            found.setdefault(id(value), str(key))
            if isinstance(value, np.ndarray):
                found.setdefault(id(kept(value)), str(key))
    return found


def _letters(leaves: list[Node], nodes: list[Node], paths: Paths) -> None:
    """W1 and b1 for the weight and the bias of the first layer, as the lecture writes them:
    `dense.weight` is no letter of a formula. The card's tooltip and description keep the tensor's
    own name."""
    found = [(n, *paths.parameters[id(n.obj)]) for n in leaves if id(n.obj) in paths.parameters]
    found = [
        (n, module, key) for n, module, key in found if n.full == key or n.full.endswith(f".{key}")
    ]
    lettered = list(dict.fromkeys(id(module) for _, module, key in found if key in LETTERS))
    taken = {n.name for n in nodes}
    for n, module, key in found:
        number = (
            lettered.index(id(module)) + 1 if id(module) in lettered and len(lettered) > 1 else ""
        )
        short = clean(f"{LETTERS[key]}{number}" if key in LETTERS else key)
        if short not in taken:
            taken.add(short)
            n.name = short


def _apart(nodes: list[Node]) -> None:
    """Names that several have are numbered, those cut alike told apart."""
    same: dict[str, list[Node]] = {}
    for n in nodes:
        if n.name:
            same.setdefault(n.name, []).append(n)
    free = _Free(same)
    for name, together in same.items():
        if len(together) > 1:
            for n in together:
                n.name = free(LETTERS.get(name, name), False)


def _short(n: Node, top: bool, frames: list[Frame], free: _Free) -> str:
    if n.role in ("loss", "output") and top:
        return free("L" if n.role == "loss" else "f", True)
    if n.op is None:
        stem = {"parameter": "w", "frozen": "w", "target": "y"}.get(
            n.role, "X" if n.array.ndim > 1 else "x"
        )
        return free(stem, True)
    if n.obj.attached.frames and (n.role != "output" or frames[n.frame].parent >= 0):
        return free("H", False)
    return free("f", True) if n.role == "output" else free("u", False)
