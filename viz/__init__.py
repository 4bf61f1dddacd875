"""Pictures of what `tinygrad_edu` computes.

    import viz
    viz.graph(loss, names=locals()).save("xor.png")

A card is an operation and its result: its title is the equation that ran, then its values, then its
gradients. Solid blue arrows carry values forward, dashed orange ones carry gradients back, each
labelled with what the gradient is multiplied by.

    graph.py       viz.graph, and the Graph it returns: read this first
    recording/     what was computed: nodes, names, frames, folding, gradients
    mathematics/   formulas and gradient rules as text
    model.py       the picture as data: cards and edges, which assembly/ makes
    verify.py      every number of a picture computed again
    writers/       DOT, SVG, PDF, HTML and text, and the programs that lay graphs out
    explorer/      viz.explore: a page to step through a graph
    plots/         activations, boundaries, training curves, images, films
    words.py       every word in English and Spanish

`viz.plots` needs matplotlib and is imported by name; only a PDF needs it too, for a font.
"""

from .explorer import explore
from .graph import Graph, graph
from .model import Card
from .palette import Look
from .verify import Differs
from .writers.layout import EngineMissing, LayoutError

__all__ = ["Card", "Differs", "EngineMissing", "Graph", "LayoutError", "Look", "explore", "graph"]
