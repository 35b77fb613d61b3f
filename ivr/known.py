"""What is known of one caller, told whenever it changes: the desks show it and the contact keeps it."""

from __future__ import annotations

import asyncio
import logging
import traceback
from dataclasses import dataclass

from msgspec.structs import replace

from core.errors import Problem
from ivr.caller_channel import CallerChannel
from ivr.dialog.actions import Learnt, MemberFacts
from ivr.document.model import Document, Language
from ivr.parts import Parts
from ivr.walked import MOST as MOST_DID
from records.contact import Represented
from records.events import CallerKnown, MenuWalked

log = logging.getLogger(__name__)

NOT_PROVEN = ("none", "number_match")
LOOKED_UP_WITHIN_S = 2.0


@dataclass(frozen=True)
class Visitor:
    """The caller's channel as AsyncAGIStart names it."""

    call_id: str
    channel: str
    uniqueid: str
    number: str
    dialled: str


class Known:
    """`learnt` is what the dialog knows by now; `tell` passes on what was not told yet."""

    def __init__(self, visitor: Visitor, *, document: Document, channel: CallerChannel, parts: Parts) -> None:
        self._visitor, self._document, self._channel, self._parts = visitor, document, channel, parts
        self._acting: Represented | None = None
        self._did: list[str] = []
        self.learnt = self._told = Learnt()

    @property
    def language(self) -> Language:
        return self.learnt.language or self._document.languages[0]

    @property
    def proven(self) -> MemberFacts | None:
        """The member, once it is proved that the caller is or represents them."""
        return None if self.learnt.verification in NOT_PROVEN else self.learnt.member

    async def tell(self) -> None:
        """Tell it, where it is more than before."""
        learnt, before = self.learnt, self._told
        if learnt == before:
            return
        if learnt.language and learnt.language != before.language:
            await self._channel.tell("CHANNEL(language)", learnt.language)
        if learnt.authority != before.authority:
            self._acting = await self._represented(learnt)
        await self._publish(learnt)

    async def failed(self) -> None:
        """The menu failed: the path says so."""
        self.learnt = replace(self.learnt, path=(*self.learnt.path, "the menu failed"))
        await self.tell()

    async def ended(self) -> None:
        """The caller is no longer in the menu; they may have left it before all was told."""
        if self.learnt != self._told:
            await self._publish(self.learnt)

    async def remember_language(self) -> None:
        """For the next call of whoever has proved who they are; what a representative speaks is not the member's."""
        member, language = self.proven, self.learnt.language
        if member is not None and not self.learnt.authority and language not in ("", member.language):
            await self._parts.identity.remember_language(member.member_id, language)

    def did(self, what: str) -> None:
        """One more answer to the dialog, as `ivr.walked` has it."""
        if what and len(self._did) < MOST_DID:
            self._did.append(what)

    async def tell_walk(self) -> None:
        """The visit is over: all that was done in it."""
        if self._did:
            call_id = self._visitor.call_id
            walk = MenuWalked(at=self._parts.clock.now(), call_id=call_id, did=tuple(self._did))
            await self._parts.bus.publish(f"call.{call_id}", walk)

    async def _represented(self, learnt: Learnt) -> Represented | None:
        if not learnt.authority or learnt.member is None:
            return None
        try:
            async with asyncio.timeout(LOOKED_UP_WITHIN_S):
                return await self._parts.identity.acting(learnt.member.member_id, learnt.authority)
        except (Problem, TimeoutError) as failure:
            log.error("call %s: by which authority is not told: %s", self._visitor.call_id, described(failure))
            return None

    async def _publish(self, learnt: Learnt) -> None:
        self._told = learnt
        known = CallerKnown(
            at=self._parts.clock.now(),
            call_id=self._visitor.call_id,
            member_id=learnt.member.member_id if learnt.member else None,
            verification=learnt.verification,
            consent=learnt.consent,
            language=self.language,
            chosen=learnt.chosen,
            menu_path=learnt.path,
            menu_version=self._document.version,
            acting=self._acting,
        )
        await self._parts.bus.publish(f"call.{known.call_id}", known)


def described(failure: BaseException) -> str:
    """A failure for the log: our own words, else kind and place only, because its text may hold a member's data."""
    if isinstance(failure, Problem):
        return str(failure)
    *_, frame = traceback.extract_tb(failure.__traceback__) or [None]
    return f"{type(failure).__name__} at {frame.filename}:{frame.lineno}" if frame else type(failure).__name__
