"""The logger's sessions: where they go, what they are called, and the services that steer them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crack_scanner_interfaces.srv import Export, StartSession
from rclpy.node import Node
from std_srvs.srv import SetBool

from crack_scanner import __version__
from crack_scanner.errors import CrackScannerError, SessionThereError
from crack_scanner.patience import Patience
from crack_scanner.pipeline.scan_keeper import ScanKeeper
from crack_scanner.pipeline.scan_session import Beginning, drift_findings
from crack_scanner.pipeline.stream_clock import clock_words
from crack_scanner.precision import int8_file
from crack_scanner.report.crack_words import crack_count
from crack_scanner.report.session_export import EXPORT_FORMATS, export_session
from crack_scanner.report.statements import NO_SCALE
from crack_scanner.ros.parameters import Parameter
from crack_scanner.save_pace import SavePace
from crack_scanner.settings import ScanSettings
from crack_scanner.storage.scan_store import ScanStore, can_be_resumed
from crack_scanner.storage.session import SessionInfo
from crack_scanner.storage.session_folder import (
    holds_session,
    make_folder,
    prepare_folder,
    refuse_other_files,
)
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.model_card import load_card

_SESSIONS = Path("sessions")
# Between two times that the same is said, seconds.
_REPEAT = 10.0
# So many frames in a row that find no place in the map are worth a word.
_UNPLACED = 20
# Of a session that a folder is named after, bytes: there is room for a number behind it.
_LONGEST_NAME = 240
SESSION = (
    Parameter("output", "", "folder of the session; empty: a folder named after it, below ./sessions"),
    Parameter(
        "session_name", "", "name of the session; empty: that of its folder, or the time of its first frame"
    ),
    Parameter("structure", "", "what is scanned, for the report"),
    Parameter("overwrite", False, "replace a session that is in that folder already"),
    Parameter("resume", False, "go on with the session that is in that folder, if there is one"),
    Parameter(
        "database",
        "",
        "server that keeps the session, postgresql://USER@HOST/DATABASE; empty: scan.db in its folder",
    ),
)


class SessionDesk:
    """Begins and ends sessions for the logger node and answers its services."""

    def __init__(
        self,
        node: Node,
        values: dict[str, Any],
        settings: ScanSettings,
        source: str,
        surface: SurfacePlane,
        mount: Callable[[], Pose | None],
    ) -> None:
        """`values`: the node's parameters; a folder that cannot be used is refused here.

        source: what is scanned, for people. surface: in the odom frame. mount: camera optical frame in
        base_link, None while nobody knows.
        """
        self._node = node
        self._settings = settings
        self._source = source
        self._surface = surface
        self._structure = values["structure"]
        self._model = Path(values["model"])
        patience = Patience(node.get_logger().warning)
        self._begin = Beginning(
            values["overwrite"], values["resume"], values["database"], patience, SavePace()
        )
        # The last frame that found its place in the map, and how many have come after it.
        self._placed, self._unplaced, self._dropped = 0, 0, 0
        self._output = Path(values["output"]) if values["output"] else None
        if self._output is not None:
            self._prepare(self._output)
        self.keeper = ScanKeeper(settings, mount, self._describe, self._folder, self._begin, self._warn)
        own_name = "" if self._output is None else self._output.resolve().name
        if self._output is None:
            # Refused now rather than with the first frame.
            self._place(values["session_name"], "")
        self.keeper.start(values["session_name"] or own_name, self._output)

    def _prepare(self, folder: Path) -> None:
        """Make the node's own folder ready before anything is scanned, or refuse it."""
        if self._begin.resume:
            make_folder(folder)
            return
        try:
            prepare_folder(folder, self._begin.overwrite)
        except SessionThereError as error:
            ways = "give resume to go on with that one, or overwrite to replace it"
            raise SessionThereError(folder, ways) from error

    def known_until_ns(self) -> int:
        """Stamp of the last picture of the session that is to be resumed, 0 if there is none."""
        if not self._begin.resume or self._output is None:
            return 0
        if not can_be_resumed(self._output, self._begin.database):
            return 0
        store = ScanStore.open(self._output, self._begin.database)
        try:
            return store.progress().last_stamp_ns or 0
        finally:
            store.close()

    def start_session(self, request: Any, response: Any) -> StartSession.Response:
        """End the running session and begin another with the next frame."""
        running = self.keeper.session is not None
        try:
            folder = self._place(request.name, request.folder)
            self._unplaced = 0
            self._say(self.keeper.start(request.name, folder))
        except CrackScannerError as error:
            response.message = str(error)
            if running and self.keeper.session is None:
                response.message += "; the session has ended, and the next frame begins the next one"
            return response
        response.success, response.session_id = True, request.name
        response.message = "the next frame begins the session"
        return response

    def export(self, request: Any, response: Any) -> Export.Response:
        """Write the running session's map to a file."""
        try:
            path = self._export(request.format, request.path)
        except CrackScannerError as error:
            response.message = str(error)
            return response
        response.success, response.path, response.message = True, str(path), f"written to {path}"
        return response

    def pause(self, request: Any, response: Any) -> SetBool.Response:
        """Stop or go on taking frames into the map."""
        self.keeper.paused = request.data
        response.success, response.message = True, "paused" if request.data else "scanning"
        return response

    def watch(self) -> None:
        """Asked after each frame that came: say now and then that none of them finds its place."""
        session, dropped = self.keeper.session, self.keeper.dropped.total()
        placed = 0 if session is None else session.logger.progress().frames_scored
        if self.keeper.paused or placed != self._placed:
            self._placed, self._unplaced, self._dropped = placed, 0, dropped
            return
        self._unplaced += 1
        if self._unplaced >= _UNPLACED and (session is None or dropped > self._dropped):
            self._warn(f"the last {self._unplaced} frames found no place in the map: {self._why_unplaced()}")

    def details(self) -> dict[str, str]:
        """The state of the session, for diagnostics."""
        session = self.keeper.session
        if session is None:
            return {"session": "none: waiting for tile_scores, camera_info and odom"}
        return {
            "session": session.info.name,
            "folder": str(session.folder),
            "paused": str(self.keeper.paused).lower(),
            "waiting_for_pose": str(self.keeper.waiting),
            "passed_over_as_known": str(session.logger.passed_over),
            "cracks": str(len(session.map.cracks)),
            "scanned_m2": f"{session.map.scanned_area:.3f}",
        } | {f"drift_{name}": str(value) for name, value in drift_findings(session.map.drift).items()}

    def close(self, complete: bool, expected: bool) -> None:
        """Write the running session's files; that there never was one is an error where one is `expected`."""
        summary = self.keeper.end(complete)
        expected = expected and not self.keeper.has_begun
        if summary is None and self._unplaced:
            reason = f"{self._unplaced} frames came but no session was begun: {self._why_unplaced()}"
            if expected:
                raise CrackScannerError(reason)
            self._node.get_logger().warning(reason)
        elif summary is None and expected:
            raise CrackScannerError(
                "the source has ended but no frame was logged; expected tile_scores, camera_info and odom: "
                "are the tiling and inference nodes running, and are topics and namespaces the same?"
            )
        self._say(summary)

    def _why_unplaced(self) -> str:
        dropped = ", ".join(f"{count} {reason}" for reason, count in self.keeper.dropped.most_common())
        return self.keeper.missing or dropped or "the camera's mount is not known"

    def _warn(self, reason: str) -> None:
        self._node.get_logger().warning(reason, throttle_duration_sec=_REPEAT)

    def _say(self, summary: dict[str, Any] | None) -> None:
        if summary is None:
            return
        dropped = ", ".join(f"{count} {reason}" for reason, count in summary["frames_dropped"].items())
        odd = clock_words(summary["clock"])
        self._node.get_logger().info(
            f"{crack_count(summary['cracks'])}, {summary['crack_length_m']:.2f} m in all, on "
            f"{summary['scanned_m2']:.2f} m2"
            + ("" if summary["scale_known"] else f"; {NO_SCALE}")
            + f"; {summary['frames_scored']} of {summary['frames']} frames used"
            + (f"; dropped: {dropped}" if dropped else "")
            + (f"; stamps: {odd}" if odd else "")
            + f"; session in {summary['out']}"
        )

    def _export(self, form: str, path: str) -> Path:
        session = self.keeper.session
        if session is None:
            raise CrackScannerError("no session is running: nothing to export yet")
        if form not in EXPORT_FORMATS:
            known = ", ".join(EXPORT_FORMATS)
            raise CrackScannerError(f"format '{form}' is not known; expected one of {known}")
        if path and not Path(path).name:
            raise CrackScannerError(f"{path} is a folder; expected a file to export to")
        return export_session(session.record(), form, session.folder, Path(path) if path else None)

    def _place(self, name: str, given: str) -> Path | None:
        """The folder, made and tried, of a session that is to begin; None if named after its first frame.

        Then the one is made and tried in which that will be.
        """
        if not (given or name):
            make_folder(self._output or _SESSIONS)
            return None
        folder = Path(given) if given else self._folder(name)
        make_folder(folder)
        refuse_other_files(folder)
        return folder

    def _folder(self, name: str) -> Path:
        """Where a session goes that was given no folder of its own."""
        named = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)
        if not named.strip(".") or len(named.encode()) > _LONGEST_NAME:
            raise CrackScannerError(
                f"no folder can be named after session '{name}'; expected a name of at most {_LONGEST_NAME} "
                "bytes that is more than dots, or a folder"
            )
        folder = (self._output or _SESSIONS) / named
        number = 2
        while holds_session(folder) and not self._begin.resume:
            folder, number = folder.with_name(f"{named}-{number}"), number + 1
        return folder

    def _describe(self, name: str, model_id: str) -> SessionInfo:
        model_name, sha256 = self._model_of(model_id)
        truth = self.keeper.truth
        return SessionInfo(
            name=name,
            source=self._source,
            surface=self._surface,
            software=__version__,
            model_name=model_name,
            model_sha256=sha256,
            robot=self._node.get_namespace().strip("/"),
            seed=None if truth is None else truth.get("seed"),
            settings=asdict(self._settings),
            structure=self._structure,
        )

    def _model_of(self, model_id: str) -> tuple[str, str]:
        """Name and sha256 of the scores' model, if it is one that this node knows; otherwise its id."""
        for file in (self._model, int8_file(self._model)):
            try:
                card = load_card(file)
            except CrackScannerError:
                continue
            if card.model_id == model_id:
                return card.name, card.sha256
        return f"model {model_id}", model_id
