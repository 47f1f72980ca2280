"""Whether the code shows that two pieces of work, each committed by itself, depend on each other: what they have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements, written_receiver
from txlint.project.model import Binding, Func, walk
from txlint.project.project import Project
from txlint.project.types import Obj
from txlint.transactions.order import surely_follows
from txlint.transactions.reach import Reach, may_write
from txlint.transactions.rows import subject
from txlint.transactions.sessions import Sessions
from txlint.transactions.stage_names import KEEPS_RECORD, STANDS_ALONE, in_words

_DEEP = 3
"""Names through which what a call is given is followed back to what it was made of."""


class Dependence:
    """Compares the names of the rows that the pieces are about."""

    def __init__(self, project: Project, sessions: Sessions) -> None:
        self._project, self._sessions = project, sessions
        self._handles = project.catalog.words["handles"]
        self._asking = frozenset(project.catalog.words["asking"])
        self._writing = Reach(project, may_write, telling=True)

    def shows(self, first: Site, second: Site) -> bool:
        """Whether a later call surely follows an earlier one, and is about something that the earlier one is about, too.

        Without a name in common, what is deleted before something new is added counts: it is missing if that fails.
        """
        if not surely_follows(first, second) or any(map(self._only_notes, (first, second))) or _is_same_row(first, second):
            return False
        done, due = self._about(first, 0), self._about(second, first.line)
        behind, ahead = self._made_of(done, first), self._made_of(due, second)
        if (
            not done.isdisjoint(ahead)
            or not due.isdisjoint(behind)
            or any(_is_thing(one, first.func) for one in behind & ahead)
        ):
            return True
        return self._all(first, "removes") and self._all(second, "adds")

    def _all(self, site: Site, what: str) -> bool:
        """Whether the function that commits does nothing else to the database than to delete, or adds a row."""
        committed = self._sessions.committed_by(site)
        sites = self._project.bodies[committed.site.func].sites if committed is not None else ()
        written = [one.entry for each in sites for one in each.effects if one.kind == "database-write"]
        return bool(written) and all(getattr(one, what) for one in written)

    def _only_notes(self, site: Site) -> bool:
        """Whether a call stores what takes down something that has happened."""
        given = (part for arg in site.call.args for part in self._values(arg.value, site.func))
        made = (one.func.path.rpartition(".")[2] for one in given if isinstance(one, r.Call) and isinstance(one.func, r.Name))
        return any(one[:1].isupper() and KEEPS_RECORD.match(in_words(one)) for one in made)

    def _values(self, value: r.Expr, func: Func) -> Iterator[r.Expr]:
        yield value
        if isinstance(value, r.Name):
            yield from (one.value for one in func.bindings.get(value.path, ()) if one.how == "value" and one.value is not None)

    def names_new_row(self, site: Site) -> bool:
        """Whether a call is given a part, such as the key, of a row that its function has made and not committed yet."""
        before = self._sessions.before(site)
        since = max((one.line for one in before if self._sessions.is_commit(one, site.func) and not one.handlers), default=0)
        adding = [one for one in before if one.line > since and any(effect.entry.adds for effect in one.effects)]
        added = {arg.value.path for one in adding for arg in one.call.args if isinstance(arg.value, r.Name)}
        made = {name for name in added for one in site.func.bindings.get(name, ()) if self._makes(one.value, site.func)}
        parts = (part for arg in site.call.args for part in walk(arg.value))
        return any(isinstance(one, r.Name) and "." in one.path and one.path.partition(".")[0] in made for one in parts)

    def _makes(self, value: r.Expr | None, scope: Func) -> bool:
        """Whether an expression makes an object of a class of the project."""
        called = self._project.inference.infer(value.func, scope) if isinstance(value, r.Call) else ()
        return any(isinstance(one, Obj) for one in called)

    def parts_block(self, site: Site, inner: Iterable[Site]) -> bool:
        """Whether more is written after a commit before the block around a call ends, which commits by itself.

        The inner ones are the calls from there to the commit, and the commit. As the last thing of its block it does no harm.
        """
        blocks = [(node.line, node.end_line) for node in self._sessions.providers.committing_blocks(site)]
        opened = [one for one in site.opened if one.commits and one.func is site.func]
        rest = (one for one in self._following(site) if self._writes(one))
        if any(any(one in opened for one in other.opened) or any(a <= other.line <= b for a, b in blocks) for other in rest):
            return True
        return any(self._writes(one) for each in inner for one in self._following(each))

    def _following(self, site: Site) -> tuple[Site, ...]:
        return self._sessions.order(site.func).following(site)

    def _writes(self, site: Site) -> bool:
        return may_write(site) or self._writing.through(site)

    def _about(self, site: Site, since: int) -> frozenset[str]:
        """The objects that a call is about; those that are changed from a line on where it is the commit itself."""
        if any(one.site is site for one in self._sessions.endings(site.func)):
            return self._changed(site, since)
        return frozenset() if _adds_again(site, since) else self._plain(self._named(site), site)

    def _changed(self, site: Site, since: int) -> frozenset[str]:
        """The objects that are written from a line on, or may be changed, before a call of the same function."""
        found = set[str]()
        for one in self._sessions.before(site):
            noted = since and STANDS_ALONE.match(written_receiver(one.call)[1] or getattr(one.call.func, "path", ""))
            if since < one.line <= site.line and not noted and self._changes(one) and not _adds_again(one, since):
                found.update(self._named(one))
                found.add(_owner(one).partition(".")[0])  # incident.costs.append(cost)
        for node in nested_statements(site.func.record.body):
            if isinstance(node, r.Assign) and since < node.line <= site.line and any(map(_is_part, node.targets)):
                found.update(_names((*node.targets, *((node.value,) if node.value is not None else ()))))
        return self._plain(found, site)

    def _changes(self, site: Site) -> bool:
        """Whether a call may write, or puts something into a row: `incident.costs.append(cost)`."""
        return self._writes(site) or "." in _owner(site)

    def _named(self, site: Site) -> Iterator[str]:
        yield from _names(arg.value for arg in site.call.args)
        yield from site.func.names_of(site.call)
        if any(one.how in ("value", "item", "param") for one in site.func.bindings.get(_owner(site), ())):
            yield _owner(site)

    def _plain(self, names: Iterable[str], site: Site) -> frozenset[str]:
        """Those that stand for rows or their keys, as far as the names tell: no session, and not who asks."""
        bound = site.func.bindings
        return frozenset(
            one
            for one in names
            if one.partition(".")[0] in bound
            and not self._is_session(one, bound[one.partition(".")[0]])
            and one not in self._asking
            and one not in ("self", "cls")
            and not any(each.how in ("import", "def", "class") for each in bound[one.partition(".")[0]])
        )

    def _is_session(self, name: str, given: list[Binding]) -> bool:
        """Whether a name says that it stands for a session: `db`, or a parameter `user_db`."""
        last = name.rpartition(".")[2].lower()
        return last in self._handles or (last.endswith(self._handles) and any(one.how in ("param", "enter") for one in given))

    def _made_of(self, names: frozenset[str], site: Site) -> frozenset[str]:
        """Some names, and those of what they were made of or are given before a call."""
        found, fresh = set(names), set(names)
        parts = [one for one in nested_statements(site.func.record.body) if isinstance(one, r.Assign) and one.line <= site.line]
        for _ in range(_DEEP):
            values = [one.value for name in fresh for one in site.func.bindings.get(name, ()) if one.line <= site.line]
            values += [one.value for one in parts if any(_is_part(each) and _root(each) in fresh for each in one.targets)]
            fresh = set(self._plain(_names(one for one in values if one is not None), site)) - found
            found |= fresh
        return frozenset(found)


def _is_thing(name: str, func: Func) -> bool:
    """Whether a name stands for something that a function was given, or has got by a call: a row, a key, not a default."""
    given = func.bindings.get(name.partition(".")[0], ())
    return any(one.how == "param" or (one.how == "value" and isinstance(one.value, r.Call)) for one in given)


def _is_same_row(first: Site, second: Site) -> bool:
    """Whether two methods of one object are given nothing: `link.save()`, `link.delete()` bring the same row up to date."""
    return _owner(first) == _owner(second) != "" and not first.call.args and not second.call.args and "." not in _owner(first)


def _adds_again(site: Site, since: int) -> bool:
    """Whether a call only adds a row to its session that was there before a line, and so in it already."""
    if not since or not any(one.kind == "database-write" and one.entry.adds and one.entry.lazy for one in site.effects):
        return False
    given = [one.value.path for one in site.call.args if isinstance(one.value, r.Name)]
    return bool(given) and all(each.line <= since for one in given for each in site.func.bindings.get(one, ()))


def _owner(site: Site) -> str:
    """What a method is called of, as written; empty for anything else."""
    return site.call.func.path.rpartition(".")[0] if isinstance(site.call.func, r.Name) else ""


def _root(target: r.Expr) -> str:
    """The object of which a part is assigned."""
    return next((subject(one.path) for one in walk(target) if isinstance(one, r.Name)), "")


def _names(values: Iterable[r.Expr]) -> Iterator[str]:
    for value in values:
        called = {id(one.func) for one in walk(value) if isinstance(one, r.Call)}
        for one in walk(value):
            if isinstance(one, r.Name) and (path := one.path.rpartition(".")[0] if id(one) in called else one.path):
                yield subject(path)


def _is_part(target: r.Expr) -> bool:
    return not isinstance(target, r.Name) or "." in target.path
