"""The JUnit file says what a build server shows."""

from __future__ import annotations

from xml.etree import ElementTree

from crack_scanner.scenarios.checks import Check
from crack_scanner.scenarios.junit import junit_xml
from crack_scanner.scenarios.quantities import COUNT, SHARE
from crack_scanner.scenarios.running import BROKEN, FAILS, SKIPPED, Outcome
from crack_scanner.scenarios.scenario import Bound

CHECKS = (
    Check("recall", SHARE, Bound(low=0.9), 0.8),
    Check("false cracks", COUNT, Bound(high=0), 0),
)


def test_every_bound_is_a_case_and_what_was_not_run_is_one() -> None:
    outcomes = [
        Outcome("wall", FAILS, 1.25, CHECKS),
        Outcome("husky", SKIPPED, 0.0, reason="it needs x.bag"),
        Outcome("cut", BROKEN, 0.1, reason='bag "a<b>\x07" is cut'),
    ]
    suites = ElementTree.fromstring(junit_xml(outcomes))
    counts = [
        [suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped", "time")]
        for suite in suites
    ]
    assert counts == [
        ["wall", "2", "1", "0", "0", "1.250"],
        ["husky", "1", "0", "0", "1", "0.000"],
        ["cut", "1", "0", "1", "0", "0.100"],
    ]
    failure = suites.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("message") == "80.0 %; expected at least 90.0 %"
    assert [case.get("message") for case in suites.iter("skipped")] == ["it needs x.bag"]
    assert [case.get("message") for case in suites.iter("error")] == ['bag "a<b>?" is cut']
