"""Scores, against what they are counted from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_edu as tg
from tinygrad_edu import scores
from tinygrad_edu.metrics import better, get_metric

pairs = st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30)


@given(pairs)
def test_auc_is_the_share_of_pairs(given_):
    p, t = np.array([a for a, _ in given_]) / 4, np.array([b for _, b in given_])
    ones, zeros = p[t], p[~t]
    d = ones[:, None] - zeros[None, :]
    expected = ((d > 0) + (d == 0) / 2).mean() if d.size else 0.0
    assert scores.auc(p, t) == pytest.approx(expected)


@given(pairs)
def test_precision_and_recall_are_counted(given_):
    p, t = np.array([a for a, _ in given_]) / 4, np.array([b for _, b in given_])
    hits, said, true = 0, 0, 0
    for x, y in zip(p, t, strict=True):
        hits, said, true = hits + (x > 0.5 and y), said + (x > 0.5), true + y
    assert scores.precision(p, t, from_logits=False) == (hits / said if said else 0)
    assert scores.recall(p, t, from_logits=False) == (hits / true if true else 0)


def test_logits_are_cut_at_0_and_what_could_be_either_is_refused():
    z, t = np.array([2.0, -1.0, 0.2]), np.array([1, 0, 0])
    assert scores.precision(z, t) == scores.precision(tg.tensor(z), t, from_logits=True) == 0.5
    assert scores.precision(tg.sigmoid(tg.tensor(z)), t) == 0.5
    with pytest.raises(ValueError, match="logits or probabilities"):
        scores.precision(np.array([0.6, 0.4]), np.array([1, 0]))


def test_r2_is_a_mean_over_columns():
    rng = np.random.default_rng(0)
    p, t = rng.normal(size=(2, 20, 3))
    each = [
        1 - ((t[:, k] - p[:, k]) ** 2).sum() / ((t[:, k] - t[:, k].mean()) ** 2).sum()
        for k in range(3)
    ]
    assert scores.r2(tg.tensor(p), t) == pytest.approx(np.mean(each))
    assert scores.r2(np.array([1.0, 2.0]), np.array([1.0, 1.0])) == 0


@pytest.mark.parametrize("k", [1, 2, 3])
def test_top_k_of_labels_and_rows(k):
    p, t = np.random.default_rng(0).random((40, 4)), np.arange(40) % 4
    expected = np.mean(
        [t[i] in sorted(range(4), key=lambda j, i=i: -p[i, j])[:k] for i in range(40)]
    )
    assert (
        scores.top_k(p, t, k)
        == scores.top_k(p, np.eye(4)[t], k)
        == scores.TopKCategoricalAccuracy(k)(p, t)
    )
    assert scores.top_k(p, t, k) == pytest.approx(expected)


@pytest.mark.parametrize(
    "call",
    [
        lambda: scores.auc(np.zeros((3, 1)), np.zeros(3)),
        lambda: scores.r2(np.zeros(3), np.zeros((3, 1))),
        lambda: scores.top_k(np.zeros((3, 2)), np.zeros(4)),
        lambda: scores.recall(np.zeros((3, 2)), np.zeros(3)),
    ],
)
def test_shapes_that_differ_are_refused(call):
    with pytest.raises(ValueError, match="differ in shape|wants rows"):
        call()


@pytest.mark.parametrize("name", scores.SCORES)
def test_more_is_better(name):
    key, metric = get_metric(name, tg.losses.mse)
    assert key == name and better(metric) == "max" and scores.is_score(metric)
    assert better(get_metric(scores.TopKCategoricalAccuracy(2), tg.losses.mse)[1]) == "max"
