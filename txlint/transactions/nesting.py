"""Transactions inside of others."""

from __future__ import annotations

from collections.abc import Iterable

from txlint.project.calls import Opening, Site
from txlint.project.model import Func
from txlint.transactions.contexts import FAMILY, Context, Contexts, entered


def open_around(opening: Opening, func: Func, sites: Iterable[Site], contexts: Contexts) -> Context | None:
    """How a transaction can be open already where a function opens this one: by a caller, or by a block around it."""
    known = contexts.of(func)
    for context in known:
        if context.state.status == "open" and context.state.alias == opening.alias:
            return context
    for site in sites:
        if opening in site.opened:
            outer = site.opened[: site.opened.index(opening)]
            around = tuple(one for one in outer if one.family == FAMILY and one.alias == opening.alias and one.certain)
            return entered(known[0], around) if around and known else None
    return None
