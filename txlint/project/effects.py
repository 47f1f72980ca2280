"""What a call means by the catalogue: its effects, boundaries and callbacks, with their conditions decided."""

from __future__ import annotations

import re

from txlint.facts import records as r
from txlint.frameworks.catalog import Alias, BoundaryEntry, CallbackEntry, EffectEntry, RegistrationEntry
from txlint.frameworks.index import Found
from txlint.project.calls import Effect, Opening, written_receiver
from txlint.project.django_settings import setting_holds
from txlint.project.inference import Inference
from txlint.project.lineage import written
from txlint.project.model import Func
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

_SQL_WRITE = re.compile(
    r"\s*(?:with\b.*?\)\s*)?(insert|update|delete|merge|replace|truncate|copy|create|drop|alter)\b", re.I | re.S
)
_SQL_LOCK = re.compile(r".*\b(for\s+(no\s+key\s+)?update|pg_(try_)?advisory\w*lock)\b", re.I | re.S)
_ERROR_STATUS = re.compile(r"(HTTP_)?[45]\d\d")
_SQL_NOTIFY = re.compile(r"\s*(notify\b|select\s+pg_notify\b)", re.I)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_SQL_INSERT_IF_ABSENT = re.compile(r"\s*insert\b(?!.*\bon\s+(conflict|duplicate)\b).*\bselect\b.*\bnot\s+exists\b", re.I | re.S)
_CUT = 400
"""Where the facts end a literal: what is not there may stand behind."""
_SMALL = 60
_SQL_COMMIT = re.compile(r"\s*(commit|rollback|end)\b", re.I)

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
        return entry.evidence != "task" or self._is_task(on)

    def _is_task(self, on: Type | None) -> bool:
        match on:
            case Fn(func):
                return self._inference.decorators.replacement(func) is not None
            case Inst() | ExtInst():
                return True
        return False

    def _meets(self, expr: r.Expr, condition: str, scope: Func) -> bool:
        if condition == "true":
            return expr == r.Const(True)
        if condition == "error-status":
            return _ERROR_STATUS.match(written(expr).rpartition(".")[2]) is not None
        if condition == "given":
            return expr != r.Const(None)
        if condition in ("reading-method", "changing-method"):
            reads = isinstance(expr, r.Const) and str(expr.value).upper() in _READING
            return reads == (condition == "reading-method")
        if condition == "small-number":
            return isinstance(expr, r.Const) and type(expr.value) is int and 0 < expr.value <= _SMALL
        if condition == "false":
            return expr == r.Const(False)
        text = sql_text(expr)
        if condition == "sql-insert-if-absent" and text is not None:
            return len(text) < _CUT and _SQL_INSERT_IF_ABSENT.match(text) is not None
        if condition == "sql-commit":
            return text is not None and _SQL_COMMIT.match(text) is not None
        if condition == "sql-notify":
            return text is not None and _SQL_NOTIFY.match(text) is not None
        if condition == "sql-lock":
            return text is not None and _SQL_LOCK.match(text) is not None
        if text is not None:
            return _SQL_WRITE.match(text) is not None
        for one in self._inference.infer(expr, scope):
            if isinstance(one, ExtInst) and condition in self._catalog.class_roles(one.name):
                return True
        if isinstance(expr, r.Call) and isinstance(expr.func, r.Name | r.Attr) and expr.args:
            return (
                self._meets(expr.args[0].value, condition, scope)
                if isinstance(expr.args[0].value, r.Const | r.Parts)
                else False
            )
        if isinstance(expr, r.Name) and "." not in expr.path:
            return any(
                binding.value is not None
                and not isinstance(binding.value, r.Name)
                and self._meets(binding.value, condition, scope)
                for binding in scope.bindings.get(expr.path, ()) or scope.module.top.bindings.get(expr.path, ())
                if binding.how == "value"
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


def sql_text(expr: r.Expr) -> str | None:
    """The text of a literal statement, also through f-strings, concatenation and `text(...)`."""
    match expr:
        case r.Const(value) if isinstance(value, str):
            return value
        case r.Parts((r.Const(value), *_), "f" | "Add" | "Modulo") if isinstance(value, str):
            return value
        case r.Call(r.Attr(inner, "format")):
            return sql_text(inner)
        case r.Call(_, (r.Arg(inner), *_)) if isinstance(inner, r.Const | r.Parts):
            return sql_text(inner)
    return None
