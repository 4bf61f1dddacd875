"""IDX, the file format of MNIST and its family: read_idx, write_idx.

    0 0 type ndim | dim_0 ... dim_(ndim-1) | the numbers, row by row

The first four are bytes, each dimension is a big-endian uint32, and so are the numbers big-endian.
`type` is

    0x08 uint8   0x09 int8   0x0B int16   0x0C int32   0x0D float32   0x0E float64

Files are often gzipped; that is seen in their first two bytes, so a name may end in .gz or not.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", http://yann.lecun.com/exdb/mnist
"""

import math
import os
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..files import open_regular, read_at_most, replace_whole

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_BYTES = 1 << 30  # of numbers: 1 GiB, more than twenty times Fashion-MNIST
_NUMPY_MAX_NDIM = 64


class IdxError(ValueError):
    """A file that cannot be read as IDX, or is not the data it should be. The message names the
    file, the fault, and what to do.

    >>> from tinygrad_edu.files import write_whole
    >>> write_whole("page.gz", "<html>not found</html>")
    >>> try:
    ...     read_idx("page.gz")
    ... except IdxError as error:
    ...     print(str(error)[:28])
    page.gz: a web page, not dat
    """


def read_idx(path: str | os.PathLike[str], *, max_bytes: int = MAX_BYTES) -> NDArray[Any]:
    """The array in the IDX file `path`, plain or gzipped.

    Returns an array of the shape in its header, in native byte order, writable. Memory: never more
    than the file really holds, whatever its header claims, nor more than `max_bytes`.

    Errors: IdxError, naming the file, for anything but exactly one whole array: an empty file, a
    web page or an archive saved under that name, a wrong magic number or type, dimensions too big,
    too few or too many bytes, a damaged gzip. OSError, as `open` gives it, when the file cannot be
    read at all, or is a pipe or a device.

    >>> write_idx("labels.gz", np.array([9, 2, 1], np.uint8))
    >>> read_idx("labels.gz")
    array([9, 2, 1], dtype=uint8)
    """
    with open_regular(path) as file:
        try:
            return _parse(gunzipped(file), Path(path), max_bytes)
        except _damage() as error:
            fault = str(error) or type(error).__name__
            raise IdxError(
                f"{path}: a damaged gzip file ({fault}). Fetch or copy it again."
            ) from error


def write_idx(path: str | os.PathLike[str], array: ArrayLike) -> None:
    """Write `array` to `path` as IDX, gzipped when the name ends in .gz.

    The file appears whole or not at all. The same array gives the same bytes at any time and under
    any name (the gzip header carries neither), as long as the zlib that compresses is the same.

    Errors: IdxError for a type IDX does not have (bool, int64, complex, ...) or a dimension of
    2**32 or more.

    >>> write_idx("a", np.array([[1, 2, 3]], np.int16))
    >>> Path("a").read_bytes().hex(" ", -4)
    '00000b02 00000001 00000003 00010002 0003'
    """
    array = np.asarray(array)
    big_endian = array.dtype.newbyteorder(">")
    code = next((code for code, type_ in TYPES.items() if np.dtype(type_) == big_endian), None)
    if code is None:
        names = ", ".join(np.dtype(type_).newbyteorder("=").name for type_ in TYPES.values())
        raise IdxError(
            f"{path}: IDX has no type for {array.dtype}. Write array.astype(...) with one of: "
            f"{names}."
        )
    if any(dim >= 1 << 32 for dim in array.shape):
        raise IdxError(
            f"{path}: a dimension of {array.shape} does not fit in 32 bits. Write it as several "
            "files."
        )
    content = bytes([0, 0, code, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    content += array.astype(big_endian).tobytes()
    with replace_whole(path) as file:
        if os.fspath(path).endswith(".gz"):
            import gzip

            # Not gzip.compress: with mtime=0 Python 3.11 and 3.12 let zlib write the name of the
            # system in the header.
            with gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
                packed.write(content)
        else:
            file.write(content)


def gunzipped(file: BinaryIO) -> BinaryIO:
    """`file` itself, or what it decompresses to if it begins as gzip does, from the start.

    Decompression goes with the reading, so whoever stops reading at a limit is safe from a gzip
    bomb.

    >>> import gzip, io
    >>> gunzipped(io.BytesIO(gzip.compress(b"abc"))).read(), gunzipped(io.BytesIO(b"abc")).read()
    (b'abc', b'abc')
    """
    is_gzip = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    if not is_gzip:
        return file
    import gzip

    return cast(BinaryIO, gzip.GzipFile(fileobj=file))


def mistaken_for(start: bytes) -> str | None:
    """What a file that begins with `start` probably is, and what to do, if it is a common mistake;
    else None.

    >>> mistaken_for(b"  <!DOCTYPE html>")
    'a web page, not data. Open it in a browser to see what it says, then fetch the file itself'
    """
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return (
            "a web page, not data. Open it in a browser to see what it says, then fetch the file "
            "itself"
        )
    if start.startswith(b"PK\x03\x04"):
        return "a ZIP archive. Unpack it first, and give the path of what was in it"
    return None


def _parse(stream: BinaryIO, path: Path, max_bytes: int) -> NDArray[Any]:
    start = bytes(read_at_most(stream, 4))
    if not start:
        raise IdxError(f"{path}: an empty file. Fetch or copy it again.")
    if start[:2] != b"\0\0":
        beginning = start + bytes(read_at_most(stream, 60))
        what = mistaken_for(beginning) or (
            f"not an IDX file: it begins with {start.hex(' ')}, an IDX file with 00 00 <type> "
            "<ndim>. Give another file"
        )
        raise IdxError(f"{path}: {what}.")
    if len(start) < 4:
        raise IdxError(
            f"{path}: cut off after {len(start)} bytes, within the header. Fetch or copy it again."
        )

    code, ndim = start[2:]
    if code not in TYPES:
        known = ", ".join(f"0x{known:02X}" for known in TYPES)
        raise IdxError(
            f"{path}: unknown type 0x{code:02X} in its third byte; IDX has {known}. Fetch the file "
            "again."
        )
    if ndim > _NUMPY_MAX_NDIM:
        raise IdxError(
            f"{path}: {ndim} dimensions; NumPy has at most {_NUMPY_MAX_NDIM}. Fetch the file again."
        )
    header = read_at_most(stream, 4 * ndim)
    if len(header) < 4 * ndim:
        raise IdxError(f"{path}: cut off within its {ndim} dimensions. Fetch or copy it again.")

    shape = tuple(int(dim) for dim in np.frombuffer(header, ">u4"))
    dtype = np.dtype(TYPES[code])
    # Python integers: no overflow. Zeros count as ones, as they do for NumPy, which refuses (0,
    # 2**32-1, 2**32-1).
    if math.prod(dim or 1 for dim in shape) * dtype.itemsize > max_bytes:
        raise IdxError(
            f"{path}: its header claims shape {shape} of {dtype.newbyteorder('=')}, more than "
            f"{max_bytes:,} bytes. If that is true, read_idx(path, max_bytes=...); if not, fetch "
            "the file again."
        )
    expected = math.prod(shape) * dtype.itemsize
    data = read_at_most(stream, expected)
    if len(data) < expected:
        raise IdxError(
            f"{path}: cut off: shape {shape} of {dtype.newbyteorder('=')} needs {expected:,} bytes "
            f"after the header, here are {len(data):,}. Fetch or copy it again."
        )
    # This last read also takes a gzip stream to its end, where its checksum is compared.
    if stream.read(1):
        raise IdxError(
            f"{path}: bytes left over after the {expected:,} of shape {shape} of "
            f"{dtype.newbyteorder('=')}. Its header and its content disagree: fetch the file again."
        )
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _damage() -> tuple[type[Exception], ...]:
    """What Python raises while it reads a gzip file that is cut off, altered, or followed by
    something else."""
    import gzip
    import zlib

    return gzip.BadGzipFile, EOFError, zlib.error
