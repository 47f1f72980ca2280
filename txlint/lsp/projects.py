"""A project that is being edited: its analysis is repeated with every change, and given up when it is no longer wanted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from txlint.api import Analysis, Rule, Violation
from txlint.config import Config
from txlint.engine import Report, Request, analyse
from txlint.extraction import Extracted
from txlint.facts.reading import read_natively
from txlint.facts.records import ModuleFacts
from txlint.immaterial import MAX_BYTES
from txlint.invocation import Options, request_for, settings_for
from txlint.lsp.memory import Memory
from txlint.lsp.solved import OF_TEXTS, Solved
from txlint.moving import edited, moved
from txlint.transactions.analysis import build
from txlint.workers import Pool

Read = Callable[[str], bytes]


class Stale(BaseException):
    """The analysis is no longer wanted: something has changed since it began. No `except Exception` of a rule stops it."""


class Project:
    """The facts of a project, and the report of the last analysis that came to its end."""

    def __init__(self, root: Path, pack: Sequence[Rule], pool: Pool) -> None:
        self.root = root
        self.report: Report | None = None
        self.settled = True
        """Whether the report is that of an analysis, and not of one before with its findings moved."""
        self._pack = pack
        self._memory = Memory(pool)
        self._analysed: Report | None = None
        self._solved: Solved | None = None
        self._read: dict[bytes, ModuleFacts | None] = {}

    def analyse(self, overlay: Mapping[str, bytes], is_stale: Callable[[], bool]) -> Report:
        """Analyse the project with these texts instead of those on disk. Raises Stale, and UserError for the configuration."""

        def pulse() -> None:
            if is_stale():
                raise Stale

        def extract(sources: Mapping[str, bytes], cache: Path | None, jobs: int | None) -> Extracted:
            return self._memory.facts_of(sources, cache, jobs, pulse)

        solved = self._solved

        def build_unless_stale(facts: Mapping[str, ModuleFacts], config: Config, read: Read, **named: Any) -> Analysis:
            nonlocal solved
            pulse()
            if solved is None or not solved.is_of(facts, named["scripts"], config, read, named["suite"]):
                solved = Solved(facts, named["scripts"], config, read, build(facts, config, read, **named))
            solved.analysis.unanalysed = named["unanalysed"]
            return solved.analysis

        def violations(rule: Rule, analysis: Analysis) -> tuple[Violation, ...]:
            pulse()
            assert solved
            if rule.code not in solved.violations or rule.code in OF_TEXTS:
                solved.violations[rule.code] = tuple(rule.violations(analysis))
            return solved.violations[rule.code]

        rules = tuple(dataclasses.replace(rule, violations=partial(violations, rule)) for rule in self._pack)
        request = dataclasses.replace(self._request(), overlay=overlay)
        self.report = self._analysed = analyse(request, rules, build_unless_stale, extract)
        self.settled, self._read, self._solved = True, {}, solved
        return self.report

    def follow(self, overlay: Mapping[str, bytes]) -> bool:
        """Take the last analysis for these texts if they change nothing in it but the numbers of lines; whether they do so."""
        if self._analysed is None:
            return False
        files = frozenset(self._analysed.files)
        texts = {path: text for path, text in overlay.items() if path not in files or text != self._analysed.read(path)}
        if not files.issuperset(texts) or sum(map(len, texts.values())) > MAX_BYTES:
            return False
        self._read = {text: self._read[text] if text in self._read else read_natively(text) for text in texts.values()}
        found = edited(self._analysed, texts, self._read.__getitem__)
        report = None if found is None else moved(self._analysed, found, texts)
        if found is None or report is None:
            return False
        self.report, self.settled = report, not any(one.has_moved for one in found)
        return True

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
