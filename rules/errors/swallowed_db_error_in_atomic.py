"""TX601: a database error is caught and kept inside a transaction that it has made unusable."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Caught, Confidence, Context, Site, Step, Violation, rule, savepoint


@rule("TX601")
def swallowed_db_error_in_atomic(analysis: Analysis) -> Iterator[Violation]:
    found: dict[int, Violation] = {}
    for site in analysis.sites():
        caught = analysis.handling.caught(site) if site.tries else None
        if caught is None or not analysis.handling.keeps(caught.handler, site.func):
            continue
        known = found.get(id(caught.handler))
        if known is not None and known.confidence is not Confidence.LOW:
            continue
        writer = analysis.handling.fails(site)
        context = analysis.open_at(site) if writer is not None and (caught.named or writer is site) else None
        if writer is not None and context is not None and (harm := _harm(analysis, caught, context)):
            one = _violation(analysis, caught, writer, context, harm)
            if known is None or one.confidence is not Confidence.LOW:
                found[id(caught.handler)] = one
    yield from found.values()


def _harm(analysis: Analysis, caught: Caught, context: Context) -> tuple[Site, bool] | None:
    """The query that fails afterwards (True), or the write that is undone (False)."""
    handling = analysis.handling
    if later := next((one for one in handling.after(caught, context) if handling.queries(one)), None):
        return later, True
    earlier = next((one for one in handling.undone(caught, context) if handling.writes(one)), None)
    return (earlier, False) if earlier else None


def _violation(analysis: Analysis, caught: Caught, writer: Site, context: Context, harm: tuple[Site, bool]) -> Violation:
    site, (other, follows) = caught.site, harm
    place, subject = analysis.place(site.func, caught.handler.line, "except"), analysis.written(site)
    failing = f"`{subject}`" if writer is site else f"`{subject}`, which writes at {writer.func.module.path}:{writer.line},"
    if follows:
        effect, step = "the next query in it fails", f"`{analysis.written(other)}` raises TransactionManagementError then"
    else:
        effect, step = "all of it is rolled back without an error", f"`{analysis.written(other)}` is rolled back with it"
    return Violation(
        place,
        analysis.name(site.func),
        f"a database error from `{subject}` is caught inside the transaction, which it has made unusable: {effect}",
        f"give what may fail a savepoint: `{analysis.opener}` inside the `try`; or let the error leave the transaction",
        subject,
        (
            *analysis.way(context),
            Step(analysis.location(site), f"{failing} can fail"),
            Step(place, "the error ends here"),
            Step(analysis.location(other), step),
        ),
        confidence=_confidence(analysis, caught, writer, context, follows),
        fix=savepoint(analysis, site.func, caught.node),
    )


def _confidence(analysis: Analysis, caught: Caught, writer: Site, context: Context, follows: bool) -> Confidence:
    """Least where nothing fails afterwards, as all is rolled back then, and where the handler is for other errors."""
    if not follows or not (caught.named or analysis.handling.is_likely_to_fail(writer)):
        return Confidence.LOW
    return analysis.confidence(context) if caught.named else Confidence.MEDIUM
