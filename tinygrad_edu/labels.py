"""Class labels as rows of zeros and a one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from . import habits


@habits.words
def to_categorical(
    y: ArrayLike, num_classes: int | None = None, dtype: DTypeLike = np.float32
) -> NDArray[Any]:
    """Y[..., k] = 1 where y is k, else 0: one-hot rows, for `loss="categorical_crossentropy"`.

    y: integers 0 ... num_classes - 1 of any shape (n, ...), also as whole floats; a last axis of
    length 1 is dropped, as in Keras. `num_classes`: one more than the largest label, unless given;
    give it for a part of the data, which may lack some. Returns an array of `dtype` (n, ...,
    num_classes).

    Errors: ValueError for labels that are no whole numbers, below 0 or beyond the classes;
    TypeError for names of classes. Keras takes -1 for the last class and 1.7 for 1. Source:
    keras.utils.to_categorical, with the dtype that it had before Keras 3.

    >>> to_categorical([2, 0], num_classes=3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    labels = np.asarray(getattr(y, "_data", y))
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if labels.dtype.kind in "USO":
        raise TypeError(
            "to_categorical takes numbers of classes, and these are names; number them by "
            "names, y = np.unique(labels, return_inverse=True)"
        )
    if labels.dtype.kind not in "biuf":
        raise TypeError(f"to_categorical takes numbers of classes, 0, 1, ..., not {labels.dtype}")
    if labels.dtype.kind == "f" and not (np.isfinite(labels) & (labels == np.floor(labels))).all():
        raise ValueError("to_categorical takes whole numbers; some of these labels are none")
    if num_classes is None:
        if not labels.size:
            raise ValueError("there are no labels to count the classes of; write num_classes=")
        num_classes = int(labels.max()) + 1
    if not isinstance(num_classes, (int, np.integer)) or num_classes < 1:
        raise ValueError(
            f"num_classes={num_classes!r} is no number of classes; write num_classes=10"
        )
    wrong = labels[(labels < 0) | (labels >= num_classes)]
    if wrong.size:
        raise ValueError(f"label {wrong.flat[0]} is none of the classes 0 ... {num_classes - 1}")
    rows = np.zeros((*labels.shape, num_classes), dtype)
    np.put_along_axis(rows, labels.astype(np.intp)[..., None], 1, axis=-1)
    return rows
