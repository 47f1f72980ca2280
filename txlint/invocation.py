"""What a user asks for in a working directory, as a request to the engine."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from txlint.api import Rule
from txlint.baseline import FILE_NAME, Baseline, read
from txlint.cache_folder import default_folder
from txlint.changes import commit, fork
from txlint.configfiles import Settings, find
from txlint.discovery import excluding, is_ignored_by_git
from txlint.engine import Request
from txlint.errors import UserError
from txlint.filekinds import CONFIGURATION
from txlint.findings import Severity
from txlint.git import GitError
from txlint.rulepack import chosen, selected


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may say about any analysis."""

    paths: tuple[str, ...] = ()
    config: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    cache_dir: str | None = None
    no_cache: bool = False
    jobs: int | None = None
    fail_on: str | None = None
    text: bytes | None = None
    """Text of the only path, instead of what is on disk."""
    diff: str | None = None
    """Commit whose findings are left out."""
    baseline: str | None = None
    no_baseline: bool = False


def settings_for(paths: Sequence[str], config: str | None = None) -> Settings:
    """The settings for existing paths, which share one project."""
    start = Path(os.path.commonpath([_existing(path) for path in paths or (".",)]))
    explicit = _existing(config) if config else None
    found, here = find(start, explicit), Path.cwd()
    if found.file == explicit and here in start.parents and not (found.root / ".git").exists():
        return find(here, explicit)  # No repository, no configuration: one file is no project, the working directory is.
    return found


def request_for(options: Options, rules: Sequence[Rule]) -> Request:
    """The request that the options mean. Raises UserError for whatever in them or in the configuration means nothing."""
    text = options.text
    settings = settings_for(options.paths if text is None else (_folder(options.paths[0]),), options.config)
    config, where = settings.config, str(settings.file)
    chosen(rules, config.select, config.ignore, where)
    selected(rules, config.severity, f"{where}: `severity`")
    for override in config.overrides:
        selected(rules, (*override.ignore, *override.severity), f"{where}: `overrides`")
        excluding(override.paths, f"{where}: `overrides`")
    selected(rules, options.select, "--select")
    selected(rules, options.ignore, "--ignore")
    if options.select:
        config = replace(config, select=options.select, ignore=())
    config = replace(config, ignore=config.ignore + options.ignore, extend_exclude=config.extend_exclude + options.exclude)
    config = replace(config, fail_on=Severity(options.fail_on or config.fail_on))
    cache = None if options.no_cache else cache_folder(settings, options.cache_dir)
    focus = _focus(settings.root, options.paths)
    known = None if options.no_baseline else _baseline(settings, options.baseline)
    since, new_only = _since(settings.root, focus, options.diff), options.diff is not None
    overlay = {} if text is None else {Path(options.paths[0]).resolve().relative_to(settings.root).as_posix(): text}
    return Request(settings.root, config, focus, overlay, since, new_only, known, cache, options.jobs or config.jobs)


def _baseline(settings: Settings, option: str | None) -> Baseline | None:
    """The known findings: as the command line says, else the configuration, else of the usual file if there is one."""
    if option and (found := read(Path(option))):
        return found
    if option:
        raise UserError(f"--baseline {option}: no such file; `txlint baseline create` writes one")
    file = (settings.root / (settings.config.baseline or FILE_NAME)).resolve()
    if not file.is_relative_to(settings.root):
        raise UserError(f"{settings.file}: `baseline` leaves the project; name a file inside it, or use --baseline")
    return read(file)


def _since(root: Path, focus: frozenset[str] | None, diff: str | None) -> str:
    """The commit to compare with. Named files are compared with what pre-commit says it pushes from, else with the last one."""
    if diff is not None:
        try:
            return fork(root, diff)
        except GitError as error:
            raise UserError(f"--diff: {error}") from None
    try:
        return commit(root, os.environ.get("PRE_COMMIT_FROM_REF", "HEAD")) if focus else ""
    except GitError:  # No checkout, no commit yet, or the first push of a branch.
        return ""


def without_rules(request: Request) -> Request:
    """The request for an analysis without findings."""
    return dataclasses.replace(request, config=replace(request.config, select=(), ignore=(), severity={}))


def cache_folder(settings: Settings, option: str | None = None) -> Path:
    """Where the facts are kept: as the command line says, else the configuration, else with the user's other caches."""
    from txlint.cache import FILE_NAME

    if option:
        return Path(option).resolve()
    if not settings.config.cache_dir:
        return Path(default_folder())
    folder = (settings.root / settings.config.cache_dir).resolve()
    if not folder.is_relative_to(settings.root):
        raise UserError(f"{settings.file}: `cache-dir` leaves the project; name a folder inside it, or use --cache-dir")
    if (folder / FILE_NAME).exists() and not is_ignored_by_git(settings.root, folder / FILE_NAME):
        # A cache that comes with a commit could hide findings.
        raise UserError(f"{settings.file}: `cache-dir` is not ignored by git; add it to .gitignore")
    return folder


def _folder(path: str) -> str:
    """The nearest existing folder around a file that need not exist."""
    return str(next(folder for folder in Path(path).resolve().parents if folder.is_dir()))


def _existing(path: str) -> Path:
    place = Path(path)
    if not place.exists():
        raise UserError(f"{path}: no such file or folder")
    return place.resolve()


def _focus(root: Path, paths: Sequence[str]) -> frozenset[str] | None:
    """The paths below the root; None where they mean all of it, as a change of the configuration does."""
    places = [Path(path).resolve() for path in paths or (".",)]
    if root in places or any(place.name in CONFIGURATION for place in places):
        return None
    return frozenset(place.relative_to(root).as_posix() for place in places)
