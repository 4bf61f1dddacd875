"""No test asserts a wall time: it would say how busy the machine is. What is bounded is the work,
or the memory."""

from __future__ import annotations

import ast
from pathlib import Path

import hypothesis
import pytest

TESTS = Path(__file__).parents[1]
CLOCKS = {
    "perf_counter",
    "perf_counter_ns",
    "monotonic",
    "monotonic_ns",
    "process_time",
    "thread_time",
    "timeit",
    "default_timer",
}


def clocks(tree):
    """Lines of a test that read a clock."""
    for node in ast.walk(tree):
        name = getattr(node, "attr", getattr(node, "id", ""))
        owner = getattr(getattr(node, "value", None), "id", "")
        if name in CLOCKS or (
            isinstance(node, ast.Attribute) and owner == "time" and name in ("time", "time_ns")
        ):
            yield node.lineno


def test_no_test_reads_a_clock():
    files = [f for f in TESTS.rglob("test_*.py") if f.name != Path(__file__).name]
    assert len(files) > 60
    found = {
        f.relative_to(TESTS).as_posix(): list(clocks(ast.parse(f.read_text(encoding="utf-8"))))
        for f in files
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line", ["time.perf_counter()", "perf_counter()", "time.time()", "x = time.monotonic"]
)
def test_the_search_for_clocks_finds_them(line):
    assert list(clocks(ast.parse(line)))


def test_hypothesis_sets_no_deadline():
    assert hypothesis.settings.default.deadline is None
