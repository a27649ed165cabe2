"""A network camera that goes away, and a film behind a URL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np

_TYPE = "multipart/x-mixed-replace; boundary=frame"


def stream(pictures: int) -> bytes:
    """What an MJPEG camera sends: pictures of noise, 320 x 240 px."""
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, (pictures, 240, 320, 3), np.uint8)
    parts = [cv2.imencode(".jpg", picture)[1].tobytes() for picture in noise]
    head = "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n"
    return b"".join(head.format(len(part)).encode() + part + b"\r\n" for part in parts)


@contextmanager
def served(content: bytes, kind: str = _TYPE) -> Iterator[str]:
    """The URL that gives these bytes to everybody, and then closes the connection."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            if kind != _TYPE:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/pictures"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
