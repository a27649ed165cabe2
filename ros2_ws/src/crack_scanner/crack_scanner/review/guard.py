"""Who may talk to the review page: a browser that was given the address, and pages of ours alone.

The address holds a random token; it is changed for a cookie at once, so that it stands in no address bar. The
name that the browser asked for must be this machine's own, or another site's name could be pointed here (DNS
rebinding). What changes anything must come from our own page, with the key that only that page knows (CSRF).
"""

from __future__ import annotations

import hmac
import secrets

from flask import Flask, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
KEY_HEADER = "X-Review-Key"


class Guard:
    """Checks every request of one review; its secrets end with it."""

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(24)
        self.key = secrets.token_urlsafe(24)
        self._cookie = secrets.token_urlsafe(24)
        # Cookies of all ports of a machine are one pot.
        self._cookie_name = f"crack_scanner_review_{port}"
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self.address = f"http://127.0.0.1:{port}/?token={self.token}"

    def protect(self, app: Flask) -> None:
        """Put the checks before and the headers behind everything that the app answers."""
        app.before_request(self._check)
        app.after_request(_with_headers)

    def _check(self) -> AnyResponse | None:
        if request.host not in self._hosts:
            abort(403, "this is not the address of a review")
        given = request.args.get("token", "")
        if request.method == "GET" and request.path == "/" and _same(given, self.token):
            entered = redirect("/", 303)
            entered.set_cookie(self._cookie_name, self._cookie, httponly=True, samesite="Strict")
            return entered
        if not _same(request.cookies.get(self._cookie_name, ""), self._cookie):
            abort(403, "open the address that crack_scanner review has printed")
        if request.method not in ("GET", "HEAD"):
            self._check_source()
        return None

    def _check_source(self) -> None:
        """Only our own page may change anything."""
        ours = request.headers.get("Origin") == f"http://{request.host}"
        fetched = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        keyed = _same(request.headers.get(KEY_HEADER, ""), self.key)
        if not (ours and fetched and keyed):
            abort(403, "verdicts are taken from the review page alone: load it again")


def _same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(), secret.encode())


def _with_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
