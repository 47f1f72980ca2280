"""Who saves the rows that a receiver, or a model's own `save` or `delete`, waits for, and whether any of them has one open."""

from __future__ import annotations

from txlint.project.model import Func
from txlint.project.project import Project
from txlint.transactions.contexts import Contexts
from txlint.transactions.signals import SignalOnly

_UNSEEN = frozenset({"unreached", "module"})


class Savers:
    """Answers it from the known callers, and from what is registered with an admin site."""

    def __init__(self, project: Project, contexts: Contexts, signals: SignalOnly) -> None:
        self._project, self._contexts, self._signals = project, contexts, signals
        self._administered = project.inference.administered.models

    def have_none_open(self, func: Func) -> bool:
        """Whether all that run such a function are known, and have no transaction open, the framework's own included."""
        return all(self._is_alone(one) for one in self._signals.roots(func))

    def _is_alone(self, func: Func) -> bool:
        heard = [one for found in self._project.resolver.implicit.receivers.values() for one in found if one.func is func]
        models = {one.sender for one in heard} if heard else {func.cls, *(func.cls.subclasses if func.cls else ())}
        if any(one in self._administered for one in models) or any(self._opens(one.signal) for one in heard):
            return False
        states = [one.state for one in self._contexts.of(func) if one.state.status != "any"]
        return bool(states) and all(one.status == "none" and one.kind not in _UNSEEN for one in states)

    def _opens(self, signal: str) -> bool:
        """Whether what sends a signal opens a transaction for that: a deletion, a change of a many-to-many relation."""
        sending = [one for one in self._project.catalog.effects() if signal in one.signals]
        return any(one.protected and not one.savepoint for one in sending)
