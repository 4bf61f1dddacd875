"""One trace, compiled: which conditions it holds under, and how it is run."""

from __future__ import annotations

import linecache
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import engine
from ..formula import Op
from ..optim import Optimizer
from ..tensor import Tensor
from . import readable
from .fast import Fast, places_of
from .names import Names, plain
from .node import Node, inputs_of, nodes_in
from .program import Effect, Program, tensors_of
from .surroundings import Surroundings
from .tape import wrap


class Compiled:
    """The program of one trace. `source` is for reading and can be run as it stands; `program` is what runs."""

    def __init__(self, name: str, program: Program, outputs: int, leaves: list[Tensor], roots: list[Any],
                 optimizers: list[Optimizer], surroundings: Surroundings) -> None:
        self.name, self.surroundings, self.roots = plain(name), surroundings, roots
        self.tensors = [t for t in tensors_of(program) if program.argument_of(t) is None]
        self.leaves = leaves                         # of the differentiable outputs, in the order of their gradients
        self.gradient_of = {id(x): wrapped for x, wrapped in program.tape.gradients.values()}
        self.state = [(t, t._requires_grad) for t in self.tensors]
        self.optimizers = [(o, list(o.groups)) for o in optimizers]
        self.lock = threading.Lock()
        effects = program.lasting()
        self.touched = list({id(t): t for e in effects for t in (
            [p for g in e.target.groups for p in g.tensors] if e.kind == "update" else
            [e.target] if e.kind == "write" else [])}.values())
        self.touched_arguments = [k for t in self.touched if (k := program.argument_of(t)) is not None]
        self.touched = [t for t in self.touched if program.argument_of(t) is None]
        grads = {id(e.target): e for e in effects if e.kind == "grad"}       # the last one counts
        self.grads = [(e.target, program.argument_of(e.target), e.values[0] if e.values else None)
                      for e in grads.values()]
        self.outputs = outputs
        self._write(program)

    def _write(self, program: Program) -> None:
        arguments = len(program.arguments)
        names = Names(program, {"np", self.name})
        seeds = program.arguments[self.first_seed(program):]
        parameters, self.sources = [], []
        used = {(kind, x if kind == "argument" else id(x)): (kind, x) for kind, x in program.sources.values()}
        for k in range(arguments):
            name = names.outside["argument", k]
            array = program.arguments[k]
            parameters.append(f"{name}=1.0" if any(array is s and s.ndim == 0 for s in seeds) else name)
        order = [s for s in used.values() if s[0] != "argument"]
        parameters = [p for p in parameters if "=" not in p] + [
            names.outside[kind, id(x)] for kind, x in order] + [p for p in parameters if "=" in p]
        self.sources = order
        given = [v for _, _, v in self.grads if v is not None]
        places = places_of(program)
        self.source = readable.text(program, self.name, names, parameters, given)
        self.readable = _compile(self.name, self.source, names.scope)

        split = len(program.outputs) - len(self.leaves) * max(1, self.outputs_differentiable(program))
        forward_results = [*program.outputs[:split], *given]
        plain_parameters = [p.partition("=")[0] for p in parameters]
        items = program.items(forward_results)
        self.back: list[tuple[Callable, list[str]]] = []
        backward_results = program.outputs[split:]
        if backward_results:
            known = {id(x) for x in items if isinstance(x, Node)}
            whole = program.items([*forward_results, *backward_results])
            rest = [x for x in whole if isinstance(x, Node) and (id(x) not in known or x.kind == "input")]
            saved = list({id(n): n for x in rest for n in inputs_of(x) if id(n) in known and n.kind != "input"}.values())
            saved += [n for n in {id(n): n for n in nodes_in(backward_results)}.values()
                      if id(n) in known and n.kind != "input" and n not in _by_identity(saved)]
        else:
            rest, saved = [], []
        self.program = Fast(program, names, items, [*forward_results, *saved], places).text(self.name, plain_parameters)
        self.run_forward = _compile(self.name, self.program, names.scope)
        self.saved = len(saved)
        if backward_results:
            label = f"{self.name}_backward"
            text = Fast(program, names, rest, list(backward_results), {}).text(
                label, [*plain_parameters, *(names.of[id(n)] for n in saved)])
            self.program += "\n\n" + text
            self.run_backward = _compile(label, text, names.scope)

    @staticmethod
    def first_seed(program: Program) -> int:
        return getattr(program, "seeds_from", len(program.arguments))

    @staticmethod
    def outputs_differentiable(program: Program) -> int:
        return len(program.arguments) - Compiled.first_seed(program)


def _by_identity(nodes: list[Node]) -> Any:
    ids = {id(n) for n in nodes}

    class Bag:
        def __contains__(self, n: Node) -> bool:
            return id(n) in ids
    return Bag()


def _compile(name: str, source: str, scope: dict[str, Any]) -> Callable[..., Any]:
    where = f"<jit {name} {engine.tick()}>"
    found: dict[str, Any] = dict(scope)
    exec(compile(source, where, "exec"), found)
    linecache.cache[where] = len(source), None, source.splitlines(True), where
    return found[name]
