"""The formats that findings are reported in; each is a module beside this one, read when it is asked for."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from txlint.reporters.view import View

PEOPLE = ("full", "concise")
"""Formats that end with a summary; with the others the summary would be no part of the document."""
DOCUMENTS = ("json", "json-lines", "github", "gitlab", "sarif", "junit", "rdjson", "markdown")
"""Formats for programs: the module of that name has a function `document(view)`."""
EDITABLE = frozenset({"json", "json-lines", "sarif"})
"""Those that hold the edits of fixes, which programs apply as they are."""
FORMATS = (*PEOPLE, *DOCUMENTS)


def document(name: str, view: View) -> str:
    """The report in a format for programs."""
    return str(_module(name).document(view))


def statistics(name: str, view: View) -> str:
    """How often each rule was violated, in a format for programs that `counts`."""
    return str(_module(name).statistics(view))


def counts(name: str) -> bool:
    """Whether a format has a place for how often each rule was violated."""
    return name in PEOPLE or hasattr(_module(name), "statistics")


def _module(name: str) -> ModuleType:
    return import_module(f"{__package__}.{name.replace('-', '_')}")
