"""What comes after what within a statement: the order in which Python evaluates it."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from txlint.config import Config
from txlint.extraction import facts_of
from txlint.project.project import Project
from txlint.transactions.analysis import build
from txlint.transactions.order import Order

STATEMENTS = {
    "send(*commit_and_get())": ["commit_and_get", "send"],
    "send(to=find(), text=write(find_all()))": ["find", "find_all", "write", "send"],
    "get_client(open_one()).send(find())": ["open_one", "get_client", "find", "send"],
    "send(write() if find() else find_all())": ["find", "write", "find_all", "send"],
    "send([write(one) for one in find_all()])": ["find_all", "write", "send"],
    "results[find()] = write()": ["write", "find"],
}


def _project(statement: str) -> Project:
    source = f"def work(results):\n{indent(dedent(statement), '    ')}\n    last()\n".encode()
    return build(facts_of({"shop/work.py": source}, None, 0).facts, Config(), lambda path: source).project


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_a_call_is_given_comes_before_it(statement: str) -> None:
    body = next(one for func, one in _project(statement).bodies.items() if func.record.name == "work")
    order = Order(body)
    names = {id(site): str(getattr(site.call.func, "path", getattr(site.call.func, "name", ""))) for site in body.sites}
    after = {names[id(site)]: {names[id(one)] for one in order.following(site)} for site in body.sites}
    calls = STATEMENTS[statement]
    for position, call in enumerate(calls):
        later = set(calls[position + 1 :])
        assert later <= after[call] and after[call].isdisjoint(calls[: position + 1]) and "last" in after[call]
