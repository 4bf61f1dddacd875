"""The losses (costs) that go with the lecture's output units, under their own names and Keras'.

| output unit | loss | names in `compile` |
|---|---|---|
| linear | mean (p - t)² | `mse`, `mean_squared_error` |
| linear, with outliers | mean of the absolute p - t; of squares near 0 | `mae`,
`mean_absolute_error`; `huber` |
| sigmoid | -[t log p + (1 - t) log(1 - p)] | `bce_with_logits`, `binary_crossentropy` |
| softmax | -log p[t] | `cross_entropy`, `sparse_categorical_crossentropy`; one-hot rows:
`categorical_crossentropy` |

All of them compute with logits, the numbers before the sigmoid or softmax. Only logits say how
wrong a confident answer is: in float32 the softmax of (0, 200) is exactly (0, 1), and log 0 is
-inf, from which nothing can be learned. What a sigmoid or softmax of this library returned refers
to its logits, and the loss is computed from these. `cross_entropy` and `bce_with_logits` read
anything else as logits, as in PyTorch. Under Keras' names probabilities that you have computed
yourself are recognised, and refused where they could be logits; `from_logits=` decides it. See
`predictions`.

    functions.py   the losses, as functions of (prediction, target)
    options.py     Keras' classes, which are those functions with options
    examples.py    the loss of each example, and the weighted mean of them
    names.py       the names that `compile` takes

Source: lecture 07, "Output Functions".
"""

import sys
from typing import TYPE_CHECKING, Any

from .. import habits
from .examples import mean_of, weighted
from .functions import (
    Loss,
    bce_with_logits,
    binary_crossentropy,
    categorical_cross_entropy,
    categorical_crossentropy,
    cross_entropy,
    huber,
    mae,
    mse,
    sparse_categorical_crossentropy,
)
from .names import CATEGORICAL, LOSSES, SIGMOID, SPARSE, get_loss, unwrap_loss
from .options import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)

__all__ = [
    "CATEGORICAL",
    "LOSSES",
    "SIGMOID",
    "SPARSE",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Huber",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "bce_with_logits",
    "binary_crossentropy",
    "categorical_cross_entropy",
    "categorical_crossentropy",
    "cross_entropy",
    "get_loss",
    "huber",
    "mae",
    "mean_of",
    "mse",
    "sparse_categorical_crossentropy",
    "unwrap_loss",
    "weighted",
]


if not TYPE_CHECKING:  # a checker knows all names, and finds a misspelt one

    def __getattr__(name: str) -> Any:
        raise habits.missing(__name__, name, sys.modules[__name__])
