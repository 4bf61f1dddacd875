"""The update that an optimizer's lines are, as a function on whole buffers: what `step` runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ..formula import function_of
from .lines import Line, Rule, read
from .passes import SCRATCH, Passes, renamed

DECAY = "if weight_decay: w = w - rate * weight_decay * w"
"""The line before all others."""

BOUNDS = ("clipnorm", "clipvalue", "global_clipnorm")
"""Settings that bound the gradients before a step; no line reads them."""

FLUSH_EVERY = 64
"""Steps between two searches for moments that are about to become subnormal."""


def flush(moment: np.ndarray, scratch: np.ndarray | None = None) -> None:
    """m ← 0 where |m| < 1e8 · the smallest normal number: what would be subnormal before the next
    flush. Beside Adam's ε it counts for nothing: the step it would make is below 1e-20 of the
    learning rate.

    `moment` is an array of any shape, changed in place. `scratch`, of its shape and dtype, takes
    |m|, so that nothing is allocated; None allocates.

    >>> m = np.array([1.0, 1e-305])
    >>> flush(m)
    >>> m
    array([1., 0.])
    """
    moment[np.abs(moment, out=scratch) < np.finfo(moment.dtype).tiny * 1e8] = 0


class Update:
    """The lines of a rule that count where the switches are so, as passes over buffers.

    `moments` are kept from step to step, beside one scratch buffer; `flushed` are those of them in
    which subnormal numbers are looked for now and then.
    """

    def __init__(self, rule: Rule, on: Mapping[str, bool], kept: Mapping[str, str]) -> None:
        self.rule: Rule = rule
        self.on: dict[str, bool] = dict(on)
        self.lines: tuple[Line, ...] = rule.chosen(on)
        passes = Passes(self.lines, kept)
        self.moments: tuple[str, ...] = passes.moments
        self.statements: list[tuple[Line, list[str]]] = passes.of
        self.needs: set[str] = {SCRATCH, *self.moments}

    def text(self, name: Callable[[str], str], comments: bool = True) -> list[str]:
        """The passes with these names, each line of the rule above its own."""
        found: list[str] = []
        for line, statements in self.statements:
            if comments:
                found.append(f"# {line.text.partition(': ')[2] or line.text}")
            found += [renamed(s, name) for s in statements]
        if self.moments:
            found.append(f"if {name('t')} % {name('FLUSH_EVERY')} == 0:")
            found += [f"    {name('flush')}({name(m)}, {name(SCRATCH)})" for m in self.moments]
        return found

    @cached_property
    def function(self) -> Callable[..., None]:
        """update(self, w, g, rate, *, change, and the moments), in place."""
        own = lambda name: f"self.{name}" if name in self.rule.settings else name
        keywords = ", ".join([SCRATCH, *self.moments])
        text = self.text(own)
        counts = self.moments or any("t" in line.reads() for line in self.lines)
        body = ["t = self.iterations", *text] if counts else text
        return function_of(
            f"update_of_{self.rule.owner}",
            f"self, w, g, rate, *, {keywords}, **others",
            "\n    ".join(body),
            {"np": np, "flush": flush, "FLUSH_EVERY": FLUSH_EVERY},
        )

    def start(self, w: np.ndarray) -> dict[str, np.ndarray]:
        """The buffers that it needs for a buffer of parameters."""
        return {m: np.zeros_like(w) for m in self.moments} | {SCRATCH: np.empty_like(w)}


@lru_cache(maxsize=200)
def rule_of(lines: tuple[str, ...], settings: tuple[str, ...], owner: str) -> Rule:
    """The rule of an optimizer's lines, with the decay before them; read once."""
    own = [name for name in settings if name not in BOUNDS]
    return read(lines, own, owner, [DECAY])


@lru_cache(maxsize=500)
def update_of(rule: Rule, off: tuple[bool, ...], kept: tuple[tuple[str, str], ...]) -> Update:
    """The update where these of the rule's switches are off; written once."""
    on = {name: not is_off for name, is_off in zip(rule.switches, off, strict=True)}
    return Update(rule, on, dict(kept))


_DECLARES = {
    "lines",
    "kept",
    "settings",
    "__init__",
    "__module__",
    "__qualname__",
    "__doc__",
    "__annotations__",
    "__firstlineno__",
    "__static_attributes__",
}


def only_declares(cls: type) -> bool:
    """Whether a class says nothing but lines, settings and numbers: then its lines are all that
    its step does."""
    return type(cls) is type and all(
        name in _DECLARES or type(value) in (bool, int, float) for name, value in vars(cls).items()
    )


def own_classes(cls: type) -> Iterable[type]:
    """The classes that a user wrote, of those that a class is made of."""
    library = __name__.partition(".")[0]
    return [
        base
        for base in cls.__mro__
        if base is not object and base.__module__.partition(".")[0] != library
    ]


def is_declared(optimizer: Any) -> bool:
    """Whether an optimizer's lines are all that its step does: it has some, and nothing of what
    reads them was written anew, in a class of a user or on the object itself."""
    return (
        bool(optimizer.lines)
        and not (METHODS & vars(optimizer).keys())
        and all(map(only_declares, own_classes(type(optimizer))))
    )


METHODS = frozenset(
    {"step", "update", "next_rate", "zero_grad", "bind", "clip", "start", "lines", "kept"}
)
"""What a step is made of."""
