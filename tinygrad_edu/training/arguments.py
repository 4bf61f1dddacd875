"""What `fit`, `evaluate` and `predict` are given, read: examples, their weights, batches, and
Keras' numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..autodiff.inputs import numbers


class Examples(NamedTuple):
    """Inputs (n, ...), targets (n, ...), and in `weights` one array (n,) or none."""

    x: np.ndarray
    y: np.ndarray
    weights: list[np.ndarray]

    def part(self, where: slice) -> Examples:
        """Those examples."""
        return Examples(self.x[where], self.y[where], [w[where] for w in self.weights])

    def of_classes(self, class_weight: Mapping[int, float] | None) -> Examples:
        """With their weights times those of their classes."""
        return self._replace(
            weights=example_weights(self.y, self.weights[0] if self.weights else None, class_weight)
        )


def read(x: ArrayLike, y: ArrayLike | None, sample_weight: ArrayLike | None = None) -> Examples:
    """The examples. Errors: lengths that differ, no examples, no targets, what is no array of
    numbers."""
    if y is None:
        raise ValueError(
            "there are no targets: y is None; write model.fit(x, y). Data that come in batches are "
            "read as whole arrays, x = np.concatenate(list_of_batches)"
        )
    x, y = inputs(x), _numbers(y, "y")
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise ValueError(
            f"x has shape {x.shape} and y {y.shape}: they must be of the same length, one target "
            "an example"
        )
    if not len(x):
        raise ValueError("there are no examples: x and y are empty")
    return Examples(x, y, example_weights(y, sample_weight, None))


def validation(given: Any, training: Examples, fraction: float) -> tuple[Examples, Examples | None]:
    """What is trained on, and what is held out: `validation_data`, or that fraction of the data,
    from its end."""
    if given is not None:
        if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
            raise ValueError(
                f"validation_data is (x, y) or (x, y, sample_weight), not "
                f"{f'{len(given)} things' if isinstance(given, (tuple, list)) else type(given).__name__}; "
                "write validation_data=(x_val, y_val)"
            )
        return training, read(*given)
    if not fraction:
        return training, None
    if not 0 < fraction < 1:
        raise ValueError(f"validation_split is a part between 0 and 1, got {fraction}")
    n = len(training.x)
    cut = int(n * (1 - fraction))
    if not 0 < cut < n:
        raise ValueError(f"validation_split={fraction} of {n} examples leaves one side empty")
    return training.part(slice(None, cut)), training.part(slice(cut, None))


def inputs(x: ArrayLike) -> np.ndarray:
    """x, as a column where each example is one number, as Keras reads it."""
    x = _numbers(x, "x")
    return x[:, None] if x.ndim == 1 else x


def _numbers(given: Any, what: str) -> np.ndarray:
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
        cure = (
            "names, y = np.unique(y, return_inverse=True)"
            if what == "y" and array.dtype.kind in "UOS"
            else (f"np.array({what}, float)")
        )
        raise TypeError(f"{what} holds {array.dtype}, and training is with numbers; write {cure}")
    return np.asarray(numbers(given, what))  # masks and matrices are refused there


def example_weights(
    y: np.ndarray, sample_weight: ArrayLike | None, class_weight: Mapping[int, float] | None
) -> list[np.ndarray]:
    """The weight of each example as one array (n,) in a list; an empty list where none is given."""
    if sample_weight is None and class_weight is None:
        return []
    found = np.ones(len(y), np.float32)
    if class_weight is not None:
        if not isinstance(class_weight, Mapping):
            raise TypeError(
                f"class_weight maps each class to a number, and got {class_weight!r:.40}; write "
                "{k: len(y) / (classes * n) for k, n in zip(*np.unique(y, return_counts=True))} "
                "for balanced ones"
            )
        labels = y.argmax(axis=-1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1)
        missing = set(np.unique(labels).tolist()) - set(class_weight)
        if missing:
            raise ValueError(
                f"class_weight has no weight for {', '.join(map(str, sorted(missing)))}"
            )
        found *= np.array([class_weight[k] for k in labels.tolist()], np.float32)
    if sample_weight is not None:
        given = np.asarray(numbers(sample_weight, "sample_weight"), np.float32)
        if given.shape not in (found.shape, (len(found), 1)):
            raise ValueError(
                f"sample_weight has shape {given.shape}; write one number an example, {found.shape}"
            )
        found *= given.reshape(-1)
    return [found]


def batches(n: int, size: int, order: np.ndarray | None) -> Iterator[Any]:
    """Which examples each batch has: slices, or with an `order` its parts; the last may be
    smaller."""
    for start in range(0, n, size):
        part = slice(start, min(n, start + size))
        yield part if order is None else order[part]


class Orders:
    """The orders in which epochs go through the data: a function of the seed and of the steps made
    before, so that two `fit` of one epoch are one of two, and training that goes on from a file
    goes on in the same order."""

    def __init__(self, seed: Any) -> None:
        # One that was given is used as it is; without a seed there is one for this call.
        self.own = (
            np.random.default_rng(seed)
            if seed is None or isinstance(seed, np.random.Generator)
            else None
        )
        if self.own is None:
            self.sequence = (
                seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed)
            )

    def order(self, n: int, position: int) -> np.ndarray:
        """The order of n examples after so many steps."""
        return (self.own or np.random.default_rng(self.stream(position))).permutation(n)

    def stream(self, position: int) -> np.random.SeedSequence:
        """A seed that is another stream than the weights'."""
        key = (*self.sequence.spawn_key, 2**31, position)
        return np.random.SeedSequence(self.sequence.entropy, spawn_key=key)


# Numbers


def count(name: str, value: Any, least: int = 0, default: int | None = None) -> int:
    """A whole number of at least so much; `default` for None."""
    if value is None and default is not None:
        return default
    try:
        found = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is a whole number, and got {value!r:.40}") from None
    if found < least:
        raise ValueError(f"{name} must be at least {least}, got {found}")
    return found


def verbosity(verbose: Any) -> int:
    """0 silent, 1 a live bar, 2 a line an epoch; Keras' "auto" is 1."""
    if verbose == "auto":
        return 1
    if verbose in (0, 1, 2) and not isinstance(verbose, str):
        return int(verbose)
    raise ValueError(
        f'verbose={verbose!r} is unknown; known: 0 (silent), 1 (a bar), 2 (a line an epoch), "auto"'
    )


def frequency(validation_freq: int | Collection[int]) -> Callable[[int], bool]:
    """Whether validation comes after an epoch (from 0): after every so many, or after those named
    (from 1)."""
    if isinstance(validation_freq, Collection) and not isinstance(validation_freq, str):
        return lambda epoch: epoch + 1 in validation_freq
    every = count("validation_freq", validation_freq, 1)
    return lambda epoch: (epoch + 1) % every == 0


def first(data: Examples, steps: Any, size: int, name: str) -> Examples:
    """The first so many batches; all for None."""
    return data if steps is None else data.part(slice(None, count(name, steps, 1) * size))


def refuse_steps_per_epoch(steps: Any, size: int) -> None:
    """An epoch is the whole data."""
    if steps is not None:
        raise ValueError(
            f"steps_per_epoch={steps!r} is for data that come from a generator; an epoch here goes "
            f"through all the data once. Leave it out, or write fit(x[:{steps} * {size}], "
            f"y[:{steps} * {size}])"
        )
