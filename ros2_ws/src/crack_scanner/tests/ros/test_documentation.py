"""docs/nodes.md says of every parameter what the node says of it."""

import importlib
from pathlib import Path

import pytest

from crack_scanner.resources import DEFAULT_MODEL, DEFAULT_SEGMENTER
from crack_scanner.ros.parameters import Parameter

PAGE = Path(__file__).parents[5] / "docs" / "nodes.md"
PACKAGED = "that of the package"
NODES = (
    "camera_node",
    "simulator_node",
    "replay_node",
    "tiling_node",
    "inference_node",
    "logger_node",
    "scanner_node",
    "recorder_node",
    "views_node",
)


def parameters(node: str) -> tuple[Parameter, ...]:
    """The table of a node."""
    module = importlib.import_module(f"crack_scanner.nodes.{node}")
    return (
        getattr(module, "PARAMETERS", None)
        or importlib.import_module("crack_scanner.ros.session_node").PARAMETERS
    )


def row(parameter: Parameter) -> str:
    """A parameter's line in the page: name, default, what is allowed, meaning with unit."""
    default = parameter.default
    if isinstance(default, tuple):
        default = "[" + ", ".join(f"{number:.4g}" for number in default) + "]"
    elif isinstance(default, bool):
        default = str(default).lower()
    elif isinstance(default, float):
        default = f"{default:.4g}"
    elif isinstance(default, str):
        default = {"": "(empty)", str(DEFAULT_MODEL): PACKAGED, str(DEFAULT_SEGMENTER): PACKAGED}.get(
            default, default
        )
    return f"| `{parameter.name}` | {default} | {parameter.expected} | {parameter.description} |"


@pytest.mark.parametrize("node", NODES)
def test_the_page_has_the_parameter_table_of_each_node(node: str) -> None:
    assert len({parameter.name for parameter in parameters(node)}) == len(parameters(node))
    _, _, section = PAGE.read_text(encoding="utf-8").partition(f"\n## {node}\n")
    lines = section.partition("\n## ")[0].splitlines()
    expected = [row(parameter) for parameter in parameters(node)]
    assert [line for line in lines if line in expected] == expected
