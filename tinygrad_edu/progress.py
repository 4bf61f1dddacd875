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


class Report:
    """What a person sees of a run: nothing (0), a live bar (1), or the lecture's line an epoch (2)."""

    WIDTH = 20
    EVERY = 0.1          # seconds between two paintings of the bar

    def __init__(self, verbose: int, epochs: int, steps: int, stream: TextIO | None = None) -> None:
        self.verbose, self.epochs, self.steps = verbose, epochs, steps
        self.stream = stream or sys.stdout
        self.began = self.painted = time.perf_counter()
        self.done = 0

    def begin(self, epoch: int) -> None:
        self.began, self.done = time.perf_counter(), 0
        if self.verbose:
            print(f"Epoch {epoch + 1}/{self.epochs}", file=self.stream, flush=True)

    def step(self, means: Means | None) -> None:
        if self.verbose == 1:
            now = time.perf_counter()
            if now - self.painted >= self.EVERY:
                self.painted = now
                left = (now - self.began) / self.done * (self.steps - self.done)
                self._paint(f"{left:.0f}s left", means.result() if means else {})

    def end(self, logs: dict[str, float]) -> None:
        seconds = time.perf_counter() - self.began
        if self.verbose == 1:
            self._paint(f"{seconds:.0f}s", logs, end="\n")
        elif self.verbose:
            print(" - ".join([f"{self.steps}/{self.steps}", f"{seconds:.0f}s", *_said(logs)]), file=self.stream,
                  flush=True)

    def interrupted(self, epochs: int) -> None:
        if self.verbose:
            print(f"\nInterrupted in epoch {epochs + 1} after {self.done}/{self.steps} steps; the weights are those of "
                  f"the last step, the history has {epochs} whole epochs.", file=self.stream, flush=True)

    def _paint(self, clock: str, logs: dict[str, float], end: str = "") -> None:
        full = self.WIDTH * self.done // max(1, self.steps)
        done, left = ("━", "╌") if _can_print("━╌", self.stream) else ("=", ".")
        bar = done * full + left * (self.WIDTH - full)
        line = f"{self.done}/{self.steps} {bar} " + " - ".join([clock, *_said(logs)])
        print(f"\r{line}\x1b[K" if self.stream.isatty() else f"\r{line}   ", end=end, file=self.stream, flush=True)


def _can_print(text: str, stream: TextIO) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _said(logs: dict[str, float]) -> list[str]:
    return [f"{name}: {value:.4f}" for name, value in logs.items()]
