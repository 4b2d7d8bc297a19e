"""Files of the IDX format are read, plain and gzipped; damaged ones are refused by name."""

import gzip
import math
import re
import struct

import numpy as np
import pytest

from gdcore.mnist import load_mnist, read_idx


def idx(*shape, data=None, kind=8):
    """Return the bytes of an IDX file that counts up."""
    head = struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape), *shape)
    return head + (bytes(i % 10 for i in range(math.prod(shape))) if data is None else data)


class TestIdx:
    @pytest.mark.parametrize("pack", [bytes, gzip.compress])
    @pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4), (0,), (300, 2)])
    def test_is_read_plain_and_gzipped(self, tmp_path, pack, shape):
        file = tmp_path / "some-idx-ubyte"
        file.write_bytes(pack(idx(*shape)))
        array = read_idx(file)
        assert array.dtype == np.uint8 and array.shape == shape
        assert array.ravel().tolist() == [i % 10 for i in range(math.prod(shape))]
        assert np.array_equal(read_idx(str(file)), array)

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("a", b"", "is cut short in its header of 4 bytes"),
            ("a", b"\0\0\x08", "is cut short in its header of 4 bytes"),
            ("a", idx(2, 3)[:11], "is cut short in its header of 12 bytes"),
            (
                "a",
                idx(2, 3)[:-1],
                r"is cut short: shape \(2, 3\) takes 6 bytes of data, and there are 5",
            ),
            (
                "a",
                idx(2, 3) + b"x",
                r"is too long: shape \(2, 3\) takes 6 bytes of data, and there are more",
            ),
            ("a", idx(2**31, 2**31, data=b""), "is cut short: shape"),
            ("a", b"P5 28 28 255", "is no IDX file: it begins with the bytes 50 35 20 32"),
            ("a", b"\0\x01\x08\x01" + bytes(8), "is no IDX file: .* 00 01 08 01"),
            ("a", b"\0\0\x08\0", "is no IDX file: .* 00 00 08 00"),
            ("a", idx(2, kind=13), "holds numbers of type 13, and only 8, bytes, can be read"),
            ("a.gz", idx(2), "is not a gzip file, whatever its name says"),
            ("a.gz", b"", "is not a gzip file"),
            ("a.gz", gzip.compress(idx(9), mtime=0)[:-9], "is a damaged gzip file"),
            ("a.gz", gzip.compress(idx(9), mtime=0)[:5], "is a damaged gzip file"),
            ("a", b"\x1f\x8b hello, not packed", "is a damaged gzip file"),
            ("a.gz", gzip.compress(idx(9), mtime=0)[:-8] + bytes(8), "is a damaged gzip file"),
        ],
    )
    def test_a_damaged_file_is_named(self, tmp_path, name, content, message):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(ValueError, match=f"{re.escape(str(file))} {message}"):
            read_idx(file)

    def test_a_missing_file_is_python_s_business(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            read_idx(tmp_path / "none")


class TestMnist:
    def read(self, folder, images, labels):
        (folder / "images").write_bytes(images)
        (folder / "labels").write_bytes(gzip.compress(labels))
        return load_mnist(folder / "images", folder / "labels")

    def test_has_the_form_of_digits(self, tmp_path):
        pixels = bytes([0, 51, 255, *range(200)]) + bytes(3 * 784 - 203)
        x, y = self.read(tmp_path, idx(3, 28, 28, data=pixels), idx(3, data=bytes([5, 0, 9])))
        assert x.shape == (3, 784) and x[0, :4].tolist() == [0, 0.2, 1, 0]
        assert y.tolist() == [5, 0, 9] and y.dtype == np.intp

    @pytest.mark.parametrize(
        ("images", "labels", "message"),
        [
            (
                idx(3, 28, 27),
                idx(3),
                r"images holds no pictures of 28 x 28, but shape \(3, 28, 27\)",
            ),
            (idx(3, 28, 29), idx(3), r"images holds no pictures .* \(3, 28, 29\)"),
            (idx(5), idx(5), r"images holds no pictures .* \(5,\)"),
            (idx(0, 28, 28), idx(0), r"images holds no pictures .* \(0, 28, 28\)"),
            (idx(3, 28, 28), idx(4), r"labels of shape \(4,\) does not fit the 3 pictures"),
            (idx(3, 28, 28), idx(3, 1), r"labels of shape \(3, 1\) does not fit"),
            (
                idx(3, 28, 28),
                idx(3, data=bytes([9, 10, 11])),
                "labels holds 10 at index 1, which is no digit",
            ),
        ],
    )
    def test_files_that_do_not_belong_together_are_refused(self, tmp_path, images, labels, message):
        with pytest.raises(ValueError, match=message):
            self.read(tmp_path, images, labels)


PACKED = gzip.compress(idx(2, 3), mtime=0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x01\0\x08\x01" + bytes(4), "is no IDX file: it begins with the bytes 01 00 08 01"),
        (b"\x1f\0\x08\x01" + bytes(4), "is no IDX file: it begins with the bytes 1f 00 08 01"),
        (idx(2, kind=0), "holds numbers of type 0, and only 8, bytes, can be read"),
        (idx(2, kind=9), "holds numbers of type 9, and only 8, bytes, can be read"),
        # 64 bits would take 2^64 for 0, and a sign bit 2^32 - 1 for -1.
        (
            idx(2**31, 2**31, 4, data=b""),
            f"is cut short: shape (2147483648, 2147483648, 4) takes {2**64} bytes of data, "
            "and there are 0",
        ),
        (
            idx(2**32 - 1, data=b"x"),
            "is cut short: shape (4294967295,) takes 4294967295 bytes of data, and there are 1",
        ),
        # Well-formed, but more than NumPy takes.
        (idx(*[1] * 65), f"of shape {(1,) * 65} makes no array: "),
        (
            idx(0, *[2**32 - 1] * 3, data=b""),
            "of shape (0, 4294967295, 4294967295, 4294967295) makes no array: ",
        ),
        # The method of packing is the third byte, the packed data begin at the eleventh.
        (PACKED[:2] + b"\x07" + PACKED[3:], "is a damaged gzip file: Unknown compression method"),
        (PACKED[:10] + b"\xff" + PACKED[11:], "is a damaged gzip file: Error -3"),
        (PACKED + b"more", "is a damaged gzip file: Not a gzipped file"),
    ],
)
def test_further_damages_are_named(tmp_path, content, message):
    file = tmp_path / "some-idx"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=f"{re.escape(f'{file} {message}')}"):
        read_idx(file)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_beginning_of_a_file_is_refused(tmp_path, pack):
    file, content = tmp_path / "some-idx", pack(idx(2, 3))
    for length in range(len(content)):
        file.write_bytes(content[:length])
        with pytest.raises(ValueError, match=f"{re.escape(str(file))} is "):
            read_idx(file)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (idx(2), "labels of shape (2,) does not fit the 3 pictures"),
        (idx(3, data=bytes([9, 1, 10])), "labels holds 10 at index 2, which is no digit"),
        (idx(3)[:-1], "labels is cut short"),
    ],
)
def test_labels_that_do_not_fit_are_named(tmp_path, labels, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        TestMnist().read(tmp_path, idx(3, 28, 28), labels)
