"""The frames of layers: what a module made, or what the user says belongs together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..text import clean
from .names import Paths
from .nodes import Frame, Node


def given_frames(layers: Mapping[str, Iterable[Any]], by_id: Mapping[int, Node]) -> list[Frame]:
    """The frames that the user names: `{"hidden layer": [U, Z, H]}`. Sets the frame of each
    node."""
    frames: list[Frame] = []
    for label, members in layers.items():
        f = Frame(len(frames), clean(label))
        inside = [by_id[id(t)] for t in members if id(t) in by_id]
        inside = [n for n in inside if n.frame < 0]
        for n in inside:
            n.frame = f.index
        if inside:
            frames.append(f)
    return frames


def frames_of_modules(nodes: list[Node], paths: Paths) -> list[Frame]:
    """Module m returned y and began at step s: what was made in (s, y.step] was made inside m.
    Calls nest, so one sweep with a stack of the open ones finds the innermost for each. "(2)" is a
    second call of the same module."""
    last: dict[tuple[int, int], tuple[int, int, Any]] = {}
    for n in nodes:
        if n.op is not None:
            for module, first in n.obj.attached.frames:
                key = (id(module), first)
                last[key] = (first, max(n.obj.step, last[key][1] if key in last else 0), module)
    calls = sorted(last.values(), key=lambda c: (c[0], -c[1]))
    frames: list[Frame] = []
    counts: dict[int, int] = {}
    open_: list[tuple[int, Frame]] = []
    k = 0
    for n in nodes:
        if n.op is None:
            continue
        step = n.obj.step
        while open_ and open_[-1][0] < step:
            open_.pop()
        while k < len(calls) and calls[k][0] < step:
            first, end, module = calls[k]
            k += 1
            if end < step:
                continue
            while open_ and open_[-1][0] < end:
                open_.pop()  # not nested in it after all
            counts[id(module)] = counts.get(id(module), 0) + 1
            label = paths.label(module)
            label += f" ({counts[id(module)]})" if counts[id(module)] > 1 else ""
            frames.append(Frame(len(frames), label, open_[-1][1].index if open_ else -1, module))
            open_.append((end, frames[-1]))
        if open_:
            n.frame = open_[-1][1].index
    return frames
