"""What run.py starts within a copy of the repository: a server that forks for every request, runs
pytest in the fork, and notes what failed first.

    python inside.py NOTE COPY

A request is a line of JSON: {"mode": ..., "arguments": [pytest's], "timeout": seconds}. Modes:
"tests": one fault is in the copy's text: which test sees it? "rules": every gradient rule in turn
is off by a thousandth. The note is JSON, so that nothing has to be read out of pytest's words; what
pytest prints goes into a file beside it. The answer is a line too: {"code": ...} or
{"timeout": true}.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import pytest

OFF = 1e-3


class First:
    """The first test that fails."""

    failed: str | None = None
    at_import = False  # it was no test, but a file of tests that could not be read
    passed = 0

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and self.failed is None:
            self.failed, self.at_import = report.nodeid, True

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.passed += report.when == "call" and report.passed
        if report.failed and self.failed is None:
            self.failed = report.nodeid

    def note(self) -> dict[str, Any]:
        return {"failed": self.failed, "at_import": self.at_import, "passed": self.passed}


class Rules:
    """Instead of pytest's loop: for each rule of the catalogue, the tests of its operation until
    one fails.

    They are called in this one process, since a process for each of some hundred rules would take
    minutes.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        from tinygrad_edu.formula import OPS

        for name in OPS.copy():
            # Tests of this operation that need nothing but their parameters; those of gradients are
            # asked first.
            items = [
                i
                for i in session.items
                if isinstance(i, pytest.Function)
                and hasattr(i, "callspec")
                and set(i.fixturenames) <= set(i.callspec.params)
                and any(isinstance(v, str) and v == name for v in i.callspec.params.values())
            ]
            items.sort(key=lambda i: "gradient" not in i.name)
            if (failing := first_failing(items)) is not None:
                self.rows.append(
                    {"op": name, "input": "", "failed": failing, "sound": False, "seconds": 0.0}
                )
                continue
            for k, rule in enumerate(OPS[name].gradients):
                if rule is None:
                    continue
                sound, began = OPS[name].gradients, time.perf_counter()
                each = OPS[name].inputs[k]
                bad, text = off(rule, OPS[name].rules[each])
                OPS[name].gradients = (*sound[:k], bad, *sound[k + 1 :])
                failing = first_failing(items)
                OPS[name].gradients = sound
                self.rows.append(
                    {
                        "op": name,
                        "input": each,
                        "faulty": text,
                        "failed": failing,
                        "sound": True,
                        "seconds": time.perf_counter() - began,
                    }
                )
        return True

    def note(self) -> dict[str, Any]:
        return {"rules": self.rows}


def off(rule: Any, text: str) -> tuple[Any, str]:
    """The rule times 1.001, as a function and as a text; where it is 0 everywhere, which no factor
    changes, 0.001 g."""
    if text.replace(" ", "").startswith("np.where(True,0,g"):
        return lambda g, *rest, **params: OFF * g, f"{OFF} * g"
    return lambda *args, **params: rule(*args, **params) * (1 + OFF), f"({text}) * {1 + OFF}"


def first_failing(items: list[Any]) -> str | None:
    for item in items:
        try:
            item.obj(**item.callspec.params)
        except Exception:
            return item.nodeid
    return None


def main(note: str, mode: str, copy: str, *arguments: str) -> int:
    # not imported yet: a fault may be in what an import runs
    spec = importlib.util.find_spec("tinygrad_edu")
    where = spec.origin if spec and spec.origin else "nowhere"
    assert Path(where).is_relative_to(copy), f"tinygrad_edu is read from {where}, not from {copy}"
    plugin = First() if mode == "tests" else Rules()
    # that hypothesis was loaded before pytest could rewrite its assertions is meant
    early = "ignore::pytest.PytestAssertRewriteWarning"
    options = ["-q", "-p", "no:cacheprovider", "-W", early]
    code = int(pytest.main([*options, *arguments], plugins=[plugin]))
    Path(note).write_text(json.dumps(plugin.note() | {"code": code}))
    return code


# What the tests load beside the project itself.
LOADED = (
    "hypothesis.extra.numpy",
    "hypothesis.stateful",
    "mpmath",
    "matplotlib.pyplot",
    "scipy.optimize",
    "graphviz",
)


def serve(note: str, copy: str) -> None:
    for name in LOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    assert not {"tinygrad_edu", "viz"} & set(sys.modules)
    importlib.invalidate_caches()
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            in_child(note, copy, request)
        print(json.dumps(waited(child, request["timeout"])), flush=True)


def in_child(note: str, copy: str, request: dict[str, Any]) -> None:
    """Run the tests, and end here."""
    os.setsid()  # its own group: what a test starts goes with it
    code = 3
    try:
        said = os.open(Path(note).with_suffix(".txt"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, source in ((0, nothing), (1, said), (2, said)):
            os.dup2(source, target)
        importlib.invalidate_caches()
        code = main(note, request["mode"], copy, *request["arguments"])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def waited(child: int, timeout: float) -> dict[str, Any]:
    """How it ended; after the timeout it is killed, with what it started."""
    end = time.monotonic() + timeout
    pause = 0.01
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return {"code": os.waitstatus_to_exitcode(status)}
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return {"timeout": True}
        time.sleep(pause)
        pause = min(0.1, 1.2 * pause)


if __name__ == "__main__":
    serve(*sys.argv[1:])
