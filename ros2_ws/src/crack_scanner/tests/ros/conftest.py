"""A ROS context of its own for each test that needs a node."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import rclpy
from rclpy.context import Context
from rclpy.node import Node


@pytest.fixture
def make_node() -> Iterator[Callable[..., Node]]:
    """Makes nodes that are started with these arguments, as after --ros-args."""
    with ExitStack() as life:

        def make(*arguments: str) -> Node:
            context = Context()
            rclpy.init(args=["--ros-args", *arguments], context=context)
            life.callback(context.try_shutdown)
            node = Node("node", context=context)
            life.callback(node.destroy_node)
            return node

        yield make
