"""An automatic agent's hands on the desk: signs in and confirms what the machine drafted, as a browser would."""

from __future__ import annotations

import asyncio
import logging

import aiohttp

log = logging.getLogger(__name__)

READS_S = 6.0  # how long an agent reads the draft before confirming it


class DeskClerk:
    """One agent's session with the desk."""

    def __init__(self, http: str, username: str, password: str) -> None:
        self._http, self._username, self._password = http, username, password

    async def confirm(self) -> bool:
        """Read the draft on this desk and confirm it; False when there is nothing to confirm."""
        await asyncio.sleep(READS_S)
        limit = aiohttp.ClientTimeout(total=15)
        cookies = aiohttp.CookieJar(unsafe=True)  # the desk's address is a number, not a name
        async with aiohttp.ClientSession(
            self._http, timeout=limit, cookie_jar=cookies, headers={"X-Memberline": "1"}
        ) as session:
            try:
                credentials = {"username": self._username, "password": self._password}
                async with session.post("/api/session", json=credentials) as answer:
                    answer.raise_for_status()
                async with session.get("/api/desk") as answer:
                    call = (await answer.json())["state"]["call"]
                if call is None or call["phase"] != "wrap_up":
                    return False
                async with session.post(f"/api/calls/{call['call_id']}/confirm", json=call["draft"]) as answer:
                    return answer.status == 200
            except (aiohttp.ClientError, TimeoutError) as failure:
                log.warning("%s could not confirm a contact: %s", self._username, type(failure).__name__)
                return False
