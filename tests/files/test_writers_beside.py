"""The writer beside others that write, that were killed, and under Ctrl-C at every line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from writers import NAMES, ROOT, WRITERS, names, posix

from tinygrad_edu import files
from tinygrad_edu.files import PART, replace_whole, write_whole

HELD = (
    "import sys; sys.path.insert(0, sys.argv[1]); from tinygrad_edu.files import replace_whole\n"
    'with replace_whole(sys.argv[2]) as file:\n    file.write(b"half"); file.flush(); print("ready", flush=True); '
    "sys.stdin.read()\n"
)


def test_threads_that_write_one_file_leave_one_whole(tmp_path):
    path = tmp_path / "a.txt"
    contents = [bytes([65 + k]) * 200_000 for k in range(8)]
    begun = threading.Barrier(8)

    def write(content):
        for _ in range(10):
            begun.wait(60)
            write_whole(path, content)
            assert path.read_bytes() in contents

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, contents))
    assert names(tmp_path) == ["a.txt"]


def held(path):
    """A process that is in the middle of writing `path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HELD, str(ROOT), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


@posix
@pytest.mark.parametrize("kind", ["weights", "graph"])
def test_what_a_killed_run_left_is_cleared_and_what_a_living_one_writes_is_not(tmp_path, kind):
    write, path = WRITERS[kind], tmp_path / NAMES.get(kind, "a.bin")
    folder = path.parent
    path.write_bytes(b"old")
    killed, living = held(path), held(folder / "other")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    parts = [n for n in names(folder) if PART.fullmatch(n)]
    assert len(parts) == 2 and path.read_bytes() == b"old"
    write(path)
    left = [n for n in names(folder) if PART.fullmatch(n)]
    assert len(left) == 1 and left[0] in parts
    living.communicate("")
    assert living.returncode == 0
    assert (folder / "other").read_bytes() == b"half" and names(folder) == sorted(
        [path.name, "other"]
    )


@posix
def test_only_ones_own_parts_are_cleared(tmp_path):
    target = tmp_path / "precious"
    target.write_bytes(b"precious")
    planted = tmp_path / f".tinygrad_edu-{'0' * 16}.part"
    planted.symlink_to(target)
    pipe = tmp_path / f".tinygrad_edu-{'1' * 16}.part"
    os.mkfifo(pipe)
    others = [".tinygrad_edu-1.part", "a.part", f".tinygrad_edu-{'2' * 16}.part.txt"]
    for name in others:
        (tmp_path / name).write_bytes(b"mine")
    write_whole(tmp_path / "a", b"new")
    assert names(tmp_path) == sorted(["a", "precious", planted.name, pipe.name, *others])
    assert target.read_bytes() == b"precious"


def test_where_there_are_no_locks_only_what_is_a_day_old_is_cleared(tmp_path, monkeypatch):
    fresh, old = (tmp_path / f".tinygrad_edu-{k * 16}.part" for k in "01")
    for part in (fresh, old):
        part.write_bytes(b"half")
    os.utime(old, (fresh.stat().st_mtime - 100_000,) * 2)
    monkeypatch.setattr(files, "fcntl", None)
    write_whole(tmp_path / "a", b"new")
    assert names(tmp_path) == sorted(["a", fresh.name]) and (tmp_path / "a").read_bytes() == b"new"


@posix
def test_a_part_cleared_before_it_was_locked_is_written_under_another_name(tmp_path, monkeypatch):
    locked, times = files._locked, []

    def late(file):
        times.append(file.name)
        if len(times) == 1:
            os.unlink(file.name)
        return len(times) != 2 and locked(file)

    monkeypatch.setattr(files, "_locked", late)
    monkeypatch.setattr(files, "_clear", lambda *a: None)
    write_whole(tmp_path / "a", b"new")
    assert len(set(times)) == 3 and (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, SystemExit, GeneratorExit, OSError("disk full")]
)
def test_whatever_stops_it_the_old_file_stands_and_nothing_is_left(tmp_path, error):
    (tmp_path / "a").write_bytes(b"old")
    with (
        pytest.raises(type(error) if isinstance(error, Exception) else error),
        replace_whole(tmp_path / "a") as file,
    ):
        file.write(b"half")
        raise error
    assert names(tmp_path) == ["a"] and (tmp_path / "a").read_bytes() == b"old"


@posix
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_ctrl_c_at_every_line_of_the_writer(tmp_path):
    """The old file or the new one, whole; and the next write clears what was left, if anything was.
    (Between two lines the file may be closed by its end alone, of which Python warns.)"""
    path = tmp_path / "a"
    lines = 0

    def stopping(at):
        """A tracer that presses Ctrl-C at line number `at` of the writer, and counts them."""

        def trace(frame, event, argument):
            nonlocal lines
            if frame.f_code.co_filename != files.__file__:
                return None
            if event == "line":
                lines += 1
                if lines == at:
                    raise KeyboardInterrupt
            return trace

        return trace

    def write(at):
        nonlocal lines
        lines = 0
        before = sys.gettrace()
        sys.settrace(stopping(at))
        try:
            write_whole(path, b"new")
        finally:
            sys.settrace(before)

    write(0)
    total = lines
    assert total > 40
    for at in range(1, total + 1):
        path.write_bytes(b"old")
        with pytest.raises(KeyboardInterrupt):
            write(at)
        assert path.read_bytes() in (b"old", b"new")
        assert len(names(tmp_path)) <= 2
        write_whole(path, b"newer")
        assert names(tmp_path) == ["a"] and path.read_bytes() == b"newer"
