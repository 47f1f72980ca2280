"""Every rule has a page, and every example on it reports exactly what its comments say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.fixing_projects import analysed, fixed
from tests.fixtures.expectations import differences, marks
from txlint.config import Config
from txlint.configfiles import read
from txlint.rulepack import builtin_pack, load_pack

PACK = builtin_pack()
RULES = load_pack(PACK)
PAGES = [
    page
    for page in sorted(PACK.rglob("*.md"))
    if not page.name.startswith("_") and page.name not in ("README.md", "RETIRED.md")
]

REQUIRED = ("What it finds", "Why it matters", "Bad", "Good", "When to allow it", "Known limits")
ORDER = ("What it finds", "Why it matters", "Bad", "Good", "Fix", "When to allow it", "Options", "Known limits")
TITLE = re.compile(r"# (?P<code>TX\d{3}) (?P<name>[a-z0-9-]+)\n")
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
EXAMPLE = re.compile(r"^### (.+)$", re.MULTILINE)
BLOCK = re.compile(
    r"^`(?P<path>[\w/]+\.(?:py|sql|toml))`\n\n```(?:python|sql|toml)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
FENCE = re.compile(r"^```\w+$", re.MULTILINE)


class Example(NamedTuple):
    """A small project on a page: the blocks of one heading."""

    page: Path
    section: str
    heading: str
    files: dict[str, bytes]


def sections(page: Path) -> dict[str, str]:
    """The text under each `##` heading."""
    _, *parts = SECTION.split(page.read_text(encoding="utf-8"))
    return dict(zip(parts[::2], parts[1::2], strict=True))


def examples(page: Path) -> Iterator[Example]:
    """The projects of a page, one for each heading that has code blocks."""
    for section, text in sections(page).items():
        first, *parts = EXAMPLE.split(text)
        for heading, blocks in (("", first), *zip(parts[::2], parts[1::2], strict=True)):
            if files := {block["path"]: block["code"].encode() for block in BLOCK.finditer(blocks)}:
                yield Example(page, section, heading, files)


EXAMPLES = [
    pytest.param(example, id=f"{page.stem}-{example.section}-{example.heading}") for page in PAGES for example in examples(page)
]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_reports_what_it_promises(example: Example, tmp_path: Path) -> None:
    config = None
    if text := example.files.get("pyproject.toml"):
        (tmp_path / "pyproject.toml").write_bytes(text)
        config = read(tmp_path / "pyproject.toml")
    own = TITLE.match(example.page.read_text(encoding="utf-8"))
    unkept = differences(example.files, RULES, config or Config(), own["code"] if own else "")
    assert not unkept, "\n" + "\n".join(unkept)


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.values[0].section == "Bad"])
def test_every_fix_of_a_bad_example_holds_and_is_complete(example: Example, tmp_path: Path) -> None:
    config = Config()
    if text := example.files.get("pyproject.toml"):
        (tmp_path / "pyproject.toml").write_bytes(text)
        config = read(tmp_path / "pyproject.toml") or config
    files = {path: text for path, text in example.files.items() if path.endswith(".py")}
    done, texts = fixed(files, config)
    assert not [(one.finding.code, one.reason) for one in done.refused]
    assert not [one for one in done.report.findings if one.suppressed is None and one.fix], "a fix that is offered again"
    again, same = fixed(texts, config)
    assert same == texts and not again.fixed
    for path, text in done.texts.items():
        compile(text, path, "exec")


@each_page
def test_a_page_tells_of_a_fix_if_and_only_if_a_bad_example_has_one(page: Path) -> None:
    code = page.read_text(encoding="utf-8").split()[1]
    bad = [one.files for one in examples(page) if one.section == "Bad"]
    reports = [analysed({path: text for path, text in files.items() if path.endswith(".py")}) for files in bad]
    offered = any(one.fix for report in reports for one in report.findings if one.code == code)
    assert offered == ("Fix" in sections(page)), "a fix without a `## Fix`, or the other way round"


@each_page
def test_page_has_the_fixed_headings_in_order(page: Path) -> None:
    headings = SECTION.findall(page.read_text(encoding="utf-8"))
    assert headings == [each for each in ORDER if each in headings], "unknown, repeated or misplaced heading"
    assert not set(REQUIRED) - set(headings)


@each_page
def test_page_belongs_to_a_rule_of_the_same_name(page: Path) -> None:
    title = TITLE.match(page.read_text(encoding="utf-8"))
    assert title, "the first line is `# TX301 name-of-the-rule`"
    assert title["name"] == page.stem.replace("_", "-")
    assert page.with_suffix(".py").is_file()
    assert (title["code"], title["name"]) in {(rule.code, rule.name) for rule in RULES}


@each_page
def test_page_shows_the_rule_at_work_and_at_rest(page: Path) -> None:
    code = page.read_text(encoding="utf-8").split()[1]
    by_section = {
        section: [marks(example.files) for example in examples(page) if example.section == section]
        for section in ("Bad", "Good")
    }
    assert by_section["Bad"] and by_section["Good"]
    for found in by_section["Bad"]:
        assert code in {place.code for place in found["expect"] | found["expect-todo"]}, (
            "an example under Bad is not about this rule"
        )
    assert not [place for found in by_section["Good"] for kind in ("expect", "expect-todo") for place in found[kind]]


@each_page
def test_every_code_block_is_part_of_an_example(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    fences, blocks = FENCE.findall(text), sum(len(example.files) for example in examples(page))
    assert len(fences) == blocks, "a block without its file name above it, or a file named twice, is never tested"


def test_every_rule_has_a_page() -> None:
    assert {rule.name.replace("-", "_") for rule in RULES} == {page.stem for page in PAGES}
