"""Sessions to review."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crack_scanner.review.desk import SessionReview
from crack_scanner.storage.scan_store import ScanStore
from tests.review.sample_review import write_review_session
from tests.storage.sample_session import SampleSession, sample_session


@pytest.fixture(scope="session")
def sample() -> SampleSession:
    """A scanned wall with two cracks and an area that was never looked at."""
    return sample_session()


@pytest.fixture
def folder(tmp_path: Path, sample: SampleSession) -> Path:
    """The sample with photos, stored and finished."""
    write_review_session(tmp_path, sample)
    return tmp_path


@pytest.fixture
def review(folder: Path) -> Iterator[SessionReview]:
    """Its review."""
    store = ScanStore.open(folder)
    yield SessionReview(store.record(with_photos=False), store.review())
    store.close()
