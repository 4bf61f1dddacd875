"""The public face of viz: what it exports is explained, with an example that the doctests run."""

from __future__ import annotations

import inspect

import pytest

import viz
from viz import plots

PUBLIC = [(viz, name) for name in viz.__all__] + [(plots, name) for name in plots.__all__]


def parameters(thing):
    """The names that a docstring has to explain: those of a function, or of a class's __init__."""
    if inspect.isclass(thing) and issubclass(thing, Exception):
        return []
    return [p for p in inspect.signature(thing).parameters if p not in ("self", "options")]


@pytest.mark.parametrize("module, name", PUBLIC, ids=lambda x: getattr(x, "__name__", x))
def test_every_public_thing_has_an_example(module, name):
    doc = getattr(module, name).__doc__
    assert ">>>" in doc
    assert len(doc.split("\n\n")) > 1, "a first line that stands alone"


@pytest.mark.parametrize(
    "module, name",
    [(m, n) for m, n in PUBLIC if inspect.isfunction(getattr(m, n))],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_every_argument_is_explained(module, name):
    function = getattr(module, name)
    doc = function.__doc__
    assert "Return" in doc
    if name == "explore":
        assert "as in `viz.graph`" in doc
        return
    for parameter in parameters(function):
        assert f"`{parameter}`" in doc, parameter


@pytest.mark.parametrize("thing", [viz.Graph, viz.Card, viz.Look, plots.Recorder, plots.Live])
def test_every_public_method_says_what_it_does(thing):
    for name, member in vars(thing).items():
        if not name.startswith("_") and (callable(member) or isinstance(member, property)):
            assert inspect.getdoc(member), name


def test_a_graphs_methods_have_examples():
    for name in ("source", "describe", "equations", "verify", "svg", "save"):
        assert ">>>" in inspect.getdoc(getattr(viz.Graph, name)), name


def test_nothing_else_is_exported():
    assert sorted(viz.__all__) == viz.__all__
    assert set(viz.__all__) <= set(vars(viz))
    assert all(getattr(plots, name).__module__.startswith("viz.plots.") for name in plots.__all__)
