"""What only moves entries."""

from __future__ import annotations

import numpy as np

from .dual import Dual, side
from .entrywise import add


def reshape(x, shape):
    value = x.value.reshape(shape)
    return Dual(value, x.tangents.reshape((len(x.tangents), *value.shape)))


def transpose(x):
    return Dual(x.value.T, np.transpose(x.tangents, (0, *range(x.ndim, 0, -1))))


def getitem(x, index):
    place = np.arange(x.value.size).reshape(x.shape)[index]
    return Dual(
        x.value[index],
        x.tangents.reshape(len(x.tangents), x.value.size)[:, place.ravel()].reshape(
            (len(x.tangents), *place.shape)
        ),
    )


def broadcast_to(x, shape):
    return add(x, np.zeros(shape))


def concatenate(xs, axis=0):
    axis %= xs[0].ndim
    return Dual(
        np.concatenate([x.value for x in xs], axis),
        np.concatenate([x.tangents for x in xs], axis + 1),
    )


def stack(xs, axis=0):
    axis %= xs[0].ndim + 1
    return Dual(np.stack([x.value for x in xs], axis), np.stack([x.tangents for x in xs], axis + 1))


def gather(x, numbers):
    """The entries of those numbers, 0 for the number -1: whatever only moves entries."""
    numbers = np.asarray(numbers)
    flat = np.append(x.value.ravel(), 0)
    tangents = np.concatenate(
        [x.tangents.reshape(len(x.tangents), x.value.size), np.zeros((len(x.tangents), 1))], 1
    )
    return Dual(flat[numbers], tangents[:, numbers])


def numbers(x):
    return np.arange(x.value.size).reshape(x.shape)


def moves(function):
    return lambda x, *args, **keywords: gather(x, function(numbers(x), *args, **keywords))


swapaxes, moveaxis, flip, roll, squeeze = map(
    moves, (np.swapaxes, np.moveaxis, np.flip, np.roll, np.squeeze)
)
expand_dims, repeat, tile, take, diagonal = map(
    moves, (np.expand_dims, np.repeat, np.tile, np.take, np.diagonal)
)


def tril(x, k=0):
    return gather(x, np.where(np.tri(*x.shape[-2:], k), numbers(x), -1))


def triu(x, k=0):
    return gather(x, np.where(np.tri(*x.shape[-2:], k - 1), -1, numbers(x)))


def pad(x, pad_width, mode):
    return gather(
        x,
        np.pad(
            numbers(x), pad_width, mode, **({"constant_values": -1} if mode == "constant" else {})
        ),
    )


def sort(x, axis=-1):
    ordered = np.sort(x.value.real, axis=axis)
    side(np.diff(ordered, axis=axis))
    return gather(
        x, np.take_along_axis(numbers(x), np.argsort(x.value.real, axis=axis, kind="stable"), axis)
    )
