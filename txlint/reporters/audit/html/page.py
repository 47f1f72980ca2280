"""The page: figures and lists as HTML, the operations as data for its script."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from html import escape
from importlib.resources import files

from txlint.audit.comparison import tally
from txlint.audit.figures import Figures
from txlint.audit.history import sparkline
from txlint.audit.suspects import Suspects
from txlint.audit.unresolved import entries
from txlint.reporters.audit.html.data import encoded
from txlint.reporters.audit.shown import Shown
from txlint.reporters.audit.words import COLUMNS, DEFINITION, RISK, counts, figure, headline, settings
from txlint.reporters.view import visible

_CALLEES, _CHANGES = 30, 200
_HEADS = (
    ("group", "status", ""),
    ("name", "operation", ""),
    ("category", "category", ""),
    ("app", "app", ""),
    ("steps", "steps", "n"),
    ("callers", "callers", "n"),
    ("risk", "risk", "n"),
    ("file", "place", ""),
)


def document(shown: Shown) -> str:
    """The whole page."""
    style, script, panel = (_file(name) for name in ("page.css", "page.js", "panel.html"))
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'"
    )
    name = escape(visible(shown.view.root.name))
    data, without = encoded(shown)
    parts = (_summary(shown), _changes(shown), _lists(shown), _operations(without), _unresolved(shown))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="txlint audit">
<title>Transactions of {name}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Transactions of {name}</h1>
{"".join(line for part in parts for line in part)}
</main>
{panel}<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """What the page's policy knows a style or script by."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _summary(shown: Shown) -> Iterator[str]:
    found = shown.audit
    for number, line in enumerate(headline(found.total)):
        yield f'<p class="{"" if number else "headline"}">{escape(line)}</p>'
    if shown.silent:
        yield f'<p class="warn">Not asked for soundness, because switched off: {", ".join(shown.silent)}</p>'
    for one in shown.view.report.unanalysed:
        name = escape(visible(f"{shown.view.filename(one.path)}: {one.reason}"))
        yield f'<p class="warn">Not analysed: {name}</p>'
    yield from (f'<p class="faint">{escape(line)}</p>' for line in settings(shown))
    yield f'<div class="wide">{_bar(found.total)}</div><noscript><p class="warn">The lists need JavaScript.</p></noscript>'
    yield f"<details><summary>What is counted</summary><p>{escape(DEFINITION)}</p></details>"
    if len(shown.runs) > 1:
        bars = f'<span class="trend" title="coverage of the last runs">{sparkline(shown.runs)}</span>'
        yield f"<p>{bars} {len(shown.runs)} runs</p>"
    yield from _table("By category", found.categories, "category", found.total)
    yield from _table("By number of steps", found.bands, "band")
    yield from _table("By app", found.apps, "app")


def _bar(one: Figures) -> str:
    """The shares of what needs a transaction; a picture, because the page's policy forbids styles of single elements."""
    if not one.needs:
        return ""
    names = ("covered", "unsound", "partial", "mixed", "uncovered", "unknown")
    cells = (
        f'<rect class="b-{name}" {_span(counts(one), at, one.needs)}/>' for at, name in enumerate(names) if counts(one)[at]
    )
    label = ", ".join(f"{number} {name}" for name, number in zip(COLUMNS, counts(one), strict=True) if number)
    box = 'viewBox="0 0 100 1" preserveAspectRatio="none"'
    return f'<svg class="bar" {box} role="img" aria-label="{label}">{"".join(cells)}</svg>'


def _span(parts: tuple[int, ...], at: int, whole: int) -> str:
    return f'x="{100 * sum(parts[:at]) / whole:.2f}" width="{100 * parts[at] / whole:.2f}" height="1"'


def _table(title: str, groups: Mapping[str, Figures], key: str, total: Figures | None = None) -> Iterator[str]:
    if not groups:
        return
    heads = "".join(f'<th class="n">{name}</th>' for name in COLUMNS)
    yield f'<h2>{title}</h2><div class="scroll"><table class="figures"><thead><tr><th></th><th></th>{heads}'
    yield '<th class="n">coverage</th></tr></thead><tbody>'
    for name, one in groups.items():
        yield _row(name, one, {key: name})
    if total is not None:
        yield _row("all", total, {}, ' class="total"')
    yield "</tbody></table></div>"


def _row(name: str, one: Figures, meant: dict[str, str], mark: str = "") -> str:
    cells = "".join(
        f'<td class="n">{_button(str(number), meant | {"group": group}) if number else "·"}</td>'
        for group, number in zip(COLUMNS, counts(one), strict=True)
    )
    label = escape(visible(name))
    last = f'<td class="n">{_button(figure(one), meant)}</td>'
    return f'<tr{mark}><td title="{label}">{label}</td><td>{_bar(one)}</td>{cells}{last}</tr>'


def _button(text: str, meant: dict[str, str]) -> str:
    return f'<button type="button" data-filter="{escape(json.dumps(meant))}">{escape(text)}</button>'


def _changes(shown: Shown) -> Iterator[str]:
    if shown.compared_with is None:
        return
    counted = ", ".join(f"{number} {kind}" for kind, number in tally(shown.changes).items() if number)
    yield f"<h2>Compared with {escape(visible(shown.compared_with))}</h2>"
    yield f"<p>{f'Newly {counted}' if counted else 'No status has changed'}</p>"
    if shown.changes:
        yield '<div class="scroll"><table><tbody>'
        for one in shown.changes[:_CHANGES]:
            cells = (one.arrow, one.identity, one.before or "new", one.after or "gone")
            yield f"<tr>{''.join(f'<td>{escape(visible(cell))}</td>' for cell in cells)}</tr>"
        yield "</tbody></table></div>"
    if len(shown.changes) > _CHANGES:
        yield f"<p>and {len(shown.changes) - _CHANGES} more</p>"


def _lists(shown: Shown) -> Iterator[str]:
    yield "<h2>Suspects</h2>"
    for one in shown.suspects:
        yield from _suspects(one)


def _suspects(one: Suspects) -> Iterator[str]:
    number = str(len(one.findings)) if one.asked else "n/a"
    silent = f' <span class="warn">(not asked: {", ".join(one.silent)})</span>' if one.silent else ""
    title = f'{one.title}: {number} <span class="faint">{one.meaning}</span>{silent}'
    if one.findings:
        yield f'<details><summary>{title}</summary><ol class="steps" data-findings="{one.key}"></ol></details>'
    else:
        yield f"<p>{title}</p>"


def _operations(without: int) -> Iterator[str]:
    yield f'<h2 id="list">Operations</h2><p class="faint">{RISK}'
    yield " Keys: / searches, j and k go down and up, Enter opens, Escape closes.</p>"
    if without:
        left_out = f"{without} of them, exempt ones first, are without evidence and source"
        yield f'<p class="warn">To keep the page small, {left_out}.</p>'
    yield '<div class="tools"><input type="search" id="search" placeholder="Search" aria-label="Search operations">'
    for name in COLUMNS:
        yield f'<button type="button" class="chip" data-group="{name}" aria-pressed="false">{name}</button>'
    yield '<button type="button" class="chip" id="about" hidden></button>'
    yield '<span id="count" class="faint" aria-live="polite"></span></div>'
    yield '<div class="scroll"><table id="operations"><thead><tr>'
    for by, label, kind in _HEADS:
        yield f'<th data-by="{by}" class="{kind}" aria-sort="none"><button type="button">{label}<span></span></button></th>'
    yield '</tr></thead><tbody id="rows"></tbody></table></div>'


def _unresolved(shown: Shown) -> Iterator[str]:
    found = shown.audit.unresolved
    if not found:
        return
    yield f"<h2>Unresolved in transactions</h2><p>{sum(one.calls for one in found)} calls; what they do there is not known.</p>"
    heads = '<th>callee</th><th class="n">calls</th><th>could write</th><th>first</th>'
    yield f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>'
    for one in found[:_CALLEES]:
        place = f"{shown.view.filename(one.path)}:{one.line}"
        write = "yes" if one.could_write else "no"
        yield f'<tr><td><code>{escape(visible(one.callee))}</code></td><td class="n">{one.calls}</td><td>{write}</td>'
        yield f"<td>{escape(visible(place))}</td></tr>"
    yield "</tbody></table></div>"
    if len(found) > _CALLEES:
        yield f"<p>and {len(found) - _CALLEES} more: <code>txlint audit --format json</code></p>"
    if named := [one for one in found if one.nameable]:
        yield "<p>If they write to the database, say so in <code>pyproject.toml</code>; else put in their effect:</p>"
        yield f"<pre>{escape(visible_lines(entries(named)))}</pre>"


def visible_lines(text: str) -> str:
    """A text of several lines with everything else in it made visible."""
    return "\n".join(visible(line) for line in text.splitlines())
