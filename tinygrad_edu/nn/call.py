"""What happens when a module is called: `model(x)`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

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

    # Any signature: a module takes the inputs that it wants.
    forward: Callable[..., Any] = _no_forward

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.training_at = _training_at(cls.forward)

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        # whatever is newer was made in here: so pictures know the frame of this module
        first = tick()
        if self.first_call is None:
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

    def _forward_in_mode(self, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """forward with `training` as the caller says it; the layers inside are told it, too."""
        training = options["training"]
        if self.training_at is None:
            del options["training"]
        with learning(mode.training if training is None else bool(training)):
            return self.forward(*inputs, **options)


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
