"""A trace: one run of a function on stand-ins for its arguments, with a tape, and what came of
it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...autodiff import modes, versions, walk
from ...autodiff.attached import attach, known_logits
from ...autodiff.messages import describe
from ...autodiff.modes import mode
from ...autodiff.snapshots import keep
from ...tensor import Tensor
from ...transforms.trees import flatten
from .guards import Held, Numbers, Place, is_plain
from .plain import wrap
from .tape import Tape
from .twins import Twins
from .watched import Watched
from .world import World


class Trace:
    """One run of a function. `call` takes the function and the leaves of its arguments: arrays and
    tensors.

    `results` are the values that a program has to compute; `differentiable` numbers those that can
    be differentiated outside, with respect to `inputs` (tensors, and numbers of arguments); `backs`
    holds for each its seed, and the gradients for all inputs.
    """

    name: str
    f: Callable[..., Any]
    call: Callable[[Callable[..., Any], list[Any]], Any]
    names: list[str]
    world: World
    tape: Tape
    leaves: list[Any]
    given_names: dict[str, str | None]
    own: list[Any]  # what stands in for the leaves
    kinds: list[tuple[Any, ...]]
    arguments: list[np.ndarray]
    places: dict[tuple[int, str], Watched]
    twins: Twins
    outputs: list[Any]
    restore: Callable[[list[Any]], Any]
    effects: bool
    specs: list[tuple[Any, ...]]

    def __init__(
        self,
        name: str,
        f: Callable[..., Any],
        call: Callable[[Callable[..., Any], list[Any]], Any],
        leaves: list[Any],
        names: list[str],
        world: World,
        tape: Tape,
        constants: bool,
    ) -> None:
        self.name, self.f, self.call, self.names = name, f, call, names
        self.world, self.tape, self.leaves = world, tape, leaves
        self.given_names = {f"a{k}": x.name for k, x in enumerate(leaves) if isinstance(x, Tensor)}
        self.own = [_stand_in(x, n, tape) for x, n in zip(leaves, names, strict=True)]
        self.kinds = [
            (x.name, x._requires_grad, x.retains) if isinstance(x, Tensor) else () for x in self.own
        ]
        self.arguments = [x._data if isinstance(x, Tensor) else x.value for x in self.own]
        self.places = {
            key: Watched(
                place.array.view(), tape, frozenset([key]), None, f"the array {place.word}"
            )
            for key, place in world.places.items()
        }
        tape.made_here |= {
            id(w.value): w.value for w in (*self.places.values(), *self.own) if type(w) is Watched
        }
        self.twins = Twins(world, self.places)
        tape.asks_type = world.asks_type
        self.results: list[Any] = []
        self.backs: list[tuple[np.ndarray, list[np.ndarray]]] = []
        self.differentiable: list[int] = []
        self.tensors: list[Tensor] = []
        self.inputs: list[Any] = []
        with modes.switched("tape", tape):
            value = call(self.twins.of(f), self.own)
            tape.end()
            self.outputs, self.restore = flatten(value)
            self.effects = constants or any(
                e.kind in ("write", "update") or (e.kind == "grad" and e.inputs)
                for e in tape.entries
            )
            self.specs = [self._spec(x) for x in self.outputs]
            if self.differentiable:
                self._walk_back()
        self._arguments_done()
        self._freeze()

    def _arguments_done(self) -> None:
        """What happened to stand-ins happened to the arguments; and what cannot be told apart is
        refused."""
        tape = self.tape
        for x, own, kind in zip(self.leaves, self.own, self.kinds, strict=True):
            if not isinstance(x, Tensor):
                continue
            if id(own) in tape.gradients:
                if x.op is not None:
                    tape.refuse(
                        f"backward() inside the function reaches {describe(x)}, which has a graph "
                        "of its own outside",
                        "pass x.detach(), or return the loss and call backward() outside",
                    )
                x._grad = own._grad
            if (own.name, own._requires_grad, own.retains) != kind:
                tape.refuse(
                    f"it changes the name, or requires_grad, of the argument {describe(x)}",
                    "set it outside",
                )
            if tape.owners.get(id(x._data)) is x:
                tape.refuse(
                    f"{describe(x)} is an argument, and the function has it from outside too",
                    "pass it one way only",
                )
            if x.attached.behind is not None:
                tape.refuse(
                    f"the argument {describe(x)} is what an output unit returned, whose logits a "
                    "loss would look for",
                    "pass the logits, or call the output unit inside",
                )
        if self.twins.written():
            tape.refuse("it writes attributes on a function", "return the value instead")

    def _freeze(self) -> None:
        """Guard the numbers of the arrays outside that the function looked at."""
        for key in self.tape.frozen:
            place = self.world.places[key]
            what = f"the entries of {place.word}"
            self.world.guards.append(Numbers(what, place.array))
            if place.guard is not None:
                self.world.guards.append(Held(what, place.guard, place.array))

    def used_places(self) -> list[tuple[np.ndarray, Place]]:
        """The arrays that stood in places, and the places."""
        return [(watched.value, self.world.places[key]) for key, watched in self.places.items()]

    def forget(self) -> None:
        """Let go of the numbers of this run, and of its graph."""
        self.leaves = [_emptied(x) for x in self.leaves]
        self.own = [_Kind(x) for x in self.own]
        self.tape = Tape(self.tape.strict)
        self.outputs, self.results, self.tensors, self.arguments, self.places = [], [], [], [], {}
        self.twins = Twins(self.world, {})

    # What is returned

    def _spec(self, x: Any) -> tuple[Any, ...]:
        """How an output is made of the program's results."""
        if type(x) is Watched or isinstance(x, (np.ndarray, np.generic)):
            return self._array(x)
        if not isinstance(x, Tensor):
            if not is_plain(x) and not self.world.knows(x):
                self.tape.refuse(
                    f"the function returns a {type(x).__name__} that it made",
                    "return tensors, in tuples, lists and dicts",
                )
            return "static", x
        for k, own in enumerate(self.own):
            if own is x:
                return "argument", k
        if x.op is None and id(x) not in self.tape.born and id(x._data) not in self.tape.made_here:
            return "tensor", x
        if x.attached.behind is not None and x.op is None:
            self.tape.refuse(
                f"the function returns {describe(x)}, a constant that refers to the logits behind "
                "it",
                "return what the output unit returned, and write .detach() outside",
            )
        if x.op is not None and x.attached.behind is not None:
            return (
                "unit",
                self._result(x, x._data),
                x.op,
                x.params,
                self._spec(x.inputs[0]),
                x._requires_grad,
                x.name,
            )
        n = self._result(x, x._data)
        if x._requires_grad and x.op is not None and mode.recording and not self.effects:
            if n not in self.differentiable:
                self.differentiable.append(n)
                self.tensors.append(x)
        return "result", n, x.name

    def _array(self, x: Any) -> tuple[Any, ...]:
        """An array, or a NumPy number, that the function returns."""
        for k, own in enumerate(self.own):
            if own is x:
                return "argument", k
        if type(x) is not Watched:
            return ("static", x) if isinstance(x, np.generic) else ("constant", x.copy())
        if any(
            isinstance(a, np.ndarray) and np.may_share_memory(a, x.value)
            for a in [*self.arguments, *(w.value for w in self.places.values())]
        ):
            self.tape.refuse(
                "the function returns a part of an array that it was given",
                "return a copy, x.copy()",
            )
        return "array", self._result(x, x.value), isinstance(x.value, np.generic)

    def _result(self, x: Any, value: Any) -> int:
        for n, known in enumerate(self.results):
            if known is value:
                return n
        self.results.append(value)
        return len(self.results) - 1

    def _walk_back(self) -> None:
        """Write down the walk back from each differentiable result too."""
        walks = []
        leaves: dict[int, Any] = {}
        numbers = {id(t): k for k, t in enumerate(self.own)}
        for y in self.tensors:
            seed = np.ones_like(y._data)
            found = self.tape.backward([(y, wrap(seed))], None)
            found = {
                id(x): (x, g)
                for x, g in found.values()
                if x.op is None and id(x) not in self.tape.born
            }
            leaves |= {key: numbers.get(key, x) for key, (x, _) in found.items()}
            walks.append((seed, found))
        self.inputs = list(leaves.values())
        shapes = {id(x): x for _, found in walks for x, _ in found.values()}
        for seed, found in walks:
            gradients = []
            for key in leaves:
                zero = np.zeros(shapes[key].shape, shapes[key].dtype)
                gradients.append(found[key][1]._data if key in found else zero)
            self.backs.append((seed, gradients))

    def first(self) -> Any:
        """What the run that was traced returns: its own graph, with the arguments in the place of
        their stand-ins."""
        real = {id(own): x for own, x in zip(self.own, self.leaves, strict=True)}

        def plain(x: Any, kept: bool) -> Any:
            if id(x) in real:
                x = real[id(x)]
                return keep(x) if kept and isinstance(x, np.ndarray) else x
            if type(x) is not Watched:
                return x
            if not isinstance(x.value, np.ndarray):
                return x.value.item() if kept else x.value
            return x.value.copy() if kept or x.value.base is not None else x.value

        if self.effects:
            results = [wrap(a.copy()) for a in self.results]
            return self.rebuilt(results, self.leaves)
        for y in walk.graph(x for x in self.outputs if isinstance(x, Tensor)):
            if y.attached.behind is not None:
                attach(y).behind = y.attached.behind._replace(
                    logits=plain(y.attached.behind.logits, False)
                )
            if y.inputs:
                y.inputs = tuple(plain(x, True) for x in y.inputs)
                y.params = {
                    k: v.copy() if id(v) in self.tape.made_here else v for k, v in y.params.items()
                }
        return self.restore([plain(x, False) for x in self.outputs])

    def rebuilt(self, results: list[Any], leaves: list[Any]) -> Any:
        """The function's return value, with these results in it."""
        return self.restore([self._built(spec, results, leaves) for spec in self.specs])

    def _built(self, spec: tuple[Any, ...], results: list[Any], leaves: list[Any]) -> Any:
        kind = spec[0]
        if kind in ("static", "tensor"):
            return spec[1]
        if kind == "constant":
            return spec[1].copy()
        if kind == "argument":
            return leaves[spec[1]]
        y = results[spec[1]]
        if kind == "array":
            return y._data[()] if spec[2] else y._data
        if kind == "unit":
            _, _, y.op, y.params, inner, requires_grad, y.name = spec
            y.inputs = (self._built(inner, results, leaves),)
            y._requires_grad = requires_grad and y.inputs[0]._requires_grad
            attach(y).behind = known_logits(y.op, y.inputs, y.params)
            if y.inputs[0].step > y.step:
                y.step = versions.tick()
        else:
            y.name = spec[2]
        return y

    def flat(self, value: Any) -> list[Any]:
        """The leaves of a return value."""
        return flatten(value)[0]

    def root(self, outputs: list[Any], k: int) -> Tensor:
        """The tensor among outputs, or behind one of them, that is the k-th differentiable
        result."""

        def look(spec: tuple[Any, ...], x: Any) -> Any:
            if spec[0] == "unit":
                return look(spec[4], x.inputs[0])
            return x if spec[0] == "result" and spec[1] == self.differentiable[k] else None

        found: Tensor = next(x for x in map(look, self.specs, outputs) if x is not None)
        return found


def _emptied(x: Any) -> Any:
    """Something of the same kind as a leaf, without its numbers."""
    if isinstance(x, Tensor):
        return wrap(np.zeros(0))
    return type(x)(0) if isinstance(x, np.generic) else np.empty(0)


class _Kind:
    """What is remembered of a stand-in: its kind."""

    def __init__(self, x: Any) -> None:
        self.shape, self.dtype, self._requires_grad = (
            x.shape,
            x.dtype,
            getattr(x, "_requires_grad", False),
        )


def _stand_in(x: Any, name: str, tape: Tape) -> Any:
    """A leaf with the memory of an argument, that the trace has for itself."""
    if isinstance(x, Tensor):
        own = wrap(x._data.view())
        own._requires_grad, own._grad, own.name = x._requires_grad, x._grad, x.name or name
        return own
    # A NumPy number of its own: values are known by their object.
    return Watched(
        x.view() if isinstance(x, np.ndarray) else np.array(x)[()],
        tape,
        None,
        None,
        f"the argument {name}",
    )
