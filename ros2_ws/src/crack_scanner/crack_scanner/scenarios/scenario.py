"""What a scenario is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from crack_scanner.bags.topics import WantedTopics
from crack_scanner.scenarios.quantities import AREA, COUNT, LENGTH, SHARE, Kind
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.simulator.config import SimulatorConfig

# The figures of a whole scan that can be bounded.
FIGURES: dict[str, Kind] = {
    "recall": SHARE,
    "false_cracks": COUNT,
    "coverage": SHARE,
    "scanned": AREA,
    "frames": COUNT,
    "dropped_frames": COUNT,
    "unreadable_messages": COUNT,
    "cracks": COUNT,
    "crack_length": LENGTH,
    "drift": LENGTH,
}


@dataclass(frozen=True)
class Bound:
    """Least and greatest value, both allowed, in the unit the program computes with; None: any."""

    low: float | None = None
    high: float | None = None

    def holds(self, value: float | None) -> bool:
        """Whether a value lies within; None is a figure that could not be measured, which never does."""
        if value is None:
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def show(self, kind: Kind) -> str:
        """For people."""
        if self.low is not None and self.low == self.high:
            return kind.show(self.low)
        if self.low is not None and self.high is not None:
            return f"{kind.show(self.low)} to {kind.show(self.high)}"
        return f"at least {kind.show(self.low)}" if self.high is None else f"at most {kind.show(self.high)}"


@dataclass(frozen=True)
class ExpectedCrack:
    """A crack that must be found.

    through: points u, v in metres that one crack must pass within `within` metres of. length, width_max:
    bounds in metres.
    """

    through: tuple[tuple[float, float], ...]
    within: float
    length: Bound | None = None
    width_max: Bound | None = None


@dataclass(frozen=True)
class RecordedOdometry:
    """A stretch of a recorded drive that the simulated robot takes.

    data: path of the bag below the folder of reference data. topic: its odometry, found by type if empty.
    begin: seconds after the first pose. start_u, start_v: where on the surface it begins, metres.
    """

    data: Path
    topic: str
    begin: float
    duration: float
    start_u: float
    start_v: float


@dataclass(frozen=True)
class Simulation:
    """How a bag is made by the simulated robot. pictures: raw, png or jpeg."""

    config: SimulatorConfig
    pictures: str = "png"
    odometry: RecordedOdometry | None = None


@dataclass(frozen=True)
class Golden:
    """Exports that were looked at once and found good, and how far a scan may be off them.

    folder: of cracks.geojson and cracks.csv. course: greatest distance between the two lines of a crack,
    metres. length, width: greatest difference of a crack's, metres.
    """

    folder: Path
    course: float = 0.01
    length: float = 0.01
    width: float = 0.0001


@dataclass(frozen=True)
class Scenario:
    """A bag, how it is scanned, and what must come out.

    bag: None: made anew by `simulation` for each run. truth: GeoJSON of the cracks that are really there,
    None where nobody knows. bounds: by name of FIGURES.
    """

    name: str
    file: Path
    description: str
    settings: ScanSettings
    bag: Path | None = None
    simulation: Simulation | None = None
    truth: Path | None = None
    topics: WantedTopics = field(default_factory=WantedTopics)
    bounds: dict[str, Bound] = field(default_factory=dict)
    cracks: tuple[ExpectedCrack, ...] = ()
    golden: Golden | None = None
