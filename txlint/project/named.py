"""Entry points that are only named by text: in the settings, or to a queue that is told what to run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from txlint.facts import records as r
from txlint.frameworks.catalog import RoleEntry
from txlint.project.calls import Entry, Site
from txlint.project.inference import Inference
from txlint.project.model import Func
from txlint.project.roles import ENTRY_KINDS
from txlint.project.setting_values import setting_names
from txlint.project.types import Fn, Inst, Obj


class Named:
    """Finds what such names mean."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def entries(self, sites: Iterable[Site]) -> Iterator[Entry]:
        """All that the settings and the calls of queues name."""
        for setting, role in self._inference.catalog.settings.items():
            if role in ENTRY_KINDS:
                yield from self._set(setting, role)
        for site in sites:
            for effect in site.effects:
                yield from self._sent(effect.entry.task or "", site)

    def _set(self, setting: str, role: str) -> Iterator[Entry]:
        """What a setting names: functions, with those that they make, and the methods of classes that have the role."""
        roles = (found.entry for found in self._inference.catalog.roles)
        methods = {name for one in roles if isinstance(one, RoleEntry) and one.role == role for name in one.methods}
        why = f"{role} that the setting {setting} names"
        for name in setting_names(setting, self._inference.modules):
            for one in self._inference.imports.dotted(name, ""):
                found: list[Func] = []
                if isinstance(one, Fn):
                    found = [one.func, *(each for each in one.func.module.functions if each.parent is one.func)]
                elif isinstance(one, Obj):
                    members = (self._inference.members.one(Inst(one.cls), method) for method in sorted(methods))
                    found = [each.func for group in members for each in group if isinstance(each, Fn)]
                yield from (Entry(func, role, why, (), False, func.record.is_async) for func in found)

    def _sent(self, where: str, site: Site) -> Iterator[Entry]:
        """The function that a queue is told to run: by its full name or, where only one has it, by its last one."""
        given = next(
            (one.value for at, one in enumerate(site.call.args) if where == f"argument:{at}" and not one.keyword), None
        )
        if not (isinstance(given, r.Const) and isinstance(given.value, str)):
            return
        if "." in given.value:
            types = self._inference.imports.dotted(given.value, site.func.module.path)
            found = [one.func for one in types if isinstance(one, Fn)]
        else:
            found = list(self._inference.guesses.named(given.value))
        if len(found) == 1:
            yield Entry(found[0], "task", "task that is sent by its name", (), False, found[0].record.is_async)
