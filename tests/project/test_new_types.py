"""Types that a project makes of others for its type checker."""

from __future__ import annotations

from textwrap import dedent

from txlint.engine import analyse_sources

ORDERS = """
    from typing import NewType

    from sqlalchemy.orm import Session

    Reading = NewType("Reading", Session)
    Writing = NewType("Writing", Reading)


    def place(of: Writing):
        of.commit()
"""


def test_a_new_type_is_what_it_is_made_of() -> None:
    project = analyse_sources({"shop/orders.py": dedent(ORDERS).encode()}, ()).analysis.project
    [commit] = [site for site in project.sites() if site.func.record.name == "place"]
    assert [(one.kind, one.guessed) for one in commit.effects] == [("commit", False)]
