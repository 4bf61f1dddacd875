"""to_categorical: Keras' rows, and refused where Keras guesses."""

import numpy as np
import pytest

import tinygrad_edu as tg


@pytest.mark.parametrize(
    "y",
    [
        [0, 2, 1],
        np.array([0, 2, 1], np.uint8),
        np.array([0.0, 2.0, 1.0]),
        (0, 2, 1),
        np.array([[0], [2], [1]]),
        np.array([0, 2, 1], ">i4"),
        tg.tensor([0, 2, 1]),
    ],
)
def test_rows(y):
    rows = tg.to_categorical(y)
    assert rows.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]] and rows.dtype == np.float32


def test_shapes_dtypes_and_classes():
    y = np.random.default_rng(0).integers(0, 4, (2, 3, 5))
    rows = tg.to_categorical(y, 7, dtype=bool)
    assert rows.shape == (2, 3, 5, 7) and rows.dtype == bool
    assert (rows.argmax(axis=-1) == y).all() and (rows.sum(axis=-1) == 1).all()
    assert tg.to_categorical(3).tolist() == [0, 0, 0, 1]
    assert tg.to_categorical([], 3).shape == (0, 3)
    assert tg.to_categorical([True, False]).tolist() == [[0, 1], [1, 0]]
    assert tg.to_categorical(np.array([255], np.uint8)).shape == (1, 256)


@pytest.mark.parametrize(
    "y, options, error, word",
    [
        ([-1, 0], {}, ValueError, "label -1 is none of the classes 0 ... 0"),
        ([0, 3], {"num_classes": 3}, ValueError, "label 3 is none of the classes 0 ... 2"),
        ([0.5], {}, ValueError, "whole numbers"),
        ([np.nan], {"num_classes": 2}, ValueError, "whole numbers"),
        (["cat", "dog"], {}, TypeError, "np.unique"),
        ([None], {}, TypeError, "np.unique"),
        ([1j], {}, TypeError, "complex"),
        ([], {}, ValueError, "write num_classes="),
        ([0], {"num_classes": 0}, ValueError, "num_classes=0"),
        ([0], {"num_classes": 2.0}, ValueError, "num_classes=2.0"),
    ],
)
def test_what_are_no_labels(y, options, error, word):
    with pytest.raises(error, match=word.replace("...", r"\.\.\.")):
        tg.to_categorical(y, **options)
