"""What each node is for (parameter, input, target, loss...), and which leaves stand above the
operation that reads them."""

from __future__ import annotations

from typing import Any

from tinygrad_edu.autodiff.record import UNRECORDED, Tensor

from .names import Paths
from .nodes import TRAINED, Frame, Node

LOSSES = {"mse", "bce_with_logits", "cross_entropy"}


def assign_roles(nodes: list[Node], roots: list[Node], paths: Paths) -> None:
    """Give every node its role: the leaves by what they are, the results drawn as output or
    loss."""
    for n in nodes:
        if n.op is None:
            n.role = _role_of_leaf(n.obj, paths)
    for r in roots:
        if r.op is None:
            continue
        r.role = "output"
        reduces = any(x.array.size > 1 for x in r.inputs)
        if r.array.ndim == 0 and (r.op.name in LOSSES or reduces or r.obj.name in ("L", "loss")):
            r.role = "loss"
            _mark_prediction(r)


def _role_of_leaf(x: Any, paths: Paths) -> str:
    if not isinstance(x, Tensor):
        return "input"
    if x.requires_grad:
        return "parameter"
    if id(x) in paths.parameters:
        return "frozen"
    return "unrecorded" if x.params is UNRECORDED else "input"


def _mark_prediction(loss: Node) -> None:
    """Walk back from a loss to where a prediction meets the data it is compared with; mark both."""
    n: Node | None = loss
    while n is not None and n.op is not None:
        made = [x for x in n.inputs if x.op is not None]
        data = [x for x in n.inputs if x.role == "input"]
        if n.op.name in LOSSES | {"sub"} and data and len(n.inputs) > 1:
            for x in data:
                if x.users == [n]:
                    x.role = "target"
            if len(made) == 1:
                made[0].role = "output"
            return
        # Only through operations of one argument: past a parameter this would be the network
        # itself.
        n = made[0] if len(n.inputs) == 1 and made else None


def place_leaves(nodes: list[Node], frames: list[Frame]) -> None:
    """Which leaves stand above the operation that reads them, and so inside its frame. One that
    several read stands in the row: arrows that leave it for another column break Graphviz' router
    where it shares a rank."""
    for n in nodes:
        if n.op is None:
            continue
        inputs = list(dict.fromkeys(n.inputs))
        mine = [x for x in inputs if x.op is None and x.users[0] is n]
        # nothing computed comes in: one leaf begins the row, data if there is
        if len(mine) == len(inputs) and mine:
            first = next((x for x in mine if x.role not in TRAINED), mine[0])
            mine = [x for x in mine if x is not first]
            if first.role in TRAINED and first.frame < 0:
                first.frame = _innermost_around(first.users, frames)
        for x in mine:
            if x.role in TRAINED and x.frame < 0:
                x.frame = _innermost_around(x.users, frames)
            if len(mine) <= 2 and len(x.users) == 1:
                x.host = n


def _innermost_around(users: list[Node], frames: list[Frame]) -> int:
    """The innermost frame around all who share a parameter."""
    inside = users[0].frame
    if all(u.frame == inside for u in users):
        return inside
    around = inside
    paths = []
    for k in {u.frame for u in users}:
        path = set()
        while k >= 0:
            path.add(k)
            k = frames[k].parent
        paths.append(path)
    while around >= 0 and not all(around in path for path in paths):
        around = frames[around].parent
    return around
