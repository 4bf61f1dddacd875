"""One trace, compiled: which conditions it holds under, and how it is run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from ..formula import Op
from ..tensor import Tensor
from .execute import functions_of
from .ir.lowering import lower
from .ir.node import Node, inputs_of, nodes_in
from .ir.program import Effect, Program, tensors_of
from .runner import Runner
from .targets import numpy_readable
from .targets.names import Names, Numbered, identifier
from .targets.numpy_fast import Fast
from .targets.updates import inlines
from .trace.guards import Contents, Guard, Members, Part, of_optimizer
from .trace.tracing import Trace


class Compiled:
    """The program of one trace. `source` is for reading; `program` is what runs.

    `trace` is what one call of the function did, operation by operation.

    >>> import tinygrad_edu as tg
    >>> double = tg.jit(lambda x: x + x)
    >>> double(tg.tensor(3.0)).item()
    6.0
    >>> type(double.latest).__name__, "def " in double.latest.source
    ('Compiled', True)
    """

    trace: Trace
    name: str
    lock: threading.Lock
    count: int  # of the results
    sources: list[tuple[str, Any]]  # what comes from outside, beside the arguments
    source: str
    program: str
    gives_numbers: bool
    fits: Callable[[Any], bool]
    holds: Callable[[Any], bool]
    run: Callable[[Any], Any]
    raw: Callable[[Any], list[Any]]
    written: tuple[Program, list[Any]]
    grads: list[tuple[Tensor, int | None, Any]]  # whose .grad is set, its argument, the value
    touched: list[tuple[Tensor, int | None]]
    own_number: dict[int, int]
    tensors: list[Tensor]
    state: list[tuple[Tensor, bool, np.ndarray | None, bool | None]]
    updates: list[tuple[Any, list[Any], bool]]
    members: list[Members]
    scope: dict[str, Any]
    given: list[int]
    saved: list[Node]
    buffers: int
    copied: list[bool]
    copied_saved: set[int]
    # Only with a walk back outside
    back_copied: list[bool]
    constants: list[Any]
    looked_at: tuple[int, ...]
    kept: set[int]
    kept_places: set[int]
    operations: list[Op]

    def __init__(self, trace: Trace) -> None:
        self.trace, self.name, self.lock = trace, identifier(trace.name), threading.Lock()
        seeds = [seed for seed, _ in trace.backs]
        gradients = [g for _, found in trace.backs for g in found]
        program = lower(
            trace.tape,
            [*trace.arguments, *seeds],
            [*trace.results, *gradients],
            [*trace.names, *("g" for _ in seeds)],
            trace.used_places(),
        )
        self.count = len(trace.results)
        results, back = program.outputs[: self.count], program.outputs[self.count :]
        self._effects(program)
        order = dict.fromkeys(
            (kind, x if kind == "argument" else id(x)) for kind, x in program.sources.values()
        )
        objects = {
            (kind, id(x)): (kind, x) for kind, x in program.sources.values() if kind != "argument"
        }
        self.sources = [objects[key] for key in order if key[0] != "argument"]
        given = [v for _, _, v in self.grads if v is not None]
        self.source = self._readable(program, given)
        self._fast(program, results, back)
        runner = Runner(self)
        self.gives_numbers, self.fits, self.holds = runner.gives_numbers, runner.fits, runner.holds
        self.run, self.raw = runner.run, runner.raw
        self.written = program.without_numbers(), given

    def text(self, target: str) -> str:
        """The program in a target's language."""
        if target == "numpy":
            return self.source
        from .targets.step import LANGUAGES, step_text

        if target in LANGUAGES:
            return step_text(target, self.written[0], self.name, self.count, self.written[1])
        known = ", ".join(["numpy", *LANGUAGES])
        raise ValueError(f"unknown target {target!r}; known: {known}")

    def _effects(self, program: Program) -> None:
        """What the program changes, and what must be as it was for that."""
        trace, argument = self.trace, program.argument_of
        effects = program.lasting()
        last = {id(e.target): e for e in effects if e.kind == "grad"}
        self.grads = [
            (e.target, argument(e.target), e.values[0] if e.values else None) for e in last.values()
        ]
        touched = {id(t): t for e in effects if e.kind in ("write", "update") for t in e.tensors()}
        self.touched = [(t, argument(t)) for t in touched.values()]
        self.own_number = {id(t): k for k, t in enumerate(trace.own)}
        self.tensors = [t for t in tensors_of(program) if argument(t) is None]
        self.state = [
            (t, t._requires_grad, t.attached.buffer, trace.tape.found_none.get(id(t)))
            for t in self.tensors
        ]
        self.updates = [
            (e.target, list(e.target.groups), inlines(e)) for e in effects if e.kind == "update"
        ]
        # Only asked when `versions.structure_version` has grown; the others before every run.
        self.members = [g for g in trace.world.guards if isinstance(g, Members)]
        self.guards: list[Guard] = [g for g in trace.world.guards if not isinstance(g, Members)]
        for optimizer, groups, inline in self.updates:
            what = f"the state of {type(optimizer).__name__}"
            if inline:
                self.guards += [
                    Contents(what, part) for part in (optimizer.state, *optimizer.state)
                ]
                self.guards += [
                    Part(what, g, key) for g in groups for key in ("values", "gradients")
                ]
                self.guards += of_optimizer(optimizer)

    def _parameters(self, names: Names) -> list[str]:
        """The parameters of the program: arguments, then what comes from outside."""
        found = [names.outside["argument", k] for k in range(len(self.trace.arguments))]
        return found + [names.outside[kind, id(x)] for kind, x in self.sources]

    def _seeds(self, names: Names) -> list[str]:
        first = len(self.trace.arguments)
        return [names.outside["argument", first + k] for k in range(len(self.trace.backs))]

    def _readable(self, program: Program, given: list[Any]) -> str:
        names = Names(program, {"np", self.name})
        self.scope = names.scope  # the objects that the text for reading names
        return numpy_readable.text(
            program, self.name, names, [*self._parameters(names), *self._seeds(names)], given
        )

    def _fast(self, program: Program, results: list[Any], back: list[Any]) -> None:
        names = Numbered(program)
        # A gradient that an optimizer's buffer waits for is written there; the others are returned.
        accumulates = any(kind == "gradient" for kind, _ in program.sources.values())
        self.given = [
            k
            for k, (t, _, v) in enumerate(self.grads)
            if v is not None and t.attached.buffer is None
        ]
        stores = [
            (t.attached.buffer, v)
            for t, _, v in self.grads
            if v is not None and t.attached.buffer is not None
        ]
        outputs = [*results, *(self.grads[k][2] for k in self.given)]
        items = program.items(outputs)
        known = {id(x) for x in items if isinstance(x, Node)}
        whole = program.items([*outputs, *back])
        rest: list[Node | Effect] = [
            x for x in whole if isinstance(x, Node) and (id(x) not in known or x.kind == "input")
        ]
        reads = [n for x in rest if isinstance(x, Node) for n in inputs_of(x)] + list(
            nodes_in(back)
        )
        self.saved = list(
            {id(n): n for n in reads if id(n) in known and n.kind != "input"}.values()
        )
        outputs += self.saved
        fast = Fast(program, names, items, outputs, [] if accumulates else stores, stores)
        parameters = self._parameters(names)
        self.program = fast.text("run", parameters)
        fresh, self.buffers = fast.fresh(), fast.buffers
        self.copied = [
            not isinstance(v, Node) or id(v) not in fresh
            for v in outputs[: self.count + len(self.given)]
        ]
        # A value kept for later must not be a view of an array that the user may refill until then.
        arrays = {
            id(n)
            for n in program.graph.nodes
            if n.kind == "input"
            and program.sources[id(n)][0] in ("argument", "place")
            and not self._is_tensor(program, n)
        }
        # Nor of a constant, whose parts are copies in a plain run.
        arrays |= {
            id(n)
            for n in program.graph.nodes
            if n.kind == "input" and self._is_constant(program, n)
        }
        self.copied_saved = {id(n) for n in self.saved if fast.memory.get(id(n)) in arrays}
        self.copied += [id(n) in self.copied_saved for n in self.saved]
        if self.trace.backs:
            self._backward(program, names, rest, back, [*parameters, *self._seeds(names)], fast)
        found = functions_of(self.program, names.scope, self)
        self.forward: Callable[..., Any] = found["run"]
        self.backward: Callable[..., Any] | None = found.get("back")

    def _is_constant(self, program: Program, node: Node) -> bool:
        kind, x = program.sources[id(node)]
        if self._is_tensor(program, node):
            x = self.trace.own[x]
        elif kind != "tensor":
            return False
        return not x._requires_grad

    def _is_tensor(self, program: Program, node: Node) -> bool:
        kind, k = program.sources[id(node)]
        return (
            kind == "argument"
            and k < len(self.trace.leaves)
            and isinstance(self.trace.leaves[k], Tensor)
        )

    def _backward(
        self,
        program: Program,
        names: Numbered,
        rest: list[Any],
        back: list[Any],
        parameters: list[str],
        forward: Fast,
    ) -> None:
        """The second half of a function whose results are differentiated outside."""
        fast = Fast(program, names, rest, list(back), [], [])
        self.program += "\n" + fast.text(
            "back", [*parameters, *(names.of[id(n)] for n in self.saved)]
        )
        fresh = fast.fresh()
        self.back_copied = [not isinstance(v, Node) or id(v) not in fresh for v in back]
        read = {id(n) for x in rest if isinstance(x, Node) for n in inputs_of(x)} | {
            id(n) for n in nodes_in(back)
        }
        # A saved view of a parameter is read too.
        read |= {
            forward.memory.get(id(n), id(n)) for n in self.saved if id(n) not in self.copied_saved
        }
        inputs = [
            program.sources[id(n)]
            for n in program.graph.nodes
            if n.kind == "input" and id(n) in read
        ]
        trace = self.trace
        # Constants are inputs as well: changed before backward(), they make the graph stale.
        known = {t if isinstance(t, int) else id(t) for t in trace.inputs}
        read_here = {
            x if kind == "argument" else id(x): x
            for kind, x in inputs
            if kind == "tensor"
            or (
                kind == "argument" and x < len(trace.leaves) and isinstance(trace.leaves[x], Tensor)
            )
        }
        self.constants = [x for key, x in read_here.items() if key not in known]
        self.looked_at = tuple(
            k
            for k, t in enumerate([*trace.inputs, *self.constants])
            if (t if isinstance(t, int) else id(t)) in read_here
        )
        # Of these the walk back needs the numbers as they are now: users refill their arrays.
        self.kept = {k for kind, k in inputs if kind == "argument"}
        self.kept_places = {id(x) for kind, x in inputs if kind == "place"}
        self.operations = [self._operation(k) for k in range(len(trace.backs))]

    def _operation(self, k: int) -> Op:
        """What a differentiable result says it was made by."""
        count, width = len(self.trace.inputs), len(self.trace.inputs) + len(self.constants)
        inputs = tuple(f"x{i}" for i in range(width))
        op = Op()
        op.name, op.formula = self.name, f"{self.name}({', '.join(inputs)})"
        op.inputs, op.variadic, op.params, op.view, op.output_unit = inputs, False, {}, False, False
        op.rules = {name: f"the source of the jitted {self.name}" for name in inputs[:count]}
        op.gradients = tuple(_rule(k, i) if i < count else None for i in range(width))
        op.reads = tuple(self.looked_at for _ in inputs)
        op.forward = self.trace.f
        op.__doc__ = self.source
        return op

    def still_holds(self) -> bool:
        """Whether parameters, optimizers and modules are as they were; asked only when
        `versions.structure_version` has grown."""
        for t, requires_grad, buffer, _ in self.state:
            if t._requires_grad is not requires_grad or t.attached.buffer is not buffer:
                return False
        for optimizer, groups, inline in self.updates:
            if optimizer.groups != groups or (
                inline
                and any(
                    p.attached.buffer is not view
                    for g in groups
                    for p, view in zip(g.tensors, g.views, strict=True)
                )
            ):
                return False
        return all(guard.holds() for guard in self.members)

    def forget(self) -> None:
        """Let go of the run that was traced: its numbers are needed no more."""
        self.saved, self.grads, self.copied_saved = [], [], set()
        self.trace.forget()


def _rule(k: int, i: int) -> Callable[..., Any]:
    return lambda g, y, *inputs, run: run.gradient(k, i, g, inputs)
