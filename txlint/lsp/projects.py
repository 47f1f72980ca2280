"""A project that is being edited: its analysis is repeated with every change, and given up when it is no longer wanted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from txlint.api import Analysis, Rule, Violation
from txlint.engine import Report, Request, analyse
from txlint.extraction import Extracted
from txlint.invocation import Options, request_for, settings_for
from txlint.lsp.memory import Memory
from txlint.transactions.analysis import build
from txlint.workers import Pool

Pulse = Callable[[], None]


class Stale(BaseException):
    """The analysis is no longer wanted: something has changed since it began. No `except Exception` of a rule stops it."""


class Project:
    """The facts of a project, and the report of the last analysis that came to its end."""

    def __init__(self, root: Path, pack: Sequence[Rule], pool: Pool) -> None:
        self.root = root
        self.report: Report | None = None
        self._pack = pack
        self._memory = Memory(pool)

    def analyse(self, overlay: Mapping[str, bytes], is_stale: Callable[[], bool]) -> Report:
        """Analyse the project with these texts instead of those on disk. Raises Stale, and UserError for the configuration."""

        def pulse() -> None:
            if is_stale():
                raise Stale

        def extract(sources: Mapping[str, bytes], cache: Path | None, jobs: int | None) -> Extracted:
            return self._memory.facts_of(sources, cache, jobs, pulse)

        def build_unless_stale(*given: Any, **named: Any) -> Analysis:
            pulse()
            return build(*given, **named)

        rules = tuple(dataclasses.replace(rule, violations=_stopping(rule.violations, pulse)) for rule in self._pack)
        request = dataclasses.replace(self._request(), overlay=overlay)
        self.report = analyse(request, rules, build_unless_stale, extract)
        return self.report

    def text(self, path: str) -> bytes | None:
        """A file as it was analysed; None where it was not."""
        try:
            return self.report.read(path) if self.report else None
        except KeyError:
            return None

    def _request(self) -> Request:
        """Read anew each time: the configuration may have changed."""
        return dataclasses.replace(request_for(Options(paths=(str(self.root),)), self._pack), root=self.root, focus=None)


def root_of(path: Path, folders: Iterable[Path]) -> Path:
    """The root of the project of a file: where it is configured, else its checkout, else the editor's folder around it."""
    folder = next(above for above in path.parents if above.is_dir())
    settings = settings_for((str(folder),))
    if settings.file or (settings.root / ".git").exists():
        return settings.root
    around = (one for one in folders if one == folder or one in folder.parents)
    return max(around, key=lambda one: len(one.parts), default=settings.root)


def _stopping(violations: Callable[[Analysis], Iterable[Violation]], pulse: Pulse) -> Callable[[Analysis], Iterator[Violation]]:
    def check(analysis: Analysis) -> Iterator[Violation]:
        pulse()
        yield from violations(analysis)

    return check
