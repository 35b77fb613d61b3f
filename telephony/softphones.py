"""The telephones in pages, as the PBX sees them: made for an agent when their page asks, with a password for a while.

They lie in the PBX's own database, where it looks each time somebody registers or calls: nothing is reloaded.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from core.clock import Clock
from core.errors import Problem
from core.tasks import TaskOwner
from telephony.ami.connection import Fields
from telephony.ami.errors import ActionFailed
from telephony.pbx.webrtc import FAMILY

log = logging.getLogger(__name__)

NEEDS = frozenset({"DBPut", "DBDel", "DBGetTree"})  # actions that its manager user must be allowed
WITHIN_S = 5.0
SWEEP_EVERY_S = 60.0
_NAME = re.compile(r"[\w.-]{1,48}")
_UNFIT = re.compile(r'[\x00-\x1f"<>;,\\]')  # what a SIP name cannot carry, or AMI


@dataclass(frozen=True)
class Account:
    """A telephone in a page: what it registers with, for how many seconds that works, the device that queues ring."""

    name: str
    password: str = field(repr=False)
    lasts_s: int

    @property
    def device(self) -> str:
        """As queues name it."""
        return _device(self.name)


@dataclass(frozen=True)
class Telephone:
    """What all of them have in common.

    `context`: what they may dial. `address`: of the PBX's sound, where it is not the one that the PBX finds by itself.
    `silent_s`: without any sound from the page for so long the call is over; the browser has gone.
    """

    context: str = "memberline-codes"
    address: str = ""
    silent_s: int = 30
    asked_s: int = 15

    def objects(self, name: str, shown: str, password: str) -> Mapping[str, Mapping[str, str]]:
        """Kind → values of what makes up one telephone. G.711, as callers' lines have it: nothing is recoded."""
        at = {"media_address": self.address, "bind_rtp_to_media_address": "yes"} if self.address else {}
        endpoint = {
            "context": self.context,
            "allow": "!all,ulaw,alaw",
            "auth": name,
            "aors": name,
            "webrtc": "yes",
            "direct_media": "no",
            "force_rport": "yes",
            "rewrite_contact": "yes",
            "rtp_symmetric": "yes",
            "dtmf_mode": "rfc4733",
            "device_state_busy_at": "1",
            "rtp_timeout": str(self.silent_s),
            "callerid": f"{_UNFIT.sub('', shown)} <{name}>",
            **at,
        }
        aor = {
            "max_contacts": "1",
            "minimum_expiration": "20",  # pages register again and again, to see whether they still are the telephone
            "remove_existing": "yes",  # the page that came last is the telephone
            "qualify_frequency": str(self.asked_s),
            "qualify_timeout": "5",
        }
        return {
            "auth": {"auth_type": "userpass", "username": name, "password": password},
            "aor": aor,
            "endpoint": endpoint,
        }


def name_of(agent_id: str) -> str:
    """The telephone of an agent's page; raises `Problem` where the id cannot be part of one."""
    if not _NAME.fullmatch(agent_id):
        raise Problem(f"{agent_id!r} cannot name a telephone", place="agent_id", remedy="Letters, digits, . _ and -")
    return f"page-{agent_id}"


def device_of(agent_id: str) -> str:
    """What queues ring when this agent's page is the telephone. Raises as `name_of` does."""
    return _device(name_of(agent_id))


def _device(name: str) -> str:
    return f"PJSIP/{name}"


class Link(Protocol):
    """What takes actions and lists."""

    async def action(self, fields: Fields, *, within: float = ...) -> dict[str, str]: ...

    async def list_action(self, fields: Fields, *, within: float = ...) -> list[dict[str, str]]: ...


class Softphones:
    """Opens and closes accounts. A password works for `lasts`, over restarts of either side; a telephone that is
    registered by then stays so until it has to register again, which pages do every half minute."""

    def __init__(
        self,
        link: Link,
        clock: Clock,
        *,
        telephone: Telephone = Telephone(),
        lasts: timedelta = timedelta(hours=1),
        new_password: Callable[[], str] = lambda: secrets.token_urlsafe(24),
    ) -> None:
        self._link, self._clock, self._telephone = link, clock, telephone
        self._lasts, self._new_password = lasts, new_password
        self._until: dict[str, datetime] | None = None  # name → when it is closed; None: the PBX was not asked yet
        self._one = asyncio.Lock()  # a password that is replaced while it is withdrawn would be withdrawn with it
        self._tasks = TaskOwner("softphones")

    async def start(self) -> None:
        """Withdraw in good time what is no longer to work."""
        self._tasks.start(self._sweep(), name="sweep")

    async def stop(self) -> None:
        await self._tasks.stop()

    async def open(self, agent_id: str, shown: str) -> Account:
        """The agent's telephone with a fresh password; the one of before no longer works. Raises `Problem`."""
        name, password = name_of(agent_id), self._new_password()
        until = self._clock.now() + self._lasts
        async with self._one:
            known = await self._known()
            await self._put("until", name, until.isoformat())  # first: nothing is ever open without an end
            known[name] = until
            for kind, values in self._telephone.objects(name, shown, password).items():
                await self._put(kind, name, json.dumps(values))
        return Account(name=name, password=password, lasts_s=int(self._lasts.total_seconds()))

    async def close(self, agent_id: str) -> None:
        """Its password no longer works. Closed already: nothing to do."""
        async with self._one:
            await self._close(name_of(agent_id))

    async def expire(self) -> None:
        """Close those whose time is over."""
        async with self._one:
            known, now = await self._known(), self._clock.now()
            for name in [name for name, until in known.items() if until <= now]:
                await self._close(name)

    async def _known(self) -> dict[str, datetime]:
        """What is open, as the PBX has it."""
        if self._until is None:
            try:
                rows = await self._link.list_action({"Action": "DBGetTree", "Family": f"{FAMILY}/until"})
            except ActionFailed as refused:
                if "not found" not in refused.what:
                    raise
                rows = []
            found = [row for row in rows if row.get("Key", "").startswith(f"/{FAMILY}/until/")]
            self._until = {row["Key"].rpartition("/")[2]: datetime.fromisoformat(row["Val"]) for row in found}
        return self._until

    async def _close(self, name: str) -> None:
        if name in (known := await self._known()):
            for kind in ("auth", "until"):
                await self._gone(kind, name)
            del known[name]

    async def _sweep(self) -> None:
        said = False
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)  # first: the link may not be up yet
            try:
                await self.expire()
                said = False
            except Problem as problem:
                if not said:  # once: the link says itself when it is back
                    log.warning("passwords of telephones in pages are not withdrawn yet: %s", problem)
                said = True

    async def _put(self, kind: str, name: str, value: str) -> None:
        fields = {"Action": "DBPut", "Family": f"{FAMILY}/{kind}", "Key": name, "Val": value}
        await self._link.action(fields, within=WITHIN_S)

    async def _gone(self, kind: str, name: str) -> None:
        """Have it taken out of the PBX's database; it may be out already."""
        try:
            await self._link.action({"Action": "DBDel", "Family": f"{FAMILY}/{kind}", "Key": name}, within=WITHIN_S)
        except ActionFailed as refused:
            if "not found" not in refused.what:
                raise
