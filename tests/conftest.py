"""What the tests of the engine share."""

import os

import hypothesis
import pytest

from tinygrad_edu import formula

# The same examples in every run: a seed gives the same numbers twice. HYPOTHESIS_PROFILE=search
# looks for new ones. No deadline: how long an example takes says how busy the machine is.
hypothesis.settings.register_profile("same", derandomize=True, database=None, deadline=None)
# For nights: as many programs as there is time for.
hypothesis.settings.register_profile("night", max_examples=2000, deadline=None)
hypothesis.settings.register_profile("search", deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture
def own_operations():
    """Operations declared inside leave no trace in the catalogue."""
    ops, by_numpy = dict(formula.OPS), dict(formula.BY_NUMPY)
    yield
    for table, before in ((formula.OPS, ops), (formula.BY_NUMPY, by_numpy)):
        table.clear()
        table.update(before)
