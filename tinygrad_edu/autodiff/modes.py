"""What a thread is doing: whether operations are recorded, watched, or written down by jit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from .inputs import numbers
from .recorder import Recorder


class _Modes(threading.local):
    # results that depend on a tensor with requires_grad know how they were made
    recording = True
    everything = False  # all results do
    watching = False  # the first NaN or inf is an error
    tape: Recorder | None = None  # jit is writing down what happens
    plain = True  # recording, and none of the others
    training = False  # layers that behave otherwise while they learn (Dropout) do


mode: _Modes = _Modes()


@contextmanager
def switched(name: str, value: Any) -> Iterator[None]:
    """Inside, one field of this thread's `mode` has another value."""
    before = getattr(mode, name)
    _set(name, value)
    try:
        yield
    finally:
        _set(name, before)


def _set(name: str, value: Any) -> None:
    setattr(mode, name, value)
    mode.plain = mode.recording and not mode.everything and not mode.watching and mode.tape is None


def no_grad() -> AbstractContextManager[None]:
    """Inside, no operation is recorded: for evaluation, and for updates of parameters. Holds for
    this thread.

    >>> import tinygrad_edu as tg
    >>> w = tg.tensor([1.0], requires_grad=True)
    >>> with tg.no_grad():
    ...     (w * 2).requires_grad
    False
    """
    return switched("recording", False)


def learning(active: bool = True) -> AbstractContextManager[None]:
    """Inside, a model learns: layers that behave otherwise then, as Dropout does, do. `fit` enters
    it by itself. With `active=False` a model inside does not learn.

    >>> from tinygrad_edu import nn
    >>> layer = nn.Dropout(0.5, seed=0)
    >>> with learning():
    ...     layer(np.ones(4)).numpy().max()
    np.float64(2.0)
    """
    return switched("training", active)


def recorded() -> AbstractContextManager[None]:
    """Inside, operations are recorded, in a no_grad() block too: transforms differentiate wherever
    they are called."""
    return switched("recording", True)


def record_everything() -> AbstractContextManager[None]:
    """Inside, every operation on tensors is noted on its result, whether or not a gradient can be
    asked of it: for pictures of models that run on plain data.

    Returns a context manager; at its end the mode is what it was before.

    >>> import tinygrad_edu as tg
    >>> x = tg.tensor(2.0)                                # no gradient is asked of it
    >>> with record_everything():
    ...     noted = x * x
    >>> noted.op.name, (x * x).op
    ('mul', None)
    """
    return switched("everything", True)


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Inside, the first NaN or inf that an operation or a gradient rule makes is an AnomalyError,
    which names the operation, its formula and its step (in place of NumPy's warning). For a search
    only: it looks at every array.

    >>> import tinygrad_edu as tg
    >>> with detect_anomaly():
    ...     tg.log(tg.tensor([1.0, -1.0], name="p"))                # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tinygrad_edu.autodiff.anomaly.AnomalyError: log made the first nan at [1] (step ...)...
    """
    with switched("watching", True), np.errstate(all="ignore"):
        yield


def untraced(what: str, cure: str) -> None:
    """Say that something does more than compute: inside a function that jit writes down it is
    refused."""
    if mode.tape is not None:
        mode.tape.refuse(f"it {what}", cure)


def as_array(x: Any, who: str, dtype: Any = None) -> Any:
    """x as a plain array of numbers, for `who`; itself, while jit watches what is done with it."""
    if mode.tape is not None and mode.tape.watches(x):
        return x if dtype is None or x.dtype == dtype else x.astype(dtype)
    return np.asarray(numbers(x, who), dtype)
