"""Drives one dialog over AsyncAGI: does what the dialog asks for, and tells it what came of it.

Whatever goes wrong on our side, the caller hears that we are sorry and goes on to a person; where even that fails the
dialplan queues them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

from msgspec.structs import replace

from core.errors import Problem
from ivr.caller_channel import CallerChannel, Hear, Sound
from ivr.dialog.actions import (
    Action,
    Arrival,
    Ask,
    AskQueue,
    Dial,
    Enqueue,
    Find,
    Found,
    HangUp,
    Heard,
    KeepPlace,
    Keys,
    Line,
    Listen,
    Play,
    Prove,
    Proved,
    QueueNow,
    Said,
    Served,
    Spoken,
)
from ivr.dialog.stepping import advance, begin
from ivr.document.model import Document, Language, Queue
from ivr.known import Known, Visitor, described
from ivr.parts import Parts, Returned, Wish
from ivr.self_service.service import Customer
from ivr.walked import walked
from telephony.ami.agi import CallerGone
from telephony.ami.errors import LinkDown

log = logging.getLogger(__name__)

T = TypeVar("T")

WITHIN_S = 10.0  # for anything that a caller waits for in the middle of a dialog
KNOWN_WITHIN_S = 2.0  # who may be calling: a greeting without a name is better than none
SPEAKS_WITHIN_S = 0.02  # from our command to the caller's ear; what can wait for that does
MOST_SECRET = 20  # keys of a PIN or a code
LAST_FOUR, BIRTH = 4, 8  # keys of the two parts of knowledge: the SSN's last digits, month day year


class Session:
    """One caller's visit to the menu. `document` is the version that it keeps to, whatever becomes current.

    `returned`: they have been here before in this call.
    `let_go` is called when the channel is about to be given back to the dialplan, `take` when it is ours again.
    """

    def __init__(
        self,
        visitor: Visitor,
        *,
        document: Document,
        channel: CallerChannel,
        parts: Parts,
        take: Callable[[], None],
        let_go: Callable[[], None],
        returned: Returned | None = None,
    ) -> None:
        self._visitor, self._document, self._channel, self._parts = visitor, document, channel, parts
        self._take, self._let_go = take, let_go
        self._known = Known(visitor, document=document, channel=channel, parts=parts)
        self._returned = returned
        if returned is not None:
            self._known.learnt = returned.learnt
        self._found = Found(member=None)
        self._slow = False
        self._outside: asyncio.Future[bool] | None = None  # True: came back; False: the call is over
        self.left = False  # the caller is no longer in the menu, or was given back in order

    def came_back(self) -> None:
        """Nobody answered outside: the channel is in the menu again."""
        if self._outside is not None and not self._outside.done():
            self._outside.set_result(True)

    def hung_up(self) -> None:
        """The channel is gone. In the menu the pending command says so too; outside nothing else does."""
        if self._outside is not None and not self._outside.done():
            self._outside.set_result(False)

    async def run(self) -> None:
        """The whole visit. Ends in whatever way the caller's stay in the menu ends, and raises nothing."""
        try:
            await self._visit()
        except CallerGone:
            self.left = True
            log.info("call %s: the caller left the menu", self._visitor.call_id)
        except LinkDown as down:
            log.error("call %s: the menu broke off, the dialplan goes on: %s", self._visitor.call_id, down)
        finally:
            self._let_go()
            await self._put_away()

    async def _visit(self) -> None:
        try:
            await self._channel.tell("ML_PERSON", self._person().queue)
            await self._dialog()
        except (CallerGone, LinkDown):
            raise
        except Exception as failure:  # noqa: BLE001 - whatever it is, the caller is not dropped
            log.error("call %s: the menu failed, on to a person: %s", self._visitor.call_id, described(failure))
            await self._apologise()

    async def _dialog(self) -> None:
        document, parts = self._document, self._parts
        back = self._returned
        state, action = begin(
            document,
            await self._arrived(),
            parts.world(),
            learnt=back.learnt if back else None,
            values=back.values if back else None,
        )
        while True:
            self._known.learnt = state.learnt
            match action:
                case Play() | Listen():
                    heard = await self._while_heard(await self._asked(action))
                case Enqueue():
                    await self._known.tell()
                    return await self._enqueue(action)
                case HangUp():
                    await self._known.tell()
                    await self._channel.play(await self._sound(action))
                    self._let_go()
                    self.left = True
                    return await self._channel.hang_up()
                case _:
                    await self._known.tell()
                    heard = await self._do(action)
            self._known.did(walked(document, state, action, heard))
            state, action = advance(document, state, heard, parts.world())

    async def _arrived(self) -> Arrival:
        """Who may be calling; nobody known where that cannot be said in time."""
        try:
            return await self._patiently(
                self._parts.identity.arrival(self._visitor.number, self._visitor.dialled), KNOWN_WITHIN_S
            )
        except (Problem, TimeoutError) as failure:
            log.error("call %s: who may be calling is not known: %s", self._visitor.call_id, described(failure))
            return Arrival(number=self._visitor.number, dialled=self._visitor.dialled)

    async def _asked(self, action: Play | Listen) -> Coroutine[Any, Any, Heard]:
        """What is to be heard, ready to be said."""
        sound = await self._sound(action)
        match action:
            case Play():
                return self._channel.play(sound, action.stop_keys, ahead=action.ahead)
            case Listen():
                return self._channel.read(
                    sound, action.most, action.wait_s, sensitive=action.sensitive, hear=self._hear(action)
                )

    async def _while_heard(self, saying: Coroutine[Any, Any, Heard]) -> Heard:
        """The caller hears the next words first; who they are and what they chose is told while they do.

        A failure to tell it shows after the answer: no command of ours may be left behind.
        """
        hearing = asyncio.create_task(saying)
        try:
            await asyncio.wait({hearing}, timeout=SPEAKS_WITHIN_S)
            [failure] = await asyncio.gather(self._known.tell(), return_exceptions=True)
            heard = await hearing
        finally:
            if not hearing.done():
                hearing.cancel()
                await asyncio.wait({hearing})
        if failure is not None:
            raise failure
        return heard

    async def _do(self, action: Action) -> Heard:
        match action:
            case Find():
                self._found = await self._patiently(self._parts.identity.find(action.number))
                return self._found
            case Prove():
                return Proved(result=await self._prove(action))
            case Ask():
                return await self._ask(action)
            case AskQueue():
                return await self._ask_queue(action)
            case KeepPlace():
                return await self._patiently(self._parts.callbacks.keep(self._wish(action)))
            case Dial():
                return await self._dial(action)
            case _:
                raise AssertionError(f"{type(action).__name__} ends a dialog")

    # --- sound

    async def _sound(self, spoken: Spoken) -> Sound | None:
        self._slow = spoken.slow
        return await self._spoken(spoken.lines, spoken.language)

    async def _spoken(self, lines: Sequence[Line], language: Language) -> Sound | None:
        """What is to be played; None where there is nothing to say."""
        return await self._patiently(self._made(lines, language)) if lines else None

    async def _made(self, lines: Sequence[Line], language: Language) -> Sound:
        return await self._parts.sounds.sound(lines, language, self._slow, self._visitor.call_id)

    async def _patiently(self, work: Awaitable[T], limit_s: float = WITHIN_S) -> T:
        return await self._channel.meanwhile(work, self._moment, limit_s)

    async def _moment(self) -> Sound | None:
        lines = self._standard("moment")
        return await self._made(lines, self._known.language) if lines else None

    def _standard(self, name: str) -> tuple[Line, ...]:
        return tuple(Line(prompt=prompt) for prompt in self._document.standard.get(name, ()))

    def _hear(self, action: Listen) -> Hear | None:
        """How to listen to what may be said here: never before the caller has agreed to be listened to."""
        ear, words = self._parts.ear, action.words
        if ear is None or words is None or action.sensitive or self._known.learnt.consent != "given":
            return None

        async def hear() -> Said:
            async with ear.listening(self._visitor.uniqueid, action.language, words) as said:
                return await said

        return hear

    # --- the parts

    async def _prove(self, action: Prove) -> Literal["right", "wrong", "locked", "nothing", "person", "back"]:
        # The secret lives in this frame and in what checks it: the links mask it for everybody else.
        first, *more = (LAST_FOUR, BIRTH) if action.way == "knowledge" else (MOST_SECRET,)
        secret: list[str] = []
        for most, lines in ((first, action.lines), *((most, action.then) for most in more)):
            sound = await self._spoken(lines, action.language)
            entered = await self._channel.read(sound, most, action.wait_s, sensitive=True)
            match entered:
                case Keys(digits="0"):
                    return "person"
                case Keys(digits="*"):
                    return "back"
                case Keys(digits=digits) if digits:
                    secret.append(digits)
                case _:
                    return "nothing"
        checked = self._parts.identity.prove(action.way, tuple(secret), self._found, self._visitor.number)
        return await self._patiently(checked)

    async def _ask(self, action: Ask) -> Served:
        learnt, proven = self._known.learnt, self._known.proven
        customer = Customer(
            call_id=self._visitor.call_id,
            member_id=proven.member_id if proven else "",
            number=self._visitor.number,
            language=self._known.language,
            verification=learnt.verification,
            authority=learnt.authority,
            inputs=action.inputs,
        )
        try:
            return await self._patiently(self._parts.services.serve(action.service, customer))
        except (Problem, TimeoutError) as failure:
            log.error("call %s: %s could not answer: %s", self._visitor.call_id, action.service, described(failure))
            return Served(outcome="")

    async def _ask_queue(self, action: AskQueue) -> QueueNow:
        try:
            return await self._patiently(self._parts.queues.now(action.queue), KNOWN_WITHIN_S)
        except (Problem, TimeoutError) as failure:
            log.error("call %s: how %s stands is not known: %s", self._visitor.call_id, action.queue, failure)
            return QueueNow()

    def _wish(self, action: KeepPlace) -> Wish:
        learnt = self._known.learnt
        return Wish(
            call_id=self._visitor.call_id,
            queue=action.queue,
            number=action.number,
            place=action.place,
            member_id=learnt.member.member_id if learnt.member else "",
            language=self._known.language,
            facts={
                "verification": learnt.verification,
                "consent": learnt.consent,
                "authority": learnt.authority,
                "chosen": learnt.chosen,
                "version": self._document.version,
            },
        )

    # --- ways out

    async def _enqueue(self, to: Enqueue) -> None:
        """Say what is to be said, meanwhile tell the dialplan where to go on, and let go of the channel."""
        priority = to.priority if to.priority is not None else await self._moves_up()
        await self._tell(
            ML_QUEUE=to.queue,
            ML_PRIORITY="" if priority is None else str(priority),
            ML_SKILLS=",".join(to.skills),
            ML_FACTS=urlencode(sorted(to.facts.items())),
        )
        await self._channel.play(await self._sound(to))
        await self._leave()

    async def _moves_up(self) -> int | None:
        """Of a member who has called often, or is flagged; nobody waits for this answer, so none is as good as a no."""
        member = self._known.learnt.member
        if member is None:
            return None
        try:
            return await self._patiently(self._parts.priority(member.member_id), KNOWN_WITHIN_S)
        except (Problem, TimeoutError) as failure:
            log.error("call %s: whether they move up is not known: %s", self._visitor.call_id, described(failure))
            return None

    async def _dial(self, to: Dial) -> Keys:
        """On to a number outside; returns when nobody answered there, and else not at all."""
        await self._channel.play(await self._sound(to))
        await self._tell(ML_DIAL="".join(key for key in to.number if key in "+0123456789"))
        self._outside = asyncio.get_running_loop().create_future()
        await self._leave()
        if not await self._outside:
            raise CallerGone(f"{self._visitor.channel}: hung up outside")
        self._take()
        self.left = False
        return Keys(digits="")

    async def _apologise(self) -> None:
        """Our failure: say so, and on to the document's person."""
        try:
            await self._known.failed()
            sorry = Enqueue(lines=self._standard("sorry"), language=self._known.language, queue=self._person().queue)
            try:
                await self._enqueue(sorry)
            except (Problem, TimeoutError) as failure:
                if isinstance(failure, LinkDown):
                    raise
                log.error("call %s: nor could we say so: %s", self._visitor.call_id, described(failure))
                await self._enqueue(replace(sorry, lines=()))
        except (CallerGone, LinkDown):
            raise
        except Exception as failure:  # noqa: BLE001 - the dialplan's own fallback is what is left
            log.error("call %s: the dialplan goes on: %s", self._visitor.call_id, described(failure))

    def _person(self) -> Queue:
        step = self._document.steps[self._document.person]
        assert isinstance(step, Queue)
        return step

    async def _tell(self, **variables: str) -> None:
        await asyncio.gather(*(self._channel.tell(name, value) for name, value in variables.items()))

    async def _leave(self) -> None:
        self._let_go()
        await self._channel.leave()
        self.left = True

    async def _put_away(self) -> None:
        """What nobody waits for any longer."""
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._known.ended()
                await self._parts.sounds.forget(self._visitor.call_id)
                await self._known.remember_language()
                await self._known.tell_walk()
        except Exception as failure:  # noqa: BLE001 - the call is over, or with a person
            log.error("call %s: not all was put away: %s", self._visitor.call_id, described(failure))
