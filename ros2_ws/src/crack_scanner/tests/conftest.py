"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder of reference pictures, videos and bags.

    It is CRACK_SCANNER_DATA, or shared/data beside the checkout.
    The data are not part of the repository, so a test that asks for them is skipped where they are absent.
    """
    folder = Path(os.environ.get("CRACK_SCANNER_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no reference data in {folder}; set CRACK_SCANNER_DATA to the folder that holds them")
    return folder
