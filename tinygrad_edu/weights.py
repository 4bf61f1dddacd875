"""Arrays in a file: a NumPy archive (.npz), written whole or not at all, read without pickle and
within bounds.

A file may come from anywhere. What it claims is held to what the model has, or to what the file
really holds, before memory is given to it; no code in it can run; and what is wrong with it is one
kind of error, `WeightsError`.
"""

from __future__ import annotations

import ast
import math
import operator
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, BinaryIO, cast

import numpy as np

from .autodiff.modes import untraced
from .files import open_regular, read_at_most, replace_whole

MOST_HEADER = 4096
"""Bytes that say an array's shape and dtype; NumPy writes 118 for most, and a shape of 64 axes
fits."""

MOST_DIRECTORY = 1 << 22
"""Bytes of an archive's list of members: some 40 000 arrays."""

Array = np.ndarray[Any, np.dtype[Any]]
Kind = tuple[tuple[int, ...], np.dtype[Any]]


class WeightsError(ValueError):
    """A file or state that does not hold the weights of this model: damaged, cut short, or of
    another model.

    >>> from tinygrad_edu import nn
    >>> try:
    ...     nn.MLP(2, 1).load_state_dict({})
    ... except WeightsError as error:
    ...     print(str(error).splitlines()[1])
      it lacks 'dense.weight' (2, 1), 'dense.bias' (1,)
    """


def save(arrays: Mapping[str, Array], path: str | os.PathLike[str]) -> None:
    """Write `arrays`, {name: array}, to exactly `path` as a NumPy archive (.npz).

    Errors: OSError as `open` gives it, ValueError for a name that an archive cannot hold; the file
    that stood there before then still stands.

    >>> save({"a": np.array([1.0, 2.0])}, "w.npz")
    >>> np.load("w.npz")["a"]
    array([1., 2.])
    """
    untraced("writes a file", "write it outside, after the call")
    import zipfile  # here: `import tinygrad_edu` stays fast

    with replace_whole(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            # zipfile cuts names at a NUL, and turns \ into / on Windows
            if entry.filename != f"{name}.npy":
                raise ValueError(
                    f"{name!r} cannot be a name in an archive; give the layer another name"
                )
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def load(path: str | os.PathLike[str], like: Mapping[str, Array]) -> dict[str, Array]:
    """Read the arrays of the file `path`, which must have the names, shapes and dtypes of `like`.

    Archives of `np.savez` and `np.savez_compressed` are read too. Memory: what `like` takes,
    whatever the file claims. Errors: `WeightsError` names the file and all that is wrong; OSError
    for a file that cannot be opened.

    >>> save({"a": np.array([1.0, 2.0])}, "w.npz")
    >>> load("w.npz", like={"a": np.zeros(2)})
    {'a': array([1., 2.])}
    """
    return _read(os.fspath(path), like)


def read(path: str | os.PathLike[str]) -> dict[str, Array]:
    """All arrays of the file `path`, whatever their names and shapes: numbers and text.

    Nothing in the file may be compressed, so that it cannot take more memory than it has bytes.
    Errors: those of `load`.

    >>> save({"steps": np.array(3)}, "w.npz")
    >>> read("w.npz")
    {'steps': array(3)}
    """
    return _read(os.fspath(path), None)


def misfits(
    found: Mapping[str, Kind],
    like: Mapping[str, Kind],
    fits: Callable[[np.dtype[Any], np.dtype[Any]], bool] = operator.eq,
) -> str:
    """The differences between two sets of arrays, {name: (shape, dtype)}; "" if there are none.

    `found` are those of a file, `like` those of the model; `fits(have, want)` says whether one
    dtype goes into another.

    >>> f4 = np.dtype("f4")
    >>> misfits({"a": ((2,), f4), "b": ((2,), f4)}, {"a": ((3,), f4), "c": ((), f4)}).splitlines()
    ["  it lacks 'c' ()", "  the model has no 'b' (2,)", "  'a' is (2,), the model's (3,)"]
    """
    both = [name for name in like if name in found]
    lacking = [_shaped(name, like) for name in like if name not in found]
    foreign = [_shaped(name, found) for name in found if name not in like]
    lines = []
    if lacking:
        lines.append(f"  it lacks {_listed(lacking)}")
    if foreign:
        lines.append(f"  the model has no {_listed(foreign)}")
    lines += [
        f"  {name!r} is {found[name][0]}, the model's {like[name][0]}"
        for name in both
        if found[name][0] != like[name][0]
    ]
    lines += [
        f"  {name!r} is {found[name][1]}, the model's {like[name][1]}"
        for name in both
        if not fits(found[name][1], like[name][1])
    ]
    return "\n".join(lines)


def _shaped(name: str, kinds: Mapping[str, Kind]) -> str:
    return f"{_short(name)} {kinds[name][0]}"


def _short(name: str) -> str:
    """A name from a file: without control characters, and not a page long."""
    return repr(name if len(name) <= 80 else name[:77] + "...")


def _listed(names: list[str], most: int = 200) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


class _Bounded:
    """A file from which nobody reads more than so much at once: zipfile reads a directory of any
    size."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self.file, self.most = file, most
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > self.most:
            raise WeightsError(f"its list of members takes {size:,} bytes, more than {self.most:,}")
        return self.file.read(self.most if size < 0 else size)


def _read(path: str, like: Mapping[str, Array] | None) -> dict[str, Array]:
    untraced("reads a file", "read it outside, before the call")
    with open_regular(path) as file:
        try:
            return _read_archive(file, like)
        except WeightsError as error:
            raise WeightsError(f"{path}: {error}") from error.__cause__
        except Exception as error:  # zipfile and NumPy have no one exception for a damaged file
            raise WeightsError(
                f"{path} is no file of save_weights, or is damaged: {type(error).__name__}: {error}"
            ) from error


def _read_archive(file: BinaryIO, like: Mapping[str, Array] | None) -> dict[str, Array]:
    import zipfile

    bounded = cast(BinaryIO, _Bounded(file, MOST_DIRECTORY + 1024 * len(like or ())))
    with zipfile.ZipFile(bounded) as archive:
        members = _members(archive.infolist(), compressed=like is not None)
        kinds = {name: _kind(archive, member, name) for name, member in members.items()}
        if like is not None:
            wrong = misfits(kinds, {name: (a.shape, a.dtype) for name, a in like.items()})
            if wrong:
                raise WeightsError(
                    f"it is no file of this model:\n{wrong}\n"
                    "Build the model with the names and sizes it was saved with"
                )
        return {name: _array(archive, member, name) for name, member in members.items()}


def _members(entries: Iterable[Any], compressed: bool) -> dict[str, Any]:
    """The members of an archive by the name of their array."""
    import zipfile

    entries = list(entries)
    # As they stand in the file, not as zipfile mends them: two may be mended alike.
    names = [entry.orig_filename.removesuffix(".npy") for entry in entries]
    if doubled := [_short(name) for name, count in Counter(names).items() if count > 1]:
        raise WeightsError(f"it holds {_listed(doubled)} twice or more")
    for name, entry in zip(names, entries, strict=True):
        if not compressed and entry.compress_type != zipfile.ZIP_STORED:
            raise WeightsError(
                f"it has compressed members, {_short(name)} for one; save them with np.savez"
            )
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # These inflate in one piece: 2 kB of bzip2 may be 3 GB.
            raise WeightsError(
                f"{_short(name)} is compressed otherwise than by np.savez_compressed; save it anew"
            )
    return dict(zip(names, entries, strict=True))


def _kind(archive: Any, entry: Any, name: str) -> Kind:
    with archive.open(entry) as member:
        return _header(member, name)[:2]


def _header(member: BinaryIO, name: str) -> tuple[tuple[int, ...], np.dtype[Any], bool]:
    """Shape, dtype, and whether in Fortran's order, as the first bytes of an array say. Source: NEP
    1."""
    what, magic = _short(name), bytes(read_at_most(member, 8))
    if magic[:6] != b"\x93NUMPY" or magic[6:] not in (b"\1\0", b"\2\0", b"\3\0"):
        raise WeightsError(
            f"{what} is no array of NumPy: it begins with {magic.hex(' ') or 'nothing'}"
        )
    length = int.from_bytes(read_at_most(member, 2 if magic[6] == 1 else 4), "little")
    if length > MOST_HEADER:
        raise WeightsError(
            f"{what} has a header of {length:,} bytes; more than {MOST_HEADER:,} are not read"
        )
    # a dictionary, written out
    said = ast.literal_eval(read_at_most(member, length).decode("latin-1"))
    descr, fortran, shape = said["descr"], said["fortran_order"], said["shape"]
    if (
        len(said) != 3
        or not isinstance(fortran, bool)
        or not isinstance(shape, tuple)
        or not all(type(n) is int and n >= 0 for n in shape)
    ):
        raise WeightsError(f"{what} has a header that NumPy does not write")
    if not isinstance(descr, str):
        raise WeightsError(f"{what} holds structures of several fields, no numbers")
    dtype = np.dtype(descr)
    if dtype.kind not in "biufcU":
        raise WeightsError(
            f"{what} holds Python objects, which only pickle could read, and a pickle may run code"
            if dtype.hasobject
            else f"{what} holds {dtype}, neither numbers nor text"
        )
    return shape, dtype, fortran


def _array(archive: Any, entry: Any, name: str) -> Array:
    """One array, whole: to the end of its member, where its checksum is compared."""
    with archive.open(entry) as member:
        shape, dtype, fortran = _header(member, name)
        size = math.prod(shape) * dtype.itemsize
        data = read_at_most(member, size)
        if len(data) < size or member.read(1):
            raise WeightsError(
                f"{_short(name)} is {dtype}{shape}, {size:,} bytes, and holds "
                f"{'fewer' if len(data) < size else 'more'}"
            )
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    if dtype.kind == "b" and (array.view("u1") > 1).any():
        raise WeightsError(f"{_short(name)} holds truth values that are neither true nor false")
    if dtype.kind == "U":
        # text that is none is an error here, not where it is looked at
        array.tolist()
    return array
