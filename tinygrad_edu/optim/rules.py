"""The rules themselves: SGD with momentum, Adam, AdamW and RMSprop, with Keras' names and
defaults.

Each is declared by its lines (`lines.py` says what stands in them). From these are made what `step`
runs, and the update in a compiled program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Unpack

from ..tensor import Tensor
from .base import Clipping, Optimizer


class SGD(Optimizer):
    """v ← momentum·v - rate·g, w ← w + v; with `nesterov` w ← w + momentum·v - rate·g.

    `momentum` in [0, 1), ValueError elsewhere.
    `parameters`, `learning_rate`, `weight_decay` and bounds on the gradients: see `Optimizer`.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([1.0], requires_grad=True)
    >>> opt = SGD([w], learning_rate=0.1)
    >>> (w * w).sum().backward(); opt.step(); w.data
    array([0.8])
    """

    settings: tuple[str, ...] = (*Optimizer.settings, "momentum", "nesterov")
    lines: tuple[str, ...] = (
        "if not momentum: w = w - rate * g",
        "if momentum: v = momentum * v - rate * g",
        "if momentum and not nesterov: w = w + v",
        "if momentum and nesterov: w = w - rate * g + momentum * v",
    )

    momentum: float
    nesterov: bool

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


class Adam(Optimizer):
    """m ← β₁m + (1 - β₁)g, v ← β₂v + (1 - β₂)g², w ← w - rate·√(1 - β₂ᵗ)/(1 - β₁ᵗ) · m/(√v + ε).

    `beta_1` and `beta_2`, β₁ and β₂, in [0, 1), ValueError elsewhere; `epsilon` is ε.
    `parameters`, `learning_rate`, `weight_decay` and bounds on the gradients: see `Optimizer`.

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

    settings: tuple[str, ...] = (*Optimizer.settings, "beta_1", "beta_2", "epsilon")
    lines: tuple[str, ...] = (
        "m = beta_1 * m + (1 - beta_1) * g",
        "v = beta_2 * v + (1 - beta_2) * g ** 2",
        "w = w - rate * sqrt(1 - beta_2 ** t) / (1 - beta_1 ** t) * m / (sqrt(v) + epsilon)",
    )
    kept: tuple[tuple[str, str], ...] = (("m", "1 - beta_1"), ("v", "1 - beta_2"))

    beta_1: float
    beta_2: float
    epsilon: float

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


class AdamW(Adam):
    """Adam with weight decay, 0.004 unless said otherwise, as Keras'.

    `parameters` and all other arguments: see `Adam`.

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

    `rho`, ρ, and `momentum` in [0, 1), ValueError elsewhere; `epsilon` is ε.
    `parameters`, `learning_rate`, `weight_decay` and bounds on the gradients: see `Optimizer`.

    Source: Tieleman and Hinton 2012, lecture 6.5 of "Neural Networks for Machine Learning"; Keras'
    form and defaults.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([1.0], requires_grad=True)
    >>> opt = RMSprop([w], learning_rate=0.1)
    >>> (w * w).sum().backward(); opt.step(); w.data.round(4)
    array([0.6838])
    """

    settings: tuple[str, ...] = (*Optimizer.settings, "rho", "momentum", "epsilon")
    lines: tuple[str, ...] = (
        "v = rho * v + (1 - rho) * g ** 2",
        "if not momentum: w = w - rate * g / sqrt(v + epsilon)",
        "if momentum: a = momentum * a + rate * g / sqrt(v + epsilon)",
        "if momentum: w = w - a",
    )

    rho: float
    momentum: float
    epsilon: float

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
