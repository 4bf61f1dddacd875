"""The benchmarks run and their checks bite; what they measure is for `make bench` to say."""

from __future__ import annotations

import re

import numpy as np
import pytest

from bench import peers, small, table, works


def test_every_work_gives_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr(works, "installed", lambda name: name not in works.NEEDS)
    assert set(works.WORKS) == {
        "classifier",
        "wide",
        "xor",
        "chain",
        "nodes",
        "startup",
        "growth",
        "profile",
    }
    text = works.xor(1, True, tmp_path)
    assert "All reach the same loss" in text
    assert "| PyTorch | not installed | |" in text and "| tinygrad_edu, jit |" in text


def test_all_train_the_same_network():
    rng = np.random.default_rng(0)
    job = peers.Job(rng.random((256, 20), np.float32), rng.integers(0, 5, 256), (20, 16, 12, 5), 32)
    order = peers.order_of(0, 256)
    losses = [peer(job)(order) for peer in (peers.by_hand, peers.ours, peers.ours_eager)]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-5)
    assert losses[1] == losses[2]
    for name in ("HIPS autograd", "MyGrad", "PyTorch", "PyTorch, fused Adam", "JAX jit, optax"):
        if works.installed(name):
            assert peers.PEERS[name](job)(order) == pytest.approx(losses[0], rel=2e-3)


def test_a_peer_that_does_something_else_is_found(monkeypatch):
    def other(job):
        return peers.by_hand(peers.Job(job.x * 9, job.y, job.sizes, job.batch))

    monkeypatch.setattr(works, "PEERS", {works.HAND: peers.by_hand, "other": other})
    monkeypatch.setattr(
        works,
        "images",
        lambda n: (np.random.default_rng(0).random((n, 784), np.float32), np.arange(n) % 10),
    )
    assert "NOT the same loss: other" in works.training("x", (784, 8, 10), 32, 40, 1, set())


def test_rows_are_medians_and_ratios():
    lines = table.rows({"a": [2.0, 4.0, 3.0], "b": [6.0, 6.0, 6.0]}, "a", "µs", ["c"])
    assert lines[2:] == [
        "| a | 3.00 (2.00 to 4.00) | 1.00 |",
        "| b | 6.00 (6.00 to 6.00) | 2.00 |",
        "| c | not installed | |",
    ]


def test_rounds_take_turns():
    seen = []
    times = table.interleaved(
        {"a": lambda: seen.append("a") or 1, "b": lambda: seen.append("b") or 1}, 2
    )
    assert seen == ["a", "b"] * 3 and all(len(v) == 2 for v in times.values())


def test_the_chain_is_as_long_as_it_says():
    build, walk = small.our_chain(10)
    made = build()
    walk(made)
    assert made[0].grad == pytest.approx(1.0001**5)


def test_bytes_an_operation():
    """No time: what a graph holds. At most 600 bytes an operation."""
    text = works.chain(1, True, None)
    assert int(re.search(r"keeps (\d+) bytes", text).group(1)) <= 600
