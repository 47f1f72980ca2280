"""How a SQL script is cut into statements."""

from __future__ import annotations

import pytest

from txlint.facts.sql import read_script


def words(text: str) -> list[str]:
    return [one.words for one in read_script(text).statements]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BEGIN;\nSELECT 'COMMIT; x';\nCOMMIT", ["begin", "select", "commit"]),
        ("-- BEGIN;\n/* COMMIT;\n */ SELECT 1;", ["select 1"]),
        ("DO $$ BEGIN; COMMIT; END $$;\nSELECT 1", ["do", "select 1"]),
        (
            "CREATE FUNCTION f() AS $body$ BEGIN\n COMMIT; END; $body$ LANGUAGE plpgsql;",
            ["create function f as language plpgsql"],
        ),
        ("\\connect shop\nSELECT 1;", ["select 1"]),
        ("SELECT 'it''s; so';SELECT 2", ["select", "select 2"]),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET x = 1; UPDATE c SET y = 2; END;\nSELECT 1;",
            ["create trigger t after insert on a begin", "select 1"],
        ),
        ("", []),
    ],
)
def test_statements(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "text", ["DELIMITER //\nSELECT 1//", "SELECT 1\nGO\n", "SELECT {{ column }}", "BEGIN TRY SELECT 1 END TRY"]
)
def test_scripts_for_others_are_not_cut(text: str) -> None:
    assert read_script(text).foreign


def test_lines_count_strings_and_comments() -> None:
    [first, second] = read_script("/* one\ntwo */\nSELECT 'a\nb';\n\nCOMMIT;").statements
    assert (first.line, second.line) == (3, 6)


def test_an_open_quote_is_read_in_linear_time() -> None:
    assert words("SELECT 1; '" + "x" * 400_000) == ["select 1"]
