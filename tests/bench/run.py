"""Everything side by side on this machine: `make bench`, or

    python tests/bench/run.py [--rounds 5] [--fast] [--out out] [WORK ...]

Works: classifier, wide, xor, chain, nodes, startup, growth, profile. Each runs in a process of its
own, in which the peers take turns; prints tables of medians and ratios and saves them in
out/bench.md (growth: also a plot, out/bench-growth.png). A peer that is not installed is a row that
says so.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import works  # noqa: E402  (this file is run as a script)
from tinygrad_edu.files import write_whole  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("works", nargs="*", default=list(works.WORKS), metavar="WORK")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fast", action="store_true", help="a tenth of the steps: for a look")
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := set(options.works) - set(works.WORKS):
        parser.error(f"unknown work {', '.join(unknown)}; known: {', '.join(works.WORKS)}")
    if options.here:
        print(works.WORKS[options.works[0]](options.rounds, options.fast, options.out))
        return
    parts = []
    for name in options.works:
        # Large products gain from a second BLAS thread, small ones lose by its waiting.
        env = {
            **os.environ,
            "OPENBLAS_NUM_THREADS": str(os.cpu_count()) if name in works.LARGE else "1",
        }
        command = [
            sys.executable,
            __file__,
            name,
            "--here",
            f"--rounds={options.rounds}",
            f"--out={options.out}",
        ]
        done = subprocess.run(
            command + ["--fast"] * options.fast, env=env, stdout=subprocess.PIPE, text=True
        )
        parts.append(
            done.stdout.strip() if done.returncode == 0 else f"## {name}\n\nfailed, see above"
        )
        print(parts[-1] + "\n", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    write_whole(
        options.out / "bench.md", "\n\n".join(["# Benchmarks", works.machine(), *parts]) + "\n"
    )


if __name__ == "__main__":
    main()
