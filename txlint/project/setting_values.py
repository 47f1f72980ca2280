"""What the settings modules of a project have under a name."""

from __future__ import annotations

from collections.abc import Mapping

from txlint.facts import records as r
from txlint.project.model import Module, walk


def setting_holds(condition: str, modules: Mapping[str, Module]) -> bool:
    """Whether `NAME.key=value` is in some settings module, or for `!NAME.key` that NAME is there without the key."""
    absent, condition = condition.startswith("!"), condition.removeprefix("!")
    path, _, wanted = condition.partition("=")
    name, _, key = path.partition(".")
    for module in modules.values():
        for binding in module.top.bindings.get(name, ()):
            if isinstance(binding.value, r.Map):
                values = [
                    value for one, value in zip(binding.value.keys, binding.value.values, strict=True) if one == r.Const(key)
                ]
                if (not values) if absent else any(isinstance(one, r.Const) and str(one.value) == wanted for one in values):
                    return True
    return False


def setting_names(path: str, modules: Mapping[str, Module]) -> tuple[str, ...]:
    """The strings that the settings have under `NAME.key`, or anywhere in the value of `NAME`."""
    name, _, key = path.partition(".")
    found: list[str] = []
    for module in modules.values():
        for binding in module.top.bindings.get(name, ()):
            if not key and binding.value is not None:
                found += [one.value for one in walk(binding.value) if isinstance(one, r.Const) and isinstance(one.value, str)]
            elif isinstance(binding.value, r.Map):
                pairs = zip(binding.value.keys, binding.value.values, strict=True)
                found += [str(one.value) for at, one in pairs if at == r.Const(key) and isinstance(one, r.Const)]
    return tuple(dict.fromkeys(found))
