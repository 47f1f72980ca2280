"""What the catalogue demands of an argument, so that a call counts: `needs = { 0 = "sql-write" }`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from txlint.facts import records as r
from txlint.project.lineage import written

_ERROR_STATUS = re.compile(r"(HTTP_)?[45]\d\d")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SMALL = 60
_CUT = 400
"""Where the facts end a literal: what is not there may stand behind."""
_SQL_WRITE = re.compile(
    r"\s*(?:with\b.*?\)\s*)?(insert|update|delete|merge|replace|truncate|copy|create|drop|alter)\b", re.I | re.S
)
_SQL_INSERT_IF_ABSENT = re.compile(r"\s*insert\b(?!.*\bon\s+(conflict|duplicate)\b).*\bselect\b.*\bnot\s+exists\b", re.I | re.S)
_SQL = {
    "sql-commit": re.compile(r"\s*(commit|rollback|end)\b", re.I),
    "sql-notify": re.compile(r"\s*(notify\b|select\s+pg_notify\b)", re.I),
    "sql-lock": re.compile(r".*\b(for\s+(no\s+key\s+)?update|pg_(try_)?advisory\w*lock)\b", re.I | re.S),
}


def _reads(expr: r.Expr) -> bool:
    return isinstance(expr, r.Const) and str(expr.value).upper() in _READING


_VALUES: dict[str, Callable[[r.Expr], bool]] = {
    "true": lambda expr: expr == r.Const(True),
    "false": lambda expr: expr == r.Const(False),
    "given": lambda expr: expr != r.Const(None),
    "error-status": lambda expr: _ERROR_STATUS.match(written(expr).rpartition(".")[2]) is not None,
    "reading-method": _reads,
    "changing-method": lambda expr: not _reads(expr),
    "small-number": lambda expr: isinstance(expr, r.Const) and type(expr.value) is int and 0 < expr.value <= _SMALL,
}


def is_question(name: str, words: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a function is named after what it asks for (`check_eligibility`, `sign_data`), and after nothing that it does."""
    parts = _HUMP.sub("_", name).lower().strip("_").split("_")
    return (parts[0] in words["question"] or parts[-1] in words["question"]) and set(parts).isdisjoint(words["doing"])


def met_by(condition: str, expr: r.Expr) -> bool | None:
    """Whether an expression meets a condition on values or on the text of a query; None where its type or origin decides."""
    if condition in _VALUES:
        return _VALUES[condition](expr)
    text = sql_text(expr)
    if condition == "sql-insert-if-absent" and text is not None:
        return len(text) < _CUT and _SQL_INSERT_IF_ABSENT.match(text) is not None
    if condition in _SQL:
        return text is not None and _SQL[condition].match(text) is not None
    return None if text is None else _SQL_WRITE.match(text) is not None


def sql_text(expr: r.Expr) -> str | None:
    """The text of a literal statement, also through f-strings, concatenation and `text(...)`."""
    match expr:
        case r.Const(value) if isinstance(value, str):
            return value
        case r.Parts((r.Const(value), *_), "f" | "Add" | "Modulo") if isinstance(value, str):
            return value
        case r.Call(r.Attr(inner, "format")):
            return sql_text(inner)
        case r.Call(_, (r.Arg(inner), *_)) if isinstance(inner, r.Const | r.Parts):
            return sql_text(inner)
    return None
