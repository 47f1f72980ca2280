"""The calls that lead to a call within its transaction, and the blocks around them."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.facts import records as r
from txlint.project.calls import Opening, Site
from txlint.transactions.contexts import FAMILY, Context


def frames(site: Site, context: Context) -> Iterator[tuple[Site, Opening | None]]:
    """A call and those that lead to it within its transaction, innermost first; with what opens it, where that is reached."""
    here, one = site, context
    while True:
        opening = context.origin if isinstance(context.origin, Opening) and context.origin in here.opened else None
        yield here, opening
        if opening is not None or one.before is None or one.site is None or (one.edge is not None and one.edge.protected):
            return
        here, one = one.site, one.before


def broken(site: Site, context: Context) -> Iterator[tuple[Site, Opening | None]]:
    """The same as far as an error in the call breaks anything: up to the innermost block with a savepoint around it."""
    for here, opening in frames(site, context):
        inner = next((one for one in reversed(here.opened) if is_block(one)), opening)
        yield here, inner
        if inner is not opening:
            return


def saved(site: Site, node: r.Try) -> bool:
    """Whether a block with a savepoint of its own stands between a `try` and a call in it."""
    return any(one.func is site.func and one.line >= node.line and is_block(one) for one in site.opened)


def is_block(one: Opening) -> bool:
    """Whether something opened is a transaction, or a savepoint in one."""
    return one.family == FAMILY and one.boundary != "joining"


def in_block(site: Site) -> bool:
    """Whether a call stands in such a block, in its function."""
    return any(is_block(one) for one in site.opened)
