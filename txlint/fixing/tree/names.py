"""Names that a fix needs: the one that a file has for them already, or an import in the file's own style."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from txlint.facts import records as r
from txlint.findings import Edit
from txlint.fixing.repairs import Unfixable
from txlint.fixing.tree.source import Source
from txlint.project.model import Func

_Import = cst.Import | cst.ImportFrom


@dataclass(frozen=True, slots=True)
class Named:
    """How a full name is written at a place, and the edits that make it known there."""

    text: str
    edits: tuple[Edit, ...] = ()


def named(source: Source, func: Func, full: str, *, bare: bool = False) -> Named:
    """A full name as a function can write it: by what it imports already, else by a new import that shadows nothing.

    That import is of the module, or, for a `bare` name and where the module has no package, of the name.
    """
    owner, _, last = full.rpartition(".")
    package, _, module = owner.rpartition(".")
    if known := _known(func, full):
        return Named(known)
    wanted = (package, module, f"{module}.{last}") if package and not bare else (owner, last, last)
    if wanted[1] not in _taken(func):
        return Named(wanted[2], (_import_from(source, func, wanted[0], wanted[1]),))
    if wanted[1] == last and owner not in _taken(func):
        return Named(full, (_placed(source, func, f"import {owner}", owner),))
    raise Unfixable(f"`{wanted[1]}` means something else here")


def _known(func: Func, full: str) -> str | None:
    """What the imports at the top of the file, or of a function around the place, call a full name."""
    scope: Func | None = func
    hidden: set[str] = set()
    while scope is not None:
        for node in scope.record.body:
            if isinstance(node, r.Import) and node.name != "*" and not node.level:
                local, meant = _binds(node)
                rest = full.removeprefix(meant)
                only = all(isinstance(one.definition, r.Import) for one in scope.bindings.get(local.partition(".")[0], ()))
                if local not in hidden and only and (rest == "" or (rest.startswith(".") and rest != full)):
                    return local + rest
        hidden |= set(scope.bindings)
        scope = scope.parent
    return None


def _binds(node: r.Import) -> tuple[str, str]:
    """The local name of an import, and the full name that it stands for."""
    if node.name is None:
        return node.alias or node.module, node.module
    return node.alias or node.name, f"{node.module}.{node.name}"


def _taken(func: Func) -> set[str]:
    """Every name that is bound anywhere in the file: a new import at its top must hide none and be hidden by none."""
    return {name for one in func.module.functions for name in one.bindings}


# --- new imports -------------------------------------------------------------------------------------------------------


def _import_from(source: Source, func: Func, module: str, name: str) -> Edit:
    for _, node in _imports(source):
        if isinstance(node, cst.ImportFrom) and not isinstance(node.names, cst.ImportStar) and _module(node) == module:
            return _merged(source, node, node.names, name)
    return _placed(source, func, f"from {module} import {name}", module)


def _imports(source: Source) -> Iterator[tuple[cst.SimpleStatementLine, _Import]]:
    """The import statements of the file itself, those under a condition left out."""
    for one in source.tree.body:
        if isinstance(one, cst.SimpleStatementLine) and len(one.body) == 1:
            node = one.body[0]
            if isinstance(node, cst.Import | cst.ImportFrom):
                yield one, node


def _merged(source: Source, node: cst.ImportFrom, aliases: Sequence[cst.ImportAlias], name: str) -> Edit:
    """The name in its place among those that a statement imports already."""
    names = [source.written(one.name) for one in aliases]
    ends = [source.end(one.asname or one.name) for one in aliases]
    starts = [source.start(one) for one in aliases]
    ordered = names == sorted(names) or names == sorted(names, key=str.lower)
    fold = names != sorted(names) and ordered
    at = next((i for i, one in enumerate(names) if ordered and _key(name, fold) < _key(one, fold)), len(names))
    if len(names) > 1:
        between = source.text[ends[0] : starts[1]]
    else:
        before = source.text[source.end(node.lpar) : starts[0]] if node.lpar else ""
        between = f",{before}" if "\n" in before else ", "
    between = between.replace("\r\n", "\n")
    if "#" in between:
        raise Unfixable("the import that the name belongs to is commented name by name")
    if at < len(names):
        return source.insert(starts[at], name + between)
    return source.insert(ends[-1], between + name)


def _key(name: str, fold: bool) -> str:
    return name.lower() if fold else name


def _placed(source: Source, func: Func, line: str, module: str) -> Edit:
    """A new statement among its like: sorted into the block of imports that holds its kind, else a block of its own."""
    groups: dict[int, list[tuple[cst.SimpleStatementLine, tuple[bool, str]]]] = {}
    for statement, node in _imports(source):
        name = _module(node)
        groups.setdefault(_group(name, func), []).append((statement, (isinstance(node, cst.ImportFrom), name.lower())))
    group, key = _group(module, func), (line.startswith("from"), module.lower())
    if alike := groups.get(group):
        package = f"{module.partition('.')[0]}."
        near = [one for one in alike if f"{one[1][1]}.".startswith(package)] or alike
        before = [statement for statement, one in near if one < key]
        if before:
            return source.insert(source.lines(before[-1])[1], f"{line}\n")
        return source.insert(source.lines(near[0][0])[0], f"{line}\n")
    if later := next((groups[one][0][0] for one in sorted(groups) if one > group), None):
        return source.insert(source.lines(later)[0], f"{line}\n\n")
    if earlier := [one for one in sorted(groups) if one < group]:
        return source.insert(source.lines(groups[earlier[-1]][-1][0])[1], f"\n{line}\n")
    return source.insert(_top(source), f"{line}\n\n")


def _group(module: str, func: Func) -> int:
    """In which block of imports a module is looked for: `__future__`, the standard library, packages, the own package."""
    first, own = module.partition(".")[0], func.module.name.partition(".")[0]
    return 0 if first == "__future__" else 1 if first in sys.stdlib_module_names else 3 if first in ("", own) else 2


def _module(node: _Import) -> str:
    if isinstance(node, cst.Import):
        return _dotted(node.names[0].name)
    return "." * len(node.relative) + (_dotted(node.module) if node.module else "")


def _dotted(node: cst.BaseExpression) -> str:
    return f"{_dotted(node.value)}.{node.attr.value}" if isinstance(node, cst.Attribute) else getattr(node, "value", "")


def _top(source: Source) -> int:
    """Where the first statement after the docstring begins."""
    for one in source.tree.body:
        first = one.body[0] if isinstance(one, cst.SimpleStatementLine) else None
        if not (isinstance(first, cst.Expr) and isinstance(first.value, cst.SimpleString | cst.ConcatenatedString)):
            return source.lines(one)[0]
    return len(source.text)
