"""How control runs through statements: the blocks that they hold, and how these end."""

from __future__ import annotations

from txlint.facts import records as r


def blocks(node: r.Stmt) -> tuple[tuple[r.Stmt, ...], ...]:
    """The blocks that a statement holds."""
    match node:
        case r.If(_, body, orelse, _) | r.Loop(_, _, body, orelse):
            return (body, orelse)
        case r.Try():
            return (node.body, *(one.body for one in node.handlers), node.orelse, node.final)
        case r.With():
            return (node.body,)
    return ()


def ends_in_raise(statements: tuple[r.Stmt, ...]) -> bool:
    """Whether a block ends by raising."""
    return bool(statements) and isinstance(statements[-1], r.Raise)


def ends(statements: tuple[r.Stmt, ...]) -> bool:
    """Whether no path goes on after these statements."""
    for node in statements:
        match node:
            case r.Return() | r.Raise() | r.Jump():
                return True
            case r.If(_, body, orelse, _) if orelse and ends(body) and ends(orelse):
                return True
            case r.With() if ends(node.body):
                return True
            case r.Try() if ends(node.final) or (
                ends((*node.body, *node.orelse)) and all(ends(one.body) for one in node.handlers)
            ):
                return True
    return False
