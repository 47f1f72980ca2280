"""Fixes for people: what would change as a unified diff, what was changed, and what could not be and why."""

from __future__ import annotations

import difflib
import io
import tokenize
from collections import Counter
from collections.abc import Iterator

from txlint.repair import Repaired
from txlint.reporters.terminal import Line
from txlint.reporters.view import View, visible

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def diff(view: View, done: Repaired, safe: bool) -> Iterator[Line]:
    """The difference, file by file; `safe` for a terminal, with what that would obey made visible."""
    for path, new in sorted(done.texts.items()):
        name, old = view.filename(path), view.report.read(path)
        lines = difflib.unified_diff(_lines(old), _lines(new), name, name, lineterm="")
        for line in lines:
            yield ((visible(line.rstrip("\r")) if safe else line, _STYLES.get(line[:1], "")),)


def account(view: View, done: Repaired, written: bool, each: bool) -> Iterator[Line]:
    """How much was fixed, one by one if wanted, and what was not."""
    files = len(done.texts)
    count = f"{len(done.fixed)} finding{'' if len(done.fixed) == 1 else 's'}"
    along = f", with {len(done.along)} more that only these fixes brought out" if done.along else ""
    yield ((f"{'Fixed' if written else 'Would fix'} {count} in {files} file{'' if files == 1 else 's'}{along}", "bold"),)
    if each:
        by_path: dict[str, Counter[str]] = {}
        for one in (*done.fixed, *done.along):
            title = one.fix.title if one.fix else ""
            by_path.setdefault(one.location.path, Counter())[f"{one.code} {one.name}: {title}"] += 1
        for path, found in sorted(by_path.items()):
            yield ((f"  {visible(view.filename(path))}", "cyan"),)
            yield from (((f"    {number} x {what}", ""),) for what, number in sorted(found.items()))
    for refusal in done.refused:
        place = refusal.finding.location
        where = f"{visible(view.filename(place.path))}:{place.row}"
        yield ((f"  not fixed: {where} {refusal.finding.code}: {visible(refusal.reason)}", ""),)
    if done.unfinished:
        yield (("  not finished: there is more to fix; run it again", ""),)


def _lines(source: bytes) -> list[str]:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return source.decode(encoding).split("\n")
