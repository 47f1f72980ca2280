"""One configuration of Django for all tests that need the real one: a process can be configured only once."""

from __future__ import annotations

import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="txlint-"))
"""Where the databases are."""
APPLICATIONS = (
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.admin",
    "rest_framework",
    "django_q",
    "django_tasks",
    "procrastinate.contrib.django",
)


def set_up() -> None:
    """Configure Django, unless that is done already. Raises ModuleNotFoundError where it is not installed."""
    settings = import_module("django.conf").settings
    if settings.configured:
        return
    sqlite = "django.db.backends.sqlite3"
    settings.configure(
        SECRET_KEY="for tests",
        ROOT_URLCONF="tests.semantics.atomic.urls",
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            *(app for app in APPLICATIONS if find_spec(app.partition(".")[0])),
            "tests.semantics.atomic.shop",
        ],
        DATABASES={
            "default": {"ENGINE": sqlite, "NAME": FOLDER / "default.sqlite3"},
            "other": {"ENGINE": sqlite, "NAME": FOLDER / "other.sqlite3"},
            "postgresql": {
                "ENGINE": "django.db.backends.postgresql" if find_spec("psycopg") else sqlite,
                "NAME": "postgres",
                "USER": "postgres",
                "HOST": str(FOLDER),
            },
        },
        HUEY={"huey_class": "huey.MemoryHuey"},
        RQ_QUEUES={"default": {"HOST": "localhost"}},
    )
    import_module("django").setup()
