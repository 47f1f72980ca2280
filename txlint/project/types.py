"""What a value can be, as far as transactions care."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from txlint.facts import records as r
from txlint.project.model import Cls, Func, Module


@dataclass(frozen=True, slots=True)
class Ext:
    """Something outside the project under its full name: a function, a class, a module."""

    name: str


@dataclass(frozen=True, slots=True)
class Obj:
    """A class of the project itself (not an instance); `below` where it may be one that derives from it: `cls`."""

    cls: Cls
    below: bool = False


@dataclass(frozen=True, slots=True)
class ExtClass:
    """A class of the catalogue itself, applied to type arguments."""

    name: str
    item: Type | None = None


@dataclass(frozen=True, slots=True)
class Inst:
    """An instance of a class of the project; `item` is what it holds (a custom queryset's model).

    `exact` where it is known to be no subclass: the result of a constructor call.
    """

    cls: Cls
    item: Type | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Super:
    """`super()` in a method of a class."""

    cls: Cls


@dataclass(frozen=True, slots=True)
class Context:
    """What calling a generator-based context manager of the project gives."""

    func: Func


@dataclass(frozen=True, slots=True)
class ExtInst:
    """An instance of a class of the catalogue; `item` is its type parameter (what a queryset holds).

    `guessed` where only the name of a variable says so.
    """

    name: str
    item: Type | None = None
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Fn:
    """A function of the project, bound to an object where it is a method looked up on one."""

    func: Func
    on: Type | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """A method that a class of the catalogue defines, looked up on an object."""

    on: Type
    owner: str
    name: str


@dataclass(frozen=True, slots=True)
class Mod:
    """A module of the project."""

    module: Module


@dataclass(frozen=True, slots=True)
class Partial:
    """A callable that runs another one: `partial(f, ...)`, a signature, a wrapper."""

    of: Type
    args: tuple[r.Arg, ...] = ()


@dataclass(frozen=True, slots=True)
class Many:
    """A list, tuple of one kind, iterator or the like of something."""

    item: Type


@dataclass(frozen=True, slots=True)
class Tup:
    """A tuple with known positions; None where nothing is known."""

    items: tuple[Type | None, ...]


@dataclass(frozen=True, slots=True)
class ParamValue:
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
