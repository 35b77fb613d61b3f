"""Keeps the demo alive: agents' telephones that answer, callers who call, one script after another, for ever.

What the automatic agents do at their desks they do as a browser would, over HTTP: they confirm their contacts. The
agent who is meant to be watched (`watched`) talks by script too, but the desk is left to whoever signed in there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.tasks import TaskOwner
from memberline.demo.conversation import Conversation
from memberline.demo.desk_clerk import DeskClerk
from memberline.demo.phone import Call, Phone
from memberline.demo.scripts import Script
from records.sample.plan import Demo, DemoAgent

log = logging.getLogger(__name__)

RINGS_S = 4.0  # how long an agent lets it ring: time to read the screen-pop


@dataclass(frozen=True)
class Lines:
    """How the demo's telephones reach its Asterisk."""

    server: tuple[str, int]
    number: str
    trunk_secret: str
    passwords: dict[str, str]  # by agent id


class Conductor:
    """Starts the telephones, then places calls. `every_s` is the time between two callers, `at_once` how many talk."""

    def __init__(
        self,
        *,
        demo: Demo,
        scripts: Sequence[Script],
        lines: Lines,
        sounds: Path,
        http: str,
        watched: str,
        every_s: float = 20.0,
        at_once: int = 3,
        rings_s: float = RINGS_S,
        notice_s: float,
    ) -> None:
        self._demo, self._scripts, self._lines, self._sounds = demo, scripts, lines, sounds
        self._http, self._watched = http, watched
        self._every_s, self._at_once, self._rings_s, self._notice_s = every_s, at_once, rings_s, notice_s
        self._by_number: dict[str, Conversation] = {}
        self._freed = asyncio.Event()
        self._phones: list[Phone] = []
        self._tasks = TaskOwner("demo")
        self.placed = 0

    async def start(self) -> None:
        trunk = Phone("trunk", None, self._lines.server, trunk_secret=self._lines.trunk_secret)
        await trunk.start()
        self._phones.append(trunk)
        for agent in self._demo.agents:
            phone = Phone(agent.id, self._lines.passwords[agent.id], self._lines.server)
            await phone.start()
            self._phones.append(phone)
            await phone.register()
            clerk = DeskClerk(self._http, agent.username, agent.password)
            await clerk.sign_on(agent.device)
            documents = None if agent.id == self._watched else clerk
            self._tasks.start(self._answer(agent, phone, documents), name=f"phone-{agent.id}")
        self._tasks.start(self._call(trunk), name="callers")

    @property
    def going_on(self) -> int:
        """How many callers are on the line."""
        return len(self._by_number)

    def talking(self, agent_id: str) -> bool:
        return any(conversation.with_agent(agent_id) for conversation in self._by_number.values())

    async def stop(self) -> None:
        await self._tasks.stop()
        for phone in self._phones:
            await phone.stop()

    async def _call(self, trunk: Phone) -> None:
        """The main script first, so that whoever watches sees it first; then all of them in turn."""
        order = sorted(self._scripts, key=lambda script: script.transfer != "pension_analyst")
        while True:
            for script in order:
                caller = self._demo.caller(script.caller)
                while len(self._by_number) >= self._at_once or caller.phone in self._by_number:
                    self._freed.clear()
                    await self._freed.wait()
                conversation = Conversation(
                    script, caller, trunk, self._lines.number, self._sounds, notice_s=self._notice_s
                )
                self._by_number[caller.phone] = conversation
                self._tasks.start(self._converse(caller.phone, conversation), name=f"call-{caller.key}")
                self.placed += 1
                await asyncio.sleep(self._every_s)

    async def _converse(self, number: str, conversation: Conversation) -> None:
        try:
            await conversation.run()
        finally:
            del self._by_number[number]
            self._freed.set()

    async def _answer(self, agent: DemoAgent, phone: Phone, clerk: DeskClerk | None) -> None:
        async for call in phone.incoming():
            await asyncio.sleep(self._rings_s)
            if call.over:
                continue
            await call.answer()
            if (conversation := self._by_number.get(call.number)) is not None:
                conversation.answered(agent.id, call)
            if clerk is not None:
                self._tasks.start(self._document(call, clerk), name=f"desk-{agent.id}")

    async def _document(self, call: Call, clerk: DeskClerk) -> None:
        await call.ended(None)
        await clerk.confirm()
