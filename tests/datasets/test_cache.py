"""The cache of downloads: what is damaged in it is fetched anew; and users who have no home to keep
it in."""

import gzip
import os
import sys

import pytest
from mirrors import FIRST, LAST, snapshot

from tinygrad_edu.datasets import fashion_mnist
from tinygrad_edu.datasets.fashion_mnist import DatasetUnavailable, cache_folder, load_data, locate
from tinygrad_edu.datasets.idx import IdxError

DAMAGE = {
    "cut": lambda body: body[:-9],
    "a web page": lambda body: b"<html>Sign in</html>",
    "empty": lambda body: b"",
    "another's content": lambda body: gzip.compress(b"\0\0\x08\x01\0\0\0\x01\x05"),
    "a turned bit": lambda body: body[:-6] + bytes([body[-6] ^ 4]) + body[-5:],
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", [FIRST, LAST])
def test_what_is_damaged_in_the_cache_is_fetched_anew(mirror, published, damage, name):
    good = [a.tobytes() for split in load_data() for a in split]
    whole = snapshot(cache_folder())
    (cache_folder() / f"{name}.gz").write_bytes(DAMAGE[damage](mirror.bodies[name]))
    mirror.requests.clear()
    assert [a.tobytes() for split in load_data() for a in split] == good
    assert mirror.requests == [f"a/{name}"] and snapshot(cache_folder()) == whole


def test_a_damaged_cache_that_also_lacks_a_file_is_made_whole(mirror, published):
    load_data()
    whole = snapshot(cache_folder())
    (cache_folder() / f"{FIRST}.gz").write_bytes(b"")
    (cache_folder() / f"{LAST}.gz").unlink()
    load_data()
    assert snapshot(cache_folder()) == whole


def test_an_unpacked_damaged_file_is_passed_over_by_the_new_one(mirror, published):
    load_data()
    (cache_folder() / f"{FIRST}.gz").unlink()
    (cache_folder() / FIRST).write_bytes(published[FIRST][:-1])
    load_data()
    assert (cache_folder() / f"{FIRST}.gz").read_bytes() == mirror.bodies[FIRST]


def test_a_damaged_cache_without_a_network(mirror, published, put_set, monkeypatch):
    load_data()
    (cache_folder() / f"{LAST}.gz").write_bytes(b"")
    before = snapshot(cache_folder())
    with pytest.raises(IdxError, match="an empty file"):
        load_data(download=False)
    mirror.answers = {f"{base}/{LAST}": (500, b"", 0) for base in "ab"}
    with pytest.raises(DatasetUnavailable, match="fashion-mnist: its files are damaged"):
        load_data()
    assert snapshot(cache_folder()) == before
    debian = put_set("debian", seed=1)
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", debian)
    mirror.requests.clear()
    assert load_data()[0][0].shape == (5, 28, 28) and mirror.requests == []


@pytest.mark.parametrize("through_variable", [False, True])
def test_a_damaged_folder_of_the_users_is_not_mended(
    mirror, put_set, monkeypatch, through_variable
):
    folder = put_set("mine", seed=3)
    (folder / f"{LAST}.gz").write_bytes(b"")
    before = snapshot(folder)
    if through_variable:
        monkeypatch.setenv(fashion_mnist.VARIABLE, str(folder))
    with pytest.raises(IdxError, match="an empty file"):
        load_data(None if through_variable else folder)
    assert mirror.requests == [] and snapshot(folder) == before


# No home, no name


@pytest.fixture
def homeless(monkeypatch):
    """A user that the system does not know, as in containers."""
    for name in ("HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "pwd", None)


@pytest.mark.parametrize("home", [None, "relative", "~"])
def test_without_a_home_the_data_that_are_there_are_read(homeless, put_set, monkeypatch, home):
    if home is not None:
        monkeypatch.setenv("HOME", home)
    debian = put_set("debian", seed=1)
    assert load_data(debian, download=False)[1][1].shape == (3,)
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", debian)
    assert locate() == debian and load_data()[0][0].shape == (5, 28, 28)
    monkeypatch.setenv(fashion_mnist.VARIABLE, str(debian))
    assert load_data()[0][0].shape == (5, 28, 28)
    with pytest.raises(DatasetUnavailable, match="no such folder"):
        load_data("~/mine")


def test_without_a_home_and_data_the_way_out_is_said(mirror, homeless):
    for call in (load_data, lambda: load_data(download=False), cache_folder):
        with pytest.raises(
            DatasetUnavailable, match="no home folder; set XDG_CACHE_HOME to a folder"
        ):
            call()
    assert mirror.requests == []


def test_a_home_that_may_not_be_entered(put_set, monkeypatch):
    """HOME=/root for another user: asking for a file in it is an error of the system's."""
    debian = put_set("debian", seed=1)
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", debian)
    real = os.stat

    def stat(path, *args, **options):
        if isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith(str(cache_folder())):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *args, **options)

    monkeypatch.setattr(os, "stat", stat)
    assert locate() == debian and load_data()[0][0].shape == (5, 28, 28)
