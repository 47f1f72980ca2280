"""The figures, and how they are shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.audit.test_statuses import FIXTURES, RULES
from txlint.audit.coverage import Audit, measure
from txlint.audit.explain import account
from txlint.audit.figures import Figures, Ratio
from txlint.engine import Report, analyse_sources
from txlint.errors import UserError
from txlint.reporters.audit import account as account_lines
from txlint.reporters.audit import document, terminal
from txlint.reporters.audit.shown import Shown
from txlint.reporters.view import View


def report(name: str) -> Report:
    project = FIXTURES / name
    files = {file.relative_to(project).as_posix(): file.read_bytes() for file in project.rglob("*.py")}
    return analyse_sources(files, RULES)


def seen(found: Report) -> Shown:
    return Shown(View(found, Path("/p"), Path("/p")), measure(found.analysis, found.findings))


def shown(name: str, width: int = 120) -> str:
    found = report(name)
    lines = terminal.lines(seen(found), width)
    return "\n".join("".join(text for text, _ in line) for line in lines)


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (Ratio(0, 0), "n/a"),
        (Ratio(2, 3), "2/3"),
        (Ratio(5, 22), "5/22 (22 %)"),
        (Ratio(199, 200), "199/200 (99 %)"),
    ],
)
def test_a_ratio_never_hides_its_numbers(ratio: Ratio, text: str) -> None:
    assert str(ratio) == text


def test_the_formulas() -> None:
    one = Figures(covered=20, partial=2, mixed=3, uncovered=5, unknown=10, exempt=7, unsound=4)
    assert (one.decided, one.needs, one.in_doubt) == (30, 40, True)
    assert [str(ratio) for ratio in (one.coverage, one.lower, one.upper, one.sound)] == [
        "20/30 (66 %)",
        "20/40 (50 %)",
        "30/40 (75 %)",
        "16/30 (53 %)",
    ]
    assert not Figures(covered=36, unknown=4).in_doubt
    assert str(Figures(exempt=3).coverage) == "n/a"


def test_sound_coverage_leaves_out_what_has_open_findings() -> None:
    found = report("django_forms_atomic")
    total = measure(found.analysis, found.findings).total
    assert (str(total.coverage), str(total.sound)) == ("5/5 (100 %)", "4/5 (80 %)")


def test_a_focus_counts_its_own_operations_only() -> None:
    found = report("django_atomic_requests")
    only: Audit = measure(found.analysis, found.findings, frozenset({"library/tasks.py"}))
    assert {one.location.path for one in only.judged} == {"library/tasks.py"}
    every = measure(found.analysis, found.findings)
    assert measure(found.analysis, found.findings, frozenset({"library"})).total == every.total


def test_identities_have_no_line_numbers() -> None:
    found = report("django_atomic_requests")
    judged = measure(found.analysis, found.findings).judged
    assert "library/tasks.py:fine_late_loans:task" in {one.operation.identity for one in judged}


@pytest.mark.parametrize("width", [80, 140])
def test_one_screen(width: int) -> None:
    text = shown("django_forms_unprotected", width)
    assert text.startswith("Coverage 0/7 (0 %), 0 unknown\nSound    0/7 (0 %)")
    assert max(map(len, text.splitlines())) <= width
    assert len(text.splitlines()) < 40
    assert "uncovered   5 steps  harbour/views.py:22  PermitView.handle_valid_form" in text


def test_nothing_to_decide_is_not_full_coverage() -> None:
    assert shown("celery_daily_totals").startswith("Coverage n/a: no operation needs a transaction\n")


def test_json_carries_the_integers() -> None:
    found = report("django_atomic_requests")
    data = json.loads(document.document(seen(found)))
    assert data["total"]["coverage"] == {"covered": 2, "total": 3, "text": "2/3"}
    assert data["categories"]["task"]["uncovered"] == 1
    [lend] = [one for one in data["operations"] if one["name"] == "lend"]
    assert (lend["status"], lend["unsound"], lend["steps"]) == ("covered:request", ["TX301"], 2)


def test_an_operation_is_explained_with_its_evidence() -> None:
    found = report("django_forms_unprotected")
    audit = measure(found.analysis, found.findings)
    one = account(found.analysis, audit, found.findings, "PermitView.handle_valid_form")
    assert [step.location.row for step in one.units] == [24, 25, 26, 28]
    assert [state.status for state in one.states] == ["none"]
    lines = account_lines.lines(View(found, Path("/p"), Path("/p")), one)
    text = "\n".join("".join(text for text, _ in line) for line in lines)
    assert "uncovered: 4 writes, some of them in a loop, each committed by itself" in text
    assert account(found.analysis, audit, found.findings, "harbour/views.py:22").judged is one.judged


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("PermitView.handle_valid_frm", "did you mean `PermitView.handle_valid_form`?"),
        ("handle_valid_form", "5 operations are called so"),
    ],
)
def test_a_name_that_means_no_single_operation(wanted: str, words: str) -> None:
    found = report("django_forms_unprotected")
    with pytest.raises(UserError) as caught:
        account(found.analysis, measure(found.analysis, found.findings), found.findings, wanted)
    assert words in str(caught.value)


def test_unknown_operations_come_with_the_reason() -> None:
    source = b"import django.db.models\nfrom celery import shared_task\n\n@shared_task\ndef close(order):\n    order.save()\n"
    found = analyse_sources({"tasks.py": source}, RULES)
    audit = measure(found.analysis, found.findings)
    lines = terminal.unknown(View(found, Path("/p"), Path("/p")), audit)
    text = "\n".join("".join(text for text, _ in line) for line in lines)
    assert text.startswith("1 of 1 operations could not be decided\ntasks.py:5 close  task\n    `order.save`:")
