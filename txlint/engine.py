"""The pipeline on one screen: paths -> facts -> analysis -> findings -> filters -> report."""

from __future__ import annotations

import dataclasses
import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from txlint.api import Rule
from txlint.baseline import Baseline, Entry
from txlint.changes import Base, Changes, Past, base, changes, renames, within
from txlint.config import Config
from txlint.discovery import discover, excluding, read_regular
from txlint.errors import RuleFailure, Unanalysed
from txlint.extraction import Extracted, facts_of
from txlint.filekinds import SOURCES, is_test
from txlint.filters import Filters
from txlint.filters import repairs as about_comments
from txlint.findings import Finding, fingerprints
from txlint.fixing.repairs import Repair
from txlint.locations import Location
from txlint.rulepack import chosen
from txlint.transactions.analysis import Analysis, build
from txlint.transactions.suite import Suite

Build = Callable[..., Analysis]
Extract = Callable[[Mapping[str, bytes], Path | None, int | None], Extracted]
Identity = tuple[str, Location, str, str]


@dataclass(frozen=True, slots=True)
class Request:
    """What to analyse and what of it to report on."""

    root: Path
    config: Config = Config()
    focus: frozenset[str] | None = None
    """Files and folders to report on, relative to the root; the whole project is analysed all the same."""
    overlay: Mapping[str, bytes] = field(default_factory=dict)
    """Text of files that counts instead of what is on disk: unsaved editor buffers."""
    since: str = ""
    """Commit to compare with: outside of the focus, findings are reported that a change since then led to."""
    new_only: bool = False
    """Report only what was not found at that commit."""
    baseline: Baseline | None = None
    """The known findings."""
    cache: Path | None = None
    """Folder of the facts cache; None to work without."""
    jobs: int | None = None
    """Worker processes; 0 for this process, without protection from files that hang or crash the parser."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a front end may show."""

    findings: tuple[Finding, ...]
    """Sorted by place; the filtered ones are marked (`suppressed`), never dropped."""
    files: tuple[str, ...]
    """The files that were analysed."""
    unanalysed: tuple[Unanalysed, ...]
    notes: tuple[str, ...]
    """What else went otherwise than expected: trouble with the cache."""
    analysis: Analysis
    read: Callable[[str], bytes]
    """The text of a file as it was analysed."""
    tests: int = 0
    """How many test files were left out."""
    changes: Changes | None = None
    """What is not as it was at the commit that the project is compared with."""
    rules: tuple[Rule, ...] = ()
    """The rules that ran."""
    stale: tuple[Entry, ...] = ()
    """Entries of the baseline whose finding is gone; empty where files are missing in the analysis."""
    repairs: Mapping[Identity, Repair] = field(default_factory=dict)
    """How findings can be put right, by their identity within the report."""

    seen: Set[str] = frozenset()
    """The files whose text was looked at after they were turned into facts; grows with what is shown."""

    def repair(self, finding: Finding) -> Repair | None:
        """How a finding of the report can be put right; None where nothing is known."""
        return self.repairs.get(identity(finding))


class Texts(dict[str, bytes]):
    """The texts of files by path; notes which of them are asked for."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        super().__init__(texts)
        self.seen: set[str] = set()

    def __getitem__(self, path: str) -> bytes:
        self.seen.add(path)
        return super().__getitem__(path)


def unseen(request: Request, report: Report) -> dict[str, str]:
    """The files of which nothing but the facts was looked at, with the key of these in the cache and the path as it is said."""
    from txlint.cache import key  # These two import sqlite3, which a run without cache can do without.
    from txlint.immaterial import MAX_BYTES

    if not request.cache or 0 < request.config.max_file_size < MAX_BYTES:
        return {}
    paths = sorted(one for one in report.analysis.project.modules if one not in report.seen and one.isascii())
    return {str(request.root / path): f"{key(report.read(path)).hex()} {path}" for path in paths if path.isprintable()}


def identity(finding: Finding) -> Identity:
    """What tells the findings of one report apart."""
    return finding.code, finding.location, finding.function, finding.message


def analyse(request: Request, rules: Sequence[Rule], build: Build = build, extract: Extract = facts_of) -> Report:
    """Analyse a project on disk."""
    config = request.config
    found = discover(request.root, config.exclude + config.extend_exclude, config.max_file_size)
    program = [name for name in found.files if config.include_tests or not is_test(name)]
    on_disk, unreadable = _read(request.root, program)
    sources = Texts(on_disk | _overlaid(request, program))
    extracted = extract(sources, request.cache, request.jobs)
    past = _past(request, extracted, sources, rules, build) if request.since else None
    unread = (*found.unanalysed, *unreadable)
    suite = Suite(lambda: _read(request.root, filter(is_test, found.files))[0].values())
    report = _report(sources, extracted, unread, rules, config, request.focus, build, suite, past, request.baseline)
    return dataclasses.replace(
        report,
        notes=(*report.notes, *_left_out(request, report)),
        tests=len(found.files) - len(program),
        seen=sources.seen,
    )


def analyse_sources(
    sources: Mapping[str, bytes], rules: Sequence[Rule], config: Config = Config(), build: Build = build
) -> Report:
    """Analyse a project given as paths and texts, in this process and without cache."""
    program = {name: text for name, text in sources.items() if config.include_tests or not is_test(name)}
    suite = Suite(lambda: (text for name, text in sources.items() if is_test(name)))
    report = _report(program, facts_of(program, None, 0), (), rules, config, None, build, suite)
    return dataclasses.replace(report, tests=len(sources) - len(program))


def base_of(request: Request, wanted: Callable[[str], bool] = lambda _: True) -> Base:
    """The project as it was at the commit `since`, without what the configuration leaves out. Raises GitError."""
    config = request.config
    excluded = excluding(config.exclude + config.extend_exclude)

    def ours(path: str) -> bool:
        return wanted(path) and not excluded(path) and (config.include_tests or not is_test(path))

    return base(request.root, request.since, ours, config.max_file_size)


def report_on(whole: Base, request: Request, rules: Sequence[Rule], build: Build = build) -> Report:
    """Analyse a project as it was, with the present rules and configuration."""
    extracted = facts_of(whole.sources, request.cache, request.jobs)
    return _report(whole.sources, extracted, (), rules, request.config, None, build, Suite())


def _past(request: Request, now: Extracted, sources: Mapping[str, bytes], rules: Sequence[Rule], build: Build) -> Past:
    """What the project is compared with. Raises GitError."""

    @cache
    def known() -> frozenset[str]:
        whole = base_of(request)
        found = [one for one in report_on(whole, request, rules, build).findings if one.suppressed is None]
        return frozenset(fingerprints(found, renames(whole.sources, sources)))

    focused = (lambda _: True) if request.focus is None or request.new_only else within(request.focus)
    then, ours = base_of(request, focused), {path: facts for path, facts in now.facts.items() if focused(path)}
    differing = {path: text for path, text in then.sources.items() if sources.get(path) != text}
    before = facts_of(differing, request.cache, request.jobs).facts
    return Past(changes(then, before, ours, sources.__getitem__), known, request.new_only)


def changed(
    report: Report, texts: Mapping[str, bytes], rules: Sequence[Rule], config: Config, extract: Extract = facts_of
) -> Report:
    """The report on the whole of the same project with some files changed; only these are read again, in this process.

    The files keep their order: of several callers that show the same thing, the first one is named.
    """
    sources = {path: report.read(path) for path in report.files} | dict(texts)
    fresh = extract(texts, None, 0)
    known = {path: module.facts for path, module in report.analysis.project.modules.items()} | fresh.facts
    facts = {path: one for path, one in known.items() if path in fresh.facts or path not in texts}
    extracted = Extracted(facts, fresh.unanalysed, report.notes, dict(report.analysis.scripts.files))
    return _report(sources, extracted, report.unanalysed, rules, config, None, build, report.analysis.suite)


def _read(root: Path, names: Iterable[str]) -> tuple[dict[str, bytes], tuple[Unanalysed, ...]]:
    sources, unreadable = {}, []
    for name in names:
        try:
            sources[name] = read_regular(root / name)
        except OSError as error:
            unreadable.append(Unanalysed(name, f"cannot be read: {os.strerror(error.errno or 0)}"))
    return sources, tuple(unreadable)


def _overlaid(request: Request, program: Sequence[str]) -> dict[str, bytes]:
    """The texts that count instead of what is on disk: of files of the program, and of those that are not on disk yet."""
    wanted, tests = frozenset(program), request.config.include_tests
    return {
        name: text
        for name, text in request.overlay.items()
        if name in wanted or not ((request.root / name).exists() or (is_test(name) and not tests))
    }


def _left_out(request: Request, report: Report) -> Iterator[str]:
    """Files that were asked for by name and are no part of the project."""
    known = {*report.files, *(one.path for one in report.unanalysed)}
    for path in sorted(request.focus or ()):
        if path.endswith(SOURCES) and path not in known and not (request.root / path).is_dir():
            yield f"{path}: left out by .gitignore or `exclude`"


def _report(
    sources: Mapping[str, bytes],
    extracted: Extracted,
    unread: tuple[Unanalysed, ...],
    rules: Sequence[Rule],
    config: Config,
    focus: frozenset[str] | None,
    build: Build,
    suite: Suite,
    past: Past | None = None,
    baseline: Baseline | None = None,
) -> Report:
    on = chosen(rules, config.select, config.ignore)
    unanalysed = tuple(sorted((*unread, *extracted.unanalysed), key=lambda one: one.path))
    with _uncollected():
        more = {"unanalysed": unanalysed, "scripts": extracted.scripts, "suite": suite}
        analysis = build(extracted.facts, config, sources.__getitem__, **more)
        found = [one for rule in rules if rule.code in on for one in _findings(rule, analysis)]
    repairs = {identity(finding): repair for finding, repair in reversed(found) if repair}
    known = baseline.fingerprints if baseline else frozenset[str]()
    filters = Filters(rules, on, config, focus, past, known, frozenset(one.path for one in unanalysed))
    findings = filters.applied([finding for finding, _ in found], filters.suppressions(extracted.facts, sources))
    repairs |= {identity(finding): repair for finding, repair in about_comments(findings)}
    ran, read = tuple(rule for rule in rules if rule.code in on), sources.__getitem__
    stale = baseline.stale(findings, on, frozenset(rule.code for rule in rules)) if baseline and not unanalysed else ()
    report = Report(findings, (*extracted.facts, *extracted.scripts), unanalysed, extracted.notes, analysis, read)
    differing = past.changes if past else None
    return dataclasses.replace(report, changes=differing, rules=ran, stale=stale, repairs=repairs)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage: an analysis makes millions of records, keeps them, and leaves no cycles behind meanwhile."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _findings(rule: Rule, analysis: Analysis) -> tuple[tuple[Finding, Repair | None], ...]:
    try:
        return tuple(rule.check(analysis))
    except Exception as error:
        raise RuleFailure(f"{rule.code} {rule.name} failed: {type(error).__name__}: {error}") from error
