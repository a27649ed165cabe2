"""Fixtures for all tests."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

REPOSITORY = Path(__file__).resolve().parents[4]
REFERENCE_DATA = Path(os.environ.get("CRACK_SCANNER_DATA", REPOSITORY.parent / "shared" / "data"))
# A port is held for each ROS domain in use, as domain_coordinator does.
_FIRST_DOMAIN_PORT, _DOMAINS = 22119, range(1, 100)

# A rule holds however busy the machine is that checks it.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder of reference pictures, videos and bags.

    It is CRACK_SCANNER_DATA, or shared/data beside the checkout.
    The data are not part of the repository, so a test that asks for them is skipped where they are absent.
    """
    if not REFERENCE_DATA.is_dir():
        pytest.skip(f"no reference data in {REFERENCE_DATA}; set CRACK_SCANNER_DATA to their folder")
    return REFERENCE_DATA


@pytest.fixture
def domain() -> Iterator[int]:
    """A ROS domain that nobody else on this machine uses."""
    with ExitStack() as held:
        for candidate in _DOMAINS:
            try:
                held.enter_context(socket.create_server(("127.0.0.1", _FIRST_DOMAIN_PORT + candidate)))
            except OSError:
                continue
            yield candidate
            return
    pytest.fail("every ROS domain is in use")


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """A headless Chromium of this machine; the test is skipped where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"no browser to look at pages with: expected one of {', '.join(names)}")
    from playwright.sync_api import sync_playwright

    # Chromium has no sandbox for root, who runs the tests of a container.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=options)
        yield chromium
        chromium.close()
