"""What a value can be, as far as transactions care."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from txlint.facts import records as r
from txlint.project.model import Cls, Func, Module


class Ext(Struct, frozen=True):
    """Something outside the project under its full name: a function, a class, a module."""

    name: str


class Obj(Struct, frozen=True):
    """A class of the project itself (not an instance); `below` where it may be one that derives from it: `cls`."""

    cls: Cls
    below: bool = False


class ExtClass(Struct, frozen=True):
    """A class of the catalogue itself, applied to type arguments."""

    name: str
    item: Type | None = None


class Inst(Struct, frozen=True):
    """An instance of a class of the project; `item` is what it holds (a custom queryset's model).

    `exact` where it is known to be no subclass: the result of a constructor call.
    """

    cls: Cls
    item: Type | None = None
    exact: bool = False


class Super(Struct, frozen=True):
    """`super()` in a method of a class."""

    cls: Cls


class Context(Struct, frozen=True):
    """What calling a generator-based context manager of the project gives."""

    func: Func


class ExtInst(Struct, frozen=True):
    """An instance of a class of the catalogue; `item` is its type parameter (what a queryset holds).

    `guessed` where only the name of a variable says so.
    """

    name: str
    item: Type | None = None
    guessed: bool = False


class Fn(Struct, frozen=True):
    """A function of the project, bound to an object where it is a method looked up on one."""

    func: Func
    on: Type | None = None


class Method(Struct, frozen=True):
    """A method that a class of the catalogue defines, looked up on an object."""

    on: Type
    owner: str
    name: str


class Mod(Struct, frozen=True):
    """A module of the project."""

    module: Module


class Partial(Struct, frozen=True):
    """A callable that runs another one: `partial(f, ...)`, a signature, a wrapper."""

    of: Type
    args: tuple[r.Arg, ...] = ()


class Many(Struct, frozen=True):
    """A list, tuple of one kind, iterator or the like of something."""

    item: Type


class Tup(Struct, frozen=True):
    """A tuple with known positions; None where nothing is known."""

    items: tuple[Type | None, ...]


class ParamValue(Struct, frozen=True):
    """Whatever the callers pass for a parameter of a function."""

    func: Func
    name: str


Type = Ext | Obj | ExtClass | Inst | ExtInst | Super | Context | Fn | Method | Mod | Partial | Many | Tup | ParamValue
Types = tuple[Type, ...]
WIDTH = 8
"""More alternatives than these for one value are no longer told apart."""


def union(groups: Iterable[Types], width: int = WIDTH) -> Types:
    """All alternatives once, in order, no more than `width`."""
    some = [group for group in groups if group]
    if len(some) == 1 and len(some[0]) == 1:
        return some[0]
    return tuple(dict.fromkeys([one for group in some for one in group]))[:width]
