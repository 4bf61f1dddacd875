"""Mutation testing: one fault at a time is put into a copy of the package, and some test must
notice.

    python tests/mutants/run.py                    every fault; exit status 1 if one survives
    python tests/mutants/run.py --only adam        those with this in their name
    python tests/mutants/run.py --survivors        print only those that no test noticed
    python tests/mutants/run.py --named            asks the tests that each fault names, and no others
    python tests/mutants/run.py --part 2/4         every fourth of those written down, from the second; and all rules

A fault is first shown to the tests that its line in faults/ names, and where these see nothing, to
the whole suite. The same tests run on an unmodified copy before: one that fails there proves
nothing. Beside the faults written down, every gradient rule of the catalogue is tried with a result
off by a thousandth.

The repository is only read: it is copied to a temporary folder when this starts, so it may change
meanwhile. Exit status 2: a fault's old text is not in the code any more (or more than once), or the
tests fail by themselves.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from faults import FAULTS, Fault

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = {
    ".git",
    ".venv",
    "build",
    "dist",
    "out",
    "__pycache__",
    ".hypothesis",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
}
# The whole suite, without what draws, downloads or reads the source's text instead of running it.
WHOLE = [
    "tests",
    *(
        f"--ignore=tests/{name}"
        for name in (
            "bench",
            "datasets",
            "mutants",
            "viz",
            "demos",
            "project",
        )
    ),
]
RULE = "rule: {}, {}"

clock = itertools.count(
    int(time.time()) + 60
)  # modification times: no two faults may share a .pyc file


@dataclass
class Verdict:
    name: str
    killed_by: str | None  # None: it survived
    seconds: float
    remark: str = ""


class Copies:
    """Copies of the repository, one for each job; a fault is written into one and taken out
    again."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self.pristine = folder / "pristine"
        shutil.copytree(
            ROOT, self.pristine, ignore=lambda _, names: [n for n in names if n in LEFT_OUT]
        )
        self.free: queue.Queue[Path] = queue.Queue()
        for k in range(jobs):
            shutil.copytree(self.pristine, folder / f"copy{k}")
            self.free.put(folder / f"copy{k}")
        self.servers = {copy: Server(copy) for copy in list(self.free.queue)}

    def run(
        self, mode: str, selection: list[str], timeout: float, fault: Fault | None = None
    ) -> dict:
        """What inside.py noted, with the fault in place; {"timeout": True} where it did not come to
        an end."""
        copy = self.free.get()
        file = copy / "tinygrad_edu" / fault.file if fault else None
        try:
            if fault and file:
                file.write_text(fault.applied(file.read_text(encoding="utf-8")), encoding="utf-8")
                os.utime(file, (now := next(clock), now))
            return self.servers[copy].run(mode, selection, timeout)
        finally:
            if fault and file:
                shutil.copy2(self.pristine / "tinygrad_edu" / fault.file, file)
            self.free.put(copy)

    def close(self) -> None:
        for server in self.servers.values():
            server.close()


class Server:
    """A process in a copy that has everything but the copy's own modules loaded, and forks for each
    selection of tests: loading them anew would take longer than most tests."""

    def __init__(self, copy: Path) -> None:
        self.copy, self.note = copy, copy.with_suffix(".json")
        environment = os.environ | {
            "PYTHONPATH": str(copy),
            "OPENBLAS_NUM_THREADS": "1",
            "MPLBACKEND": "Agg",
        }
        self.process = subprocess.Popen(
            [sys.executable, "tests/mutants/inside.py", str(self.note), str(copy)],
            cwd=copy,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, mode: str, selection: list[str], timeout: float) -> dict:
        assert self.process.stdin and self.process.stdout
        self.note.unlink(missing_ok=True)
        json.dump({"mode": mode, "arguments": selection, "timeout": timeout}, self.process.stdin)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if answer.get("timeout"):
            return {"timeout": True}
        output = self.note.with_suffix(".txt").read_text(encoding="utf-8", errors="replace")
        if not self.note.exists():
            return {"code": answer["code"], "failed": None, "output": output}
        return json.loads(self.note.read_text()) | {"output": output}

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


class Suite:
    """Where the tests of a name are, so that a hint outlives a file that is split or moved."""

    def __init__(self, root: Path) -> None:
        self.places: dict[str, list[str]] = {}
        for file in sorted((root / "tests").rglob("test_*.py")):
            for name in re.findall(
                r"^def (test_\w+)\(", file.read_text(encoding="utf-8"), re.MULTILINE
            ):
                self.places.setdefault(name, []).append(
                    f"{file.relative_to(root).as_posix()}::{name}"
                )

    def find(self, hint: str) -> list[str]:
        """Node ids for `test_name`, or for `test_file::test_name` where several files have one of
        that name."""
        stem, _, name = hint.rpartition("::")
        return [
            p
            for p in self.places.get(name, [])
            if not stem or Path(p.partition("::")[0]).stem == stem
        ]


def judge(fault: Fault, copies: Copies, suite: Suite, timeout: float) -> Verdict:
    """Show a fault to the tests it names."""
    selection = [place for hint in fault.killers for place in suite.find(hint)]
    lost = [hint for hint in fault.killers if not suite.find(hint)]
    remark = f"no test is called {', '.join(lost)}" if lost else ""
    began = time.perf_counter()
    result = (
        copies.run("tests", ["-x", *selection], timeout, fault)
        if selection
        else {"failed": None, "code": 0}
    )
    return verdict(fault, result, time.perf_counter() - began, timeout, remark)


def verdict(
    fault: Fault, result: dict, seconds: float, timeout: float, remark: str = ""
) -> Verdict:
    if result.get("timeout"):
        return Verdict(fault.name, f"the timeout of {timeout:.0f} s", seconds, remark)
    if result.get("at_import") or (result["code"] not in (0, 1)):
        last = (result.get("output", "").strip().splitlines() or ["nothing was said"])[-1]
        return Verdict(
            fault.name,
            None,
            seconds,
            f"it cannot be tried, pytest ends with {result['code']}: {last}",
        )
    return Verdict(fault.name, result["failed"], seconds, remark)


def stale(faults: Iterable[Fault], root: Path) -> list[str]:
    """Faults whose old text is not there exactly once, in words."""
    words = []
    for fault in faults:
        file = root / "tinygrad_edu" / fault.file
        count = fault.count(file.read_text(encoding="utf-8")) if file.exists() else 0
        if count != 1:
            words.append(
                f"fault {fault.name!r}: its old text is {count} times in tinygrad_edu/{fault.file}, and must "
                f"be there once; bring tests/mutants/faults/ up to date:\n    {fault.old!r}"
            )
    return words


def as_text(op: str, name: str, faulty: str) -> Fault:
    """The fault of a rule as an edit of op() itself, for the whole suite."""
    line = '    text = signature if "(" in signature else'
    bad = f'    if signature.partition("(")[0] == {op!r}:\n        rules[{name!r}] = {faulty!r}\n'
    return Fault(RULE.format(op, name), "formula.py", line, bad + line, ())


def show(v: Verdict, only_survivors: bool) -> None:
    if v.killed_by is None:
        print(f"{v.name:<48} SURVIVED" + (f" ({v.remark})" if v.remark else ""), flush=True)
    elif not only_survivors:
        print(
            f"{v.name:<48} {v.killed_by} ({v.seconds:.1f} s)"
            + (f" [{v.remark}]" if v.remark else ""),
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--only", action="append", help="faults with this in their name; may be given again"
    )
    parser.add_argument(
        "--part", default="1/1", help="K/N: every N-th fault written down, from the K-th"
    )
    parser.add_argument("--jobs", type=int, default=2, help="how many at once (2)")
    parser.add_argument("--survivors", action="store_true", help="print survivors only")
    parser.add_argument(
        "--named", action="store_true", help="do not ask the whole suite about those that survive"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=60,
        help="seconds a fault may take; then it counts as killed",
    )
    options = parser.parse_args()
    began = time.perf_counter()

    def chosen(name: str) -> bool:
        return not options.only or any(part in name for part in options.only)

    first, every = map(int, options.part.split("/"))
    faults = [f for f in FAULTS if chosen(f.name)][first - 1 :: every]
    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as folder,
        contextlib.closing(Copies(Path(folder).resolve(), max(1, options.jobs))) as copies,
        ThreadPoolExecutor(options.jobs) as pool,
    ):
        if words := stale(faults, copies.pristine):
            print("\n".join(words))
            return 2
        suite = Suite(copies.pristine)
        selection = list(
            dict.fromkeys(p for f in faults for hint in f.killers for p in suite.find(hint))
        )
        rules = pool.submit(copies.run, "rules", ["tests/ops"], 600)
        if selection:
            sound = copies.run("tests", selection, 600)
            if sound.get("code") != 0:
                print(sound.get("output", "the unmodified copy did not come to an end"))
                print(
                    f"The named tests fail on the unmodified copy, {sound.get('failed')} first: nothing was tried."
                )
                return 2

        verdicts = []
        for v in pool.map(lambda f: judge(f, copies, suite, options.timeout), faults):
            verdicts.append(v)
            if v.killed_by or v.remark.startswith("it cannot"):
                show(v, options.survivors)

        found = rules.result()
        if "rules" not in found:
            print(found.get("output", "the tests of the rules did not come to an end"))
            return 2
        if unsound := [r for r in found["rules"] if not r["sound"]]:
            print(
                f"{unsound[0]['failed']} fails on the unmodified copy: no rule can be judged by it."
            )
            return 2
        generated = [(r, as_text(r["op"], r["input"], r["faulty"])) for r in found["rules"]]
        generated = [(r, f) for r, f in generated if chosen(f.name)]
        for r, f in generated:
            verdicts.append(Verdict(f.name, r["failed"], r["seconds"]))
            if r["failed"]:
                show(verdicts[-1], options.survivors)

        by_name = {f.name: f for f in [*faults, *(f for _, f in generated)]}
        left = [
            k
            for k, v in enumerate(verdicts)
            if v.killed_by is None and not v.remark.startswith("it cannot")
        ]
        if options.named:
            for k in left:
                show(verdicts[k], options.survivors)
        elif left:
            print(
                "\nThe whole suite is asked about: " + "; ".join(verdicts[k].name for k in left),
                flush=True,
            )
            sound = copies.run("tests", WHOLE, 600)
            if sound.get("code") != 0:
                print(sound.get("output", "the unmodified copy did not come to an end"))
                print(f"The suite fails on the unmodified copy, {sound.get('failed')} first.")
                return 2

            def again(k: int) -> None:
                fault, start = by_name[verdicts[k].name], time.perf_counter()
                result = copies.run("tests", ["-x", *WHOLE], 5 * options.timeout, fault)
                verdicts[k] = verdict(
                    fault,
                    result,
                    time.perf_counter() - start,
                    5 * options.timeout,
                    "not by the tests it names",
                )

            list(pool.map(again, left))
            for k in left:
                show(verdicts[k], options.survivors)

    survived = sum(v.killed_by is None for v in verdicts)
    print(
        f"\n{len(faults)} faults written down, {len(generated)} rules off by a thousandth: "
        f"{len(verdicts) - survived} killed, {survived} survived; {time.perf_counter() - began:.0f} s."
    )
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
