"""Work that is sent at once, handed over until after the commit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.findings import Applicability, Edit
from txlint.fixing.repairs import Repair, Words, together
from txlint.frameworks import spelling
from txlint.project.calls import Site, is_statement, nested_statements, written_receiver
from txlint.project.model import walk
from txlint.transactions.analysis import Analysis
from txlint.transactions.contexts import FAMILY, Context
from txlint.transactions.surroundings import afterwards, bound_by, levels, raised_within

if TYPE_CHECKING:
    from txlint.fixing.tree.source import Sources

_DISPATCH = frozenset({"enqueue", "postponed-enqueue"})
"""What another process does: whatever else a call does (a mail, a deleted file, a row), what follows may look at in vain."""
_SIMPLE = re.compile(r"[\w.]+(\(\))?")


def deferral(analysis: Analysis, site: Site, context: Context | None) -> Repair | None:
    """Hand a call over until after the commit.

    None where its result is used, where an error follows or is waited for, where it needs what a `with` block closes (a
    connection, a file), where it writes rows that belong into the transaction, and where the database cannot be named.
    """
    func, catalog = site.func, analysis.project.catalog
    outer, inner = spelling.deferral_name(catalog, FAMILY), spelling.binder_name(catalog)
    if outer is None or inner is None or func.record.is_async or not is_statement(site):
        return None
    # Deleting a file field saves its row as well; after the commit of the row's own deletion it would be back.
    if _needs_what_closes(site) or any(one.kind == "database-write" for one in site.effects):
        return None
    around = levels(func.record.body, site.call)
    using = _using(analysis, site, context)
    if using is None or raised_within(around, None) is not None or any(one.handlers for one in site.tries):
        return None
    later = {name for node in afterwards(around) for name in bound_by(node)}
    raises = any(isinstance(one, r.Raise) and one.line > site.line for one in nested_statements(func.record.body))
    plain = all(_is_plain(arg, later) for arg in site.call.args) and not raises
    safe = context is not None and plain and _is_expected(analysis, site)
    applicability = Applicability.SAFE if safe else Applicability.UNSAFE
    if not using and (method := _own_way(analysis, site)):
        return Repair(f"send it with `{method}`", applicability, partial(_renamed, site, method))
    title = f"hand it over to `{'.'.join(outer.split('.')[-2:])}`"
    return Repair(title, applicability, partial(_handed_over, site, Words(outer, inner, using)))


def deferrals(analysis: Analysis, sites: Iterable[Site], context: Context | None) -> Repair | None:
    """Hand several calls over until after the commit; None where that is not possible for one of them."""
    return together(deferral(analysis, site, context) for site in sites)


def _is_expected(analysis: Analysis, site: Site) -> bool:
    """Whether nothing but a worker can tell when a call is made.

    A test that never commits never sees what waits for the commit: the project has to have work that waits already, and
    no test of it may name what is sent, or the function that sends it.
    """
    if not all(one.kind in _DISPATCH for one in site.effects) or not analysis.handovers.are_known:
        return False
    receiver = written_receiver(site.call)[0]
    sent = {receiver, *(edge.func.record.name for edge in site.edges)} - {""}
    sender = {site.func.record.name} if site.func.cls is None else set()
    return not any(map(analysis.suite.names, sent | sender))


def _needs_what_closes(site: Site) -> bool:
    """Whether a call is made with what a `with` statement has entered, which is closed by the time of the commit."""
    names = {one.path.partition(".")[0] for one in walk(site.call) if isinstance(one, r.Name)}
    return any(binding.how == "enter" for name in names for binding in site.func.bindings.get(name, ()))


def _is_plain(arg: r.Arg, later: set[str]) -> bool:
    """Whether an argument is a name, an attribute or a literal that means the same in the end."""
    match arg.value:
        case r.Name(path):
            return not arg.star and path.partition(".")[0] not in later
        case r.Const():
            return True
    return False


def _using(analysis: Analysis, site: Site, context: Context | None) -> str | None:
    """How the database is said whose commit is waited for: nothing for the default one, None where it has no name here."""
    if context is None:
        names = [param.name for param in site.func.record.params]
        return "using" if "using" in names and len(analysis.project.settings.databases) > 1 else ""
    alias = context.state.alias
    if alias == "default":
        return ""
    if not alias.startswith("<"):
        return f'"{alias}"'
    here = any(one.alias == alias and one.func is site.func for one in site.opened)
    return alias[1:-1] if here and _SIMPLE.fullmatch(alias[1:-1]) else None


def _own_way(analysis: Analysis, site: Site) -> str | None:
    """The method of the same task that sends after the commit, where the project uses it already."""
    wanted = f"{written_receiver(site.call)[1]}_on_commit"
    return wanted if wanted in analysis.handovers.methods else None


def _renamed(site: Site, method: str, sources: Sources) -> tuple[Edit, ...]:
    from txlint.fixing.tree.calls import renamed

    return renamed(sources, site, method)


def _handed_over(site: Site, words: Words, sources: Sources) -> tuple[Edit, ...]:
    from txlint.fixing.tree.deferring import handed_over

    return handed_over(sources, site, words)
