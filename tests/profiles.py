"""How much of what chance or a product of lists can make is tried: HYPOTHESIS_PROFILE says it.

`day` is what `make test` runs; `ci` is some times as much, `night` all that there is time for. These
two and `day` differ in how many examples and scenarios they try, in nothing else. `search` looks
for new examples; the others are the same in every run: a seed gives the same numbers twice.
"""

from __future__ import annotations

import os

import hypothesis

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "day")
NIGHT = PROFILE == "night"


def by_profile(day: int, ci: int, night: int | None = None) -> int:
    """How many, at each of them; `search` takes as many as `ci`."""
    return {"day": day, "night": ci if night is None else night}.get(PROFILE, ci)


def register() -> None:
    """No deadline: how long an example takes says how busy the machine is."""
    same = {"derandomize": True, "database": None, "deadline": None}
    hypothesis.settings.register_profile("day", max_examples=25, **same)
    hypothesis.settings.register_profile("ci", max_examples=100, **same)
    hypothesis.settings.register_profile("night", max_examples=2000, deadline=None)
    hypothesis.settings.register_profile("search", deadline=None)
    hypothesis.settings.load_profile(PROFILE)
