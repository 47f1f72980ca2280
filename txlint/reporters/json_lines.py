"""Findings for programs that read line by line: each line is one element of the array that `json` writes."""

from __future__ import annotations

import msgspec

from txlint.reporters import json
from txlint.reporters.view import View


def document(view: View) -> str:
    """The whole report, one JSON object a line."""
    return "".join(msgspec.json.encode(item).decode() + "\n" for item in json.items(view))
