"""What is said about the place under the cursor: the finding with its path, and the page of the rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from txlint.api import Rule
from txlint.findings import Finding
from txlint.rulepack import builtin_pack, matching, page

_WORD = re.compile(r"[A-Za-z0-9-]+")
_COMMENT = re.compile(r"#\s*(?:txlint\s*:|noqa\s*:)")


def hover(findings: Sequence[Finding], pack: Sequence[Rule]) -> str:
    """The findings at one place, each rule with its page once."""
    texts = ["\n".join(_finding(one)) for one in findings]
    return "\n\n---\n\n".join((*texts, *_pages({one.code for one in findings}, pack)))


def hover_in_comment(line: str, column: int, pack: Sequence[Rule]) -> str:
    """The page of the rule that a suppression comment names at a column (code points, from 0); empty where it names none."""
    if not (comment := _COMMENT.search(line)) or column < comment.start():
        return ""
    word = next((one[0] for one in _WORD.finditer(line) if one.start() <= column <= one.end()), "")
    codes = matching(pack, word)
    return "".join(_pages(codes, pack)) if len(codes) == 1 else ""


def _pages(codes: Iterable[str], pack: Sequence[Rule]) -> Iterator[str]:
    wanted = frozenset(codes)
    return (page(builtin_pack(), rule) for rule in pack if rule.code in wanted)


def _finding(finding: Finding) -> Iterator[str]:
    yield f"**{finding.code}** {finding.name}: {finding.message}"
    yield ""
    for number, step in enumerate((*finding.trace, *finding.related), start=1):
        yield f"{number}. `{step.location.path}:{step.location.row}` {step.message}"
    if finding.remedy:
        yield ""
        yield f"*help:* {finding.remedy}"
