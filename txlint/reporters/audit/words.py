"""What every form of the audit says in the same words."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.audit.figures import Figures
from txlint.reporters.audit.shown import Shown
from txlint.reporters.view import visible

COLUMNS = ("covered", "covered!", "partial", "mixed", "uncovered", "unknown", "exempt")
DEFINITION = (
    "An operation is a callable in which a transaction decision is due, counted once where it is defined: views and their "
    "hooks, admin methods, tasks, receivers, commands, functions that write in a borrowed session, and public functions "
    "that write and are called by one of these. Tests and migrations are not counted. Coverage is covered / (covered + "
    "partial + mixed + uncovered); exempt ones (no write, one write, dispatch only, declared) and unknown ones are not in it. "
    "covered! has a transaction that does not keep its promise: an open finding of TX301/302/304/305/403/601-608."
)
RISK = "Risk is steps x severity (3 uncovered, 2 partial or mixed, 1 covered!) x the places that call it."


def counts(one: Figures) -> tuple[int, ...]:
    """The counts of the columns."""
    return (one.covered - one.unsound, one.unsound, one.partial, one.mixed, one.uncovered, one.unknown, one.exempt)


def headline(total: Figures) -> tuple[str, ...]:
    """The figures in sentences: coverage with its doubt, then sound coverage."""
    if not total.needs:
        return ("Coverage n/a: no operation needs a transaction",)
    if total.in_doubt:
        first = f"Coverage between {total.lower} and {total.upper}, because {total.unknown} are unknown"
    else:
        bounds = f": at least {total.lower}, at most {total.upper}" if total.unknown else ""
        first = f"Coverage {total.coverage}, {total.unknown} unknown{bounds}"
    sound = f"at least {total.vouched_sound}" if total.in_doubt else str(total.sound)
    return first, f"Sound    {sound}, {total.unsound} covered with open findings"


def settings(shown: Shown) -> Iterator[str]:
    """What the settings say about transactions, and how much rests on it."""
    for note in shown.audit.settings:
        place = f" ({shown.view.filename(note.location.path)}:{note.location.row})" if note.location is not None else ""
        yield visible(f"{note.message}{place}")
    if number := shown.audit.by_request:
        verb = "is" if number == 1 else "are"
        yield f"{number} of the covered {verb} so by the request alone; --assume atomic-requests=false shows what that means"


def figure(one: Figures) -> str:
    """The coverage of a group: an interval where too much is unknown to name one number."""
    if one.in_doubt and one.unknown:
        return f"{one.lower.part}-{one.upper.part} of {one.needs}"
    return str(one.coverage)


def steps(number: int) -> str:
    """`1 step`, `7 steps`."""
    return f"{number} step{'' if number == 1 else 's'}"
