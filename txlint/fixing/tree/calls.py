"""Calls that keep their place and change in part."""

from __future__ import annotations

import libcst as cst

from txlint.findings import Edit
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.source import Sources
from txlint.project.calls import Site


def renamed(sources: Sources, site: Site, method: str) -> tuple[Edit, ...]:
    """Another method of the same object."""
    source = sources.of(site.func.module.path)
    func = source.call(site.call).func
    if not isinstance(func, cst.Attribute):
        raise Unfixable("the method is not written as one")
    return (source.replace(func.attr, method),)
