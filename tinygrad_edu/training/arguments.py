"""Keras' numbers among the arguments of `fit`, `evaluate` and `predict`, checked."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection
from typing import Any

from .examples import Examples


def whole_number(name: str, value: Any, least: int = 0, default: int | None = None) -> int:
    """The argument `name` as an int of at least `least`; `default` where it is None.

    Errors: TypeError for what is no whole number, ValueError for one that is too small.

    >>> whole_number("batch_size", None, least=1, default=32)
    32
    >>> whole_number("epochs", 1.5)
    Traceback (most recent call last):
    ...
    TypeError: epochs is a whole number, and got 1.5
    """
    given: Any = default if value is None and default is not None else value
    try:
        number = operator.index(given)
    except TypeError:
        raise TypeError(f"{name} is a whole number, and got {value!r:.40}") from None
    if number < least:
        raise ValueError(f"{name} must be at least {least}, got {number}")
    return number


def verbosity(verbose: Any) -> int:
    """0 is silent, 1 a live bar, 2 a line an epoch; Keras' "auto" is 1.

    Errors: ValueError for anything else.

    >>> verbosity("auto")
    1
    """
    if verbose == "auto":
        return 1
    if verbose in (0, 1, 2) and not isinstance(verbose, str):
        return int(verbose)
    raise ValueError(
        f'verbose={verbose!r} is unknown; known: 0 (silent), 1 (a bar), 2 (a line an epoch), "auto"'
    )


def validation_epochs(validation_freq: int | Collection[int]) -> Callable[[int], bool]:
    """The function that says whether validation comes after an epoch (counted from 0).

    A number k means after every k epochs; a collection means after those (counted from 1).

    >>> [validation_epochs(2)(epoch) for epoch in range(4)]
    [False, True, False, True]
    >>> [validation_epochs([1, 2])(epoch) for epoch in range(4)]
    [True, True, False, False]
    """
    if isinstance(validation_freq, Collection) and not isinstance(validation_freq, str):
        return lambda epoch: epoch + 1 in validation_freq
    every = whole_number("validation_freq", validation_freq, 1)
    return lambda epoch: (epoch + 1) % every == 0


def first_batches(data: Examples, steps: Any, size: int, name: str) -> Examples:
    """The examples of the first `steps` batches of `size`; all for None.

    >>> import numpy as np
    >>> data = Examples(np.zeros((10, 1)), np.zeros(10), [])
    >>> len(first_batches(data, 2, 3, "steps").x)
    6
    """
    if steps is None:
        return data
    return data.part(slice(None, whole_number(name, steps, 1) * size))


def refuse_steps_per_epoch(steps: Any, size: int) -> None:
    """Refuse `steps_per_epoch`: an epoch here goes through all the data. Errors: ValueError.

    >>> refuse_steps_per_epoch(None, 32)
    """
    if steps is not None:
        raise ValueError(
            f"steps_per_epoch={steps!r} is for data that come from a generator; an epoch here goes "
            f"through all the data once. Leave it out, or write fit(x[:{steps} * {size}], "
            f"y[:{steps} * {size}])"
        )
