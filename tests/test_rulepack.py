"""Rule packs: how they are loaded, and how rules are chosen from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stand_ins import rule
from txlint.errors import UserError
from txlint.rulepack import builtin_pack, chosen, load_pack, matching, page, selected

RULE = """
from txlint.api import rule
@rule("{code}")
def {name}(analysis):
    return ()
"""
RULES = (rule("TX101", "one"), rule("TX301", "dispatch"), rule("TX302", "other", opt_in=True))


def write(folder: Path, code: str, name: str, text: str = RULE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(text.format(code=code, name=name), encoding="utf-8")
    return path


def test_a_pack_is_a_folder_of_families(tmp_path: Path) -> None:
    write(tmp_path / "tasks", "TX501", "late_task")
    write(tmp_path / "dispatch", "TX301", "early_dispatch")
    (tmp_path / "dispatch" / "_notes.py").write_text("1 / 0", encoding="utf-8")
    (tmp_path / "dispatch" / "early_dispatch.md").write_text("# the page", encoding="utf-8")
    rules = load_pack(tmp_path)
    assert [(one.code, one.name) for one in rules] == [("TX301", "early-dispatch"), ("TX501", "late-task")]
    assert page(tmp_path, rules[0]) == "# the page"
    with pytest.raises(UserError, match=r"TX501 has no page; add late_task\.md"):
        page(tmp_path, rules[1])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("def (", "the rule cannot be loaded: SyntaxError"),
        ("1 / 0", "the rule cannot be loaded: ZeroDivisionError: division by zero"),
        ("import nowhere", "the rule cannot be loaded: ModuleNotFoundError"),
        ("x = 1", "must hold exactly one rule, the function `broken`"),
        (RULE.replace("{name}", "renamed"), "must hold exactly one rule, the function `broken`"),
        (RULE + RULE.replace("{name}", "second"), "must hold exactly one rule, the function `broken`"),
    ],
)
def test_a_broken_rule_file_names_itself(tmp_path: Path, text: str, problem: str) -> None:
    path = write(tmp_path, "TX301", "broken", text)
    with pytest.raises(UserError) as caught:
        load_pack(tmp_path)
    assert str(caught.value).startswith(f"{path}: {problem}")


def test_identities_are_unique(tmp_path: Path) -> None:
    write(tmp_path, "TX301", "one")
    write(tmp_path, "TX301", "two")
    with pytest.raises(UserError, match="several rules are called TX301"):
        load_pack(tmp_path)


def test_a_pack_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no folder"):
        load_pack(tmp_path / "nowhere")


def test_the_builtin_pack_has_rules_and_pages() -> None:
    rules = load_pack(builtin_pack())
    assert {"TX001", "TX004"} <= {one.code for one in rules}
    assert all(page(builtin_pack(), one).startswith(f"# {one.code} {one.name}\n") for one in rules)


@pytest.mark.parametrize(
    ("selector", "codes"),
    [
        ("TX301", {"TX301"}),
        ("TX3", {"TX301", "TX302"}),
        ("dispatch", {"TX301"}),
        ("TX", set()),
        ("", set()),
        ("tx301", set()),
        ("disp", set()),
        ("ALL", set()),
    ],
)
def test_selectors(selector: str, codes: set[str]) -> None:
    assert matching(RULES, selector) == codes


@pytest.mark.parametrize(
    ("select", "ignore", "codes"),
    [
        (None, (), {"TX101", "TX301"}),
        (("ALL",), (), {"TX101", "TX301", "TX302"}),
        (("TX3",), ("TX301",), {"TX302"}),
        (("TX3",), ("ALL",), set()),
        ((), (), set()),
    ],
)
def test_the_rules_that_run(select: tuple[str, ...] | None, ignore: tuple[str, ...], codes: set[str]) -> None:
    assert chosen(RULES, select, ignore) == codes


def test_an_unknown_rule_comes_with_its_place_and_the_closest_one() -> None:
    with pytest.raises(UserError) as caught:
        selected(RULES, ("TX3", "dispach"), "--select")
    assert str(caught.value) == "--select: unknown rule `dispach`; did you mean `dispatch`?"
    with pytest.raises(UserError, match=r"pyproject\.toml: `ignore`: unknown rule `TX9`"):
        chosen(RULES, None, ("TX9",), "pyproject.toml")
