"""The rules themselves: SGD with momentum, Adam, AdamW and RMSprop, with Keras' names and
defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Unpack

import numpy as np

from ..tensor import Tensor
from .base import Clipping, Optimizer

FLUSH_EVERY = 64
"""Steps between two searches for moments that are about to become subnormal."""


class SGD(Optimizer):
    """v ← momentum·v - rate·g, w ← w + v; with `nesterov` w ← w + momentum·v - rate·g.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([1.0], requires_grad=True)
    >>> opt = SGD([w], learning_rate=0.1)
    >>> (w * w).sum().backward(); opt.step(); w.data
    array([0.8])
    """

    settings = (*Optimizer.settings, "momentum", "nesterov")

    def __init__(
        self,
        parameters: Iterable[Tensor] | None = None,
        *,
        learning_rate: float | Callable[[int], float] = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = 0.0,
        **clipping: Unpack[Clipping],
    ) -> None:
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be in [0, 1), got {momentum}")
        self.momentum, self.nesterov = momentum, nesterov
        super().__init__(
            parameters, learning_rate=learning_rate, weight_decay=weight_decay, **clipping
        )

    def start(self, w: np.ndarray) -> dict[str, np.ndarray]:
        return (
            {"v": np.zeros_like(w), "change": np.empty_like(w)}
            if self.momentum
            else {"change": np.empty_like(w)}
        )

    def update(  # type: ignore[override]
        self,
        w: np.ndarray,
        g: np.ndarray,
        rate: float,
        *,
        change: np.ndarray,
        v: np.ndarray | None = None,
    ) -> None:
        if self.weight_decay:
            w *= 1 - rate * self.weight_decay
        np.multiply(g, rate, out=change)
        if v is None:
            w -= change
        else:
            v *= self.momentum
            v -= change
            if self.nesterov:
                w -= change
                np.multiply(v, self.momentum, out=change)
                w += change
            else:
                w += v
            if self.iterations % FLUSH_EVERY == 0:
                flush(v, change)


class Adam(Optimizer):
    """m ← β₁m + (1 - β₁)g, v ← β₂v + (1 - β₂)g², w ← w - rate·√(1 - β₂ᵗ)/(1 - β₁ᵗ) · m/(√v + ε).

    Source: Kingma and Ba (2015), in the form before their section 2.1's end, as Keras has it, with
    its defaults.

    The moments are kept as m/(1 - β₁) and v/(1 - β₂): the same update in fewer passes over memory.
    Moments of weights whose gradient stays 0 fall into the subnormal numbers, on which processors
    are many times slower, after some 700 steps; they are set to 0 long before.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([1.0], requires_grad=True)
    >>> opt = Adam([w], learning_rate=0.1)
    >>> (w * w).sum().backward(); opt.step(); w.data.round(6)
    array([0.9])
    """

    settings = (*Optimizer.settings, "beta_1", "beta_2", "epsilon")

    def __init__(
        self,
        parameters: Iterable[Tensor] | None = None,
        *,
        learning_rate: float | Callable[[int], float] = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.0,
        **clipping: Unpack[Clipping],
    ) -> None:
        for name, beta in (("beta_1", beta_1), ("beta_2", beta_2)):
            if not 0 <= beta < 1:
                raise ValueError(f"{name} must be in [0, 1), got {beta}")
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        super().__init__(
            parameters, learning_rate=learning_rate, weight_decay=weight_decay, **clipping
        )

    def start(self, w: np.ndarray) -> dict[str, np.ndarray]:
        return {"m": np.zeros_like(w), "v": np.zeros_like(w), "change": np.empty_like(w)}

    def update(  # type: ignore[override]
        self,
        w: np.ndarray,
        g: np.ndarray,
        rate: float,
        *,
        m: np.ndarray,
        v: np.ndarray,
        change: np.ndarray,
    ) -> None:
        if self.weight_decay:
            w *= 1 - rate * self.weight_decay
        t, root = self.iterations, (1 - self.beta_2) ** 0.5
        m *= self.beta_1
        m += g
        v *= self.beta_2
        np.multiply(g, g, out=change)
        v += change
        np.sqrt(v, out=change)
        change += self.epsilon / root
        np.divide(m, change, out=change)
        change *= (
            rate * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t) * (1 - self.beta_1) / root
        )
        w -= change
        if t % FLUSH_EVERY == 0:
            flush(m, change)
            flush(v, change)


class AdamW(Adam):
    """Adam with weight decay, 0.004 unless said otherwise, as Keras'.

    >>> AdamW().weight_decay
    0.004
    """

    def __init__(
        self,
        parameters: Iterable[Tensor] | None = None,
        *,
        weight_decay: float | None = 0.004,
        **options: Any,
    ) -> None:
        super().__init__(parameters, weight_decay=weight_decay, **options)


class RMSprop(Optimizer):
    """v ← ρv + (1 - ρ)g², w ← w - rate·g/√(v + ε); with `momentum` a ← momentum·a + rate·g/√(v +
    ε), w ← w - a.

    Source: Tieleman and Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning"; Keras'
    form and defaults.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([1.0], requires_grad=True)
    >>> opt = RMSprop([w], learning_rate=0.1)
    >>> (w * w).sum().backward(); opt.step(); w.data.round(4)
    array([0.6838])
    """

    settings = (*Optimizer.settings, "rho", "momentum", "epsilon")

    def __init__(
        self,
        parameters: Iterable[Tensor] | None = None,
        *,
        learning_rate: float | Callable[[int], float] = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.0,
        **clipping: Unpack[Clipping],
    ) -> None:
        for name, value in (("rho", rho), ("momentum", momentum)):
            if not 0 <= value < 1:
                raise ValueError(f"{name} must be in [0, 1), got {value}")
        self.rho, self.momentum, self.epsilon = rho, momentum, epsilon
        super().__init__(
            parameters, learning_rate=learning_rate, weight_decay=weight_decay, **clipping
        )

    def start(self, w: np.ndarray) -> dict[str, np.ndarray]:
        own = {"v": np.zeros_like(w), "change": np.empty_like(w)}
        return {**own, "a": np.zeros_like(w)} if self.momentum else own

    def update(  # type: ignore[override]
        self,
        w: np.ndarray,
        g: np.ndarray,
        rate: float,
        *,
        v: np.ndarray,
        change: np.ndarray,
        a: np.ndarray | None = None,
    ) -> None:
        if self.weight_decay:
            w *= 1 - rate * self.weight_decay
        v *= self.rho
        np.multiply(g, g, out=change)
        change *= 1 - self.rho
        v += change
        np.add(v, self.epsilon, out=change)
        np.sqrt(change, out=change)
        np.divide(g, change, out=change)
        change *= rate
        if a is None:
            w -= change
        else:
            a *= self.momentum
            a += change
            w -= a
        if self.iterations % FLUSH_EVERY == 0:
            flush(v, change)


def flush(moment: np.ndarray, scratch: np.ndarray | None = None) -> None:
    """Set to 0 what is so small that it would be subnormal before the next flush. Beside Adam's ε
    it counts for nothing: the step it would make is below 1e-20 of the learning rate."""
    moment[np.abs(moment, out=scratch) < np.finfo(moment.dtype).tiny * 1e8] = 0
