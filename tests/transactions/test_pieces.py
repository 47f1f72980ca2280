"""What is no piece of a larger work: a commit of nothing, a session of one's own, a schema revision."""

from __future__ import annotations

from textwrap import dedent

from txlint.config import Config
from txlint.engine import analyse_sources
from txlint.findings import Finding
from txlint.rulepack import builtin_pack, load_pack

RULES = tuple(rule for rule in load_pack(builtin_pack()) if rule.code in ("TX201", "TX202"))


def codes(path: str, code: str) -> list[str]:
    return [one.code for one in analyse_sources({path: dedent(code).encode()}, RULES, Config()).findings]


PARTS = """
    from sqlalchemy import text
    from sqlalchemy.orm import Session

    {preamble}
    def first(session: Session):
        {work}
        session.commit()

    def second(session: Session):
        session.execute(text("DELETE FROM carts"))
        session.commit()

    def upgrade(session: Session):
        first(session)
        second(session)
"""
WRITES = """session.execute(text("DELETE FROM orders"))"""
READS = """print(session.execute(text("SELECT 1")))"""


def test_two_commits_of_work_are_pieces() -> None:
    assert "TX202" in codes("shop/work.py", PARTS.format(preamble="", work=WRITES))


def test_a_commit_of_nothing_is_no_piece() -> None:
    assert "TX202" not in codes("shop/work.py", PARTS.format(preamble="", work=READS))


def test_a_revision_decides_about_its_own_commits() -> None:
    preamble = 'revision = "2"\n    down_revision = "1"\n'
    assert codes("versions/0002_carts.py", PARTS.format(preamble=preamble, work=WRITES)) == []


FLASK = """
    from flask import Flask
    from flask_sqlalchemy import SQLAlchemy
    from sqlalchemy import text

    app = Flask(__name__)
    db = SQLAlchemy(app)

    def first():
        {entered}
            db.session.execute(text("DELETE FROM orders"))
            db.session.commit()

    def both():
        first()
        db.session.execute(text("DELETE FROM carts"))
        db.session.commit()
"""


def test_an_application_context_has_a_session_of_its_own() -> None:
    assert "TX201" in codes("shop/work.py", FLASK.format(entered="if True:"))
    assert codes("shop/work.py", FLASK.format(entered="with app.app_context():")) == []


PYRAMID = """
    from celery import shared_task
    from pyramid.events import NewRequest, subscriber
    from pyramid.view import view_config
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import scoped_session, sessionmaker

    Session = scoped_session(sessionmaker(create_engine("sqlite://")))

    @shared_task
    def index(number):
        print(number)

    def finish(request):
        if request.exception is None:
            Session().commit()
        else:
            Session().rollback()
        Session.remove()

    @subscriber(NewRequest)
    def prepare(event):
        {prepare}

    def note(request):
        request.db.execute(text("INSERT INTO orders DEFAULT VALUES"))
        index.delay(1)

    @view_config(route_name="orders")
    def add_order(request):
        {view}

    @view_config(route_name="carts")
    def add_cart(request):
        note(request)
"""


def early(prepare: str, view: str = "note(request)") -> list[Finding]:
    rules = tuple(rule for rule in load_pack(builtin_pack()) if rule.code == "TX301")
    source = dedent(PYRAMID).format(prepare=prepare, view=view)
    return list(analyse_sources({"shop/views.py": source.encode()}, rules, Config()).findings)


def test_the_end_of_a_request_may_be_what_commits() -> None:
    (finding,) = early("event.request.add_finished_callback(finish)")
    assert finding.function == "note"
    assert [step.message for step in finding.related] == ["`add_cart` leads here before its commit too"]
    assert early("print(event)") == []


def test_a_commit_before_the_call_does_not_cover_what_the_callee_writes() -> None:
    assert len(early("event.request.add_finished_callback(finish)", "request.db.commit(); note(request)")) == 1
