"""Parameters in a file: a NumPy archive, read without pickle, written whole or not at all."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping

import numpy as np

from ._files import replace_whole


class WeightsError(ValueError):
    """A file that does not hold the weights of this model: damaged, cut short, or of another model."""


def save(arrays: Mapping[str, np.ndarray], path: str | os.PathLike[str]) -> None:
    """Write `arrays` to exactly `path` as .npz. On any error the file that stood there before still stands."""
    with replace_whole(path) as file:
        np.savez(file, allow_pickle=False, **arrays)             # type: ignore[arg-type]


def load(path: str | os.PathLike[str], like: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Read the arrays of `save`, which must have the names, shapes and dtypes of `like`.

    Errors: `WeightsError` names the file and what is wrong; a file that is not there is a FileNotFoundError.
    """
    path = os.fspath(path)
    try:
        with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
            sizes = {i.filename.removesuffix(".npy"): i.file_size for i in archive.infolist()}
            if sizes.keys() != like.keys():
                raise WeightsError(f"{path} holds {sorted(sizes)}, the model has {sorted(like)}")
            for name, size in sizes.items():
                # Said before it is read: a small archive can claim to unpack to more than the memory.
                if size > like[name].nbytes + 4096:
                    raise WeightsError(f"{path}: {name!r} is {size:,} bytes, the model's is {like[name].nbytes:,}")
            found = {}
            for name in sizes:
                with archive.open(f"{name}.npy") as member:
                    found[name] = np.lib.format.read_array(member, allow_pickle=False)
    except (OSError, WeightsError):
        raise
    except Exception as error:        # zipfile and NumPy have no one exception for a damaged file
        raise WeightsError(f"{path} is no file of save_weights, or is damaged: {type(error).__name__}: "
                           f"{error}") from error
    for name, value in found.items():
        if value.shape != like[name].shape or value.dtype != like[name].dtype:
            raise WeightsError(f"{path}: {name!r} is {value.dtype}{value.shape}, the model's "
                               f"{like[name].dtype}{like[name].shape}")
    return found
