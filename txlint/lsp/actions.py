"""What an editor offers to do about a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lsprotocol import types as lsp

from txlint.api import Rule
from txlint.blame import edits_of
from txlint.findings import Applicability, Finding
from txlint.fixing.edits import differences
from txlint.lsp.diagnostics import SOURCE, Sight, plain
from txlint.proving import Proof
from txlint.suppressions import UNUSED, statement_around

REASON = "TODO: why this is right"
"""What stands for the reason until the user writes it."""


def fixes(sight: Sight, about: Sequence[lsp.Diagnostic], uri: str) -> Iterator[tuple[lsp.CodeAction, Finding]]:
    """The fixes that findings carry, each without its edit: that is made and proved once the fix is chosen."""
    for one in about:
        told = plain(one.data)
        mark = told.get("fingerprint") if isinstance(told, dict) else None
        for finding in (each for each in sight.view.shown if each.fix and each.fingerprint == mark):
            assert finding.fix
            safe = finding.fix.applicability is Applicability.SAFE
            title = finding.fix.title if safe else f"{finding.fix.title} (unsafe: changes what the program does)"
            data = {"uri": uri, "fingerprint": mark}
            yield lsp.CodeAction(title, lsp.CodeActionKind.QuickFix, [one], is_preferred=safe, data=data), finding


def proved(
    sight: Sight, finding: Finding, rules: Sequence[Rule], version: Callable[[str], int | None]
) -> lsp.WorkspaceEdit | str:
    """What a fix changes, with what has to be fixed along with it, proved on the whole project; else why it does not hold."""
    report = sight.view.report
    assert finding.fix
    wanted = frozenset(Applicability) if finding.fix.applicability is Applicability.UNSAFE else frozenset({Applicability.SAFE})
    proof = Proof(report, rules, report.analysis.config, wanted)
    if refused := proof.prove_one(finding):
        return refused
    documents: list[lsp.TextDocumentEdit | lsp.CreateFile | lsp.RenameFile | lsp.DeleteFile] = []
    for path, text in sorted(proof.texts.items()):
        document = lsp.OptionalVersionedTextDocumentIdentifier(sight.uri(path), version(sight.uri(path)))
        data = report.read(path)
        alone = (edit for one in proof.fixed for edit in edits_of(one) if edit.path == path)
        edits = differences(path, data, text) if proof.along else tuple(alone)
        changes = [lsp.TextEdit(sight.span(data, edit.start, edit.end), edit.replacement) for edit in edits]
        documents.append(lsp.TextDocumentEdit(document, [*changes]))
    return lsp.WorkspaceEdit(document_changes=documents)


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
