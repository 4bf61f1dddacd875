"""Downloads, from a server on this machine that stands for the mirrors."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler

import numpy as np
import pytest
from mirrors import FIRST, LAST, snapshot

from tinygrad_edu.datasets import download, fashion_mnist
from tinygrad_edu.datasets.fashion_mnist import DatasetUnavailable, cache_folder, load_data, locate
from tinygrad_edu.datasets.idx import read_idx


def test_a_download_lands_in_the_cache_and_is_not_repeated(mirror, published):
    (x_train, y_train), (x_test, y_test) = load_data()
    assert sorted(snapshot(cache_folder())) == sorted(f"{name}.gz" for name in published)
    for name, array in {FIRST: y_test, LAST: x_train}.items():
        assert published[name].endswith(array.tobytes())
        assert np.array_equal(read_idx(cache_folder() / f"{name}.gz"), array)
    assert mirror.requests == [f"a/{name}" for name in fashion_mnist.FILES]
    assert locate() == cache_folder()
    load_data()
    assert len(mirror.requests) == 4


def test_only_what_the_cache_lacks_is_fetched(mirror, published):
    load_data()
    before = snapshot(cache_folder())
    (cache_folder() / f"{LAST}.gz").unlink()
    (cache_folder() / f"{FIRST}.gz").unlink()
    (cache_folder() / FIRST).write_bytes(published[FIRST])  # uncompressed counts
    mirror.requests.clear()
    load_data()
    assert mirror.requests == [f"a/{LAST}"]
    assert snapshot(cache_folder())[f"{LAST}.gz"] == before[f"{LAST}.gz"]


def test_another_compression_of_the_same_content_is_welcome(mirror, published):
    mirror.bodies = {name: gzip.compress(data, 1, mtime=1) for name, data in published.items()}
    mirror.bodies[FIRST] = published[FIRST]  # a server may send it decompressed
    load_data()
    assert read_idx(cache_folder() / f"{FIRST}.gz").shape == (3,)


@pytest.mark.parametrize("length", [None, "many", "-1"])
def test_a_length_that_is_not_told_or_is_nonsense_does_no_harm(mirror, length, capsys):
    mirror.answers = {f"a/{name}": (200, body, length) for name, body in mirror.bodies.items()}
    load_data(progress=True)
    assert snapshot(cache_folder()) == {f"{name}.gz": body for name, body in mirror.bodies.items()}
    assert f"{LAST}.gz  0.0 MB\n" in capsys.readouterr().err  # no bar without an end to fill it to


def altered(body: bytes) -> bytes:
    content = bytearray(gzip.decompress(body))
    content[-1] ^= 1
    return gzip.compress(content)


BAD_ANSWERS = {
    "wrong digest": (
        lambda body: (200, altered(body), None),
        "not the right content: its SHA-256 is",
    ),
    "longer content": (
        lambda body: (200, gzip.compress(gzip.decompress(body) + b"x"), None),
        "not the right content",
    ),
    "truncated transfer": (lambda body: (200, body[:-20], len(body)), "cut off after"),
    "truncated, no length": (lambda body: (200, body[:-20], None), "a damaged gzip file"),
    "endless body": (lambda body: (200, body + bytes(100_000), None), "more than"),
    "gzip bomb": (
        lambda body: (200, gzip.compress(bytes(1_000_000)), None),
        "not the right content",
    ),
    "not found": (lambda body: (404, b"no such key", None), "404"),
    "web page": (
        lambda body: (200, b"<!DOCTYPE html><title>Campus network: log in</title>", None),
        "a web page",
    ),
    "enormous length": (lambda body: (200, body[:10], 10**12), "cut off after"),
    "nothing": (lambda body: (200, b"", 0), "not the right content"),
}


@pytest.mark.parametrize("bad", BAD_ANSWERS)
@pytest.mark.parametrize("name", [FIRST, LAST])
def test_a_bad_answer_changes_nothing(mirror, bad, name):
    spoil, fault = BAD_ANSWERS[bad]
    body = mirror.bodies[name]
    for base in "ab":
        mirror.answers[f"{base}/{name}"] = spoil(body)
    # Everything else is in the cache, beside a file that is not ours.
    cache_folder().mkdir(parents=True)
    for other, good in mirror.bodies.items():
        if other != name:
            (cache_folder() / f"{other}.gz").write_bytes(good)
    (cache_folder() / "notes.txt").write_text("mine")
    before = snapshot(cache_folder())

    with pytest.raises(DatasetUnavailable) as caught:
        load_data()
    assert snapshot(cache_folder()) == before
    assert mirror.requests == [f"a/{name}", f"b/{name}"]
    for base in "ab":
        line = next(
            line
            for line in str(caught.value).splitlines()
            if f"{mirror.url}{base}/{name}.gz" in line
        )
        assert fault in line


def test_the_first_failure_makes_no_cache_folder(mirror):
    mirror.answers = {f"{base}/{FIRST}": (500, b"", 0) for base in "ab"}
    with pytest.raises(DatasetUnavailable):
        load_data()
    assert not cache_folder().parent.exists()
    assert len(mirror.requests) == 2  # and the other three files are not asked for


@pytest.mark.parametrize("bad", ["wrong digest", "not found", "web page"])
def test_the_next_mirror_helps_out(mirror, bad):
    mirror.answers = {
        f"a/{name}": BAD_ANSWERS[bad][0](body) for name, body in mirror.bodies.items()
    }
    load_data()
    assert mirror.requests == [f"{base}/{name}" for name in fashion_mnist.FILES for base in "ab"]
    assert snapshot(cache_folder()) == {f"{name}.gz": body for name, body in mirror.bodies.items()}


def test_a_silent_server_is_given_up(mirror, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.1)
    silent = threading.Event()
    monkeypatch.setattr(mirror, "answer", lambda request: silent.wait(60))
    try:
        with pytest.raises(DatasetUnavailable, match="timed out"):
            load_data()
    finally:
        silent.set()


def dripping(done: threading.Event, start: bytes, piece: bytes):
    """A server that never is silent for long, and never comes to an end."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        try:
            request.wfile.write(start)
            while not done.wait(0.005):
                request.wfile.write(piece)
        except OSError:  # the client has left
            pass

    return answer


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"", b"H"),
    ],
    ids=["body", "headers", "body without a length", "status line"],
)
def test_a_server_that_drips_is_given_up_when_the_time_is_over(mirror, monkeypatch, start, piece):
    """Each piece comes in time; the whole does not."""
    monkeypatch.setattr(download, "PATIENCE", 0.2)
    monkeypatch.setattr(download, "SLOWEST", 1e12)
    done = threading.Event()
    monkeypatch.setattr(mirror, "answer", dripping(done, start, piece))
    try:
        with pytest.raises(DatasetUnavailable, match="given up after 0 s"):
            load_data()
    finally:
        done.set()
    assert not cache_folder().exists()


def test_the_time_for_a_file_is_that_of_a_slow_network_that_works():
    size, _ = fashion_mnist.FILES[LAST]
    packed = 26_421_880  # bytes of the published .gz
    # bytes a second are enough
    assert packed / (download.PATIENCE + size / download.SLOWEST) < 25_000
    assert (
        sum(download.PATIENCE + c.size / download.SLOWEST for c in fashion_mnist.FILES.values())
        < 1800
    )


def test_ctrl_c_leaves_a_download_at_once(mirror, monkeypatch):
    done = threading.Event()
    monkeypatch.setattr(mirror, "answer", dripping(done, b"HTTP/1.1 200 OK\r\n\r\n", b"x"))
    monkeypatch.setattr(
        threading.Thread,
        "join",
        lambda self, timeout=None: (_ for _ in ()).throw(KeyboardInterrupt),
    )
    try:
        with pytest.raises(KeyboardInterrupt):
            load_data()
    finally:
        done.set()
        monkeypatch.undo()


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 404 Not\x1b[2J\x07 found\r\n\r\n",
        b"SSH-2.0-\x1b]0;owned\x07\r\n",
        b"HTTP/1.1 302 Moved\r\nLocation: ftp\x1b[2J://x\r\n\r\n",
        b"HTTP/1.1 200\x9b2J " + b"y" * 5000 + b"\r\n\r\n",
    ],
    ids=["reason", "another protocol", "redirection", "a long one"],
)
def test_what_a_server_says_does_not_reach_the_terminal_as_orders(mirror, monkeypatch, start):
    monkeypatch.setattr(mirror, "answer", lambda request: request.wfile.write(start))
    with pytest.raises(DatasetUnavailable) as caught:
        load_data()
    message = str(caught.value)
    assert all(c.isprintable() or c == "\n" for c in message)
    assert max(map(len, message.splitlines())) < 600


def test_a_folder_that_cannot_be_made_is_said(mirror):
    cache_folder().parent.parent.mkdir()
    cache_folder().parent.write_text("a file where the folder should be")
    with pytest.raises(
        DatasetUnavailable, match="downloaded, but it cannot be kept in .*fashion-mnist"
    ):
        load_data()
    assert mirror.requests == [f"a/{FIRST}"]


def test_no_download_asks_nobody(mirror):
    with pytest.raises(DatasetUnavailable, match="download=False"):
        load_data(download=False)
    assert mirror.requests == []


def test_a_given_folder_asks_nobody(mirror, put_set):
    load_data(put_set("mine", seed=3))
    assert mirror.requests == []


def test_offline_says_where_it_looked_and_what_to_do(tmp_path):
    with pytest.raises(DatasetUnavailable) as caught:
        load_data()
    message = str(caught.value)
    looked_in = [
        f"${fashion_mnist.VARIABLE}: not set",
        f"{cache_folder().as_posix()}: no such folder",
        f"{(tmp_path / 'no-debian').as_posix()}: no such folder",
        f"{fashion_mnist.MIRRORS[0]}{FIRST}.gz: <urlopen error",
    ]
    positions = [message.index(f"  - {place}") for place in looked_in]
    assert positions == sorted(positions)
    for way_out in (
        "apt install dataset-fashion-mnist",
        'load_data("the/folder")',
        "environment variable",
    ):
        assert way_out in message
    assert not cache_folder().exists()


@pytest.mark.parametrize(
    ("terminal", "progress", "shown"),
    [(True, None, True), (False, None, False), (True, False, False), (False, True, True)],
)
def test_the_bar_is_for_terminals_unless_told(
    mirror, monkeypatch, capsys, terminal, progress, shown
):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    load_data(progress=progress)
    out, err = capsys.readouterr()
    assert out == ""
    if shown:
        lines = [line.split("\r")[-1] for line in err.removesuffix("\n").split("\n")]
        assert [line.split()[0] for line in lines] == [f"{name}.gz" for name in fashion_mnist.FILES]
        assert all("[########################]  0.0 of 0.0 MB" in line for line in lines)
    else:
        assert err == ""


@pytest.mark.parametrize("progress", [None, True])
def test_no_stderr_no_bar(mirror, monkeypatch, progress):
    """As under pythonw."""
    monkeypatch.setattr("sys.stderr", None)
    (x_train, _), _ = load_data(progress=progress)
    assert x_train.shape == (5, 28, 28)
