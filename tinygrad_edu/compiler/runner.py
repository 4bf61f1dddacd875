"""The functions around a program: `fits` and `holds` ask whether it stands for a call, `run` makes
the call.

They are written for each program, without a loop: a small program takes no longer than a few of
these lines.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..autodiff import versions
from ..autodiff.snapshots import keep
from ..tensor import Tensor
from .execute import functions_of
from .run import Run
from .trace.plain import wrap

MANY = 60
"""Guards from which on they are asked one after the other instead of by a text of their own."""


class Runner:
    """The functions of one program."""

    of: Any
    trace: Any
    leaves: list[str]
    gives_numbers: bool

    fits: Callable[[Any], bool]
    holds: Callable[[Any], bool]
    run: Callable[[Any], Any]
    raw: Callable[[Any], list[Any]]

    def __init__(self, compiled: Any) -> None:
        self.of, self.trace = compiled, compiled.trace
        self.scope: dict[str, Any] = {}
        self.numbers: dict[int, str] = {}
        self.leaves = [f"a{k}" for k in range(len(self.trace.own))]
        unpack = [f"({', '.join(self.leaves)},) = leaves"] if self.leaves else []
        kinds, conditions = self._kinds(), self._conditions()
        # What is not there any more (a variable that was deleted, another object's attributes) is
        # no match.
        fits = [
            "try:",
            f"    return {' and '.join([*kinds, *conditions])}",
            "except (ValueError, AttributeError, TypeError):",
            "    return False",
        ]
        holds = [*fits[:1], f"    return {' and '.join(conditions)}", *fits[2:]]
        body, values = self._body()
        self.gives_numbers = not self.trace.backs and all(
            s[0] in ("result", "array") and np.ndim(self.trace.results[s[1]]) == 0
            for s in self.trace.specs
        )
        bare = (
            f"return [{', '.join(values[s[1]] for s in self.trace.specs)}]"
            if self.gives_numbers
            else "raise TypeError"
        )
        parts = {
            "fits": [*unpack, *fits],
            "holds": [*unpack, *holds],
            "raw": [*unpack, *body, bare],
            "run": [*unpack, *body, *self._returned(values)],
        }
        text = "\n".join(
            line
            for name, lines in parts.items()
            for line in [f"def {name}(leaves):", *(f"    {x}" for x in lines), ""]
        )
        found = functions_of(text, self.scope, compiled)
        self.fits, self.holds, self.run = found["fits"], found["holds"], found["run"]
        self.raw = found["raw"]  # bare arrays and numbers, where results are constants

    def name(self, x: Any) -> str:
        """The name of an object in these functions."""
        if id(x) not in self.numbers:
            self.numbers[id(x)] = f"o{len(self.numbers)}"
            self.scope[self.numbers[id(x)]] = x
        return self.numbers[id(x)]

    def _tensor(self, t: Tensor, argument: int | None) -> str:
        return self.name(t) if argument is None else self.leaves[argument]

    def _conditions(self) -> list[str]:
        """Whether what the function reads outside is as it was."""
        compiled, name = self.of, self.name
        known = [versions.structure_version]

        def recheck() -> bool:
            alive = compiled_ref()
            if alive is None or not alive.still_holds():
                return False
            known[0] = versions.structure_version
            return True

        compiled_ref = weakref.ref(compiled)
        found = [f"({name(versions)}.structure_version == {name(known)}[0] or {name(recheck)}())"]
        found += [
            f"({name(t)}._grad is None) is {none}"
            for t, _, _, none in compiled.state
            if none is not None
        ]
        if len(compiled.guards) <= MANY:
            found += [guard.condition(name) for guard in compiled.guards]
        else:  # a text for so many takes longer to compile than it saves
            asked = [guard.holds for guard in compiled.guards]
            found.append(f"{name(all)}({name(_ask)}({name(asked)}))")
        return found + [
            place.condition(name) for kind, place in compiled.sources if kind == "place"
        ]

    def _kinds(self) -> list[str]:
        """Whether arguments are of the kind that was traced: what `Jitted` has a key for."""
        found: list[str] = []
        tensors: list[str] = []
        for a, leaf, own in zip(self.leaves, self.trace.leaves, self.trace.own, strict=True):
            data = f"{a}._data" if isinstance(leaf, Tensor) else a
            found += [
                f"type({a}) is {self.name(type(leaf))}",
                f"{data}.shape == {self.name(own.shape)}",
                f"{data}.dtype == {self.name(own.dtype)}",
            ]
            if isinstance(leaf, Tensor):
                found += [
                    f"{a}._requires_grad is {own._requires_grad}",
                    f"{a}.name == {self.name(self.trace.given_names[a])}",
                    f"{a}.op is None",
                    *([f"{a}._grad is None"] if own._requires_grad else []),
                    *(f"{a} is not {b}" for b in tensors),
                ]
                tensors.append(a)
        return found

    def _sources(self) -> list[str]:
        """The arrays that come from outside."""
        compiled, found = self.of, []
        for kind, x in compiled.sources:
            if kind == "place":
                found.append(x.text(self.name))
            else:
                number = compiled.own_number.get(id(x))
                found.append(
                    f"{self._tensor(x, number)}.{'_data' if kind == 'tensor' else '_grad'}"
                )
        return found

    def _body(self) -> tuple[list[str], list[str]]:
        """The call of the program, and what it does to tensors; and the names of what it
        returns."""
        compiled, name = self.of, self.name
        body = []
        if compiled.tensors or any(isinstance(x, Tensor) for x in self.trace.leaves):
            # What was written into an array that `.data` gave out is dated before this call, not
            # after.
            seen = [
                *map(name, compiled.tensors),
                *(
                    a
                    for a, x in zip(self.leaves, self.trace.leaves, strict=True)
                    if isinstance(x, Tensor)
                ),
            ]
            body += [
                f"if {name(versions)}.any_exposed:",
                *(f"    {name(versions)}.last_change({t})" for t in seen),
            ]
        data = [
            f"{a}._data" if isinstance(x, Tensor) else a
            for a, x in zip(self.leaves, self.trace.leaves, strict=True)
        ]
        arrays = [*data, *self._sources()]
        body += [f"arrays = ({''.join(a + ', ' for a in arrays)})"]
        values = [
            f"v{k}" for k in range(compiled.count + len(compiled.given) + len(compiled.saved))
        ]
        call = f"{', '.join(values) + ' = ' if values else ''}{name(compiled.forward)}(*arrays)"
        # Two threads must not share a buffer.
        body += [f"with {name(compiled.lock)}:", f"    {call}"] if compiled.buffers else [call]
        body += [
            f"{v} = {name(np.array)}({v})"
            for v, copied in zip(values, compiled.copied, strict=True)
            if copied
        ]
        body += [f"{name(self.trace.world)}.runs += 1"]
        return [*body, *self._gradients(values), *self._touched()], values

    def _gradients(self, values: list[str]) -> list[str]:
        compiled, name, body = self.of, self.name, []
        for n, k in enumerate(compiled.given):
            t, argument, _ = compiled.grads[k]
            owner, value = self._tensor(t, argument), values[compiled.count + n]
            body += [
                f"{owner}._grad = {value} if type({value}) is {name(np.ndarray)} else "
                f"{name(np.asarray)}({value})"
            ]
            if argument is not None:
                body += [
                    f"if {owner}.attached.buffer is not None:",
                    f"    {owner}.attached.buffer[...] = {owner}._grad",
                    f"    {owner}._grad = {owner}.attached.buffer",
                ]
        for t, argument, gradient in compiled.grads:
            if gradient is None:
                body += [f"{self._tensor(t, argument)}._grad = None"]
            elif t.attached.buffer is not None:
                body += [f"{name(t)}._grad = {name(t.attached.buffer)}"]
        return body

    def _touched(self) -> list[str]:
        """New dates for the parameters that were written."""
        compiled, name, body = self.of, self.name, []
        for t, argument in compiled.touched:
            if argument is None:
                body += [
                    f"if {name(t)}.attached.exposed is None:",
                    f"    {name(t)}.step = {name(versions.tick)}()",
                    "else:",
                    f"    {name(versions.mark_changed)}({name(t)})",
                ]
            elif isinstance(self.trace.leaves[argument], Tensor):
                body += [f"{name(versions.mark_changed)}({self.leaves[argument]})"]
        if compiled.touched:
            body.append(f"{name(versions)}.last_write = {name(versions.tick)}()")
        return body

    def _returned(self, values: list[str]) -> list[str]:
        compiled, name, trace = self.of, self.name, self.trace
        specs, count = trace.specs, compiled.count
        if (
            len(specs) == 1
            and specs[0][0] == "result"
            and not trace.backs
            and trace.restore([trace]) is trace
        ):
            return [f"y = {name(wrap)}({values[0]})", f"y.name = {name(specs[0][2])}", "return y"]
        lines = [f"results = [{', '.join(f'{name(wrap)}({v})' for v in values[:count])}]"]
        if trace.backs:
            saved = values[count + len(compiled.given) :]
            kept = [
                f"{name(keep)}({a})"
                if k in compiled.kept
                and not isinstance(trace.leaves[k], Tensor)
                and isinstance(trace.leaves[k], np.ndarray)
                else None
                for k, a in enumerate(self.leaves)
            ]
            kept += [
                f"{name(keep)}({x.text(name)})"
                if kind == "place" and id(x) in compiled.kept_places
                else None
                for kind, x in compiled.sources
            ]
            arrays = [f"arrays[{k}]" if text is None else text for k, text in enumerate(kept)]
            leaves = [
                f"arrays[{k}]" if not isinstance(x, Tensor) else a
                for k, (a, x) in enumerate(zip(self.leaves, trace.leaves, strict=True))
            ]
            lines += [
                f"arrays = ({''.join(a + ', ' for a in arrays)})",
                f"own = ({''.join(a + ', ' for a in leaves)})",
                f"{name(Run)}({name(compiled)}, own, arrays, ({''.join(v + ', ' for v in saved)}))"
                ".attach(results)",
            ]
        return [*lines, f"return {name(trace.rebuilt)}(results, leaves)"]


def _ask(asked: list[Callable[[], bool]]) -> Iterator[bool]:
    return (holds() for holds in asked)
