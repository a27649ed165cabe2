"""What holds for every page: no errors, no serious obstacle for anybody, and HTML as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import html5lib
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page


@contextmanager
def quiet_page(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A page that must say nothing on its console and fetch nothing from elsewhere."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, **options)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    try:
        yield page
        assert said == []
        here = address.partition("?")[0]
        assert [url for url in asked if not url.startswith((here, "data:"))] == []
    finally:
        context.close()


def obstacles(page: Page) -> list[str]:
    """What axe-core finds on a page that is serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def check_html(html: str) -> None:
    """Refuse a page that a parser would have to mend."""
    html5lib.HTMLParser(strict=True).parse(html)
