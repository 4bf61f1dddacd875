"""The project's one writer: whole or not at all, as the file that stood there, whoever else writes or was killed."""

from __future__ import annotations

import ast
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as tg
import viz
from tinygrad_edu import _files, nn
from tinygrad_edu._files import PART, open_regular, replace_whole, write_whole
from tinygrad_edu.datasets.idx import read_idx, write_idx

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name == "nt", reason="modes, links, pipes and locks of POSIX")
HELD = 'import sys; sys.path.insert(0, sys.argv[1]); from tinygrad_edu._files import replace_whole\n' \
       'with replace_whole(sys.argv[2]) as file:\n    file.write(b"half"); file.flush(); print("ready", flush=True); ' \
       'sys.stdin.read()\n'


def names(folder):
    return sorted(os.listdir(folder))


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def graph():
    x = tg.tensor(2.0, requires_grad=True, name="x")
    return viz.graph(x * x)


def optimizer():
    made = tg.optim.Adam([tg.tensor([1.0], requires_grad=True)])
    return made


WRITERS = {
    "weights": lambda path: nn.MLP(2, 1, seed=0).save_weights(path),
    "optimizer": lambda path: optimizer().save(path),
    "idx": lambda path: write_idx(path, np.zeros(3, np.uint8)),
    "graph": lambda path: graph().save(path),
    "bytes": lambda path: write_whole(path, b"bytes"),
    "text": lambda path: write_whole(path, "ñ"),
}
NAMES = {"graph": "a.dot"}


@pytest.fixture(params=WRITERS)
def writer(request, tmp_path):
    """What writes a file, and a path that it writes to."""
    return WRITERS[request.param], tmp_path / NAMES.get(request.param, "a.bin")


# The file that stood there

@posix
@pytest.mark.parametrize("before", [0o600, 0o640, 0o644, 0o660, 0o755])
def test_the_mode_of_the_file_that_is_replaced_stays(writer, before):
    write, path = writer
    path.write_bytes(b"old")
    path.chmod(before)
    write(path)
    assert mode(path) == before and path.read_bytes() != b"old"
    assert names(path.parent) == [path.name]


@posix
def test_a_new_file_has_the_mode_that_open_gives(writer):
    write, path = writer
    before = os.umask(0o027)
    try:
        write(path)
    finally:
        os.umask(before)
    assert mode(path) == 0o640


@posix
def test_what_replaces_a_secret_is_secret_while_it_is_written(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o600)
    with replace_whole(tmp_path / "a") as file:
        assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600


@posix
def test_the_owner_stays_or_the_group_gains_nothing(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o664)
    asked = []
    real = os.stat_result(os.stat(path))

    def foreign(found):
        return os.stat_result((*found[:4], 12345, 54321, *found[6:]))
    monkeypatch.setattr(_files, "_place", lambda p: (Path(p), foreign(real)))

    def given(*args):
        asked.append(args[1:])
        if len(asked) > 1:
            raise PermissionError("only root gives a file away")
    monkeypatch.setattr(os, "fchown", given)
    write_whole(path, b"new")
    assert asked == [(12345, 54321)] and mode(path) == 0o664
    write_whole(path, b"newer")
    assert mode(path) == 0o644 and path.read_bytes() == b"newer"


@posix
def test_a_file_that_may_only_be_read_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o444)
    monkeypatch.setattr(os, "access", lambda *a: False)          # root may write anywhere
    with pytest.raises(PermissionError, match=str(path)):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old" and names(tmp_path) == ["a"]


# Links, and what is no file

@posix
def test_a_link_is_followed_and_stays(writer):
    write, path = writer
    folder = path.parent / "elsewhere"
    folder.mkdir()
    target = folder / "real"
    target.write_bytes(b"old")
    path.symlink_to("elsewhere/real")
    write(path)
    assert path.is_symlink() and target.read_bytes() != b"old"
    assert (names(path.parent), names(folder)) == (sorted([path.name, "elsewhere"]), ["real"])


@posix
def test_links_of_links_and_to_what_is_not_there_yet(tmp_path):
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to(tmp_path / "three")
    write_whole(tmp_path / "one", b"new")
    assert (tmp_path / "three").read_bytes() == b"new" and (tmp_path / "one").is_symlink()
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="levels of symbolic links|Too many"):
        write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").is_symlink() and names(tmp_path) == ["a", "b", "one", "three", "two"]


@posix
def test_a_pipe_a_socket_a_folder_and_a_device_are_refused(writer, tmp_path):
    write, path = writer
    path = path.with_name(path.name)
    os.mkfifo(path)
    with pytest.raises(OSError, match="a pipe, not a file"):
        write(path)
    assert stat.S_ISFIFO(os.lstat(path).st_mode)
    path.unlink()
    short = Path(os.path.relpath(path)) if len(os.fspath(path)) > 90 else path
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.fspath(short))
        with pytest.raises(OSError, match="a socket, not a file"):
            write(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        write(path)
    path.rmdir()
    path.symlink_to("/dev/null")                                   # as root the device itself was replaced
    with pytest.raises(OSError, match="a device, not a file"):
        write(path)
    assert names(tmp_path) == [path.name] and stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("path", ["", "folder/", "folder/."])
def test_no_name_of_a_file(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    with pytest.raises(OSError):
        write_whole(path, b"new")
    assert names(tmp_path) == ["folder"] and names("folder") == []


@pytest.mark.parametrize("path, error", [("no/such/a", FileNotFoundError), ("file/a", NotADirectoryError)])
def test_the_error_names_the_path_that_was_given(tmp_path, path, error):
    (tmp_path / "file").write_text("x")
    with pytest.raises(error) as caught:
        write_whole(tmp_path / path, b"new")
    assert caught.value.filename == str(tmp_path / path)


def test_what_becomes_a_folder_meanwhile_is_not_replaced(tmp_path):
    with pytest.raises(IsADirectoryError), replace_whole(tmp_path / "a") as file:
        file.write(b"new")
        (tmp_path / "a").mkdir()
    assert names(tmp_path) == ["a"]


# On the disk

def test_the_file_is_synced_before_it_has_the_name_and_the_folder_after(tmp_path, monkeypatch):
    done = []
    sync, replace = os.fsync, os.replace

    def fsync(handle):
        found = os.fstat(handle)
        done.append(("sync", "folder" if stat.S_ISDIR(found.st_mode) else found.st_size))
        sync(handle)
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", lambda *a: (done.append(("rename",)), replace(*a)))
    write_whole(tmp_path / "a", b"12345")
    assert done == [("sync", 5), ("rename",)] + [("sync", "folder")] * hasattr(os, "O_DIRECTORY")


@posix
@pytest.mark.parametrize("number, stands", [(22, True), (95, True), (5, False)])
def test_a_file_system_that_syncs_no_folders_is_no_error(tmp_path, monkeypatch, number, stands):
    sync = os.fsync

    def fsync(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(number, "of the folder")
        sync(handle)
    monkeypatch.setattr(os, "fsync", fsync)
    if stands:
        write_whole(tmp_path / "a", b"new")
    else:
        with pytest.raises(OSError, match="of the folder"):
            write_whole(tmp_path / "a", b"new")
    assert names(tmp_path) == ["a"]


# Others, who write or were killed

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
    process = subprocess.Popen([sys.executable, "-c", HELD, str(ROOT), str(path)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
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
    assert (folder / "other").read_bytes() == b"half" and names(folder) == sorted([path.name, "other"])


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
    monkeypatch.setattr(_files, "fcntl", None)
    write_whole(tmp_path / "a", b"new")
    assert names(tmp_path) == sorted(["a", fresh.name]) and (tmp_path / "a").read_bytes() == b"new"


@posix
def test_a_part_cleared_before_it_was_locked_is_written_under_another_name(tmp_path, monkeypatch):
    locked, times = _files._locked, []

    def late(file):
        times.append(file.name)
        if len(times) == 1:
            os.unlink(file.name)
        return len(times) != 2 and locked(file)
    monkeypatch.setattr(_files, "_locked", late)
    monkeypatch.setattr(_files, "_clear", lambda *a: None)
    write_whole(tmp_path / "a", b"new")
    assert len(set(times)) == 3 and (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, OSError("disk full")])
def test_whatever_stops_it_the_old_file_stands_and_nothing_is_left(tmp_path, error):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(type(error) if isinstance(error, Exception) else error), replace_whole(tmp_path / "a") as file:
        file.write(b"half")
        raise error
    assert names(tmp_path) == ["a"] and (tmp_path / "a").read_bytes() == b"old"


# Reading

@posix
@pytest.mark.parametrize("read", [open_regular, read_idx, lambda p: nn.MLP(2, 1).load_weights(p),
                                  lambda p: optimizer().load(p)], ids=["file", "idx", "weights", "optimizer"])
def test_what_is_no_file_is_not_read(tmp_path, read):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="a pipe, not a file, and cannot be read"):      # and does not wait for ever
        read(tmp_path / "pipe")
    (tmp_path / "zeros").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="a device"):
        read(tmp_path / "zeros")
    with pytest.raises(IsADirectoryError):
        read(tmp_path)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none")


# The only one

OWN = {"write_text", "write_bytes", "savez", "savez_compressed", "savetxt", "tofile", "imsave", "mkstemp", "rename",
       "renames", "NamedTemporaryFile"}


def writes(tree):
    """Lines of a source that put a file in place by other means than the one writer."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        owner = getattr(getattr(node.func, "value", None), "id", "")
        texts = [a.value for a in [*node.args, *(k.value for k in node.keywords)] if isinstance(a, ast.Constant)]
        opened = name == "open" and any(isinstance(t, str) and t[:1] in ("w", "a", "x") and len(t) < 4 for t in texts)
        figure = name == "savefig" and not (node.args and getattr(node.args[0], "id", "") in ("file", "out"))
        if opened and owner != "archive" or figure or name in OWN or (owner, name) in (
                ("os", "replace"), ("np", "save"), ("shutil", "move"), ("shutil", "copyfile"), ("shutil", "copy")):
            yield node.lineno


def test_there_is_one_writer():
    files = [f for part in ("tinygrad_edu", "viz", "demos", "tests/bench") for f in (ROOT / part).rglob("*.py")]
    assert len(files) > 80
    found = {f.relative_to(ROOT).as_posix(): list(writes(ast.parse(f.read_text(encoding="utf-8")))) for f in files}
    own = {name for name, lines in found.items() if lines}
    assert own == {"tinygrad_edu/_files.py"}, {name: found[name] for name in own}


@pytest.mark.parametrize("line", ["open(p, 'w')", "p.open(mode='xb')", "p.write_text('')", "np.savez(p)",
                                  "figure.savefig(p)", "os.replace(a, b)"])
def test_the_search_for_writers_finds_them(line):
    assert list(writes(ast.parse(line))) == [1]
