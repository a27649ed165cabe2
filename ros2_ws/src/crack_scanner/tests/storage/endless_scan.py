"""Run as a program: scans the sample wall over and over into a folder and a database until it is killed.

After each save, and not before, it says so on standard output: the number of the save and the ids of
the cracks confirmed in it.
"""

import itertools
import sys
from pathlib import Path

from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.session import ScanProgress
from tests.storage.sample_session import CRACKS, SCAN, SETTINGS, sample_info


def main(folder: Path, database: str) -> None:
    """See above."""
    store = ScanStore.create(folder, sample_info(), database=database)
    looks = list(SCAN.looks(CRACKS))
    span = looks[-1][1].stamp_ns - looks[0][1].stamp_ns + 66_666_667
    crack_map = CrackMap(SCAN.surface, SETTINGS)
    saves = 0
    for lap in itertools.count():
        for view, scores in looks:
            later = type(scores)(**{**scores.__dict__, "stamp_ns": scores.stamp_ns + lap * span})
            if crack_map.update(view, later):
                saves += 1
                progress = ScanProgress(frames=saves, last_stamp_ns=later.stamp_ns)
                store.save(crack_map, progress)
                ids = " ".join(str(crack.id) for crack in crack_map.cracks)
                sys.stdout.write(f"{saves} {ids}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
