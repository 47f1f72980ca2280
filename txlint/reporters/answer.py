"""The answers of `txlint why` and `txlint inspect` for programs."""

from __future__ import annotations

from typing import Any

import msgspec

from txlint.locations import Location
from txlint.reporters.view import View


def document(view: View, answer: Any) -> str:
    """A record as JSON, field by field; paths are relative to the working directory."""
    return msgspec.json.format(msgspec.json.encode(_data(view, answer)), indent=2).decode()


def _data(view: View, value: Any) -> Any:
    match value:
        case Location():
            return {"filename": view.filename(value.path), "row": value.row, "column": value.column}
        case tuple():
            return [_data(view, one) for one in value]
        case str() | int() | None:
            return value
    names = getattr(value, "__struct_fields__", None) or value.__dataclass_fields__
    found = {name: _data(view, getattr(value, name)) for name in names}
    return found | {"path": view.filename(value.path)} if "path" in found else found
