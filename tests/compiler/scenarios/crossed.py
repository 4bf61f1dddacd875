"""Where × what × how it changes × where it is used, under `tg.jit`."""

from __future__ import annotations

import re
import textwrap

from profiles import NIGHT

from .places import PLACES, Place, placed
from .play import Scenario
from .values import VALUES, Value

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
    names = ("setting", "holder", "kept", "bound", "owner", "settings", "behind", "get", "pick", "Kind", value.name,
        "globals",
             "getattr", "vars", "__dict__", "weakref", "ContextVar", *(["tensor"] if "tensor" in value.name else []),
             *(["type"] if "type(" in value.use else []))
    vacant = not changes or "equal" in way or use.startswith("update") or value.name in (
        "array's shape", "array read-only view", "parameter frozen", "nan", "array in a branch", "1, True, 1.0",
        "array of another dtype", "dtype", "zero and its sign", "array empty")
    return Scenario(f"{place.name} / {value.name} / {way} / {use}", f"jit {use}", expect, text, names=names,
                    vacant=vacant, calls=3 if changes else 5, close=value.close)


def _with_late(place: Place, body: str, value: Value, changes: list[str]) -> str:
    """With `spoil` and `put_back`, in the scope that what is read has."""
    text = placed(place, "x", body, value.first, changes)
    extra = late(place, value)
    if not place.inside:
        return text + extra
    return text.replace("    return f, changes\nf, changes = make()\n", textwrap.indent(extra, "    ")
                        + "    return f, changes, spoil, put_back\nf, changes, spoil, put_back = make()\n")


# The uses in turn; those with updates take the longest.
TURN = ("gradient", "value", "late gradient", "gradient", "update by hand", "late gradient", "gradient",
        "update by an optimizer")


def all_crossed() -> list[Scenario]:
    """By day every place with a float and an array, every value as a global or an attribute and
    every way in a closure, each in one use; at night some thousands more."""
    found: dict[str, Scenario] = {}
    for i, place in enumerate(PLACES):
        for j, value in enumerate(VALUES):
            for k, way in enumerate(value.ways):
                for m, use in enumerate(USES):
                    day = use == TURN[(i + j + k) % len(TURN)] and _by_day(i, j, k)
                    if day or NIGHT and (7 * i + 11 * j + 5 * k + 3 * m) % 13 == 0:
                        scenario = crossed(place, value, way, use)
                        if scenario is not None:
                            found[scenario.name] = scenario
    return list(found.values())


def _by_day(i: int, j: int, k: int) -> bool:
    return j < 2 and k == 0 or i == 5 * (j % 2) and k == 0 or i == 1 and j > 1 and (j + k) % 3 > 0 \
        or (7 * i + 11 * j + 5 * k) % 173 == 0
