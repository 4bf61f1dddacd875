"""What all tests share."""

import gc

import profiles
import pytest

from tinygrad_edu import formula

profiles.register()


def pytest_collection_finish():
    """What pytest has collected stays until the end: gc.collect(), which tests of memory call, need
    not look at it."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def own_operations():
    """Operations declared inside leave no trace in the catalogue."""
    ops, by_numpy = dict(formula.OPS), dict(formula.BY_NUMPY)
    yield
    for table, before in ((formula.OPS, ops), (formula.BY_NUMPY, by_numpy)):
        table.clear()
        table.update(before)
