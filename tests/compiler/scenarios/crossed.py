"""Where × what × how it changes × where it is used, under `tg.jit`."""

from __future__ import annotations

import os
import re
import textwrap

from .places import PLACES, Place, placed
from .play import Scenario
from .values import VALUES, Value

NIGHT = os.environ.get("HYPOTHESIS_PROFILE") == "night"

# The function's lines, where E is the expression; and one call.
USES = {
    "value": ("return E", "return f(x)"),
    "gradient": ("return E", "w.grad = None\ny = f(x)\ny.sum().backward()\nreturn y, w.grad"),
    "late gradient": ("return E", "w.grad = None\ny = f(x)\nspoil()\nstale = False\n"
                      "try:\n    y.sum().backward()\nexcept tg.StaleGraphError:\n    stale = True\n"
                      "put_back()\nreturn y, w.grad, stale"),
    "update by hand": ("w.grad = None\nloss = (E).sum()\nloss.backward()\nw.data = w.data - 0.01 * w.grad\nreturn loss",
                       "return f(x), w.numpy(), w.grad"),
    "update by an optimizer": ("opt.zero_grad()\nloss = (E).sum()\nloss.backward()\nopt.step()\nreturn loss",
                               "return f(x), w.numpy(), opt.state_dict()"),
}


def statements(place: Place, value: Value, way: str) -> list[str] | None:
    """What changes, for this place; nothing where the place cannot."""
    out = []
    for statement in value.ways[way]:
        if statement == "DELETE":
            if not place.delete:
                return None
            out.append(place.delete)
        elif found := re.fullmatch(r"REBIND\((.*)\)", statement):
            out.append(place.rebind.replace("NEW", found[1]))
        else:
            out.append(statement)
    return out


def late(place: Place, value: Value) -> str:
    """Functions that spoil what was read, and put it back."""
    now = place.now or place.read
    if value.undo:
        spoil, back = value.undo
        if "tensor(" in value.first:
            spoil, back = "KEPT = IT.numpy(); IT.data[...] = 7", "IT.data[...] = KEPT"
        elif value.first.startswith("["):
            spoil, back = "KEPT = IT[:]; IT[:] = [1, 1, 1]", "IT[:] = KEPT"
        elif "broadcast_to" in value.first:
            spoil, back = "KEPT = 0", "KEPT = 0"
    else:
        spoil, back = "KEPT = 0", "KEPT = 0"
    spoil, back = (s.replace("KEPT", "spoilt[0]").replace("IT", now) for s in (spoil, back))
    return f"spoilt = [None]\ndef spoil():\n    {spoil}\ndef put_back():\n    {back}\n"


def put(use: str, tensor: str) -> str:
    """The expression, with a tensor for T."""
    return re.sub(r"(?<![.\w])T\b", tensor, use)


def crossed(place: Place, value: Value, way: str, use: str) -> Scenario | None:
    """One scenario, if place and value go together."""
    if place.hashable and (not value.hashable or way == "deleted" and not place.delete):
        return None
    changes = statements(place, value, way)
    if changes is None:
        return None
    lines, call = USES[use]
    body = lines.replace("E", put(value.use, "(x * w)"))
    text = "opt = optim.Adam([w], learning_rate=0.05)\n" if "optimizer" in use else ""
    if use == "late gradient":
        text += _with_late(place, body, value, changes)
    else:
        text += placed(place, "x", body, value.first, changes)
    text += "def call():\n" + "".join(f"    {line}\n" for line in call.splitlines())
    expect = "either" if "either" in (place.expect, value.expect) else "runs"
    names = ("setting", "holder", "kept", "bound", "owner", "Owner", "settings", "Holder", "get", "pick", value.name)
    vacant = not changes or "equal" in way or use.startswith("update") or value.name in (
        "array's shape", "array read-only view", "parameter frozen", "nan", "array in a branch", "1, True, 1.0",
        "array of another dtype", "dtype", "zero and its sign", "array empty")
    return Scenario(f"{place.name} / {value.name} / {way} / {use}", f"jit {use}", expect, text, names=names,
                    vacant=vacant, calls=3 if changes else 5)


def _with_late(place: Place, body: str, value: Value, changes: list[str]) -> str:
    """With `spoil` and `put_back`, in the scope that what is read has."""
    text = placed(place, "x", body, value.first, changes)
    extra = late(place, value)
    if not place.inside:
        return text + extra
    return text.replace("    return f, changes\nf, changes = make()\n", textwrap.indent(extra, "    ")
                        + "    return f, changes, spoil, put_back\nf, changes, spoil, put_back = make()\n")


def all_crossed() -> list[Scenario]:
    """Every place with a float and an array in several uses; every value in a few places; the rest in turn, all of
    them at night."""
    uses, found = list(USES), {}
    for i, place in enumerate(PLACES):
        for j, value in enumerate(VALUES):
            for k, way in enumerate(value.ways):
                for m, use in enumerate(uses):
                    if not (NIGHT or _taken(i, j, k, m)):
                        continue
                    scenario = crossed(place, value, way, use)
                    if scenario is not None:
                        found[scenario.name] = scenario
    return list(found.values())


def _taken(i: int, j: int, k: int, m: int) -> bool:
    """The choice for every day: rows and columns of the table, then a sieve."""
    if j < 2 and k == 0:                                 # every place: a float rebound, an array refilled
        return (i + j) % 5 == m
    if i in (0, 5) and k == 0:                           # every value as a global and as an attribute
        return (i + j) % 5 == m
    if i == 1 and (j + k) % 2 == 0:                      # values and ways in a closure, in some use
        return (j + k) // 2 % 5 == m
    return (7 * i + 11 * j + 5 * k + 3 * m) % 661 == 0
