"""What every step of the ladder uses: prose in two languages, figures that are checked, pictures
that are kept.

A step is a file of cells (`# %%`) that begins with

    lesson = begin("s03_xor")                    # its own name: a notebook knows no file

and runs in an editor, as a notebook (both with the root of the repository as the working folder),
as `python -m demos.s03_xor --lang es`, and by `python -m demos xor`.
"""

from __future__ import annotations

import argparse
import ast
import os
import sys
import textwrap
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_edu.files import replace_whole

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class Step:
    """A step as the list shows it, read from its file without running it."""

    number: int
    name: str
    path: Path
    title: dict[str, str]
    slides: str
    seconds: tuple[float, float]  # on the full data, and with --fast


@dataclass
class Claim:
    """One figure: what the lecture says, what was computed here, and whether the two agree."""

    step: str
    slide: str
    claim: str
    lecture: str
    ours: str
    holds: bool


@dataclass
class Lesson:
    """The run of one step."""

    step: Step
    lang: str = "en"
    fast: bool = False
    out: Path = Path("out")
    seed: int = 0
    quiet: bool = False
    claims: list[Claim] = field(default_factory=list)
    files: list[tuple[Path, str]] = field(default_factory=list)
    # what was said and shown, for the book
    log: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(self, en: str, es: str) -> str:
        """The text in this run's language."""
        return en if self.lang == "en" else es

    def title(self, en: str, es: str) -> None:
        text = self(en, es)
        self.log.append(("title", text))
        line = "─" * len(text)
        self._print(f"\n\x1b[1m{text}\x1b[0m\n{line}" if _colours() else f"\n{text}\n{line}")

    def say(self, en: str, es: str) -> None:
        """A paragraph."""
        text = " ".join(self(en, es).split())
        self.log.append(("say", text))
        self._print(textwrap.fill(text, 100))

    def write(self, text: str) -> None:
        """Lines as they are: matrices, tables, programs."""
        self.log.append(("write", text))
        self._print(textwrap.indent(text, "    "))

    def matrix(self, label: str, value: Any) -> None:
        """`label = matrix`, its rows under each other."""
        rows = np.array2string(
            np.asarray(getattr(value, "_data", value)) + 0.0,
            precision=4,
            suppress_small=True,
            floatmode="maxprec",
            separator="  ",
        ).splitlines()
        pad = " " * (len(label) + 3)
        self.write(
            f"{label} = "
            + f"\n{pad}".join(row.replace("]", " ").replace("[", " ").rstrip() for row in rows)
        )

    def table(self, rows: list[tuple[Any, ...]], heads: tuple[str, ...]) -> None:
        self.write(table([tuple(str(cell) for cell in row) for row in rows], heads))

    def progress(self, en: str, es: str) -> None:
        """That something takes its time, said before it does; not kept."""
        self._print(f"  … {self(en, es)}")

    def check(
        self, slide: str, claim: tuple[str, str], lecture: Any, ours: Any, holds: bool
    ) -> bool:
        """Note a claim with its figures, and say at once whether it holds."""
        found = Claim(self.step.name, slide, self(*claim), str(lecture), str(ours), bool(holds))
        self.claims.append(found)
        verdict = self("holds", "se cumple") if holds else self("DOES NOT HOLD", "NO SE CUMPLE")
        says = self("the lecture says", "la clase dice")
        measured = self("measured", "medido")
        text = f"{verdict}: {found.claim}: {says} {found.lecture}, {measured} {ours}"
        self.log.append(("check", found))
        self._print(
            textwrap.fill(
                text, 100, initial_indent="  ✓ " if holds else "  ✗ ", subsequent_indent="    "
            )
            if _unicode()
            else f"  {text}"
        )
        return bool(holds)

    def show(self, picture: Any, name: str, en: str, es: str) -> Path:
        """Keep a figure, a graph or a film in the folder, whole or not at all, with a line that
        says what to see."""
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / f"{self.step.number:02d}-{name}"
        if hasattr(picture, "savefig"):
            with replace_whole(path) as file:
                picture.savefig(file, dpi=110, format=path.suffix[1:])
        else:
            picture.save(path)
        self.files.append((path, self(en, es)))
        self.log.append(("show", (path, self(en, es))))
        self._print(f"  → {path}: {self(en, es)}")
        return path

    def pick(self, full: Any, fast: Any) -> Any:
        """What to use in a full run, or with --fast."""
        return fast if self.fast else full

    def _print(self, text: str) -> None:
        if not self.quiet:
            print(printable(text), flush=True)


_current: list[Lesson] = []
"""The lesson that `python -m demos` has prepared for the file it is about to run."""


def begin(name: str) -> Lesson:
    """The lesson of this step: the one prepared by `run`, or, where its file is run by itself, by
    its arguments."""
    if _current and _current[-1].step.path.stem == name:
        return _current[-1]
    arguments = [] if "ipykernel" in sys.modules else sys.argv[1:]
    parser = options(argparse.ArgumentParser(prog=f"{name}.py"))
    given = parser.parse_args(arguments)
    lesson = Lesson(read(FOLDER / f"{name}.py"), given.lang, given.fast, given.out, given.seed)
    lesson.title(
        f"{lesson.step.number}. {lesson.step.title['en']}",
        f"{lesson.step.number}. {lesson.step.title['es']}",
    )
    return lesson


def options(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The options that every step has."""
    parser.add_argument(
        "--lang", choices=LANGUAGES, default="en", help="the language of texts and pictures"
    )
    parser.add_argument("--fast", action="store_true", help="smaller data and fewer repetitions")
    parser.add_argument(
        "--out", type=Path, default=Path("out"), help="the folder for pictures (default: out)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="fixes every random number (default: 0)"
    )
    return parser


def run(
    step: Step,
    *,
    lang: str = "en",
    fast: bool = False,
    out: Path = Path("out"),
    seed: int = 0,
    quiet: bool = False,
) -> Lesson:
    """Run a step's file from its first cell to its last."""
    import runpy

    lesson = Lesson(step, lang, fast, out, seed, quiet)
    _current.append(lesson)
    try:
        lesson.title(f"{step.number}. {step.title['en']}", f"{step.number}. {step.title['es']}")
        lesson._print(f"{lesson('Slides', 'Diapositivas')}: {step.slides}")
        began = time.perf_counter()
        runpy.run_path(str(step.path), run_name="__demo__")
        lesson._print(f"\n  {time.perf_counter() - began:.1f} s")
    finally:
        _current.pop()
    return lesson


def steps() -> list[Step]:
    """All steps, in order."""
    return sorted((read(path) for path in FOLDER.glob("s[0-9][0-9]_*.py")), key=lambda s: s.number)


def read(path: Path) -> Step:
    """A step's title, slides and times, from the constants at the top of its file."""
    found: dict[str, Any] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id.isupper()
        ):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    number, _, name = path.stem[1:].partition("_")
    return Step(
        int(number),
        name,
        path.resolve(),
        dict(zip(LANGUAGES, found["TITLE"], strict=True)),
        found["SLIDES"],
        found["SECONDS"],
    )


def table(rows: list[tuple[str, ...]], heads: tuple[str, ...]) -> str:
    """Rows under heads, columns as wide as they need."""
    wide = [max(len(r[k]) for r in [heads, *rows]) for k in range(len(heads))]
    lines = [
        "  ".join(cell.ljust(w) for cell, w in zip(row, wide, strict=True)).rstrip()
        for row in [heads, *rows]
    ]
    return "\n".join([lines[0], "─" * (sum(wide) + 2 * (len(wide) - 1)), *lines[1:]])


def as_markdown(claims: list[Claim], lang: str) -> str:
    """Every claim's figures in one table: slide, claim, the lecture's figure, ours, holds or
    not."""
    heads = {
        "en": ("step", "slide", "claim", "expected", "measured", "ok"),
        "es": ("paso", "diapositiva", "afirmación", "esperado", "medido", "se cumple"),
    }[lang]
    words = {"en": ("yes", "NO"), "es": ("sí", "NO")}[lang]
    rows = [
        (c.step, c.slide, c.claim, c.lecture, c.ours, words[0] if c.holds else words[1])
        for c in claims
    ]
    cells = [
        [str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in [heads, *rows]
    ]
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([lines[0], "|" + "---|" * len(heads), *lines[1:]]) + "\n"


def _colours() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


_KEYBOARD = str.maketrans(
    {"─": "-", "→": "->", "…": "...", "✓": "+", "✗": "x", "·": "*", "−": "-", "∂": "d", "Σ": "S"}
)


def printable(text: str) -> str:
    """A text in the letters that stdout has: redirected on Windows, it has two hundred."""
    encoding = getattr(sys.stdout, "encoding", "") or "utf-8"
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        return text.translate(_KEYBOARD).encode(encoding, "replace").decode(encoding)


def _unicode() -> bool:
    return (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "") == "utf8"
