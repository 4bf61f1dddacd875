"""Rounds, medians and tables: everything measured in turn, so that all meet the machine in the same
state."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from statistics import median

Run = Callable[[], int]  # does its work and returns how many units of it


def interleaved(runs: dict[str, Run], rounds: int) -> dict[str, list[float]]:
    """Microseconds a unit, for each of several rounds; one round before, unmeasured."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for k in range(rounds + 1):
        for name, run in runs.items():
            gc.collect()
            began = time.perf_counter()
            units = run()
            seconds = time.perf_counter() - began
            if k:
                times[name].append(seconds / units * 1e6)
    return times


def rows(
    times: dict[str, list[float]], base: str, unit: str, missing: Iterable[str] = ()
) -> list[str]:
    """A table in Markdown: medians, least and greatest, and each median's ratio to the base's."""
    of = median(times[base])
    lines = [f"| | {unit}: median (least to greatest) | ratio to {base} |", "|---|---|---|"]
    for name, values in sorted(times.items(), key=lambda item: median(item[1])):
        lines.append(
            f"| {name} | {median(values):,.2f} ({min(values):,.2f} to {max(values):,.2f}) | "
            f"{median(values) / of:.2f} |"
        )
    return lines + [f"| {name} | not installed | |" for name in missing]
