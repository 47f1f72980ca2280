"""The finished analysis, as rules, the audit and `why` read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from txlint.config import Config
from txlint.errors import Unanalysed
from txlint.facts.records import Call, Expr, ModuleFacts
from txlint.facts.sql import SqlScript
from txlint.filekinds import is_migration
from txlint.findings import Confidence, Step
from txlint.frameworks import spelling
from txlint.frameworks.catalog import builtin_frameworks
from txlint.locations import Location
from txlint.project.calls import Effect, Entry, Opening, Site
from txlint.project.lineage import written
from txlint.project.model import Func
from txlint.project.project import Project, build_project
from txlint.project.wrappings import scope_line
from txlint.transactions.belonging import Belonging
from txlint.transactions.boundaries import Boundaries
from txlint.transactions.compensation import Undone, undone
from txlint.transactions.contexts import FAMILY, Context, entered
from txlint.transactions.crossing import Crossing, crossings
from txlint.transactions.endings import is_script
from txlint.transactions.handovers import Handovers
from txlint.transactions.locked import Use, locked_uses
from txlint.transactions.loops import is_command, is_revision
from txlint.transactions.operations import Operation, unprotected
from txlint.transactions.outward import Outward
from txlint.transactions.questions import Questions
from txlint.transactions.queues import Queues
from txlint.transactions.races import CheckedCreate, LostUpdate, checked_creates, lost_updates, skipped_creates
from txlint.transactions.sending import SENDING, Sending
from txlint.transactions.suite import Suite
from txlint.transactions.traces import Places, Traces, name_of
from txlint.transactions.trials import Trials
from txlint.transactions.under_test import is_for_tests


class Analysis(Questions):
    """Everything known about a project; later questions are answered on demand."""

    def __init__(
        self,
        project: Project,
        config: Config,
        read: Callable[[str], bytes],
        unanalysed: tuple[Unanalysed, ...],
        scripts: Mapping[str, SqlScript],
        suite: Suite,
    ) -> None:
        super().__init__(project, config, scripts)
        self.unanalysed = unanalysed
        self.suite = suite
        self.traces = Traces(Places(read))

    @cached_property
    def boundaries(self) -> Boundaries:
        """What functions open themselves."""
        return Boundaries(self.project)

    @cached_property
    def queues(self) -> Queues:
        """How work is sent."""
        return Queues(self.project, self.config.transactional_queues)

    @cached_property
    def handovers(self) -> Handovers:
        """What is handed over to run after the commit."""
        return Handovers(self.project)

    @cached_property
    def locked_uses(self) -> tuple[Use, ...]:
        """What becomes of the querysets that lock rows."""
        return locked_uses(self.project, self._functions)

    @cached_property
    def sending(self) -> Sending:
        """Which blocks send something and then mark it as sent."""
        return Sending(self.project, self.sessions, self.contexts, SENDING)

    @cached_property
    def outward(self) -> Outward:
        """Which calls lead out of the database."""
        return Outward(self.project)

    @cached_property
    def trials(self) -> Trials:
        """What the tests of the project hide or leave untried."""
        return Trials(self.project, self.handovers, self.boundaries, self.writing)

    # --- what there is -------------------------------------------------------------------------------------------------

    @cached_property
    def _functions(self) -> tuple[Func, ...]:
        left_out = {path for path, one in self.project.modules.items() if is_migration(path) or is_revision(one)}
        return tuple(func for func in self.project.bodies if func.module.path not in left_out)

    def functions(self) -> Iterator[Func]:
        """The functions of the program, without migrations."""
        return iter(self._functions)

    @cached_property
    def _sites(self) -> tuple[Site, ...]:
        every = (site for func in self._functions for site in self.project.bodies[func].sites)
        settings = self.project.catalog.words["testing"]
        return tuple(site for site in every if not site.conditions or not is_for_tests(site, settings))

    @cached_property
    def _effects(self) -> tuple[tuple[Site, Effect], ...]:
        return tuple((site, effect) for site in self._sites for effect in site.effects)

    def sites(self) -> Iterator[Site]:
        """The calls of the program, without migrations."""
        return iter(self._sites)

    def effects(self, *kinds: str) -> Iterator[tuple[Site, Effect]]:
        """The calls of the program that have one of these effects."""
        return (one for one in self._effects if one[1].kind in kinds)

    def crossings(self) -> Iterator[Crossing]:
        """The sessions that are handed to a task."""
        return crossings(self.project, self.sites())

    def is_program(self, func: Func) -> bool:
        """Whether a function belongs to the program: to no migration."""
        return not is_migration(func.module.path)

    # --- states --------------------------------------------------------------------------------------------------------

    def open_at(self, site: Site) -> Context | None:
        """The best known way in which a transaction with a write in it can be open at a call; None where there is none."""
        for context in self.contexts.at(site):
            if context.state.status == "open" and self.writing.within(context):
                return context
        return None

    def lost_updates(self, func: Func) -> Iterator[LostUpdate]:
        """The numbers that a function reads, changes and saves without a lock."""
        return lost_updates(self.project, func)

    def checked_creates(self, func: Func) -> Iterator[CheckedCreate]:
        """The rows that a function creates because a query did not find them."""
        return checked_creates(self.project, func)

    def skipped_creates(self, func: Func) -> Iterator[CheckedCreate]:
        """The rows that a function creates because a query that passes over locked rows did not find them."""
        return skipped_creates(self.project, func)

    def undone(self, func: Func) -> Iterator[Undone]:
        """What a function undoes by hand in a session that is rolled back anyway."""
        return undone(self.project, self.handling, self.sessions, func)

    def entered(self, func: Func, opened: tuple[Opening, ...]) -> tuple[Context, ...]:
        """The states in a function where it has opened something itself."""
        return tuple(entered(context, opened) for context in self.contexts.of(func))

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The operations that write in several steps without a transaction."""
        return unprotected(self.project, self.contexts, self.steps, self._functions)

    @cached_property
    def belonging(self) -> Belonging:
        """Which of these must not be left half done."""
        return Belonging(self.project, self.steps, self.outward)

    def entries(self, func: Func) -> tuple[Entry, ...]:
        """How something outside the project runs a function."""
        return tuple(self.project.entries.get(func, ()))

    def calls(self, func: Func) -> tuple[Site, ...]:
        """The calls in a function."""
        return tuple(self.project.bodies[func].sites)

    def is_unreached(self, func: Func) -> bool:
        """Whether nothing known leads to a function, in a project of which it is known what runs other functions."""
        return bool(self.project.entries) and all(one.state.kind == "unreached" for one in self.contexts.of(func))

    def runs_once(self, func: Func) -> bool:
        """Whether a function is of a script, a command or a schema revision: its process ends with it."""
        return is_script(func) or is_command(func) or self.loop_commits.owns(func)

    # --- words ---------------------------------------------------------------------------------------------------------

    def location(self, site: Site) -> Location:
        """Where a call stands."""
        return self.traces.site(site)

    def place(self, func: Func, line: int, text: str = "") -> Location:
        """A place in a function's file."""
        return self.traces.places.of(func.module.path, line, text)

    def decorator(self, func: Func, decorator: Expr) -> Location:
        """Where a decorator of a function stands."""
        line = decorator.line if isinstance(decorator, Call) else scope_line(decorator, func)
        return self.place(func, line)

    def name(self, func: Func) -> str:
        """The qualified name of a function within its module."""
        return name_of(func)

    @property
    def opener(self) -> str:
        """How a transaction is opened, in the words of the framework: `with transaction.atomic():`."""
        return spelling.opener(self.project.catalog, FAMILY)

    def written(self, site: Site) -> str:
        """The callee of a call as written."""
        return written(site.call.func)

    def origin_of(self, site: Site) -> tuple[Step, ...]:
        """How a call is reached, by the shortest known path."""
        contexts = self.contexts.of(site.func)
        return self.traces.way(contexts[0]) if contexts else ()

    def way(self, context: Context) -> tuple[Step, ...]:
        """From where a state comes from to the function that it is the state of."""
        return self.traces.way(context)

    def confidence(self, context: Context, effect: Effect | None = None) -> Confidence:
        """How sure a finding can be: less where a name was guessed, least where the path has a step that is hardly meant."""
        if context.doubted:
            return Confidence.LOW
        if (effect is not None and effect.guessed) or context.guessed or not context.state.certain:
            return Confidence.MEDIUM
        return Confidence.HIGH


def build(
    facts: Mapping[str, ModuleFacts],
    config: Config,
    read: Callable[[str], bytes],
    *,
    unanalysed: tuple[Unanalysed, ...] = (),
    scripts: Mapping[str, SqlScript] | None = None,
    suite: Suite | None = None,
) -> Analysis:
    """Join the facts of a project and work out its transactions."""
    project = build_project(facts, (*builtin_frameworks(), config.catalogue))
    return Analysis(project, config, read, unanalysed, scripts or {}, suite or Suite())
