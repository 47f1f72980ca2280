"""What is known of a task, a session or a query by how projects usually make them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from txlint.engine import analyse_sources

LOGGED = """
    from celery import shared_task
    from logged_tasks import LoggedTask

    class Retried(LoggedTask):
        max_retries = 3

    @shared_task(base=Retried)
    def send(pk):
        print(pk)

    def view():
        send.delay(1)
    """
QUEUED = """
    from functools import partial
    from rq.decorators import job as rq_job

    class Counted(rq_job):
        queue_class = "counted"

    job = partial(Counted, connection=None)

    @job("mails")
    def send(pk):
        print(pk)

    def view():
        send.delay(1)
    """
SEVERAL = """
    from celery import shared_task

    class Import:
        def run(self):
            first.delay()

    class Export:
        def run(self):
            second.delay()

    @shared_task
    def first():
        pass

    @shared_task
    def second():
        pass

    def work(steps: list[Import | Export]):
        for number, step in enumerate(steps):
            step.run()
    """
QUERIES = """
    from sqlalchemy import Column, Integer, create_engine
    from sqlalchemy.orm import declarative_base, scoped_session, sessionmaker

    registry = scoped_session(sessionmaker(bind=create_engine("postgresql:///shop")))
    Base = declarative_base()
    Base.query = registry.query_property()

    class Order(Base):
        __tablename__ = "orders"
        id = Column(Integer, primary_key=True)

    def view():
        Order.query.filter_by(id=1).delete()
    """
NAMED = """
    import sqlalchemy

    def view(stock_db_session):
        stock_db_session.commit()
    """
MANAGER = """
    from django.contrib.auth.models import AbstractBaseUser, BaseUserManager

    class People(BaseUserManager):
        def view(self, email):
            person = self.model(email=email)
            person.save()

    class Person(AbstractBaseUser):
        objects = People()
    """


@pytest.mark.parametrize(
    ("source", "effects"),
    [
        pytest.param(LOGGED, ["enqueue"], id="task whose base comes from an unknown package"),
        pytest.param(QUEUED, ["enqueue"], id="job by a partial of a class below the decorator"),
        pytest.param(QUERIES, ["database-write"], id="query property"),
        pytest.param(NAMED, ["commit"], id="session of one database among several"),
        pytest.param(MANAGER, ["database-write"], id="model of a manager"),
    ],
)
def test_what_a_call_does(source: str, effects: list[str]) -> None:
    project = analyse_sources({"shop/orders.py": dedent(source).encode()}, ()).analysis.project
    sites = [site for site in project.sites() if site.func.record.name == "view"]
    assert not [site.unknown for site in sites if site.unknown]
    assert [one.kind for site in sites for one in site.effects if one.kind in effects] == effects


def test_items_of_several_types_are_all_kept() -> None:
    project = analyse_sources({"shop/orders.py": dedent(SEVERAL).encode()}, ()).analysis.project
    [run] = [site for site in project.sites() if site.func.record.name == "work" and site.edges]
    assert [edge.func.record.qualname for edge in run.edges] == ["Import.run", "Export.run"]
