"""What an editor offers to do about a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol import types as lsp

from txlint.lsp.diagnostics import SOURCE
from txlint.suppressions import UNUSED, statement_around

REASON = "TODO: why this is right"
"""What stands for the reason until the user writes it."""


def actions(uri: str, version: int | None, text: str, about: Sequence[lsp.Diagnostic]) -> Iterator[lsp.CodeAction]:
    """For each diagnostic of ours: allow it, with a reason, by a comment above its statement."""
    for one in about:
        if one.source == SOURCE and isinstance(one.code, str) and one.code != UNUSED:
            edit = _comment(text, one.range.start.line + 1, one.code)
            document = lsp.OptionalVersionedTextDocumentIdentifier(uri, version)
            changes = lsp.WorkspaceEdit(document_changes=[lsp.TextDocumentEdit(document, [edit])])
            title = f"Allow {one.code} here, with a reason"
            yield lsp.CodeAction(title, kind=lsp.CodeActionKind.QuickFix, diagnostics=[one], edit=changes)


def _comment(text: str, row: int, code: str) -> lsp.TextEdit:
    """A comment on a line of its own: the end of the line may be in the middle of a string."""
    first, _ = statement_around(text.encode("utf-8", "replace"), row)
    line = text.split("\n")[first - 1]
    indent, newline = line[: len(line) - len(line.lstrip())], "\r\n" if line.endswith("\r") else "\n"
    start = lsp.Position(first - 1, 0)
    return lsp.TextEdit(lsp.Range(start, start), f"{indent.rstrip(newline)}# txlint: ignore[{code}] {REASON}{newline}")
