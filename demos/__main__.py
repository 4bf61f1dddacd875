"""python -m demos: the lecture as a ladder of programs. Lists them, and runs them by name or
number."""

from __future__ import annotations

import argparse
import sys
import time

from demos.lesson import as_markdown, options, printable, run, steps, table
from tinygrad_edu.files import write_whole


def say(text: str) -> None:
    print(printable(text))


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; 1 where a claim did not hold."""
    known = {s.name: s for s in steps()}
    parser = options(
        argparse.ArgumentParser(
            prog="python -m demos", description="The lecture, a step at a time."
        )
    )
    parser.add_argument(
        "step",
        nargs="?",
        choices=[*known, *(str(s.number) for s in known.values()), "all"],
        metavar="STEP",
        help="its name or number, or all; none lists them",
    )
    given = parser.parse_args(arguments)
    es = given.lang == "es"
    if given.step is None:
        heads = (
            ("paso", "nombre", "de qué trata", "segundos", "--fast")
            if es
            else ("step", "name", "what it is about", "seconds", "--fast")
        )
        say(
            table(
                [
                    (
                        str(s.number),
                        s.name,
                        s.title[given.lang],
                        f"{s.seconds[0]:g}",
                        f"{s.seconds[1]:g}",
                    )
                    for s in known.values()
                ],
                heads,
            )
        )
        say(
            "\n"
            + (
                "Uno:  python -m demos NOMBRE [--lang es] [--fast]    todos:  python -m demos all"
                if es
                else "One:  python -m demos NAME [--lang es] [--fast]    all:  python -m demos all"
            )
        )
        return 0
    chosen = [s for s in known.values() if given.step in ("all", s.name, str(s.number))]
    began = time.perf_counter()
    lessons = [
        run(s, lang=given.lang, fast=given.fast, out=given.out, seed=given.seed) for s in chosen
    ]
    claims = [c for lesson in lessons for c in lesson.claims]
    files = [f for lesson in lessons for f in lesson.files]
    say("\n" + ("Archivos escritos" if es else "Files written"))
    say(
        table(
            [(str(path), what) for path, what in files],
            ("archivo", "lo que muestra") if es else ("file", "what it shows"),
        )
    )
    given.out.mkdir(parents=True, exist_ok=True)
    write_whole(given.out / "lecture.md", as_markdown(claims, given.lang))
    say(
        "\n"
        + (
            "Las cifras de la clase junto a las nuestras"
            if es
            else "The lecture's figures beside ours"
        )
    )
    yes = "sí" if es else "yes"
    say(
        table(
            [
                (c.step, c.slide, c.claim, c.lecture, c.ours, yes if c.holds else "NO")
                for c in claims
            ],
            ("paso", "diapositiva", "afirmación", "esperado", "medido", "se cumple")
            if es
            else ("step", "slide", "claim", "expected", "measured", "ok"),
        )
    )
    failed = sum(not c.holds for c in claims)
    seconds = time.perf_counter() - began
    hold = len(claims) - failed
    say(
        f"\n{hold} de {len(claims)} se cumplen; {seconds:.0f} s; {given.out / 'lecture.md'}"
        if es
        else f"\n{hold} of {len(claims)} hold; {seconds:.0f} s; {given.out / 'lecture.md'}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
