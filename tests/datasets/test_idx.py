import gzip
import hashlib
import struct
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_edu.datasets.idx import IdxError, read_idx, write_idx

DTYPES = ["u1", "i1", "i2", "i4", "f4", "f8"]
arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
    )
)
# What a student has in hand: 3 x 4 numbers, none of them zero, so that no altered header can fit by
# chance.
SMALL = np.arange(1, 13, dtype=np.int32).reshape(3, 4)


def packed(array: np.ndarray, name: str = "a.idx") -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_idx(Path(folder, name), array)
        return Path(folder, name).read_bytes()


def read_bytes(content: bytes, **options) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.idx").write_bytes(content)
        return read_idx(Path(folder, "a.idx"), **options)


def refusal(content: bytes, **options) -> str:
    with pytest.raises(IdxError) as caught:
        read_bytes(content, **options)
    assert type(caught.value) is IdxError
    message = str(caught.value)
    assert "a.idx: " in message
    return message


@given(arrays, st.sampled_from(["a", "a.gz"]))
@example(np.empty((0, 3), np.uint8), "a.gz")
@example(np.float32(1.5), "a")
def test_what_is_written_is_read_back(array, name):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        write_idx(path, array)
        assert (path.read_bytes()[:2] == b"\x1f\x8b") == name.endswith(".gz")
        back = read_idx(path)
    assert back.dtype == array.dtype and back.dtype.isnative
    assert back.shape == array.shape
    assert back.tobytes() == np.asarray(array).tobytes()  # bytes, so that nan and -0.0 count
    assert back.flags.writeable


def test_bytes_are_those_of_the_specification():
    assert packed(np.array([[1, -2]], np.int16)) == struct.pack(
        ">4B2I2h", 0, 0, 0x0B, 2, 1, 2, 1, -2
    )
    assert packed(np.array([0.5], np.float32)) == struct.pack(">4BIf", 0, 0, 0x0D, 1, 1, 0.5)
    assert read_bytes(struct.pack(">4BIi", 0, 0, 0x0C, 1, 1, -70000)).tolist() == [-70000]


@pytest.mark.parametrize("order", ["<", ">"])
def test_byte_order_and_layout_do_not_reach_the_file(order):
    assert packed(np.asfortranarray(SMALL).astype(order + "i4")) == packed(SMALL)


def test_gzip_is_told_by_content_not_by_name(tmp_path):
    (tmp_path / "plain.gz").write_bytes(packed(SMALL))
    (tmp_path / "packed").write_bytes(gzip.compress(packed(SMALL)))
    assert np.array_equal(read_idx(tmp_path / "plain.gz"), SMALL)
    assert np.array_equal(read_idx(str(tmp_path / "packed")), SMALL)


def test_gzip_is_the_same_at_any_time_and_under_any_name(monkeypatch):
    first = packed(SMALL, "a.gz")
    monkeypatch.setattr("time.time", lambda: 1.5e9)
    assert packed(SMALL, "another.gz") == first
    # No flags (so no name), no time, best compression, unknown system: nothing of this machine.
    assert first[:10] == bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 255])


@pytest.mark.parametrize("dtype", [bool, np.int64, np.uint16, np.float16, complex, object, "U3"])
def test_a_type_idx_lacks_is_refused_and_nothing_is_written(tmp_path, dtype):
    with pytest.raises(
        IdxError, match=r"labels\.gz: IDX has no type for .*: uint8, int8, int16, .*float64"
    ):
        write_idx(tmp_path / "labels.gz", np.zeros(3, dtype))
    assert list(tmp_path.iterdir()) == []


def test_a_dimension_past_32_bits_is_refused(tmp_path):
    with pytest.raises(IdxError, match="does not fit in 32 bits"):
        write_idx(tmp_path / "a", np.empty((1 << 32, 0), np.uint8))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("culprit", ["os.fsync", "os.replace"])
def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path, monkeypatch, culprit):
    path = tmp_path / "a.gz"
    write_idx(path, SMALL)
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(culprit, fail)
    with pytest.raises(OSError, match="disk full"):
        write_idx(path, SMALL + 1)
    assert [file.name for file in tmp_path.iterdir()] == ["a.gz"]
    assert path.read_bytes() == before


HEADER = struct.pack(">4B2I", 0, 0, 0x0C, 2, 3, 4)
HUGE = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param(b"", "an empty file", id="empty"),
        pytest.param(gzip.compress(b""), "an empty file", id="empty, gzipped"),
        pytest.param(
            b"\x00\x01\x08\x01", "not an IDX file: it begins with 00 01 08 01", id="magic"
        ),
        pytest.param(
            b"\x93NUMPY", "not an IDX file: it begins with 93 4e 55 4d", id="another format"
        ),
        pytest.param(b"<!DOCTYPE html><p>Log in", "a web page", id="web page"),
        pytest.param(
            b"\xef\xbb\xbf\r\n <HTML>",
            "a web page",
            id="web page after a byte-order mark and blanks",
        ),
        pytest.param(gzip.compress(b"<html>"), "a web page", id="web page, gzipped"),
        pytest.param(b"<?xml version='1.0'?><Error>", "a web page", id="a bucket's XML error"),
        pytest.param(b"PK\x03\x04....", "a ZIP archive. Unpack it", id="zip"),
        pytest.param(b"\x00\x00\x0a\x01\0\0\0\x01\0", "unknown type 0x0A", id="type"),
        pytest.param(
            b"\x00\x00\x08",
            "cut off after 3 bytes, within the header",
            id="cut in the magic number",
        ),
        pytest.param(HEADER[:9], "cut off within its 2 dimensions", id="cut in the dimensions"),
        pytest.param(
            HEADER, "needs 48 bytes after the header, here are 0", id="cut after the header"
        ),
        pytest.param(
            HEADER + bytes(47), "needs 48 bytes after the header, here are 47", id="cut in the data"
        ),
        pytest.param(
            gzip.compress(HEADER + bytes(47)), "here are 47", id="cut in the data, gzipped"
        ),
        pytest.param(
            HEADER + bytes(49),
            "bytes left over after the 48 of shape (3, 4) of int32",
            id="trailing",
        ),
        pytest.param(
            gzip.compress(HEADER + bytes(49)),
            "bytes left over after the 48",
            id="trailing, gzipped",
        ),
        pytest.param(
            gzip.compress(HEADER + bytes(48)) + b"more",
            "a damaged gzip",
            id="trailing after the gzip",
        ),
        pytest.param(
            struct.pack(">4B65I", 0, 0, 8, 65, *[1] * 65) + b"x",
            "65 dimensions",
            id="dimensions, NumPy's",
        ),
        pytest.param(
            struct.pack(">4B4I", 0, 0, 14, 4, *[HUGE] * 4),
            "claims shape (4294967295, ",
            id="overflow",
        ),
        pytest.param(
            struct.pack(">4B3I", 0, 0, 8, 3, 0, HUGE, HUGE),
            "claims shape (0, ",
            id="overflow beside a zero",
        ),
        pytest.param(
            struct.pack(">4B2I", 0, 0, 8, 2, 1 << 16, 1 << 15),
            "more than 1,073,741,824",
            id="2 GiB",
        ),
    ],
)
def test_refused(content, fault):
    assert fault in refusal(content)


def test_every_refusal_says_what_to_do():
    for content in (
        b"",
        b"\x01",
        b"<html>",
        b"\0\0\x07\0",
        HEADER,
        HEADER + bytes(49),
        gzip.compress(HEADER)[:-3],
    ):
        assert any(verb in refusal(content) for verb in ("Fetch", "fetch", "Give", "Unpack"))


def test_a_limit_can_be_raised_and_lowered():
    assert "more than 47 bytes" in refusal(packed(SMALL), max_bytes=47)
    assert np.array_equal(read_bytes(packed(SMALL), max_bytes=48), SMALL)


def test_a_missing_file_is_an_ordinary_oserror(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no\.idx"):
        read_idx(tmp_path / "no.idx")


def peak_of(content: bytes) -> tuple[int, str]:
    """Peak memory of a refusal, and its message."""
    tracemalloc.start()
    try:
        message = refusal(content)
        return tracemalloc.get_traced_memory()[1], message
    finally:
        tracemalloc.stop()


def test_memory_follows_the_file_not_its_header():
    claims_1_gib = struct.pack(">4BI", 0, 0, 8, 1, 1 << 30) + b"only this"
    for content in (claims_1_gib, gzip.compress(claims_1_gib)):
        peak, message = peak_of(content)
        assert "here are 9" in message
        assert peak < 8 << 20


def test_a_gzip_bomb_is_not_unpacked():
    bomb = gzip.compress(struct.pack(">4BI", 0, 0, 8, 1, 100) + bytes(200 << 20), compresslevel=1)
    peak, message = peak_of(bomb)
    assert "bytes left over after the 100" in message
    assert peak < 16 << 20


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_every_truncation_is_refused(pack):
    content = pack(packed(SMALL))
    for length in range(len(content)):
        refusal(content[:length])


@given(st.data())
def test_an_altered_header_never_gives_another_shape(data):
    content = bytearray(packed(SMALL))
    content[data.draw(st.integers(0, 11))] = data.draw(st.integers(0, 255))
    try:
        back = read_bytes(bytes(content))
    except IdxError:
        return
    assert back.shape == SMALL.shape


# The ten bytes of a gzip header, the deflate stream, and the checksum and length at the end.
@given(st.data())
def test_an_altered_gzip_never_gives_other_numbers(data):
    content = bytearray(gzip.compress(packed(SMALL), mtime=0))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        back = read_bytes(bytes(content))
    except IdxError:
        return
    assert np.array_equal(back, SMALL)  # only the header's time, system or flags were touched


@given(
    st.binary(max_size=64),
    st.sampled_from([b"", b"\0\0", b"\0\0\x08\x01\0\0\0", b"\x1f\x8b", b"\x1f\x8b\x08\0"]),
)
def test_any_bytes_are_read_or_refused(rest, start):
    try:
        back = read_bytes(start + rest)
    except IdxError:
        return
    assert back.dtype.str[1:] in DTYPES
    assert start[:2] != b"\0\0" or back.nbytes + 4 + 4 * back.ndim == len(start + rest)


def test_a_big_file_survives_the_trip(tmp_path):
    """More than one of the reader's pieces."""
    array = np.random.default_rng(0).integers(0, 256, (3, 1 << 20), np.uint8)
    write_idx(tmp_path / "a", array)
    digest = hashlib.sha256(read_idx(tmp_path / "a").tobytes()).digest()
    assert digest == hashlib.sha256(array.tobytes()).digest()
