"""Parameters come with their meaning, and wrong ones are refused with what is allowed."""

from collections.abc import Callable

import pytest
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

from crack_scanner.errors import CrackScannerError
from crack_scanner.ros.parameters import Parameter, declare, scan_settings, setting_parameters
from crack_scanner.settings import ScanSettings

MakeNode = Callable[..., Node]

TABLE = (
    Parameter("overlap", 0.5, "share of a tile", 0.0, 0.9),
    Parameter("threads", 0, "interpreters", 0, 8),
    Parameter("delivery", "live", "what happens to frames", choices=("live", "lossless")),
    Parameter("overwrite", False, "replace files"),
    Parameter("origin", (0.0, 0.6, 0.0), "first corner, m"),
)


def test_without_arguments_parameters_have_their_defaults(make_node: MakeNode) -> None:
    values = declare(make_node(), TABLE)
    assert values == {parameter.name: parameter.default for parameter in TABLE}


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("overlap:=0.25", 0.25),
        ("overlap:=0", 0.0),
        ("overlap:=0.9", 0.9),
        ("threads:=8", 8),
        ("delivery:=lossless", "lossless"),
        ("overwrite:=true", True),
        ("origin:=[1.0, 2.0, 3.0]", (1.0, 2.0, 3.0)),
        ("origin:=[1, 2, 3]", (1.0, 2.0, 3.0)),
    ],
)
def test_given_values_are_taken(make_node: MakeNode, argument: str, expected: object) -> None:
    name = argument.split(":=")[0]
    value = declare(make_node("-p", argument), TABLE)[name]
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("overlap:=1.5", r"'overlap' is 1.5; expected a number from 0 to 0.9 \(share of a tile\)"),
        ("overlap:=much", "'overlap' is 'much'; expected a number from 0 to 0.9"),
        ("threads:=-1", "'threads' is -1; expected a whole number from 0 to 8"),
        ("threads:=2.5", "'threads' is 2.5; expected a whole number"),
        ("delivery:=fast", "'delivery' is 'fast'; expected one of live, lossless"),
        ("overwrite:=1", "'overwrite' is 1; expected true or false"),
        ("origin:=[1.0, 2.0]", "'origin' is .*; expected 3 numbers"),
    ],
)
def test_wrong_values_are_refused_with_what_is_allowed(make_node: MakeNode, argument: str, says: str) -> None:
    with pytest.raises(CrackScannerError, match=says):
        declare(make_node("-p", argument), TABLE)


def test_parameters_describe_themselves(make_node: MakeNode) -> None:
    node = make_node()
    declare(node, TABLE)
    descriptor = node.describe_parameter("overlap")
    assert descriptor.description == "share of a tile"
    assert (descriptor.floating_point_range[0].from_value, descriptor.floating_point_range[0].to_value) == (
        0,
        0.9,
    )
    assert node.describe_parameter("threads").integer_range[0].to_value == 8
    assert node.describe_parameter("delivery").additional_constraints == "one of live, lossless"


def test_a_parameter_that_was_read_at_the_start_cannot_be_changed_later(make_node: MakeNode) -> None:
    node = make_node()
    declare(node, TABLE)
    result = node.set_parameters([RosParameter("overlap", value=0.1)])[0]
    assert not result.successful


def test_every_setting_of_a_scan_is_a_parameter(make_node: MakeNode) -> None:
    values = declare(make_node("-p", "cell_size:=0.02"), setting_parameters())
    assert scan_settings(values) == ScanSettings(cell_size=0.02)


def test_settings_that_contradict_each_other_are_refused(make_node: MakeNode) -> None:
    values = declare(make_node("-p", "dark:=100", "-p", "bright:=90"), setting_parameters(("dark", "bright")))
    with pytest.raises(CrackScannerError, match="dark 100 must be below bright 90"):
        scan_settings(values)
