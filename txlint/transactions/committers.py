"""Who commits a session that a function leaves uncommitted: its decorator, or a caller when the call is over."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.project.lineage import written
from txlint.project.model import Func
from txlint.project.project import Project
from txlint.transactions.endings import Ending
from txlint.transactions.providers import Owner, Path
from txlint.transactions.sessions import Sessions


def committer(project: Project, sessions: Sessions, ending: Ending) -> Owner | None:
    """The nearest one on the ways to a call, whether or not it should be the one who commits."""
    return next(_committers(project, sessions, ending), None)


def _committers(project: Project, sessions: Sessions, ending: Ending) -> Iterator[Owner]:
    yield from sessions.constructors(ending)
    yield from _decorators(project, sessions, ending.site.func, ())
    for site, path in sessions.upwards(ending):
        for later in sessions.order(site.func).following(site):
            if later is not site and sessions.is_commit(later, site.func):
                text = written(later.call.func)
                message = f"`{site.func.record.qualname}` commits it afterwards, by `{text}`"
                yield Owner(site.func, later.line, text, message, path)
        yield from _decorators(project, sessions, site.func, path)


def _decorators(project: Project, sessions: Sessions, func: Func, path: Path) -> Iterator[Owner]:
    """The decorators of a function that commit once it has returned."""
    for wrapper in project.resolver.openers.wrappings.of(func).wrappers if func.record.decorators else ():
        for one in sessions.endings(wrapper):
            if one.kind == "commit" and not one.site.handlers:
                name = wrapper.parent.record.name if wrapper.parent is not None else wrapper.record.name
                message = f"the decorator `{name}` of `{func.record.qualname}` commits it when that has returned"
                yield Owner(wrapper, one.site.line, written(one.site.call.func), message, path)
