"""Large graphs: they fold by themselves, say so, stay graphs without cycles, and take linear time
without recursion."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from viz_xor import build_xor

import tinygrad_edu as tg
import viz
from tinygrad_edu import nn
from viz.recording.fold import fold, period
from viz.recording.walk import walk


def acyclic(groups):
    """Whether no group comes before one that it reads."""
    place = {n.index: k for k, g in enumerate(groups) for n in g.nodes}
    return all(place[x.index] <= place[n.index] for g in groups for n in g.nodes for x in n.inputs)


def chain(n):
    x = tg.tensor([1.0, 2.0], requires_grad=True, name="x")
    for _ in range(n):
        x = tg.tanh(x)
    return x


def test_a_chain_of_100_000_is_drawn_collapsed(read):
    assert sys.getrecursionlimit() <= 1000
    y = chain(100_000)
    y.sum()
    y.backward(np.ones(2))
    g = viz.graph(y)
    d = read(g)
    assert d.nodes == ["node-x", "node-u99999", "node-f"]
    assert "tanh × 99 999" in d.text("node-u99999")
    assert "99 999 of 100 001 nodes are folded" in g.source
    assert len(d.numbers("node-f")) == 4


def calls(action):
    """How many calls of functions, Python's and C's, an action makes."""
    count = 0

    def each(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(each)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("detail", ["auto", "ops"])
def test_the_work_grows_as_the_graph(detail):
    """Ten times the operations, ten times the calls: the work is linear, on whatever machine,
    however busy."""
    drawn = lambda y: lambda: viz.graph(y, detail=detail).source
    few, many = (calls(drawn(chain(n))) for n in (2_000, 20_000))
    assert many < 11 * few
    assert many < 100 * 20_000


def test_below_the_limit_nothing_folds():
    g = viz.graph(chain(30))
    assert len(g.picture.cards) == 31
    assert not g.picture.notes


def test_a_pattern_that_repeats_is_named():
    x = tg.tensor([1.0], requires_grad=True)
    for _ in range(300):
        x = tg.tanh(x * 2.0) + 0.5
    text = viz.graph(x).describe()
    assert "(mul, tanh, add) × 299, mul, tanh" in text


def test_period():
    assert [period(s) for s in ("aaaa", "abab", "ababa", "abcd", "a")] == [1, 2, 2, 4, 1]
    assert period([]) == 0


def tangle(n, seed=0):
    rng = np.random.default_rng(seed)
    made = [tg.tensor(1.0, requires_grad=True) for _ in range(3)]
    for _ in range(n):
        i, j = rng.integers(max(0, len(made) - 30), len(made), 2)
        made.append(made[i] * 0.5 - made[j] if rng.random() < 0.5 else tg.sin(made[i]))
    return made[-1] + sum(made[3:])


@pytest.mark.parametrize("seed", range(4))
def test_a_tangle_folds_to_the_limit_and_stays_acyclic(seed):
    graph = walk([tangle(1000, seed)])
    groups, done = fold(graph, "auto", 100)
    assert done == "folded"
    assert len(groups) <= 101
    assert acyclic(groups)
    assert sorted(n.index for g in groups for n in g.nodes) == list(range(len(graph.nodes)))


def test_a_tangle_can_be_laid_out(read, engine):
    d = read(viz.graph(tangle(1500), limit=60), engine)
    assert 20 < len(d.nodes) <= 61


def test_equal_layers_in_a_row_are_one_card(read):
    model = nn.MLP(64, *[32] * 12, 10, seed=0)
    d = read(viz.graph(model, np.ones((8, 64), np.float32)))
    assert d.nodes == ["node-X", "node-dense", "node-dense_1", "node-dense_12"]
    assert "dense_1 × 11" in d.text("node-dense_1")
    assert "11 616 parameters" in d.text("node-dense_1")


def test_a_deep_model_folds_by_layer_even_where_operations_are_asked_for():
    model = nn.MLP(64, *[32] * 150, 10, seed=0)
    g = viz.graph(model, np.ones((8, 64), np.float32), detail="ops")
    assert len(g.picture.cards) == 4
    assert "folded" in g.picture.notes[0]


def test_shared_layers_and_skips_stay_acyclic():
    class Skip(nn.Module):
        def __init__(self):
            self.a, self.b = (
                nn.Dense(4, "tanh", input_size=4, seed=0),
                nn.Dense(4, "tanh", input_size=4, seed=1),
            )

        def forward(self, x):
            h = self.a(x)
            return self.b(h + self.a(h)) + h

    graph = walk([Skip()(np.ones((2, 4), np.float32))])
    groups, _ = fold(graph, "layers")
    assert acyclic(groups)
    assert sum(g.kind == "layer" for g in groups) == 3


def test_a_module_left_and_entered_again_is_drawn_by_its_operations():
    class Odd(nn.Module):
        def forward(self, x):
            u = x * 2.0
            return u, tg.exp(outside(u) + 1.0)

    def outside(u):
        return u * 3.0

    x = tg.tensor(np.ones(20), requires_grad=True)
    u, v = Odd()(x)
    groups, _ = fold(walk([v, tg.tanh(u)]), "layers")
    assert acyclic(groups)


def test_thousands_of_leaves_fold_too():
    total = sum(tg.tensor(float(k), requires_grad=True) * 2.0 for k in range(3000))
    g = viz.graph(total)
    assert len(g.picture.cards) <= 401
    assert acyclic(fold(walk([total]), "auto")[0])


def test_detail_ops_draws_every_operation_of_a_small_network():
    net = build_xor()
    # there are no layers to draw
    assert len(viz.graph(net.L, detail="layers").picture.cards) == 12


# Recurrences, residual blocks, many cards of modules


def recurrence(steps, cell=None):
    rng = np.random.default_rng(0)
    U, W, b = (
        tg.tensor(rng.normal(size=s) / 3, requires_grad=True, name=n)
        for n, s in (("U", (2, 3)), ("W", (3, 3)), ("b", (3,)))
    )
    h = np.zeros((2, 3))
    for _ in range(steps):
        x = rng.normal(size=(2, 2))
        h = tg.tanh(x @ U + h @ W + b) if cell is None else cell(x, h)
    loss = (h**2).mean()
    loss.backward()
    return loss


class Cell(nn.Module):
    def __init__(self):
        self.x = nn.Dense(3, input_size=2, use_bias=False, seed=0, dtype=float)
        self.h = nn.Dense(3, input_size=3, seed=1, dtype=float)

    def forward(self, x, h):
        return tg.tanh(self.x(x) + self.h(h))


@pytest.mark.parametrize("cell", [None, Cell()], ids=["by hand", "module"])
def test_the_steps_of_a_recurrence_fold(read, cell):
    g = viz.graph(recurrence(30, cell))
    assert len(g.picture.cards) < 16 and "folded" in g.picture.notes[0]
    [card] = [c for c in g.picture.cards if c.kind == "folded"]
    assert card.title == "5 operations × 29"
    d = read(g)
    counts = {(e.source, e.target): e.count for e in g.picture.edges}
    assert len(counts) == len(g.picture.edges), "one arrow a pair"
    assert counts[g.picture.cards[1].key, card.key] == 29
    assert "× 29" in d.text(f"forward-{g.picture.cards[1].key}-{card.key}")
    g.verify()


def test_a_short_recurrence_is_drawn_step_by_step():
    assert len(viz.graph(recurrence(5)).picture.cards) == 36


def test_residual_blocks_fold_and_what_reads_across_stays():
    x = tg.tensor(np.ones((2, 3)), requires_grad=True, name="x")
    h = x
    for k in range(150):
        h = h + tg.tanh(h @ tg.tensor(np.eye(3) / 10, requires_grad=True, name=f"W{k}"))
    picture = viz.graph((h + x).sum()).picture
    assert len(picture.cards) < 12
    assert any(c.title == "3 operations × 149" for c in picture.cards)
    assert acyclic(fold(walk([(h + x).sum()]), "auto")[0])


def test_many_cards_of_modules_are_layers():
    g = viz.graph(nn.MLP(*[4] * 51, seed=0), np.ones((2, 4), np.float32))
    assert [c.title for c in g.picture.cards] == ["X", "dense × 49", "dense_49"]
    assert 'detail="ops"' in g.picture.notes[0]
