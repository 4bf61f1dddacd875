"""Parameters in a file: a NumPy archive, read without pickle, written whole or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ._files import replace_whole
from .engine import untraced


class WeightsError(ValueError):
    """A file that does not hold the weights of this model: damaged, cut short, or of another model."""


def save(arrays: Mapping[str, np.ndarray], path: str | os.PathLike[str]) -> None:
    """Write `arrays` to exactly `path` as .npz. On any error the file that stood there before still stands."""
    untraced("writes a file", "write it outside, after the call")
    import zipfile  # here: `import tinygrad_edu` stays fast
    with replace_whole(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def load(path: str | os.PathLike[str], like: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Read the arrays of `save`, which must have the names, shapes and dtypes of `like`.

    Errors: `WeightsError` names the file and what is wrong; a file that cannot be opened is an OSError.
    """
    untraced("reads a file", "read it outside, before the call")
    import zipfile
    path = os.fspath(path)
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                entries = {i.filename.removesuffix(".npy"): i for i in archive.infolist()}
                if entries.keys() != like.keys():
                    raise WeightsError(f"{path} holds {sorted(entries)}, the model has {sorted(like)}")
                return {name: _read(archive, entry, like[name], f"{path}: {name!r}") for name, entry in entries.items()}
        except WeightsError:
            raise
        except Exception as error:    # zipfile and NumPy have no one exception for a damaged file
            raise WeightsError(f"{path} is no file of save_weights, or is damaged: {type(error).__name__}: "
                               f"{error}") from error


def _read(archive: Any, entry: Any, like: np.ndarray, what: str) -> np.ndarray:
    """One array, its claims held to the model's before memory is given to them."""
    if entry.file_size > like.nbytes + 4096:
        raise WeightsError(f"{what} is {entry.file_size:,} bytes, the model's is {like.nbytes:,}")
    content = io.BytesIO(archive.read(entry))                     # whole, so that its checksum is checked
    version = np.lib.format.read_magic(content)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = header(content)
    if shape != like.shape or dtype != like.dtype:
        raise WeightsError(f"{what} is {dtype}{shape}, the model's {like.dtype}{like.shape}")
    data = content.read()
    if len(data) != like.nbytes:
        raise WeightsError(f"{what} has {len(data):,} bytes of numbers, {like.nbytes:,} are needed")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
