"""Values, callees and effects in words, for people who ask what the analysis took something for."""

from __future__ import annotations

from txlint.frameworks.catalog import EffectEntry, origin
from txlint.project.calls import Effect
from txlint.project.model import Cls, Func
from txlint.project.types import (
    Context,
    Ext,
    ExtClass,
    ExtInst,
    Fn,
    Inst,
    Many,
    Method,
    Mod,
    Obj,
    ParamValue,
    Partial,
    Super,
    Tup,
    Type,
)


def in_words(value: Type) -> str:
    """What a value was taken for: `function shop.orders.place (shop/orders.py:12)`."""
    match value:
        case Ext(name):
            return f"`{name}`"
        case ExtClass(name):
            return f"class `{name}`"
        case Obj(cls):
            return f"class {_cls(cls)}"
        case Fn(func):
            return f"{'method' if func.cls else 'function'} {_func(func)}"
        case Method(on, owner, name):
            return f"method `{owner}.{name}` of {in_words(on)}"
        case Partial(of):
            return f"a callable that runs {in_words(of)}"
        case Context(func):
            return f"context manager {_func(func)}"
        case ParamValue(func, name):
            return f"whatever is given for parameter `{name}` of {_func(func)}"
    return _instance(value)


def _instance(value: Type) -> str:
    match value:
        case Inst(cls, item):
            return f"an instance of {_cls(cls)}" + (f" of {in_words(item)}" if item else "")
        case ExtInst(name, item, guessed):
            sure = " (guessed by the variable's name)" if guessed else ""
            return f"an instance of `{name}`{sure}" + (f" with items: {in_words(item)}" if item else "")
        case Super(cls):
            return f"super() of {_cls(cls)}"
        case Mod(module):
            return f"module `{module.name}`"
        case Many(item):
            return f"a collection of {in_words(item)}"
        case Tup():
            return "a tuple"
    return "something"


def origin_of(effect: Effect) -> str:
    """Which entry of the catalogue says that a call has an effect: `django.toml: django.db.models.Model.save`."""
    entry = effect.entry
    return f"{origin(entry)}: {_named(entry)}"


def _named(entry: EffectEntry) -> str:
    if entry.functions:
        return _some(entry.functions)
    return f"{_some(entry.of or entry.receivers)}.{_some(entry.methods)}"


def _some(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{{{', '.join(names[:3])}{', ...' if len(names) > 3 else ''}}}"


def _func(func: Func) -> str:
    return f"`{func.name}` ({func.module.path}:{func.record.line})"


def _cls(cls: Cls) -> str:
    return f"`{cls.name}` ({cls.module.path}:{cls.record.line})"
