"""A compiled run means what the plain run means, or it is refused: every scenario twice, in one
world each."""

from __future__ import annotations

import builtins
import re
from functools import cache

import pytest
from each import each
from profiles import NIGHT

from .scenarios import ALL, CROSSED
from .scenarios.play import CURE, Diary, Scenario, first_difference, play

BY_NAME = {s.name: s for s in ALL}
assert len(BY_NAME) == len(ALL), "two scenarios of one name"
KINDS = sorted({s.kind for s in ALL})


@cache
def plain_diary(name: str) -> Diary:
    return play(BY_NAME[name], compiled=False)


def scenarios(kind):
    return [s for s in ALL if s.kind == kind]


@pytest.mark.parametrize("kind", KINDS)
@each(scenario=scenarios)
def test_compiled_is_plain_or_refused(kind, scenario):
    name = scenario.name
    plain, compiled = plain_diary(name), play(scenario, compiled=True)
    assert not (difference := first_difference(scenario, plain, compiled)), difference
    assert not hasattr(builtins, "SCENARIO_RAN"), f"a name was run as text\n{scenario.text}"
    if compiled.refusal:
        assert scenario.expect in ("refused", "either"), (
            f"{name}: {compiled.refusal}\n{scenario.text}"
        )
        says_what_to_do(scenario, compiled.refusal)
    else:
        assert scenario.expect != "refused", f"{name} is to be refused\n{scenario.text}"
        ran(scenario, compiled)


def says_what_to_do(scenario: Scenario, message: str) -> None:
    """A refusal says what was read, and what to write instead."""
    assert CURE.search(message), f"no cure: {message}"
    if scenario.names:
        assert any(
            re.search(rf"(?<!\w){re.escape(n)}(?!\w)", message, re.I) for n in scenario.names
        ), f"none of {scenario.names}: {message}"


def ran(scenario: Scenario, compiled: Diary) -> None:
    """That programs answered, where the scenario says so; two plain runs are always equal."""
    if compiled.program is not None:
        assert compiled.program.strip(), "model.program() says nothing"
    if scenario.expect != "runs":
        return
    if scenario.kind.startswith("jit"):
        assert compiled.runs >= scenario.least, (
            f"{compiled.runs} calls were answered by a program\n{scenario.text}"
        )
        return
    if compiled.program is not None:
        assert "def " in compiled.program, (
            f"there is no program: {compiled.program}\n{scenario.text}"
        )
    if scenario.watched:
        assert compiled.executed <= scenario.bound, (
            f"{scenario.watched} ran {compiled.executed} times, {scenario.bound} would do\n{scenario.text}"
        )


@pytest.mark.parametrize("kind", KINDS)
@each(scenario=scenarios)
def test_scenarios_repeat_themselves_and_their_changes_matter(kind, scenario):
    """The yardstick: two plain worlds say the same, and a function that kept its first numbers
    would be found out."""
    name, plain = scenario.name, plain_diary(scenario.name)
    # those draw nothing
    again = play(scenario, compiled=False) if NIGHT or " / " not in name else plain
    assert not (difference := first_difference(scenario, plain, again)), difference
    assert not again.refusal
    assert any(p[0][0] == "gave" for p in plain.pages) or scenario.vacant, (
        f"{name} only raises: {plain.pages[0]}"
    )
    for k in range(1, len(plain.pages)):
        if plain.states[k] != plain.states[k - 1] and not scenario.vacant:
            assert plain.pages[k] != plain.pages[k - 1], (
                f"change {plain.states[k]} of {name} changes nothing"
            )


def test_every_kind_is_there():
    assert (
        len(CROSSED) > 500
        and len(ALL) > 200
        and {"runs", "equal", "either"} <= {s.expect for s in ALL}
    )
    assert {k.split()[0] for k in KINDS} == {"jit", "fit", "evaluate", "predict"}
