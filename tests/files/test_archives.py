"""Hostile and damaged archives: one kind of error that names the file, nothing changed, memory
within bounds."""

from __future__ import annotations

import bz2
import io
import lzma
import os
import struct
import tracemalloc
import warnings
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from profiles import by_profile

import tinygrad_edu as tg
from tinygrad_edu import nn, optim, weights
from tinygrad_edu.weights import WeightsError

MIB = 1 << 20


def header(shape="(3,)", dtype="'<f8'", fortran="False", version=1, text=None):
    """A header of NumPy, its parts as they are to stand there."""
    text = text or f"{{'descr': {dtype}, 'fortran_order': {fortran}, 'shape': {shape}, }}"
    body = text.encode("latin-1")
    body += b" " * (-(len(body) + 11) % 64) + b"\n"
    return (
        b"\x93NUMPY"
        + bytes([version, 0])
        + len(body).to_bytes(2 if version == 1 else 4, "little")
        + body
    )


GOOD = header() + np.arange(3.0).tobytes()


def archive(path, *members, compression=zipfile.ZIP_STORED):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile's own, on doubled names
        with zipfile.ZipFile(path, "w", compression) as z:
            for name, content in members:
                z.writestr(name, content)
    return path


def a_model():
    class Bag(nn.Module):
        def __init__(self):
            self.a = tg.tensor([7.0, 8.0, 9.0], requires_grad=True, name="a")

    return Bag()


def an_optimizer():
    w = tg.tensor([7.0, 8.0, 9.0], requires_grad=True, name="a")
    opt = optim.SGD([w], learning_rate=0.1, momentum=0.9)
    (w * w).sum().backward()
    opt.step()
    return opt


def state_of(owner):
    return {
        k: (np.asarray(v).dtype.str, np.asarray(v).tobytes()) for k, v in owner.state_dict().items()
    }


def refusal(path, load=None, owner=None):
    """The message of the one error; the owner stays as it was."""
    owner = owner or a_model()
    before = state_of(owner)
    with pytest.raises(WeightsError) as caught:
        (load or owner.load_weights)(path)
    assert state_of(owner) == before
    message = str(caught.value)
    assert message.startswith(os.fspath(path))
    assert all(c.isprintable() or c == "\n" for c in message)
    return message


def peak(action):
    tracemalloc.start()
    try:
        result = action()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def every_reader(path):
    """The refusals of a model, of an optimizer and of the reader without a model, each within 16
    MiB."""
    opt = an_optimizer()
    found = []
    for load, owner in ((None, None), (opt.load, opt), (weights.read, None)):
        message, most = peak(lambda load=load, owner=owner: refusal(path, load, owner))
        assert most < 16 * MIB
        found.append(message)
    return found


# Bombs


def forged(name, content, method, claimed):
    """A member whose compressed bytes are given, and whose claims are any."""
    crc, raw = zlib.crc32(GOOD), name.encode()
    local = (
        struct.pack(
            "<4s5H3L2H", b"PK\3\4", 46, 0, method, 0, 0, crc, len(content), claimed, len(raw), 0
        )
        + raw
    )
    central = (
        struct.pack(
            "<4s6H3L5H2L",
            b"PK\1\2",
            46,
            46,
            0,
            method,
            0,
            0,
            crc,
            len(content),
            claimed,
            len(raw),
            0,
            0,
            0,
            0,
            0,
            0,
        )
        + raw
    )
    return (
        local
        + content
        + central
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local) + len(content), 0)
    )


@pytest.fixture(scope="module")
def squeezed():
    """Some kB a kind, which inflate to 64 MiB of an array's zeros."""
    start, zeros = header("(8388608,)"), bytes(MIB)
    parts = {
        zipfile.ZIP_DEFLATED: zlib.compressobj(9, wbits=-15),
        zipfile.ZIP_BZIP2: bz2.BZ2Compressor(9),
        zipfile.ZIP_LZMA: lzma.LZMACompressor(lzma.FORMAT_ALONE, preset=0),
    }
    return {
        method: squeezer.compress(start)
        + b"".join(squeezer.compress(zeros) for _ in range(64))
        + squeezer.flush()
        for method, squeezer in parts.items()
    }


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED, 93])
@pytest.mark.parametrize("claimed", [len(GOOD), 64 * MIB + 128, 0])
def test_a_bomb_is_not_inflated(tmp_path, squeezed, method, claimed):
    content = squeezed.get(method, b"zstandard")
    assert len(content) < MIB
    path = tmp_path / "bomb.npz"
    path.write_bytes(forged("a.npy", content, method, claimed))
    every_reader(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_inflates_in_one_piece_is_refused_though_it_is_right(tmp_path, method):
    path = archive(tmp_path / "a.npz", ("a.npy", GOOD), compression=method)
    model, _, without = every_reader(path)
    assert "'a' is compressed otherwise than by np.savez_compressed" in model
    assert "it has compressed members, 'a' for one" in without


def test_what_savez_compressed_wrote_is_read(tmp_path):
    model = a_model()
    np.savez_compressed(tmp_path / "a.npz", a=np.arange(3.0))
    model.load_weights(tmp_path / "a.npz")
    assert model.a.data.tolist() == [0, 1, 2]
    assert "compressed members, 'a' for one; save them with np.savez" in refusal(
        tmp_path / "a.npz", weights.read
    )


def test_a_long_array_is_inflated_in_pieces_and_whole(tmp_path):
    """Longer than a piece, and not a multiple of one."""
    big = np.random.default_rng(0).integers(0, 9, 700_001).astype(np.float32)
    np.savez_compressed(tmp_path / "a.npz", a=big)
    found, most = peak(lambda: weights.load(tmp_path / "a.npz", {"a": big}))
    assert found["a"].tobytes() == big.tobytes() and most < 4 * big.nbytes


def test_a_directory_of_a_million_members_is_not_read(tmp_path):
    record = (
        struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
        + b"a"
    )
    directory = record * 200_000
    path = tmp_path / "a.npz"
    path.write_bytes(
        directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(directory), 0, 0)
    )
    for message in every_reader(path):
        assert "its list of members takes 9,400,000 bytes" in message


# Doubled and odd names


@pytest.mark.parametrize("twice", [("a.npy", "a.npy"), ("a.npy", "a"), ("a", "a")])
def test_doubled_members_are_refused(tmp_path, twice):
    path = archive(tmp_path / "a.npz", *((name, GOOD) for name in twice))
    for message in every_reader(path):
        assert "holds 'a' twice or more" in message


@pytest.mark.parametrize(
    "name",
    [
        "/a.npy",
        "../a.npy",
        "C:\\a.npy",
        "a/",
        "",
        ".npy",
        "A.npy",
        "a.npy ",
        "\x1b[31ma.npy",
        "a\u202e.npy",
        "b" * 5000 + ".npy",
    ],
)
def test_odd_names_are_no_names_of_the_model(tmp_path, name):
    path = tmp_path / "a.npz"
    if name:
        archive(path, (name, GOOD))
    else:  # zipfile itself cannot write it
        path.write_bytes(forged("", GOOD, zipfile.ZIP_STORED, len(GOOD)))
    message = refusal(path)
    assert "lacks 'a' (3,)" in message or "no array" in message or "damaged" in message
    assert len(message) < 1000
    assert os.listdir(tmp_path) == ["a.npz"]


def test_a_name_cut_at_its_nul_is_not_the_shorter_name(tmp_path):
    content = archive(tmp_path / "a.npz", ("aXevil.npy", GOOD)).read_bytes()
    (tmp_path / "a.npz").write_bytes(content.replace(b"aXevil", b"a\0evil"))
    refusal(tmp_path / "a.npz")


@pytest.mark.parametrize("name", ["a\0b", "\0"])
def test_a_name_that_an_archive_cannot_hold_is_refused_when_saved(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be a name in an archive"):
        weights.save({name: np.zeros(2)}, tmp_path / "a.npz")
    assert os.listdir(tmp_path) == []


# Headers

HEADERS = {
    "a huge shape": header("(1000000000000,)"),
    "a shape past 64 bits": header("(1000000000000000000000000000000,)"),
    "a huge shape with a zero": header("(0, 1000000000000000000000000000000)"),
    "negative": header("(-3,)"),
    "a list": header("[3]"),
    "a number": header("3"),
    "floats": header("(3.0,)"),
    "truth values": header("(True, 3)"),
    "65 axes": header(repr((1,) * 65)),
    "objects": header(dtype="'|O'"),
    "a structure": header(dtype="[('x', '<f8')]"),
    "a structure by text": header(dtype="'f8,f8'"),
    "text": header(dtype="'<U2'"),
    "bytes": header(dtype="'|S8'"),
    "void": header(dtype="'|V8'"),
    "times": header(dtype="'<M8[s]'"),
    "no dtype": header(dtype="'<f3'"),
    "dtype of another": header(dtype="'<f4'"),
    "byte order": header(dtype="'>f8'"),
    "no text": header(dtype="7"),
    "an unhashable dtype": header(dtype="{}"),
    "fortran by number": header(fortran="1"),
    "a call": header(text="__import__('os').system('true')"),
    "a set": header(text="{'descr', 'shape'}"),
    "nothing": header(text=" "),
    "one key less": header(text="{'descr': 1}"),
    "one key more": header(text="{'descr': '<f8', 'fortran_order': False, 'shape': (3,), 'x': 1}"),
    "deep": header(text="(" * 3000),
    "deeper": header(text="-" * 3000 + "1"),
    "a sum": header(text="1+" * 1900 + "1"),
    "long and right": header(
        text="{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }" + " " * 5000
    ),
    "long": header(text=" " * 60_000),
    "longer": header(text=" " * 200_000, version=2),
    "version 9": header(version=9),
    "no magic": b"\x94NUMPY" + header()[6:],
    "empty": b"",
    "cut in the header": header()[:40],
    "cut in the magic": b"\x93NU",
}


@pytest.mark.parametrize("kind", HEADERS)
def test_hostile_headers(tmp_path, kind):
    path = archive(tmp_path / "a.npz", ("a.npy", HEADERS[kind] + bytes(24)))
    message, most = peak(lambda: refusal(path))
    assert most < 16 * MIB
    assert "'a'" in message or "damaged" in message
    if kind not in ("dtype of another", "byte order", "text", "a huge shape with a zero"):
        refusal(path, weights.read)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_each_version_of_the_header_is_read(tmp_path, version):
    path = archive(
        tmp_path / "a.npz", ("a.npy", header(version=version) + np.arange(3.0).tobytes())
    )
    assert (
        weights.load(path, {"a": np.zeros(3)})["a"].tolist()
        == weights.read(path)["a"].tolist()
        == [0, 1, 2]
    )


def test_truth_values_that_are_neither(tmp_path):
    path = archive(tmp_path / "a.npz", ("a.npy", header(dtype="'|b1'") + b"\0\1\2"))
    with pytest.raises(WeightsError, match="neither true nor false"):
        weights.load(path, {"a": np.zeros(3, bool)})


def test_text_that_is_none(tmp_path):
    path = archive(tmp_path / "a.npz", ("a.npy", header("()", "'<U1'") + b"\xff\xff\xff\xff"))
    refusal(path, weights.read)


@pytest.mark.parametrize("more", [-1, 1, 5000])
def test_more_or_fewer_numbers_than_the_shape_says(tmp_path, more):
    content = (GOOD + bytes(5000))[: len(GOOD) + more]
    path = archive(tmp_path / "a.npz", ("a.npy", content))
    assert ("holds fewer" if more < 0 else "holds more") in refusal(path)
    refusal(path, weights.read)


def test_the_reader_without_a_model(tmp_path):
    arrays = {
        "iterations": np.array(7),
        "names": np.array(["dense.weight", "ñ"]),
        "m": np.zeros((2, 0), np.float32),
        "flag": np.array(True),
        "rate": np.array(1e-4),
        "a/b": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    }
    weights.save(arrays, tmp_path / "a.npz")
    found = weights.read(tmp_path / "a.npz")
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tolist() == array.tolist() and found[name].flags.writeable


# Damage, drawn

MODEL = nn.Sequential([nn.Dense(6, input_size=5, name="d")], seed=0)
OPTIMIZER = optim.Adam(MODEL.parameters())
STATE = {k: np.array(v) for k, v in OPTIMIZER.state_dict().items()}


def packed(arrays, compress):
    file = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(file, **arrays)
    return file.getvalue()


FILES = {
    (kind, compress): packed(arrays, compress)
    for kind, arrays in (("model", MODEL.state_dict()), ("optimizer", STATE))
    for compress in (False, True)
}


@st.composite
def damaged(draw, content):
    """A file after one to three accidents: bits turned, a piece cut out, doubled, filled, moved, or
    put in."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        start, stop = sorted(
            (draw(st.integers(0, len(content))), draw(st.integers(0, len(content))))
        )
        stop = min(stop, start + draw(st.sampled_from([1, 4, 64, len(content)])))
        piece = bytes(content[start:stop])
        kind = draw(
            st.sampled_from(["flip", "cut", "double", "zero", "ones", "move", "insert", "end"])
        )
        if kind == "flip" and piece:
            content[start] ^= 1 << draw(st.integers(0, 7))
        elif kind == "insert":
            content[start:start] = draw(st.binary(min_size=1, max_size=30))
        elif kind == "end":
            del content[start:]
        elif kind == "move":
            del content[start:stop]
            at = draw(st.integers(0, len(content)))
            content[at:at] = piece
        elif kind in ("cut", "double", "zero", "ones"):
            content[start:stop] = {
                "cut": b"",
                "double": piece * 2,
                "zero": bytes(len(piece)),
                "ones": b"\xff" * len(piece),
            }[kind]
    return bytes(content)


@pytest.mark.parametrize("kind, compress", FILES)
def test_the_undamaged_files_are_read(tmp_path, kind, compress):
    """The test below can find something."""
    (tmp_path / "w.npz").write_bytes(FILES[kind, compress])
    saved = MODEL.state_dict() if kind == "model" else STATE
    assert weights.load(tmp_path / "w.npz", saved).keys() == saved.keys()


@pytest.mark.parametrize("compress", [False, True], ids=["stored", "deflated"])
@given(data=st.data())
@settings(
    max_examples=by_profile(day=80, ci=400, night=4_000),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_damage_is_refused_or_did_no_harm(tmp_path, compress, data):
    """The numbers that were saved, or the one error and nothing changed; for weights and for an
    optimizer's state."""
    kind = data.draw(st.sampled_from(["model", "optimizer"]))
    path = tmp_path / "w.npz"
    path.write_bytes(data.draw(damaged(FILES[kind, compress])))
    saved = MODEL.state_dict() if kind == "model" else STATE
    fresh = nn.Sequential([nn.Dense(6, input_size=5, name="d")], seed=1)
    owner = fresh if kind == "model" else optim.Adam(fresh.parameters())
    before = state_of(owner)
    try:
        found = weights.load(path, saved)
        assert {k: v.tobytes() for k, v in found.items()} == {
            k: v.tobytes() for k, v in saved.items()
        }
        (owner.load_weights if kind == "model" else owner.load)(path)
    except WeightsError as error:
        assert str(path) in str(error)
        assert state_of(owner) == before
