"""Large messages without the element-wise work: read where they lie, written in one go.

A frame as a message object costs several times what its bytes do. So frames are subscribed to raw
and read with a CDR reader whose arrays are views, and published as the serialised header of the
message with the block of data appended; in all these messages the block comes last.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rclpy.serialization import serialize_message
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

_OWN_PACKAGE = "crack_scanner_interfaces"


def read_raw(raw: bytes, message_type: type) -> Any:
    """The serialised message `raw` with the fields of `message_type`; its arrays are views of `raw`."""
    name = type_name(message_type)
    # Of bytes it would copy all but the first four, of a picture six megabytes.
    return _typestore(name).deserialize_cdr(memoryview(raw), name)


def with_data(message: Any, *blocks: NDArray[np.uint8]) -> bytes:
    """`message` serialised with `blocks` one after the other as its last field, a uint8[] that is empty."""
    views = [block.data.cast("B") for block in blocks]
    head = serialize_message(message)
    # An empty sequence is its length of zero in four bytes.
    length = struct.pack("<I", sum(view.nbytes for view in views))
    return b"".join([head[:-4], length, *views])


def type_name(message_type: type) -> str:
    """For example sensor_msgs/msg/Image."""
    package, kind = message_type.__module__.split(".")[:2]
    return f"{package}/{kind}/{message_type.__name__}"


@cache
def _typestore(name: str) -> Typestore:
    store = get_typestore(Stores.ROS2_JAZZY)
    if name not in store.fielddefs:
        store.register(get_types_from_msg(_definition(name), name))
    return store


def _definition(name: str) -> str:
    """The text of a message definition, as installed with its package."""
    from ament_index_python.packages import get_package_share_directory

    package, kind, message = name.split("/")
    return (Path(get_package_share_directory(package)) / kind / f"{message}.msg").read_text(encoding="utf-8")
