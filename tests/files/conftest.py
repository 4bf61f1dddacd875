import pytest
from writers import NAMES, WRITERS


@pytest.fixture(params=WRITERS)
def writer(request, tmp_path):
    """What writes a file, and a path that it writes to."""
    return WRITERS[request.param], tmp_path / NAMES.get(request.param, "a.bin")
