"""Put a file in its place whole, or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replace_whole(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A binary file to write to, which becomes `path` when the block ends well.

    If the block raises, or the machine stops, whatever stood at `path` before stands there still, and no
    half-written file is left behind by an exception. Errors: OSError as `open` gives it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replace_whole(Path(folder, "a.bin")) as file:
    ...         _ = file.write(b"all of it")
    ...     Path(folder, "a.bin").read_bytes()
    b'all of it'
    """
    path = Path(path)
    # The same folder, since os.replace is only atomic within one file system. Opened by hand, not by tempfile:
    # that gives mode 0600 whatever the umask says, and a dataset is there to be shared.
    part = path.with_name(f".{os.urandom(6).hex()}.part")
    try:
        with open(part, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # else a crash may keep the new name and lose the content
        os.replace(part, path)
    except BaseException:  # Ctrl-C too
        part.unlink(missing_ok=True)
        raise
