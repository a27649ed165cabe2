"""Sessions to store and report."""

import pytest

from tests.storage.sample_session import SampleSession, sample_session


@pytest.fixture(scope="session")
def sample() -> SampleSession:
    """A scanned wall with two cracks and an area that was never looked at."""
    return sample_session()
