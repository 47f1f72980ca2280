"""How the active catalogue writes what a fix or a message needs: the opener, the deferral and what else has a full name."""

from __future__ import annotations

from collections.abc import Callable

from txlint.frameworks.catalog import BoundaryEntry, CallbackEntry, EffectEntry
from txlint.frameworks.index import Catalog, Found


def opener(catalog: Catalog, family: str) -> str:
    """The statement that opens a transaction, as it is usually written: `with transaction.atomic():`."""
    name = opener_name(catalog, family)
    return f"with {_usual(name)}():" if name else "a transaction"


def opener_name(catalog: Catalog, family: str) -> str | None:
    """The full name of the function that opens a transaction."""
    return _first(catalog, lambda one: one.family == family and isinstance(one.entry, BoundaryEntry))


def deferral(catalog: Catalog, family: str) -> str | None:
    """The function that hands work over until after the commit, as it is usually called: `transaction.on_commit`."""
    name = deferral_name(catalog, family)
    return _usual(name) if name else None


def deferral_name(catalog: Catalog, family: str) -> str | None:
    """The full name of the function that hands work over until after the commit."""
    return _first(catalog, lambda one: one.family == family and _calls_back(one, "commit"))


def binder_name(catalog: Catalog) -> str | None:
    """The full name of the function that binds arguments to another one: `functools.partial`."""
    return _first(catalog, lambda one: _calls_back(one, "bound"))


def effect_name(catalog: Catalog, effect: str, family: str) -> str | None:
    """The full name of the function that has an effect."""
    return _first(
        catalog, lambda one: one.family == family and isinstance(one.entry, EffectEntry) and one.entry.effect == effect
    )


def method_opener(catalog: Catalog, boundary: str) -> tuple[str, str] | None:
    """The full name of a function, and the method of what it gives that opens a boundary."""
    for name, owner in catalog.function_returns.items():
        for (cls, method), group in catalog.methods.items():
            opens = any(isinstance(one.entry, BoundaryEntry) and one.entry.boundary == boundary for one in group)
            if opens and cls in catalog.ancestors(owner):
                return name, method
    return None


def decorator_name(catalog: Catalog, role: str) -> str | None:
    """The full name of a decorator that gives a role."""
    return next((name for name, roles in catalog.decorators.items() if any(one.role == role for one in roles)), None)


def ends_a_boundary(catalog: Catalog, name: str, family: str) -> bool:
    """Whether the full name of a boundary ends in this dotted name: `transaction.atomic`."""
    return "." in name and any(
        full.endswith(f".{name}") and any(one.family == family and isinstance(one.entry, BoundaryEntry) for one in group)
        for full, group in catalog.functions.items()
    )


def _usual(name: str) -> str:
    return ".".join(name.split(".")[-2:])


def _first(catalog: Catalog, meant: Callable[[Found], bool]) -> str | None:
    return next((name for name, group in catalog.functions.items() if any(map(meant, group))), None)


def _calls_back(one: Found, when: str) -> bool:
    return isinstance(one.entry, CallbackEntry) and one.entry.when == when
