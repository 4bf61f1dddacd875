"""What a person sees of a training run, and the means that it shows."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import TextIO


class Means:
    """mean = Σ values·n / Σ n, over batches of n examples: the means of losses and metrics.

    >>> means = Means(["loss"])
    >>> means.add([1.0], 3)
    >>> means.add([2.0], 1)
    >>> means.result()
    {'loss': 1.25}
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.totals: dict[str, float] = dict.fromkeys(names, 0.0)
        self.count: int = 0

    def add(self, values: Iterable[float], n: int) -> None:
        """Note the values of a batch of n examples, one for each name.

        >>> means = Means(["loss", "mae"])
        >>> means.add([1.0, 0.5], 32)
        >>> means.count
        32
        """
        for name, value in zip(self.totals, values, strict=True):
            self.totals[name] += value * n
        self.count += n

    def result(self) -> dict[str, float]:
        """{name: mean} of what was added so far; 0 before anything was.

        >>> Means(["loss"]).result()
        {'loss': 0.0}
        """
        return {name: total / max(1, self.count) for name, total in self.totals.items()}


def say(text: str, stream: TextIO | None = None, end: str = "\n") -> None:
    """Print, if there is anywhere to print to.

    `sys.stdout` may be None (pythonw) or closed, and may know few characters: others become "?".

    >>> say("epoch 1")
    epoch 1
    """
    stream = stream or sys.stdout
    if stream is None or getattr(stream, "closed", False):
        return
    if not _can_print(text, stream):
        text = text.encode(stream.encoding, "replace").decode(stream.encoding)
    stream.write(text + end)
    if (flush := getattr(stream, "flush", None)) is not None:
        flush()


class Report:
    """What a person sees of a run: nothing (verbose 0), a live bar (1), or a line an epoch as in
    the lecture (2).

    >>> report = Report(verbose=2, epochs=1, steps=10)
    >>> report.begin(0)
    Epoch 1/1
    >>> report.done = 10
    >>> report.end({"loss": 0.5})                         # doctest: +ELLIPSIS
    10/10 - ...s - loss: 0.5000
    """

    WIDTH = 20
    EVERY = 0.1  # seconds between two paintings of the bar

    verbose: int
    epochs: int
    steps: int
    stream: TextIO | None  # there is no sys.stdout under pythonw
    began: float
    painted: float
    epoch: int
    done: int
    ended: bool

    def __init__(self, verbose: int, epochs: int, steps: int, stream: TextIO | None = None) -> None:
        self.verbose, self.epochs, self.steps = verbose, epochs, steps
        self.stream = stream or sys.stdout
        self.began = self.painted = time.perf_counter()
        self.epoch = self.done = 0
        self.ended = False

    def begin(self, epoch: int) -> None:
        """An epoch, counted from 0, begins.

        >>> Report(verbose=2, epochs=5, steps=10).begin(2)
        Epoch 3/5
        """
        self.began, self.done, self.epoch, self.ended = time.perf_counter(), 0, epoch, False
        if self.verbose:
            say(f"Epoch {epoch + 1}/{self.epochs}", self.stream)

    def step(self, means: Means | None) -> None:
        """A step is done: paint the bar again, if it was painted long enough ago.

        >>> Report(verbose=0, epochs=1, steps=10).step(None)
        """
        if self.verbose == 1:
            now = time.perf_counter()
            if now - self.painted >= self.EVERY:
                self.painted = now
                left = (now - self.began) / self.done * (self.steps - self.done)
                self._paint(f"{left:.0f}s left", means.result() if means else {})

    def end(self, logs: dict[str, float]) -> None:
        """The epoch is done: the line with its logs.

        >>> report = Report(verbose=2, epochs=1, steps=10)
        >>> report.end({"loss": 0.25, "accuracy": 0.5})   # doctest: +ELLIPSIS
        0/10 - ...s - loss: 0.2500 - accuracy: 0.5000
        """
        self.ended = True
        seconds = time.perf_counter() - self.began
        if self.verbose == 1:
            self._paint(f"{seconds:.0f}s", logs, end="\n")
        elif self.verbose:
            say(
                " - ".join([f"{self.done}/{self.steps}", f"{seconds:.0f}s", *_shown(logs)]),
                self.stream,
            )

    def interrupted(self, epochs: int, restored: int | None) -> None:
        """Say where Ctrl-C ended the run, how many epochs are complete, and which weights the model
        has.

        >>> report = Report(verbose=1, epochs=3, steps=10)
        >>> report.interrupted(epochs=0, restored=None)   # doctest: +ELLIPSIS
        <BLANKLINE>
        Interrupted in epoch 1 after 0/10 steps; the weights are those of the last step, ...
        """
        if self.verbose:
            where = (
                f"after epoch {self.epoch + 1}"
                if self.ended
                else f"in epoch {self.epoch + 1} after {self.done}/{self.steps} steps"
            )
            weights = (
                "the last step"
                if restored is None
                else f"the end of epoch {restored + 1}, the best"
            )
            say(
                f"\nInterrupted {where}; the weights are those of {weights}, the history has "
                f"{epochs} whole epochs.",
                self.stream,
            )

    def _paint(self, clock: str, logs: dict[str, float], end: str = "") -> None:
        full = self.WIDTH * self.done // max(1, self.steps)
        done, left = ("━", "╌") if _can_print("━╌", self.stream) else ("=", ".")
        bar = done * full + left * (self.WIDTH - full)
        line = f"{self.done}/{self.steps} {bar} " + " - ".join([clock, *_shown(logs)])
        say(f"\r{line}\x1b[K" if _is_terminal(self.stream) else f"\r{line}   ", self.stream, end)


def _is_terminal(stream: TextIO | None) -> bool:
    # what stands in for a stream need not have it
    isatty = getattr(stream, "isatty", None)
    return isatty is not None and not getattr(stream, "closed", False) and bool(isatty())


def _can_print(text: str, stream: TextIO | None) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _shown(logs: dict[str, float]) -> list[str]:
    return [f"{name}: {value:.4f}" for name, value in logs.items()]
