"""Calls that are only made while the tests of the project run."""

from __future__ import annotations

from collections.abc import Container

from txlint.facts import records as r
from txlint.project.calls import Site
from txlint.project.model import walk


def is_for_tests(site: Site, settings: Container[str]) -> bool:
    """Whether a call stands under a setting that only holds in tests: `if settings.TESTING:`."""
    held = [part for one in site.conditions if one.holds for part in walk(one.test)]
    denied = any(isinstance(part, r.Parts) and part.operator == "Not" for part in held)
    return not denied and any(isinstance(part, r.Name) and part.path in settings for part in held)
