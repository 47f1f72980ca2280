"""Unresolved callees: what is called where a transaction is open and could not be told, with an entry that would tell it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from txlint.audit.doubts import Reached, foreign_method
from txlint.project.calls import Site, written_receiver
from txlint.project.lineage import written
from txlint.transactions.analysis import Analysis
from txlint.transactions.contexts import FAMILY
from txlint.transactions.endings import FAMILIES

_NAMEABLE = re.compile(r"(self\.)?(?!self|cls|super)[A-Za-z_]\w*\.\w+", re.ASCII)
"""`node.save`, `self.storage.delete`; the last name of a longer way (`Line.objects.create`) would mean too much."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A callee as it is written, how often it is called, and where for the first time."""

    callee: str
    calls: int
    path: str
    line: int
    could_write: bool
    family: str
    """The database that the transaction is about: `django`, `sqlalchemy`, `dbapi`."""
    receiver: str
    method: str
    full_name: str = ""
    """Of a method of a class from outside of the project."""

    @property
    def nameable(self) -> bool:
        """Whether an entry of the catalogue can name it: by the last name of the object and the method."""
        return self.could_write and self.full_name.isascii() and bool(self.full_name or _NAMEABLE.fullmatch(self.callee))


def unresolved(analysis: Analysis, reached: Reached) -> tuple[Unresolved, ...]:
    """The callees that could not be resolved where a transaction is open: first those that could write, then by frequency."""
    counts: Counter[str] = Counter()
    sites: dict[str, Site] = {}
    writing: set[str] = set()
    for site in analysis.sites():
        if reached.why(site) is None or not _family(analysis, site):
            continue
        name = written(site.call.func)
        counts[name] += 1
        sites.setdefault(name, site)
        if reached.could_write(site):
            writing.add(name)
    found = (_of(name, counts[name], site, name in writing, _family(analysis, site)) for name, site in sites.items())
    return tuple(sorted(found, key=lambda one: (not one.could_write, -one.calls, one.callee)))


def _family(analysis: Analysis, site: Site) -> str:
    """Whose transaction is open around a call; empty where none is known to be."""
    session = next((one.family for one in site.opened if one.family in FAMILIES), "")
    opened = any(one.state.status == "open" for one in analysis.contexts.at(site))
    return session or (FAMILY if opened else "")


def _of(name: str, calls: int, site: Site, could_write: bool, family: str) -> Unresolved:
    place = (site.func.module.path, site.line)
    return Unresolved(name, calls, *place, could_write, family, *written_receiver(site.call), foreign_method(site) or "")


def entries(found: Sequence[Unresolved]) -> str:
    """The lines of pyproject.toml that say that these write to the database; to be corrected where they do something else."""
    methods: dict[str, list[str]] = {}
    functions = [one.full_name for one in found if one.full_name]
    for one in (each for each in found if not each.full_name):
        methods.setdefault(one.receiver, []).append(one.method)
    lines = ["[tool.txlint.catalogue]", f"database = {_quoted(found[0].family)}", "effect = ["]
    for receiver, names in methods.items():
        called = ", ".join(_quoted(name) for name in dict.fromkeys(names))
        lines.append(f'  {{ effect = "database-write", receivers = [{_quoted(receiver)}], methods = [{called}] }},')
    if functions:
        lines.append(f'  {{ effect = "database-write", functions = [{", ".join(map(_quoted, functions))}] }},')
    return "\n".join([*lines, "]"])


def _quoted(text: str) -> str:
    """A TOML string."""
    return msgspec.json.encode(text).decode()
