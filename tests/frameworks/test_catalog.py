"""The catalogue's data: it decodes, says nothing twice, its types lead to classes, and its names exist."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec

import msgspec
import pytest

from tests import django_project
from txlint.frameworks.catalog import (
    BoundaryEntry,
    CallbackEntry,
    EffectEntry,
    Framework,
    RegistrationEntry,
    RoleEntry,
    active,
    builtin_frameworks,
)
from txlint.project.typenames import TypeName, parse

Entry = EffectEntry | BoundaryEntry | CallbackEntry | RoleEntry | RegistrationEntry

PAGES = sorted(page.name.removesuffix(".toml") for page in files("txlint.frameworks").iterdir() if page.name.endswith(".toml"))

# Names that we made, because the library has none for the thing.
OUR_OWN = {
    "dbapi.Connection",
    "dbapi.Cursor",
    "django.db.models.ManyRelatedManager",
    "django.forms.CleanedData",
    "rest_framework.serializers.ValidatedData",
    "django.db.models.RelatedManager",
    "django.db.models.fields.related_descriptors.ManyRelatedManager",
    "django.db.models.fields.related_descriptors.RelatedManager",
    "django.db.models.manager.ManyToManyRelatedManager",  # of the type stubs
    "django.db.models.manager.RelatedManager",
    "django_rq.decorators.JobFunction",
    "huey.contrib.djhuey.OnCommitTask",
    "rq.decorators.JobFunction",
    "sqlalchemy.orm.NestedSessionTransaction",
}


def entries(framework: Framework) -> Iterator[Entry]:
    yield from framework.effect
    yield from framework.boundary
    yield from framework.callback
    yield from framework.role
    yield from framework.registration


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


def kind(entry: Entry) -> tuple[object, ...]:
    """What the entry speaks of; two that speak of the same and name the same contradict or repeat each other."""
    match entry:
        case EffectEntry():
            return "effect", entry.effect, *sorted(entry.needs.items())
        case CallbackEntry() | RegistrationEntry():
            return type(entry).__name__, entry.argument
    return (type(entry).__name__,)


def named(entry: Entry) -> Iterator[tuple[str, ...]]:
    if isinstance(entry, RoleEntry):
        yield from ((name,) for name in entry.decorators)
        yield from ((of, method) for of in entry.of for method in entry.decorator_methods)
    else:
        yield from ((name,) for name in entry.functions)
    yield from ((of, method) for of in entry.of for method in entry.methods)


def meanings(framework: Framework) -> Iterator[tuple[object, ...]]:
    for one in framework.class_:
        yield from (("class", name) for name in (one.name, *one.also))
        yield from (("receiver", receiver) for receiver in one.receivers)
    for entry in entries(framework):
        yield from ((*kind(entry), *names) for names in named(entry))
    yield from (("provider", name) for provider in framework.provider for name in provider.functions)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_said_twice(name: str) -> None:
    assert [meaning for meaning, times in Counter(meanings(page(name))).items() if times > 1] == []


def test_a_class_belongs_to_one_page() -> None:
    owners = Counter(name for one in builtin_frameworks() for entry in one.class_ for name in (entry.name, *entry.also))
    assert [name for name, times in owners.items() if times > 1] == []


# --- types -----------------------------------------------------------------------------------------------------------------


def classes_in(expression: TypeName) -> Iterator[str]:
    if ":" not in expression.name and expression.name not in {"Self", "Item", "type", "tuple", "|", "&"}:
        yield expression.name
    for part in expression.args:
        yield from classes_in(part)


def types(framework: Framework) -> Iterator[str]:
    for one in framework.class_:
        yield from (*one.attributes.values(), *one.returns.values())
        yield from (kind for kind in (one.iterates, one.gives, one.reverse) if kind)
    yield from (entry.gives for entry in framework.role if entry.gives)
    yield from (*framework.function_returns.values(), *framework.constants.values())


def classes_meant(framework: Framework) -> Iterator[str]:
    yield from (base for one in framework.class_ for base in one.bases)
    yield from (of for entry in entries(framework) for of in entry.of)


@pytest.mark.parametrize("name", PAGES)
def test_types_lead_to_a_class(name: str) -> None:
    known = {entry.name for one in builtin_frameworks() for entry in one.class_}
    meant = {kind for expression in types(page(name)) for kind in classes_in(parse(expression))} | set(
        classes_meant(page(name))
    )
    assert meant - known == set()


@pytest.mark.parametrize("name", PAGES)
def test_an_entry_has_a_subject(name: str) -> None:
    for entry in entries(page(name)):
        if isinstance(entry, EffectEntry | BoundaryEntry):
            assert bool(entry.functions) != bool(entry.methods), entry
            assert not entry.methods or entry.of or entry.receivers or getattr(entry, "modules", ()), entry
    assert {entry.steps for entry in page(name).effect} <= {"one", "many", "m2m"}


# --- the names exist -------------------------------------------------------------------------------------------------------

# Names that only some releases have; programs written for them are read all the same.
OTHER_VERSIONS = {
    "flask_sqlalchemy.SQLAlchemy.select",  # its instances look it up in SQLAlchemy
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
    "django.core.cache.backends.base.BaseCache.lock",  # of django-redis
    "django.db.transaction.autocommit",  # until 1.7
    "django.db.transaction.commit_manually",
    "django.db.transaction.commit_on_success",
    "django.middleware.transaction.TransactionMiddleware",
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
    "pyramid.request.Request.find_service",  # of pyramid_services
    "rest_framework.decorators.detail_route",  # until 3.9
    "rest_framework.decorators.list_route",
    "zope.sqlalchemy.ZopeTransactionExtension",  # until 1.2
    # Instances have these after save(commit=False).
    "django.forms.BaseModelForm.save_m2m",
    "django.forms.BaseModelFormSet.save_m2m",
}


def plain_names(framework: Framework) -> Iterator[str]:
    """Every full name of the page, without the methods."""
    for one in framework.class_:
        yield from (one.name, *one.also)
    for entry in entries(framework):
        yield from entry.decorators if isinstance(entry, RoleEntry) else entry.functions
        yield from entry.signals if isinstance(entry, EffectEntry) else ()
    yield from (name for provider in framework.provider for name in provider.functions)
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
    except LookupError:
        return False
    return True


NAMES = sorted({(name, full.partition(".")[0]) for name in PAGES for full in plain_names(page(name))})


@pytest.fixture(scope="module", autouse=True)
def frameworks_are_set_up() -> None:
    """Modules of Django models import only where settings install them."""
    if find_spec("django"):
        django_project.set_up()


@pytest.mark.parametrize(("name", "package"), NAMES)
def test_names_exist(name: str, package: str) -> None:
    wanted = sorted({full for full in plain_names(page(name)) if full.partition(".")[0] == package} - OUR_OWN - OTHER_VERSIONS)
    if wanted and not is_installed(package):
        pytest.skip(f"NOT CHECKED: {len(wanted)} names of {package} in {name}.toml, because {package} is not installed")
    assert [full for full in wanted if not exists(full)] == []


def methods_meant(framework: Framework) -> Iterator[tuple[frozenset[str], str]]:
    """Each method that the page names, with the classes of which one must have it. Handlers are the project's own to write."""
    for one in framework.class_:
        yield from ((frozenset({one.name}), method) for method in (*one.returns, *one.aliases))
    for entry in entries(framework):
        methods = entry.decorator_methods if isinstance(entry, RoleEntry) else entry.methods
        yield from ((frozenset(entry.of), method) for method in methods)


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


def is_installed(package: str) -> bool:
    # One that is imported already may hide its specification, as kombu does; find_spec then raises.
    return package in sys.modules or find_spec(package) is not None


@pytest.mark.parametrize("name", PAGES)
def test_methods_exist(name: str) -> None:
    missing = []
    for of, method in set(methods_meant(page(name))):
        names = {full for one in of for full in bearers(one)} - OUR_OWN - OTHER_VERSIONS
        if all(is_installed(full.partition(".")[0]) for full in names):
            spellings = (method, "__aenter__") if method == "__enter__" else (method,)
            if names and not any(hasattr(look_up(full), spelling) for full in names for spelling in spellings):
                missing += [f"{one}.{method}" for one in of]
    assert sorted(set(missing) - OTHER_VERSIONS) == []
