"""One scripted call: a caller's telephone, and whichever agents' telephones answer it, one after another.

Both sides really speak: each line is played into the speaker's telephone, and the next turn begins when it is over.
When the call is transferred in the middle, the script goes on with the lines that are meant for the next agent.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from memberline.demo import voices
from memberline.demo.ear import Ear
from memberline.demo.phone import Call, CallOver, Phone
from memberline.demo.scripts import Script, Turn
from records.sample.plan import DemoPerson

log = logging.getLogger(__name__)

PROMPT_S = 45.0  # the longest a prompt of the menu may take
LISTENS_S = 3.0  # how much of a prompt is heard before a key cuts it short
ENGLISH = "1"
WAIT_S = 600.0  # how long the caller stays in the queue
TRANSFER_S = 45.0  # how long after an agent left the next one may take to answer


class Conversation:
    """`run` from the first ring to the last hangup; `answered` is called by an agent's telephone that took the call."""

    def __init__(
        self, script: Script, caller: DemoPerson, phone: Phone, number: str, sounds: Path, *, notice_s: float
    ) -> None:
        """`notice_s`: how long the notice of recording lasts, which is heard to its end."""
        self.script, self.caller, self._notice_s = script, caller, notice_s
        self._phone, self._number, self._sounds = phone, number, sounds
        self._agent: tuple[str, Call] | None = None
        self._news = asyncio.Event()

    def answered(self, agent_id: str, call: Call) -> None:
        self._agent = agent_id, call
        self._news.set()

    def with_agent(self, agent_id: str) -> bool:
        return self._agent is not None and self._agent[0] == agent_id and not self._agent[1].over

    async def run(self) -> None:
        call = await self._phone.call(self._number, number=self.caller.phone, name=self.caller.name)
        try:
            await call.answered(10.0)
            await self._through_the_menu(call)
            await self._agent_on_the_line(WAIT_S)
            transferred = await self._talk(call, self.script.turns)
            if transferred:
                await self._agent_on_the_line(TRANSFER_S)
                await self._talk(call, self.script.after_transfer)
        except TimeoutError:
            log.info("%s gave up waiting", self.caller.key)
        except CallOver:
            log.info("%s was hung up on", self.caller.key)
        finally:
            await call.hang_up()

    async def _through_the_menu(self, call: Call) -> None:
        """Choose English, hear the notice out, then press what the script says, each as soon as it is asked for."""
        ear = Ear()
        call.on_audio = ear.hear
        who = {"number": f"{self.caller.member_number}#", "pin": f"{self.caller.pin}#"}
        listens_s = LISTENS_S
        for key in (ENGLISH, *self.script.keys):
            await ear.prompt_begun(listens_s, PROMPT_S)
            call.press(who.get(key, key))
            await call.quiet()
            listens_s = self._notice_s + LISTENS_S if key is ENGLISH else LISTENS_S
        call.on_audio = None

    async def _agent_on_the_line(self, within: float) -> None:
        async with asyncio.timeout(within):
            while self._agent is None or self._agent[1].over:
                self._news.clear()
                await self._news.wait()

    async def _talk(self, caller: Call, turns: tuple[Turn, ...]) -> bool:
        """Say the lines in turn; True when the agent left in the middle because the call went on to somebody else."""
        for turn in turns:
            assert self._agent is not None
            agent_id, agent = self._agent
            speaking = caller if turn.speaker == "caller" else agent
            voice = self.script.voice if turn.speaker == "caller" else voices.of_agent(agent_id)
            line = await voices.rendered(voices.for_synthesiser(turn.text), voice, self._sounds)
            await asyncio.sleep(turn.pause_s)
            if agent.over and not caller.over:
                return True
            try:
                await speaking.play(line)
            except CallOver:
                if caller.over:
                    raise
                return True
        return False
