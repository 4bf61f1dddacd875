"""What run.py starts in a subprocess, within a copy of the repository: pytest, and a note of what
failed first.

    python inside.py NOTE tests COPY [pytest's arguments]       one fault is in the copy's text: which test sees it?
    python inside.py NOTE rules COPY [pytest's arguments]       every gradient rule in turn is off by a thousandth

The note is JSON, so that nothing has to be read out of pytest's words.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
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
    if text.replace(" ", "") == "np.where(True,0,g)":
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
    code = int(pytest.main(["-q", "-p", "no:cacheprovider", *arguments], plugins=[plugin]))
    Path(note).write_text(json.dumps(plugin.note() | {"code": code}))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
