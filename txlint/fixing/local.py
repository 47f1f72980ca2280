"""Fixes of one place: a statement or decorator moved, added or taken out, a call that is put together differently."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from txlint.facts import records as r
from txlint.findings import Applicability, Edit
from txlint.fixing.repairs import Repair
from txlint.frameworks import spelling
from txlint.project.calls import Opening, Site
from txlint.project.model import Func
from txlint.transactions.analysis import Analysis
from txlint.transactions.contexts import FAMILY
from txlint.transactions.revisions import Statement

if TYPE_CHECKING:
    from txlint.fixing.tree.source import Sources


def removal(site: Site, title: str, applicability: Applicability) -> Repair:
    """Take out the statement that a call is."""

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.local import removed_call

        return removed_call(sources.of(site.func.module.path), site)

    return Repair(title, applicability, make)


def bound(analysis: Analysis, site: Site, argument: r.Expr | None) -> Repair | None:
    """Hand over a function with its arguments bound, in the place of a call, or of a lambda that makes it later."""
    inner = spelling.binder_name(analysis.project.catalog)
    if inner is None or not isinstance(argument, r.Call | r.Lambda):
        return None

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.local import bound_now

        return bound_now(sources.of(site.func.module.path), site, inner)

    return Repair("bind the arguments now, with `partial`", Applicability.SAFE, make)


def unpacked(site: Site, argument: r.Expr | None) -> Repair | None:
    """Give a bound function the items of a tuple one by one."""
    if not isinstance(argument, r.Call):
        return None

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.calls import without_tuple

        return without_tuple(sources.of(site.func.module.path), argument)

    return Repair("pass the arguments one by one", Applicability.SAFE, make)


def reraised(func: Func, handler: r.Handler) -> Repair | None:
    """End a handler by raising its error again; None where it ends in an answer or a jump."""
    leaves = bool(handler.body) and isinstance(handler.body[-1], r.Return | r.Raise | r.Jump)
    return None if leaves else reraised_at(func, handler.line)


def reraised_at(func: Func, line: int) -> Repair:
    """End the handler on a line by raising its error again."""
    return Repair("raise the error again", Applicability.UNSAFE, partial(_at_handler, func, line, "raise", True))


def rolled_back(func: Func, handler: r.Handler, session: str, awaited: bool) -> Repair:
    """Begin a handler by rolling the session back."""
    text = f"{'await ' if awaited else ''}{session}.rollback()"
    return Repair("roll the session back first", Applicability.UNSAFE, partial(_at_handler, func, handler.line, text, False))


def _at_handler(func: Func, line: int, text: str, last: bool, sources: Sources) -> tuple[Edit, ...]:
    from txlint.fixing.tree.local import in_handler

    return in_handler(sources.of(func.module.path), line, text, last)


def savepoint(analysis: Analysis, func: Func, node: r.Try) -> Repair | None:
    """Put the body of a `try` into a transaction of its own, a savepoint of the one around it."""
    opener = spelling.opener_name(analysis.project.catalog, FAMILY)
    if opener is None or func.record.is_async:
        return None

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.local import body_under

        return body_under(sources.of(func.module.path), func, node.line, opener)

    return Repair("give what may fail a savepoint", Applicability.UNSAFE, make)


def set_rollback(analysis: Analysis, site: Site) -> Repair | None:
    """Ask for a rollback before the answer that reports an error; None where it may be given without a transaction too."""
    name = spelling.effect_name(analysis.project.catalog, "set-rollback", FAMILY)
    if name is None or any(one.state.status != "open" for one in analysis.entered(site.func, site.opened)):
        return None

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.local import called_before

        return called_before(sources.of(site.func.module.path), site, name, "True")

    return Repair("ask for a rollback before the answer", Applicability.UNSAFE, make)


def named_database(site: Site, opening: Opening) -> Repair | None:
    """Name the database of the block around a call that names none."""
    alias = opening.alias
    text = alias[1:-1] if alias.startswith("<") else f'"{alias}"'
    simple = all(part.isidentifier() for part in text.strip('"').split("."))
    if len(site.call.args) != 1 or opening.func is not site.func or not simple:
        return None

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.calls import with_keyword

        source = sources.of(site.func.module.path)
        return (with_keyword(source, source.call(site.call), "using", text),)

    return Repair(f"add `using={text}`", Applicability.SAFE, make)


def switched_off(analysis: Analysis, statement: Statement) -> Repair | None:
    """Have a migration with a single operation run without a transaction."""
    entries = analysis.project.catalog.classes.values()
    switch = next((name for one in entries if one.role == "migration" for name in one.off), None)
    classes = statement.scope.module.classes
    cls = next((one for one in classes if one.record.line == statement.begins), None)
    if switch is None or cls is None or switch in cls.bindings:
        return None
    path, line = cls.module.path, cls.record.line

    def make(sources: Sources) -> tuple[Edit, ...]:
        from txlint.fixing.tree.local import in_class

        return in_class(sources.of(path), line, f"{switch} = False")

    lists = [one.value for group in cls.bindings.values() for one in group if isinstance(one.value, r.Seq)]
    alone = any(len(one.items) == 1 and any(getattr(part, "at", 0) == statement.line for part in one.items) for one in lists)
    return Repair(f"set `{switch} = False` in the migration", Applicability.SAFE, make) if alone else None
