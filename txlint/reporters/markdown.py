"""Findings as a comment on a pull request: within GitHub's limit, and marked so that the next run can replace it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from txlint.findings import Finding
from txlint.reporters.view import View, count, visible

MARK = "<!-- txlint -->"
LIMIT = 65_536
"""Characters that GitHub takes in one comment."""
_ROOM = 2_000
"""Characters kept for what ends the comment."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>+\-!|~&$])")
_LINKED = re.compile(r"([@#])")


def document(view: View) -> str:
    """The whole report; findings that find no room are counted."""
    text, shown = f"{MARK}\n### txlint\n\n{_plain(view.summary())}\n", 0
    for finding in view.worst_first:
        block = "\n".join(_finding(view, finding)) + "\n"
        if len(text) + len(block) > LIMIT - _ROOM:
            break
        text, shown = text + block, shown + 1
    if shown < len(view.worst_first):
        text += f"\n… and {count(len(view.worst_first) - shown, 'more finding')}, for which a comment has no room.\n"
    return text


def statistics(view: View) -> str:
    """How often each rule was violated, as a table."""
    rows = "".join(f"| {number} | {_rule(view, code)} | {_plain(name)} |\n" for number, code, name in view.statistics())
    return f"{MARK}\n### txlint\n\n{_plain(view.summary())}\n\n| findings | rule | name |\n| ---: | --- | --- |\n{rows}"


def _finding(view: View, finding: Finding) -> Iterator[str]:
    place = finding.location
    yield ""
    yield f"**{finding.severity}** {_rule(view, finding.code)} {_prose(finding.message)}  "
    yield f"{_code(f'{view.repository_path(place.path)}:{place.row}')} in {_code(finding.function)}"
    if finding.cause:
        yield f"  \ncaused by your change in {_code(finding.cause)}"
    yield from ("", *(f"> {_prose(line)}" for line in finding.remedy.splitlines()))
    if finding.trace:
        yield "\n<details><summary>How it comes to that</summary>\n"
        for number, step in enumerate(finding.trace, start=1):
            where = _code(f"{view.repository_path(step.location.path)}:{step.location.row}")
            yield f"{number}. {where} {_prose(step.message)}"
        yield "\n</details>"


def _rule(view: View, code: str) -> str:
    address = view.address(code)
    return f"[{code}]({address})" if address else code


def _prose(text: str) -> str:
    """A message, whose backticks mean code if they come in pairs."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:
        return _plain(text)
    return "".join(f"`{part}`" if number % 2 and part.strip() else _plain(part) for number, part in enumerate(parts))


def _plain(text: str) -> str:
    """Text in which nothing is markup, a mention or a reference."""
    return _LINKED.sub("\\1&#8203;", _SPECIAL.sub(r"\\\1", visible(text)))


def _code(text: str) -> str:
    """A name as code, whatever is in it."""
    return f"`{visible(text)}`" if "`" not in text else f"`` {visible(text).replace('``', '` `')} ``"
