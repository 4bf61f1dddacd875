"""The data that `fit`, `evaluate` and `predict` are given: examples, their weights, their batches
and their order in each epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..autodiff.inputs import numbers

Array = np.ndarray[Any, np.dtype[Any]]


class Examples(NamedTuple):
    """Inputs x (n, ...), targets y (n, ...), and in `weights` one array (n,) or none.

    >>> Examples(np.zeros((4, 2)), np.zeros(4), []).x.shape
    (4, 2)
    """

    x: Array
    y: Array
    weights: list[Array]

    def part(self, where: slice) -> Examples:
        """The examples at these positions.

        >>> Examples(np.arange(4.0), np.arange(4), []).part(slice(2, None)).y
        array([2, 3])
        """
        return Examples(self.x[where], self.y[where], [w[where] for w in self.weights])

    def with_class_weights(self, class_weight: Mapping[int, float] | None) -> Examples:
        """wᵢ ← wᵢ · class_weight[yᵢ]: the same examples with those weights.

        >>> data = Examples(np.zeros((3, 1)), np.array([0, 1, 1]), [])
        >>> data.with_class_weights({0: 2.0, 1: 1.0}).weights
        [array([2., 1., 1.], dtype=float32)]
        """
        given = self.weights[0] if self.weights else None
        return self._replace(weights=example_weights(self.y, given, class_weight))


def read_examples(
    x: ArrayLike, y: ArrayLike | None, sample_weight: ArrayLike | None = None
) -> Examples:
    """The examples, as arrays.

    Errors: ValueError for lengths that differ, no examples or no targets; TypeError for what is no
    array of numbers.

    >>> read_examples([1.0, 2.0], [0, 1]).x.shape          # an example of one number: a column
    (2, 1)
    """
    if y is None:
        raise ValueError(
            "there are no targets: y is None; write model.fit(x, y). Data that come in batches are "
            "read as whole arrays, x = np.concatenate(list_of_batches)"
        )
    x, y = as_inputs(x), _numbers(y, "y")
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise ValueError(
            f"x has shape {x.shape} and y {y.shape}: they must be of the same length, one target "
            "an example"
        )
    if not len(x):
        raise ValueError("there are no examples: x and y are empty")
    return Examples(x, y, example_weights(y, sample_weight, None))


def split_validation(
    given: Any, training: Examples, fraction: float
) -> tuple[Examples, Examples | None]:
    """The examples to train on, and those held out for validation: `given`, which is an (x, y) of
    its own, or that `fraction` of the data, from its end.

    Errors: ValueError for anything else than 2 or 3 arrays, or a fraction that leaves no examples
    on one side.

    >>> data = read_examples(np.zeros((10, 2)), np.zeros(10))
    >>> train, held_out = split_validation(None, data, 0.2)
    >>> len(train.x), len(held_out.x)
    (8, 2)
    """
    if given is not None:
        if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
            several = isinstance(given, (tuple, list))
            what = f"{len(given)} things" if several else type(given).__name__
            raise ValueError(
                f"validation_data is (x, y) or (x, y, sample_weight), not {what}; write "
                "validation_data=(x_val, y_val)"
            )
        return training, read_examples(*given)
    if not fraction:
        return training, None
    if not 0 < fraction < 1:
        raise ValueError(f"validation_split is a part between 0 and 1, got {fraction}")
    n = len(training.x)
    cut = int(n * (1 - fraction))
    if not 0 < cut < n:
        raise ValueError(f"validation_split={fraction} of {n} examples leaves one side empty")
    return training.part(slice(None, cut)), training.part(slice(cut, None))


def as_inputs(x: ArrayLike) -> Array:
    """x as an array (n, ...); as a column (n, 1) where each example is one number, as in Keras.

    >>> as_inputs([1.0, 2.0]).shape
    (2, 1)
    """
    x = _numbers(x, "x")
    return x[:, None] if x.ndim == 1 else x


def _numbers(given: Any, what: str) -> Array:
    known = (
        hasattr(given, "__array__") or isinstance(given, Sequence) or not hasattr(given, "__iter__")
    )
    if not known or isinstance(given, Mapping):
        raise TypeError(
            f"{what} is a {type(given).__name__}, and is read as one array (n, ...); write "
            f"np.stack([...]) of its examples, or np.concatenate([...]) of its batches"
        )
    array = np.asarray(given)
    if array.dtype.kind not in "biufc":
        names = what == "y" and array.dtype.kind in "UOS"
        unique = "names, y = np.unique(y, return_inverse=True)"
        cure = unique if names else f"np.array({what}, float)"
        raise TypeError(f"{what} holds {array.dtype}, and training is with numbers; write {cure}")
    return np.asarray(numbers(given, what))  # masks and matrices are refused there


def example_weights(
    y: Array, sample_weight: ArrayLike | None, class_weight: Mapping[int, float] | None
) -> list[Array]:
    """wᵢ = sample_weight[i] · class_weight[yᵢ], as one array (n,) in a list; an empty list where
    neither is given.

    Errors: TypeError for a class_weight that is no dict; ValueError for a class without a weight,
    or a sample_weight of another shape than (n,) or (n, 1).

    >>> example_weights(np.array([0, 1]), [1.0, 3.0], {0: 1.0, 1: 0.5})
    [array([1. , 1.5], dtype=float32)]
    """
    if sample_weight is None and class_weight is None:
        return []
    weights = np.ones(len(y), np.float32)
    if class_weight is not None:
        weights *= _of_classes(y, class_weight)
    if sample_weight is not None:
        given = np.asarray(numbers(sample_weight, "sample_weight"), np.float32)
        if given.shape not in (weights.shape, (len(weights), 1)):
            raise ValueError(
                f"sample_weight has shape {given.shape}; write one number an example, "
                f"{weights.shape}"
            )
        weights *= given.reshape(-1)
    return [weights]


def _of_classes(y: Array, class_weight: Mapping[int, float]) -> Array:
    """The weight of each example's class; y holds labels, a column of them, or one-hot rows."""
    if not isinstance(class_weight, Mapping):
        raise TypeError(
            f"class_weight maps each class to a number, and got {class_weight!r:.40}; write "
            "{k: len(y) / (classes * n) for k, n in zip(*np.unique(y, return_counts=True))} "
            "for balanced ones"
        )
    labels = y.argmax(axis=-1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1)
    missing = set(np.unique(labels).tolist()) - set(class_weight)
    if missing:
        raise ValueError(f"class_weight has no weight for {', '.join(map(str, sorted(missing)))}")
    return np.array([class_weight[k] for k in labels.tolist()], np.float32)


def batches(n: int, size: int, order: Array | None) -> Iterator[Any]:
    """The positions of the examples of each batch: slices, or parts of `order` where one is given.

    The last batch may be smaller.

    >>> list(batches(5, 2, None))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    >>> [part.tolist() for part in batches(5, 2, np.array([3, 0, 4, 1, 2]))]
    [[3, 0], [4, 1], [2]]
    """
    for start in range(0, n, size):
        part = slice(start, min(n, start + size))
        yield part if order is None else order[part]


class EpochOrders:
    """The order in which each epoch goes through the data.

    It is a function of the seed and of the number of steps made before. So two `fit` of one epoch
    are one `fit` of two, and training that goes on from a file goes on in the same order.
    `seed`: an integer, a SeedSequence, a Generator, which is used as it is, or None, for an order
    that nobody can repeat.

    >>> EpochOrders(0).order(5, position=0)
    array([0, 2, 3, 4, 1])
    """

    sequence: np.random.SeedSequence

    def __init__(self, seed: Any) -> None:
        self.generator: np.random.Generator | None = None
        if seed is None or isinstance(seed, np.random.Generator):
            self.generator = np.random.default_rng(seed)
        elif isinstance(seed, np.random.SeedSequence):
            self.sequence = seed
        else:
            self.sequence = np.random.SeedSequence(seed)

    def order(self, n: int, position: int) -> Array:
        """The order of n examples in the epoch that begins after `position` steps: a permutation of
        0 ... n - 1.

        >>> bool((EpochOrders(0).order(5, 10) == EpochOrders(0).order(5, 10)).all())
        True
        """
        generator = self.generator or np.random.default_rng(self.stream(position))
        return generator.permutation(n)

    def stream(self, position: int) -> np.random.SeedSequence:
        """The seed of that epoch: other random numbers than those that the weights begin with.

        >>> EpochOrders(7).stream(0).entropy
        7
        """
        key = (*self.sequence.spawn_key, 2**31, position)
        return np.random.SeedSequence(self.sequence.entropy, spawn_key=key)
