"""Questions about sessions, workers and migrations, each answered when it is first asked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from txlint.config import Config
from txlint.facts.sql import SqlScript
from txlint.project.project import Project
from txlint.transactions.beginnings import Beginnings
from txlint.transactions.conflicts import Conflicts
from txlint.transactions.contexts import Contexts
from txlint.transactions.demands import Demands
from txlint.transactions.dependence import Dependence
from txlint.transactions.drivers import Drivers
from txlint.transactions.early_sends import EarlySends
from txlint.transactions.events import Listeners
from txlint.transactions.expiry import Expiry
from txlint.transactions.failed_flush import FailedFlushes
from txlint.transactions.handling import Handling
from txlint.transactions.harmless import Harmless
from txlint.transactions.identities import Identities
from txlint.transactions.lingering import Lingering
from txlint.transactions.loops import LoopCommits
from txlint.transactions.made import MadeSessions
from txlint.transactions.managed import ManagedBlocks
from txlint.transactions.passed_over import PassedOvers
from txlint.transactions.pieces import Pieces
from txlint.transactions.record_blocks import RecordBlocks
from txlint.transactions.redeliveries import Redeliveries
from txlint.transactions.redundancy import Redundancy
from txlint.transactions.responses import Responses
from txlint.transactions.retries import Retries
from txlint.transactions.revisions import Revisions
from txlint.transactions.rollups import Rollups
from txlint.transactions.rows import RowNames
from txlint.transactions.savers import Savers
from txlint.transactions.scopes import Scopes
from txlint.transactions.scripts import Scripts
from txlint.transactions.sending import SENDING
from txlint.transactions.sessions import Sessions
from txlint.transactions.sharing import Sharing
from txlint.transactions.signals import SignalOnly
from txlint.transactions.staging import Staging
from txlint.transactions.steps import StepCounter
from txlint.transactions.streams import Streams
from txlint.transactions.undoing import Undoing
from txlint.transactions.writing import Writing


class Questions:
    """What the analysis of a project can be asked."""

    def __init__(self, project: Project, config: Config, scripts: Mapping[str, SqlScript]) -> None:
        self.project, self.config = project, config
        self.scripts = Scripts(scripts)
        self.steps = StepCounter(project)
        self.contexts = Contexts(project, _by_alias(config.atomic_requests))

    @cached_property
    def sessions(self) -> Sessions:
        """Who owns the sessions that are committed."""
        return Sessions(self.project, self.config.boundary_commits)

    @cached_property
    def pieces(self) -> Pieces:
        """What is committed in pieces, and what is sent before its commit."""
        return Pieces(self.project, self.sessions)

    @cached_property
    def dependence(self) -> Dependence:
        """Which of these pieces the code shows to depend on each other."""
        return Dependence(self.project, self.sessions)

    @cached_property
    def loop_commits(self) -> LoopCommits:
        """Which loops commit in every round."""
        return LoopCommits(self.project, self.sessions, self.contexts)

    @cached_property
    def managed(self) -> ManagedBlocks:
        """Which blocks that end their transaction themselves are ended by hand."""
        return ManagedBlocks(self.project, self.sessions)

    @cached_property
    def retries(self) -> Retries:
        """Which tasks run again when they fail."""
        return Retries(self.project)

    @cached_property
    def failed_flushes(self) -> FailedFlushes:
        """Sessions that are used on after a failed flush."""
        return FailedFlushes(self.project, self.handling, self.sessions, self.made)

    @cached_property
    def undoing(self) -> Undoing:
        """What is done to take back work that is committed already."""
        return Undoing(self.project, self.sessions, self.pieces)

    @cached_property
    def scopes(self) -> Scopes:
        """Which units of work lose their session or an error."""
        return Scopes(self.project, self.sessions, self.made)

    @cached_property
    def sharing(self) -> Sharing:
        """Which sessions outlive the functions that commit them."""
        return Sharing(self.project, self.sessions, self.made)

    @cached_property
    def rollups(self) -> Rollups:
        """What is committed in pieces that can each be repeated."""
        return Rollups(self.project, self.sessions, self.pieces)

    @cached_property
    def redeliveries(self) -> Redeliveries:
        """Which rows a task adds once more when it is run again."""
        return Redeliveries(self.project, self.sessions)

    @cached_property
    def signals(self) -> SignalOnly:
        """Which functions run for a model's signal, or in its `save` or `delete`, and so inside anybody's transaction."""
        return SignalOnly(self.project)

    @cached_property
    def savers(self) -> Savers:
        """Who runs these."""
        return Savers(self.project, self.contexts, self.signals)

    @cached_property
    def redundancy(self) -> Redundancy:
        """Which commits have nothing to commit."""
        return Redundancy(self.project, self.sessions)

    @cached_property
    def staging(self) -> Staging:
        """Which work may be committed in stages on purpose."""
        return Staging(self.project, self.sessions, self.contexts, self.redundancy)

    @cached_property
    def lingering(self) -> Lingering:
        """Which work leaves a session behind that others go on with."""
        return Lingering(self.project, self.sessions)

    @cached_property
    def handling(self) -> Handling:
        """Who catches what a call raises."""
        return Handling(self.project, self.sessions.order)

    @cached_property
    def writing(self) -> Writing:
        """What may write."""
        return Writing(self.project)

    @cached_property
    def harmless(self) -> Harmless:
        """Which effects inside a transaction its rollback need not take back."""
        return Harmless(self.project, self.handling, self.sessions, self.writing)

    @cached_property
    def conflicts(self) -> Conflicts:
        """Which rows are there already by a race or by the text of an error."""
        return Conflicts(self.project, self.handling)

    @cached_property
    def identities(self) -> Identities:
        """Which rows get another identity in each run of a task."""
        return Identities(self.project)

    @cached_property
    def demands(self) -> Demands:
        """Which functions demand a transaction, and are called without one."""
        return Demands(self.project, self.contexts)

    @cached_property
    def made(self) -> MadeSessions:
        """Which sessions are made where."""
        return MadeSessions(self.project, self.sessions)

    @cached_property
    def revisions(self) -> Revisions:
        """The schema migrations."""
        return Revisions(self.project, self.steps)

    @cached_property
    def beginnings(self) -> Beginnings:
        """Which transactions are begun twice."""
        return Beginnings(self.project, self.sessions)

    @cached_property
    def expiry(self) -> Expiry:
        """Which rows are read after they have expired."""
        return Expiry(self.project, self.sessions)

    @cached_property
    def listeners(self) -> Listeners:
        """What the listeners of sessions do."""
        return Listeners(self.project, (*SENDING, "enqueue"))

    @cached_property
    def responses(self) -> Responses:
        """Which dependencies commit after the response."""
        return Responses(self.project, self.sessions)

    @cached_property
    def drivers(self) -> Drivers:
        """Which connections of drivers are never committed."""
        return Drivers(self.project, self.made)

    @cached_property
    def record_blocks(self) -> RecordBlocks:
        """What is written in blocks that govern results only."""
        return RecordBlocks(self.project)

    @cached_property
    def early_sends(self) -> EarlySends:
        """Which tasks are sent before their row is saved."""
        return EarlySends(self.contexts, self.sessions.order, RowNames(self.project, self.steps), self.signals)

    @cached_property
    def streams(self) -> Streams:
        """Which transactions last as long as a query has rows."""
        return Streams(self.project)

    @cached_property
    def passed_over(self) -> PassedOvers:
        """Which failures a task drops."""
        return PassedOvers(self.project)


def _by_alias(setting: bool | dict[str, bool] | None) -> dict[str, bool] | None:
    return {"default": setting} if isinstance(setting, bool) else setting
