"""The audit as Markdown, for a comment on a change: short enough for GitHub, and marked so that it can be replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from txlint.audit.comparison import Change, tally
from txlint.audit.coverage import Judged
from txlint.audit.figures import Figures
from txlint.reporters.audit.shown import Shown
from txlint.reporters.audit.words import COLUMNS, DEFINITION, counts, figure, headline, settings
from txlint.reporters.view import View, visible

MARKER = "<!-- txlint audit -->"
_LIMIT = 60_000
"""Characters; GitHub's comments hold 65,536."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@-])")


def document(shown: Shown) -> str:
    """The report; lists that would make it too long end with how many entries are missing."""
    view, found = shown.view, shown.audit
    lines = [MARKER, "## Transactions", ""]
    lines += [f"**{_plain(line)}**  " for line in headline(found.total)]
    lines += [f"{_plain(line)}  " for line in settings(shown)]
    if shown.silent:
        lines += [f"Not asked for soundness, because switched off: {', '.join(shown.silent)}  "]
    lines += ["", *_table({**found.categories, "all": found.total})]
    if shown.compared_with is not None:
        lines += ["", *_changes(shown.compared_with, shown.changes)]
    lines += ["", *_details("By app", _table(found.apps)), ""]
    lines += [f"**{one.title}**: {len(one.findings) if one.asked else 'n/a'}, {one.meaning}  " for one in shown.suspects]
    lines += ["", *_details("What is counted", [_plain(DEFINITION)]), ""]
    room = _LIMIT - sum(len(line) + 1 for line in lines)
    unknown = [one for one in found.judged if one.group == "unknown"]
    for title, listed in (("Worst operations", found.worst), ("Unknown operations", unknown)):
        listing = list(_within(room // 2, (_operation(view, one) for one in listed)))
        more = [f"\nand {len(listed) - len(listing)} more (`txlint audit`)"] if len(listing) < len(listed) else []
        lines += ["", *_details(f"{title} ({len(listed)})", [*_HEAD, *listing, *more])] if listed else []
    return "\n".join(lines) + "\n"


_HEAD = ("| operation | status | steps | why |", "| --- | --- | ---: | --- |")


def _details(title: str, inner: Iterable[str]) -> list[str]:
    return [f"<details><summary>{title}</summary>", "", *inner, "", "</details>"]


def _within(room: int, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return
        yield line


def _table(groups: Mapping[str, Figures]) -> list[str]:
    lines = [f"| | {' | '.join(COLUMNS)} | coverage |", f"| --- |{' ---: |' * (len(COLUMNS) + 1)}"]
    for name, one in groups.items():
        if one.needs or one.exempt:
            lines.append(f"| {_plain(name)} | {' | '.join(str(number or '·') for number in counts(one))} | {figure(one)} |")
    return lines


def _operation(view: View, one: Judged) -> str:
    place = _code(f"{view.filename(one.location.path)}:{one.location.row}")
    cells = (f"{_code(one.name)} {place}", one.verdict.status.value, str(one.verdict.steps), _plain(one.verdict.reason))
    return f"| {' | '.join(cells)} |"


def _changes(compared_with: str, changes: tuple[Change, ...]) -> Iterator[str]:
    counted = ", ".join(f"{number} {kind}" for kind, number in tally(changes).items() if number)
    yield f"**Compared with {_plain(compared_with)}**: {f'newly {counted}' if counted else 'nothing has changed'}"
    if changes:
        yield ""
        yield "| operation | | before | now |"
        yield "| --- | --- | --- | --- |"
        shown = list(_within(_LIMIT // 3, (_change(one) for one in changes)))
        yield from shown
        if len(shown) < len(changes):
            yield f"\nand {len(changes) - len(shown)} more"


def _change(one: Change) -> str:
    return f"| {_code(one.identity)} | {one.arrow} | {one.before or '-'} | {one.after or '-'} |"


def _plain(text: str) -> str:
    """Text without Markdown in it."""
    return _SPECIAL.sub(r"\\\1", visible(text))


def _code(text: str) -> str:
    """Text as code in a table: no backtick or bar can end it."""
    safe = visible(text).replace("`", "'").replace("|", "¦")
    return f"`{safe}`"
