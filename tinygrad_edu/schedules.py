"""Learning rates that change with the step, by Keras' names: for `learning_rate=` of an optimizer.

    optim.Adam(learning_rate=schedules.CosineDecay(0.002, decay_steps=5 * 1875))

Each is a function of the number of the step, from 0 on.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import habits


def _check_steps(decay_steps: int) -> None:
    if not decay_steps > 0:
        raise ValueError(f"decay_steps must be greater than 0, got {decay_steps}")


@dataclass(frozen=True)
class ExponentialDecay:
    """rate(step) = initial·decay_rate^(step / decay_steps); with `staircase` the exponent is
    rounded down.

    initial is `initial_learning_rate`. Errors: ValueError for decay_steps below 1. Source: Keras'
    ExponentialDecay.

    >>> ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)(20)
    0.025
    """

    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool = False

    def __post_init__(self) -> None:
        _check_steps(self.decay_steps)

    def __call__(self, step: int) -> float:
        t = step / self.decay_steps
        exponent = math.floor(t) if self.staircase else t
        return float(self.initial_learning_rate * self.decay_rate**exponent)


@dataclass(frozen=True)
class PolynomialDecay:
    """rate(step) = (initial - end)·(1 - step/decay_steps)^power + end, and `end` after
    `decay_steps`.

    initial is `initial_learning_rate`, end `end_learning_rate`. With power 1 it falls in a straight
    line. Errors: ValueError for decay_steps below 1. Source: Keras' PolynomialDecay.

    >>> PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)(5)
    0.05
    """

    initial_learning_rate: float
    decay_steps: int
    end_learning_rate: float = 0.0001
    power: float = 1.0

    def __post_init__(self) -> None:
        _check_steps(self.decay_steps)

    def __call__(self, step: int) -> float:
        left = 1 - min(step, self.decay_steps) / self.decay_steps
        fall = self.initial_learning_rate - self.end_learning_rate
        return float(fall * left**self.power + self.end_learning_rate)


@dataclass(frozen=True)
class CosineDecay:
    """rate(step) = initial·((1 - alpha)(1 + cos(π·step/decay_steps))/2 + alpha), down to
    alpha·initial.

    initial is `initial_learning_rate`. With a `warmup_target` the rate first rises in a straight
    line, in `warmup_steps`, from the initial rate to the target, and then falls from there. Errors:
    ValueError for decay_steps below 1. Source: Loshchilov and Hutter 2017, "SGDR"; Keras'
    CosineDecay.

    >>> CosineDecay(0.1, decay_steps=10)(5)
    0.05
    >>> warm = CosineDecay(0.0, decay_steps=10, warmup_target=0.1, warmup_steps=4)
    >>> [warm(step) for step in (0, 2, 4, 14)]
    [0.0, 0.05, 0.1, 0.0]
    """

    initial_learning_rate: float
    decay_steps: int
    alpha: float = 0.0
    warmup_target: float | None = None
    warmup_steps: int = 0

    def __post_init__(self) -> None:
        _check_steps(self.decay_steps)

    def __call__(self, step: int) -> float:
        peak = self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return peak + (self.warmup_target - peak) * step / self.warmup_steps
            peak, step = self.warmup_target, step - self.warmup_steps
        t = min(step, self.decay_steps) / self.decay_steps
        return peak * ((1 - self.alpha) * (1 + math.cos(math.pi * t)) / 2 + self.alpha)


@dataclass(frozen=True)
class PiecewiseConstantDecay:
    """rate(step) = values[k] for boundaries[k-1] < step ≤ boundaries[k].

    There is one value more than boundaries. Errors: ValueError for another number. Source: Keras'
    PiecewiseConstantDecay.

    >>> PiecewiseConstantDecay([2, 4], [0.1, 0.01, 0.001])(3)
    0.01
    """

    boundaries: Sequence[int]
    values: Sequence[float]

    def __post_init__(self) -> None:
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"{len(self.boundaries)} boundaries have {len(self.boundaries) + 1} values between "
                f"them, not {len(self.values)}"
            )

    def __call__(self, step: int) -> float:
        return self.values[int(np.searchsorted(self.boundaries, step))]


if not TYPE_CHECKING:  # a checker knows all names, and finds a misspelt one

    def __getattr__(name: str) -> Any:
        raise habits.missing(__name__, name, sys.modules[__name__])
