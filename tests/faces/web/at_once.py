"""Work given to the thread of all short writes from an event loop of its own, whatever loop the test stands in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from saleswright.faces.web.together import _finish


def looped(ask: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """What came of it, in a thread that has no loop yet: a browser's test leaves one in the first thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(ask())).result(60)


def one_group(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What came of each, results and errors, when all are made safe by one commit."""

    async def ask() -> list[Any]:
        loop = asyncio.get_running_loop()
        group = [(work, loop.create_future()) for work in works]
        await asyncio.to_thread(_finish, group)
        return list(await asyncio.gather(*(done for _, done in group), return_exceptions=True))

    found: list[Any] = looped(ask)
    return found
