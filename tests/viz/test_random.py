"""Random graphs in both engines, both directions, before and after backward(): every one is drawn,
whole; every number is computed again, and every equation read back to its number."""

from __future__ import annotations

import numpy as np
import pytest
from checks import drawn_whole, reads_back
from graphs import graphs
from hypothesis import HealthCheck, Phase, given, settings
from profiles import NIGHT, by_profile

import viz
from viz.writers import layout


def engines():
    found = []
    for name in ("pure", "dot"):
        try:
            found.append(layout.find(name).name)
        except layout.EngineMissing:
            continue
    return found


COUNTS = {"drawings": 0, "cards": 0, "arrows": 0, "equations": 0, "too long": 0, "plainer": 0}


@pytest.mark.skipif(not engines(), reason="no layout engine is installed here")
@settings(
    deadline=None,
    max_examples=by_profile(day=4, ci=12, night=280),
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink]
    if NIGHT
    else [Phase.explicit, Phase.generate],
)
@given(graphs())
def test_every_random_graph_is_drawn_whole_and_reads_back(make):
    for differentiated in (False, True):
        with np.errstate(all="ignore"):
            example = make()
            if differentiated:
                example.backward()
            for direction in ("LR", "TB"):
                graph = viz.graph(example.roots, detail="ops", direction=direction)
                for engine in engines():
                    drawing = drawn_whole(graph, engine)
                    COUNTS["drawings"] += 1
                    COUNTS["cards"] += len(drawing.nodes)
                    COUNTS["arrows"] += len(drawing.edges)
                    COUNTS["plainer"] += (
                        graph.picture.words["plainer"][:14] in graph._laid_out[engine][0]
                    )
            graph.verify()
            read, unread = reads_back(graph)
    COUNTS["equations"] += read
    COUNTS["too long"] += unread


def test_how_many_there_were():
    """`pytest -s` says it; a night draws two thousand."""
    print(COUNTS)
    assert not NIGHT or COUNTS["drawings"] >= 1000 * len(engines())
