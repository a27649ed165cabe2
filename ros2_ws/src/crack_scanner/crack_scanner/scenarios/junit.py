"""Outcomes of scenarios as a JUnit file, as build servers show it."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from crack_scanner.scenarios.checks import Check
from crack_scanner.scenarios.running import BROKEN, SKIPPED, Outcome


def junit_xml(outcomes: Sequence[Outcome]) -> bytes:
    """A suite a scenario, a case a bound; a scenario that was skipped or could not be run is one case."""
    suites = ElementTree.Element("testsuites", name="crack_scanner scenario")
    for outcome in outcomes:
        suites.append(_suite(outcome))
    ElementTree.indent(suites)
    xml: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def _suite(outcome: Outcome) -> ElementTree.Element:
    cases = [_case(outcome, check) for check in outcome.checks] or [_whole(outcome)]
    failed = sum(not check.ok for check in outcome.checks)
    suite = ElementTree.Element(
        "testsuite",
        name=outcome.name,
        tests=str(len(cases)),
        failures=str(failed),
        errors=str(int(outcome.state == BROKEN)),
        skipped=str(int(outcome.state == SKIPPED)),
        time=f"{outcome.seconds:.3f}",
    )
    suite.extend(cases)
    return suite


def _case(outcome: Outcome, check: Check) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=outcome.name, name=check.name)
    if not check.ok:
        bound, measured = check.bound.show(check.kind), check.kind.show(check.measured)
        failure = ElementTree.SubElement(case, "failure", message=f"{measured}; expected {bound}")
        failure.text = f"{outcome.name}: {check.name} is {measured}; expected {bound}"
    return case


def _whole(outcome: Outcome) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=outcome.name, name="run")
    if outcome.reason:
        ElementTree.SubElement(
            case, "skipped" if outcome.state == SKIPPED else "error", message=_plain(outcome.reason)
        )
    return case


def _plain(text: str) -> str:
    """Text without characters that XML cannot hold, such as those of a damaged file's name."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
