"""TX110: a block that changes nothing: all who come here have the transaction open, or it holds one statement only."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Func, Opening, Severity, Site, Step, Violation, rule

_KNOWN = frozenset({"database-write", "log"})


@rule("TX110", severity=Severity.INFO, opt_in=True)
def redundant_atomic(analysis: Analysis) -> Iterator[Violation]:
    for func in analysis.functions():
        if func.record.name in analysis.config.require_atomic or any(one.kind == "receiver" for one in analysis.entries(func)):
            continue
        for opening, _ in analysis.boundaries.of(func):
            sites = [site for site in analysis.calls(func) if opening in site.opened]
            if opening.family != "django" or opening.boundary != "atomic" or not opening.certain or _catches(sites, opening):
                continue
            if steps := _opened_already(analysis, func, opening):
                reason = "every known caller has this transaction open already"
            elif (write := _only_write(analysis, sites)) is not None:
                reason, steps = "one statement is a transaction by itself", (Step(analysis.location(write), "all of it"),)
            else:
                continue
            yield Violation(
                analysis.place(func, opening.line, opening.text),
                analysis.name(func),
                f"`{opening.text}` changes nothing: {reason}",
                "leave it out, or say what it is for",
                opening.text,
                steps,
            )


def _catches(sites: list[Site], opening: Opening) -> bool:
    """Whether an error handler is around the block or a lock inside it: then it is a savepoint, or holds the lock."""
    around = any(node.handlers and node.line <= opening.line for site in sites for node in site.tries)
    return around or any(effect.kind == "row-lock" for site in sites for effect in site.effects)


def _opened_already(analysis: Analysis, func: Func, opening: Opening) -> tuple[Step, ...]:
    """The way from a caller's transaction, where all callers have one on the same database and none catches errors."""
    found = analysis.contexts.of(func)
    callers = analysis.project.callers.get(func, ())
    same = all(one.state.status == "open" and one.state.certain and one.state.alias == opening.alias for one in found)
    caught = any(node.handlers for site, _ in callers for node in site.tries)
    return analysis.way(found[0]) if found and callers and same and not caught and not analysis.entries(func) else ()


def _only_write(analysis: Analysis, sites: list[Site]) -> Site | None:
    """The one statement in a block that writes, nothing else being read, handed over or unknown; None where there is more."""
    writes = [site for site in sites if any(effect.kind == "database-write" for effect in site.effects)]
    other = [one for one in sites if one not in writes and not any(effect.kind in _KNOWN for effect in one.effects)]
    if len(writes) != 1 or writes[0].loops or other or writes[0].edges:
        return None
    effects = [effect for site in sites for effect in site.effects]
    plain = all(one.kind in _KNOWN and one.entry.steps == "one" and not one.guessed for one in effects)
    compound = any(one.kind == "database-write" and analysis.project.has_parent_tables(one.on) for one in effects)
    return writes[0] if plain and not compound else None
