"""What other visualizers get wrong, tried on this one."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import tinygrad_edu as tg
import viz
from tinygrad_edu.autodiff import walk


def test_a_square_has_two_edges_and_the_gradient_of_both(read):
    x = tg.tensor(3.0, requires_grad=True, name="x")
    y = x * x
    y.backward()
    drawing = read(viz.graph(y))
    assert {"forward-x-f", "forward-x-f-2", "backward-f-x", "backward-f-x-2"} <= set(drawing.edges)
    assert drawing.numbers("node-x") == ["3", "6"]


def test_doublings_are_a_card_each_not_a_path_each(read):
    y = tg.tensor(1.0, requires_grad=True, name="x")
    for _ in range(18):
        y = y + y  # 2¹⁸ paths
    y.backward()
    drawing = read(viz.graph(y))
    assert len(drawing.nodes) == 19 and len(drawing.edges) == 2 * 2 * 18
    assert drawing.numbers("node-x") == ["1", "2.62e5"]


@pytest.mark.parametrize("limit", [400, 3000])
def test_two_thousand_operations_need_no_recursion(limit):
    y = tg.tensor(1.0, requires_grad=True)
    for _ in range(2000):
        y = tg.sin(y)
    y.backward()
    graph = viz.graph(y, limit=limit)
    assert graph.source and graph.describe() and graph.equations()
    assert len(graph.picture.cards) == (3 if limit == 400 else 2001)


def test_a_hundred_thousand_nodes_take_far_less_than_a_gigabyte():
    y = tg.tensor(np.ones(3), requires_grad=True)
    for _ in range(50_000):
        y = tg.sin(y) * 1.01
    tracemalloc.start()
    try:
        graph = viz.graph(y.sum())
        assert graph.source
        assert tracemalloc.get_traced_memory()[1] < 500e6
    finally:
        tracemalloc.stop()
    assert len(graph.picture.cards) <= 400


@pytest.mark.parametrize(
    "make",
    [
        lambda: tg.tensor(2.0),
        lambda: tg.tensor(2.0, requires_grad=True, name="a"),
        lambda: tg.tensor(np.zeros((0, 3))),
        lambda: tg.tensor([True, False]),
    ],
)
def test_a_leaf_alone_is_a_picture(make, read):
    assert len(read(viz.graph(make())).nodes) == 1


def test_the_graph_of_a_gradient(read):
    z = tg.tensor(2.0, requires_grad=True, name="z")
    cube = z**3
    [(_, slope)] = walk.backward(
        [(cube, tg.tensor(1.0))], wanted={z.step}, create_graph=True
    ).values()
    slope.backward()
    graph = viz.graph(slope)
    assert graph.picture.formula == "f = 3·z²"
    assert read(graph).numbers("node-z") == ["2", "12"]


def test_a_constant_without_a_name_is_written_into_the_formula_and_with_one_it_is_a_card():
    x = tg.tensor(2.0, requires_grad=True, name="x")
    assert [c.title for c in viz.graph(x * tg.tensor(3.0)).picture.cards] == ["x", "f = 3·x"]
    assert len(viz.graph(x * tg.tensor(3.0, name="k")).picture.cards) == 3
    k = tg.tensor(3.0)
    assert len(viz.graph(x * k, names={"k": k}).picture.cards) == 3
