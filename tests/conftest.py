"""What the tests of the engine share."""

import pytest

from tinygrad_edu import formula


@pytest.fixture
def own_operations():
    """Operations declared inside leave no trace in the catalogue."""
    ops, by_numpy = dict(formula.OPS), dict(formula.BY_NUMPY)
    yield
    for table, before in ((formula.OPS, ops), (formula.BY_NUMPY, by_numpy)):
        table.clear()
        table.update(before)
