"""What is inferred does not depend on which question is asked first."""

from __future__ import annotations

import random
from textwrap import dedent

import pytest

from txlint.extraction import facts_of
from txlint.frameworks.catalog import builtin_frameworks
from txlint.frameworks.index import Catalog
from txlint.project.bindings import build_modules
from txlint.project.inference import Inference
from txlint.project.memo import Memo
from txlint.project.modules import ModuleIndex, module_names

SHOP = {
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models

        class Order(models.Model):
            parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE)

            def root(self):
                return self.parent.root() if self.parent else self

        class Line(models.Model):
            order = models.ForeignKey(Order, related_name="lines", on_delete=models.CASCADE)
    """,
    "shop/even.py": """
        from shop import odd
        from shop.models import Line

        def even(items, found):
            if not items:
                return found
            return odd.odd(items[1:], found or Line())

        def first(given):
            return second(given)

        def second(given):
            return third(given)

        def third(given):
            return fourth(given)

        def fourth(given):
            return fifth(given)

        def fifth(given):
            if given.stale:
                return first(given)
            given.save()
            return given.order
    """,
    "shop/odd.py": """
        from shop import even
        from shop.models import Order

        def odd(items, found):
            return even.even(items[1:], found) or Order()

        def start(items):
            found = odd(items, None)
            found.save()
            line = found.lines.first()
            even.first(line)
            again = even.even([line], line.order.root())
            return again.save()
    """,
}


@pytest.mark.parametrize("seed", range(20))
def test_questions_that_hang_on_each_other_are_answered_alike_from_wherever_they_are_asked(seed: int) -> None:
    drawn = random.Random(seed)
    leads = {one: drawn.sample(range(24), drawn.choice((0, 1, 1, 2, 3))) for one in range(24)}

    def reached(start: int) -> frozenset[int]:
        found, waiting = {start}, [start]
        for one in waiting:
            waiting += [other for other in leads[one] if other not in found]
            found.update(leads[one])
        return frozenset(found)

    for _ in range(5):
        memo = Memo()

        def ask(one: int, memo: Memo = memo) -> frozenset[int]:
            return memo.answer(one, lambda: frozenset({one}).union(*(ask(other) for other in leads[one])), frozenset())

        asked = drawn.sample(range(24), 24)
        assert {one: ask(one) for one in asked} == {one: reached(one) for one in range(24)}


def test_a_question_that_fails_leaves_nothing_behind() -> None:
    memo = Memo()

    def ask(one: str) -> frozenset[str]:
        return memo.answer(one, lambda: work(one), frozenset())

    def work(one: str) -> frozenset[str]:
        if one == "c" and broken:
            raise LookupError
        return frozenset(one).union(*map(ask, {"a": "b", "b": "ac", "c": "a"}[one]))

    broken = True
    with pytest.raises(LookupError):
        ask("a")
    broken = False
    assert ask("b") == ask("a") == frozenset("abc")


def test_a_question_that_leads_back_to_itself_without_end_has_no_answer() -> None:
    memo = Memo()

    def deeper(level: int) -> str:
        return deeper(level + 1)

    assert memo.answer("endless", lambda: memo.answer("inner", lambda: deeper(0), "nothing"), "unknown") == "unknown"
    assert memo.answer("other", lambda: "known", "unknown") == "known"
    assert memo.known("endless") == "unknown" and memo.known("inner") is None


def test_a_project_is_understood_alike_whatever_is_asked_first() -> None:
    facts = facts_of({path: dedent(text).encode() for path, text in SHOP.items()}, None, 0).facts
    names = module_names(facts)
    seen = set()
    for seed in range(12):
        modules = build_modules(facts, names)
        inference = Inference(modules, ModuleIndex(names), Catalog(builtin_frameworks()))
        inference.lineages.link([cls for module in modules.values() for cls in module.classes])
        calls = [(func, call) for module in modules.values() for func in module.functions for call in func.calls]
        asked = random.Random(seed).sample(range(len(calls)), len(calls))
        types = {one: inference.infer(calls[one][1].func, calls[one][0]) for one in asked}
        seen.add(repr(sorted(types.items())))
    assert len(seen) == 1
    assert "owner='django.db.models.Model', name='save'" in seen.pop()
