"""What the tests of files share: everything that writes one, and short names."""

import os
import stat
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
import viz
from tinygrad_edu import nn
from tinygrad_edu.datasets.idx import write_idx
from tinygrad_edu.files import write_whole

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name == "nt", reason="modes, links, pipes and locks of POSIX")


def names(folder):
    return sorted(os.listdir(folder))


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def graph():
    x = tg.tensor(2.0, requires_grad=True, name="x")
    return viz.graph(x * x)


def optimizer():
    made = tg.optim.Adam([tg.tensor([1.0], requires_grad=True)])
    return made


WRITERS = {
    "weights": lambda path: nn.MLP(2, 1, seed=0).save_weights(path),
    "optimizer": lambda path: optimizer().save(path),
    "idx": lambda path: write_idx(path, np.zeros(3, np.uint8)),
    "graph": lambda path: graph().save(path),
    "bytes": lambda path: write_whole(path, b"bytes"),
    "text": lambda path: write_whole(path, "ñ"),
}
NAMES = {"graph": "a.dot"}
