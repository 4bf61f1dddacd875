"""The project's one writer: whole or not at all, as the file that stood there; and the door for
what is read."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest
from writers import mode, names, optimizer, posix

from tinygrad_edu import files, nn
from tinygrad_edu.datasets.idx import read_idx
from tinygrad_edu.files import open_regular, replace_whole, write_whole

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

    monkeypatch.setattr(files, "_place", lambda p: (Path(p), foreign(real)))

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
    monkeypatch.setattr(os, "access", lambda *a: False)  # root may write anywhere
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
    # as root the device itself was replaced
    path.symlink_to("/dev/null")
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


@pytest.mark.parametrize(
    "path, error", [("no/such/a", FileNotFoundError), ("file/a", NotADirectoryError)]
)
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


# Reading


@posix
@pytest.mark.parametrize(
    "read",
    [open_regular, read_idx, lambda p: nn.MLP(2, 1).load_weights(p), lambda p: optimizer().load(p)],
    ids=["file", "idx", "weights", "optimizer"],
)
def test_what_is_no_file_is_not_read(tmp_path, read):
    os.mkfifo(tmp_path / "pipe")
    # and does not wait for ever
    with pytest.raises(OSError, match="a pipe, not a file, and cannot be read"):
        read(tmp_path / "pipe")
    (tmp_path / "zeros").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="a device"):
        read(tmp_path / "zeros")
    with pytest.raises(IsADirectoryError):
        read(tmp_path)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none")
