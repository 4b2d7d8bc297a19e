"""Whatever stands in a file, its reader reads it or refuses it, in its own words and little memory.

gdcore reads IDX files, plain or gzipped (`read_idx`, `load_mnist`), and networks that it saved
(`load_network`). Its own records are chosen by name (`recorded`).
"""

import gc
import gzip
import io
import math
import os
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gdcore.datasets import RECORDS, recorded
from gdcore.files import load_network
from gdcore.mnist import load_mnist, read_idx

# The same examples each time, on a machine however slow.
fuzz = settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
#: What a reader needs for itself, above all to read a mebibyte at a time (the later Pythons twice).
ROOM = 3 * 2**20
VAST = 2**32 - 1


class Unpickled(BaseException):
    """Not an Exception, so that no reader can catch it."""


@pytest.fixture(autouse=True)
def never_unpickled_and_all_closed(monkeypatch):
    def refuse(*args, **kwargs):
        raise Unpickled

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    gc.freeze()  # what other tests have left is not to be found in this one
    yield
    gc.collect()  # what was left open is to be found in this test and in no other
    gc.unfreeze()


def read(reader, *files, real=0):
    """What a reader makes of files: a result, or None if it refuses them as it should."""
    paths = [os.fspath(file) for file in files]
    real = max(real, sum(os.path.getsize(path) for path in paths))
    tracemalloc.start()
    try:
        return reader(*files)
    except ValueError as error:
        assert str(error).startswith(tuple(f"{reader.__name__}: {path}" for path in paths)), error
        return None
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 3 * real + ROOM, f"{peak} bytes for {real}"


@st.composite
def damaged(draw, whole):
    """Some bytes, cut short, or with some of them changed, taken out or put in."""
    content = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        some = draw(st.binary(max_size=4))
        content[at : at + draw(st.integers(0, 4))] = some
    return bytes(content[: draw(st.none() | st.integers(0, len(content)))])


def packed(contents):
    """Those contents, or gzipped, or gzipped and damaged."""
    return contents | (packs := contents.map(lambda c: gzip.compress(c, mtime=0))) | damaged(packs)


def idx(*shape, data=b"", kind=8):
    return struct.pack(f">4B{len(shape)}I", 0, 0, kind, len(shape), *shape) + data


LENGTHS = st.integers(0, 5) | st.integers(0, VAST) | st.sampled_from([28, 2**31, VAST])
KINDS = st.sampled_from([8, 8, 8, 8, 0, 9, 13])
LYING = st.builds(
    lambda shape, data, kind: idx(*shape, data=data, kind=kind),
    st.lists(LENGTHS, max_size=5) | st.lists(st.integers(0, 1), max_size=80),
    st.binary(max_size=60),
    KINDS,
)
WHOLE = st.builds(
    lambda shape, data, kind: idx(*shape, data=data[: math.prod(shape)], kind=kind),
    st.lists(st.integers(0, 3), min_size=1, max_size=3),
    st.binary(min_size=27, max_size=27),
    KINDS,
)
IDX = packed(st.binary(max_size=60) | LYING | WHOLE | damaged(WHOLE))


def is_idx(content):
    """Whether an IDX file of bytes is whole: written down once more, from the format."""
    if len(content) < 4 or content[:3] != b"\0\0\x08" or content[3] == 0:
        return False
    axes = content[3]
    head, data = content[4 : 4 + 4 * axes], content[4 + 4 * axes :]
    return len(head) == 4 * axes and len(data) == math.prod(struct.unpack(f">{axes}I", head))


@fuzz
@given(content=IDX, name=st.sampled_from(["some-idx", "some-idx.gz"]))
@example(content=idx(2, 3, data=b"abcdef"), name="some-idx")
@example(content=gzip.compress(idx(5, data=b"abcde")), name="some-idx.gz")
def test_any_bytes_as_idx(tmp_path, content, name):
    file = tmp_path / name
    file.write_bytes(content)
    array = read(read_idx, file)
    try:
        inside = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except Exception:
        inside = b""
    if array is not None:
        assert is_idx(inside) and array.dtype == np.uint8 and not array.flags.writeable
        assert inside == idx(*array.shape, data=array.tobytes())
    elif name == "some-idx" and is_idx(inside):  # refused only because NumPy has no such array
        assert inside[3] > 64 or 0 in np.frombuffer(inside[4 : 4 + 4 * inside[3]], ">u4")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("axes", [1, 2, 3, 64, 255])
def test_a_header_that_lies_costs_nothing(tmp_path, pack, axes):
    file = tmp_path / "some-idx"
    file.write_bytes(pack(idx(*[VAST] * axes, data=b"abc")))
    assert read(read_idx, file) is None


@pytest.mark.parametrize("claimed", [(), (0,), (1,), (3, 5), (1000, 1000)])
def test_no_more_is_unpacked_than_the_header_claims(tmp_path, claimed):
    content = idx(*claimed, data=bytes(64 * 2**20))
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(content, 1))
    assert read(read_idx, file, real=math.prod(claimed)) is None


def test_a_bomb_with_a_vast_header_costs_what_is_in_it(tmp_path):
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(idx(VAST, data=bytes(8 * 2**20)), 1))
    assert read(read_idx, file, real=8 * 2**20) is None


def half(one, other):
    """Each as often; `|` would draw from all parts of both alike."""
    return st.booleans().flatmap(lambda which: one if which else other)


PICTURES, LABELS = idx(2, 28, 28, data=bytes(1568)), idx(2, data=b"\1\2")
SOME_LABELS = st.lists(st.integers(8, 11), max_size=3).map(lambda y: idx(len(y), data=bytes(y)))


@fuzz
@given(images=half(st.just(PICTURES), IDX), labels=half(SOME_LABELS, IDX))
@example(images=PICTURES, labels=LABELS)
def test_any_bytes_as_mnist(tmp_path, images, labels):
    files = tmp_path / "images", tmp_path / "labels"
    for file, content in zip(files, (images, labels), strict=True):
        file.write_bytes(content)
    found = read(load_mnist, *files, real=8 * 1568)
    assert found is not None or (images, labels) != (PICTURES, LABELS)
    if found is not None:
        assert found[0].shape == (len(found[1]), 784) and found[1].max() < 10


def saved():
    file = io.BytesIO()
    np.savez(file, sizes=[2, 3, 1], kinds=["Tanh", "MeanSquaredError"], theta=np.arange(13.0))
    return file.getvalue()


def npy(descr, shape, data, version=(1, 0)):
    """An array as NumPy's format has it, whatever its header says."""
    head = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape!r}, }}\n".encode()
    length = struct.pack("<H" if version[0] == 1 else "<I", len(head))
    return b"\x93NUMPY" + bytes(version) + length + head + data


def zipped(members, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


ARRAYS = st.builds(
    npy,
    st.sampled_from(["<f8", "<i8", "<U16", "|O", "|V0", ">f4", "|b1", "<M8[s]", "<c16", "none"]),
    st.lists(st.integers(0, 4) | st.sampled_from([13, 2**31, 2**62, -1]), max_size=3).map(tuple),
    st.binary(max_size=120) | st.just(pickle.dumps({"a": 1})),
    st.sampled_from([(1, 0), (1, 0), (2, 0), (3, 0), (9, 9)]),
)
GOOD = {
    "sizes": npy("<i8", (3,), np.array([2, 3, 1]).tobytes()),
    "kinds": npy("<U16", (2,), np.array(["Tanh", "MeanSquaredError"], "<U16").tobytes()),
    "theta": npy("<f8", (13,), np.arange(13.0).tobytes()),
}
SIZES = st.lists(st.integers(-1, 4) | st.sampled_from([2**31, 2**62]), max_size=4).map(
    lambda sizes: npy("<i8", (len(sizes),), np.array(sizes, "<i8").tobytes())
)
THETAS = st.lists(st.floats(), min_size=13, max_size=13).map(
    lambda theta: zipped(GOOD | {"theta": npy("<f8", (13,), np.array(theta).tobytes())})
)
NPZ = (
    st.binary(max_size=100)
    | damaged(st.just(saved()))
    | THETAS
    | st.builds(
        zipped,
        st.fixed_dictionaries(
            {},
            optional={k: st.just(v) | ARRAYS | damaged(st.just(v)) for k, v in GOOD.items()}
            | {"sizes": st.just(GOOD["sizes"]) | SIZES},
        ),
        st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    ).flatmap(lambda content: st.just(content) | damaged(st.just(content)))
)


@fuzz
@given(content=NPZ)
@example(content=saved())
@example(content=zipped(GOOD))
@example(content=zipped(GOOD, zipfile.ZIP_DEFLATED))
def test_any_bytes_as_a_network(tmp_path, content):
    file = tmp_path / "network.npz"
    file.write_bytes(content)
    found = read(load_network, file)
    if content in (saved(), zipped(GOOD), zipped(GOOD, zipfile.ZIP_DEFLATED)):
        assert found is not None
    if found is not None:
        network, theta = found
        assert theta.shape == (network.size,) and np.isfinite(theta).all()


@pytest.mark.parametrize("member", GOOD)
@pytest.mark.parametrize("claimed", [(2**20,), (2**32,), (2**60,), (2**31, 2**31), (13, 0)])
def test_an_array_that_lies_costs_nothing(tmp_path, member, claimed):
    file = tmp_path / "network.npz"
    for descr in "<f8", "<i8", "<U16", "|O", "|V1":
        file.write_bytes(zipped(GOOD | {member: npy(descr, claimed, bytes(104))}))
        assert read(load_network, file) is None


@pytest.mark.parametrize("member", GOOD)
def test_no_more_of_a_network_is_unpacked_than_the_file_is_long(tmp_path, member):
    bomb = npy("<f8", (4 * 2**20,), bytes(32 * 2**20))
    file = tmp_path / "bomb.npz"
    file.write_bytes(zipped(GOOD | {member: bomb}, zipfile.ZIP_DEFLATED))
    assert file.stat().st_size < 2**16
    assert read(load_network, file) is None


@pytest.mark.parametrize("field", [20, 24, 42])
def test_a_directory_that_lies_costs_nothing(tmp_path, field):
    # The sizes of each member, packed and unpacked, and its place, as the zip's directory has them.
    content, at = bytearray(saved()), -1
    while (at := content.find(b"PK\1\2", at + 1)) >= 0:
        content[at + field : at + field + 4] = b"\xfe\xff\xff\xff"
    file = tmp_path / "network.npz"
    file.write_bytes(content)
    found = read(load_network, file)
    assert found is None or found[1].tolist() == [*range(13)]


def test_a_pickle_is_left_alone(tmp_path):
    file, theta = tmp_path / "network.npz", npy("|O", (1,), pickle.dumps([1]))
    for content in pickle.dumps([1]), theta, zipped(GOOD | {"theta": theta}):
        file.write_bytes(content)
        assert read(load_network, file) is None


@fuzz
@given(name=st.text() | st.sampled_from(RECORDS) | st.sampled_from(["../batches", "batches.json"]))
def test_only_a_known_name_leads_to_a_record(name):
    if name in RECORDS:
        assert isinstance(recorded(name), dict)
    else:
        with pytest.raises(ValueError, match=r"^recorded: name must be one of batches, .* got "):
            recorded(name)
