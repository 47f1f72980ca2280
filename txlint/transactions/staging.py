"""Work that may be committed in stages on purpose, so that the stages alone are no evidence of a defect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from txlint.facts import records as r
from txlint.project.calls import Site, nested_statements, written_receiver
from txlint.project.flow import blocks, ends, ends_in_raise
from txlint.project.model import Func, nested, walk
from txlint.project.project import Project
from txlint.project.types import ParamValue
from txlint.transactions.borrowing import LEAVING
from txlint.transactions.contexts import Context, Contexts
from txlint.transactions.endings import Ending, is_script, session_of
from txlint.transactions.handling import catches_everything
from txlint.transactions.lookups import is_found_next_time, makes_what_is_missing
from txlint.transactions.loops import is_command
from txlint.transactions.providers import Owner
from txlint.transactions.reach import Reach, may_write
from txlint.transactions.redundancy import Redundancy, assigns_parts
from txlint.transactions.sessions import Sessions
from txlint.transactions.stage_names import (
    CREDENTIAL,
    FACTORY,
    KEEPS_RECORD,
    LOGIN,
    MESSAGE,
    NOTICE,
    ONCE_NAMED,
    OUTWARD,
    SAMPLE,
    STANDS_ALONE,
    STARTS,
    WRITES,
    in_words,
)
from txlint.transactions.traces import LONGEST

_BACKGROUND = frozenset({"task", "flow", "consumer", "fixture", "test", "module", "thread", "worker", "after-response"})
_ONCE = frozenset({"command", "migration", "startup"})


class Staging:
    """Looks for what a reader would see as a reason to commit before the rest is done."""

    def __init__(self, project: Project, sessions: Sessions, contexts: Contexts, redundancy: Redundancy) -> None:
        self._project, self._sessions, self._contexts, self._redundancy = project, sessions, contexts, redundancy
        self._leaving = Reach(project, _leaves)
        self._writing = Reach(project, may_write, telling=True)

    def is_meant(self, ending: Ending, owner: Owner) -> bool:
        """Whether something shows why a commit is made although somebody else decides about its session."""
        site = ending.site
        if ONCE_NAMED.match(owner.func.record.name) or _is_in_login(site.func):
            return True
        again = owner.stages is not None and any(one.before.site is owner.stages[0] for one in self._redundancy.of(owner.func))
        if again and not self._runs_once(owner.func):
            return False  # committed again at once: there is no second stage
        if self._is_given_back(ending):
            return True
        if any(one.loops for one in (site, *(through for through, _ in owner.through))):
            return True
        if self.is_background(owner.func) or site.handlers or self._is_before_error(site) or self.reads_only(ending):
            return True
        return owner.stages is not None and self.may_be_meant(*owner.stages)

    def may_be_meant(self, first: Site, second: Site) -> bool:
        """Whether something shows why what a call commits should stay although a later one fails."""
        if self.is_background(first.func) or first.loops or second.loops:
            return True
        if self._is_for_itself(second, first) or self._is_for_itself(first, second) or _instead(first, second):
            return True
        if _repeats(first, second, self._between(first, second)) or is_found_next_time(first, second):
            return True
        if self._finds_or_makes(first):
            return True
        if self._is_before_error(second) and not _is_taken_back(first, second):
            return True
        if any(map(self._is_of_a_login, (first, second))):
            return True
        if self._is_message(second) and not self._is_message(first):
            return True
        if _is_of_the_expired(first) or any(NOTICE.match(_object(one.call)) for one in (first, second)):
            return True
        if any(self._is_best_effort(one) or self._is_conditional(one) for one in (first, second)):
            return True
        if any(self._leaves(one) or _is_callers_work(one) for one in self._between(first, second)):
            return True
        return any(self._stands_alone(one) for one in (first, second))

    def _is_of_a_login(self, site: Site) -> bool:
        """Whether names say that what commits is about a login, or a part of one, which is made again when it fails."""
        if _is_in_login(site.func):
            return True
        return bool(CREDENTIAL.match(_object(site.call))) or any(map(CREDENTIAL.match, self._names(site)))

    def _is_message(self, site: Site) -> bool:
        return any(map(MESSAGE.match, self._names(site)))

    def _stands_alone(self, site: Site) -> bool:
        """Whether the name of what commits says that it is a step for itself, or does not say that it writes."""
        return self.is_aside(site) or not WRITES.match(next(self._names(site)))

    def is_aside(self, site: Site) -> bool:
        """Whether the name of what commits says that it looks something up or takes something down."""
        given = (_made(arg.value) for arg in site.call.args)
        stored = any(KEEPS_RECORD.match(one) and "event" not in one.lower() for one in given)  # an event may be the thing
        return stored or bool(KEEPS_RECORD.match(_object(site.call))) or any(map(STANDS_ALONE.match, self._names(site)))

    def only_notes(self, owner: Owner) -> bool:
        """Whether the call that commits in passing says by its name that it is about something of its own."""
        _, _, name = owner.text.rpartition(".")
        return owner.in_passing and bool(STANDS_ALONE.match(name))

    def reads_only(self, ending: Ending) -> bool:
        """Whether nothing in its function shows that there is anything to commit: it may only end what a query has begun."""
        before = self._sessions.before(ending.site)
        func = ending.site.func
        asking = (one for one in before if any(effect.kind == "database-read" for effect in one.effects))
        parts = {id(part) for one in asking for part in walk(one.call.func)}  # session.query(Order) of what is then asked
        written = any(
            may_write(one) or self._writing.through(one) or (id(one.call) not in parts and _sends_unknown(one, ending))
            for one in before
        )
        changes = (node for node in nested_statements(func.record.body) if isinstance(node, r.Assign | r.Delete))
        return not written and not any(node.line <= ending.site.line and assigns_parts((node,)) for node in changes)

    def is_background(self, func: Func) -> bool:
        """Whether no request waits for it: it works through something and says how far it got, or is run by hand."""
        if self._runs_once(func):
            return True
        contexts = self._contexts.of(func)
        if contexts and all(FACTORY.match(one.start.record.name) for one in contexts):
            return True
        kinds = {one.state.kind for one in contexts}
        if STARTS.match(func.record.name) and "view" not in kinds:
            return True
        return bool(kinds) and kinds <= _BACKGROUND

    def _runs_once(self, func: Func) -> bool:
        """Whether somebody runs it by hand, or it runs when a program starts."""
        return self.is_once(func) or is_command(func) or any(one.state.kind in _ONCE for one in self._contexts.of(func))

    def _is_given_back(self, ending: Ending) -> bool:
        """Whether the session is closed at once: its connection is not to be kept while the answer is made."""
        others = self._sessions.endings(ending.site.func)
        line = ending.site.call.end_line + 1
        return any(one.kind == "close" and one.session == ending.session and one.site.line == line for one in others)

    def _finds_or_makes(self, site: Site) -> bool:
        """Whether a call commits only what it has looked up first and not found, so that the next try goes on with it."""
        callees = [edge.func for edge in site.edges if edge.when == "now" and edge.func in self._project.bodies]
        made = [one for func in callees for one in self._project.bodies[func].sites if self._sessions.is_commit(one, func)]
        committed = self._sessions.committed_by(site)
        deeper = committed is not None and committed.site is not site and makes_what_is_missing(committed.site)
        return deeper or (bool(made) and all(map(makes_what_is_missing, made)))

    def is_once(self, func: Func) -> bool:
        """Whether it is of a script, or fills a database once: what goes wrong there is seen and run again."""
        return is_script(func) or self.fills_once(func)

    def is_sample(self, func: Func) -> bool:
        """Whether its name, or that of its file or folder, says that it is there to show or try something."""
        return any(map(SAMPLE.match, (func.record.name, *func.module.path.removesuffix(".py").split("/"))))

    def is_of_sample(self, context: Context) -> bool:
        """Whether one of the last functions on a way is there to show or try something."""
        return any(self.is_sample(one.func) for one in islice(context.backwards(), LONGEST))

    def fills_once(self, func: Func) -> bool:
        """Whether its name, or that of its file or folder, says that it fills a database once."""
        return any(map(ONCE_NAMED.match, (func.record.name, *func.module.path.removesuffix(".py").split("/"))))

    def _is_before_error(self, site: Site) -> bool:
        """Whether an error follows in the same block, which would take back what is not committed."""
        body = site.func.record.body
        every = (body, *(block for node in nested_statements(body) for block in blocks(node)))
        return any(ends_in_raise(block) and any(call is site.call for call in nested(block)) for block in every)

    def _is_for_itself(self, site: Site, other: Site) -> bool:
        """Whether the error of a call is dealt with where the other one is out of reach."""
        inner = [node for node in site.tries if not any(node is one for one in other.tries)]
        return any(node.handlers for node in inner)

    def _is_best_effort(self, site: Site) -> bool:
        """Whether the error of a call is passed over in its function: the work goes on with what there is."""
        handlers = [handler for node in site.tries for handler in node.handlers if catches_everything(handler)]
        return any(not any(isinstance(one, r.Raise | r.Return) for one in nested_statements(each.body)) for each in handlers)

    def _is_conditional(self, site: Site) -> bool:
        """Whether what a call leads to commits under a condition only: most calls of it may just look something up."""
        committed = self._sessions.committed_by(site)
        if committed is None or committed.site is site or not committed.site.tests:
            return False
        return not WRITES.match(committed.site.func.record.name)

    def _between(self, first: Site, second: Site) -> Iterator[Site]:
        order = self._sessions.order(first.func)
        yield from (first, second)
        yield from (one for one in order.following(first) if second in order.following(one))

    def _leaves(self, site: Site) -> bool:
        return _leaves(site) or self._leaving.through(site)

    def _names(self, site: Site) -> Iterator[str]:
        yield written_receiver(site.call)[1] or getattr(site.call.func, "path", "")
        if (committed := self._sessions.committed_by(site)) is not None:
            yield committed.site.func.record.name


def _object(call: r.Call) -> str:
    """What a method is called of, by its last name, a new object by its class: `Activity_Log` of `ActivityLog().save`."""
    return _made(call.func.value) if isinstance(call.func, r.Attr) else in_words(written_receiver(call)[0])


def _made(value: r.Expr) -> str:
    """The class of a new object, in words: `Activity_Log` of `ActivityLog()`; empty for anything else."""
    if not (isinstance(value, r.Call) and isinstance(value.func, r.Name)):
        return ""
    return in_words(value.func.path.rpartition(".")[2])


def _repeats(first: Site, second: Site, between: Iterable[Site]) -> bool:
    """Whether the second call only stores once more what the first one has stored: `order.update(data)`, `order.save()`."""
    owner = written_receiver(second.call)[0]
    known = first.func.names_of(first.call) | {written_receiver(first.call)[0]}
    if not owner or second.call.args or owner not in known:
        return False
    changed = (node for node in nested_statements(first.func.record.body) if isinstance(node, r.Assign))
    parts = (one for node in changed if first.line < node.line <= second.line for one in node.targets)
    quiet = not any(isinstance(one, r.Name) and one.path.startswith(f"{owner}.") for one in parts)
    return quiet and all(one is first or one is second for one in between)


def _is_in_login(func: Func) -> bool:
    """Whether the name of a function or its class says that it lets somebody in."""
    return any(LOGIN.match(in_words(one)) for one in func.record.qualname.split("."))


def _is_of_the_expired(site: Site) -> bool:
    """Whether a call clears away what is past its time."""
    asked = (part.path for test in site.tests for part in walk(test) if isinstance(part, r.Name))
    return any("expire" in one.rpartition(".")[2].lower() for one in asked)


def _sends_unknown(site: Site, ending: Ending) -> bool:
    """Whether a call of a session sends a statement of which nothing is known."""
    return session_of(site.call) == ending.session and not any(one.kind == "database-read" for one in site.effects)


def _is_taken_back(first: Site, second: Site) -> bool:
    """Whether a call is given what an earlier one has made: to delete it by hand, before an error."""
    names = first.func.names_of(first.call)
    given = (part for arg in second.call.args for part in walk(arg.value))
    return any(isinstance(one, r.Name) and one.path.partition(".")[0] in names for one in given)


def _leaves(site: Site) -> bool:
    """Whether a call leaves the database, for all that is known or its object's name says."""
    if any(effect.kind in LEAVING or effect.kind == "file-delete" for effect in site.effects):
        return True
    owner = site.call.func.path.rpartition(".")[0] if isinstance(site.call.func, r.Name) else ""
    return not site.effects and not site.edges and OUTWARD.match(owner) is not None


def _instead(first: Site, second: Site) -> bool:
    """Whether the second call is for where the first one has given nothing: its result is returned if there is one."""
    names = first.func.names_of(first.call)
    tests = (node for node in nested_statements(first.func.record.body) if isinstance(node, r.If) and node.line <= second.line)
    return any(
        ends(node.body) and (node.test is first.call or (first.line <= node.line and _is_one_of(node.test, names)))
        for node in tests
    )


def _is_one_of(expr: r.Expr, names: frozenset[str]) -> bool:
    return isinstance(expr, r.Name) and expr.path in names


def _is_callers_work(site: Site) -> bool:
    """Whether a call runs whatever the function was given to run."""
    return any(isinstance(one, ParamValue) for one in site.types) and "." not in getattr(site.call.func, "path", ".")
