"""Rule packs: folders of rules, each a `NAME.py` with one rule and a `NAME.md` with its page, in family folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from txlint.api import Rule
from txlint.errors import UserError, did_you_mean

HOME = "https://github.com/txlint/txlint"


def builtin_pack() -> Path:
    """The pack of the distribution: beside this module in a wheel, at the top of the repository in a checkout."""
    here = Path(__file__).parent
    return here / "rules" if (here / "rules").is_dir() else here.parent / "rules"


def load_pack(folder: Path) -> tuple[Rule, ...]:
    """The rules of a pack by code. This runs the pack's code. Raises UserError that names a broken file."""
    if not folder.is_dir():
        raise UserError(f"{folder}: no folder; a rule pack is a folder of NAME.py and NAME.md files")
    rules = sorted((_load(path) for path in sorted(folder.rglob("[!_]*.py"))), key=lambda rule: rule.code)
    counts = Counter(identity for rule in rules for identity in (rule.code, rule.name))
    if twice := [identity for identity, count in counts.items() if count > 1]:
        raise UserError(f"{folder}: several rules are called {', '.join(twice)}")
    return tuple(rules)


def page(folder: Path, rule: Rule) -> str:
    """The text of a rule's page."""
    name = f"{rule.name.replace('-', '_')}.md"
    found = next(folder.rglob(name), None)
    if found is None:
        raise UserError(f"{folder}: {rule.code} has no page; add {name} beside the rule")
    return found.read_text(encoding="utf-8")


def addresses(folder: Path, rules: Iterable[Rule]) -> dict[str, str]:
    """Where the pages of built-in rules are on the web, by code; a rule of another pack is left out."""
    pages = {path.stem.replace("_", "-"): path.relative_to(folder).as_posix() for path in folder.rglob("*.md")}
    return {rule.code: f"{HOME}/blob/main/rules/{pages[rule.name]}" for rule in rules if rule.name in pages}


def matching(rules: Iterable[Rule], selector: str) -> frozenset[str]:
    """The codes of the rules meant by a code, a prefix of codes or a name; none for an unknown selector."""
    prefix = len(selector) > 2 and selector.startswith("TX")
    return frozenset(rule.code for rule in rules if rule.name == selector or (prefix and rule.code.startswith(selector)))


def selected(rules: Sequence[Rule], selectors: Iterable[str], where: str) -> frozenset[str]:
    """The codes of the rules that the selectors mean, `ALL` included. Raises UserError for one that means nothing."""
    codes: frozenset[str] = frozenset()
    for selector in selectors:
        meant = frozenset(rule.code for rule in rules) if selector == "ALL" else matching(rules, selector)
        if not meant:
            raise UserError(f"{where}: {unknown(rules, selector)}")
        codes |= meant
    return codes


def unknown(rules: Iterable[Rule], selector: str) -> str:
    """What to say about a selector that means no rule."""
    closest = did_you_mean(selector, (identity for rule in rules for identity in (rule.code, rule.name)))
    return f"unknown rule `{selector}`{closest or '; `txlint rules` lists them'}"


def chosen(
    rules: Sequence[Rule], select: Iterable[str] | None, ignore: Iterable[str], where: str = "configuration"
) -> frozenset[str]:
    """The codes of the rules that run: those selected (by default all that are not opt-in) and not ignored."""
    if select is None:
        on = frozenset(rule.code for rule in rules if not rule.opt_in)
    else:
        on = selected(rules, select, f"{where}: `select`")
    return on - selected(rules, ignore, f"{where}: `ignore`")


def _load(path: Path) -> Rule:
    spec = spec_from_file_location(f"txlint_rule_{path.stem}", path)
    assert spec and spec.loader
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UserError(f"{path}: the rule cannot be loaded: {type(error).__name__}: {error}") from error
    found = [value for value in vars(module).values() if isinstance(value, Rule)]
    if len(found) != 1 or found[0].name != path.stem.replace("_", "-"):
        raise UserError(f"{path}: must hold exactly one rule, the function `{path.stem}`")
    return found[0]
