"""The audit as JSON, by a published schema: integers, and every operation with its status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from txlint.audit.coverage import Judged
from txlint.audit.figures import Figures, Ratio
from txlint.audit.suspects import Suspects
from txlint.audit.unresolved import Unresolved, entries
from txlint.locations import Location
from txlint.reporters.audit.shown import Shown
from txlint.reporters.audit.words import DEFINITION, settings
from txlint.reporters.view import View

VERSION = 1
"""Of the schema: a field more keeps it, anything else is a new one."""


class RatioData(Struct, frozen=True):
    """A part of a whole, and how people are shown it."""

    covered: int
    total: int
    text: str


class FiguresData(Struct, frozen=True):
    """The counts of some operations, and what follows from them."""

    covered: int
    partial: int
    mixed: int
    uncovered: int
    unknown: int
    exempt: int
    unsound: int
    decided: int
    needs: int
    in_doubt: bool
    coverage: RatioData
    lower: RatioData
    upper: RatioData
    sound: RatioData


class LocationData(Struct, frozen=True):
    """A place in a file; rows and columns from 1."""

    row: int
    column: int


class StepData(Struct, frozen=True):
    """A place with what it has to say."""

    filename: str
    location: LocationData
    message: str


class OperationData(Struct, frozen=True):
    """One operation; `identity` has no line numbers and outlives most changes of the code."""

    identity: str
    name: str
    category: str
    app: str
    why: str
    status: str
    reason: str
    steps: int
    callers: int
    risk: int
    unsound: tuple[str, ...]
    unreached: bool
    filename: str
    location: LocationData
    evidence: tuple[StepData, ...]


class UnresolvedData(Struct, frozen=True):
    """A callee inside transactions that could not be told; `entry` would tell it, in pyproject.toml."""

    callee: str
    calls: int
    could_write: bool
    filename: str
    location: LocationData
    entry: str


class SuspectsData(Struct, frozen=True):
    """The open findings about one question, and the rules about it that did not run."""

    meaning: str
    findings: tuple[StepData, ...]
    not_asked: tuple[str, ...]


class ChangeData(Struct, frozen=True):
    """The status of one operation before and now; null where it did not exist."""

    identity: str
    before: str | None
    after: str | None


class AuditData(Struct, frozen=True):
    """The audit of a project."""

    version: int
    definition: str
    settings: tuple[str, ...]
    total: FiguresData
    weighted: RatioData
    categories: dict[str, FiguresData]
    steps: dict[str, FiguresData]
    apps: dict[str, FiguresData]
    operations: tuple[OperationData, ...]
    unresolved_in_transactions: tuple[UnresolvedData, ...]
    suspects: dict[str, SuspectsData]
    not_asked_for_soundness: tuple[str, ...]
    compared_with: str | None
    changes: tuple[ChangeData, ...]
    missed_thresholds: tuple[str, ...]
    unanalysed: tuple[str, ...]


def schema() -> str:
    """The JSON schema of the document."""
    described = msgspec.json.schema(AuditData)
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "txlint audit --format json"}
    return msgspec.json.format(msgspec.json.encode(title | described, order="sorted"), indent=2).decode() + "\n"


def document(shown: Shown) -> str:
    """The text of the document."""
    view, found = shown.view, shown.audit
    data = AuditData(
        version=VERSION,
        definition=DEFINITION,
        settings=tuple(settings(shown)),
        total=_figures(found.total),
        weighted=_ratio(found.weighted),
        categories=_groups(found.categories),
        steps=_groups(found.bands),
        apps=_groups(found.apps),
        operations=tuple(_operation(view, one) for one in found.judged),
        unresolved_in_transactions=tuple(_unresolved(view, one) for one in found.unresolved),
        suspects={one.key: _suspects(view, one) for one in shown.suspects},
        not_asked_for_soundness=shown.silent,
        compared_with=shown.compared_with,
        changes=tuple(ChangeData(one.identity, one.before or None, one.after or None) for one in shown.changes),
        missed_thresholds=shown.missed,
        unanalysed=tuple(view.filename(one.path) for one in view.report.unanalysed),
    )
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode()


def _groups(groups: Mapping[str, Figures]) -> dict[str, FiguresData]:
    return {name: _figures(one) for name, one in groups.items()}


def _figures(one: Figures) -> FiguresData:
    ratios = ("coverage", "lower", "upper", "sound")
    values: dict[str, Any] = {name: getattr(one, name) for name in FiguresData.__struct_fields__}
    return FiguresData(**values | {name: _ratio(values[name]) for name in ratios})


def _ratio(one: Ratio) -> RatioData:
    return RatioData(one.part, one.whole, str(one))


def _step(view: View, place: Location, message: str) -> StepData:
    return StepData(view.filename(place.path), LocationData(place.row, place.column), message)


def _operation(view: View, one: Judged) -> OperationData:
    return OperationData(
        identity=one.operation.identity,
        name=one.name,
        category=one.operation.category.value,
        app=one.app,
        why=one.operation.why,
        status=one.verdict.status.value,
        reason=one.verdict.reason,
        steps=one.verdict.steps,
        callers=one.callers,
        risk=one.risk,
        unsound=one.unsound,
        unreached=one.verdict.unreached,
        filename=view.filename(one.location.path),
        location=LocationData(one.location.row, one.location.column),
        evidence=tuple(_step(view, step.location, step.message) for step in one.verdict.evidence),
    )


def _unresolved(view: View, one: Unresolved) -> UnresolvedData:
    entry = entries([one]) if one.nameable else ""
    return UnresolvedData(one.callee, one.calls, one.could_write, view.filename(one.path), LocationData(one.line, 1), entry)


def _suspects(view: View, one: Suspects) -> SuspectsData:
    steps = (_step(view, found.location, f"{found.code} {found.message}") for found in one.findings)
    return SuspectsData(one.meaning, tuple(steps), one.silent)
