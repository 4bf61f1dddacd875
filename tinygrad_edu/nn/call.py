"""What happens when a module is called: `model(x)`."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..autodiff.attached import attach
from ..autodiff.modes import learning, mode
from ..autodiff.versions import tick
from ..tensor import Tensor


def _no_forward(self: Any, *inputs: Any) -> Any:
    """The outputs of the module for its inputs: y = forward(x). Every module defines its own.

    Errors: NotImplementedError where it does not.
    """
    raise NotImplementedError(f"{type(self).__name__} needs a method forward(self, x)")


class Call:
    """The part of `Module` that runs `forward`; see there.

    >>> from tinygrad_edu import nn
    >>> class Twice(nn.Module):
    ...     def forward(self, x, training):
    ...         return (2 * x, training)
    >>> Twice()(1.0), Twice()(1.0, training=True)             # who asks for `training` is told
    ((2.0, False), (2.0, True))
    """

    first_call: int | None = None  # the tick of it: what is older was not made by the forward pass
    training_at: int | None = None  # which argument of forward is `training`
    builds: bool = (
        False  # whether a class of the user's has a build(input_shape), as Keras' layers do
    )

    # Any signature: a module takes the inputs that it wants.
    forward: Callable[..., Any] = _no_forward

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own: dict[str, Any] = dict(vars(cls))
        if "call" in own and "forward" not in own:
            cls.forward = own["call"]  # Keras' name of it
        cls.training_at = _training_at(cls.forward)
        if "build" in own:
            cls.builds = True
            setattr(cls, "build", _noted(own["build"]))  # noqa: B010

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        # whatever is newer was made in here: so pictures know the frame of this module
        first = tick()
        if self.first_call is None:
            if self.builds and inputs and "_was_built" not in vars(self):
                self.build(np.shape(inputs[0]))
            vars(self)["first_call"] = first
        if "training" in options:
            result = self._forward_in_mode(inputs, options)
        elif self.training_at is not None and self.training_at >= len(inputs):
            result = self.forward(*inputs, **{"training": mode.training, **options})
        else:
            result = self.forward(*inputs, **options)
        for y in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(y, Tensor) and y.step > first:
                attach(y).frames += ((self, first),)
                behind = y.attached.behind
                if behind is not None and behind.logits.step > first:
                    attach(behind.logits).frames += ((self, first),)  # which it made, too
        return result

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the parameters for inputs of shape (None, *features), as the first call would.

        >>> from tinygrad_edu import nn
        >>> model = nn.Sequential([nn.Flatten(), nn.Dense(3)], seed=0)
        >>> model.build((None, 28, 28))
        >>> model.layers[1].weight.shape
        (784, 3)
        """
        self(np.zeros((1, *(n or 1 for n in input_shape[1:])), np.float32))

    def _forward_in_mode(self, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """forward with `training` as the caller says it; the layers inside are told it, too."""
        training = options["training"]
        if self.training_at is None:
            del options["training"]
        with learning(mode.training if training is None else bool(training)):
            return self.forward(*inputs, **options)


def _noted(build: Callable[..., None]) -> Callable[..., None]:
    """A build(input_shape) of the user's, which notes that it ran: the first call needs it no
    more."""

    @functools.wraps(build)
    def noted(self: Call, *args: Any, **kwargs: Any) -> None:
        vars(self)["_was_built"] = True
        build(self, *args, **kwargs)

    return noted


def _training_at(forward: Any) -> int | None:
    """The position of the argument `training` of a method `forward`; far away where it is given by
    name only."""
    try:
        parameters = list(inspect.signature(forward).parameters.values())[1:]
    except (TypeError, ValueError):
        return None
    for position, p in enumerate(parameters):
        if p.name == "training" and p.kind is not p.VAR_KEYWORD:
            return sys.maxsize if p.kind is p.KEYWORD_ONLY else position
    return None
