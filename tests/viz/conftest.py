"""Fixtures: the lecture's network, each layout engine, and a picture read back."""

from __future__ import annotations

import pytest
from viz_xor import Drawing, build_xor

from viz.writers import layout


@pytest.fixture
def xor():
    return build_xor()


@pytest.fixture(params=["pure", "dot"])
def engine(request):
    try:
        layout.find(request.param)
    except layout.EngineMissing:
        pytest.skip(f"the layout engine {request.param!r} is not installed here")
    return request.param


@pytest.fixture
def read():
    return lambda graph, engine=None: Drawing(graph.svg(engine))
