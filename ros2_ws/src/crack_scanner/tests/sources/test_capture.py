"""Pictures with their time, from files."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from crack_scanner.errors import CrackScannerError
from crack_scanner.sources.capture import FILE_START_NS, SourceGoneError, open_capture
from crack_scanner.sources.pictures import find_pictures, read_picture
from tests.sources.picture_stream import served, stream


def save(path: Path, value: int = 100, size: tuple[int, int] = (40, 30)) -> Path:
    Image.new("RGB", size, (value, 50, 10)).save(path)
    return path


def film(path: Path, frames: int = 40) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 20.0, (320, 240))
    for index in range(frames):
        noise = np.random.default_rng(index).integers(0, 255, (240, 320, 3), dtype=np.uint8)
        writer.write(noise)
    writer.release()
    return path


def test_pictures_of_a_folder_come_in_counting_order(tmp_path: Path) -> None:
    for name in ("p10.jpg", "p9.JPG", "a.png", "notes.txt"):
        save(tmp_path / name) if name != "notes.txt" else (tmp_path / name).write_text("x")
    assert [path.name for path in find_pictures(tmp_path)] == ["a.png", "p9.JPG", "p10.jpg"]


def test_hidden_files_and_folders_are_no_pictures(tmp_path: Path) -> None:
    save(tmp_path / "IMG_1.jpg")
    (tmp_path / "._IMG_1.jpg").write_bytes(b"of another system")
    (tmp_path / "small.png").mkdir()
    assert [path.name for path in find_pictures(tmp_path)] == ["IMG_1.jpg"]


def test_a_raised_number_in_a_name_does_not_count(tmp_path: Path) -> None:
    for name in ("wall 2²1.jpg", "wall 10.jpg", "wall 2²0.jpg"):
        save(tmp_path / name)
    names = [path.name for path in find_pictures(tmp_path)]
    assert names == ["wall 2²0.jpg", "wall 2²1.jpg", "wall 10.jpg"]


def test_a_folder_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied", str(path))

    # Root may read everything.
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(CrackScannerError, match="cannot be read: Permission denied"):
        find_pictures(tmp_path)


@pytest.mark.parametrize("rate", [0.0, -1.0, 1e-320, 1e10, float("nan")])
def test_a_rate_that_gives_no_stamps_is_refused(tmp_path: Path, rate: float) -> None:
    with pytest.raises(CrackScannerError, match="rate .* Hz; expected 0.001 to 1000"):
        open_capture(str(save(tmp_path / "1.png")), rate)


def test_pictures_have_even_stamps_and_rgb_order(tmp_path: Path) -> None:
    save(tmp_path / "1.png"), save(tmp_path / "2.png")
    (first, image), (second, _) = open_capture(str(tmp_path), rate=10.0)
    assert first == FILE_START_NS
    assert second - first == 100_000_000
    assert image.shape == (30, 40, 3)
    assert image[0, 0].tolist() == [100, 50, 10]


def test_a_film_gives_all_its_frames_with_the_times_of_its_container(tmp_path: Path) -> None:
    capture = open_capture(str(film(tmp_path / "film.avi")))
    stamps = [stamp for stamp, _ in capture]
    assert len(stamps) == capture.count == 40
    assert np.allclose(np.diff(stamps), 50_000_000, atol=1000)


def test_a_cut_film_is_told_from_a_whole_one(tmp_path: Path) -> None:
    path = film(tmp_path / "film.avi")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CrackScannerError, match=r"breaks off|cannot be opened|no picture"):
        list(open_capture(str(path)))


def test_a_camera_that_goes_away_is_told_from_one_that_is_stopped() -> None:
    seen = []
    with served(stream(6)) as url, pytest.raises(SourceGoneError, match=f"{url} gives no more pictures"):
        for _, image in open_capture(url):
            seen.append(image.shape)
    assert 5 <= len(seen) <= 6
    assert set(seen) == {(240, 320, 3)}


def test_a_film_behind_a_url_has_an_end(tmp_path: Path) -> None:
    with served(film(tmp_path / "film.avi").read_bytes(), "video/x-msvideo") as url:
        assert len(list(open_capture(url))) == 40


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("device:abc", "device:N"),
        ("device:²", "device:N"),
        ("device:97", "cannot be opened"),
        ("nowhere.mp4", "not there"),
    ],
)
def test_a_source_that_cannot_be_is_refused(source: str, word: str) -> None:
    with pytest.raises(CrackScannerError, match=word):
        open_capture(source)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CrackScannerError, match="no pictures"):
        open_capture(str(tmp_path))


def test_a_text_file_named_jpg_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("hello")
    with pytest.raises(CrackScannerError, match="not a picture"):
        read_picture(tmp_path / "a.jpg")


def test_a_cut_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(CrackScannerError, match="cannot be read"):
        read_picture(path)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "I;16", "1", "LA"])
def test_every_kind_of_picture_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    if mode == "I;16":
        Image.fromarray(np.full((30, 40), 128 * 257, np.uint16)).save(path)
    else:
        grey = Image.new("RGB", (40, 30), (128, 128, 128))
        (grey.quantize() if mode == "P" else grey.convert(mode)).save(path)
    image = read_picture(path)
    assert image.shape == (30, 40, 3)
    assert image.dtype == np.uint8
    if mode != "1":
        assert np.abs(image.astype(int) - 128).max() <= 3


def test_pictures_are_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 30)).save(tmp_path / "a.jpg", exif=exif)
    assert read_picture(tmp_path / "a.jpg").shape == (40, 30, 3)
