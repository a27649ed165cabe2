"""ROS parameters from tables: declared with meaning and range, checked before anything else starts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.node import Node

from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import DEFAULT_MODEL, DEFAULT_SEGMENTER
from crack_scanner.ros.pictures import TRANSPORTS
from crack_scanner.ros.qos import DELIVERIES
from crack_scanner.settings import ScanSettings

Value = bool | int | float | str | tuple[float, ...]


@dataclass(frozen=True)
class Parameter:
    """One row of a node's parameter table.

    The default's type is the parameter's type; a tuple of floats is a list of as many numbers, or of
    any number where the default is empty. low, high: allowed range, both ends included. choices: the
    words a string may be.
    """

    name: str
    default: Value
    description: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """The allowed values, for people."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        kind = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
        if isinstance(self.default, tuple):
            return f"{len(self.default) or 'a list of'} numbers"
        if self.low is None or self.high is None:
            return kind[type(self.default)]
        return f"{kind[type(self.default)]} from {_number(self.low)} to {_number(self.high)}"

    def checked(self, value: Any) -> Value:
        """`value` in the parameter's type; anything not allowed is an error that says what is."""
        converted = _converted(self.default, value)
        if converted is None or not self._allowed(converted):
            raise CrackScannerError(
                f"parameter '{self.name}' is {value!r}; expected {self.expected} ({self.description})"
            )
        return converted

    def descriptor(self) -> ParameterDescriptor:
        """What `ros2 param describe` shows. Every parameter is read once, at the start."""
        descriptor = ParameterDescriptor(
            description=self.description, read_only=True, additional_constraints=self.expected
        )
        if self.low is not None and self.high is not None:
            if isinstance(self.default, float):
                real = FloatingPointRange(from_value=self.low, to_value=self.high)
                descriptor.floating_point_range = [real]
            else:
                whole = IntegerRange(from_value=int(self.low), to_value=int(self.high), step=1)
                descriptor.integer_range = [whole]
        return descriptor

    def _allowed(self, value: Value) -> bool:
        if self.choices:
            return value in self.choices
        if isinstance(value, tuple):
            return isinstance(self.default, tuple) and len(self.default) in (0, len(value))
        if isinstance(value, str) or self.low is None or self.high is None:
            return True
        return self.low <= value <= self.high


def _converted(default: Value, value: Any) -> Value | None:
    """`value` in the type of `default`; None where that would lose something."""
    if isinstance(default, tuple):
        numbers = isinstance(value, Sequence) or hasattr(value, "tolist")
        if not numbers or isinstance(value, str) or not all(_is_number(item) for item in value):
            return None
        return tuple(float(item) for item in value)
    if isinstance(default, float) and _is_number(value):
        return float(value)
    return value if type(value) is type(default) else None


def _number(value: float) -> str:
    return f"{int(value)}" if float(value).is_integer() else f"{value:g}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def setting_parameters(names: Iterable[str] | None = None) -> tuple[Parameter, ...]:
    """Parameters for settings of a scan: all of them, or those named."""
    table = {
        item.name: Parameter(
            item.name,
            getattr(ScanSettings(), item.name),
            item.metadata["description"],
            item.metadata["low"],
            item.metadata["high"],
            item.metadata["choices"],
        )
        for item in fields(ScanSettings)
    }
    return tuple(table[name] for name in (table if names is None else names))


def declare(node: Node, table: Sequence[Parameter]) -> dict[str, Any]:
    """Declare a table of parameters on a node and return their checked values by name."""
    return {parameter.name: _declare_one(node, parameter) for parameter in table}


def _declare_one(node: Node, parameter: Parameter) -> Value:
    # Taken with any type first: rclpy's own refusal does not say what would be allowed, and it does
    # not take 1 for 1.0.
    untyped = ParameterDescriptor(dynamic_typing=True)
    received = node.declare_parameter(parameter.name, _plain(parameter.default), untyped).value
    value = parameter.checked(received)
    node.undeclare_parameter(parameter.name)
    node.declare_parameter(parameter.name, _plain(value), parameter.descriptor(), ignore_override=True)
    return value


def _plain(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value


def scan_settings(values: dict[str, Any]) -> ScanSettings:
    """Settings of a scan from declared parameters; those the node did not declare keep their default."""
    known = {item.name for item in fields(ScanSettings)}
    return ScanSettings().changed(**{name: value for name, value in values.items() if name in known})


DELIVERY = Parameter(
    "delivery",
    "live",
    "live: the latest frame wins and the others are counted as dropped; lossless: no frame is dropped and "
    "the source waits, for simulated and replayed scans",
    choices=DELIVERIES,
)
TRANSPORT = Parameter(
    "transport",
    "raw",
    "raw: pictures from image; compressed: from image/compressed; shared: from image/shared, where a source "
    "of ours on this machine leaves them in shared memory",
    choices=TRANSPORTS,
)
MODEL = Parameter("model", str(DEFAULT_MODEL), "the classifier's .tflite file, with its card beside it")
SEGMENTER = Parameter(
    "segmenter",
    str(DEFAULT_SEGMENTER),
    "the segmenter's .tflite file, with its card beside it; empty: no crack lines and no widths",
)
