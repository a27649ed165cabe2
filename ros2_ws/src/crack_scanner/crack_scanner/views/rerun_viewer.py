"""Starts Rerun's viewer, in a window or for a browser, and connects a drawing to it."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO
from urllib.parse import quote

import rerun as rr
import rerun_cli

from crack_scanner.errors import CrackScannerError
from crack_scanner.views.rerun_drawing import RerunDrawing
from crack_scanner.views.seen import MapState, ScoredPicture
from crack_scanner.views.targets import BROWSER, FILE_SUFFIX, WINDOW

_APPLICATION = "crack_scanner"
# Nobody from outside sees what the robot sees.
_HOST = "127.0.0.1"
_START_S = 30.0
_END_S = 5.0
# What the server keeps for a browser that comes later; the oldest goes first.
_SERVER_MEMORY = "1GB"
_WINDOW_MEMORY = "25%"


class Viewer:
    """A drawing, and the process that shows it, if there is one."""

    def __init__(
        self, drawing: RerunDrawing, process: subprocess.Popen[bytes] | None = None, stays: bool = False
    ) -> None:
        """`stays`: a window is its user's to close; a server ends with the scan."""
        self._drawing = drawing
        self._process = process
        self._stays = stays

    def picture(self, seen: ScoredPicture) -> None:
        """Draw a picture."""
        self._check()
        self._drawing.picture(seen)

    def map(self, state: MapState) -> None:
        """Draw the map."""
        self._check()
        self._drawing.map(state)

    def close(self) -> None:
        """Send what is left, then end the server."""
        self._drawing.close()
        if self._process is None or self._stays:
            return
        self._process.terminate()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _check(self) -> None:
        # Rerun itself goes on gathering data for a viewer that is no more.
        if self._process is not None and self._process.poll() is not None:
            raise CrackScannerError("Rerun's viewer was closed")


def open_viewer(target: str, say: Callable[[str], None]) -> Viewer:
    """`target`: WINDOW, BROWSER, or a file that Rerun opens later."""
    if target == WINDOW and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise CrackScannerError(
            f"--view {WINDOW} opens a window and there is no screen: use --view {BROWSER} "
            f"or --view FILE{FILE_SUFFIX}"
        )
    recording = rr.RecordingStream(_APPLICATION)
    if target not in (WINDOW, BROWSER):
        return _into_file(recording, Path(target))
    port = _free_port()
    arguments = ["--bind", _HOST, "--port", str(port), "--hide-welcome-screen"]
    if target == WINDOW:
        process = _start([*arguments, "--expect-data-soon", "--memory-limit", _WINDOW_MEMORY], port)
    else:
        page = _free_port()
        server = ["--serve-web", "--web-viewer-port", str(page), "--server-memory-limit", _SERVER_MEMORY]
        process = _start([*arguments, *server], port)
        address = quote(_address(port), safe="")
        say(f"view: http://{_HOST}:{page}/?url={address}&hide_welcome_screen=1 (until the scan ends)")
    recording.connect_grpc(_address(port))
    return Viewer(RerunDrawing(recording), process, stays=target == WINDOW)


def _into_file(recording: rr.RecordingStream, file: Path) -> Viewer:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    except OSError as error:
        raise CrackScannerError(
            f"{file} cannot be written ({error.strerror}): choose another file"
        ) from error
    recording.save(file)
    return Viewer(RerunDrawing(recording))


def _address(port: int) -> str:
    return f"rerun+http://{_HOST}:{port}/proxy"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        number: int = probe.getsockname()[1]
        return number


def _start(arguments: list[str], port: int) -> subprocess.Popen[bytes]:
    """The viewer's process, once it answers."""
    program = Path(rerun_cli.__file__).with_name("rerun")
    with tempfile.TemporaryFile() as log:
        # A session of its own: Ctrl-C is meant for the scan.
        process = subprocess.Popen(
            [str(program), *arguments],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + _START_S
        while not _answers(port):
            if process.poll() is not None:
                raise CrackScannerError(
                    f"Rerun's viewer did not start: {_last_line(log)}; without a screen use --view {BROWSER} "
                    f"or --view FILE{FILE_SUFFIX}"
                )
            if time.monotonic() > end:
                process.kill()
                raise CrackScannerError(
                    f"Rerun's viewer has not answered for {_START_S:.0f} s; use --view FILE{FILE_SUFFIX}"
                )
            time.sleep(0.05)
    return process


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((_HOST, port)) == 0


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it ended without a word"
