"""A configuration to begin with: what is seen in a project, and what only the user can say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import msgspec

from txlint.engine import Report
from txlint.frameworks.catalog import active, builtin_names
from txlint.project.project import imported_packages
from txlint.transactions.inferred import Inferred, RequestsDecision

VENDORED = frozenset({"vendor", "vendored", "_vendor", "third_party", "thirdparty", "3rdparty", "external", "extern"})
"""Names of folders that hold the code of others."""


def vendored(report: Report) -> tuple[str, ...]:
    """The outermost folders of the project that hold the code of others."""
    found: dict[str, None] = {}
    for file in report.files:
        folders = PurePosixPath(file).parts[:-1]
        depth = next((number for number, name in enumerate(folders, start=1) if name.lower() in VENDORED), 0)
        if depth:
            found["/".join(folders[:depth]) + "/"] = None
    return tuple(sorted(found))


def beginning(report: Report, found: Inferred) -> Iterator[str]:
    """The lines below `[tool.txlint]`: what was seen is said in comments; what is decided needs no line."""
    names = ", ".join(sorted(active_names(report))) or "none that txlint knows"
    yield f"# Frameworks: {names}. {len(report.files)} files, {report.tests} test files left out."
    yield from _listed(report)
    if folders := vendored(report):
        yield ""
        yield "# Code of others."
        yield f"extend-exclude = {_toml(folders)}"
    yield from _requests(found.requests)
    if found.boundary is not None:
        yield ""
        yield f"# Sessions: {_line(found.boundary.message)}"
        if found.boundary.commits is None:
            yield "# Say whether the providers of sessions commit when the request ends well:"
            yield "# boundary-commits = true"


def _listed(report: Report) -> Iterator[str]:
    for one in report.unanalysed[:5]:
        yield f"# Not analysed: {_line(one.path)}: {_line(one.reason)}"
    if report.tests:
        yield "# include-tests = true  # report on test files too"


def _requests(decisions: tuple[RequestsDecision, ...]) -> Iterator[str]:
    for one in decisions:
        yield ""
        where = f" ({_line(one.location.path)}:{one.location.row})" if one.location else ""
        state = {True: "on", False: "off", None: "not known"}[one.atomic]
        yield f"# ATOMIC_REQUESTS of database {_line(one.database)} is {state}: {_line(one.message)}{where}"
    unknown = [one.database for one in decisions if one.atomic is None]
    if unknown:
        yield "# The settings cannot be read; say what they are where the program runs:"
        yield f"# atomic-requests = {{ {', '.join(f'{_toml(name)} = true' for name in unknown)} }}"


def active_names(report: Report) -> frozenset[str]:
    """The frameworks that the project imports."""
    imported = imported_packages(report.analysis.project.modules.values())
    return frozenset(name for name, one in builtin_names() if one.imports and any(active((one,), imported)))


def _toml(value: object) -> str:
    """A string or a list of strings; JSON's are TOML's too."""
    return msgspec.json.encode(value).decode()


def _line(text: str) -> str:
    """Text that cannot end a comment."""
    return "".join(character if character.isprintable() else "?" for character in text)
