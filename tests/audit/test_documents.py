"""The audit for programs: JSON by its schema, Markdown, comma-separated values, the badge."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from tests.audit.test_statuses import RULES
from txlint.api import Rule
from txlint.audit.coverage import measure
from txlint.audit.figures import Figures
from txlint.audit.suspects import suspects
from txlint.engine import analyse_sources
from txlint.reporters.audit import badge, document, markdown, spreadsheet
from txlint.reporters.audit.shown import Shown
from txlint.reporters.view import View

SCHEMA = Path(__file__).parents[2] / "docs" / "audit.schema.json"
HOSTILE = {
    "shop/ta`sks|<b>.py": """
from celery import shared_task
import django.db.models

class Order(django.db.models.Model):
    pass

@shared_task
def place(pk):
    Order.objects.create(pk=pk)
    Order.objects.create(pk=pk + 1)

@shared_task
def close(order):
    order.save()
"""
}


def shown(files: dict[str, str] = HOSTILE, rules: tuple[Rule, ...] = RULES) -> Shown:
    report = analyse_sources({path: text.encode() for path, text in files.items()}, rules)
    view = View(report, Path("/p"), Path("/p"))
    ran = {rule.code for rule in RULES}
    return Shown(view, measure(report.analysis, report.findings), suspects(report.findings, ran))


def test_the_published_schema_is_that_of_the_document() -> None:
    assert SCHEMA.read_text() == document.schema(), "renew it with `python docs/audit_schema.py`"
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text()))


def test_the_document_keeps_the_schema() -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))
    data = json.loads(document.document(shown()))
    validator.validate(data)
    assert [one["status"] for one in data["operations"]] == ["uncovered", "unknown"]
    with pytest.raises(ValidationError):
        validator.validate(data | {"total": data["total"] | {"covered": "1"}})


def test_two_documents_are_the_same_bytes() -> None:
    for make in (document.document, markdown.document, spreadsheet.document):
        assert make(shown()) == make(shown())


def test_markdown_lets_no_name_out_of_its_cell() -> None:
    text = markdown.document(shown())
    assert text.startswith("<!-- txlint audit -->\n")
    [row] = [line for line in text.splitlines() if "`place`" in line]
    assert row.startswith("| `place` `shop/ta'sks¦<b>.py:9` | uncovered | 2 | 2 writes, each committed by itself |")
    assert "**Coverage between 0/2 and 1/2, because 1 are unknown**" in text


def test_markdown_is_no_longer_than_a_comment_may_be() -> None:
    body = "".join(
        f"\n@shared_task\ndef {'long_name_' * 9}{number}():\n    Order.objects.create()\n    Order.objects.create()\n"
        for number in range(700)
    )
    [(path, text)] = HOSTILE.items()
    written = markdown.document(shown({path: text + body}, ()))
    assert len(written) < 65_536
    assert "Worst operations (701)" in written
    assert " more (`txlint audit`)" in written


def test_values_that_a_spreadsheet_would_run_are_quoted() -> None:
    [head, *rows] = csv.reader(io.StringIO(spreadsheet.document(shown())))
    assert (head[2], [row[2] for row in rows]) == ("operation", ["place", "close"])
    [text] = HOSTILE.values()
    [_, row, _] = csv.reader(io.StringIO(spreadsheet.document(shown({"=cmd.py": text}))))
    assert row[0] == "'=cmd.py"


@pytest.mark.parametrize(
    ("total", "text", "colour"),
    [
        (Figures(exempt=3), "n/a", "#6e6e6e"),
        (Figures(covered=20, unsound=2), "sound 18/20 (90 %)", "#2f7d32"),
        (Figures(covered=3, unknown=3), "sound 3/6 (50 %) · 3 unknown", "#a86400"),
        (Figures(covered=1, uncovered=3), "sound 1/4", "#b3261e"),
    ],
)
def test_the_badge_names_numbers_and_takes_its_colour_from_the_lower_bound(total: Figures, text: str, colour: str) -> None:
    root = ET.fromstring(badge.document(total))
    assert [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")] == ["transactions", text]
    assert [one.get("fill") for one in root.iter("{http://www.w3.org/2000/svg}rect")][-1] == colour
