"""What the doctor finds and what it makes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crack_scanner.cli import checks, doctor
from crack_scanner.cli.checks import Finding

FINE = Finding("python", "ok", "3.11.7")
POOR = Finding("cameras", "warn", "no permission to open video0", "join the group video")
BROKEN = Finding("model", "fail", "model x is not there", "restore it")


def test_a_line_ends_with_the_cure() -> None:
    assert doctor.line(POOR).endswith("no permission to open video0 -> join the group video")
    assert doctor.line(FINE).split() == ["ok", "python", "3.11.7"]


@pytest.mark.parametrize(
    ("findings", "status"), [([FINE], "ok"), ([POOR, FINE], "warn"), ([FINE, BROKEN, POOR], "fail")]
)
def test_the_report_is_as_bad_as_its_worst_line(findings: list[Finding], status: str) -> None:
    assert doctor.report(findings)["status"] == status


def test_the_command_looks_at_everything() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crack_scanner.cli", "doctor", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert done.returncode == (1 if report["status"] == "fail" else 0)
    status = {check["name"]: check["status"] for check in report["checks"]}
    needed = ("python", "ros", "interfaces", "litert", "opencv", "model", "segmenter")
    assert [status[name] for name in needed] == ["ok"] * len(needed)
    assert {"cameras", "dds profile", "shared memory", "disk", "tensorflow", "launch"} <= set(status)


@pytest.mark.parametrize("check", [checks.check_model, checks.check_segmenter])
def test_a_missing_model_fails_with_a_cure(tmp_path: Path, check: Callable[[Path], Finding]) -> None:
    finding = check(tmp_path / "absent.tflite")
    assert finding.status == "fail"
    assert "absent.tflite" in finding.detail
    assert finding.cure


def test_no_camera_is_no_fault(tmp_path: Path) -> None:
    assert checks.check_cameras(tmp_path).status == "ok"


def test_cameras_are_named_in_order(tmp_path: Path) -> None:
    for name in ("video2", "video0", "video_notes"):
        (tmp_path / name).touch()
    assert checks.check_cameras(tmp_path).detail == "video0, video2"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every device")
def test_a_camera_without_permission_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "video0").touch(mode=0o000)
    assert checks.check_cameras(tmp_path).status == "warn"


def test_without_a_dds_profile_large_frames_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FASTRTPS_DEFAULT_PROFILES_FILE", raising=False)
    monkeypatch.delenv("FASTDDS_DEFAULT_PROFILES_FILE", raising=False)
    assert checks.check_dds().status == "warn"


def test_a_dds_profile_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTRTPS_DEFAULT_PROFILES_FILE", "/nowhere/fastdds.xml")
    finding = checks.check_dds()
    assert (finding.status, finding.detail) == ("warn", "/nowhere/fastdds.xml is not there")


@pytest.mark.parametrize(("free", "status"), [(64 << 20, "warn"), (1 << 30, "ok")])
def test_shared_memory_must_hold_a_segment_for_each_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, status: str
) -> None:
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda folder: _Usage(free))
    assert checks.check_shared_memory(tmp_path).status == status


@pytest.mark.parametrize(
    ("free", "status"), [(100_000_000, "fail"), (1_000_000_000, "warn"), (9_000_000_000, "ok")]
)
def test_a_disk_without_room_is_seen_before_the_scan(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, status: str
) -> None:
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda folder: _Usage(free))
    assert checks.check_disk(tmp_path).status == status


class _Usage:
    """What shutil.disk_usage returns, as far as it is read."""

    def __init__(self, free: int) -> None:
        self.free = free
