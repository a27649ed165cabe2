"""A scenario from its YAML file; what is wrong with one is said in one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from crack_scanner.bags.recorder import PICTURES
from crack_scanner.bags.topics import WantedTopics
from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import DEFAULT_CONFIG
from crack_scanner.scenarios.quantities import LENGTH, TIME, WIDTH, Kind, quantity
from crack_scanner.scenarios.scenario import (
    FIGURES,
    Bound,
    ExpectedCrack,
    Golden,
    RecordedOdometry,
    Scenario,
    Simulation,
)
from crack_scanner.settings import ScanSettings, load_settings
from crack_scanner.sources.simulator.config import SimulatorConfig

Value = TypeVar("Value")

# What a scenario file says of the simulated robot is numbers alone.
_NOT_NUMBERS = {"texture", "wall_picture", "truth_file", "cracks", "distortion"}
_WHOLE_NUMBERS = {"seed", "width_px", "height_px", "crack_count"}
_SIMULATOR = {item.name for item in fields(SimulatorConfig)} - _NOT_NUMBERS


def read_scenario(file: Path) -> Scenario:
    """The scenario of a file, its paths resolved against the folder of the file."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CrackScannerError(f"scenario {file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = " ".join(str(error).split())
        raise CrackScannerError(f"scenario {file} is not YAML: {line}") from error
    try:
        return _scenario(file, _Table(content, ""))
    except CrackScannerError as error:
        raise CrackScannerError(f"scenario {file}: {error}") from error


class _Table:
    """A table of the file, from which its keys are taken one after the other; what is left is not known."""

    def __init__(self, content: Any, name: str) -> None:
        if not isinstance(content, dict):
            raise CrackScannerError(f"{name or 'it'} is {content!r}; expected keys with values")
        self._content: dict[Any, Any] = content
        self._name = name
        self._known: list[str] = []

    def take(self, key: str, read: Callable[[Any], Value], default: Value) -> Value:
        """The value of a key as `read` makes it; `default` without it."""
        self._known.append(key)
        if key not in self._content:
            return default
        try:
            return read(self._content[key])
        except CrackScannerError as error:
            raise CrackScannerError(f"{self._path(key)}: {error}") from error

    def need(self, key: str, read: Callable[[Any], Value]) -> Value:
        """The value of a key that must be there."""
        if key not in self._content:
            raise CrackScannerError(f"{self._path(key)} is missing")
        value = self.take(key, lambda found: (read(found),), None)
        assert value is not None
        return value[0]

    def end(self) -> None:
        """Refuse keys that nobody has asked for."""
        for key in self._content:
            if key not in self._known:
                known = ", ".join(sorted(self._known))
                raise CrackScannerError(f"key {self._path(key)!r} is not known; known are {known}")

    def _path(self, key: Any) -> str:
        return f"{self._name}.{key}" if self._name else str(key)


def _scenario(file: Path, table: _Table) -> Scenario:
    beside = _path_beside(file.parent)
    simulation = table.take("simulator", _simulation, None)
    bag: Path | None = table.take("bag", beside, None)
    if bag is None and simulation is None:
        raise CrackScannerError("there is nothing to scan; expected bag: PATH, or simulator: with its values")
    truth: Path | None = table.take("truth", beside, None)
    if truth is None and bag is not None and simulation is not None:
        truth = truth_of_bag(bag)
    scenario = Scenario(
        name=file.stem,
        file=file,
        description=table.take("description", _text, ""),
        settings=table.take("settings", _settings, load_settings(DEFAULT_CONFIG)),
        bag=bag,
        simulation=simulation,
        truth=truth,
        topics=table.take("topics", _topics, WantedTopics()),
        bounds=table.take("bounds", _bounds, {}),
        cracks=table.take("cracks", _cracks, ()),
        golden=table.take("golden", lambda value: _golden(value, file.parent), None),
    )
    table.end()
    if not (scenario.bounds or scenario.cracks or scenario.golden):
        raise CrackScannerError("nothing is expected of it; give bounds:, cracks: or golden:")
    if truth is None and simulation is None and scenario.bounds.keys() & {"recall", "false_cracks"}:
        raise CrackScannerError("recall and false_cracks need the truth; give truth: GEOJSON")
    return scenario


def truth_of_bag(bag: Path) -> Path:
    """Where the truth of a bag is that the simulated robot has made."""
    return bag.with_name(f"{bag.name}.truth.geojson")


def _simulation(content: Any) -> Simulation:
    table = _Table(content, "simulator")
    pictures = table.take("pictures", _picture_coding, "png")
    odometry = table.take("odometry", _odometry, None)
    values: dict[str, Any] = {
        name: table.take(name, _whole_number if name in _WHOLE_NUMBERS else _number, None)
        for name in sorted(_SIMULATOR)
    }
    table.end()
    given = {name: value for name, value in values.items() if value is not None}
    return Simulation(SimulatorConfig(**given), pictures, odometry)


def _odometry(content: Any) -> RecordedOdometry:
    table = _Table(content, "simulator.odometry")
    odometry = RecordedOdometry(
        data=Path(table.need("data", _text)),
        topic=table.take("topic", _text, ""),
        begin=table.need("begin", _of(TIME)),
        duration=table.need("duration", _of(TIME)),
        start_u=table.need("start_u", _of(LENGTH)),
        start_v=table.need("start_v", _of(LENGTH)),
    )
    table.end()
    return odometry


def _settings(content: Any) -> ScanSettings:
    table = _Table(content, "settings")
    names = [item.name for item in fields(ScanSettings)]
    values = {name: table.take(name, lambda value: value, None) for name in names}
    table.end()
    given = {name: value for name, value in values.items() if value is not None}
    return load_settings(DEFAULT_CONFIG).changed(**given)


def _topics(content: Any) -> WantedTopics:
    table = _Table(content, "topics")
    names = ("image", "camera_info", "odometry")
    topics = WantedTopics(*(table.take(name, _text, "") for name in names))
    table.end()
    return topics


def _bounds(content: Any) -> dict[str, Bound]:
    table = _Table(content, "bounds")
    found = {name: table.take(name, _bound_of(kind, name), None) for name, kind in FIGURES.items()}
    table.end()
    return {name: bound for name, bound in found.items() if bound is not None}


def _bound_of(kind: Kind, name: str) -> Callable[[Any], Bound | None]:
    def read(content: Any) -> Bound | None:
        table = _Table(content, name)
        low, high = (table.take(end, _of(kind), None) for end in ("min", "max"))
        table.end()
        if low is None and high is None:
            raise CrackScannerError("it bounds nothing; expected min:, max: or both")
        if low is not None and high is not None and low > high:
            raise CrackScannerError(f"min {kind.show(low)} is above max {kind.show(high)}")
        return Bound(low, high)

    return read


def _cracks(content: Any) -> tuple[ExpectedCrack, ...]:
    if not isinstance(content, list):
        raise CrackScannerError(f"{content!r} is no list of cracks")
    return tuple(_crack(item, f"crack {number}") for number, item in enumerate(content, start=1))


def _crack(content: Any, name: str) -> ExpectedCrack:
    table = _Table(content, name)
    crack = ExpectedCrack(
        through=table.need("through", _points),
        within=table.need("within", _of(LENGTH)),
        length=table.take("length", _bound_of(LENGTH, "length"), None),
        width_max=table.take("width_max", _bound_of(WIDTH, "width_max"), None),
    )
    table.end()
    return crack


def _points(content: Any) -> tuple[tuple[float, float], ...]:
    pairs = (
        isinstance(content, list) and content and all(isinstance(p, list) and len(p) == 2 for p in content)
    )
    if not pairs:
        raise CrackScannerError(f"{content!r} is no list of points; expected for example [[310 mm, 120 mm]]")
    return tuple((quantity(u, LENGTH), quantity(v, LENGTH)) for u, v in content)


def _golden(content: Any, folder: Path) -> Golden:
    table = _Table(content, "golden")
    usual = Golden(table.need("folder", _path_beside(folder)))
    golden = Golden(
        usual.folder,
        table.take("course", _of(LENGTH), usual.course),
        table.take("length", _of(LENGTH), usual.length),
        table.take("width", _of(WIDTH), usual.width),
    )
    table.end()
    return golden


def _of(kind: Kind) -> Callable[[Any], float]:
    return lambda value: quantity(value, kind)


def _path_beside(folder: Path) -> Callable[[Any], Path]:
    return lambda value: folder / _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise CrackScannerError(f"{value!r} is no text")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CrackScannerError(f"{value!r} is no number; expected one without a unit, see docs/scenarios.md")
    return value


def _whole_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise CrackScannerError(f"{value!r} is no whole number")
    return value


def _picture_coding(value: Any) -> str:
    if value not in PICTURES:
        raise CrackScannerError(f"{value!r} is no coding of pictures; expected one of {', '.join(PICTURES)}")
    return str(value)


def only_one_of_each_name(scenarios: list[Scenario]) -> None:
    """Refuse two files of one name: results are told apart by it."""
    seen: dict[str, Path] = {}
    for scenario in scenarios:
        if scenario.name in seen:
            raise CrackScannerError(
                f"{seen[scenario.name]} and {scenario.file} have one name: run them one after the other"
            )
        seen[scenario.name] = scenario.file
