"""Pictures in shared memory: what is written is read, or it is said that it has gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.errors import CrackScannerError
from crack_scanner.ros import qos
from crack_scanner.ros.picture_ring import (
    SLOTS,
    OverwrittenError,
    PictureReader,
    PictureRing,
    Place,
    remove_abandoned,
)

HEIGHT, WIDTH = 20, 31
# A reader may be this many pictures behind.
ROOM = SLOTS - 2


def picture(value: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    return np.random.default_rng(value).integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture
def ring(tmp_path: Path):
    writer = PictureRing(tmp_path)
    yield writer
    writer.close()


def test_each_picture_is_read_as_it_was_written(ring: PictureRing, tmp_path: Path) -> None:
    reader, other = PictureReader(tmp_path), PictureReader(tmp_path)
    for value in range(20):
        place = ring.put(picture(value))
        for someone in (reader, other):
            np.testing.assert_array_equal(someone.read(place, HEIGHT, WIDTH), picture(value))


@given(behind=st.integers(0, 30))
def test_a_late_reader_gets_the_right_picture_or_is_told(tmp_path_factory, behind: int) -> None:
    folder = tmp_path_factory.mktemp("ring")
    ring, reader = PictureRing(folder), PictureReader(folder)
    place = ring.put(picture(0))
    for value in range(behind):
        ring.put(picture(1 + value))
    if behind <= ROOM:
        np.testing.assert_array_equal(reader.read(place, HEIGHT, WIDTH), picture(0))
    else:
        with pytest.raises(OverwrittenError):
            reader.read(place, HEIGHT, WIDTH)
    ring.close()


def test_a_borrowed_picture_is_the_writers_own_memory_and_cannot_be_changed(
    ring: PictureRing, tmp_path: Path
) -> None:
    reader = PictureReader(tmp_path)
    with reader.borrowed(ring.put(picture(0)), HEIGHT, WIDTH) as image:
        np.testing.assert_array_equal(image, picture(0))
        assert not image.flags.writeable
        assert not image.flags.owndata


def test_who_borrows_for_too_long_is_told(ring: PictureRing, tmp_path: Path) -> None:
    reader = PictureReader(tmp_path)
    with pytest.raises(OverwrittenError), reader.borrowed(ring.put(picture(0)), HEIGHT, WIDTH):
        for value in range(ROOM + 1):
            ring.put(picture(1 + value))


def test_what_a_lossless_source_has_under_way_is_never_overwritten() -> None:
    assert qos.FRAMES_IN_FLIGHT <= ROOM


def test_what_was_read_stays_when_its_place_is_written_again(ring: PictureRing, tmp_path: Path) -> None:
    found = PictureReader(tmp_path).read(ring.put(picture(0)), HEIGHT, WIDTH)
    for value in range(20):
        ring.put(picture(1 + value))
    np.testing.assert_array_equal(found, picture(0))


def test_a_picture_that_is_no_block_of_memory_is_written_as_it_looks(
    ring: PictureRing, tmp_path: Path
) -> None:
    mirrored = picture(3)[:, ::-1]
    np.testing.assert_array_equal(PictureReader(tmp_path).read(ring.put(mirrored), HEIGHT, WIDTH), mirrored)


def test_pictures_of_another_size_begin_another_ring(ring: PictureRing, tmp_path: Path) -> None:
    reader = PictureReader(tmp_path)
    small = ring.put(picture(0))
    np.testing.assert_array_equal(reader.read(small, HEIGHT, WIDTH), picture(0))
    large = ring.put(picture(1, 50, 60))
    assert large.segment != small.segment
    np.testing.assert_array_equal(reader.read(large, 50, 60), picture(1, 50, 60))
    assert [path.name for path in tmp_path.iterdir()] == [large.segment]


def test_a_closed_ring_leaves_nothing_behind_but_what_is_mapped(ring: PictureRing, tmp_path: Path) -> None:
    reader = PictureReader(tmp_path)
    first, last = ring.put(picture(0)), ring.put(picture(1))
    reader.read(first, HEIGHT, WIDTH)
    ring.close()
    assert not list(tmp_path.iterdir())
    np.testing.assert_array_equal(reader.read(last, HEIGHT, WIDTH), picture(1))
    with pytest.raises(CrackScannerError, match="not there.*transport:=raw"):
        PictureReader(tmp_path).read(last, HEIGHT, WIDTH)


def test_the_ring_of_a_killed_writer_is_removed_by_the_next_and_a_living_one_is_not(
    ring: PictureRing, tmp_path: Path
) -> None:
    program = (
        "import sys, numpy, pathlib; from crack_scanner.ros.picture_ring import PictureRing\n"
        "ring = PictureRing(pathlib.Path(sys.argv[1]))\n"
        "print(ring.put(numpy.zeros((4, 4, 3), numpy.uint8)).segment, flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=pipe, stdout=pipe, text=True
    ) as other:
        assert other.stdout is not None
        left = tmp_path / other.stdout.readline().strip()
        mine = ring.put(picture(0))
        assert left.is_file()
        other.send_signal(signal.SIGKILL)
    assert left.is_file()
    remove_abandoned(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [mine.segment]


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("crack_scanner_mine.pictures", "fastrtps_1", "crack_scanner_0123456789abcdef.txt"):
        (tmp_path / name).write_bytes(b"x")
    remove_abandoned(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", "crack_scanner_1.pictures", "fastrtps_1"])
def test_a_name_that_is_none_of_ours_is_not_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / "fastrtps_1").write_bytes(bytes(100_000))
    with pytest.raises(CrackScannerError, match="not the name of shared pictures"):
        PictureReader(tmp_path).read(Place(name, 1), HEIGHT, WIDTH)


@pytest.mark.parametrize("content", [b"", bytes(4096), bytes(200_000), os.urandom(200_000)])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    name = "crack_scanner_0123456789abcdef.pictures"
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CrackScannerError, match="holds no shared pictures"):
        PictureReader(tmp_path).read(Place(name, 1), HEIGHT, WIDTH)


def test_a_message_that_does_not_fit_its_ring_is_refused(ring: PictureRing, tmp_path: Path) -> None:
    place = ring.put(picture(0))
    reader = PictureReader(tmp_path)
    with pytest.raises(CrackScannerError, match="31 x 20 px; the message says 30 x 20 px"):
        reader.read(place, HEIGHT, WIDTH - 1)
    with pytest.raises(CrackScannerError, match="not been written yet"):
        reader.read(Place(place.segment, place.number + 1), HEIGHT, WIDTH)


def test_without_room_it_is_said_what_to_do_and_nothing_is_left(
    ring: PictureRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(CrackScannerError, match=r"no room for 8 pictures of 31 x 20 px.*transport:=raw"):
        ring.put(picture(0))
    assert not list(tmp_path.iterdir())


def test_without_the_folder_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CrackScannerError, match=r"cannot share .*none: No such file.*transport:=raw"):
        PictureRing(tmp_path / "none").put(picture(0))
