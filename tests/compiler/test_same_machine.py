"""Functions written by chance, in twin worlds: something changes, something is called, and both say
the same.

One world runs plainly, the other under `tg.jit`. A function of ordinary lines is never refused; one
with odd lines may be, before its first wrong answer.
"""

from __future__ import annotations

import contextlib
import warnings
from collections import Counter

from hypothesis import HealthCheck, event, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from profiles import by_profile

import tinygrad_edu as tg

from .scenarios.play import CURE, Scenario, World, one_call
from .scenarios.written import CHANGES, Written, written

EXAMPLES = by_profile(day=30, ci=60, night=2_000)
TALLY: Counter[str] = Counter()


class Machine(RuleBasedStateMachine):
    """Two worlds of one text."""

    compiled = True

    def __init__(self):
        super().__init__()
        self.stack, self.worlds, self.over = contextlib.ExitStack(), [], False
        warned = warnings.catch_warnings()
        self.stack.enter_context(warned)
        warnings.simplefilter("ignore")

    @initialize(program=written())
    def begin(self, program: Written):
        note(program.text)
        self.program = program
        scenario = Scenario("written", "jit written", "either", program.text)
        for compiled in (False, self.compiled):
            self.worlds.append(World(scenario, compiled))
            self.stack.callback(self.worlds[-1].close)

    def both(self, name: str) -> None:
        """Call a function in both worlds; after a refusal nothing more is compared."""
        if self.over:
            return
        plain, compiled = (one_call(world, name) for world in self.worlds)
        if isinstance(compiled, tg.TraceError):
            self.over = True
            TALLY["refused"] += 1
            event("refused")
            assert not self.program.ordinary, f"ordinary lines, refused: {compiled}"
            assert CURE.search(str(compiled)), f"no cure: {compiled}"
            return
        TALLY["calls"] += 1
        assert plain == compiled, f"{name}:\n  plain    {plain}\n  compiled {compiled}"

    @rule(times=st.integers(1, 4))
    def call(self, times):
        for _ in range(times):
            self.both("call")

    @precondition(lambda self: not self.program.updates)
    @rule(times=st.integers(1, 3))
    def gradient(self, times):
        for _ in range(times):
            self.both("call_gradient")

    @precondition(lambda self: not self.program.updates)
    @rule()
    def without_gradient(self):
        self.both("call_without")

    @precondition(lambda self: not self.program.updates)
    @rule(change=st.sampled_from(CHANGES))
    def change_between_loss_and_backward(self, change):
        for world in self.worlds:
            world.space["late"] = f"try:\n    {change}\nexcept Exception:\n    pass\n"
        self.both("call_late")

    @rule(change=st.sampled_from(CHANGES))
    def change(self, change):
        raised = []
        for world in self.worlds:
            try:
                exec(change, world.space)
                raised.append("")
            except Exception as error:
                raised.append(f"{type(error).__name__}: {error}")
        assert raised[0] == raised[1]

    def teardown(self):
        if len(self.worlds) == 2 and self.compiled:
            TALLY["ran"] += self.worlds[1].runs()
            TALLY["worlds"] += 1
            TALLY["worlds that ran"] += self.worlds[1].runs() > 0
        self.stack.close()


class PlainMachine(Machine):
    compiled = False


CHOSEN = settings(
    max_examples=EXAMPLES,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


def test_two_plain_worlds_say_the_same():
    """The yardstick: nothing but `jit` differs between the twins."""
    run_state_machine_as_test(PlainMachine, settings=settings(CHOSEN, max_examples=EXAMPLES // 3))


def test_compiled_functions_say_what_plain_ones_say():
    TALLY.clear()
    run_state_machine_as_test(Machine, settings=CHOSEN)
    # Programs ran: else nothing was compared.
    assert TALLY["ran"] > TALLY["calls"] / 6 and TALLY["worlds that ran"] > TALLY["worlds"] / 3, (
        TALLY
    )
