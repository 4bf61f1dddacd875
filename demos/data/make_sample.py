"""Draw the sample of Fashion-MNIST beside this file from the full set: 600 + 100 images of each
class.

    python demos/data/make_sample.py                          # from wherever load_data() finds the full set
    python demos/data/make_sample.py --source FOLDER --out FOLDER

Run again it writes the same bytes (the same images with any zlib; the same .gz with the same zlib).
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinygrad_edu.datasets import fashion_mnist
from tinygrad_edu.datasets.idx import write_idx

SAMPLE = Path(__file__).parent / "fashion-mnist-sample"
SEED = 7  # of lecture 7
PER_CLASS = {"train": 600, "t10k": 100}


def draw(labels: NDArray[np.uint8], per_class: int) -> NDArray[np.intp]:
    """Indices of `per_class` images of each class, ascending: each gets a random key, the smallest
    keys win.

    The keys are the raw bits of PCG64, which NumPy promises never to change (NEP 19); it makes no
    such promise for Generator.choice or .permutation.
    """
    keys = np.random.PCG64(SEED).random_raw(len(labels))
    order = np.argsort(keys, kind="stable")
    drawn = [
        order[labels[order] == label][:per_class] for label in range(len(fashion_mnist.CLASS_NAMES))
    ]
    return np.sort(np.concatenate(drawn))


def make(source: Path | None, out: Path) -> None:
    """Write the four files of the sample into the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    train, test = fashion_mnist.load_data(source)
    for (kind, per_class), (images, labels) in zip(PER_CLASS.items(), (train, test), strict=True):
        drawn = draw(labels, per_class)
        write_idx(out / f"{kind}-images-idx3-ubyte.gz", images[drawn])
        write_idx(out / f"{kind}-labels-idx1-ubyte.gz", labels[drawn])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", type=Path, help="folder of the full set")
    parser.add_argument("--out", type=Path, default=SAMPLE, help="folder to write to")
    arguments = parser.parse_args()
    make(arguments.source, arguments.out)
