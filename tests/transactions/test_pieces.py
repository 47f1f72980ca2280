"""What is no piece of a larger work: a commit of nothing, a session of one's own, a schema revision."""

from __future__ import annotations

from textwrap import dedent

from txlint.config import Config
from txlint.engine import analyse_sources
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
