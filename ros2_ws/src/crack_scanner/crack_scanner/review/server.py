"""Serves the review page on this machine alone."""

from __future__ import annotations

import logging
from collections.abc import Callable

import waitress
from waitress.server import BaseWSGIServer

from crack_scanner.errors import CrackScannerError
from crack_scanner.review.app import review_app
from crack_scanner.review.desk import SessionReview
from crack_scanner.review.guard import Guard

_HOST = "127.0.0.1"
_THREADS = 4


def serve_review(review: SessionReview, reviewer: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. port: 0 for any that is free. ready: told the address to open.

    A verdict that was answered is stored; one that is being stored when the signal comes is finished first.
    """
    # Its lines about queues are for sites with many visitors.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        server: BaseWSGIServer = waitress.create_server(
            _not_ready,
            host=_HOST,
            port=port,
            threads=_THREADS,
            ident=None,
            clear_untrusted_proxy_headers=True,
        )
    except OSError as error:
        raise CrackScannerError(
            f"port {port} of {_HOST} cannot be had ({error.strerror}): choose another one with --port"
        ) from error
    try:
        guard = Guard(int(server.effective_port))
        server.application = review_app(review, guard, reviewer)
        ready(guard.address)
        server.run()
    finally:
        server.close()


def _not_ready(_environ: object, _start: object) -> list[bytes]:
    raise AssertionError("the server runs only with its application")
