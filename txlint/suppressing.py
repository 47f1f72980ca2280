"""Comments that allow what is found now."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable

from txlint.findings import Finding
from txlint.suppressions import statement


def commented(source: bytes, findings: Iterable[Finding], reason: str) -> tuple[bytes, tuple[Finding, ...]]:
    """The text with a comment above each statement that has findings, and the findings that no comment can stand above."""
    lines, codes, rest = source.splitlines(keepends=True), dict[int, set[str]](), []
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    for finding in findings:
        if span := statement(source, finding.location.row):
            codes.setdefault(span[0], set()).add(finding.code)
        else:
            rest.append(finding)
    for row, allowed in sorted(codes.items(), reverse=True):
        line = lines[row - 1]
        indent = line[: len(line) - len(line.lstrip())].replace(b"\x0c", b"")
        end = line[len(line.rstrip(b"\r\n")) :] or b"\n"
        comment = f"# txlint: ignore[{', '.join(sorted(allowed))}] {reason}".rstrip()
        lines.insert(row - 1, indent + comment.encode(encoding.replace("utf-8-sig", "utf-8")) + end)
    return b"".join(lines), tuple(rest)
