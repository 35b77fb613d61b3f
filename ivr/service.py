"""Gives every caller who enters the menu a session of their own, and takes back callers left in it by a restart."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Protocol

from core.bus import Bus
from core.clock import Clock
from core.errors import Problem
from core.ids import call_id
from core.tasks import TaskOwner
from ivr.menu import Menu
from ivr.session import Agi, Session, Visitor
from records.directory import Directory

log = logging.getLogger(__name__)


class Redirect(Protocol):
    """The phone system's verb for sending a channel elsewhere in the dialplan."""

    async def __call__(self, channel: str, context: str, exten: str) -> None: ...


class IvrService:
    """`on_event` is fed the acting AMI link's events; sessions run as tasks of this service."""

    def __init__(
        self,
        *,
        system: str,
        agi: Agi,
        redirect: Redirect,
        menu: Menu,
        members: Directory,
        bus: Bus,
        clock: Clock,
        context: str,
        sounds: str = "memberline/",
    ) -> None:
        self._system, self._agi, self._redirect, self._context = system, agi, redirect, context
        self._menu, self._members, self._bus, self._clock, self._sounds = menu, members, bus, clock, sounds
        self._channels: set[str] = set()  # whose menu runs here
        self._tasks = TaskOwner("ivr")

    def on_event(self, message: Mapping[str, str]) -> None:
        if message.get("Event") != "AsyncAGIStart":
            return
        channel, linkedid = message["Channel"], message["Linkedid"]
        visitor = Visitor(
            call_id=call_id(self._system, linkedid), channel=channel, number=message.get("CallerIDNum", "")
        )
        session = Session(
            visitor,
            agi=self._agi,
            menu=self._menu,
            members=self._members,
            bus=self._bus,
            clock=self._clock,
            sounds=self._sounds,
        )
        self._channels.add(channel)
        self._tasks.start(self._run(session, channel), name=f"session-{channel}")

    async def _run(self, session: Session, channel: str) -> None:
        try:
            await session.run()
        finally:
            self._channels.discard(channel)

    async def adopt(self, channels: Iterable[Mapping[str, str]]) -> int:
        """Send callers whose menu died with an earlier process or link to a person; returns how many there were.

        `channels` are the CoreShowChannels rows of a snapshot.
        """
        waiting = [row["Channel"] for row in channels if row.get("ApplicationData") == "agi:async"]
        orphans = [channel for channel in waiting if channel not in self._channels]
        for channel in orphans:
            try:
                await self._redirect(channel, self._context, "fallback")
            except Problem as problem:  # the caller hung up meanwhile: nothing to mend
                log.info("a caller left in the menu could not be taken back: %s", problem)
        return len(orphans)

    async def stop(self) -> None:
        await self._tasks.stop()
