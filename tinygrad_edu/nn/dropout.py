"""Dropout: noise while learning, nothing afterwards."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .. import habits
from ..autodiff.modes import mode
from ..formula import Op, op
from ..tensor import Tensor
from .module import Module
from .tree import Seed


@functools.cache
def _mask() -> Op:
    """An operation, so that a compiled step draws anew at every run. Declared when first used: it
    is no function of the catalogue, since it has no derivative and never the same value."""
    return op(
        "dropout_mask(x, *, rate, rng)",
        "((rng.random(x.shape) >= rate) / (1 - rate)).astype(x.dtype)",
    )


class Dropout(Module):
    """X * M while the model learns, with M = 0 at probability `rate`, else 1 / (1 - rate); else X.

    M is drawn anew for each entry and each call; its mean is 1, so the mean of X stays. `fit` says
    when the model learns; in a loop of your own `with tg.learning():` does, or `training=True`.

    `rate` in [0, 1); `seed` fixes the draws; `name` is the layer's, in pictures and summaries.
    Errors: ValueError for a rate outside. Source: Srivastava et al. 2014; Keras' Dropout.

    >>> layer = Dropout(0.5, seed=0)
    >>> layer(np.ones(6)).numpy(), layer(np.ones(6), training=True).numpy()
    (array([1., 1., 1., 1., 1., 1.]), array([2., 0., 0., 0., 2., 2.]))
    """

    rate: float
    seed: Seed
    name: str | None

    def __init__(
        self,
        rate: float,
        *,
        seed: Seed = None,
        name: str | None = None,
        **others: Any,
    ) -> None:
        habits.refuse("Dropout", others, "rate, seed, name")
        if not 0 <= rate < 1:
            raise ValueError(f"rate is the part that is dropped, in [0, 1), got {rate}")
        self.rate, self.seed, self.name = float(rate), seed, name
        # made when first used: until then a model may give a seed
        self._rng: np.random.Generator | None = None

    def forward(self, x: Any, training: bool | None = None) -> Tensor:
        """x * M while the model learns, else x: a tensor of x's shape.

        `training` None: as `with tg.learning():` says.

        >>> Dropout(0.25, seed=0).forward(np.ones(3), training=False)
        tensor([1., 1., 1.], f64[3])
        """
        given: Tensor = x if isinstance(x, Tensor) else Tensor(x, copy=False)
        if not (mode.training if training is None else training) or self.rate == 0:
            return given
        if self._rng is None:
            self._rng = np.random.default_rng(self.seed)
        if mode.tape is not None:
            mode.tape.draws(self._rng)
        mask: Tensor = _mask()(given, rate=self.rate, rng=self._rng)
        mask.name = "mask"  # pictures show it
        return given * mask

    def __repr__(self) -> str:
        return f"Dropout({self.rate:g})"
