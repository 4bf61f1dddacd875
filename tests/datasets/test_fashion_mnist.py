"""Where the data is looked for, and what is refused once it is found. Downloads:
test_download.py."""

import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest

from tinygrad_edu.datasets import fashion_mnist
from tinygrad_edu.datasets.fashion_mnist import (
    VARIABLE,
    DatasetUnavailable,
    cache_folder,
    load_data,
    locate,
)
from tinygrad_edu.datasets.idx import IdxError, read_idx, write_idx


def test_the_ten_classes():
    assert len(fashion_mnist.CLASS_NAMES) == 10
    assert fashion_mnist.CLASS_NAMES[0] == "T-shirt/top"
    assert fashion_mnist.CLASS_NAMES[9] == "Ankle boot"


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "uncompressed"])
def test_a_folder_is_read_whatever_its_counts(put_set, packed):
    folder = put_set("mine", seed=3, packed=packed)
    (x_train, y_train), (x_test, y_test) = load_data(str(folder))
    assert x_train.shape == (5, 28, 28) and y_train.shape == (5,)
    assert x_test.shape == (3, 28, 28) and y_test.shape == (3,)
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    suffix = ".gz" if packed else ""
    assert np.array_equal(x_test, read_idx(folder / f"t10k-images-idx3-ubyte{suffix}"))
    assert np.array_equal(y_train, read_idx(folder / f"train-labels-idx1-ubyte{suffix}"))


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "uncompressed"])
def test_names_with_dots_are_found(put_set, packed):
    """train-images.idx3-ubyte, as they are called in archives of the set."""
    folder = put_set("mine", seed=3, packed=packed)
    expected = [a.tobytes() for split in load_data(folder) for a in split]
    for file in list(folder.iterdir()):
        file.rename(file.with_name(file.name.replace("-idx", ".idx")))
    assert locate(folder) == folder
    assert [a.tobytes() for split in load_data(folder) for a in split] == expected
    file.with_name(file.name.replace("-idx", ".idx")).unlink()
    with pytest.raises(DatasetUnavailable, match="it lacks"):
        load_data(folder)


def test_a_tilde_is_the_home_folder(put_set, monkeypatch, tmp_path):
    folder = put_set("mine", seed=3)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert locate("~/mine") == folder


def test_the_order_of_the_places(put_set, monkeypatch):
    """Each place is added in front of the one found before it, and takes over."""
    assert locate() is None
    debian = put_set("debian", seed=1)
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", debian)
    assert locate() == debian
    cache = put_set(cache_folder(), seed=2)
    assert locate() == cache
    variable = put_set("variable", seed=3)
    monkeypatch.setenv(VARIABLE, str(variable))
    assert locate() == variable
    given = put_set("given", seed=4)
    assert locate(given) == given

    for path, folder in ((given, given), (None, variable)):
        assert np.array_equal(
            load_data(path)[0][0], read_idx(folder / "train-images-idx3-ubyte.gz")
        )


def test_an_empty_variable_is_no_variable(put_set, monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    cache = put_set(cache_folder(), seed=2)
    assert locate() == cache


def test_a_cache_that_lacks_a_file_is_passed_over(put_set, monkeypatch):
    cache, debian = put_set(cache_folder(), seed=1), put_set("debian", seed=2)
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", debian)
    (cache / "t10k-labels-idx1-ubyte.gz").unlink()
    assert locate() == debian


@pytest.mark.parametrize("through_variable", [False, True], ids=["path", "variable"])
def test_a_given_folder_that_lacks_files_is_an_error_that_names_them(
    put_set, monkeypatch, through_variable
):
    put_set(cache_folder(), seed=1)  # a good one: it must not stand in for what was asked for
    folder = put_set("mine", seed=3)
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    (folder / "train-images-idx3-ubyte.gz").unlink()
    path = None if through_variable else folder
    if through_variable:
        monkeypatch.setenv(VARIABLE, str(folder))
    for call in (locate, load_data):
        with pytest.raises(DatasetUnavailable) as caught:
            call(path)
        first_sentence = str(caught.value).split(". ")[0]
        assert (
            f"{folder.as_posix()}: it lacks t10k-labels-idx1-ubyte, train-images-idx3-ubyte"
            in first_sentence
        )
        assert (VARIABLE in first_sentence) == through_variable


@pytest.mark.parametrize(
    ("name", "fault"), [("nowhere", "no such folder"), ("file", "not a folder")]
)
def test_a_given_path_that_is_no_folder(tmp_path, name, fault):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DatasetUnavailable, match=f"{name}: {fault}"):
        load_data(tmp_path / name)


@pytest.mark.parametrize(
    ("platform", "xdg", "expected"),
    [
        ("linux", "{tmp}/xdg", "{tmp}/xdg"),
        ("linux", None, "{tmp}/home/.cache"),
        ("linux", "relative", "{tmp}/home/.cache"),
        ("win32", None, "{tmp}/local"),
        ("win32", "{tmp}/xdg", "{tmp}/xdg"),
    ],
)
def test_the_cache_folder(monkeypatch, tmp_path, platform, xdg, expected):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    if xdg is None:
        monkeypatch.delenv("XDG_CACHE_HOME")
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", xdg.format(tmp=tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", platform)
        found = cache_folder()
    assert found == Path(expected.format(tmp=tmp_path), "tinygrad_edu", "fashion-mnist")
    assert not found.exists()  # to ask is not to make


@pytest.mark.parametrize("kind", ["train", "t10k"])
@pytest.mark.parametrize(
    ("part", "array", "fault"),
    [
        (
            "labels-idx1",
            np.zeros(4, np.uint8),
            "4 labels, but {kind}-images-idx3-ubyte.gz beside it has {count}",
        ),
        (
            "labels-idx1",
            np.array([0, 10, 0, 0, 0], np.uint8),
            "label 10 at index 1; the classes are 0..9",
        ),
        ("labels-idx1", np.zeros(5, np.int32), "int32 (5,), not labels"),
        ("labels-idx1", np.zeros((5, 1), np.uint8), "uint8 (5, 1), not labels"),
        (
            "images-idx3",
            np.zeros((5, 28, 27), np.uint8),
            "uint8 (5, 28, 27), not images, uint8 (n, 28, 28)",
        ),
        ("images-idx3", np.zeros((5, 784), np.uint8), "uint8 (5, 784), not images"),
        ("images-idx3", np.zeros((5, 28, 28), np.float32), "float32 (5, 28, 28), not images"),
    ],
)
def test_what_is_not_the_data_is_refused(put_set, kind, part, array, fault):
    folder = put_set("mine", seed=3)
    count = {"train": 5, "t10k": 3}[kind]
    # Cut to this split's count, but for the one whose fault is its count.
    array = array if len(array) == 4 else array[:count]
    name = f"{kind}-{part}-ubyte.gz"
    write_idx(folder / name, array)
    with pytest.raises(IdxError) as caught:
        load_data(folder)
    message = str(caught.value)
    assert message.startswith(f"{folder / name}: ")
    assert fault.replace("(5,", f"({count},").format(kind=kind, count=count) in message
    assert "Fetch the four files again" in message


def test_images_and_labels_swapped(put_set):
    folder = put_set("mine", seed=3)
    images, labels = folder / "train-images-idx3-ubyte.gz", folder / "train-labels-idx1-ubyte.gz"
    content = images.read_bytes()
    images.write_bytes(labels.read_bytes())
    labels.write_bytes(content)
    with pytest.raises(IdxError, match=r"train-images-idx3-ubyte\.gz: uint8 \(5,\), not images"):
        load_data(folder)


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda content: content[:-9], "a damaged gzip file"),
        (lambda content: gzip.decompress(content)[:-1], "cut off"),
        (lambda content: b"<html>Sign in</html>", "a web page"),
        (lambda content: b"", "an empty file"),
    ],
)
def test_a_damaged_file_is_named(put_set, damage, fault):
    folder = put_set("mine", seed=3)
    file = folder / "t10k-labels-idx1-ubyte.gz"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(IdxError) as caught:
        load_data(folder)
    assert str(caught.value).startswith(f"{file}: {fault}")


@pytest.mark.fullset
def test_the_full_set(full_folder):
    (x_train, y_train), (x_test, y_test) = load_data(full_folder)
    assert x_train.shape == (60_000, 28, 28) and x_test.shape == (10_000, 28, 28)
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert np.bincount(y_train).tolist() == [6_000] * 10
    assert np.bincount(y_test).tolist() == [1_000] * 10
    # White paper around grey clothes: the mean that every tutorial on this data divides by.
    assert x_train.mean() / 255 == pytest.approx(0.2860, abs=5e-5)
    assert x_train.std() / 255 == pytest.approx(0.3530, abs=5e-5)


@pytest.mark.fullset
def test_the_known_digests_are_those_of_the_full_set(full_folder):
    for name, known in fashion_mnist.FILES.items():
        content = (full_folder / f"{name}.gz").read_bytes()
        content = gzip.decompress(content)
        assert known == (len(content), hashlib.sha256(content).hexdigest())
