"""Dependencies: the functions that a web framework runs for each request, because a parameter or a decorator asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from txlint.facts import records as r
from txlint.project.annotations import injections
from txlint.project.calls import Entry
from txlint.project.inference import Inference
from txlint.project.model import Func, Module, walk


def dependencies(inference: Inference, modules: Iterable[Module]) -> Iterator[Entry]:
    """The functions that `Depends(...)` and the like name: in defaults, annotations, decorators and at the top of a module."""
    if not inference.catalog.providers:
        return
    for module in modules:
        for func in module.functions:
            for call in _asking(func):
                for provider in inference.annotations.providers(call, func.parent or func):
                    why = "dependency, run for each request of the routes that ask for it"
                    yield Entry(provider, "dependency", why, (), False, provider.record.is_async)


def _asking(func: Func) -> Iterator[r.Call]:
    for param in func.record.params:
        yield from (one for one in injections(param) if isinstance(one, r.Call))
    for decorator in func.record.decorators:
        yield from (part for part in walk(decorator) if isinstance(part, r.Call) and part is not decorator)
    if func.parent is None:
        yield from func.calls
