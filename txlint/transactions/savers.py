"""Who saves the rows that a receiver, or a model's own `save` or `delete`, waits for, and whether any of them has one open."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.facts import records as r
from txlint.frameworks.catalog import EffectEntry
from txlint.project.model import Cls, Func
from txlint.project.project import Project
from txlint.project.types import Obj
from txlint.transactions.contexts import Contexts
from txlint.transactions.signals import SignalOnly

_REGISTRATION = "admin-registration"
_UNSEEN = frozenset({"unreached", "module"})


class Savers:
    """Answers it from the known callers, and from what is registered with an admin site."""

    def __init__(self, project: Project, contexts: Contexts, signals: SignalOnly) -> None:
        self._project, self._contexts, self._signals = project, contexts, signals
        self._administered = administered(project)

    def have_none_open(self, func: Func) -> bool:
        """Whether all that run such a function are known, and have no transaction open, the framework's own included."""
        return all(self._is_alone(one) for one in self._signals.roots(func))

    def _is_alone(self, func: Func) -> bool:
        heard = [one for found in self._project.resolver.receivers.values() for one in found if one.func is func]
        models = {one.sender for one in heard} if heard else {func.cls, *(func.cls.subclasses if func.cls else ())}
        if any(one in self._administered for one in models) or any(self._opens(one.signal) for one in heard):
            return False
        states = [one.state for one in self._contexts.of(func) if one.state.status != "any"]
        return bool(states) and all(one.status == "none" and one.kind not in _UNSEEN for one in states)

    def _opens(self, signal: str) -> bool:
        """Whether what sends a signal opens a transaction for that: a deletion, a change of a many-to-many relation."""
        sending = [one for one in self._project.catalog.effects() if signal in one.signals]
        return any(one.protected and not one.savepoint for one in sending)


def administered(project: Project) -> frozenset[Cls]:
    """The models that are registered, by a call or above the class that edits them."""
    return frozenset(
        one.cls
        for call, scope in _registrations(project)
        for arg in call.args[:1]
        for value in (arg.value.items if isinstance(arg.value, r.Seq) else (arg.value,))
        for one in project.inference.infer(value, scope)
        if isinstance(one, Obj)
    )


def _registrations(project: Project) -> Iterator[tuple[r.Call, Func]]:
    for site in project.sites():
        if any(effect.kind == _REGISTRATION for effect in site.effects):
            yield site.call, site.func
    for module in project.modules.values():
        for cls in module.classes:
            for decorator in cls.record.decorators:
                if isinstance(decorator, r.Call) and isinstance(decorator.func, r.Name) and _registers(project, decorator, cls):
                    yield decorator, cls.parent


def _registers(project: Project, call: r.Call, cls: Cls) -> bool:
    found = project.resolver.meanings.of(call, project.inference.infer(call.func, cls.parent))
    return any(isinstance(one.entry, EffectEntry) and one.entry.effect == _REGISTRATION for one, _ in found)
