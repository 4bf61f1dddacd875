"""Scenarios: small programs that are run plainly and compiled, in one world each."""

from profiles import by_profile

from .arguments import ARGUMENTS
from .around import AROUND
from .crossed import all_crossed
from .draws import DRAWS
from .effects import EFFECTS
from .fits import all_fitted
from .named import named
from .play import Scenario
from .results import RESULTS
from .trained import LAYERS, LOSSES


def some(scenarios: list[Scenario]) -> list[Scenario]:
    """Of those that a product of lists makes every third by day, all of them otherwise; those
    written one by one are always played."""
    return scenarios[:: by_profile(day=3, ci=1)]


CROSSED = [*all_crossed(), *all_fitted(), *named()]
ALL = [*some(CROSSED), *EFFECTS, *DRAWS, *ARGUMENTS, *RESULTS, *LOSSES, *LAYERS, *AROUND]
