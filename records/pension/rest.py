"""A pension system that is a REST service: JSON over HTTP, with limits on time, size and how much is asked at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2
import msgspec

from core.errors import Problem
from records.pension.ports import PensionGone

ANSWER_BYTES = 2_000_000
AT_ONCE = 8
WAITING = 200


class Answer(msgspec.Struct, frozen=True):
    """`document` None: the body is no JSON, which only matters to who reads it."""

    status: int
    document: Any


class RestSystem:
    """The service at `url`. `headers` say who we are (`Authorization`), and are never logged."""

    def __init__(self, url: str, *, within_s: float, headers: Mapping[str, str] | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise Problem(
                "the pension system's address is not understood", remedy="Use https://pension.example.org/api"
            )
        self.place = f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"
        self._url, self._within_s = url.rstrip("/"), within_s
        self._room, self._waiting = asyncio.Semaphore(AT_ONCE), 0
        self._client = httpx2.AsyncClient(
            headers={"Accept": "application/json", **(headers or {})},
            timeout=within_s,
            follow_redirects=False,
            limits=httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
        )

    async def ask(
        self, method: str, path: str, *, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One exchange. Raises `PensionGone` where there is no whole answer within the time limit."""
        if self._waiting >= WAITING:
            raise PensionGone("too much waits for the pension system", place=self.place)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._within_s) as limit, self._room:
                return await self._exchange(method, path, body, dict(headers or {}))
        except TimeoutError:
            if not limit.expired():
                raise
            raise PensionGone(f"no answer within {self._within_s:g} s", place=self.place) from None
        except httpx2.HTTPError as error:
            raise PensionGone(f"no whole answer ({type(error).__name__})", place=self.place) from None
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        await self._client.aclose()

    async def _exchange(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        content = None if body is None else msgspec.json.encode(body)
        if content is not None:
            headers["Content-Type"] = "application/json"
        async with self._client.stream(method, self._url + path, content=content, headers=headers) as answer:
            parts = bytearray()
            async for part in answer.aiter_bytes():
                parts += part
                if len(parts) > ANSWER_BYTES:
                    raise PensionGone(f"an answer of more than {ANSWER_BYTES:,} bytes", place=self.place)
        try:
            document = msgspec.json.decode(bytes(parts)) if parts else None
        except msgspec.DecodeError:
            document = None
        return Answer(answer.status_code, document)


def filled(path: str, word: str, value: str) -> str:
    """A path of the mapping file with its word in braces filled in; no value can make it another path."""
    return path.replace(f"{{{word}}}", quote(value, safe=""))


def is_away(status: int) -> bool:
    """Statuses that say nothing about what was asked: overload, failures, and that it will not have us at all."""
    return status >= 500 or status in (401, 403, 407, 408, 425, 429)


def away(status: int, place: str) -> PensionGone:
    if status in (401, 403, 407):
        return PensionGone(f"it does not let us in ({status})", place=place, remedy="Is its token right?")
    return PensionGone(f"it cannot answer now ({status})", place=place)
