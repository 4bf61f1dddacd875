"""What a person sees of a training run, and the means that are shown."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import TextIO


class Means:
    """Means of losses and metrics over batches of unequal size."""

    def __init__(self, names: Iterable[str]) -> None:
        self.totals = dict.fromkeys(names, 0.0)
        self.count = 0

    def add(self, values: Iterable[float], n: int) -> None:
        for name, value in zip(self.totals, values, strict=True):
            self.totals[name] += value * n
        self.count += n

    def result(self) -> dict[str, float]:
        return {name: total / max(1, self.count) for name, total in self.totals.items()}


def say(text: str, stream: TextIO | None = None, end: str = "\n") -> None:
    """Print, if there is anywhere to: `sys.stdout` may be None (pythonw), closed, or know few
    characters."""
    stream = stream or sys.stdout
    if stream is None or getattr(stream, "closed", False):
        return
    if not _can_print(text, stream):
        text = text.encode(stream.encoding, "replace").decode(stream.encoding)
    stream.write(text + end)
    if (flush := getattr(stream, "flush", None)) is not None:
        flush()


class Report:
    """What a person sees of a run: nothing (0), a live bar (1), or the lecture's line an epoch
    (2)."""

    WIDTH = 20
    EVERY = 0.1  # seconds between two paintings of the bar

    def __init__(self, verbose: int, epochs: int, steps: int, stream: TextIO | None = None) -> None:
        self.verbose, self.epochs, self.steps = verbose, epochs, steps
        self.stream = stream or sys.stdout
        self.began = self.painted = time.perf_counter()
        self.epoch = self.done = 0
        self.ended = False

    def begin(self, epoch: int) -> None:
        self.began, self.done, self.epoch, self.ended = time.perf_counter(), 0, epoch, False
        if self.verbose:
            say(f"Epoch {epoch + 1}/{self.epochs}", self.stream)

    def step(self, means: Means | None) -> None:
        if self.verbose == 1:
            now = time.perf_counter()
            if now - self.painted >= self.EVERY:
                self.painted = now
                left = (now - self.began) / self.done * (self.steps - self.done)
                self._paint(f"{left:.0f}s left", means.result() if means else {})

    def end(self, logs: dict[str, float]) -> None:
        self.ended = True
        seconds = time.perf_counter() - self.began
        if self.verbose == 1:
            self._paint(f"{seconds:.0f}s", logs, end="\n")
        elif self.verbose:
            say(
                " - ".join([f"{self.done}/{self.steps}", f"{seconds:.0f}s", *_said(logs)]),
                self.stream,
            )

    def interrupted(self, epochs: int, restored: int | None) -> None:
        """Say where Ctrl-C ended it, how many epochs are whole, and which epoch's weights were
        brought back."""
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
        line = f"{self.done}/{self.steps} {bar} " + " - ".join([clock, *_said(logs)])
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


def _said(logs: dict[str, float]) -> list[str]:
    return [f"{name}: {value:.4f}" for name, value in logs.items()]
