"""Real nodes in processes of their own, each test in a ROS domain of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile

PACKAGE = Path(__file__).parents[2]
# Far more than any of this takes on an idle machine; tests wait for events, not for this.
PATIENCE = 120.0
_GOODBYE = 20.0


class NodeProcess:
    """A node, started as `ros2 run` does it."""

    def __init__(self, executable: str, arguments: tuple[str, ...], domain: int, log: Path) -> None:
        self.log = log
        self._file = log.open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"crack_scanner.nodes.{executable}", "--ros-args", *arguments],
            stdout=self._file,
            stderr=subprocess.STDOUT,
            env=environment(domain),
            cwd=log.parent,
        )

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def exit_code(self) -> int:
        """Wait for the end."""
        return self._process.wait(PATIENCE)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def output(self) -> str:
        """All it has said, less what libraries say on their own."""
        lines = self.log.read_text().splitlines()
        return "\n".join(line for line in lines if "XNNPACK" not in line)

    def end(self) -> None:
        """End it, if need be by force, which leaves 64 MB of shared memory behind."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_GOODBYE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._file.close()


class Probe:
    """The other side of the graph: publishes, listens, and waits for what should happen."""

    def __init__(self, node: Node, executor: SingleThreadedExecutor) -> None:
        self.node = node
        self._executor = executor

    def listen(self, kind: type, topic: str, qos: QoSProfile | int = 10) -> list[Any]:
        """A list that fills with the messages of a topic."""
        received: list[Any] = []
        self.node.create_subscription(kind, topic, received.append, qos)
        return received

    def wait(self, what: str, condition: Callable[[], Any]) -> None:
        """Spin until a condition holds; the test fails if it never does."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                pytest.fail(f"waited in vain for {what}")
            self._executor.spin_once(timeout_sec=0.1)

    def call(self, kind: type, service: str, /, **fields: Any) -> Any:
        """Call a service and wait for its answer."""
        client = self.node.create_client(kind, service)
        self.wait(f"service {service}", client.service_is_ready)
        future = client.call_async(kind.Request(**fields))
        self.wait(f"answer of {service}", future.done)
        return future.result()

    def figures(self) -> dict[str, dict[str, str]]:
        """Key values of /diagnostics by node, kept up to date."""
        latest: dict[str, dict[str, str]] = {}

        def take(message: DiagnosticArray) -> None:
            for status in message.status:
                latest[status.name.split(":")[0]] = {pair.key: pair.value for pair in status.values}

        self.node.create_subscription(DiagnosticArray, "/diagnostics", take, 10)
        return latest


def environment(domain: int) -> dict[str, str]:
    """This process's environment in another ROS domain, on this machine alone."""
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(PACKAGE), os.environ.get("PYTHONPATH", "")]),
        "PYTHONUNBUFFERED": "1",
        "ROS_DOMAIN_ID": str(domain),
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
        "FASTRTPS_DEFAULT_PROFILES_FILE": str(PACKAGE / "config" / "fastdds.xml"),
    }


@pytest.fixture
def start(domain: int, tmp_path: Path) -> Iterator[Callable[..., NodeProcess]]:
    """Starts nodes; what still runs at the end of the test is ended."""
    processes: list[NodeProcess] = []

    def start_node(executable: str, *arguments: str, **parameters: object) -> NodeProcess:
        given = [word for name, value in parameters.items() for word in ("-p", f"{name}:={_yaml(value)}")]
        log = tmp_path / f"{executable}_{len(processes)}.log"
        processes.append(NodeProcess(executable, (*arguments, *given), domain, log))
        return processes[-1]

    yield start_node
    for process in processes:
        process.end()


@pytest.fixture
def probe(domain: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Probe]:
    """A node in this process."""
    for name, value in environment(domain).items():
        monkeypatch.setenv(name, value)
    context = Context()
    rclpy.init(context=context, domain_id=domain)
    node = Node("probe", context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    yield Probe(node, executor)
    executor.shutdown()
    node.destroy_node()
    context.try_shutdown()


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
