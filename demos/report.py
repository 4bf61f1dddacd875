"""What a demo reports: pictures it made, and its figures beside the lecture's."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_edu._files import replace_whole


@dataclass
class Claim:
    """One figure: what the lecture says, what was computed here, and whether the two agree."""

    slide: str
    claim: str
    lecture: str
    ours: str
    holds: bool


@dataclass
class Report:
    """Collects what one demo makes; files go to the folder `out`."""

    out: Path
    seed: int = 0
    files: list[tuple[Path, str]] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    def title(self, text: str) -> None:
        print(f"\n\x1b[1m{text}\x1b[0m" if _colours() else f"\n{text}")
        print("─" * len(text))

    def say(self, text: str = "") -> None:
        print(text)

    def matrix(self, label: str, value: Any) -> None:
        """Print `label = matrix`, its rows under each other."""
        rows = np.array2string(np.asarray(value) + 0.0, precision=4, suppress_small=True, floatmode="maxprec",
                               separator="  ").splitlines()
        pad = " " * (len(label) + 3)
        print(f"{label} = " + f"\n{pad}".join(row.replace("]", " ").replace("[", " ") for row in rows))

    def check(self, slide: str, claim: str, lecture: Any, ours: Any, holds: bool) -> bool:
        """Note a claim with its figures, and say at once whether it holds."""
        self.claims.append(Claim(slide, claim, str(lecture), str(ours), bool(holds)))
        print(f"  {'holds' if holds else 'DOES NOT HOLD'}: {claim}: lecture {lecture}, here {ours}")
        return bool(holds)

    def save(self, picture: Any, name: str, what: str) -> Path:
        """Write a matplotlib figure or a graph into the folder, whole or not at all."""
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / name
        if hasattr(picture, "savefig"):
            with replace_whole(path) as file:
                picture.savefig(file, dpi=110, format=path.suffix[1:])
        else:
            picture.save(path)
        self.files.append((path, what))
        print(f"  wrote {path}: {what}")
        return path


def table(rows: list[tuple[str, ...]], heads: tuple[str, ...]) -> str:
    """Rows under heads, columns as wide as they need."""
    wide = [max(len(r[k]) for r in [heads, *rows]) for k in range(len(heads))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, wide, strict=True)).rstrip() for row in [heads, *rows]]
    return "\n".join([lines[0], "─" * (sum(wide) + 2 * (len(wide) - 1)), *lines[1:]])


def _colours() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
