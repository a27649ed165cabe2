"""What a source says of itself in JSON: what is odd about it, and the cracks that are really there."""

from __future__ import annotations

import json
from typing import Any

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.truth_check import true_lines


def findings_from_message(message: Any) -> dict[str, Any]:
    """The entries for the session's summary of a std_msgs/String; `bag`, if it is there, is an object."""
    findings = _object(message)
    if not isinstance(findings.get("bag", {}), dict):
        raise CrackScannerError(f"'bag' is {findings['bag']!r}; expected an object")
    return findings


def truth_from_message(message: Any) -> dict[str, Any]:
    """The GeoJSON of the cracks that are really there of a std_msgs/String."""
    truth = _object(message)
    true_lines(truth)
    return truth


def _object(message: Any) -> dict[str, Any]:
    try:
        value = json.loads(message.data)
    except ValueError as error:
        raise CrackScannerError(f"message is no JSON ({error}); expected an object") from error
    if not isinstance(value, dict):
        raise CrackScannerError(f"message holds {type(value).__name__} in JSON; expected an object")
    return value
