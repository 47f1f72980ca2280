"""TX123: a transaction around the part of an API view that answers errors, so that an error commits."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.api import Analysis, Step, Violation, around_error_answers, moved_inward, rule


@rule("TX123")
def drf_atomic_outside_exception_handler(analysis: Analysis) -> Iterator[Violation]:
    if analysis.contexts.requests_may_be_atomic():
        return  # then the error handler asks for a rollback
    judged = set(analysis.functions())
    for one in around_error_answers(analysis.project):
        writing = [func for func in one.handlers if func in judged and analysis.writing.count(analysis.calls(func)) > 1]
        if not writing:
            continue
        place, handler = analysis.place(one.scope, one.line, one.text), writing[0]
        written_in = analysis.place(handler, handler.record.line, handler.record.name)
        yield Violation(
            place,
            one.on,
            f"`{one.text}` around `{one.on}` never sees API errors, which are answered inside of it: half the work stays",
            "put it on the method that writes, or directly above `def`",
            one.text,
            (
                Step(place, "the transaction begins here, and sees a response in any case"),
                Step(written_in, "this writes in several steps"),
            ),
            fix=moved_inward(analysis, one, writing),
        )
