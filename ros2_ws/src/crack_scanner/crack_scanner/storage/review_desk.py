"""What a reviewer needs of a stored session: photos, and a place for verdicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from crack_scanner.mapping.crack_pictures import KeptPhoto
from crack_scanner.storage.database_address import DatabaseAddress
from crack_scanner.storage.engines import IMMEDIATE
from crack_scanner.storage.session_rows import SessionRows
from crack_scanner.storage.verdict import Verdict, check_verdict
from crack_scanner.storage.verdict_rows import add_verdict, read_verdicts


class Insisting(Protocol):
    """Does something with the database, and once more when its server has hung up meanwhile."""

    def __call__(self, work: Callable[[], Any], /) -> Any: ...


class ReviewDesk:
    """Reads and writes beside a scan that is running, and beside other reviewers."""

    def __init__(
        self, address: DatabaseAddress, engine: Engine, session_id: int, insisting: Insisting
    ) -> None:
        """For ScanStore."""
        server = address.on_server
        self._reading = engine
        # Numbers are given in turn: what others have committed meanwhile must be seen.
        options: dict[str, Any] = {"isolation_level": "READ COMMITTED"} if server else {IMMEDIATE: True}
        self._writing = engine.execution_options(**options)
        self._id = session_id
        self._insisting = insisting

    def photo(self, crack_id: int) -> KeptPhoto | None:
        """The photo of one crack, if there is one."""

        def read() -> KeptPhoto | None:
            with Session(self._reading) as session:
                return SessionRows(self._id).photos(session, [crack_id]).get(crack_id)

        photo: KeptPhoto | None = self._insisting(read)
        return photo

    def verdicts(self) -> tuple[Verdict, ...]:
        """What has been said of the findings, in the order in which it was."""

        def read() -> tuple[Verdict, ...]:
            with Session(self._reading) as session:
                return read_verdicts(session, self._id)

        verdicts: tuple[Verdict, ...] = self._insisting(read)
        return verdicts

    def add(self, verdict: Verdict) -> Verdict:
        """Store a verdict, on disk when this returns; a missed crack gets a number."""
        check_verdict(verdict)

        def write() -> Verdict:
            with Session(self._writing) as session, session.begin():
                return add_verdict(session, self._id, verdict)

        stored: Verdict = self._insisting(write)
        return stored
