"""Keeps these tests away from the real cache, the real network and the machine's own copy of the
data."""

import gzip
import hashlib
import os
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from mirrors import Mirror

from tinygrad_edu.datasets import download, fashion_mnist

# Before the fixture `isolated` hides both.
FULL_FOLDER = Path(os.environ.get(fashion_mnist.VARIABLE) or fashion_mnist.DEBIAN_FOLDER)
CLOSED = "http://127.0.0.1:9/"  # the discard port: refused at once


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(fashion_mnist.VARIABLE, raising=False)
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "no-debian")
    monkeypatch.setattr(fashion_mnist, "MIRRORS", (CLOSED,))
    # for a busy machine: the servers of the tests answer
    monkeypatch.setattr(download, "TIMEOUT", 60.0)
    # a proxy of the machine must not see the local server's requests
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(scope="session")
def full_folder() -> Path:
    """The folder with the full set, .gz; without it the test is skipped."""
    files = [FULL_FOLDER / f"{name}.gz" for name in fashion_mnist.FILES]
    # The variable may name the sample; the full set's training images alone are 26 MB.
    if not all(file.is_file() for file in files) or files[-1].stat().st_size < 20e6:
        pytest.skip(
            f"needs the full set: Debian's package dataset-fashion-mnist, or its folder in {fashion_mnist.VARIABLE}"
        )
    return FULL_FOLDER


def idx_bytes(array: np.ndarray) -> bytes:
    """IDX by hand, for uint8: the tests must not trust the writer they test."""
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def tiny_set(seed: int) -> dict[str, bytes]:
    """File name -> IDX content of a set with 5 training and 3 test images."""
    rng = np.random.default_rng(seed)
    content = {}
    for kind, count in (("train", 5), ("t10k", 3)):
        content[f"{kind}-images-idx3-ubyte"] = idx_bytes(
            rng.integers(0, 256, (count, 28, 28), np.uint8)
        )
        content[f"{kind}-labels-idx1-ubyte"] = idx_bytes(rng.integers(0, 10, count, np.uint8))
    return content


@pytest.fixture
def put_set(tmp_path: Path) -> Callable[..., Path]:
    """put_set(folder, seed): a folder with a tiny set, gzipped or not."""

    def put(folder: str | Path, seed: int, packed: bool = True) -> Path:
        folder = tmp_path / folder
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in tiny_set(seed).items():
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
        return folder

    return put


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A tiny set that stands for the published one: FILES holds its sizes and digests. Name -> IDX
    content."""
    content = tiny_set(seed=1)
    for name, data in content.items():
        known = fashion_mnist.Content(len(data), hashlib.sha256(data).hexdigest())
        monkeypatch.setitem(fashion_mnist.FILES, name, known)
    return content


@pytest.fixture
def mirror(published, monkeypatch) -> Iterator[Mirror]:
    mirror = Mirror(published)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mirror.answer(self)

        def log_message(self, *_) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        mirror.url = f"http://127.0.0.1:{server.server_address[1]}/"
        monkeypatch.setattr(fashion_mnist, "MIRRORS", (mirror.url + "a/", mirror.url + "b/"))
        yield mirror
        server.shutdown()
        thread.join()
