"""The configuration as a JSON schema, for editors and for SchemaStore; the one in the package is compared with it in a test."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from txlint import config
from txlint.config import Config

SHIPPED = Path(__file__).with_name("txlint.schema.json")


def schema() -> dict[str, Any]:
    """The schema of `[tool.txlint]` and of txlint.toml."""
    found = msgspec.json.schema(Config)
    # The terms of the catalogue change with every framework; what is wrong in them is said by txlint itself.
    kept = {name: one for name, one in found["$defs"].items() if hasattr(config, name)} | {
        "Framework": {"type": "object", "properties": {"imports": False}}
    }
    for name, key, meaning in _documented(inspect.getsource(config)):
        kept[name]["properties"][key]["description"] = meaning
    kept["Config"]["properties"]["catalogue"].pop("default", None)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "txlint"}
    return head | found | {"$defs": kept}


def text() -> str:
    """The schema as it is shipped."""
    return msgspec.json.format(msgspec.json.encode(schema(), order="deterministic"), indent=2).decode() + "\n"


def _documented(source: str) -> Iterator[tuple[str, str, str]]:
    """Class, key and docstring of every attribute that has one."""
    for cls in ast.parse(source).body:
        if isinstance(cls, ast.ClassDef):
            for field, below in zip(cls.body, cls.body[1:], strict=False):
                match field, below:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str() as meaning)):
                        yield cls.name, name.replace("_", "-"), " ".join(meaning.split())
