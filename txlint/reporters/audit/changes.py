"""What differs between two audits, and how coverage has gone: for people in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from txlint.audit.comparison import Change, tally
from txlint.audit.history import Run, sparkline
from txlint.reporters.terminal import FAINT, Line
from txlint.reporters.view import visible

_COLOURS = {"↑": "bold green", "↓": "bold red", "→": "bold", "+": "bold", "-": FAINT}
_SHOWN = 20


def lines(compared_with: str, changes: tuple[Change, ...], limit: int | None = _SHOWN) -> Iterator[Line]:
    """Each operation that has changed, the worse ones first."""
    yield ()
    counted = ", ".join(f"{number} {kind}" for kind, number in tally(changes).items() if number)
    what = f": newly {counted}" if counted else ": no status has changed"
    yield (f"Compared with {visible(compared_with)}", "bold"), (what, "")
    order = sorted(changes, key=lambda one: ("↓+→↑-".index(one.arrow), one.identity))
    for one in order[:limit]:
        yield ((f"  {one.arrow} ", _COLOURS[one.arrow]), (visible(one.identity), ""), (f"  {_way(one)}", FAINT))
    if limit is not None and len(order) > limit:
        yield ((f"  and {len(order) - limit} more: --format json lists all", FAINT),)


def _way(one: Change) -> str:
    return one.after if one.before == one.after else f"{one.before or 'new'} → {one.after or 'gone'}"


def trend(runs: tuple[Run, ...]) -> Iterator[Line]:
    """The sparkline of the last runs, with the first and the last figure in it."""
    if len(runs) > 1:
        first, last = (runs[at].figures.vouched for at in (0, -1))
        yield ()
        yield ("Trend ", "bold"), (sparkline(runs), ""), (f"  {first} → {last} in {len(runs)} runs", FAINT)
