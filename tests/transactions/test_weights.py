"""How bad and how sure a finding is, and in which words, where the rule decides that case by case: on the rules' own pages."""

from __future__ import annotations

import pytest

from tests.fixing_projects import RULES, analysed
from tests.test_rule_pages import PAGES, examples

WEIGHTS = {
    "atomic_in_signal_handler": ["info high", "warning high"],
    "borrowed_session_lifecycle": ["warning high: rolls back", "error high: closes"],
    "commit_inside_managed_block": [
        "error high: closes its transaction: the next statement in the block fails",
        "error high: commits the whole transaction around it, not only the savepoint",
        "info high: which commits by itself when it is left",
    ],
    "session_event_misuse": ["error high", "warning high"],
    "swallowed_db_error_in_atomic": ["error high", "error low", "error medium"],
    "task_session_without_rollback": ["info high: only closing it", "warning high: nothing rolls back or closes"],
}


@pytest.mark.parametrize("stem", WEIGHTS)
def test_severity_confidence_and_words(stem: str) -> None:
    [page] = (one for one in PAGES if one.stem == stem)
    [code] = (one.code for one in RULES if one.name == stem.replace("_", "-"))
    found = [
        one
        for example in examples(page)
        if example.section == "Bad"
        for one in analysed({path: text for path, text in example.files.items() if path.endswith(".py")}).findings
        if one.code == code
    ]
    told = sorted((f"{one.severity} {one.confidence}", one.message) for one in found)
    wanted = [one.partition(": ") for one in sorted(WEIGHTS[stem])]
    assert [weight for weight, _ in told] == [weight for weight, _, _ in wanted]
    for weight, _, words in wanted:
        assert any(weight == one and words in message for one, message in told), words


def test_the_evidence_of_a_borrowed_session_says_what_is_lost() -> None:
    [page] = (one for one in PAGES if one.stem == "borrowed_session_lifecycle")
    bad = [example.files for example in examples(page) if example.section == "Bad"]
    ends = [one.trace[-1].message for files in bad for one in analysed(files).findings if one.code == "TX215"]
    assert ends == [
        "everything that its callers added is thrown away here",
        "everything that its callers added is thrown away and detached here",
    ]
