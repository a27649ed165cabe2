"""What is wrong with a data folder is said before any training starts, whatever is to be trained."""

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.training.article import lay_out
from crack_scanner.training.plan import ArticlePlan, Plan
from crack_scanner.training.train import prepare_sets

pytest.importorskip("tensorflow", reason="TensorFlow is not installed; training is not tested here")


def article(data: Path) -> list[str]:
    said: list[str] = []
    lay_out(ArticlePlan(data, data.parent / "out"), said.append, said.append)
    return said


def scanner(data: Path) -> list[str]:
    said: list[str] = []
    prepare_sets(Plan(data, data.parent / "out"), said.append)
    return said


def lose_class(data: Path) -> None:
    shutil.rmtree(data / "Positive")


def empty_class(data: Path) -> None:
    lose_class(data)
    (data / "Positive").mkdir()


def keep_three(data: Path) -> None:
    for folder in data.iterdir():
        for path in sorted(folder.iterdir())[3:]:
            path.unlink()


def cut(data: Path) -> None:
    path = data / "Negative" / "00005.jpg"
    path.write_bytes(path.read_bytes()[:500])


def empty(data: Path) -> None:
    (data / "Negative" / "00005.jpg").write_bytes(b"")


def another_size(data: Path) -> None:
    cv2.imwrite(str(data / "Positive" / "00007.jpg"), np.zeros((300, 200, 3), np.uint8))


def all_oblong(data: Path) -> None:
    for path in data.glob("*/*"):
        cv2.imwrite(str(path), np.zeros((227, 300, 3), np.uint8))


def all_tiny(data: Path) -> None:
    for path in data.glob("*/*"):
        cv2.imwrite(str(path), np.zeros((20, 20, 3), np.uint8))


def folder_as_picture(data: Path) -> None:
    (data / "Negative" / "zzz.jpg").mkdir()


@pytest.mark.parametrize("check", [article, scanner])
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lose_class, "no pictures in .*Positive; expected Positive/ and Negative/"),
        (empty_class, "no pictures in .*Positive"),
        (keep_three, "has 3 usable pictures; training needs at least 30"),
        (cut, r"00005\.jpg cannot be read as a picture; remove or replace it"),
        (empty, r"00005\.jpg"),
        (folder_as_picture, r"zzz\.jpg cannot be read"),
        (another_size, r"00007\.jpg is 200x300 pixels but the first picture of the set is 227x227"),
        (all_oblong, r"is 300x227 pixels; expected square ones"),
        (all_tiny, r"is 20x20 pixels; expected square ones of"),
        (shutil.rmtree, "data folder .* is not there"),
    ],
)
def test_a_spoiled_folder_is_refused_with_what_is_wrong(
    check: Callable, draw_pictures: Callable, spoil: Callable, words: str
) -> None:
    data = draw_pictures()
    spoil(data)
    with pytest.raises(CrackScannerError, match=words):
        check(data)


def test_a_set_that_lacks_a_class_is_not_passed_over(draw_pictures: Callable) -> None:
    data = draw_pictures()
    for name in ("one", "other"):
        shutil.copytree(data, data.parent / "sets" / name)
    shutil.rmtree(data.parent / "sets" / "other" / "Negative")
    with pytest.raises(CrackScannerError, match="no pictures in .*other/Negative"):
        scanner(data.parent / "sets")


@pytest.mark.parametrize("check", [article, scanner])
def test_grey_pictures_are_taken_and_counted(check: Callable, draw_pictures: Callable) -> None:
    data = draw_pictures()
    for path in sorted((data / "Positive").iterdir()):
        cv2.imwrite(str(path), cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))
    # A drawn surface may be grey by itself.
    assert any("grey" in line and "equal channels" in line for line in check(data))


@pytest.mark.parametrize("check", [article, scanner])
def test_hidden_files_of_other_systems_are_passed_over(check: Callable, draw_pictures: Callable) -> None:
    data = draw_pictures()
    (data / "Positive" / "._00001.jpg").write_bytes(b"not a picture")
    (data / "Thumbs.db").write_bytes(b"not a folder")
    assert check(data)


def test_the_article_finds_its_folder_inside_the_download(draw_pictures: Callable) -> None:
    data = draw_pictures()
    (data.parent / "download").mkdir()
    data.rename(data.parent / "download" / "Concrete Crack Images for Classification")
    assert "80 pictures" in article(data.parent / "download")[-1]


def test_the_article_trains_on_one_set(draw_pictures: Callable) -> None:
    data = draw_pictures()
    for name in ("one", "other"):
        shutil.copytree(data, data.parent / "sets" / name)
    with pytest.raises(CrackScannerError, match=r"several sets \(one, other\)"):
        article(data.parent / "sets")


def test_the_article_refuses_what_tensorflow_does_not_read(draw_pictures: Callable) -> None:
    data = draw_pictures()
    path = data / "Positive" / "00001.jpg"
    cv2.imwrite(str(path.with_suffix(".tif")), cv2.imread(str(path)))
    path.unlink()
    with pytest.raises(CrackScannerError, match=r"00001\.tif is no JPEG, PNG or BMP"):
        article(data)


def contents(folder: Path) -> dict[Path, bytes]:
    assert not any(path.is_symlink() for path in folder.rglob("*"))
    return {path: path.read_bytes() for path in folder.rglob("*.jpg")}


@pytest.mark.parametrize("place", ["pictures", "pictures/set"])
def test_the_article_does_not_lay_its_links_over_the_set(
    draw_pictures: Callable, tmp_path: Path, place: str
) -> None:
    data = tmp_path / place
    data.parent.mkdir(exist_ok=True)
    draw_pictures().rename(data)
    before = contents(data)
    with pytest.raises(CrackScannerError, match="must not hold the set .*give another --out"):
        lay_out(ArticlePlan(data, tmp_path), print, print)
    assert contents(data) == before


def test_the_article_removes_nothing_but_its_links(draw_pictures: Callable) -> None:
    data = draw_pictures()
    article(data)
    article(data)
    somebodys = data.parent / "out" / "pictures" / "Positive" / "zzz.jpg"
    somebodys.write_bytes(b"somebody's")
    with pytest.raises(CrackScannerError, match=r"zzz\.jpg is no link"):
        article(data)
    assert somebodys.read_bytes() == b"somebody's"
