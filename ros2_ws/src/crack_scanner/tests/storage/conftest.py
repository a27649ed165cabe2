"""Sessions to store and report, and databases to store them in."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.postgresql_server import NoServerError, make_database, running_server
from tests.storage.sample_session import SampleSession, sample_session


@pytest.fixture(scope="session")
def sample() -> SampleSession:
    """A scanned wall with two cracks and an area that was never looked at."""
    return sample_session()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL server; the test is skipped where none can be had."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(running_server())
        except NoServerError as error:
            pytest.skip(f"no PostgreSQL server: {error}")
        yield url


@pytest.fixture
def postgresql(server: str) -> str:
    """URL of an empty PostgreSQL database."""
    return make_database(server)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Where a session is kept: a URL, or empty for a file in its folder."""
    return "" if request.param == "sqlite" else request.getfixturevalue("postgresql")
