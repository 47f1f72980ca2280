"""Protection that was switched off: boundaries that stand in a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from txlint.facts.records import Comment
from txlint.frameworks import spelling
from txlint.frameworks.catalog import BoundaryEntry
from txlint.project.model import Func, Module
from txlint.project.project import Project
from txlint.transactions.contexts import FAMILY

_NAME = re.compile(r"#\s*(?:(?:async\s+)?with\s+|@)([\w.]+)")


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """A comment that was a block or decorator which opens a transaction; `scope` is the function that it stands in."""

    comment: Comment
    scope: Func
    of: Func
    """The function whose work it made one: the decorated one, or that around the block."""
    name: str


def commented_out(project: Project) -> Iterator[SwitchedOff]:
    """Every comment alone on its line that names a boundary, as the file imports it or as it is usually imported."""
    for module in project.modules.values():
        for comment in module.facts.comments:
            match = _NAME.match(comment.text)
            scope = _around(module, comment.line)
            if match is not None and comment.alone and _is_placed(scope, match[0]) and _opens(project, match[1], scope):
                below = (one for one in module.functions if one.record.line > comment.line and one.record.name != "<lambda>")
                next_ = min(below, key=lambda one: one.record.line, default=scope)
                yield SwitchedOff(comment, scope, next_ if "@" in match[0] else scope, match[1])


def _is_placed(scope: Func, text: str) -> bool:
    """Whether a comment can have been a block around code that is still there: behind the end of a function it cannot."""
    return "with" not in text or scope.index != 0


def _opens(project: Project, name: str, scope: Func) -> bool:
    if scope.binder(name.partition(".")[0]) is None:  # the import often goes with it
        return spelling.ends_a_boundary(project.catalog, name, FAMILY)
    entries = project.catalog.of_function(project.inference.imports.full_name(name, scope))
    return any(isinstance(one.entry, BoundaryEntry) and one.family == FAMILY for one in entries)


def _around(module: Module, line: int) -> Func:
    """The innermost function around a line."""
    inside = [
        one for one in module.functions if one.record.name != "<lambda>" and one.record.line <= line <= one.record.end_line
    ]
    return max(inside, key=lambda one: one.record.line, default=module.top)
