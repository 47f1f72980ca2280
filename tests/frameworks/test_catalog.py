"""The catalogue's data: it decodes, says nothing twice, its types lead somewhere, and its names exist where they can be looked up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec

import msgspec
import pytest

from txlint.frameworks.catalog import Framework, active, builtin_frameworks

PAGES = sorted(page.name.removesuffix(".toml") for page in files("txlint.frameworks").iterdir() if page.name.endswith(".toml"))

# Names that we made, because the library has none for the thing.
OUR_OWN = {
    "dbapi.Connection",
    "dbapi.Cursor",
    "django.db.models.ManyRelatedManager",
    "django.db.models.RelatedManager",
    "django.db.models.fields.related_descriptors.ManyRelatedManager",
    "django.db.models.fields.related_descriptors.RelatedManager",
    "django_rq.decorators.JobFunction",
    "huey.contrib.djhuey.OnCommitTask",
    "rq.decorators.JobFunction",
    "sqlalchemy.orm.NestedSessionTransaction",
}


@cache
def page(name: str) -> Framework:
    return msgspec.toml.decode((files("txlint.frameworks") / f"{name}.toml").read_bytes(), type=Framework)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_decodes(name: str) -> None:
    assert page(name) in builtin_frameworks()


def test_a_page_is_active_where_its_package_is_imported() -> None:
    always = [one for one in builtin_frameworks() if not one.imports]
    assert list(active(builtin_frameworks(), frozenset())) == always
    assert page("celery") in active(builtin_frameworks(), frozenset({"celery"}))


# --- nothing twice ---------------------------------------------------------------------------------------------------------


def meanings(framework: Framework) -> Iterator[tuple[object, ...]]:
    """Each name with what is said of it; the same twice is one entry too many."""
    for one in framework.class_:
        for name in (one.name, *one.also):
            yield "class", name
        yield from (("receiver", receiver) for receiver in one.receivers)
    for entry in framework.effect:
        subject = (entry.effect, *sorted(entry.needs.items()))
        yield from (("effect", subject, name) for name in entry.functions)
        yield from (("effect", subject, of, method) for of in (*entry.of, *entry.receivers) for method in entry.methods)
    for entry in framework.boundary:
        yield from (("boundary", name) for name in entry.functions)
        yield from (("boundary", of, method) for of in (*entry.of, *entry.receivers) for method in entry.methods)
    for entry in framework.callback:
        yield from (("callback", entry.argument, name) for name in entry.functions)
        yield from (("callback", entry.argument, of, method) for of in entry.of for method in entry.methods)
    for entry in framework.role:
        yield from (("role", name) for name in entry.decorators)
        yield from (("role", of, method) for of in entry.of for method in (*entry.methods, *entry.decorator_methods))
    for entry in framework.registration:
        yield from (("registration", entry.argument, name) for name in entry.functions)
        yield from (("registration", entry.argument, of, method) for of in entry.of for method in entry.methods)
    for entry in framework.provider:
        yield from (("provider", name) for name in entry.functions)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_said_twice(name: str) -> None:
    assert [meaning for meaning, times in Counter(meanings(page(name))).items() if times > 1] == []


def test_a_class_belongs_to_one_page() -> None:
    owners = Counter(name for one in builtin_frameworks() for entry in one.class_ for name in (entry.name, *entry.also))
    assert [name for name, times in owners.items() if times > 1] == []


# --- types -----------------------------------------------------------------------------------------------------------------

TOKEN = re.compile(r"\s*(arg:\d+|attr:[\w.]+|[A-Za-z_][\w.]*|[\[\],|])")


def classes_in(expression: str) -> list[str]:
    """The class names of a type expression. Raises ValueError on one that does not parse."""
    tokens: list[str] = []
    position = 0
    while position < len(expression):
        if not (match := TOKEN.match(expression, position)):
            raise ValueError(expression)
        tokens.append(match[1])
        position = match.end()
    names: list[str] = []

    def one() -> None:
        name = tokens.pop(0) if tokens else ""
        if not name or name in "[],|":
            raise ValueError(expression)
        if name not in {"Self", "Item", "type", "tuple"} and ":" not in name:
            names.append(name)
        if tokens[:1] == ["["]:
            tokens.pop(0)
            either()
            while tokens[:1] == [","]:
                tokens.pop(0)
                either()
            if tokens[:1] != ["]"]:
                raise ValueError(expression)
            tokens.pop(0)

    def either() -> None:
        one()
        while tokens[:1] == ["|"]:
            tokens.pop(0)
            one()

    either()
    if tokens:
        raise ValueError(expression)
    return names


def test_the_type_syntax() -> None:
    assert classes_in("tuple[Item, a.B]") == ["a.B"]
    assert classes_in("attr:queryset | a.Q[attr:Meta.model]") == ["a.Q"]
    for broken in ("", "a.B[", "a.B]", "[a.B]", "a.B c.D", "a.B |", "a.B[,]", "arg:x"):
        with pytest.raises(ValueError):
            classes_in(broken)


def types(framework: Framework) -> Iterator[str]:
    for one in framework.class_:
        yield from (*one.attributes.values(), *one.returns.values())
        yield from (kind for kind in (one.iterates, one.gives, one.reverse) if kind)
    yield from (entry.gives for entry in framework.role if entry.gives)
    yield from (*framework.function_returns.values(), *framework.constants.values())


def classes_meant(framework: Framework) -> Iterator[str]:
    yield from (base for one in framework.class_ for base in one.bases)
    for entries in (framework.effect, framework.boundary, framework.callback, framework.role, framework.registration):
        yield from (of for entry in entries for of in entry.of)


@pytest.mark.parametrize("name", PAGES)
def test_types_lead_to_a_class(name: str) -> None:
    known = {entry.name for one in builtin_frameworks() for entry in one.class_}
    meant = {kind for expression in types(page(name)) for kind in classes_in(expression)} | set(classes_meant(page(name)))
    assert meant - known == set()


@pytest.mark.parametrize("name", PAGES)
def test_an_entry_has_a_subject(name: str) -> None:
    for entry in (*page(name).effect, *page(name).boundary):
        assert bool(entry.functions) != bool(entry.methods), entry
        assert not entry.methods or entry.of or entry.receivers, entry
    assert {entry.steps for entry in page(name).effect} <= {"one", "many", "m2m"}


# --- the names exist -------------------------------------------------------------------------------------------------------

# Names that only some releases have; programs written for them are read all the same.
OTHER_VERSIONS = {
    "celery.decorators.periodic_task",  # until 4
    "celery.decorators.task",
    "celery.task",
    "celery.task.Task",
    "celery.task.base.Task",
    "celery.task.periodic_task",
    "celery.task.task",
    "django.conf.urls.url",  # until 3.2
    "django.contrib.gis.admin.GISModelAdmin",  # the gis modules import with the GDAL library only
    "django.contrib.gis.admin.ModelAdmin",
    "django.contrib.gis.db.models.ForeignKey",
    "django.contrib.gis.db.models.Manager",
    "django.contrib.gis.db.models.ManyToManyField",
    "django.contrib.gis.db.models.Model",
    "django.contrib.gis.db.models.OneToOneField",
    "django.contrib.gis.db.models.QuerySet",
    "django.contrib.gis.forms.ModelForm",
    "django.db.models.QuerySet.fetch_mode",  # from 6.1
    "django.db.models.Manager.fetch_mode",
    "django.db.transaction.savepoint",  # until 6.1, with a warning
    "django.db.transaction.savepoint_create",  # from 6.1
    "django.tasks.Task",  # from 6.0
    "django.tasks.base.Task",
    "django.tasks.task",
    "firebase_admin.messaging.send_all",  # until 6
    "firebase_admin.messaging.send_multicast",
    "flask.sansio.scaffold.Scaffold.before_first_request",  # until 2.2
    "flask.scaffold.Scaffold",
    "rest_framework.decorators.detail_route",  # until 3.9
    "rest_framework.decorators.list_route",
    # Instances have these after save(commit=False).
    "django.forms.BaseModelForm.save_m2m",
    "django.forms.BaseModelFormSet.save_m2m",
}


def plain_names(framework: Framework) -> Iterator[str]:
    """Every full name of the page, without the methods."""
    for one in framework.class_:
        yield from (one.name, *one.also)
    for entries in (framework.effect, framework.boundary, framework.callback, framework.registration, framework.provider):
        yield from (name for entry in entries for name in entry.functions)
    yield from (name for entry in framework.effect for name in entry.signals)
    yield from (name for entry in framework.role for name in entry.decorators)
    yield from (*framework.function_returns, *framework.constants)


def look_up(name: str) -> object:
    """The object of that full name. Raises LookupError where there is none."""
    parts = name.split(".")
    for split in range(len(parts) - 1, 0, -1):
        try:
            found: object = import_module(".".join(parts[:split]))
        except ModuleNotFoundError:
            continue
        try:
            for part in parts[split:]:
                found = getattr(found, part)
        except AttributeError:
            continue
        return found
    raise LookupError(name)


def exists(name: str) -> bool:
    try:
        look_up(name)
    except Exception:  # a library may refuse to be imported without its settings or its shared objects
        return False
    return True


NAMES = sorted({(name, full.partition(".")[0]) for name in PAGES for full in plain_names(page(name))})


@pytest.fixture(scope="module", autouse=True)
def frameworks_are_set_up() -> None:
    """Django's modules of models import only after its settings."""
    if find_spec("django"):
        settings = import_module("django.conf").settings
        if not settings.configured:
            installed = ("django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "django.contrib.sites", "django.contrib.admin")
            settings.configure(
                INSTALLED_APPS=[*installed, *(app for app in ("django_q", "procrastinate.contrib.django", "django_tasks") if find_spec(app.partition(".")[0]))],
                DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
                HUEY={"huey_class": "huey.MemoryHuey"},
                RQ_QUEUES={"default": {"HOST": "localhost"}},
            )
            import_module("django").setup()


@pytest.mark.parametrize(("name", "package"), NAMES)
def test_names_exist(name: str, package: str) -> None:
    wanted = sorted({full for full in plain_names(page(name)) if full.partition(".")[0] == package} - OUR_OWN - OTHER_VERSIONS)
    if wanted and not find_spec(package):
        pytest.skip(f"NOT CHECKED: {len(wanted)} names of {package} in {name}.toml, because {package} is not installed")
    assert [full for full in wanted if not exists(full)] == []


def methods_meant(framework: Framework) -> Iterator[tuple[frozenset[str], str]]:
    """Each method that the page names, with the classes of which one must have it. Handlers are left out: projects write them."""
    for one in framework.class_:
        yield from ((frozenset({one.name}), method) for method in (*one.returns, *one.aliases))
    for entries in (framework.effect, framework.boundary, framework.callback, framework.registration):
        yield from ((frozenset(entry.of), method) for entry in entries for method in entry.methods)
    yield from ((frozenset(entry.of), method) for entry in framework.role for method in entry.decorator_methods)


def bearers(name: str) -> set[str]:
    """Names of a class, of its subclasses in the catalogue, and of their other paths."""
    found: set[str] = set()
    for one in builtin_frameworks():
        for entry in one.class_:
            if entry.name == name:
                found |= {entry.name, *entry.also}
            elif name in entry.bases:
                found |= bearers(entry.name)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_methods_exist(name: str) -> None:
    missing = []
    for of, method in set(methods_meant(page(name))):
        classes = [look_up(full) for full in set().union(*map(bearers, of)) - OUR_OWN if exists(full)]
        spellings = (method, "__aenter__") if method == "__enter__" else (method,)
        if classes and not any(hasattr(one, spelling) for one in classes for spelling in spellings):
            missing += [f"{one}.{method}" for one in of]
    assert sorted(set(missing) - OTHER_VERSIONS) == []
