"""Writes docs/audit.schema.json. Renew it with `python docs/audit_schema.py`."""

from __future__ import annotations

from pathlib import Path

from txlint.reporters.audit.document import schema

FILE = Path(__file__).with_name("audit.schema.json")

if __name__ == "__main__":
    FILE.write_text(schema(), encoding="utf-8")
