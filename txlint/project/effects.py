"""What a call means by the catalogue: its effects, boundaries and callbacks, with their conditions decided."""

from __future__ import annotations

from txlint.facts import records as r
from txlint.frameworks.catalog import BoundaryEntry, CallbackEntry, EffectEntry, RegistrationEntry
from txlint.frameworks.classes import Alias
from txlint.frameworks.index import Found
from txlint.project.calls import Effect, Opening, nested_statements, written_receiver
from txlint.project.inference import Inference
from txlint.project.lineage import written
from txlint.project.model import Func
from txlint.project.needs import is_question, met_by
from txlint.project.setting_values import setting_holds
from txlint.project.types import (
    Ext,
    ExtClass,
    ExtInst,
    Fn,
    Inst,
    Method,
    ParamValue,
    Partial,
    Type,
    Types,
)

Matches = list[tuple[Found, Type | None]]


class Meanings:
    """Looks calls up in the catalogue."""

    def __init__(self, inference: Inference) -> None:
        self._inference, self._catalog = inference, inference.catalog
        self._known: dict[int, tuple[r.Call, Types, Matches]] = {}

    def of(self, call: r.Call, types: Types) -> Matches:
        """All entries that a call of these callee types matches, with the object it is called on."""
        known = self._known.get(id(call))
        if known is None or known[0] is not call or known[1] is not types:
            known = self._known[id(call)] = call, types, self._matching(call, types)
        return known[2]

    def _matching(self, call: r.Call, types: Types) -> Matches:
        found: Matches = []
        for one in types:
            match one:
                case Ext(name) | ExtClass(name):
                    known = self._catalog.of_function(name)
                    found += [(entry, None) for entry in known or self._catalog.of_foreign(name)]
                case Method(on, owner, name):
                    found += [(entry, on) for entry in self._catalog.of_method(owner, name)]
                case ExtInst(name):
                    found += [(entry, one) for entry in self._catalog.of_method(name, "__call__")]
                case Partial(of):
                    found += self._matching(call, (of,))
        if not types or all(isinstance(one, ParamValue) for one in types):
            receiver, method = written_receiver(call)
            found += [(entry, None) for entry in self._catalog.of_receiver(receiver, method)]
        return found

    # --- effects -------------------------------------------------------------------------------------------------------

    def effects(self, call: r.Call, types: Types, scope: Func) -> tuple[Effect, ...]:
        """The effects of a call, those switched off by an argument or short of evidence left out; each kind once."""
        found: dict[tuple[str, str], Effect] = {}
        for one, on in self.of(call, types):
            entry = one.entry
            if isinstance(entry, EffectEntry) and self._applies(entry, call, on, scope):
                guessed = one.guessed or getattr(on, "guessed", False)
                alias = self.alias(entry.alias, call)
                effect = Effect(entry.effect, entry, one.family, self._chained_alias(call) or alias, guessed, on)
                found.setdefault((entry.effect, one.family), effect)
        return tuple(found.values())

    def _applies(self, entry: EffectEntry, call: r.Call, on: Type | None, scope: Func) -> bool:
        for keyword, value in entry.unless.items():
            given = next((arg.value for arg in call.args if arg.keyword == keyword), None)
            if isinstance(given, r.Const) and given.value == value:
                return False
        for position, condition in entry.needs.items():
            given = next(
                (
                    arg.value
                    for at, arg in enumerate(call.args)
                    if arg.keyword == position or (arg.keyword is None and str(at) == position)
                ),
                None,
            )
            if condition == "absent":
                if (given is not None and given != r.Const(None)) or any(arg.star for arg in call.args):
                    return False
            elif given is None or not self._meets(given, condition, scope):
                return False
        if entry.evidence.startswith("setting:"):
            return setting_holds(entry.evidence.removeprefix("setting:"), self._inference.modules)
        if entry.evidence in ("asks", "changes"):
            return self._asks(call, scope) is (entry.evidence == "asks")
        return entry.evidence != "task" or self._is_task(on)

    def _asks(self, call: r.Call, scope: Func) -> bool:
        """Whether a function that is named after a question makes a call, and does something with the answer."""
        ignored = (one.value is call for one in nested_statements(scope.record.body) if isinstance(one, r.Do))
        return is_question(scope.record.name, self._catalog.words) and not any(ignored)

    def _is_task(self, on: Type | None) -> bool:
        match on:
            case Fn(func):
                return bool(self._inference.decorators.replacement(func))
            case Inst() | ExtInst():
                return True
        return False

    def _meets(self, expr: r.Expr, condition: str, scope: Func) -> bool:
        met = met_by(condition, expr)
        if met is not None:
            return met
        types = (one for one in self._inference.infer(expr, scope) if isinstance(one, ExtInst))
        if any(condition in self._catalog.class_roles(one.name) for one in types):
            return True
        match expr:
            case r.Call(r.Name() | r.Attr(), (first, *_)):
                return isinstance(first.value, r.Const | r.Parts) and self._meets(first.value, condition, scope)
            case r.Name(path) if "." not in path:
                bindings = scope.bindings.get(path, ()) or scope.module.top.bindings.get(path, ())
                values = (one.value for one in bindings if one.how == "value")
                return any(
                    one is not None and not isinstance(one, r.Name) and self._meets(one, condition, scope) for one in values
                )
        return False

    def _chained_alias(self, call: r.Call) -> str | None:
        """The database that a call earlier in the chain names: `Order.objects.using("archive").create()`."""
        inner = call.func.value if isinstance(call.func, r.Attr) else None
        while isinstance(inner, r.Call):
            method = inner.func.path.rpartition(".")[2] if isinstance(inner.func, r.Name) else getattr(inner.func, "name", "")
            if method in self._catalog.alias_methods and inner.args:
                return self.alias(self._catalog.alias_methods[method], inner)
            inner = inner.func.value if isinstance(inner.func, r.Attr) else None
        return None

    def alias(self, entry: Alias | None, call: r.Call) -> str:
        """Which database a call names: a literal one by name, another expression as written in angle brackets."""
        if entry is None:
            return "default"
        for position, arg in enumerate(call.args):
            if arg.star:
                continue
            if (entry.keyword is not None and arg.keyword == entry.keyword) or (
                arg.keyword is None and position == entry.argument
            ):
                if isinstance(arg.value, r.Const):
                    return str(arg.value.value) if isinstance(arg.value.value, str) else entry.default
                if callable_argument(arg.value):
                    return entry.default
                return f"<{written(arg.value)}>"
        return entry.default

    # --- boundaries and callbacks --------------------------------------------------------------------------------------

    def openings(self, call: r.Call, types: Types, scope: Func) -> tuple[Opening, ...]:
        """The boundaries that entering the result of a call opens."""
        found = []
        for one, on in self.of(call, types):
            if isinstance(one.entry, BoundaryEntry) and one.entry.boundary != "argument":
                found.append(self.opening(one, call, scope, on))
        return tuple(found[:1])

    def opening(self, found: Found, expr: r.Call | r.Expr, scope: Func, on: Type | None = None, line: int = 0) -> Opening:
        """The opening that a catalogue boundary makes at a place."""
        entry = found.entry
        assert isinstance(entry, BoundaryEntry)
        call = expr if isinstance(expr, r.Call) else None
        boundary = self._variant(entry, call)
        alias = self.alias(entry.alias, call) if call else (entry.alias.default if entry.alias else "default")
        line = call.line if call else line
        value = (on,) if on is not None else ()
        return Opening(boundary, found.family, alias, scope, line, written(expr), entry.commits, value=value)

    def _variant(self, entry: BoundaryEntry, call: r.Call | None) -> str:
        for arg in call.args if call else ():
            if isinstance(arg.value, r.Const):
                literal = str(arg.value.value).lower()
                if variant := entry.variants.get(f"{arg.keyword}={literal}"):
                    return variant
        return entry.boundary

    def callbacks(self, call: r.Call, types: Types) -> list[tuple[CallbackEntry, Type | None]]:
        """The callables that a call takes and runs, now or later."""
        return [(one.entry, on) for one, on in self.of(call, types) if isinstance(one.entry, CallbackEntry)]

    def registrations(self, call: r.Call, types: Types) -> list[tuple[RegistrationEntry, Type | None]]:
        """What a call registers as an entry point."""
        return [(one.entry, on) for one, on in self.of(call, types) if isinstance(one.entry, RegistrationEntry)]


def callable_argument(expr: r.Expr) -> bool:
    """Whether an argument is surely no database name: a call of partial, a lambda."""
    return isinstance(expr, r.Lambda | r.Call)
