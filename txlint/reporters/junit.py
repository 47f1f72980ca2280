"""Findings as failed tests in the XML that JUnit made common: a suite for each file, a case for each finding."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.etree import ElementTree as Xml

from txlint.findings import Finding, Severity
from txlint.reporters.view import View, is_allowed, visible

SUITE = "txlint"


def document(view: View) -> str:
    """The whole report as XML; of a project without findings one case that passed."""
    root = Xml.Element("testsuites", name=SUITE)
    known = [finding for finding in view.report.findings if finding.suppressed is None or is_allowed(finding)]
    for path, findings in groupby(known, key=lambda one: one.location.path):
        suite = Xml.SubElement(root, "testsuite", name=visible(view.filename(path)))
        for finding in findings:
            _case(view, suite, finding)
    if not known:
        Xml.SubElement(Xml.SubElement(root, "testsuite", name=SUITE), "testcase", name="no findings", classname=SUITE)
    for element in (*root.iter("testsuite"), root):
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            element.set(name, str(len(list(element.iter(tag)))))
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def _case(view: View, suite: Xml.Element, finding: Finding) -> None:
    unread = {one.path for one in view.report.unanalysed}
    place = finding.location
    case = Xml.SubElement(suite, "testcase", name=f"{finding.code} {finding.name}")
    case.set("classname", visible(view.filename(place.path)).removesuffix(".py").replace("/", "."))
    case.set("file", visible(view.filename(place.path)))
    case.set("line", str(place.row))
    text = "\n".join(visible(line) for line in _text(view, finding))
    if finding.suppressed is not None:
        Xml.SubElement(case, "skipped", message=visible(finding.suppressed))
    elif finding.severity == Severity.INFO:  # It does not fail, so it is no failure.
        Xml.SubElement(case, "system-out").text = text
    else:
        tag = "error" if place.path in unread else "failure"
        Xml.SubElement(case, tag, message=visible(finding.message), type=finding.severity).text = text


def _text(view: View, finding: Finding) -> Iterator[str]:
    yield f"{view.filename(finding.location.path)}:{finding.location.row}:{finding.location.column}: {finding.message}"
    for number, step in enumerate(finding.trace, start=1):
        yield f"{number} {view.filename(step.location.path)}:{step.location.row} {step.message}"
    if finding.cause:
        yield f"caused by your change in {view.cause(finding)}"
    yield from (f"help: {line}" for line in finding.remedy.splitlines())
