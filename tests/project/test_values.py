"""What names and calls give: annotations in quotes, values of dicts, decorators that are called, objects by their names."""

from __future__ import annotations

from textwrap import dedent

import pytest

from txlint.config import Config
from txlint.engine import analyse_sources

PLAIN = """
    class Base:
        def run(self):
            return None

    class First(Base):
        def run(self):
            return None

    class Second(Base):
        def run(self):
            return None
    """


def runs(code: str) -> list[str]:
    """The methods called `run` that the last call of the code runs."""
    source = dedent(PLAIN) + dedent(code)
    report = analyse_sources({"shop/code.py": source.encode()}, (), Config())
    assert report.analysis is not None
    last = max(report.analysis.project.sites(), key=lambda site: site.line)
    return [edge.func.record.qualname + "?" * edge.guessed for edge in last.edges]


@pytest.mark.parametrize(
    "annotation", ['"First"', '"First | None"', 'Optional["First"]', '"Optional[First]"', '"dict[str, Second] | First"']
)
def test_annotations_in_quotes(annotation: str) -> None:
    assert runs(f"def work(one: {annotation}):\n    one.run()\n") == ["First.run"]


def test_an_alias_that_is_made_of_itself_ends() -> None:
    code = """
        JSON = dict[str, "JSON"] | list["JSON"]

        def work(one: JSON, other: "First"):
            other.run()
        """
    assert runs(code) == ["First.run"]


def test_a_value_of_a_dict_or_what_stands_in_for_it() -> None:
    code = """
        def work(kind):
            chosen = {"a": First, "b": First}.get(kind, Second)
            one = chosen()
            one.run()
        """
    assert runs(code) == ["First.run", "Second.run"]


def test_a_decorator_of_another_package_that_is_called_with_a_method() -> None:
    code = """
        import backoff

        def work():
            send = backoff.on_exception(backoff.expo, ValueError)(First().run)
            send()
        """
    assert runs(code) == ["First.run"]


def test_what_the_calls_of_a_class_below_pass_to_its_constructor() -> None:
    code = """
        class Holder:
            def __init__(self, one):
                self.one = one

            def work(self):
                self.one.run()

        class Special(Holder):
            pass

        made = Special(First())
        """
    source = dedent(PLAIN) + dedent(code)
    report = analyse_sources({"shop/code.py": source.encode()}, (), Config())
    assert report.analysis is not None
    [call] = (site for site in report.analysis.project.sites() if site.func.record.name == "work")
    assert [edge.func.record.qualname for edge in call.edges] == ["First.run"]


def test_an_object_that_is_named_after_a_class() -> None:
    plugin = "class CardPlugin:\n    def run(self):\n        return None\n"
    assert runs(f"{plugin}\ndef work(card_plugin):\n    card_plugin.run()\n") == ["CardPlugin.run?"]
    assert runs(f"{plugin}\ndef work(card):\n    card.run()\n") == []


def test_a_bound_task_is_an_object_of_its_base() -> None:
    code = """
        from celery import Celery, Task

        app = Celery()

        class Kept(Task):
            def run_kept(self):
                return None

        @app.task(base=Kept, bind=True)
        def work(self):
            self.run_kept()
        """
    assert runs(code) == ["Kept.run_kept"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("one = First()\n    one = Second()\n    one.run()", ["Second.run"]),
        ("one = First()\n    if kind:\n        one = Second()\n    one.run()", ["Second.run", "First.run"]),
        ("one = First()\n    for one in [Second()]:\n        one.run()", ["Second.run"]),
        ("one = First()\n    while kind:\n        one.run()\n        one = Second()", ["First.run", "Second.run"]),
        (
            "try:\n        one = First()\n    except ValueError:\n        one = Second()\n    one.run()",
            ["First.run", "Second.run"],
        ),
        ("one = First()\n    with open(kind) as one:\n        kind()\n    one = Second()\n    one.run()", ["Second.run"]),
    ],
)  # fmt: skip
def test_a_variable_that_is_given_several_values(code: str, expected: list[str]) -> None:
    source = dedent(PLAIN) + f"def work(kind):\n    {code}\n"
    report = analyse_sources({"shop/code.py": source.encode()}, (), Config())
    assert report.analysis is not None
    [call] = (site for site in report.analysis.project.sites() if "run" in str(site.call.func))
    assert sorted(edge.func.record.qualname for edge in call.edges) == sorted(expected)


def test_a_function_that_gets_an_object_of_a_class() -> None:
    code = """
        import elsewhere

        def get_node(key, expected_type):
            return elsewhere.find(key)

        def work(key):
            one = get_node(key, First)
            one.run()
        """
    assert runs(code) == ["First.run"]


def test_a_protocol_is_kept_by_classes_that_do_not_say_so() -> None:
    code = """
        from typing import Protocol

        class Promised(Protocol):
            def run_all(self): ...

        class Keeping:
            def run_all(self):
                return None

        def work(one: Promised):
            one.run_all()
        """
    source = dedent(PLAIN) + dedent(code)
    report = analyse_sources({"shop/code.py": source.encode()}, (), Config())
    assert report.analysis is not None
    [call] = report.analysis.project.sites()
    assert "Keeping.run_all" in [edge.func.record.qualname for edge in call.edges]


def test_what_a_function_makes_of_what_it_is_given() -> None:
    code = """
        from django.db import models

        class Row(models.Model):
            def run(self):
                return None

        class Other(models.Model):
            def run(self):
                return None

        def each(rows, size=100):
            return rows.iterator(chunk_size=size)

        def other():
            return each(Other.objects.all())

        def work():
            for one in each(Row.objects.all()):
                one.run()
        """
    assert runs(code) == ["Row.run"]


def test_an_attribute_that_only_the_classes_below_declare() -> None:
    code = """
        class Shared:
            kind = None

            def work(self):
                one = self.kind()
                one.run()

        class OfFirst(Shared):
            kind = First

        class OfSecond(Shared):
            kind = Second
        """
    source = dedent(PLAIN) + dedent(code)
    report = analyse_sources({"shop/code.py": source.encode()}, (), Config())
    assert report.analysis is not None
    [call] = (site for site in report.analysis.project.sites() if "run" in str(site.call.func))
    assert [edge.func.record.qualname for edge in call.edges] == ["First.run", "Second.run"]


def test_a_method_that_gives_what_another_object_gives_under_its_own_name_comes_to_an_end() -> None:
    code = """
        class Box:
            def merge(self, other):
                return other.merge(self)

        Box().merge(Box()).run()
    """
    assert "First.run" not in runs(code)
