"""Names of modules: under which dotted name each file is imported, and which file an import means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable


def module_names(paths: Iterable[str]) -> dict[str, str]:
    """A dotted name for each path: from the first folder above the package it is in (src layouts, several roots)."""
    known = set(paths)
    packages = {path.rpartition("/")[0] for path in known if path.rpartition("/")[2] == "__init__.py"}
    return {path: _dotted(path[_root_length(path, packages) :]) for path in sorted(known)}


def _root_length(path: str, packages: set[str]) -> int:
    folder = path.rpartition("/")[0]
    while folder and folder in packages:
        folder = folder.rpartition("/")[0]
    return len(folder) + 1 if folder else 0


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class ModuleIndex:
    """Finds the file that an imported dotted name means, seen from the file that imports it."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_suffix: dict[str, list[str]] = defaultdict(list)
        for path, name in names.items():
            self._by_name[name].append(path)
            steps = _dotted(path).split(".")
            for start in range(len(steps)):
                self._by_suffix[".".join(steps[start:])].append(path)

    def find(self, name: str, importer: str) -> str | None:
        """The path of a module by its absolute name; with several candidates the one nearest to the importer.

        A name of several steps may also stand below a folder that no `__init__.py` tells from a root (a namespace package).
        """
        candidates = self._by_name.get(name) or ("." in name and self._by_suffix.get(name))
        if not candidates:
            return None
        return max(candidates, key=lambda path: (_common(path, importer), -len(path)))

    def relative(self, importer: str, level: int, module: str) -> str | None:
        """The path of the module that `from ..module import` means, counted in folders: they need no `__init__.py`."""
        folders = importer.split("/")[:-level]
        path = "/".join((*folders, *(module.split(".") if module else ())))
        found = (one for one in (f"{path}.py", f"{path}/__init__.py", "__init__.py" if not path else "") if one in self._names)
        return next(found, None)


def _common(left: str, right: str) -> int:
    count = 0
    for one, other in zip(left.split("/"), right.split("/"), strict=False):
        if one != other:
            break
        count += 1
    return count


def absolute(module: str, level: int, importer: str, package: bool) -> str:
    """The absolute name that `from ..module import` means in a module called `importer`."""
    if not level:
        return module
    steps = importer.split(".")
    base = steps[: len(steps) - level + (1 if package else 0)]
    return ".".join((*base, module)) if module else ".".join(base)
