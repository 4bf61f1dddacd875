"""One trace, compiled: which conditions it holds under, and how it is run."""

from __future__ import annotations

import linecache
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import engine
from ..formula import Op
from ..tensor import Tensor
from . import readable
from .fast import Fast
from .names import Names, plain
from .node import Node, inputs_of, nodes_in
from .program import Effect, lower, tensors_of
from .tape import wrap
from .trace import Trace


class Compiled:
    """The program of one trace. `source` is for reading, and can be run as it stands (`readable`); `program` is what
    runs."""

    def __init__(self, trace: Trace, captured: set[int]) -> None:
        self.trace, self.name, self.lock = trace, plain(trace.name), threading.Lock()
        seeds = [seed for seed, _ in trace.backs]
        gradients = [g for _, found in trace.backs for g in found]
        program = lower(trace.tape, [*trace.arguments, *seeds], [*trace.results, *gradients], captured,
                        [*trace.names, *("g" for _ in seeds)])
        self.count = len(trace.results)
        results, back = program.outputs[: self.count], program.outputs[self.count:]
        argument = program.argument_of
        effects = program.lasting()
        last = {id(e.target): e for e in effects if e.kind == "grad"}
        self.grads = [(e.target, argument(e.target), e.values[0] if e.values else None) for e in last.values()]
        touched = {id(t): t for e in effects if e.kind in ("write", "update") for t in e.tensors()}
        self.touched = [(t, argument(t)) for t in touched.values()]
        self.own_number = {id(t): k for k, t in enumerate(trace.own)}
        self.tensors = [t for t in tensors_of(program) if argument(t) is None]
        self.state = [(t, t._requires_grad, t.buffer, trace.tape.found_none.get(id(t))) for t in self.tensors]
        self.updates = [(e.target, list(e.target.groups), readable.inlines(e)) for e in effects if e.kind == "update"]

        names = Names(program, {"np", self.name})
        order = dict.fromkeys((kind, x if kind == "argument" else id(x)) for kind, x in program.sources.values())
        objects = {(kind, id(x)): (kind, x) for kind, x in program.sources.values() if kind != "argument"}
        self.sources = [objects[key] for key in order if key[0] != "argument"]
        parameters = [names.outside["argument", k] for k in range(len(trace.arguments))]
        parameters += [names.outside[kind, id(x)] for kind, x in self.sources]
        given = [v for _, _, v in self.grads if v is not None]
        ends = [names.outside["argument", len(trace.arguments) + k] + ("" if s.ndim else f"=np.{s.dtype.name}(1)")
                for k, s in enumerate(seeds)]
        self.source = readable.text(program, self.name, names, [*parameters, *ends], given)
        self.readable = _compile(self.name, self.source, names.scope)

        names.inline = False
        names.taken.add("calm")
        # A gradient that an optimizer's buffer waits for is written there; the others are returned.
        accumulates = any(kind == "gradient" for kind, _ in program.sources.values())
        self.given = [k for k, (t, _, v) in enumerate(self.grads) if v is not None and t.buffer is None]
        stores = [(t.buffer, v) for t, _, v in self.grads if v is not None and t.buffer is not None]
        outputs = [*results, *(self.grads[k][2] for k in self.given)]
        items = program.items(outputs)
        known = {id(x) for x in items if isinstance(x, Node)}
        whole = program.items([*outputs, *back])
        rest: list[Node | Effect] = [x for x in whole
                                     if isinstance(x, Node) and (id(x) not in known or x.kind == "input")]
        reads = [n for x in rest if isinstance(x, Node) for n in inputs_of(x)] + list(nodes_in(back))
        self.saved = list({id(n): n for n in reads if id(n) in known and n.kind != "input"}.values())
        outputs += self.saved
        fast = Fast(program, names, items, outputs, [] if accumulates else stores, stores)
        self.program = fast.text(self.name, parameters)
        self.forward = _compile(self.name, self.program, names.scope)
        fresh, self.buffers = fast.fresh(), fast.buffers
        self.copied = [not isinstance(v, Node) or id(v) not in fresh for v in outputs[: self.count + len(self.given)]]
        self.copied += [False] * len(self.saved)
        if trace.backs:
            self._write_backward(program, names, rest, back, [*parameters, *(e.partition("=")[0] for e in ends)])
        self._runner()

    def _write_backward(self, program: Any, names: Names, rest: list, back: list, parameters: list[str]) -> None:
        """The second half of a function whose results are differentiated outside."""
        label = f"{self.name}_backward"
        fast = Fast(program, names, rest, list(back), [], [])
        text = fast.text(label, [*parameters, *(names.of[id(n)] for n in self.saved)])
        self.program += "\n" + text
        self.backward = _compile(label, text, names.scope)
        fresh = fast.fresh()
        self.back_copied = [not isinstance(v, Node) or id(v) not in fresh for v in back]
        read = {names.of[id(n)] for n in rest if isinstance(n, Node) and n.kind == "input"}
        self.looked_at = tuple(k for k, t in enumerate(self.trace.inputs) if self._name_of(t, names) in read)
        self.operations = [self._operation(k) for k in range(len(self.trace.backs))]

    def _name_of(self, t: Any, names: Names) -> str | None:
        return names.outside["argument", t] if isinstance(t, int) else names.outside.get(("tensor", id(t)))

    def _operation(self, k: int) -> Op:
        """What a differentiable result says it was made by."""
        inputs = tuple(f"x{i}" for i in range(len(self.trace.inputs)))
        op = Op()
        op.name, op.formula = self.name, f"{self.name}({', '.join(inputs)})"
        op.inputs, op.variadic, op.params, op.view, op.output_unit = inputs, False, {}, False, False
        op.rules = {name: f"the source of the jitted {self.name}" for name in inputs}
        op.gradients = tuple(_rule(k, i) for i in range(len(inputs)))
        op.reads = tuple(self.looked_at for _ in inputs)
        op.forward = self.readable
        op.__doc__ = self.source
        return op

    def _still_holds(self) -> bool:
        """Whether parameters, optimizers and modules are as they were; asked only when `engine.edits` has grown."""
        for t, requires_grad, buffer, _ in self.state:
            if t._requires_grad is not requires_grad or t.buffer is not buffer:
                return False
        for optimizer, groups, inline in self.updates:
            if optimizer.groups != groups or (inline and any(p.buffer is not view for g in groups for p, view
                                                             in zip(g.tensors, g.views, strict=True))):
                return False
        return self.trace.surroundings.unchanged()

    def _runner(self) -> None:
        """Write `holds` and `run` for this program: what they do for every argument and parameter is one line each,
        without a loop, since a small program takes no longer than a few of these lines."""
        scope: dict[str, Any] = {"np": np, "engine": engine, "Tensor": Tensor, "wrap": wrap, "tick": engine.tick,
                                 "edits": engine.edits, "known": [engine.edits[0]], "self": self, "Run": Run,
                                 "lock": self.lock, "forward": self.forward, "rebuilt": self.trace.rebuilt}
        numbers: dict[int, str] = {}

        def name(x: Any) -> str:
            if id(x) not in numbers:
                numbers[id(x)] = f"o{len(numbers)}"
                scope[numbers[id(x)]] = x
            return numbers[id(x)]
        leaves = [f"a{k}" for k in range(len(self.trace.own))]
        unpack = [f"({', '.join(leaves)},) = leaves"] if leaves else []
        conditions = ["(edits[0] == known[0] or recheck())"]
        conditions += [f"({name(t)}._grad is None) is {none}" for t, _, _, none in self.state if none is not None]
        conditions += self.trace.surroundings.conditions(name)

        def recheck() -> bool:
            if not self._still_holds():
                return False
            scope["known"][0] = engine.edits[0]
            return True
        scope["recheck"] = recheck
        sources = []
        for kind, x in self.sources:
            place = leaves[self.own_number[id(x)]] if id(x) in self.own_number else name(x)
            sources.append(f"{place}._data" if kind == "tensor" else f"{place}._grad" if kind == "gradient" else place)
        data = [f"{a}._data" if isinstance(x, Tensor) else a
                for a, x in zip(leaves, self.trace.leaves, strict=True)]
        values = [f"v{k}" for k in range(self.count + len(self.given) + len(self.saved))]
        taken = [f"np.array({v})" if copy else v for v, copy in zip(values, self.copied, strict=True)]
        body = [*unpack, f"arrays = ({', '.join([*data, *sources])}{',' if data or sources else ''})"]
        alone = "with lock: " if self.buffers else ""            # two threads must not share a buffer
        body += [f"{alone}{', '.join(values) + ' = ' if values else ''}forward(*arrays)"]
        for n, k in enumerate(self.given):
            t, argument, _ = self.grads[k]
            owner, value = name(t) if argument is None else leaves[argument], taken[self.count + n]
            body += [f"{owner}._grad = {value} if type({value}) is np.ndarray else np.asarray({value})"]
            if argument is not None:
                body += [f"if {owner}.buffer is not None: {owner}.buffer[...] = {owner}._grad; "
                         f"{owner}._grad = {owner}.buffer"]
        for t, argument, gradient in self.grads:
            if gradient is None:
                body += [f"{name(t) if argument is None else leaves[argument]}._grad = None"]
            elif t.buffer is not None:
                body += [f"{name(t)}._grad = {name(t.buffer)}"]
        for t, argument in self.touched:
            if argument is None:
                body += [f"if {name(t)}.seal is None: {name(t)}.step = tick()", f"else: engine.rewritten({name(t)})"]
            elif isinstance(self.trace.leaves[argument], Tensor):
                body += [f"engine.rewritten({leaves[argument]})"]
        if self.touched:
            body += ["engine.last_write = tick()"]
        self.plain = not self.trace.backs and all(s[0] == "result" for s in self.trace.specs)
        bare = f"return [{', '.join(values[s[1]] for s in self.trace.specs)}]" if self.plain else "raise TypeError"
        raw = [*body, bare]
        specs, outputs = self.trace.specs, self.trace.outputs
        if len(specs) == 1 and self.plain and self.trace.restore(outputs) is outputs[0]:
            body += [f"y = wrap({taken[0]})", f"y.name = {specs[0][2]!r}", "return y"]
        body += [f"results = [{', '.join(f'wrap({v})' for v in taken[: self.count])}]"]
        if self.trace.backs:
            saved = values[self.count + len(self.given):]
            body += [f"Run(self, leaves, arrays, ({''.join(v + ', ' for v in saved)})).attach(results)"]
        body += ["return rebuilt(results, leaves)"]
        fits = f"return {' and '.join([*self._kinds(leaves, name), *conditions])}"
        holds = f"return {' and '.join(conditions)}"
        text = "\n".join(line for head, lines in (("fits", [*unpack, fits]), ("holds", [*unpack, holds]), ("raw", raw),
                                                  ("run", body))
                         for line in [f"def {head}(leaves):", *(f"    {line}" for line in lines), ""])
        self.holds, self.run, self.fits = _compile("holds", text, scope), scope["run"], scope["fits"]
        self.raw: Callable[[Any], list[Any]] = scope["raw"]      # bare arrays and numbers, where results are constants

    def _kinds(self, leaves: list[str], name: Callable[[Any], str]) -> list[str]:
        """What says that arguments are of the kind that was traced, as expressions: what `Jitted` has a key for."""
        found: list[str] = []
        tensors: list[str] = []
        for a, leaf, own in zip(leaves, self.trace.leaves, self.trace.own, strict=True):
            data = f"{a}._data" if isinstance(leaf, Tensor) else a
            found += [f"type({a}) is {'Tensor' if isinstance(leaf, Tensor) else 'np.ndarray'}",
                      f"{data}.shape == {own.shape}", f"{data}.dtype is {name(own.dtype)}"]
            if isinstance(leaf, Tensor):
                found += [f"{a}._requires_grad is {own._requires_grad}", f"{a}.name == {self.trace.given_names[a]!r}",
                          f"{a}.op is None", *([f"{a}._grad is None"] if own._requires_grad else []),
                          *(f"{a} is not {b}" for b in tensors)]
                tensors.append(a)
        return found

    def first(self, leaves: list[Any]) -> Any:
        """What the call that was traced returns."""
        results = [wrap(array.copy()) for array in self.trace.results]
        if self.trace.backs:
            arrays = [getattr(x, "_data", x) for x in leaves]
            arrays += [x._data if kind == "tensor" else x if kind == "array" else x._grad for kind, x in self.sources]
            Run(self, leaves, arrays, tuple(n.value for n in self.saved)).attach(results)
        return self.trace.rebuilt(results, leaves)


    def forget(self) -> None:
        """Let go of the run that was traced: its numbers are needed no more."""
        self.saved, self.grads = [], []
        self.trace.forget()


class Run:
    """One run whose results are differentiated outside: what its walk back reads."""

    def __init__(self, compiled: Compiled, leaves: list[Any], arrays: list[Any], saved: tuple) -> None:
        self.compiled, self.leaves, self.arrays, self.saved = compiled, leaves, arrays, saved
        self.done: dict[int, tuple[Any, list[Any]]] = {}

    def attach(self, results: list[Tensor]) -> None:
        """Tell the results how they were made."""
        trace = self.compiled.trace
        inputs = tuple(self.leaves[t] if isinstance(t, int) else t for t in trace.inputs)
        for k, n in enumerate(trace.differentiable):
            y = results[n]
            y.op, y.inputs, y.params = self.compiled.operations[k], inputs, {"run": self}
            y._requires_grad = True

    def gradient(self, k: int, i: int, g: Any, inputs: tuple) -> Any:
        """dL/d(input i), given dL/d(differentiable result k)."""
        before = self.done.get(k)
        if before is None or before[0] is not g:
            found = self._again(k, g) if isinstance(g, Tensor) else self._walk(k, g)
            before = self.done[k] = g, found
        return before[1][i]

    def _walk(self, k: int, g: np.ndarray) -> list[Any]:
        c = self.compiled
        n, width = len(c.trace.backs), len(c.trace.inputs)
        seeds = [g if j == k else np.zeros(seed.shape, seed.dtype) for j, (seed, _) in enumerate(c.trace.backs)]
        with c.lock:
            found = c.backward(*self.arrays, *seeds, *self.saved)
        if n * width == 1:
            found = (found,)
        part = slice(k * width, (k + 1) * width)
        return [np.array(v) if copy else v for v, copy in zip(found[part], c.back_copied[part], strict=True)]

    def _again(self, k: int, g: Tensor) -> list[Any]:
        """The gradient of a gradient: the function itself is run, and recorded."""
        trace = self.compiled.trace
        with engine.recorded():
            outputs = trace.flat(trace.call(self.leaves))
            root = trace.root(outputs, k)
            inputs = [self.leaves[t] if isinstance(t, int) else t for t in trace.inputs]
            found = engine.backward([(root, g)], wanted={x.step for x in inputs}, create_graph=True)
        return [found[x.step][1] if x.step in found else wrap(np.zeros(x.shape, x.dtype)) for x in inputs]


def _rule(k: int, i: int) -> Callable[..., Any]:
    return lambda g, y, *inputs, run: run.gradient(k, i, g, inputs)


def _compile(name: str, source: str, scope: dict[str, Any]) -> Callable[..., Any]:
    where = f"<jit {name} {engine.tick()}>"
    found = scope if name == "holds" else dict(scope)
    exec(compile(source, where, "exec"), found)
    linecache.cache[where] = len(source), None, source.splitlines(True), where
    return found[name]
