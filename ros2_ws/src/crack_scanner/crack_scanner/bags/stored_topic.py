"""A topic as a bag's file stores it."""

from __future__ import annotations

from dataclasses import dataclass

ROS2_MESSAGE, ROS1_MESSAGE = "ros2msg", "ros1msg"


@dataclass(frozen=True)
class StoredTopic:
    """All that a file says of a topic.

    type: for example sensor_msgs/msg/Image. definition: text of the message definition with those it is
    made of; empty where the file has none. encoding: of the definition, ros2msg, ros2idl or ros1msg. qos:
    offered profiles as YAML. type_hash: RIHS01 of ROS 2 or MD5 of ROS 1, empty where the file has none.
    """

    name: str
    type: str
    definition: str = ""
    encoding: str = ROS2_MESSAGE
    qos: str = ""
    type_hash: str = ""
