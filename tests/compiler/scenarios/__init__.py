"""Scenarios: small programs that are run plainly and compiled, in one world each."""

from .arguments import ARGUMENTS
from .around import AROUND
from .crossed import all_crossed
from .draws import DRAWS
from .effects import EFFECTS
from .fits import all_fitted
from .named import named
from .results import RESULTS
from .trained import LAYERS, LOSSES

ALL = [*all_crossed(), *EFFECTS, *DRAWS, *ARGUMENTS, *RESULTS, *all_fitted(), *LOSSES, *LAYERS, *AROUND, *named()]
