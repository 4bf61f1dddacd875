"""Fashion-MNIST: 70 000 grey pictures of clothes, 28 x 28, in ten classes (the lecture's demo).

    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()

gives what `keras.datasets.fashion_mnist.load_data()` gives. The data is MIT-licensed, (c) 2017
Zalando SE.

Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking
Machine Learning Algorithms", 2017, arXiv:1708.07747;
https://github.com/zalandoresearch/fashion-mnist
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..files import open_regular, write_whole
from .download import DownloadFailed, fault_of, fetch
from .idx import IdxError, read_idx

CLASS_NAMES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip

VARIABLE = "TINYGRAD_EDU_FASHION_MNIST"
# of Debian's and Ubuntu's package dataset-fashion-mnist
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
MIRRORS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)


class Content(NamedTuple):
    """What a file holds once it is decompressed: `size` bytes, whose SHA-256 is `sha256`.

    >>> FILES["t10k-labels-idx1-ubyte"].size
    10008
    """

    size: int  # bytes
    sha256: str


# Digests of the IDX content, not of the .gz around it: Debian and others compress it anew, so the
# .gz differ where the data does not. They were computed from Debian's package; put back under the
# original gzip headers, its four files have the MD5 sums published at the source. The small files
# come first: a folder that cannot be written is then found out after 5 KB, not after 26 MB.
FILES = {
    "t10k-labels-idx1-ubyte": Content(
        10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
    ),
    "train-labels-idx1-ubyte": Content(
        60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
    ),
    "t10k-images-idx3-ubyte": Content(
        7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
    ),
    "train-images-idx3-ubyte": Content(
        47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
    ),
}

Split = tuple[NDArray[np.uint8], NDArray[np.uint8]]


class DatasetUnavailable(OSError):
    """The data is not on this machine and could not be fetched. The message says where it was
    looked for, and what to do.

    >>> try:
    ...     load_data("no/such/folder")
    ... except DatasetUnavailable as error:
    ...     print(str(error)[:31])
    no/such/folder: no such folder.
    """


def load_data(
    path: str | os.PathLike[str] | None = None,
    *,
    download: bool = True,
    progress: bool | None = None,
) -> tuple[Split, Split]:
    """(x_train, y_train), (x_test, y_test): images and their classes, read from `locate(path)`,
    else downloaded.

    Shapes: x_train (60000, 28, 28), y_train (60000,), x_test (10000, 28, 28), y_test (10000,), all
    uint8; the counts are those in the files, so a folder with a sample of the data gives fewer.
    Units: x in 0 (white paper) ... 255 (black); y in 0 ... 9, an index into CLASS_NAMES.
    `download`: whether to fetch the four files (31 MB) into `cache_folder()` when no folder has
    them; each is verified against its SHA-256 before it is put there. What is damaged in the cache
    is fetched anew. `progress`: a bar on stderr; by default where stderr is a terminal.

    Errors: DatasetUnavailable when there is no data to read; IdxError when a file is damaged, or
    does not hold 28 x 28 images and as many labels in 0 ... 9.

    >>> if locate() is not None:      # the full set is on this machine
    ...     (x_train, y_train), (x_test, y_test) = load_data(download=False)
    ...     assert x_train.shape == (60_000, 28, 28) and CLASS_NAMES[y_train[0]] == "Ankle boot"
    """
    folder = locate(path)
    if folder is not None:
        try:
            return _read(folder)
        except (IdxError, PermissionError):
            if _meant(path) is not None or folder != _cache():  # not ours to mend
                raise
            if not _missing(DEBIAN_FOLDER):
                return _read(DEBIAN_FOLDER)
            if not download:
                raise
    if not download:
        raise _unavailable(["no download was tried (download=False)"])
    return _read(_download(progress))


def locate(path: str | os.PathLike[str] | None = None) -> Path | None:
    """The folder that `load_data(path)` reads without a download, or None.

    The first of these: `path`; the folder in the environment variable TINYGRAD_EDU_FASHION_MNIST;
    `cache_folder()`; DEBIAN_FOLDER. If one of the first two is given, no other folder is looked at:
    it must have all four files, as .gz or uncompressed.

    Errors: DatasetUnavailable, naming what is missing, when `path` or the variable's folder lacks a
    file.

    >>> locate("no/such/folder")    # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    tinygrad_edu.datasets.fashion_mnist.DatasetUnavailable: no/such/folder: no such folder...
    """
    if (meant := _meant(path)) is not None:
        folder = Path(os.path.expanduser(meant))
        if _missing(folder):
            whose = "" if path is not None else f" (from the variable {VARIABLE})"
            raise DatasetUnavailable(
                f"{_describe(folder)}{whose}. Give the folder of the four files "
                f"{', '.join(FILES)}, each with .gz at its end or without."
            )
        return folder
    return next(
        (folder for folder in (_cache(), DEBIAN_FOLDER) if folder and not _missing(folder)), None
    )


def _meant(path: str | os.PathLike[str] | None) -> str | os.PathLike[str] | None:
    """The folder that was asked for, by argument or variable; None: any that has the data."""
    return path if path is not None else os.environ.get(VARIABLE) or None


def cache_folder() -> Path:
    """Where downloads are kept: tinygrad_edu/fashion-mnist in the user's cache, whether or not it
    exists yet.

    The cache is $XDG_CACHE_HOME, else %LOCALAPPDATA% on Windows, else ~/.cache. Errors:
    DatasetUnavailable where there is none of these: a user without a name and a home, as in
    containers.

    >>> cache_folder().parts[-2:]
    ('tinygrad_edu', 'fashion-mnist')
    """
    if (folder := _cache()) is None:
        raise DatasetUnavailable(_NO_CACHE)
    return folder


_NO_CACHE = (
    "no cache: this user has no home folder; set XDG_CACHE_HOME to a folder in which downloads may "
    "be kept"
)


def _cache() -> Path | None:
    cache = os.environ.get("XDG_CACHE_HOME", "")
    # unset, empty, or relative, which the XDG specification says to ignore
    if not os.path.isabs(cache):
        local = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else None
        # "~" stays where no one knows a home
        cache = local or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(cache, "tinygrad_edu", "fashion-mnist") if os.path.isabs(cache) else None


def _find(folder: Path, name: str) -> Path | None:
    """The file of this name, also as it is called where it was unpacked:
    train-images.idx3-ubyte."""
    names = (f"{name}.gz", name, f"{name.replace('-idx', '.idx')}.gz", name.replace("-idx", ".idx"))
    # os.path: a folder that may not be entered has no file for us, where Path.is_file raises.
    return next((folder / file for file in names if os.path.isfile(folder / file)), None)


def _missing(folder: Path) -> list[str]:
    return [name for name in FILES if _find(folder, name) is None]


def _describe(folder: Path) -> str:
    """A line on a folder that lacks files.

    >>> _describe(Path("no/such/folder"))
    'no/such/folder: no such folder'
    """
    if not os.path.isdir(folder):
        what = "not a folder" if os.path.lexists(folder) else "no such folder"
        return f"{folder.as_posix()}: {what}"
    missing = _missing(folder)
    what = "it lacks " + ", ".join(missing) if missing else "its files are damaged"
    return f"{folder.as_posix()}: {what}"


def _damaged(folder: Path) -> list[str]:
    """The files that are there and do not hold what was published."""
    found = []
    for name, content in FILES.items():
        if (file := _find(folder, name)) is not None:
            try:
                with open_regular(file) as opened:
                    sound = fault_of(opened, *content) is None
            except OSError:
                sound = False
            if not sound:
                found.append(name)
    return found


def _download(progress: bool | None) -> Path:
    """Fetch into the cache what it lacks, and what is damaged there, and return it."""
    folder = _cache()
    if folder is None:
        raise _unavailable(["no download was tried: there is no folder to keep it in"])
    for name in [*_missing(folder), *_damaged(folder)]:
        try:
            body = fetch([f"{base}{name}.gz" for base in MIRRORS], *FILES[name], progress=progress)
        except DownloadFailed as error:
            raise _unavailable(error.faults) from error
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / f"{name}.gz", body)
        except OSError as error:
            raise _unavailable(
                [f"downloaded, but it cannot be kept in {folder.as_posix()}: {error}"]
            ) from error
    return folder


def _unavailable(faults: Iterable[str]) -> DatasetUnavailable:
    """The exception to raise, once locate() found no folder and the download went wrong as `faults`
    says."""
    cache = _cache()
    places = [
        f"${VARIABLE}: not "
        "set", _describe(cache) if cache else _NO_CACHE, _describe(DEBIAN_FOLDER), *faults
    ]  # fmt: skip
    return DatasetUnavailable(
        "Fashion-MNIST is not on this machine. Looked for, in this order:\n"
        + "".join(f"  - {place}\n" for place in places)
        + "Do one of these:\n"
        "  - go online and try again: 31 MB are fetched once and kept;\n"
        "  - on Debian or Ubuntu, install its package: apt install dataset-fashion-mnist;\n"
        f"  - fetch the four files {', '.join(f'{name}.gz' for name in FILES)}\n"
        "    from https://github.com/zalandoresearch/fashion-mnist (data/fashion) and give their "
        "folder:\n"
        f'    load_data("the/folder"), or set the environment variable {VARIABLE} to it.'
    )


def _read(folder: Path) -> tuple[Split, Split]:
    return _read_split(folder, "train"), _read_split(folder, "t10k")


def _read_split(folder: Path, kind: str) -> Split:
    """(images, labels) of "train" or "t10k" from a folder that has the files, checked one against
    the other."""
    images_file = _find(folder, f"{kind}-images-idx3-ubyte")
    labels_file = _find(folder, f"{kind}-labels-idx1-ubyte")
    if images_file is None or labels_file is None:  # gone since locate() saw it
        raise DatasetUnavailable(f"{_describe(folder)}. Was it changed just now? Try again.")
    images, labels = read_idx(images_file), read_idx(labels_file)

    again = "Fetch the four files again, all from one place"
    if images.ndim != 3 or images.shape[1:] != (28, 28) or images.dtype != np.uint8:
        raise IdxError(
            f"{images_file}: {images.dtype} {images.shape}, not images, uint8 (n, 28, 28). {again}."
        )
    if labels.ndim != 1 or labels.dtype != np.uint8:
        raise IdxError(
            f"{labels_file}: {labels.dtype} {labels.shape}, not labels, uint8 (n,). {again}."
        )
    if len(images) != len(labels):
        raise IdxError(
            f"{labels_file}: {len(labels)} labels, but {images_file.name} beside it has "
            f"{len(images)} images. {again}."
        )
    wrong = np.flatnonzero(labels >= len(CLASS_NAMES))
    if wrong.size:
        raise IdxError(
            f"{labels_file}: label {labels[wrong[0]]} at index {wrong[0]}; the classes are 0..9. "
            f"{again}."
        )
    return images, labels
