"""Metrics that are no means over examples: precision, recall, AUC, R², and the labels among the
first k.

The mean of the scores of batches is not the score of all examples. So `evaluate`, and validation in
`fit`, take a score of all examples at once. For the training data `fit` reports the mean over
batches, as for any metric.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from . import ops, predictions
from .autodiff.operands import numbers_of

Array = np.ndarray[Any, np.dtype[Any]]
Score = Callable[..., float]


def precision(prediction: Any, target: Any, from_logits: bool | None = None) -> float:
    """TP / (TP + FP): which part of what is predicted to be 1 is 1; 0 where nothing is, as in
    Keras.

    Entries above 1/2 are predicted to be 1, logits above 0: the prediction says which it is, or
    `from_logits` does. Both arguments (n, ...) of one shape. Errors: ValueError for shapes that
    differ, and for numbers that could be either.

    >>> precision(np.array([0.9, 0.8, 0.3, 0.1]), np.array([1, 0, 1, 0]), from_logits=False)
    0.5
    """
    return _precision(*_said(prediction, target, from_logits))


def recall(prediction: Any, target: Any, from_logits: bool | None = None) -> float:
    """TP / (TP + FN): which part of what is 1 is predicted to be 1; 0 where nothing is 1.

    Otherwise as `precision`.

    >>> recall(np.array([0.9, 0.8, 0.3, 0.1]), np.array([1, 1, 1, 0]), from_logits=False)
    0.6666666666666666
    """
    return _recall(*_said(prediction, target, from_logits))


def auc(prediction: Any, target: Any) -> float:
    """P(p₁ > p₀) + P(p₁ = p₀)/2 for a p₁ of label 1 and a p₀ of label 0: the area under the ROC
    curve.

    Both arguments (n, ...) of one shape; probabilities and logits give the same. 0 where one of the
    labels is missing, as in Keras (which adds up 200 trapezes and so differs in the third digit).
    Computed from ranks. Errors: ValueError for shapes that differ. Source: Mann and Whitney 1947;
    scikit-learn's roc_auc_score.

    >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]))
    0.75
    """
    return _auc(*_pair(prediction, target))


def _auc(p: Array, t: Array) -> float:
    true = t.reshape(-1) > 0.5
    values, place = np.unique(p.reshape(-1), return_inverse=True)
    count = np.bincount(place, minlength=len(values))
    # equal ones share their mean rank
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    ones, zeros = int(true.sum()), int((~true).sum())
    return _part(rank[true].sum() - ones * (ones + 1) / 2, ones * zeros)


def r2(prediction: Any, target: Any) -> float:
    """1 - Σ (t - p)² / Σ (t - t̄)², the mean over columns: the part of the variance that is
    explained.

    Both arguments (n, ...) of one shape. 0 where the targets do not vary, as in Keras. Errors:
    ValueError for shapes that differ.

    >>> round(r2(np.array([2.5, 0.0, 2.0, 8.0]), np.array([3.0, -0.5, 2.0, 7.0])), 4)
    0.9486
    """
    return _r2(*_pair(prediction, target))


def _r2(p: Array, t: Array) -> float:
    p, t = p.reshape(len(p), -1), t.reshape(len(t), -1)
    varies = ((t - t.mean(axis=0)) ** 2).sum(axis=0)
    left = ((t - p) ** 2).sum(axis=0)
    return float(np.where(varies > 0, 1 - left / np.where(varies > 0, varies, 1), 0.0).mean())


def top_k(prediction: Any, target: Any, k: int = 5) -> float:
    """mean over rows of [t is among the k largest entries of p].

    `prediction` (n, classes); `target` labels (n,), or one-hot rows. Of equal entries the first
    come first. Errors: ValueError for other shapes.

    >>> top_k(np.array([[0.1, 0.6, 0.3], [0.5, 0.4, 0.1]]), np.array([2, 2]), k=2)
    0.5
    """
    p, t = _as_numpy(prediction), _as_numpy(target)
    labels = t.argmax(axis=-1) if t.shape == p.shape else t.reshape(-1)
    if p.ndim != 2 or labels.shape != p.shape[:1]:
        raise ValueError(
            f"top_k: {p.shape} wants rows of predictions (n, classes), and labels (n,), got "
            f"{t.shape}"
        )
    first = np.argsort(-p, axis=-1, kind="stable")[:, :k]
    return float((first == labels[:, None]).any(axis=-1).mean())


def TopKCategoricalAccuracy(k: int = 5) -> Score:
    """`top_k` with this k: Keras' name.

    >>> TopKCategoricalAccuracy(k=1)(np.array([[0.1, 0.9]]), np.array([1]))
    1.0
    """
    score = partial(top_k, k=k)
    score.__name__ = f"top_{k}"  # type: ignore[attr-defined]
    return score


SCORES: dict[str, Score] = {
    "precision": precision,
    "recall": recall,
    "auc": auc,
    "r2": r2,
    "r2_score": r2,
    "top_k": top_k,
    "top_k_categorical_accuracy": top_k,
    "sparse_top_k_categorical_accuracy": top_k,
}
"""By the names that `compile` takes."""


_OF_PARTS: dict[Score, tuple[Callable[..., tuple[Array, Array]], Score]] = {}
"""How a score reads a batch, and what it makes of all that was read."""


def is_score(metric: Any) -> bool:
    """Whether a metric is one of these, and so is taken of all examples at once.

    >>> is_score(auc), is_score(np.mean)
    (True, False)
    """
    return (
        any(metric is score for score in SCORES.values()) or getattr(metric, "func", None) is top_k
    )


class WholeScore:
    """A score of all examples, which are given batch by batch.

    >>> whole = WholeScore(r2)
    >>> whole.add(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    >>> whole.add(np.array([3.0]), np.array([3.0]))
    >>> whole.result()
    1.0
    """

    def __init__(self, score: Score) -> None:
        self.read: Callable[..., tuple[Array, Array]]
        self.finish: Score
        self.read, self.finish = _OF_PARTS.get(score, (_arrays, score))
        self.parts: list[tuple[Array, Array]] = []

    def add(self, prediction: Any, target: Any) -> None:
        """Note the predictions and targets of one batch.

        >>> whole = WholeScore(auc)
        >>> whole.add(np.array([0.1, 0.9]), np.array([0, 1]))
        >>> len(whole.parts)
        1
        """
        self.parts.append(self.read(prediction, target))

    def result(self) -> float:
        """The score of all batches together.

        >>> whole = WholeScore(auc)
        >>> whole.add(np.array([0.1]), np.array([0]))
        >>> whole.add(np.array([0.9]), np.array([1]))
        >>> whole.result()
        1.0
        """
        predictions, targets = zip(*self.parts, strict=True)
        return self.finish(np.concatenate(predictions), np.concatenate(targets))


def _precision(said: Array, true: Array) -> float:
    return _part((said & true).sum(), said.sum())


def _recall(said: Array, true: Array) -> float:
    return _part((said & true).sum(), true.sum())


def _arrays(prediction: Any, target: Any) -> tuple[Array, Array]:
    return _as_numpy(prediction), _as_numpy(target)


def _as_numpy(x: Any) -> Array:
    return np.asarray(numbers_of(x))


def _pair(prediction: Any, target: Any) -> tuple[Array, Array]:
    # uint8 would wrap around
    p, t = _as_numpy(prediction).astype(float), _as_numpy(target).astype(float)
    if p.shape != t.shape:
        raise ValueError(
            f"prediction {p.shape} and target {t.shape} differ in shape; write "
            f"target.reshape{p.shape}, or tg.to_categorical(target) for classes"
        )
    return p, t


def _said(prediction: Any, target: Any, from_logits: bool | None = None) -> tuple[Array, Array]:
    """What is said to be 1, and what is."""
    p, t = _pair(prediction, target)
    known = predictions.as_tensor(prediction)
    if from_logits is None:
        from_logits = known.attached.behind is None and predictions.is_logits(
            known, ops.sigmoid, keras=True
        )
    return p > (0.0 if from_logits else 0.5), t > 0.5


def _part(part: Any, whole: Any) -> float:
    return float(part / whole) if whole else 0.0


_OF_PARTS |= {
    precision: (_said, _precision),
    recall: (_said, _recall),
    auc: (_pair, _auc),
    r2: (_pair, _r2),
}
