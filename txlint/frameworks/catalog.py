"""The catalogue: what names of frameworks mean for transactions. Data only; every decision about it is taken elsewhere.

Each `*.toml` beside this file describes one framework and is active only where the project imports it. The same tables in
`[tool.txlint.catalogue]` extend the catalogue for one project. A name is a full dotted one, as a program would import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct, field

from txlint.frameworks.classes import Alias, ClassEntry


class EffectEntry(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Calls that do something to the outside world. Either `functions`, or `methods` of `of`, or `methods` of `receivers`."""

    effect: str
    functions: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    """Classes (and so their subclasses) whose `methods` are meant; the entry of the nearest class wins, one for each effect."""
    methods: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()
    """Last names (`session`, `db`) that stand for such an object where its type is not known; medium confidence."""
    modules: tuple[str, ...] = ()
    """Last names of modules (`tasks`) whose functions stand for such objects where the module is not analysed; likewise."""
    steps: str = "one"
    """`one`: a single statement, or a call that protects itself. `many`: several statements that can be left half done.

    `m2m`: one, or many where the model has many-to-many fields to be stored.
    """
    harmless: bool = False
    """Left behind alone it does no harm, and the next run finds it (`get_or_create`): no step of an operation."""
    unless: dict[str, bool | str | int] = field(default_factory=dict)
    """Keyword arguments that switch the effect off: `{commit = false}`."""
    needs: dict[str, str] = field(default_factory=dict)
    """Conditions on arguments: `{"0" = "sql-write"}` (first argument is a literal statement or construct that writes).

    A construct is an object whose class has the role `sql-write`; `sql-commit` is a literal COMMIT, ROLLBACK or END;
    `sql-insert-if-absent` a literal INSERT of what its own NOT EXISTS does not find; `sql-notify` a literal NOTIFY;
    `error-status` is an HTTP status from 400 on, `small-number` a literal number of seconds up to a minute, `true` and `false`
    the literals; `absent` wants no such argument, `given` any but None;
    `reading-method` is a literal GET, HEAD or OPTIONS, `changing-method` anything else.
    """
    lazy: bool = False
    """It happens later: when the result is evaluated (select_for_update), or at the flush (a session's add)."""
    alias: Alias | None = None
    task: str | None = None
    """Of an enqueue, where the task is named: `receiver`, `argument:0`, `keyword:name`."""
    reaches: tuple[str, ...] = ()
    """Methods of the object (or of the collection's items) that the call runs: `create` reaches `save`.

    The entry already says what they do by default: an override in the project stands in its place, and `super().save()` in
    there is the effect again. `instance.save` is a method of an attribute, `arg:1.save` one of an argument.
    """
    signals: tuple[str, ...] = ()
    """Signals sent, by full name, with the object's class as sender."""
    about: str = ""
    """The argument that the call is about, where it is not its object: `arg:1` (its class sends the signals)."""
    protected: bool = False
    """Its signals and reached methods run inside a transaction that the call opens itself."""
    savepoint: bool = False
    """A database error in it is undone by a savepoint of its own, so that catching it leaves the transaction usable."""
    lenient: bool = False
    """It skips what is in conflict with another row, and so raises no database error."""
    removes: bool = False
    """What it writes is that something is gone."""
    claims: tuple[str, ...] = ()
    """Keywords of a lock with which one who finds the rows locked does not wait: they are taken on purpose, for long work."""
    skips: str | None = None
    """Keyword of a lock that makes it pass over the rows that others have locked."""
    adds: bool = False
    """Of a write: a new row every time, whatever is there already (`add`, `create`; not `get_or_create` or `merge`)."""
    instead: str = ""
    """What has taken its place, for what is deprecated."""
    evidence: str = ""
    """What else must be known for the call to count: `task` (the receiver is known to be a task), `setting:A.B=value` (the
    Django settings say so), `setting:!A.B` (they do not have it), `asks` (the function that makes the call is named after a
    question, and uses the answer) or `changes` (it is not)."""


class BoundaryEntry(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Something that opens a transaction when entered (`with`) or when put around a function (decorator)."""

    boundary: str
    """atomic, durable, savepoint, session (work is discarded unless committed), session-commits, connection, manual.

    `autocommit` ends the transaction that is open and runs each statement by itself.

    `lock` is no transaction: something that only one can hold, until it is left.

    `joining` is atomic without a savepoint of its own, `records` governs a flow's result records and no database, `argument` is
    whatever the first argument opens (ExitStack.enter_context).
    """
    functions: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    """`__enter__` is the object itself, entered by `with` or `async with`: `with session:` and so `with Session():`."""
    receivers: tuple[str, ...] = ()
    alias: Alias | None = None
    variants: dict[str, str] = field(default_factory=dict)
    """What a literal keyword argument makes of it: `{"durable=true" = "durable"}`."""
    commits: bool = True
    """Leaving it normally commits."""
    decorator: bool = True
    """May also be used as a decorator."""


class CallbackEntry(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A call that takes a callable and runs it: now, after the commit, in another thread, in a worker."""

    when: str
    """`now`, `commit` (after it), `thread` (elsewhere, own connection), `worker` (a queue), `response` (after it), `never`.

    `bound`: nothing runs yet, the call gives a callable that runs it when it is called: `partial`.
    """
    functions: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    argument: int | str = 0
    """Position or keyword of the callable (or of the coroutine that a call made); `*` for every positional argument;
    `receiver` for the object itself; `command` for the one that the first argument names; `returned`: the call gives a
    function that runs it."""
    alias: Alias | None = None
    tolerant: str | None = None
    """Keyword that, where it is True, lets what was handed over later run although this fails."""


class RoleEntry(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What makes a function an entry point: a decorator, or being a method of a class with `of` as an ancestor."""

    role: str
    """view, task, receiver, command, flow, admin-action, admin-hook, consumer, event-handler, middleware, fixture, ..."""
    decorators: tuple[str, ...] = ()
    decorator_methods: tuple[str, ...] = ()
    """`app.task`: methods of instances of `of`, used as decorators."""
    of: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()
    arguments: dict[str, str] = field(default_factory=dict)
    """Meaning of the decorator's arguments: `{"0" = "signal", sender = "sender"}`.

    `base` is a class whose methods the decorated name has, before those of `gives`. With `retries` a task runs again when it
    raises, with `redelivers` when its worker dies; a `retry-option` only says how.
    """
    passes: dict[str, str] = field(default_factory=dict)
    """Parameters by name, and the type of what the framework passes for them: `{instance = "arg:sender"}`."""
    first_parameter: str | None = None
    """A top-level function that nothing calls has the role where its first parameter has this name; a guess."""
    catches: bool = False
    """The decorator answers errors of the function, so that nothing above it sees them."""
    gives: str | None = None
    """Class of the object that the decorator puts in the function's place (`celery.app.task.Task`)."""
    answers_errors: bool = False
    """The framework makes an answer of what it raises, so that a transaction around the request is committed all the same."""


class RegistrationEntry(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A call that makes its argument an entry point: `path("x/", view)`, `signal.connect(f)`, `router.register("x", View)`."""

    role: str
    functions: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    argument: int | str = 0
    arguments: dict[str, str] = field(default_factory=dict)
    """As of roles; `self` is the object that the method is called on."""
    passes: dict[str, str] = field(default_factory=dict)
    """As of roles."""
    factory: str | None = None
    """Method that makes the callable of a class (`as_view`); any class so registered has the role, whatever its bases."""


class ProviderEntry(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A default value or annotation that has the framework call a function and inject its result: `Depends(get_session)`."""

    functions: tuple[str, ...]
    argument: int = 0
    keyword: str | None = None
    early: dict[str, str] = field(default_factory=dict)
    """Keyword arguments that have it finished before the response is sent: `{scope = "function"}`."""


class Framework(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One catalogue file."""

    imports: tuple[str, ...]
    """Top-level packages; the file is active where the project imports one of them."""
    database: str | None = None
    """The family that its writes and boundaries belong to: `django`, `sqlalchemy`, `dbapi`."""
    class_: tuple[ClassEntry, ...] = field(default=(), name="class")
    effect: tuple[EffectEntry, ...] = ()
    boundary: tuple[BoundaryEntry, ...] = ()
    callback: tuple[CallbackEntry, ...] = ()
    role: tuple[RoleEntry, ...] = ()
    registration: tuple[RegistrationEntry, ...] = ()
    provider: tuple[ProviderEntry, ...] = ()
    asks: tuple[str, ...] = ()
    """Last names of attributes and functions that tell whether a transaction is open; who asks has thought of both cases."""
    function_returns: dict[str, str] = field(default_factory=dict)
    """Types of what functions return: `{"django.contrib.auth.get_user_model" = "type[django.contrib.auth.models.User]"}`."""
    database_names: dict[str, str] = field(default_factory=dict)
    """Constants that name a database: `{"django.db.DEFAULT_DB_ALIAS" = "default"}`."""
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Words in names that are evidence where nothing better is known, by what for.

    `aside`: models of what is only kept beside the work. `repeated`: beginnings of the names of functions that make what is
    missing, or that the next run repeats as a whole. `piecewise`: names of what is stored piece by piece on purpose.
    `asking`: who makes a request, as a dotted name. `temporary`: names of files that nobody misses. `putting`: functions
    and methods that make the file which they are given. `opening`: those that open it. `read-only`: arguments of a field,
    or lists of fields, for what is shown and never stored. `many`: arguments for one object that stands for many.
    `leaving`: functions that never return. `usable`: attributes of a session that say whether it can still be used.
    `connection`: methods that give a session's connection. `message`: parameters by which a function takes what it has to
    do. `question`: words with which the names of functions begin or end that only ask another machine. `doing`: words that
    such names do not have. `key`: the primary key of a row. `sending`: words in names of functions that send something.
    `testing`: settings that hold only while tests run. `single`: fields that hold one value, whatever the model has under
    their name. `through`: methods of views that every request passes through. `fetching`: those that only fetch what is to
    be shown. `validating`: methods that find out before what the database would refuse. `factory`: those that make a
    function of the class. `unsaved`: what holds for a row that is not stored yet. `isolation-off`: isolation levels without
    transactions.
    """
    inert: tuple[str, ...] = ()
    """Modules, functions and methods, by full name, whose results have no method that touches a database or a queue."""
    events: dict[str, str] = field(default_factory=dict)
    """Whether the transaction is `open` or `ended` when a listener for an event is called: `{after_insert = "open"}`."""
    settings: dict[str, str] = field(default_factory=dict)
    """What the function is for that a setting names: `{"REST_FRAMEWORK.EXCEPTION_HANDLER" = "error-answer"}`."""
    constants: dict[str, str] = field(default_factory=dict)
    """Types of module-level objects: `{"flask_sqlalchemy.db.session" = "sqlalchemy.orm.Session"}`."""


@cache
def _builtin() -> dict[str, Framework]:
    pages = sorted((page for page in files(__package__).iterdir() if page.name.endswith(".toml")), key=lambda page: page.name)
    return {page.name: msgspec.toml.decode(page.read_bytes(), type=Framework) for page in pages}


def builtin_frameworks() -> tuple[Framework, ...]:
    """Every catalogue file of the distribution, in the order of their names. Raises msgspec.ValidationError on a broken one."""
    return tuple(_builtin().values())


def builtin_names() -> tuple[tuple[str, Framework], ...]:
    """The catalogue files of the distribution with the names of their frameworks."""
    return tuple((name.removesuffix(".toml"), framework) for name, framework in _builtin().items())


def origin(entry: EffectEntry) -> str:
    """The catalogue file that an effect's entry stands in, or the configuration."""
    found = (name for name, framework in _builtin().items() if any(one is entry for one in framework.effect))
    return next(found, "configuration")


def active(frameworks: Iterable[Framework], imported: frozenset[str]) -> Iterator[Framework]:
    """The frameworks that a project with these imported top-level packages uses."""
    return (one for one in frameworks if not one.imports or not imported.isdisjoint(one.imports))
