"""What an editor offers to do about a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from lsprotocol import types as lsp

from txlint.findings import Applicability
from txlint.lsp.diagnostics import SOURCE, Sight, plain
from txlint.proving import made
from txlint.suppressions import UNUSED, statement_around

REASON = "TODO: why this is right"
"""What stands for the reason until the user writes it."""


def fixes(sight: Sight, about: Sequence[lsp.Diagnostic], version: Callable[[str], int | None]) -> Iterator[lsp.CodeAction]:
    """The fixes that findings carry; what they are for is looked at again by the analysis that follows the change."""
    for one in about:
        told = plain(one.data)
        mark = told.get("fingerprint") if isinstance(told, dict) else None
        found = [each for each in sight.view.shown if each.fix and each.fingerprint == mark]
        for finding in made(sight.view.report, found)[0] if found else ():
            assert finding.fix
            documents: list[lsp.TextDocumentEdit] = []
            for path, edits in groupby(finding.fix.edits, key=lambda edit: edit.path):
                document = lsp.OptionalVersionedTextDocumentIdentifier(sight.uri(path), version(sight.uri(path)))
                data = sight.view.report.read(path)
                changes = [lsp.TextEdit(sight.span(data, edit.start, edit.end), edit.replacement) for edit in edits]
                documents.append(lsp.TextDocumentEdit(document, changes))
            safe = finding.fix.applicability is Applicability.SAFE
            title = finding.fix.title if safe else f"{finding.fix.title} (unsafe: changes what the program does)"
            yield lsp.CodeAction(
                title, lsp.CodeActionKind.QuickFix, [one], is_preferred=safe, edit=lsp.WorkspaceEdit(document_changes=documents)
            )


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
