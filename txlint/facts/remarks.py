"""Comments that facts keep."""

from __future__ import annotations

import re

SWITCHED_OFF = re.compile(r"#\s*(?:(?:async\s+)?with\s+[A-Za-z_][\w.]*\(.*\).*:|@[A-Za-z_][\w.]*(?:\(.*\))?)\s*(?:#.*)?$")
"""A comment that was a `with` block or a decorator."""
MAY_HOLD_REMARKS = re.compile(rb"txlint:|noqa|#(?:\s|[\x80-\xff])*(?:async|with|@)", re.IGNORECASE)
"""What a file must match to hold a remark."""


def is_remark(comment: str) -> bool:
    """Whether a comment speaks to a linter, or is a block or decorator that was switched off."""
    return "txlint:" in comment or "noqa" in comment.lower() or SWITCHED_OFF.match(comment) is not None
