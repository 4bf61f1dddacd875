"""python -m demos: lists the demos, and runs them by name."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path

from demos.report import Report, table

DEMOS = ("xor", "collapse", "fashion_mnist")


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for; 1 where a claim did not hold."""
    modules = {name: importlib.import_module(f"demos.{name}") for name in DEMOS}
    parser = argparse.ArgumentParser(prog="python -m demos", description="The lecture as programs.")
    parser.add_argument("demo", nargs="?", choices=[*DEMOS, "all"], help="which one; none lists them")
    parser.add_argument("--out", type=Path, default=Path("out"), help="the folder for pictures (default: out)")
    parser.add_argument("--seed", type=int, default=0, help="fixes every random number (default: 0)")
    options = parser.parse_args(arguments)
    if options.demo is None:
        print(table([(name, module.SUMMARY) for name, module in modules.items()], ("demo", "what it shows")))
        print("\nRun one with  python -m demos NAME  or all with  python -m demos all")
        return 0
    began = time.perf_counter()
    reports = []
    for name in DEMOS if options.demo == "all" else (options.demo,):
        reports.append(Report(options.out, options.seed))
        modules[name].main(reports[-1])
    claims = [c for r in reports for c in r.claims]
    print("\nWhat was made")
    print(table([(str(path), what) for r in reports for path, what in r.files], ("file", "what it shows")))
    print("\nThe lecture's figures beside ours")
    print(table([(c.slide, c.claim, c.lecture, c.ours, "yes" if c.holds else "NO") for c in claims],
                ("slide", "claim", "lecture", "here", "holds")))
    failed = sum(not c.holds for c in claims)
    print(f"\n{len(claims) - failed} of {len(claims)} hold; {time.perf_counter() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
