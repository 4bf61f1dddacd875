"""What all optimizers share. An optimizer that owns parameters lays them out in one contiguous
buffer, and their gradients in a second; the tensors become views of these. A step is then a few
passes over whole buffers, in place, instead of a few for each parameter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike

from .. import habits
from ..autodiff import modes, versions
from ..autodiff.messages import describe
from ..autodiff.modes import mode
from ..tensor import Tensor
from . import state as saving
from .buffers import ParameterBuffer, Past
from .clipping import clip_norm, clip_value
from .lines import Rule
from .update import Update, rule_of, update_of


class Clipping(TypedDict, total=False):
    """Keras' three bounds on gradients; at most one of them."""

    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    lr: float | Callable[[int], float]  # PyTorch's name of learning_rate


class Optimizer:
    """What all optimizers share: the parameters, the learning rate, the count of steps.

    `parameters` are tensors. `learning_rate` (PyTorch's name `lr` is taken too) is a number or a
    function of the step (0, 1, ...), one of `schedules` for one. `weight_decay` pulls every
    parameter towards 0 before each step, w ← w - rate·weight_decay·w, whatever its gradient
    ("decoupled": Loshchilov and Hutter 2019). Without parameters the optimizer waits for `bind`,
    which `fit` calls.

    One of these bounds the gradients before a step, as in Keras: `clipnorm` the norm of each
    parameter's gradient, g ← g·c/max(‖g‖, c); `global_clipnorm` the norm of all together;
    `clipvalue` every entry, g ← min(max(g, -c), c).

    A parameter that is frozen (`requires_grad = False`) rests: it stays where it is, with its
    moments, until it is thawed, as in PyTorch; one that is thawed for the first time starts its own
    count of steps (for Adam's correction).

    A rule of your own is a class with `lines`. Errors: ValueError for a setting out of its range;
    TypeError for an unknown one.

    >>> import tinygrad_edu as tg
    >>> class Signs(Optimizer):
    ...     lines = ("w = w - rate * sign(g)",)
    >>> w = tg.tensor([1.0, -2.0], requires_grad=True)
    >>> opt = Signs([w], learning_rate=0.5)
    >>> (w * w).sum().backward(); opt.step(); w.data
    array([ 0.5, -1.5])
    """

    settings: tuple[str, ...] = ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm")
    """Attributes chosen at the beginning, which a saved state must agree with."""

    lines: tuple[str, ...] = ()
    """The update rule, line by line: "w = w - rate * g"."""

    kept: tuple[tuple[str, str], ...] = ()
    """Moments, and what each is divided by in memory, a positive number that settings give: the
    same update in fewer passes."""

    learning_rate: float | Callable[[int], float]
    weight_decay: float
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    iterations: int

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.lines and cls.__module__.partition(".")[0] != __name__.partition(".")[0]:
            cls._rule()  # a mistake in a user's lines is an error where they stand

    def __init__(
        self,
        parameters: Iterable[Tensor] | None = None,
        *,
        learning_rate: float | Callable[[int], float] = 0.01,
        weight_decay: float | None = 0.0,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        lr: float | Callable[[int], float] | None = None,
        **others: Any,
    ) -> None:
        for name in self.settings:  # those of a class that has their defaults as its attributes
            if name in others and name in vars(type(self)):
                setattr(self, name, others.pop(name))
        habits.refuse(
            type(self).__name__, others, f"learning_rate (or lr), {', '.join(self.settings)}"
        )
        learning_rate = learning_rate if lr is None else lr
        if isinstance(parameters, (int, float)):
            raise TypeError(
                f"the first argument is the parameters; write {type(self).__name__}("
                f"learning_rate={parameters})"
            )
        if not callable(learning_rate) and not learning_rate >= 0:
            raise ValueError(f"learning_rate must be at least 0, got {learning_rate}")
        weight_decay = weight_decay or 0.0  # Keras' default is None
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay must be at least 0, got {weight_decay}")
        clipping = {
            "clipnorm": clipnorm,
            "clipvalue": clipvalue,
            "global_clipnorm": global_clipnorm,
        }
        given = {name: c for name, c in clipping.items() if c is not None}
        if len(given) > 1:
            raise ValueError(
                f"{' and '.join(given)} are given; only one of {', '.join(clipping)} bounds the "
                "gradients"
            )
        for name, c in given.items():
            if not c > 0:
                raise ValueError(
                    f"{name} must be greater than 0, got {c}; leave it out for gradients as they "
                    "are"
                )
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.iterations = 0
        self.owned: list[Tensor] = []
        self.groups: list[ParameterBuffer] = []
        self.state: list[dict[str, np.ndarray]] = []
        self.resting: list[Past] = []
        self.awaited: saving.Saved | None = None  # loaded before the parameters were known
        self._edits = -1
        if parameters is not None:
            self.bind(parameters)

    @property
    def lr(self) -> float | Callable[[int], float]:
        """PyTorch's name of `learning_rate`."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: float | Callable[[int], float]) -> None:
        self.learning_rate = value

    def __getattr__(self, key: str) -> Any:
        raise habits.missing("optimizer", key, self)

    # Which parameters

    def bind(self, parameters: Iterable[Tensor]) -> None:
        """Take ownership of the parameters; those it owns already keep their moments, and the count
        of steps goes on.

        Errors: none that requires a gradient; results of operations; after the first step, a set of
        parameters none of which it knows: one optimizer trains one model.
        """
        modes.untraced("gives parameters to an optimizer", "make the optimizer outside")
        if hasattr(parameters, "parameters"):
            raise TypeError(
                f"an optimizer takes parameters, not {type(parameters).__name__}; write "
                f"{type(self).__name__}(model.parameters())"
            )
        given = list({id(p): p for p in parameters}.values())
        for p in given:
            if not isinstance(p, Tensor):
                raise TypeError(
                    f"an optimizer takes tensors, and got {p!r:.40}; groups with options of their "
                    "own are several optimizers, one for each"
                )
        trained = [p for p in given if p.requires_grad]
        if not trained:
            raise ValueError(f"{type(self).__name__} got no parameter that requires a gradient")
        for p in trained:
            if p.op is not None:
                raise ValueError(
                    f"{describe(p)} is the result of an operation; an optimizer updates leaves only"
                )
        owned = [p for p in given if p.op is None and p.dtype.kind == "f"]
        known = {id(p) for p in self.owned}
        if self.iterations and known and not any(id(p) in known for p in owned):
            kind = type(self).__name__
            raise ValueError(
                f"this {kind} has made {self.iterations} steps on other parameters "
                f"({describe(self.owned[0])}, ...); write a new {kind}(...) for a new model"
            )
        if self.awaited is not None:
            self.awaited.check_parameters(self, owned)
            self.resting, self.awaited = self.awaited.pasts(owned), None
        self.owned = owned
        if self._frozen_or_thawed() or not all(g.owns_all() for g in self.groups):
            self._lay_out()

    def _frozen_or_thawed(self) -> bool:
        """Whether those trained are others than those in the buffers."""
        laid = [id(p) for g in self.groups for p in g.tensors]
        return sorted(laid) != sorted(id(p) for p in self.owned if p.requires_grad)

    def _lay_out(self) -> None:
        """Put the parameters that are trained into buffers, those of one dtype and one count of
        steps together."""
        pasts = {id(past.tensor): past for past in self.pasts()}
        for group in self.groups:
            group.release()
        kinds: dict[tuple[str, int], list[Tensor]] = {}
        for p in sorted((p for p in self.owned if p.requires_grad), key=lambda p: p.dtype.str):
            steps = pasts[id(p)].steps if id(p) in pasts else 0
            kinds.setdefault((p.dtype.str, self.iterations - steps), []).append(p)
        self.groups = [ParameterBuffer(tensors, born) for (_, born), tensors in kinds.items()]
        self.state = [self.start(g.values) for g in self.groups]
        for group, state in zip(self.groups, self.state, strict=True):
            for p, part in group.parts():
                for name, moment in pasts[id(p)].moments.items() if id(p) in pasts else ():
                    if name in state:
                        state[name][part] = moment.reshape(-1)
        self.resting = [pasts[id(p)] for p in self.owned if id(p) in pasts and not p.requires_grad]
        self._edits = versions.structure_version

    def pasts(self) -> list[Past]:
        """What is remembered of each parameter, in copies."""
        found = [
            Past(
                p,
                self.iterations - group.born,
                {
                    name: array[part].reshape(p.shape).copy()
                    for name, array
                    # that is scratch
                    in state.items()
                    if name != "change"
                },
            )
            for group, state in zip(self.groups, self.state, strict=True)
            for p, part in group.parts()
        ]
        return found + [
            past for past in self.resting if all(past.tensor is not other.tensor for other in found)
        ]

    def remember(self, pasts: list[Past]) -> None:
        """Take these over in the place of what is remembered, in the same buffers where the counts
        of steps allow."""
        found = {id(past.tensor): past for past in pasts}
        if any(
            (found[id(p)].steps if id(p) in found else 0) != self.iterations - g.born
            for g in self.groups
            for p in g.tensors
        ):
            self.groups, self.state, self.resting = [], [], pasts
            return self._lay_out()
        for group, state in zip(self.groups, self.state, strict=True):
            for p, part in group.parts():
                for name in state.keys() - {"change"}:
                    state[name][part] = (
                        found[id(p)].moments[name].reshape(-1) if id(p) in found else 0
                    )
        self.resting = [past for past in pasts if not past.tensor.requires_grad]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients. The next backward() writes anew, so nothing needs to be filled with
        zeros (`set_to_none` is taken for PyTorch's sake)."""
        for p in self.owned:  # those that rest too: thawed, they begin anew
            p.grad = None

    # A step

    def step(self) -> None:
        """Update every parameter by its gradient. Errors: a parameter without a gradient, by
        name."""
        if not self.owned:
            raise RuntimeError(
                f"this {type(self).__name__} has no parameters; write {type(self).__name__}("
                "model.parameters()) or optimizer.bind(model.parameters())"
            )
        if self._edits != versions.structure_version:
            if self._frozen_or_thawed() and all(g.owns_all() for g in self.groups):
                self._lay_out()
                if mode.tape is not None:
                    mode.tape.settled = False  # the next call finds other buffers
            self._edits = versions.structure_version
        if mode.tape is not None:
            return mode.tape.updates(self)
        for group in self.groups:
            group.collect()
        self.clip()
        rate = self.next_rate()
        for group, state in zip(self.groups, self.state, strict=True):
            self.iterations -= group.born  # the count of its own steps
            try:
                self.update(group.values, group.gradients, rate, **state)
            finally:
                self.iterations += group.born
            group.touched()

    def clip(self) -> None:
        """Bound the gradients, in their buffers, as `clipnorm`, `clipvalue` or `global_clipnorm`
        says."""
        if self.clipvalue is not None:
            clip_value([g.gradients for g in self.groups], self.clipvalue)
        elif self.global_clipnorm is not None:
            clip_norm([g.gradients for g in self.groups], self.global_clipnorm)
        elif self.clipnorm is not None:
            for group in self.groups:
                for gradient in group.views:
                    clip_norm([gradient], self.clipnorm)

    def next_rate(self) -> float:
        """The learning rate of the step that begins, which is counted."""
        rate = float(
            self.learning_rate(self.iterations)
            if callable(self.learning_rate)
            else self.learning_rate
        )
        if not rate >= 0:
            raise ValueError(
                f"the learning rate of step {self.iterations} is {rate}; it must be at least 0"
            )
        self.iterations += 1
        return rate

    # Its state

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all that a step depends on beside the parameters' numbers: what the parameters
        are (names, shapes, dtypes), the settings, the learning rate, the count of steps, and the
        moments of parameter k as `k.m`. With the parameters saved too, training goes on from a file
        as if it had never stopped (but for what Dropout draws).

        >>> import tinygrad_edu as tg
        >>> state = tg.optim.Adam([tg.tensor([1.0], requires_grad=True, name="w")]).state_dict()
        >>> state["parameters"].tolist(), state["learning_rate"].item(), state["0.m"]
        (["'w' f64[1]"], 0.001, array([0.]))
        """
        modes.untraced(f"calls state_dict of {type(self).__name__}", "read it outside")
        return saving.state_of(self)

    def load_state_dict(self, state: Mapping[str, ArrayLike]) -> None:
        """Take over what `state_dict` of an optimizer of the same kind, settings and parameters
        gave: moments, the count of steps, and the learning rate if that is a number (a schedule
        goes on by the count). Else an error, and nothing changes. Before the parameters are known
        (before `fit`) they are compared at `bind`."""
        modes.untraced(f"calls load_state_dict of {type(self).__name__}", "call it outside")
        saving.restore(self, state)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to a NumPy archive (.npz): the whole file, or none of it and an error."""
        saving.save(self, path)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Read what `save` wrote; a damaged file, or another optimizer's, is a WeightsError and
        changes nothing."""
        saving.load(self, path)

    # Its rule

    @classmethod
    def _rule(cls) -> Rule:
        return rule_of(cls.lines, cls.settings, cls.__name__)

    def rule(self) -> Update:
        """The update that the lines are with the settings as they are."""
        rule = rule_of(self.lines, self.settings, type(self).__name__)
        return update_of(rule, tuple([not getattr(self, s) for s in rule.switches]), self.kept)

    def start(self, w: np.ndarray) -> dict[str, np.ndarray]:
        """The arrays that `update` keeps from step to step, for a buffer w."""
        return self.rule().start(w) if self.lines else {}

    def update(self, w: np.ndarray, g: np.ndarray, rate: float, **state: Any) -> None:
        """One step on a whole buffer, in place: what the lines say."""
        if not self.lines:
            raise NotImplementedError(
                f"{type(self).__name__} says nowhere how it updates; write "
                "lines = ('w = w - rate * g',) in the class"
            )
        update = self.rule()
        if not update.needs <= state.keys():
            state = self._begun(w, update)
        update.function(self, w, g, rate, **state)

    def _begun(self, w: np.ndarray, update: Update) -> dict[str, np.ndarray]:
        """The state of a buffer, with the moments that a setting asks for since now begun, as at
        the first step."""
        for group, state in zip(self.groups, self.state, strict=True):
            if group.values is w:
                state |= {k: v for k, v in update.start(w).items() if k not in state}
                return state
        raise TypeError(f"update needs {', '.join(sorted(update.needs))}")
