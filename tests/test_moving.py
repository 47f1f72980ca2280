"""Reports that are moved with an edit are those of a whole analysis."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from tests.test_fixtures import PROJECTS, RULES, configuration, sources
from txlint.engine import Report, analyse_sources
from txlint.facts.reading import read_natively
from txlint.moving import edited, moved

INSERTED = ("", "# a remark", "    # a remark that stands deeper")


def follow(report: Report, texts: dict[str, bytes]) -> Report | None:
    files = edited(report, texts, read_natively)
    return None if files is None else moved(report, files, texts)


def with_lines(text: bytes, drawn: random.Random) -> bytes:
    lines = text.decode().split("\n")
    for _ in range(drawn.randint(1, 3)):
        lines.insert(drawn.randint(0, len(lines)), drawn.choice(INSERTED))
    return "\n".join(lines).encode()


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_lines_that_are_put_in_move_findings(project: Path) -> None:
    drawn, config = random.Random(project.name), msgspec.structs.replace(configuration(project), select=("ALL",))
    texts, followed = sources(project), 0
    report = analyse_sources(texts, RULES, config)
    for _ in range(4):
        path = drawn.choice(sorted(texts))
        now = texts | {path: with_lines(texts[path], drawn)}
        found = follow(report, {path: now[path]})
        if found is not None:
            followed += 1
            assert found.findings == analyse_sources(now, RULES, config).findings
            assert found.read(path) == now[path]
    assert followed or not report.analysis.project.modules


SHOP = {
    "shop/tasks.py": b"from celery import shared_task\n\n\n@shared_task\ndef send(pk):\n    print(pk)\n",
    "shop/views.py": b"""\
from django.db import transaction

from shop.models import Order
from shop.tasks import send


def pay(request, pk):
    with transaction.atomic():
        Order.objects.filter(pk=pk).update(paid=True)
        send.delay(pk)
""",
    "shop/models.py": b"from django.db import models\n\n\nclass Order(models.Model):\n    paid = models.BooleanField()\n",
}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"send.delay(pk)", b"send.delay(pk, 1)"),
        (b"send.delay(pk)", b"send . delay(pk)"),  # the place is another
        (b"send.delay(pk)", b"send.delay(pk)  # now"),
        (b"import send\n", b"import send  # noqa: TX3\n"),
        (b"        send", b"        print(\n        send"),
        (b"    with", b"    # txlint: ignore[TX301] not yet\n    with"),
        (b"def pay", b"@transaction.atomic\ndef pay"),
    ],
)
def test_what_is_more_than_moved_lines_is_analysed(before: bytes, after: bytes) -> None:
    report = analyse_sources(SHOP, RULES)
    text = SHOP["shop/views.py"]
    assert [one.code for one in report.findings] == ["TX301"]
    assert follow(report, {"shop/views.py": text.replace(before, after)}) is None
    assert follow(report, {"shop/views.py": b"# one more line\n" + text}) is not None
    assert follow(report, {"shop/new.py": b""}) is None


def test_fixes_are_not_offered_for_lines_that_were() -> None:
    report = analyse_sources(SHOP, RULES)
    [finding] = report.findings
    assert report.repair(finding)
    same = follow(report, {"shop/tasks.py": SHOP["shop/tasks.py"] + b"# the end\n"})
    assert same and same.repair(finding)
    later = follow(report, {"shop/views.py": b"# one more line\n" + SHOP["shop/views.py"]})
    assert later
    assert [one.location.row for one in later.findings] == [11]
    assert later.findings[0].fingerprint == finding.fingerprint
    assert later.repair(later.findings[0]) is None
