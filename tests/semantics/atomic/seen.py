"""What another connection, in another thread, sees and does."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections


def elsewhere(work: Callable[[], Any]) -> Any:
    """The result of some work in another thread, with a connection of its own."""

    def alone() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(alone).result(timeout=20)
