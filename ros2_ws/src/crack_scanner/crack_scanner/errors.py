"""The one exception that reaches the user as a line instead of a stack trace."""

from pathlib import Path


class CrackScannerError(Exception):
    """A condition the user can do something about.

    The message is one line: what was received, what was expected, what to do.
    """


class SessionThereError(CrackScannerError):
    """A folder already holds a session, and nobody has said what is to become of it.

    Whoever was asked for another one knows how that is said there.
    """

    def __init__(self, folder: Path, ways: str = "") -> None:
        """ways: what can be done besides choosing another folder, for people."""
        super().__init__(
            f"{folder} already holds a session: choose another folder{', or ' if ways else ''}{ways}"
        )
        self.folder = folder
