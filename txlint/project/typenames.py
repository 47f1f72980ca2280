"""The type expressions of the catalogue: `django.db.models.QuerySet[Item]`, `tuple[Item, bool]`, `arg:0`, `Self`.

`named:1` is an instance of the project's class whose name the argument is (`"Order"`, `"shop.Order"`), `setting:NAME` of the
one that a setting names, `dotted:` what the text of a full name means, `gives:NAME` what the object's own method gives,
`item:0` what an argument holds, `registered:` the models that an admin class edits, `inlined:inlines.model` those of its
inlines. `A | B` is the first that is known, `A & B` may be both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import islice, product

from txlint.project.types import ExtClass, ExtInst, Inst, Many, Obj, Tup, Type, Types

_TOKEN = re.compile(r"[\w.:]+|\[|\]|,|\||&")
_ASKED = ("arg:", "result:", "attr:", "gives:", "named:", "setting:", "dotted:", "registered:", "inlined:")
_ALTERNATIVES = 8
"""Types that one value may have by its parts; of more, the first are taken."""
_COLLECTIONS = frozenset({"builtins.list", "builtins.set", "builtins.dict"})


@dataclass(frozen=True, slots=True)
class TypeName:
    """A parsed type expression."""

    name: str
    args: tuple[TypeName, ...] = ()


@cache
def parse(text: str) -> TypeName:
    """The structure of a type expression. Raises ValueError where it has none."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text.replace(" ", ""):
        raise ValueError(f"not a type expression: {text}")
    found, rest = _parse(tokens)
    if rest:
        raise ValueError(f"not a type expression: {text}")
    return found


def _parse(tokens: list[str]) -> tuple[TypeName, list[str]]:
    one, tokens = _parse_single(tokens)
    options = [one]
    between = tokens[0] if tokens[:1] in (["|"], ["&"]) else ""
    while between and tokens[:1] == [between]:
        one, tokens = _parse_single(tokens[1:])
        options.append(one)
    return (TypeName(between, tuple(options)) if between else one), tokens


def _parse_single(tokens: list[str]) -> tuple[TypeName, list[str]]:
    name, tokens = tokens[0], tokens[1:]
    args: list[TypeName] = []
    if tokens[:1] == ["["]:
        tokens = [",", *tokens[1:]]
        while tokens[:1] == [","]:
            one, tokens = _parse(tokens[1:])
            args.append(one)
        if tokens[:1] != ["]"]:
            raise ValueError(f"unclosed bracket after {name}")
        tokens = tokens[1:]
    return TypeName(name, tuple(args)), tokens


def instantiate(name: TypeName, this: Type | None, look: Callable[[str], Types]) -> Types:
    """The types that an expression stands for, given its object and what `arg:...`, `attr:...` and the like are."""
    match name:
        case TypeName("|", options):
            return next((found for one in options if (found := instantiate(one, this, look))), ())
        case TypeName("&", options):
            return tuple(found for one in options for found in instantiate(one, this, look))
        case TypeName("Self"):
            return () if this is None else (_made_of(this),)
        case TypeName("Item"):
            item = getattr(this, "item", None)
            return () if item is None else (item,)
        case TypeName("tuple", args):
            places = [instantiate(one, this, look) or (None,) for one in args]
            return tuple(Tup(items) for items in islice(product(*places), _ALTERNATIVES))
        case TypeName("type", args):
            return tuple(class_of(one) for one in instantiate(args[0], this, look))
        case TypeName(plain, args) if plain in _COLLECTIONS and args:
            return tuple(Many(one) for one in instantiate(args[0], this, look))
        case TypeName(plain) if plain.startswith("item:"):
            given = look(f"arg:{plain[5:]}")
            return tuple(one.item for one in given if isinstance(one, Inst | ExtInst) and one.item is not None)
        case TypeName(plain) if plain.startswith(("value:", "key:")):
            return look(plain.replace("value:", "arg:"))
        case TypeName(plain) if plain.startswith(_ASKED):
            return tuple(held for one in look(plain) for held in _held(one))
        case TypeName(plain, args) if "." in plain:
            items = instantiate(args[0], this, look)[:_ALTERNATIVES] if args else ()
            return tuple(ExtInst(plain, item) for item in items) or (ExtInst(plain),)
    return ()


def class_of(one: Type) -> Type:
    """The class that a value is an instance of."""
    match one:
        case Inst(cls):
            return Obj(cls)
        case ExtInst(name, item):
            return ExtClass(name, item)
    return one


def _made_of(one: Type) -> Type:
    """An instance, where the value is a class."""
    match one:
        case Obj(cls):
            return Inst(cls)
        case ExtClass(name, item):
            return ExtInst(name, item)
    return one


def _held(one: Type) -> Types:
    return tuple(item for item in one.items if item is not None) if isinstance(one, Tup) else (instance_of(one),)


def instance_of(one: Type) -> Type:
    """What a class makes, or a collection holds; any other value itself."""
    match one:
        case Obj() | ExtClass():
            return _made_of(one)
        case Inst(_, item) | ExtInst(_, item) if item is not None:
            return item
        case Many(item):
            return item
    return one
