"""Modules: layers, models, initializers, and the losses that go with their output units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import habits
from ..losses import bce_with_logits, categorical_cross_entropy, cross_entropy, mse
from .dense import Dense
from .dropout import Dropout
from .initializers import (
    get_initializer,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    normal,
    ones,
    zeros,
)
from .layers import Activation, Flatten
from .linear import affine, collapse
from .module import Module
from .sequential import MLP, Sequential

__all__ = [
    "MLP",
    "Activation",
    "Dense",
    "Dropout",
    "Flatten",
    "Module",
    "Sequential",
    "affine",
    "bce_with_logits",
    "categorical_cross_entropy",
    "collapse",
    "cross_entropy",
    "get_initializer",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "mse",
    "normal",
    "ones",
    "zeros",
]


def __dir__() -> list[str]:
    return __all__


if not TYPE_CHECKING:  # a checker knows all names, and finds a misspelt one

    def __getattr__(name):
        import sys

        from ..habits import imports

        if (module := sys.modules.get(f"{__name__}.{name}")) is not None:
            return module  # nn.functional, nn.init
        if name in imports.FUNCTIONAL:
            return imports.function(name)
        raise habits.missing(__name__, name, sys.modules[__name__])
