"""What a project may configure: a closed schema."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from txlint.findings import Confidence, Severity
from txlint.frameworks.catalog import Framework

DEFAULT_EXCLUDE = (
    ".git",
    ".venv",
    "venv",
    "node_modules",
    "site-packages",
    "build",
    "dist",
    ".tox",
    ".nox",
    "__pypackages__",
    "*.egg-info",
)


Limit = Annotated[float, Meta(ge=0)]


class AuditConfig(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What `txlint audit` demands: one number for all operations, or numbers by `all`, category or folder."""

    fail_under: Limit | dict[str, Limit] = {}
    """Coverage in percent."""
    fail_under_sound: Limit | dict[str, Limit] = {}
    """Coverage in percent, without operations that have open findings which make their transaction unsound."""
    max_unknown: Limit | dict[str, Limit] = {}
    """How many operations may be undecided."""


class Override(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What is different in some files."""

    paths: tuple[str, ...]
    """Patterns as in .gitignore."""
    ignore: tuple[str, ...] = ()
    """Rules that report nothing there."""
    severity: dict[str, Severity] = {}
    """Severity of single rules there."""


class Config(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Everything that a project may set; rules are meant by code (`TX301`), prefix (`TX3`), name or `ALL`."""

    extend: str | None = None
    """File whose configuration this one adds to, relative to this one; its tables are merged, its other keys replaced."""
    select: tuple[str, ...] | None = None
    """Rules that run; None for all that are on by default."""
    ignore: tuple[str, ...] = ()
    """Rules that do not run."""
    severity: dict[str, Severity] = {}
    """Severity of single rules instead of their own."""
    fail_on: Severity = Severity.WARNING
    """The least severity of a finding that makes the exit code 1."""
    min_confidence: Confidence | None = None
    """The least confidence of a finding that is shown; None for all where `select` names the rules, else for medium."""
    overrides: tuple[Override, ...] = ()
    """What is different in some files; of several that match, the last one decides."""
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    """Patterns as in .gitignore of what is no part of the project."""
    extend_exclude: tuple[str, ...] = ()
    """Patterns that are left out besides those of `exclude`."""
    include_tests: bool = False
    """Report findings in test files too."""
    require_reason: bool = False
    """Report comments that allow something without saying why."""
    atomic_requests: bool | dict[str, bool] | None = None
    """ATOMIC_REQUESTS, for every database or by alias, where the settings cannot be read."""
    boundary_commits: bool | None = None
    """Whether the providers of sessions commit when the request or block ends well."""
    transactional_queues: tuple[str, ...] = ()
    """Full names of tasks or queues whose messages are part of the database transaction."""
    catalogue: Framework = Framework(imports=())
    """The project's own entries."""
    audit: AuditConfig = AuditConfig()
    baseline: str | None = None
    """File of the known findings, relative to the project; None for txlint-baseline.json where there is one."""
    ratchet: bool = False
    """Fail on baseline entries that are stale, and let no rule get more of them."""
    require_atomic: tuple[str, ...] = ()
    """Names of methods that must own a transaction as soon as they write (TX102)."""
    require_using: bool = False
    """Whether every transaction and hook must name its database (TX109)."""
    jobs: Annotated[int, Meta(ge=1)] | None = None
    """Worker processes; as many as there are processors where it is not given."""
    cache_dir: str | None = None
    """Folder of the cache, relative to the project."""
    max_file_size: Annotated[int, Meta(ge=0)] = 1_000_000
    """In bytes; 0 for no limit."""
