"""Pictures of what `tinygrad_edu` computes.

    import viz
    viz.graph(loss, names=locals()).save("xor.png")

A card is an operation and its result: its title is the equation that ran, then its values, then its
gradients. Solid blue arrows carry values forward, dashed orange ones carry gradients back, each
labelled with what the gradient is multiplied by. Read `graph.py` first, then `walk.py` (the
recorded graph as a list), `fold.py`, `model.py` (cards as data), `notation.py` (formulas), `dot.py`
and `engine.py`.

Nothing is imported here that only drawing needs; `viz.plots`, which needs matplotlib, is imported
by name.
"""

from .writers.layout import EngineMissing, LayoutError
from .explorer import explore
from .graph import Graph, graph
from .palette import Look
from .verify import Differs

__all__ = ["Differs", "EngineMissing", "Graph", "LayoutError", "Look", "explore", "graph"]
