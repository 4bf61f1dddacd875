"""The project's one way to write a file: whole or not at all; and to open one to read: a file,
nothing else.

    the bytes go into  .tinygrad_edu-<random>.part  beside the file, locked while it is written
    → fsync → the mode of the file that stands there → rename over it → fsync of the folder

A reader sees the old file or the new one, never a part of one, also after a power cut. A run that
is killed leaves its part, which nobody holds a lock on any more: the next write into that folder
removes it.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows, where no one can remove a file that is open
    fcntl = None  # type: ignore[assignment]

PART = re.compile(r"\.tinygrad_edu-[0-9a-f]{16}\.part")
"""The name of what is being written."""

_DAY, _CHUNK, _LOOKS = 86_400.0, 1 << 20, 100


@contextmanager
def replace_whole(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A binary file to write to, which becomes `path` when the block ends without an error.

    If the block raises, or the machine stops, whatever stood at `path` before still stands there. A
    link is followed, and the file it names is replaced. That file's mode is kept, and its owner
    where that is permitted. Several threads and processes may write to one path: each writes its
    own part, and the last to end has the name.

    Errors: OSError as `open` gives it, naming `path`: no such folder, no permission (also for a
    read-only file), no space left; and for a path that exists and is no regular file: a folder, a
    device, a pipe.

    >>> with replace_whole("a.bin") as file:
    ...     _ = file.write(b"all of it")
    >>> Path("a.bin").read_bytes()
    b'all of it'
    """
    target, standing = _place(path)
    part, file = _opened(target.parent, path, secret=standing is not None)
    try:
        with file:
            _clear(target.parent, file)
            yield file
            file.flush()
            _keep(file, _place(path)[1] or standing)
            # else a crash may keep the new name and lose the content
            os.fsync(file.fileno())
            if fcntl is not None:
                # while the lock is held: a part without one counts as left behind
                os.replace(part, target)
        if fcntl is None:
            os.replace(part, target)
    except BaseException:  # Ctrl-C too
        with suppress(OSError):
            part.unlink()
        raise
    _sync(target.parent)


def write_whole(path: str | os.PathLike[str], content: bytes | str) -> None:
    """Write `content`, text as UTF-8, as the file `path`: the whole of it, or nothing.

    Errors: those of `replace_whole`.

    >>> write_whole("note.txt", "all of it")
    >>> Path("note.txt").read_text()
    'all of it'
    """
    with replace_whole(path) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """`open(path, "rb")` for a path that may come from anywhere.

    Errors: OSError as `open` gives it, also for a pipe, on which `open` would wait for ever, and
    for a device, which has no end.

    >>> write_whole("note.txt", "all of it")
    >>> with open_regular("note.txt") as file:
    ...     file.read()
    b'all of it'
    """
    file = open(
        path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
    )
    try:
        _regular(os.fstat(file.fileno()), path, "read")
    except BaseException:
        file.close()
        raise
    return file


def read_at_most(stream: BinaryIO, limit: int) -> bytearray:
    """The next `limit` bytes of `stream`, or all there are.

    Memory grows with the bytes that come, not with the number that was promised.

    >>> import io
    >>> read_at_most(io.BytesIO(b"abc"), 2), read_at_most(io.BytesIO(b"abc"), 10**12)
    (bytearray(b'ab'), bytearray(b'abc'))
    """
    data = bytearray()
    while len(data) < limit and (chunk := stream.read(min(_CHUNK, limit - len(data)))):
        data += chunk
    return data


def _place(path: str | os.PathLike[str]) -> tuple[Path, os.stat_result | None]:
    """Where a file of this path is to stand, links followed, and what stands there, if anything
    does."""
    if not os.path.basename(path):  # "", "folder/"
        raise IsADirectoryError(
            errno.EISDIR, "no name of a file, which cannot be written", os.fspath(path)
        )
    target = Path(os.path.realpath(path))
    for _ in range(_LOOKS):
        try:
            standing = os.stat(path)
        except FileNotFoundError:  # also a link to what is not there yet
            return target, None
        _regular(standing, path, "replaced")
        if os.path.samestat(standing, os.stat(target)):
            # else another writer put its file there between the two looks
            break
    else:
        # Links of /proc name files that have no name: what they point to is not where they say.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
    return target, standing


def _regular(found: os.stat_result, path: str | os.PathLike[str], verb: str) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(found.st_mode):
        kinds = {
            stat.S_IFIFO: "a pipe",
            stat.S_IFCHR: "a device",
            stat.S_IFBLK: "a device",
            stat.S_IFSOCK: "a socket",
        }
        what = kinds.get(stat.S_IFMT(found.st_mode), "no file")
        raise OSError(
            errno.EINVAL, f"this is {what}, not a file, and cannot be {verb}", os.fspath(path)
        )


def _opened(folder: Path, path: str | os.PathLike[str], secret: bool) -> tuple[Path, BinaryIO]:
    """A part, new and locked. What replaces a file is nobody else's to read until it has that
    file's mode."""
    # The same folder, since a rename is only atomic within one file system. Named by hand, not by
    # tempfile, which gives mode 0600 whatever the umask says: a data set is there to be shared.
    create = lambda name, flags: os.open(name, flags, 0o600 if secret else 0o666)
    # a new name each time: no one can mean an older part by it
    while True:
        part = folder / f".tinygrad_edu-{os.urandom(8).hex()}.part"
        try:
            file = open(part, "xb", opener=create)
        except OSError as error:
            # not the part's, which means nothing to who reads the message
            error.filename = os.fspath(path)
            raise
        if _locked(file) is not False and part.exists():
            # else another process cleared it away before it was locked
            return part, file
        file.close()


def _locked(file: BinaryIO) -> bool | None:
    """Whether this file could be locked against others; None where the system cannot say."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems know no locks
        return None
    return True


def _clear(folder: Path, own: BinaryIO) -> None:
    """Remove the parts that killed runs left in a folder: those of ours that no process has locked,
    or, where there are no locks, that are a day older than the file now being written."""
    with suppress(OSError), os.scandir(folder) as entries:
        mine = os.fstat(own.fileno())
        for name in [entry.name for entry in entries if PART.fullmatch(entry.name)]:
            with suppress(OSError):
                _clear_one(folder / name, mine)


def _clear_one(part: Path, mine: os.stat_result) -> None:
    # never through a link: anyone may plant one in a shared folder
    found = os.lstat(part)
    if (
        not stat.S_ISREG(found.st_mode)
        or found.st_uid != mine.st_uid
        or os.path.samestat(found, mine)
    ):
        return
    with open_regular(part) as file:
        free = _locked(file)
        if free or (free is None and found.st_mtime < mine.st_mtime - _DAY):
            part.unlink()


def _keep(file: BinaryIO, standing: os.stat_result | None) -> None:
    """Give the part the owner and the mode of the file that it replaces."""
    if standing is None or not hasattr(os, "fchmod"):
        return
    mode, now = stat.S_IMODE(standing.st_mode) & 0o777, os.fstat(file.fileno())
    try:
        if (now.st_uid, now.st_gid) != (standing.st_uid, standing.st_gid):
            os.fchown(file.fileno(), standing.st_uid, standing.st_gid)
    # only root gives a file away; a group that is another's gains nothing
    except OSError:
        mode = mode & ~0o070 | (mode & 0o007) << 3
    os.fchmod(file.fileno(), mode)


def _sync(folder: Path) -> None:
    """See to it that the new name is on the disk, where the system has a way to."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:  # a folder that may be written and not read
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(handle)
