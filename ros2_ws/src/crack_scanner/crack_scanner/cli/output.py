"""What the command line says: text and progress for people, or one JSON object for programs."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any, TextIO


class Output:
    """Carries a verb's words to the terminal.

    With `json_mode` the only thing that ever reaches standard output is the object handed to `result`: file
    descriptor 1 points at standard error meanwhile, so that not even a C library's print gets in between.
    """

    def __init__(self, json_mode: bool = False) -> None:
        self.json_mode = json_mode
        self._line_is_open = False
        self._standard_output = sys.stdout
        self._results = _take_standard_output() if json_mode else sys.stdout

    def say(self, text: str) -> None:
        """A line for people: standard output, or standard error with `--json`."""
        self._end_progress()
        print(text, file=sys.stderr if self.json_mode else sys.stdout, flush=True)

    def log(self, text: str) -> None:
        """A line about the work rather than its result: always standard error."""
        self._end_progress()
        print(text, file=sys.stderr, flush=True)

    def progress(self, text: str) -> None:
        """A line that replaces the one before it on a terminal; elsewhere an ordinary log line."""
        if not sys.stderr.isatty():
            print(text, file=sys.stderr, flush=True)
            return
        columns = shutil.get_terminal_size().columns - 1
        print(f"\r{text[:columns]:<{columns}}", end="", file=sys.stderr, flush=True)
        self._line_is_open = True

    def result(self, values: Mapping[str, Any]) -> None:
        """The verb's result, printed with `--json`. NaN and infinity become null, as JSON knows neither."""
        if self.json_mode:
            print(json.dumps(_plain(values), allow_nan=False), file=self._results, flush=True)

    def close(self) -> None:
        """Leave the terminal on a fresh line."""
        self._end_progress()

    def __enter__(self) -> "Output":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self.json_mode:
            _give_back_standard_output(self._results, self._standard_output)

    def _end_progress(self) -> None:
        if self._line_is_open:
            print(file=sys.stderr, flush=True)
            self._line_is_open = False


def _take_standard_output() -> TextIO:
    sys.stdout.flush()
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return kept


def _give_back_standard_output(kept: TextIO, standard_output: TextIO) -> None:
    kept.flush()
    os.dup2(kept.fileno(), 1)
    kept.close()
    sys.stdout = standard_output


def _plain(value: Any) -> Any:
    """`value` with numpy numbers, paths and non-finite floats turned into what JSON holds."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if value - value == 0.0 else None
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value
