"""The HTML page: safe and small on its own, and used in a real browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.test_documents import HOSTILE, shown
from tests.audit.test_statuses import FIXTURES
from tests.browser import PROGRAM, Browser
from txlint.reporters.audit.html import page

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"


def files(name: str) -> dict[str, str]:
    return {file.relative_to(FIXTURES / name).as_posix(): file.read_text() for file in (FIXTURES / name).rglob("*.py")}


def hostile() -> dict[str, str]:
    [text] = HOSTILE.values()
    return {f"shop/{EVIL.replace('/', '')}.py": text + f"    # {EVIL} \u202e \x1b[31m \u2028 &amp; `\n"}


def data_of(text: str) -> dict[str, list[dict[str, object]]]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    data: dict[str, list[dict[str, object]]] = json.loads(found[1])
    return data


def test_the_page_asks_nobody_for_anything() -> None:
    text = page.document(shown(files("django_forms_unprotected")))
    assert not re.findall(r"(?:src|href|url|@import)\s*[=(]", text)
    assert "http://" not in text
    assert "https://" not in text
    [style], scripts = (
        re.findall("<style>(.*?)</style>", text, re.DOTALL),
        re.findall("<script>(.*?)</script>", text, re.DOTALL),
    )
    for part in (style, *scripts):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}'" in text
    assert text == page.document(shown(files("django_forms_unprotected")))


def test_nothing_of_the_project_is_markup() -> None:
    text = page.document(shown(hostile()))
    assert len(re.findall("<script", text)) == 2
    assert "<img" not in text
    assert not [character for character in "\u202e\x1b\u2028" if character in text]


def test_the_gutter_knows_steps_and_states() -> None:
    data = data_of(page.document(shown(files("django_forms_atomic"))))
    [one] = [one for one in data["operations"] if one["name"] == "PermitView.handle_valid_form"]
    evidence = data["evidence"][one["evidence"]]  # type: ignore[call-overload]
    assert {mark[2] for mark in evidence["marks"] if mark[1] == "write"} == {"open"}
    assert [mark[4] for mark in evidence["marks"] if mark[1] == "write"][:2] == [1, 2]
    bare = data_of(page.document(shown(files("django_forms_unprotected"))))
    [one] = [one for one in bare["operations"] if one["name"] == "PermitView.handle_valid_form"]
    assert {mark[2] for mark in bare["evidence"][one["evidence"]]["marks"] if mark[1] == "write"} == {"none"}  # type: ignore[call-overload]


def test_a_thousand_operations_are_less_than_three_megabytes() -> None:
    [(path, text)] = HOSTILE.items()
    lines = "".join(f"    Order.objects.create(reference='{'x' * 150}', number={line})\n" for line in range(14))
    body = "".join(f"\n@shared_task\ndef task_{number}():\n{lines}" for number in range(1000))
    written = page.document(shown({path: text + body}, ()))
    assert len(written.encode()) < 3_000_000
    data = data_of(written)
    assert len(data["operations"]) == 1002
    assert 0 < len(data["evidence"]) < 1002
    assert f"{1002 - len(data['evidence'])} of them, exempt ones first, are without evidence and source" in written


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("NO BROWSER: the HTML page is not tested in one; install chromium")
    with Browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def url(tmp_path: Path, browser: Browser) -> str:
    project = files("django_forms_unprotected") | {
        f"celery/{name}": text for name, text in files("celery_import_atomic").items()
    }
    (tmp_path / "audit.html").write_text(page.document(shown(project)), encoding="utf-8")
    browser.log.clear()
    return (tmp_path / "audit.html").as_uri()


def cells(browser: Browser, column: int) -> list[str]:
    found: list[str] = browser.run(f"[...document.querySelectorAll('#rows tr')].map((row) => row.cells[{column}].textContent)")
    return found


def focus(browser: Browser) -> str:
    return str(browser.run("document.activeElement.id || document.activeElement.tagName"))


def test_sorting(browser: Browser, url: str) -> None:
    browser.open(url)
    assert cells(browser, 0)[0] == "uncovered"
    for ascending in (False, True):
        browser.run("document.querySelector('[data-by=steps] button').click()")
        steps = [int(cell) for cell in cells(browser, 4)]
        assert steps == sorted(steps, reverse=not ascending)
        assert browser.run("document.querySelector('[data-by=steps]').ariaSort") == ("ascending" if ascending else "descending")
    browser.run("document.querySelector('[data-by=name] button').click()")
    assert cells(browser, 1) == sorted(cells(browser, 1))
    assert not browser.log


def test_searching_and_the_lists_behind_the_numbers(browser: Browser, url: str) -> None:
    browser.open(url)
    every = len(cells(browser, 0))
    browser.press("/")
    assert focus(browser) == "search"
    for character in "permit":
        browser.press(character)
    assert 0 < len(cells(browser, 1)) < every
    assert "PermitView.handle_valid_form" in cells(browser, 1)
    browser.press("Escape")
    assert len(cells(browser, 0)) == every
    browser.run(
        "[...document.querySelectorAll('.figures button')].find((one) => one.dataset.filter.includes('uncovered')).click()"
    )
    number = browser.run("document.querySelector('#count').textContent")
    assert number == f"{len(cells(browser, 0))} of {every} operations"
    assert set(cells(browser, 0)) == {"uncovered"}
    assert not browser.log


def test_a_path_is_opened_followed_and_closed_by_keys(browser: Browser, url: str) -> None:
    browser.open(url)
    browser.press("j")
    browser.press("Enter")
    assert browser.run("document.getElementById('panel').hidden") is False
    title = browser.run("document.getElementById('title').textContent")
    assert title == cells(browser, 1)[0]
    assert browser.run("[...document.querySelectorAll('.row .m-none')].map((one) => one.textContent)")[:2] == ["1", "2"]
    assert browser.run("document.querySelector('.row.here').textContent").find("def ") > 0
    last = "[...document.querySelectorAll('aside .steps button')].at(-1)"
    place = browser.run(f"{last}.textContent")
    browser.run(f"{last}.click()")
    assert browser.run("document.querySelector('.source .name').textContent") == place
    assert browser.run("document.querySelector('.row.here b').textContent") == place.rpartition(":")[2]
    linked = browser.run("location.href")
    browser.press("Escape")
    assert browser.run("document.getElementById('panel').hidden") is True
    assert focus(browser) == "TR"
    browser.open(linked)
    assert browser.run("document.getElementById('title').textContent") == title
    assert not browser.log


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_dark_and_narrow(browser: Browser, url: str, scheme: str) -> None:
    browser.open(url, 390, 800, scheme)
    assert browser.run("document.documentElement.scrollWidth") == 390
    colours = [colour(browser, "body", name)[0] for name in ("color", "backgroundColor")]
    assert contrast(*colours) > 7
    browser.run("document.querySelector('#rows tr').click()")
    assert browser.run("document.getElementById('panel').getBoundingClientRect().width") == 390
    assert min(contrast(tag, colours[1]) for tag in colour(browser, ".tag", "color")) > 4.5


def colour(browser: Browser, selector: str, name: str) -> list[list[int]]:
    """Red, green and blue of all such elements."""
    styles = f"[...document.querySelectorAll('{selector}')].map((one) => getComputedStyle(one).{name})"
    return [[int(part) for part in re.findall(r"\d+", one)[:3]] for one in browser.run(styles)]


def contrast(one: list[int], other: list[int]) -> float:
    """As the web content accessibility guidelines define it."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: list[int]) -> float:
    parts = (part / 255 for part in colour)
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_hostile_names_stay_text(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "audit.html").write_text(page.document(shown(hostile())), encoding="utf-8")
    browser.open((tmp_path / "audit.html").as_uri())
    browser.run("document.querySelector('#rows tr').click()")
    assert browser.run("document.title") == "Transactions of p"
    assert EVIL in browser.run("document.querySelector('.source').textContent")
    assert browser.run("document.images.length") == 0
