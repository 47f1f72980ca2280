"""When FastAPI ends a dependency that yields."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi", reason="NOT CHECKED: fastapi is not installed")
pytest.importorskip("httpx", reason="NOT CHECKED: httpx is not installed")

import asyncio
from typing import Any

import fastapi
import httpx
from fastapi import BackgroundTasks, Depends, FastAPI

VERSION = tuple(int(part) for part in fastapi.__version__.split(".")[:2])


def order_of(**options: Any) -> list[str]:
    """What happens in which order to a request whose session is committed by a dependency."""
    app, seen = FastAPI(), []

    def session() -> Any:
        yield "session"
        seen.append("commit")

    @app.post("/orders")
    async def place(later: BackgroundTasks, _: str = Depends(session, **options)) -> None:
        later.add_task(seen.append, "task")
        seen.append("endpoint")

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        async def heard(message: Any) -> None:
            if message["type"] == "http.response.start":
                seen.append("response")
            await send(message)

        await app(scope, receive, heard)

    async def ask() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(watched), base_url="http://shop") as client:
            assert (await client.post("/orders")).status_code == 200

    asyncio.run(ask())
    return seen


# TX217, TX316


@pytest.mark.skipif(VERSION < (0, 118), reason="up to 0.117 the dependency ends before the response")
def test_a_dependency_commits_after_the_response_and_its_tasks() -> None:
    assert order_of() == ["endpoint", "response", "task", "commit"]


@pytest.mark.skipif(VERSION < (0, 121), reason="`scope` came with 0.121")
def test_one_of_the_functions_scope_commits_before_the_response() -> None:
    assert order_of(scope="function") == ["endpoint", "commit", "response", "task"]
