"""Commits of a session that others may have work in, although nobody is known who has."""

from __future__ import annotations

from txlint.project.lineage import written
from txlint.transactions.analysis import Analysis
from txlint.transactions.borrowing import NOT_JUDGED
from txlint.transactions.endings import Ending, is_script
from txlint.transactions.providers import Owner


def lender(analysis: Analysis, ending: Ending) -> Owner | None:
    """The nearest caller that passes its session, as an argument, to a function that ends it; None for scripts and commands."""
    for site, path in analysis.sessions.upwards(ending) if ending.source == "parameter" else ():
        if not is_script(site.func) and all(entry.kind not in NOT_JUDGED for entry in analysis.entries(site.func)):
            message = f"`{site.func.record.qualname}` lends its session, and is given no say in when it is committed"
            return Owner(site.func, site.line, written(site.call.func), message, path)
    return None


def is_of_a_row(analysis: Analysis, ending: Ending) -> bool:
    """Whether a method of a model, or of a mixin for models, ends the session that the whole program shares."""
    cls = ending.site.func.cls
    if cls is None or ending.source != "global" or ending.site.func.is_static or ending.site.func.is_classmethod:
        return False
    return analysis.project.is_mapped(cls)
