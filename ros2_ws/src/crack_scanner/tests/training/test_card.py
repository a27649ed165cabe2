"""What a model's card says of the data it was made from."""

import json
from pathlib import Path

import pytest

from crack_scanner.resources import DEFAULT_MODEL
from crack_scanner.training.card import DRAWN, data_source
from crack_scanner.training.tile_sets import find_folders


def test_the_shipped_model_names_the_sets_it_was_trained_on() -> None:
    card = json.loads(DEFAULT_MODEL.with_suffix(".json").read_text())
    assert card["data"] == [*map(data_source, card["split"]), DRAWN]


def test_a_set_is_known_by_the_folder_of_its_download_as_well() -> None:
    assert data_source("Concrete Crack Images for Classification") == data_source("ozgenel")


def test_of_a_set_of_the_user_nothing_is_claimed() -> None:
    source = data_source("my_walls")
    assert (source["name"], source["attribution"]) == ("DATA/my_walls", "given by the user")


@pytest.mark.parametrize("given", [".", "../my_walls", "Positive/.."])
def test_a_set_is_called_like_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    (tmp_path / "my_walls" / "Positive").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "my_walls")
    assert [folder.name for folder in find_folders(Path(given))] == ["my_walls"]
