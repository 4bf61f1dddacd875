"""Fetch one file whose content is known beforehand: size and SHA-256, from the first mirror that
has it."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from ..files import read_at_most
from .idx import gunzipped, mistaken_for

if TYPE_CHECKING:
    import threading

TIMEOUT = 8.0  # seconds for a server to accept, and for each next piece to come
PATIENCE = 60.0  # seconds for one URL in all, beside those that its bytes take at SLOWEST
SLOWEST = 40_000.0  # bytes a second: 26 MB in eleven minutes
_CHUNK = 1 << 16


class DownloadFailed(OSError):
    """No mirror gave the right content. `faults` has a line for each URL that was tried.

    >>> DownloadFailed(["http://a: too slow", "http://b: not found"]).faults
    ('http://a: too slow', 'http://b: not found')
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults: tuple[str, ...] = tuple(faults)


def fetch(urls: Sequence[str], size: int, sha256: str, *, progress: bool | None = None) -> bytes:
    """The bytes at the first of `urls` whose content (decompressed, if it is gzip) has this
    SHA-256.

    `size`: bytes of the right content. It bounds what is downloaded and what is decompressed, both
    held in memory: nothing reaches the disk before it has been verified. `progress`: True for a bar
    on stderr, False for none; by default a bar where stderr is a terminal.

    Time: at most PATIENCE + size / SLOWEST seconds for each URL, whatever its server does: one that
    sends a byte every seven seconds, or never ends its headers, is given up like one that is
    silent.

    Errors: DownloadFailed when every URL is out of reach, too slow, or gives something else.

    >>> try:
    ...     fetch(["no-such-scheme://host/file"], size=10, sha256="0")
    ... except DownloadFailed as error:
    ...     print(error.faults[0])
    no-such-scheme://host/file: <urlopen error unknown url type: no-such-scheme>
    """
    import http.client  # here: `import tinygrad_edu` stays fast

    faults = []
    for url in urls:
        try:
            body = _in_time(url, size, progress)
            if fault := fault_of(io.BytesIO(body), size, sha256):
                faults.append(f"{url}: {fault}")
            else:
                return body
        except (OSError, http.client.HTTPException) as error:  # urllib's own errors are OSErrors
            faults.append(f"{url}: {_printable(str(error)) or type(error).__name__}")
    raise DownloadFailed(faults)


def _printable(text: str, most: int = 300) -> str:
    """What a server said, as one line that no terminal takes for orders.

    >>> _printable("Not\\x1b[2J found")
    'Not?[2J found'
    """
    return "".join(c if c.isprintable() else "?" for c in text[:most])


def _in_time(url: str, size: int, progress: bool | None) -> bytes:
    """`_get`, or an OSError when the time for it is over.

    In a thread of its own: looking up a name, and headers that come byte by byte, know no limit,
    and nothing else can leave them. The thread that was left ends at its next piece, and nobody
    reads what it has.
    """
    import threading

    seconds = PATIENCE + size / SLOWEST
    left = threading.Event()
    found: list[bytes | BaseException] = []

    def work() -> None:
        try:
            found.append(_get(url, size + size // 100 + 1024, progress, left))
        except BaseException as error:  # raised below, where someone catches it
            found.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        thread.join(seconds)
    finally:  # Ctrl-C too
        left.set()
    if not found:
        raise TimeoutError(f"given up after {seconds:.0f} s")
    body = found.pop()
    if isinstance(body, bytes):
        return body
    try:
        raise body
    finally:
        del body  # an error that its own traceback holds would keep the connection open


def _get(url: str, limit: int, progress: bool | None, left: threading.Event) -> bytes:
    """The body at `url`, of which at most `limit` + 1 bytes are read, until nobody waits any more
    (`left`). Deflate never grows data by a hundredth."""
    import urllib.request

    with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
        # counts down as it is read; None if the server does not say, or says nonsense
        length = response.length
        bar = _Bar(url.rsplit("/", 1)[-1], length, progress)
        body = bytearray()
        try:
            # read1 gives what has come; read would wait for the whole piece.
            while len(body) <= limit and (
                chunk := response.read1(min(_CHUNK, limit + 1 - len(body)))
            ):
                if left.is_set():
                    bar.stream = None
                    raise TimeoutError("nobody waits any more")
                body += chunk
                bar.show(len(body))
        finally:
            bar.close()
    if len(body) > limit:
        raise OSError(f"more than {limit:,} bytes, which is more than this file has")
    if length is not None and len(body) < length:
        raise OSError(f"cut off after {len(body):,} of {length:,} bytes")
    return bytes(body)


def fault_of(file: BinaryIO, size: int, sha256: str) -> str | None:
    """What is wrong with a file, gzipped or not, that should have this content; None if it is
    right.

    >>> import hashlib
    >>> digest = hashlib.sha256(b"abc").hexdigest()
    >>> fault_of(io.BytesIO(b"abc"), 3, digest) is None
    True
    >>> fault_of(io.BytesIO(b"<html>"), 3, digest)
    'a web page, not data. Open it in a browser to see what it says, then fetch the file itself'
    """
    import hashlib
    import zlib

    try:
        content = read_at_most(gunzipped(file), size + 1)
    except (OSError, EOFError, zlib.error) as error:
        return f"a damaged gzip file ({error})"
    digest = hashlib.sha256(content).hexdigest()
    if digest == sha256:
        return None
    return (
        mistaken_for(bytes(content[:64]))
        or f"not the right content: its SHA-256 is {digest}, not {sha256}"
    )


class _Bar:
    """`name  [########------]  12.3 of 26.4 MB`, written over itself on stderr."""

    def __init__(self, name: str, length: int | None, progress: bool | None) -> None:
        # pythonw has no stderr at all
        wanted = sys.stderr is not None and (sys.stderr.isatty() if progress is None else progress)
        self.stream = sys.stderr if wanted else None
        self.name, self.length, self.last, self.line = name, length, 0.0, ""

    def show(self, count: int) -> None:
        if self.stream is None:
            return
        # Millions of bytes, as the file's page states them.
        if self.length:
            filled = round(24 * min(1.0, count / self.length))
            bar = "#" * filled + "-" * (24 - filled)
            self.line = f"[{bar}]  {count / 1e6:.1f} of {self.length / 1e6:.1f} MB"
        else:
            self.line = f"{count / 1e6:.1f} MB"
        if (now := time.monotonic()) - self.last > 0.1:  # a terminal is slower than a network
            self.last = now
            print(f"\r{self.name}  {self.line}", end="", file=self.stream, flush=True)

    def close(self) -> None:
        if self.stream is not None and self.line:
            print(f"\r{self.name}  {self.line}", file=self.stream, flush=True)
