"""Order within a function: which calls can come after which on some path."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.facts import records as r
from txlint.project.calls import Site
from txlint.project.flow import blocks, ends
from txlint.project.model import expressions, walk
from txlint.project.sites import Body


class Order:
    """Answers what follows a call; built once for a function.

    The places of a function form a tree of blocks. What follows a place is the rest of its block and, unless the block ends in
    a `return`, `raise`, `break` or `continue`, what follows the statement that holds the block. A loop follows itself.
    """

    def __init__(self, body: Body) -> None:
        self._body = body
        self._after: dict[int, tuple[Site, ...]] = {}
        self._behind: dict[int, tuple[Site, ...]] = {}
        self._made: dict[int, tuple[Site, ...]] = {}
        self._within: dict[int, tuple[Site, ...]] = {}
        self._block(body.func.record.body, ())

    def following(self, site: Site) -> tuple[Site, ...]:
        """The calls that can come after this one in the same run of the function."""
        return self._after.get(id(site.call), ())

    def behind(self, node: r.Try) -> tuple[Site, ...]:
        """The calls that can come after a whole `try` statement."""
        return self._behind.get(id(node), ())

    def _sites(self, expr: r.Expr) -> Iterator[Site]:
        for part in walk(expr):
            if isinstance(part, r.Call) and (site := self._body.by_call.get(id(part))):
                yield site

    def _own(self, node: r.Stmt) -> tuple[Site, ...]:
        """The calls that a statement itself makes."""
        if id(node) not in self._made:
            self._made[id(node)] = tuple([site for expr in expressions(node) for site in self._sites(expr)])
        return self._made[id(node)]

    def _inner(self, node: r.Stmt) -> tuple[Site, ...]:
        """The calls in the blocks of a statement."""
        if id(node) not in self._within:
            self._within[id(node)] = tuple([site for block in blocks(node) for site in self._all(block)])
        return self._within[id(node)]

    def _all(self, statements: tuple[r.Stmt, ...]) -> tuple[Site, ...]:
        return tuple([site for node in statements for site in (*self._own(node), *self._inner(node))])

    def _block(self, statements: tuple[r.Stmt, ...], after: tuple[Site, ...]) -> None:
        rest = () if ends(statements) else after
        for node in reversed(statements):
            self._statement(node, rest)
            rest = (*self._own(node), *self._inner(node), *(() if ends((node,)) else rest))

    def _statement(self, node: r.Stmt, after: tuple[Site, ...]) -> None:
        own = self._own(node)
        match node:
            case r.Loop():
                again = (*self._all(node.body), *self._all(node.orelse), *after)
                repeated = own if node.target is None else ()  # what a `for` goes through is worked out once, before its body
                self._block(node.body, (*repeated, *again))
                self._block(node.orelse, after)
                inner = again
            case r.Try():
                final = (*self._all(node.final), *after)
                self._behind[id(node)] = final
                self._block(node.body, (*self._all(node.orelse), *final))
                self._block(node.orelse, final)
                for handler in node.handlers:
                    self._block(handler.body, final)
                self._block(node.final, after)
                inner = final
            case _:
                for block in blocks(node):
                    self._block(block, after)
                inner = (*self._inner(node), *after)
        for position, site in enumerate(own):
            self._after[id(site.call)] = (*own[position + 1 :], *inner)


def surely_follows(first: Site, second: Site) -> bool:
    """Whether one call comes after the other wherever both are reached: not two independent conditions."""
    shorter = min(len(first.tests), len(second.tests))
    return all(one == other for one, other in zip(first.tests[:shorter], second.tests[:shorter], strict=True))


def enters_anew(line: int, first: Site, later: Site) -> bool:
    """Whether a later call is made in another round of a loop around a block that begins at a line, and so in another block."""
    shared = [loop for loop in first.loops if any(loop is one for one in later.loops)]
    return bool(shared) and later.line <= first.line and all(isinstance(one, r.Loop) and one.line <= line for one in shared)
