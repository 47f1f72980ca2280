"""Rows that the database has already: what asks whether a row is new finds it stored on the way from where it was read."""

from __future__ import annotations

from collections.abc import Iterable

from txlint.facts import records as r
from txlint.project.calls import Site, is_on_self, is_on_super, nested_statements
from txlint.project.inference import Inference
from txlint.project.model import Binding, Func
from txlint.project.types import ExtInst, Type


class StoredRows:
    """Knows the local names that hold rows which a query has given, and what a method of a row learns from that."""

    def __init__(self, inference: Inference, sites: Iterable[Site]) -> None:
        self._inference, words = inference, inference.catalog.words
        self._keys, self._new = frozenset(words["key"]), frozenset(words["unsaved"])
        self._queries = frozenset(words["collection"])
        self._reads = {id(one.call) for one in sites if any(effect.kind == "database-read" for effect in one.effects)}

    def asked(self, func: Func) -> frozenset[str]:
        """What a method of a row is told by: `self.pk`, `self._state.adding`."""
        own = _own(func)
        return frozenset(f"{own}.{one}" for one in self._keys | self._new) if own else frozenset()

    def handed_on(self, site: Site, name: str) -> str | None:
        """The same of the caller's own row, where a call is of another method of it."""
        own = _own(site.func)
        return f"{own}.{name.partition('.')[2]}" if own and (is_on_self(site.call) or is_on_super(site.call)) else None

    def value(self, site: Site, name: str) -> tuple[bool] | None:
        """What a name of `asked` holds in the method that a call is of; None where the row may be new."""
        owner = site.call.func.path.rpartition(".")[0] if isinstance(site.call.func, r.Name) else ""
        if not owner or "." in owner or not self._is_read(owner, site.func):
            return None
        return (name.partition(".")[2] in self._keys,)

    def _is_read(self, name: str, func: Func) -> bool:
        bindings = func.bindings.get(name, ())
        return bool(bindings) and all(map(self._gives_row, bindings)) and not self._is_copied(name, func)

    def _gives_row(self, binding: Binding) -> bool:
        if binding.value is None:
            return False
        if binding.how == "value":
            return id(binding.value) in self._reads
        types = self._inference.infer(binding.value, binding.scope) if binding.how == "item" and binding.position < 0 else ()
        return bool(types) and all(map(self._is_query, types))

    def _is_query(self, one: Type) -> bool:
        return isinstance(one, ExtInst) and not one.guessed and one.name.rpartition(".")[2] in self._queries

    def _is_copied(self, name: str, func: Func) -> bool:
        """Whether a row is made a new one by taking its key away."""
        keys = {r.Name(f"{name}.{one}") for one in self._keys | self._new}
        return any(
            isinstance(node, r.Assign) and not keys.isdisjoint(node.targets) for node in nested_statements(func.record.body)
        )


def _own(func: Func) -> str:
    """The name that a method has for its object; empty for what is none."""
    params = func.record.params
    return params[0].name if func.cls is not None and not func.is_static and params else ""
