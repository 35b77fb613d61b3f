"""An automatic agent's hands on the desk: takes calls and confirms what the machine drafted, as a browser would."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from core.errors import Problem

log = logging.getLogger(__name__)

READS_S = 6.0  # how long an agent reads the draft before confirming it


class DeskClerk:
    """One agent's hands."""

    def __init__(self, http: str, username: str, password: str) -> None:
        self._http, self._username, self._password = http, username, password

    async def sign_on(self, device: str) -> None:
        """Take calls with this telephone; raises `Problem` where the service refuses."""
        async with self._session() as (session, agent_id):
            async with session.post(f"/api/agents/{agent_id}/telephone", json={"device": device}) as answer:
                if not answer.ok:
                    raise Problem(f"{self._username} cannot take calls: {(await answer.json())['detail']}")
            async with session.put(f"/api/agents/{agent_id}/state", json={"name": "available"}) as answer:
                answer.raise_for_status()

    async def confirm(self) -> bool:
        """Read the draft on this desk and confirm it; False when there is nothing to confirm."""
        await asyncio.sleep(READS_S)
        try:
            async with self._session() as (session, _):
                async with session.get("/api/desk") as answer:
                    call = (await answer.json())["state"]["call"]
                if call is None or call["phase"] != "wrap_up":
                    return False
                async with session.post(f"/api/calls/{call['call_id']}/confirm", json=call["draft"]) as answer:
                    return answer.status == 200
        except (aiohttp.ClientError, TimeoutError) as failure:
            log.warning("%s could not confirm a contact: %s", self._username, type(failure).__name__)
            return False

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
        """Signed in, with the agent's id; signed out at the end."""
        limit = aiohttp.ClientTimeout(total=15)
        cookies = aiohttp.CookieJar(unsafe=True)  # the desk's address is a number, not a name
        headers = {"X-Memberline": "1"}
        async with aiohttp.ClientSession(self._http, timeout=limit, cookie_jar=cookies, headers=headers) as session:
            credentials = {"username": self._username, "password": self._password}
            async with session.post("/api/session", json=credentials) as answer:
                answer.raise_for_status()
                agent_id: str = (await answer.json())["agent_id"]
            try:
                yield session, agent_id
            finally:
                await session.delete("/api/session")
