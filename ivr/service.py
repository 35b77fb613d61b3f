"""Gives every caller who enters the menu a session of their own, and takes back callers left in it by a restart."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from core.errors import Problem
from core.ids import call_id
from core.tasks import TaskOwner
from ivr.caller_channel import Agi, CallerChannel, Outside
from ivr.document.model import Document
from ivr.known import Visitor
from ivr.leases import Leases
from ivr.parts import Parts, Returned
from ivr.session import Session
from telephony.ami.agi import parse_environment

log = logging.getLogger(__name__)

MENU, ENTRY, FALLBACK = "agi:async", "s", "fallback"
BACK = "back"  # what the dialplan says of whom nobody answered outside


class Redirect(Protocol):
    """The phone system's verb for sending a channel elsewhere in the dialplan."""

    async def __call__(self, channel: str, context: str, exten: str) -> None: ...


class IvrService:
    """`on_event` is fed the acting AMI link's events; sessions run as tasks of this service.

    `current` gives the document for whoever comes now; calls in progress finish on theirs. `others` are the documents
    of numbers, as dialled, that have one of their own.
    """

    def __init__(
        self,
        *,
        system: str,
        agi: Agi,
        outside: Outside,
        redirect: Redirect,
        current: Callable[[], Document],
        parts: Parts,
        context: str,
        others: Mapping[str, Callable[[], Document]] | None = None,
    ) -> None:
        self._system, self._agi, self._outside, self._redirect = system, agi, outside, redirect
        self._current, self._parts, self._context = current, parts, context
        self._others = dict(others or {})
        self._returning: dict[str, Returned] = {}  # by channel
        self._leases = Leases(outside.set_variable, parts.clock)
        self._sessions: dict[str, Session] = {}  # by channel
        self._tasks = TaskOwner("ivr")

    def on_event(self, message: Mapping[str, str]) -> None:
        channel = message.get("Channel", "")
        match message.get("Event"):
            case "AsyncAGIStart":
                self._came(channel, message["Linkedid"], parse_environment(message.get("Env", "")))
            case "AsyncAGIEnd":
                self._leases.lost(channel)
            case "Hangup":
                self._returning.pop(channel, None)
                if (session := self._sessions.get(channel)) is not None:
                    session.hung_up()

    def _came(self, channel: str, linkedid: str, environment: Mapping[str, str]) -> None:
        session = self._sessions.get(channel)
        if environment.get("agi_arg_1") == BACK:
            if session is not None:
                session.came_back()
            else:  # they left another process's menu: what they had said there is not known here
                self._tasks.start(self._to_person(channel), name=f"back-{channel}")
            return
        visitor = Visitor(
            call_id=call_id(self._system, linkedid),
            channel=channel,
            uniqueid=environment.get("agi_uniqueid", ""),
            number=environment.get("agi_callerid", ""),
            dialled=environment.get("agi_dnid", ""),
        )
        returned = self._returning.pop(channel, None)
        try:
            document = returned.document if returned else self._others.get(visitor.dialled, self._current)()
        except Problem as problem:
            log.error("call %s: there is no menu, on to a person: %s", visitor.call_id, problem)
            self._tasks.start(self._to_person(channel), name=f"no-menu-{channel}")
            return
        self._leases.take(channel)
        session = Session(
            visitor,
            document=document,
            channel=CallerChannel(
                channel,
                agi=self._agi,
                outside=self._outside,
                clock=self._parts.clock,
                wake=lambda: self._leases.wake(channel),
            ),
            parts=self._parts,
            take=lambda: self._leases.take(channel),
            let_go=lambda: self._leases.release(channel),
            returned=returned,
        )
        self._sessions[channel] = session
        self._tasks.start(self._run(session, channel), name=f"session-{channel}")

    async def _run(self, session: Session, channel: str) -> None:
        try:
            await session.run()
        finally:
            if self._sessions.get(channel) is session:
                del self._sessions[channel]
        if not session.left:
            await self._to_person(channel)

    async def take_back(self, channel: str, returned: Returned) -> None:
        """Have somebody who waits in a queue come back into the menu. Raises `Problem` where they cannot."""
        self._returning[channel] = returned
        try:
            await self._redirect(channel, self._context, ENTRY)
        except BaseException:
            self._returning.pop(channel, None)
            raise

    async def adopt(self, channels: Iterable[Mapping[str, str]]) -> int:
        """Send callers whose menu died with an earlier process or link to a person; returns how many there were.

        `channels` are the CoreShowChannels rows of a snapshot.
        """
        channels = list(channels)
        there = {row["Channel"] for row in channels}
        for channel, session in list(self._sessions.items()):
            if channel not in there:
                session.hung_up()  # while the link was down: nobody else says so
        waiting = [row["Channel"] for row in channels if row.get("ApplicationData", "").startswith(MENU)]
        orphans = [channel for channel in waiting if channel not in self._sessions]
        for channel in orphans:
            await self._to_person(channel)
        return len(orphans)

    async def stop(self) -> None:
        """End every session. Who is still in the menu goes on to a person, while the link is there."""
        left = [channel for channel, session in self._sessions.items() if not session.left]
        await self._tasks.stop()
        await self._leases.stop()
        for channel in left:
            await self._to_person(channel)

    async def _to_person(self, channel: str) -> None:
        try:
            await self._redirect(channel, self._context, FALLBACK)
        except Problem as problem:  # the caller hung up meanwhile, or the link is down and the dialplan's limit comes
            log.info("%s: a caller could not be taken out of the menu: %s", channel, problem)
