"""What an array held at some time: how a change is found that nobody told of.

An array can be written into from anywhere. So a graph keeps a copy of a user's array, and a tensor
whose `.data` was given out keeps one of its own; whether they are still true is found by comparing
every byte, at the speed of memory.
"""

from __future__ import annotations

from weakref import WeakValueDictionary

import numpy as np

_kept: WeakValueDictionary[int, np.ndarray] = WeakValueDictionary()
_BLOCK = 1 << 16  # words of eight bytes: what is compared at once stays in the cache


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays of one shape and dtype hold the same bytes: 0 is not -0 here, and nan is
    nan.

    >>> same(np.array([1.0, np.nan]), np.array([1.0, np.nan]))
    True
    >>> same(np.array([0.0]), np.array([-0.0]))
    False
    """
    if not (a.flags.c_contiguous and b.flags.c_contiguous):
        if not (a.flags.f_contiguous and b.flags.f_contiguous):
            return a.tobytes() == b.tobytes()
        a, b = a.T, b.T
    a, b = a.reshape(-1).view(np.uint8), b.reshape(-1).view(np.uint8)
    whole = a.size // 8 * 8
    words, others = a[:whole].view(np.uint64), b[:whole].view(np.uint64)
    for start in range(0, len(words), _BLOCK):
        block = slice(start, start + _BLOCK)
        if not (words[block] == others[block]).all():
            return False
    return bool((a[whole:] == b[whole:]).all())


def same_memory(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays are the same entries of the same memory."""
    return a.__array_interface__ == b.__array_interface__


def keep(array: np.ndarray) -> np.ndarray:
    """The copy that graphs keep of a user's array, who may change it: the same one as long as the
    array is unchanged, so that a graph which reads it twice shows one leaf."""
    copy = kept(array)
    if (
        copy is array
        or copy.dtype != array.dtype
        or copy.shape != array.shape
        or not same(copy, array)
    ):
        copy = _kept[id(array)] = array.copy(order="K")
    return copy


def kept(array: np.ndarray) -> np.ndarray:
    """The copy of a user's array that living graphs hold, or the array itself where none does."""
    return _kept.get(id(array), array)
