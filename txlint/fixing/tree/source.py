"""The text and tree of a file that is to be changed, with the place of every node in both."""

from __future__ import annotations

import bisect
import codecs
import io
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import libcst as cst
from libcst._nodes.internal import CodegenState

from txlint.facts import records as r
from txlint.findings import Edit
from txlint.fixing.repairs import Unfixable

Node = TypeVar("Node", bound=cst.CSTNode)
Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


@dataclass(slots=True)
class Sources:
    """The files of a project, each text parsed once and only when a fix touches it."""

    read: Callable[[str], bytes]
    _known: dict[tuple[str, bytes], Source] = field(default_factory=dict)

    def of(self, path: str) -> Source:
        """A file. Raises Unfixable where it cannot be changed byte for byte."""
        text = self.read(path)
        if (path, text) not in self._known:
            self._known[path, text] = Source(path, text)
        return self._known[path, text]

    def reading(self, read: Callable[[str], bytes]) -> Sources:
        """The same project with other texts, of which some are known already."""
        return Sources(read, self._known)


class Source:
    """One file; offsets count characters of its text, edits bytes."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        self._mark = len(codecs.BOM_UTF8) if self.encoding == "utf-8-sig" else 0
        self.encoding = "utf-8" if self._mark else self.encoding
        self.text = data[self._mark :].decode(self.encoding)
        self.newline = "\r\n" if "\r\n" in self.text else "\n"
        try:
            self.tree = cst.parse_module(data)
        except (cst.ParserSyntaxError, RecursionError):
            raise Unfixable(f"{path} cannot be parsed") from None
        places = _Places(self.tree)
        exact = places.text == self.text and self.text.encode(self.encoding) == data[self._mark :]
        if not exact or self.text.replace("\r\n", "").count("\r"):
            raise Unfixable(f"{path} cannot be written back as it was")
        self._spans, self._parents, self._nodes = places.spans, places.parents, places.nodes
        self._starts = [0, *(at + 1 for at, character in enumerate(self.text) if character == "\n")]

    # --- places ----------------------------------------------------------------------------------------------------------

    def start(self, node: cst.CSTNode) -> int:
        """Where a node starts, without the space, comments and decorators before it."""
        return self._spans[id(node)][0]

    def end(self, node: cst.CSTNode) -> int:
        """Where a node ends, without the comment after it."""
        return self._spans[id(node)][1]

    def written(self, node: cst.CSTNode) -> str:
        """The text of a node."""
        return self.text[slice(*self._spans[id(node)])]

    def row(self, offset: int) -> int:
        """The line, from 1, of an offset."""
        return bisect.bisect_right(self._starts, offset)

    def line(self, row: int) -> tuple[int, int]:
        """Start and end of a line, its newline included."""
        end = self._starts[row] if row < len(self._starts) else len(self.text)
        return self._starts[row - 1], end

    def lines(self, node: cst.CSTNode) -> tuple[int, int]:
        """Start and end of the whole lines that a node takes."""
        return self.line(self.row(self.start(node)))[0], self.line(self.row(max(self.end(node) - 1, self.start(node))))[1]

    def indent(self, node: cst.CSTNode) -> str:
        """The white space that the line of a node starts with."""
        line = self.text[slice(*self.line(self.row(self.start(node))))]
        return line[: len(line) - len(line.lstrip())]

    # --- nodes -----------------------------------------------------------------------------------------------------------

    def nodes(self, kind: type[Node]) -> Iterator[Node]:
        """The nodes of a kind in the order of the text."""
        return (node for node in self._nodes if isinstance(node, kind))

    def parent(self, node: cst.CSTNode) -> cst.CSTNode:
        """The node that holds a node."""
        return self._parents[id(node)]

    def around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """A node and those that hold it, innermost first."""
        while True:
            yield node
            if id(node) not in self._parents:
                return
            node = self._parents[id(node)]

    def statement(self, node: cst.CSTNode) -> Statement:
        """The statement that a node is or stands in, as a line of its own. Raises Unfixable where it shares its line."""
        found = next((one for one in self.around(node) if isinstance(one, Statement)), None)
        if found is None or isinstance(self.parent(found), cst.SimpleStatementSuite):
            raise Unfixable("the statement shares its line with another one")
        return found

    def block(self, statement: cst.CSTNode) -> tuple[Statement, ...]:
        """The statements of the block that a statement stands in."""
        parent: Any = self.parent(statement)
        if not isinstance(parent, cst.Module | cst.IndentedBlock):
            raise Unfixable("the statement stands in no block of its own")
        return tuple(one for one in parent.body if isinstance(one, Statement))

    def stands_in_block(self, node: cst.CSTNode) -> bool:
        """Whether a node is a statement of a block, and no `elif` or statement behind a colon."""
        return isinstance(node, Statement) and isinstance(self._parents.get(id(node)), cst.Module | cst.IndentedBlock)

    def call(self, call: r.Call) -> cst.Call:
        """The node of a recorded call. Raises Unfixable where there are several like it on the line."""
        found = [one for one in self.nodes(cst.Call) if self._is(one, call)]
        if len(found) != 1:
            raise Unfixable("the call cannot be told from others on its line")
        return found[0]

    def _is(self, node: cst.Call, call: r.Call) -> bool:
        last = node.func.attr if isinstance(node.func, cst.Attribute) else node.func
        rows = (self.row(self.start(node)), self.row(self.start(last)), self.row(self.end(node) - 1))
        name = call.func.path.rpartition(".")[2] if isinstance(call.func, r.Name) else getattr(call.func, "name", None)
        same = name is None or (isinstance(last, cst.Name) and last.value == name)
        return same and rows == (call.line, call.at, call.end_line) and len(node.args) == len(call.args)

    def at(self, kind: type[Node], row: int) -> Node:
        """The only node of a kind that starts on a line. Raises Unfixable where there are none or several."""
        found = [one for one in self.nodes(kind) if self.row(self.start(one)) == row]
        if len(found) != 1:
            raise Unfixable("the place cannot be told from others on its line")
        return found[0]

    # --- edits -----------------------------------------------------------------------------------------------------------

    def edit(self, start: int, end: int, text: str) -> Edit:
        """An edit of a span of characters; the text has plain newlines."""
        begin = self._mark + len(self.text[:start].encode(self.encoding))
        size = len(self.text[start:end].encode(self.encoding))
        return Edit(self.path, begin, begin + size, text.replace("\n", self.newline))

    def insert(self, offset: int, text: str) -> Edit:
        """An edit that inserts a text."""
        return self.edit(offset, offset, text)

    def replace(self, node: cst.CSTNode, text: str) -> Edit:
        """An edit that puts a text in the place of a node."""
        return self.edit(self.start(node), self.end(node), text)


class _Places(CodegenState):
    """Writes a tree out and notes where each node went, as libcst's own span provider does, without the provider."""

    def __init__(self, tree: cst.Module) -> None:
        super().__init__(tree.default_indent, tree.default_newline)
        self.spans: dict[int, tuple[int, int]] = {}
        self.parents: dict[int, cst.CSTNode] = {}
        self.nodes: list[cst.CSTNode] = []
        self._at, self._open, self._around = 0, list[int](), list[cst.CSTNode]()
        tree._codegen(self)
        self.text = "".join(self.tokens)
        self.nodes.sort(key=lambda node: self.spans[id(node)][0])

    def add_indent_tokens(self) -> None:
        super().add_indent_tokens()
        self._at += sum(map(len, self.indent_tokens))

    def add_token(self, value: str) -> None:
        super().add_token(value)
        self._at += len(value)

    def before_codegen(self, node: cst.CSTNode) -> None:
        self._open.append(self._at)
        if self._around:
            self.parents[id(node)] = self._around[-1]
        self._around.append(node)

    def after_codegen(self, node: cst.CSTNode) -> None:
        start = self._open.pop()
        self._around.pop()
        if id(node) not in self.spans:
            self.spans[id(node)] = (start, self._at)
        self.nodes.append(node)

    def record_syntactic_position(
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> Any:
        return _Recording(self, node, start_node, end_node)


@dataclass(slots=True)
class _Recording:
    """The part of writing a node out that is the node proper."""

    places: _Places
    node: cst.CSTNode
    first: cst.CSTNode | None
    last: cst.CSTNode | None
    begin: int = 0

    def __enter__(self) -> None:
        self.begin = self.places._at

    def __exit__(self, *_: object) -> None:
        spans = self.places.spans
        start = self.begin if self.first is None else spans[id(self.first)][0]
        end = self.places._at if self.last is None else spans[id(self.last)][1]
        spans[id(self.node)] = (start, end)
