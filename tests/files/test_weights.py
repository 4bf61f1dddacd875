"""Weights in files: exact, whole or not at all, and never more trusted than they deserve."""

from __future__ import annotations

import io
import os
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from profiles import by_profile

import tinygrad_edu as tg
from tinygrad_edu import files, nn, weights


def bits(model):
    return {name: (v.dtype.str, v.shape, v.tobytes()) for name, v in model.state_dict().items()}


def refuses(model, path, word=""):
    """Loading raises WeightsError, names the file, and leaves the model as it was."""
    before = bits(model)
    with pytest.raises(weights.WeightsError) as caught:
        model.load_weights(path)
    assert os.fspath(path) in str(caught.value)
    assert word in str(caught.value)
    assert bits(model) == before


@pytest.fixture
def model():
    return nn.MLP(3, 4, 2, seed=0)


@pytest.fixture
def other():
    return nn.MLP(3, 4, 2, seed=1)


@pytest.fixture
def saved(model, tmp_path):
    path = tmp_path / "w.npz"
    model.save_weights(path)
    return path


class Bag(nn.Module):
    """Tensors under any names."""

    def __init__(self, **arrays):
        for name, a in arrays.items():
            setattr(self, name, tg.tensor(a, name=name))


# Round trips


def test_round_trip_is_bit_exact(model, other, saved):
    assert bits(model) != bits(other)
    other.load_weights(saved)
    assert bits(other) == bits(model)


@pytest.mark.parametrize(
    "dtype",
    [np.float16, np.float32, np.float64, np.longdouble, np.int8, np.uint64, bool, np.complex64],
)
@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (2, 3)])
def test_every_dtype_and_shape(dtype, shape, tmp_path):
    bag = Bag(a=(np.arange(np.prod(shape, dtype=int)).reshape(shape) + 1).astype(dtype))
    bag.save_weights(tmp_path / "w")
    empty = Bag(a=np.zeros(shape, dtype))
    empty.load_weights(tmp_path / "w")
    assert bits(empty) == bits(bag)


def test_special_values(tmp_path):
    bag, empty = Bag(a=np.array([np.nan, -0.0, np.inf, 5e-324])), Bag(a=np.zeros(4))
    bag.a.data.view(np.uint64)[0] ^= 0xBEEF  # a nan's payload too
    bag.save_weights(tmp_path / "w")
    empty.load_weights(tmp_path / "w")
    assert bits(empty) == bits(bag)


def test_a_trained_model_and_a_model_in_training(model, other, tmp_path):
    """Parameters that are views of an optimizer's buffer, on either side."""
    x = np.random.default_rng(0).normal(size=(8, 3))
    for m in (model, other):
        m.compile("adam", "mse")
        m.fit(x, x[:, :2], verbose=0)
    model.save_weights(tmp_path / "w")
    other.load_weights(tmp_path / "w")
    assert bits(other) == bits(model)
    assert other.predict(x).tobytes() == model.predict(x).tobytes()
    other.fit(x, x[:, :2], verbose=0)
    assert bits(other) != bits(model), "the optimizer must train what was loaded"


@pytest.mark.parametrize(
    "name", ["weights", "w.h5", "w.npz", "w.weights.npz", "ñandú", "a b", ".hidden"]
)
@pytest.mark.parametrize("kind", [str, Path])
def test_the_path_is_used_as_it_is(model, other, tmp_path, name, kind):
    model.save_weights(kind(tmp_path / name))
    assert os.listdir(tmp_path) == [name]
    other.load_weights(kind(tmp_path / name))
    assert bits(other) == bits(model)


@pytest.mark.parametrize("name", ["w", "dtype", "arr_0", "kwds", "ünïcode", "file", "allow_pickle"])
def test_parameters_of_any_name(name, tmp_path):
    bag, empty = Bag(**{name: np.arange(3.0)}), Bag(**{name: np.zeros(3)})
    bag.save_weights(tmp_path / "w")
    empty.load_weights(tmp_path / "w")
    assert bits(empty) == bits(bag)


@pytest.mark.parametrize("name", ["a/b", "a.npy", "../up", "x" * 300])
def test_layers_of_any_name(name, tmp_path):
    a, b = (nn.Sequential([nn.Dense(2, input_size=2, name=name)], seed=k) for k in (0, 1))
    a.save_weights(tmp_path / "w")
    b.load_weights(tmp_path / "w")
    assert bits(b) == bits(a)
    assert os.listdir(tmp_path) == ["w"]


def test_a_model_without_parameters(tmp_path):
    nn.Sequential([nn.Flatten()]).save_weights(tmp_path / "w")
    nn.Sequential([nn.Flatten()]).load_weights(tmp_path / "w")


def test_numpy_reads_the_file(model, saved):
    with np.load(saved, allow_pickle=False) as archive:
        assert {name: archive[name].tobytes() for name in archive} == {
            k: v.tobytes() for k, v in model.state_dict().items()
        }


def test_a_name_as_long_as_the_file_system_allows(model, tmp_path):
    path = tmp_path / ("w" * 255)
    path.write_bytes(b"")
    model.save_weights(path)


# Whole, or not at all


def failing(error):
    def fail(*args, **kwargs):
        raise error

    return fail


class Full(io.FileIO):
    """A file on a disk with room for 300 bytes, or whose writer is interrupted there."""

    error: BaseException = OSError(28, "No space left on device")

    def write(self, data):
        if self.tell() + len(data) > 300:
            super().write(bytes(data)[:300])
            raise self.error
        return super().write(data)


class Stopped(Full):
    error = KeyboardInterrupt()


@pytest.mark.parametrize(
    "module, name, replacement, error",
    [
        (files, "open", Full, OSError),
        (files, "open", Stopped, KeyboardInterrupt),
        (files.os, "replace", failing(OSError(13, "denied")), OSError),
        (files.os, "fsync", failing(OSError(5, "I/O error")), OSError),
    ],
    ids=["disk full", "ctrl-c", "replace", "fsync"],
)
def test_a_failed_save_leaves_the_old_file_and_no_other(
    other, saved, monkeypatch, module, name, replacement, error
):
    old = saved.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(module, name, replacement, raising=False)
        with pytest.raises(error):
            other.save_weights(saved)
    assert saved.read_bytes() == old
    assert os.listdir(saved.parent) == [saved.name]
    other.save_weights(saved)
    assert saved.read_bytes() != old


def test_a_failed_first_save_leaves_nothing(model, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "open", Full, raising=False)
    with pytest.raises(OSError, match="No space"):
        model.save_weights(tmp_path / "w")
    assert os.listdir(tmp_path) == []


def test_no_folder_no_file(model, tmp_path):
    with pytest.raises(FileNotFoundError):
        model.save_weights(tmp_path / "nowhere" / "w")
    with pytest.raises(FileNotFoundError):
        model.load_weights(tmp_path / "w")
    with pytest.raises(OSError):
        model.load_weights(tmp_path)


# Files of other models, and no files of weights


@pytest.mark.parametrize(
    "make, word",
    [
        (lambda: nn.MLP(3, 5, 2), "dense.weight"),
        (lambda: nn.MLP(3, 4, 4, 2), "dense_2.weight"),
        (lambda: nn.MLP(3, 2), "dense_1.weight"),
        (lambda: nn.MLP(4, 3, 2), "dense.weight"),
        (lambda: nn.MLP(3, 4, 2, dtype=np.float64), "float32"),
        (lambda: nn.MLP(3, 4, 2, dtype=np.longdouble), "dense.weight"),
        (lambda: Bag(a=np.zeros(3)), "lacks 'a' (3,)"),
    ],
)
def test_another_models_file(saved, make, word):
    refuses(make(), saved, word)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"PK",
        b"\x93NUMPY",
        b"PK\x03\x04" + bytes(100),
        bytes(5000),
        b"PK\x05\x06" + bytes(18),
    ],
)
def test_what_is_no_archive(model, tmp_path, content):
    path = tmp_path / "w.npz"
    path.write_bytes(content)
    refuses(model, path)


def test_an_array_file_is_no_archive(model, tmp_path):
    np.save(tmp_path / "w.npy", np.zeros(3))
    refuses(model, tmp_path / "w.npy")


class Evil:
    ran = False

    @staticmethod
    def run():
        Evil.ran = True

    def __reduce__(self):
        return Evil.run, ()


def test_pickles_are_not_read(tmp_path):
    bag = Bag(a=np.zeros(100))
    np.savez(tmp_path / "w.npz", a=np.array([Evil()], object))
    refuses(bag, tmp_path / "w.npz", "object")
    assert not Evil.ran
    np.load(tmp_path / "w.npz", allow_pickle=True)["a"]
    assert Evil.ran, "the file does run code where it is unpickled"


def archive(path, content, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as z:
        z.writestr("a.npy", content)
    return path


def header(shape, dtype="<f8"):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": dtype, "fortran_order": False, "shape": shape}
    )
    return file.getvalue()


def peak_of(action):
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_archive_that_unpacks_to_more_than_the_model_is_not_unpacked(tmp_path):
    path = archive(tmp_path / "w.npz", header((10**7,)) + bytes(8 * 10**7), zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 10**6
    assert peak_of(lambda: refuses(Bag(a=np.zeros(3)), path)) < 10**7


@pytest.mark.parametrize("shape", [(2 * 10**8,), (10**18,), (10**30,), (2**62, 4), (-3,), (1.5,)])
def test_a_header_that_claims_more_than_there_is(tmp_path, shape):
    path = archive(tmp_path / "w.npz", header(shape) + bytes(24))
    assert peak_of(lambda: refuses(Bag(a=np.zeros(3)), path)) < 10**8


def test_strange_arrays_are_refused(tmp_path):
    for dtype in ("<f4", ">f8", "<i8", "|O", "<U3", "|V8", "<M8[s]"):
        refuses(Bag(a=np.zeros(3)), archive(tmp_path / "w.npz", header((3,), dtype) + bytes(24)))
    refuses(Bag(a=np.zeros(3)), archive(tmp_path / "w.npz", header((3,)) + bytes(23)))
    refuses(Bag(a=np.zeros(3)), archive(tmp_path / "w.npz", b""))


# Damage

# larger than zipfile's read-ahead
SOURCE = nn.Sequential([nn.Dense(32, input_size=64, name="d")], seed=0)
with io.BytesIO() as _file:
    np.savez(_file, **SOURCE.state_dict())
    GOOD = _file.getvalue()
HEADER_LENGTH = GOOD.index(b"\x93NUMPY") + 8
END = GOOD.index(b"PK\x05\x06")


TARGET = nn.Sequential([nn.Dense(32, input_size=64, name="d")], seed=1)
BEFORE, SAVED = TARGET.state_dict(), bits(SOURCE)
UNCHANGED = bits(TARGET)


def load_damaged(path, content):
    """WeightsError and nothing changed; or what was saved, whole."""
    path.write_bytes(content)
    TARGET.load_state_dict(BEFORE)
    try:
        TARGET.load_weights(path)
    except weights.WeightsError:
        assert bits(TARGET) == UNCHANGED
        return False
    assert bits(TARGET) == SAVED
    return True


def flipped(position, bit=0):
    return GOOD[:position] + bytes([GOOD[position] ^ 1 << bit]) + GOOD[position + 1 :]


def test_the_undamaged_file_loads(tmp_path):
    assert load_damaged(tmp_path / "w", GOOD)


def test_a_shorter_header_is_noticed(tmp_path):
    """It shifts all numbers by some bytes; where the bytes left over are not read, zipfile checks
    no checksum."""
    assert not load_damaged(tmp_path / "w", flipped(HEADER_LENGTH, 1))


def test_a_directory_in_the_wrong_place_is_damage(tmp_path):
    """It makes zipfile seek to a negative offset, which is an OSError."""
    load_damaged(tmp_path / "w", flipped(END + 16))


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 7)), min_size=1, max_size=3)
)
@example([(HEADER_LENGTH, 1)])
@settings(
    max_examples=by_profile(day=60, ci=300, night=3_000),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_flipped_bits(tmp_path, flips):
    content = bytearray(GOOD)
    for position, bit in flips:
        content[position] ^= 1 << bit
    load_damaged(tmp_path / "w", bytes(content))


@pytest.mark.parametrize(
    "region", [range(150), range(END - 110, len(GOOD))], ids=["first header", "directory"]
)
def test_every_flipped_bit_where_the_structure_is(tmp_path, region):
    for position in region:
        for bit in range(8):
            load_damaged(tmp_path / "w", flipped(position, bit))


@given(st.integers(0, len(GOOD) - 1))
@example(0)
@example(len(GOOD) - 1)
@settings(
    max_examples=by_profile(day=30, ci=100, night=1_000),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_files_cut_short(tmp_path, length):
    assert not load_damaged(tmp_path / "w", GOOD[:length])


@given(st.integers(0, len(GOOD)), st.binary(min_size=1, max_size=200), st.integers(0, 200))
@example(0, b"\0", 2)
@settings(
    max_examples=by_profile(day=40, ci=150, night=1_500),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_pieces_replaced(tmp_path, position, piece, length):
    load_damaged(tmp_path / "w", GOOD[:position] + piece + GOOD[position + length :])


def test_an_array_in_fortran_order_comes_back(tmp_path, model):
    """np.savez writes a transposed array in Fortran's order."""
    path = tmp_path / "f.npz"
    state = model.state_dict()
    np.savez(path, **{name: np.asfortranarray(v) for name, v in state.items()})
    other = nn.MLP(3, 4, 2, seed=1)
    other.load_weights(path)
    assert bits(other) == bits(model)
