"""Receivers: the functions that are connected to signals, and whose signals they hear."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.facts import records as r
from txlint.frameworks.catalog import RegistrationEntry
from txlint.project.calls import Receiver, Site
from txlint.project.inference import Inference
from txlint.project.model import Cls, Func
from txlint.project.types import ExtClass, Fn, Obj


class Receivers:
    """Finds them by decorators and by calls."""

    def __init__(self, inference: Inference) -> None:
        self._inference, self._modules = inference, inference.modules

    def decorated(self) -> Iterator[Receiver]:
        """Every function that a decorator connects to a signal."""
        for module in self._modules.values():
            for func in module.functions:
                for decorator in func.record.decorators:
                    for role in self._inference.decorators.roles_of(decorator, func.parent or func):
                        if role.role == "receiver" and isinstance(decorator, r.Call):
                            yield from self._receiver(func, decorator, role.arguments, func.parent or func)

    def connected(self, site: Site, entry: RegistrationEntry) -> Iterator[Receiver]:
        """The receivers that a `signal.connect(f, sender=...)` connects."""
        for one in self._inference.argument(site.call, entry.argument, site.func):
            if isinstance(one, Fn):
                yield from self._receiver(one.func, site.call, entry.arguments, site.func)

    def _receiver(self, func: Func, call: r.Call, meanings: dict[str, str], scope: Func) -> Iterator[Receiver]:
        signals: list[str] = []
        senders: list[r.Expr] = []
        if meanings.get("self") == "signal" and isinstance(call.func, r.Name):
            signals.append(self._inference.imports.full_name(call.func.path.rpartition(".")[0], scope))
        for position, arg in enumerate(call.args):
            meaning = meanings.get(arg.keyword if arg.keyword is not None else str(position))
            values = arg.value.items if isinstance(arg.value, r.Seq) else (arg.value,)
            if meaning == "signal":
                signals += [self._inference.imports.full_name(one.path, scope) for one in values if isinstance(one, r.Name)]
            elif meaning == "sender" and not (isinstance(arg.value, r.Const) and arg.value.value is None):
                senders += values
        for signal in signals:
            for sender in senders or (None,):
                yield self._one_receiver(func, signal, sender, scope, call.line)

    def _one_receiver(self, func: Func, signal: str, sender: r.Expr | None, scope: Func, line: int) -> Receiver:
        if sender is None:
            return Receiver(func, signal, None, line)
        if isinstance(sender, r.Const) and isinstance(sender.value, str):
            name = sender.value.rpartition(".")[2]
            classes = [cls for module in self._modules.values() for cls in module.classes if cls.record.name == name]
            return Receiver(func, signal, classes[0] if len(classes) == 1 else None, line, False)
        senders = self._inference.infer(sender, scope)
        found = [one.cls for one in senders if isinstance(one, Obj)]
        external = next((one.name for one in senders if isinstance(one, ExtClass)), "") if not found else ""
        relation = None if found else self._relation(sender, scope)
        return Receiver(func, signal, found[0] if found else None, line, False, external, relation)

    def _relation(self, sender: r.Expr, scope: Func) -> tuple[Cls, str] | None:
        """The relation of which a sender is the table: `Order.buyers.through`."""
        owner, _, table = sender.path.rpartition(".") if isinstance(sender, r.Name) else ("", "", "")
        owner, _, name = owner.rpartition(".")
        if not owner or table not in self._inference.catalog.words["relation-table"]:
            return None
        return next(((one.cls, name) for one in self._inference.infer(r.Name(owner), scope) if isinstance(one, Obj)), None)
