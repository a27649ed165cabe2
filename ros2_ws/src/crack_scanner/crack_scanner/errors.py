"""The one exception that reaches the user as a line instead of a stack trace."""


class CrackScannerError(Exception):
    """A condition the user can do something about.

    The message is one line: what was received, what was expected, what to do.
    """
