"""Other ways of writing the same program: what they have in common is what is found in it.

Each changes the text of all files of a small project. What identifies a finding (rule, path, function, subject, fingerprint)
stays; where a rewriting moves or renames something, what is left of that stays.
"""

from __future__ import annotations

import ast
import io
import random
import re
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

Sources = dict[str, bytes]
Print = tuple[str, str, str, str, str]
"""Rule, path, function, subject and fingerprint."""
COMMENT = b"  # a note"
_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.Global, ast.Nonlocal)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Rewriting(NamedTuple):
    """One way to write a project otherwise, what of a finding's identity must stay, and which rules it is no matter for."""

    name: str
    rewritten: Callable[[Sources], Sources]
    kept: Callable[[Print], tuple[str, ...]]
    beside: frozenset[str] = frozenset()
    may_add: bool = False
    """Whether only a finding that is gone is wrong."""

    def lost(self, sources: Sources) -> list[tuple[str, ...]]:
        """What identifies the findings that are gone, or new."""
        before, after = (
            Counter(self.kept(one) for one in prints(texts) if one[0] not in self.beside)
            for texts in (sources, self.rewritten(sources))
        )
        return sorted({*before} - {*after} if self.may_add else {*(before - after), *(after - before)})


def prints(sources: Sources) -> list[Print]:
    """What identifies the findings of a project; those about comments are left out."""
    from tests.fixing_projects import analysed

    found = (one for one in analysed(sources).findings if one.suppressed is None and not one.code.startswith("TX0"))
    return sorted((one.code, one.location.path, one.function, one.subject, one.fingerprint) for one in found)


def plain_examples() -> list[Sources]:
    """The small projects of the tests, without those in which comments allow something or names are a session's only sign."""
    from benchmarks.mutations import examples

    spoken = re.compile(rb"#\s*(txlint:|noqa)")
    named = {"feeds/scope.py"}  # What a parameter's default makes is known to be a session by its name only.
    found = (texts for texts in examples() if texts and not any(spoken.search(one) for one in texts.values()))
    return [texts for texts in found if not named & texts.keys() and all(map(_is_python, texts.values()))]


def _is_python(text: bytes) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def tried(count: int, seed: int, told: Callable[[str, str], None]) -> Counter[str]:
    """How many pairs of a project and a rewriting were tried, and which changed what is found."""
    pairs = [(number, texts, one) for number, texts in enumerate(plain_examples()) for one in REWRITINGS]
    tally: Counter[str] = Counter()
    for number, texts, one in random.Random(seed).sample(pairs, min(count, len(pairs))):
        tally["tried"] += 1
        if lost := one.lost(texts):
            tally["changed"] += 1
            told(f"{one.name}-{number}", f"changed: {', '.join(texts)}: {lost}")
    return tally


def _ends(source: bytes) -> Iterator[int]:
    """The rows at which statements end."""
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.NEWLINE:
            yield token.start[0]


def spaced(source: bytes) -> bytes:
    """A blank line below every statement."""
    ends = {*_ends(source)}
    lines = source.splitlines(keepends=True)
    return b"".join(line + b"\n" * (row in ends) for row, line in enumerate(lines, 1))


def commented(source: bytes) -> bytes:
    """A comment beside every statement that has none, and one above."""
    ends = {*_ends(source)}
    lines = source.splitlines()
    return b"# Above.\n" + b"".join(
        line + COMMENT * (row in ends and b"#" not in line) + b"\n" for row, line in enumerate(lines, 1)
    )


def crlf(source: bytes) -> bytes:
    """Lines that end as on Windows."""
    return source.replace(b"\n", b"\r\n")


def bom(source: bytes) -> bytes:
    """A mark of the byte order in front."""
    return b"\xef\xbb\xbf" + source


def unparsed(source: bytes) -> bytes:
    """As a formatter writes it: other quotes, other line breaks, no comments."""
    return _text(ast.parse(source))


def reordered(source: bytes) -> bytes:
    """Plain functions that stand together in the opposite order."""
    tree = ast.parse(source)
    decorators = {node.id for one in ast.walk(tree) for each in getattr(one, "decorator_list", ()) for node in names(each)}
    at = 0
    while at < len(tree.body):
        end = at
        while end < len(tree.body) and isinstance(tree.body[end], ast.FunctionDef) and tree.body[end].name not in decorators:
            end += 1
        tree.body[at:end] = reversed(tree.body[at:end])
        at = end + 1
    return _text(tree)


def renamed(source: bytes) -> bytes:
    """Local variables of functions without functions in them under other names."""
    tree = ast.parse(source)
    for function in ast.walk(tree):
        if not isinstance(function, _FUNCTIONS) or any(
            isinstance(node, _INNER) for one in function.body for node in ast.walk(one)
        ):
            continue
        given = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}
        stored = {node.id for one in function.body for node in names(one) if isinstance(node.ctx, ast.Store)} - given
        for node in (node for one in function.body for node in names(one) if node.id in stored):
            node.id += "_here"
    return _text(tree)


def aliased(sources: Sources) -> Sources:
    """What is imported under other names, where nobody else imports it from there."""
    taken = Counter(
        alias.name
        for text in sources.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    )
    return {path: text if path.endswith("__init__.py") else _aliased(text, taken) for path, text in sources.items()}


def _aliased(source: bytes, taken: Mapping[str, int]) -> bytes:
    tree = ast.parse(source)
    words = {word for node in ast.walk(tree) if isinstance(node, ast.Constant) for word in re.findall(r"\w+", str(node.value))}
    bound = {node.id for node in names(tree) if not isinstance(node.ctx, ast.Load)} | words
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {node.name for node in ast.walk(tree) if isinstance(node, (*_FUNCTIONS, ast.ClassDef))}
    new: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom | ast.Import) and getattr(node, "module", "") != "__future__":
            for alias in node.names:
                plain = alias.asname is None and "." not in alias.name and alias.name != "*" and alias.name not in bound
                if plain and taken[alias.name] <= isinstance(node, ast.ImportFrom):
                    alias.asname = new[alias.name] = f"{alias.name}_there"
    for name in names(tree):
        name.id = new.get(name.id, name.id)
    return _text(tree)


def split(sources: Sources) -> Sources:
    """Modules whose first definitions stand in a module beside them, from which they are imported."""
    return dict(pair for path, text in sources.items() for pair in _split(path, text))


_PLACED = re.compile(r"(^|/)(migrations|versions|alembic|commands)/|(^|/)(settings|urls|conftest|__init__|apps|test\w*)[./]")
"""Files that mean something by their name or place."""


def _split(path: str, source: bytes) -> Iterator[tuple[str, bytes]]:
    tree = ast.parse(source)
    definitions = [one for one in tree.body if isinstance(one, (*_FUNCTIONS, ast.ClassDef))]
    others = [one for one in tree.body if one not in definitions]
    first = definitions[: len(definitions) // 2]
    kept = {one.name for one in definitions[len(first) :]}
    imports_only = all(isinstance(one, ast.Import | ast.ImportFrom) for one in others if not _is_docstring(one))
    if _PLACED.search(path) or not first or not imports_only or kept & {one.id for each in first for one in names(each)}:
        yield path, source
        return
    place = PurePosixPath(path)
    module = ".".join((*place.parent.parts, f"{place.stem}_first"))
    back = ast.ImportFrom(module, [ast.alias(one.name) for one in first], 0)
    future = [one for one in others if isinstance(one, ast.ImportFrom) and one.module == "__future__"]
    rest = [one for one in tree.body if one not in first and one not in future]
    yield str(place.with_name(f"{place.stem}_first.py")), _text(ast.Module([*others, *first], []))
    yield path, _text(ast.Module([*future, back, *rest], []))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def wrapped(source: bytes) -> bytes:
    """Plain functions whose body stands in a helper that they call."""
    tree = ast.parse(source)
    body: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.decorator_list and _is_plain(node):
            given = [ast.Name(one.arg, ast.Load()) for one in node.args.args]
            call = ast.Call(ast.Name(f"{node.name}_within", ast.Load()), given, [])
            outer = ast.FunctionDef(node.name, node.args, [ast.Return(call)], [], node.returns)
            node.name += "_within"
            body += [node, outer]
        else:
            body.append(node)
    tree.body = body
    return _text(tree)


def _is_plain(node: ast.FunctionDef) -> bool:
    given = node.args
    simple = not (given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg or given.defaults)
    return simple and not any(isinstance(one, ast.Yield | ast.YieldFrom) for one in ast.walk(node))


def names(tree: ast.AST) -> list[ast.Name]:
    """The names in a piece of code."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Name)]


def _text(tree: ast.Module) -> bytes:
    return ast.unparse(ast.fix_missing_locations(tree)).encode() + b"\n"


def _each(change: Callable[[bytes], bytes]) -> Callable[[Sources], Sources]:
    return lambda sources: {path: change(text) for path, text in sources.items()}


def _identity(one: Print) -> tuple[str, ...]:
    return one


def _old_names(one: Print) -> tuple[str, ...]:
    return *one[:3], re.sub(r"_(here|there)\b", "", one[3])


def _old_place(one: Print) -> tuple[str, ...]:
    return one[0], one[1].replace("_first.py", ".py"), *one[2:4]


def _outermost(one: Print) -> tuple[str, ...]:
    return one[0], one[1]


COMMENTS = frozenset({"TX107"})
"""Is about code that is commented out, which no rewriting of the code keeps."""
PAIRS = frozenset({"TX410"})
"""Names the later one of two places, by the order of the files."""
LOCAL = frozenset({"TX111", "TX214", "TX306", "TX308", "TX403", "TX602", "TX603", "TX606", "TX608", "TX704", "TX705"})
"""Are about how one function is written, its handlers, closures or decorators, and do not look for them in its helpers."""
REWRITINGS = (
    *(Rewriting(one.__name__, _each(one), _identity) for one in (spaced, crlf, bom)),
    *(Rewriting(one.__name__, _each(one), _identity, COMMENTS) for one in (commented, unparsed, reordered)),
    Rewriting("renamed", _each(renamed), _old_names, COMMENTS),
    Rewriting("aliased", aliased, _old_names, COMMENTS),
    Rewriting("split", split, _old_place, COMMENTS | PAIRS),
    Rewriting("wrapped", _each(wrapped), _outermost, COMMENTS | LOCAL, may_add=True),
)
