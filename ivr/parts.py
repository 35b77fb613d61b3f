"""What the menu works with beside the telephone, as protocols: memberline hands the parts in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from core.bus import Bus
from core.clock import Clock
from ivr.caller_channel import Sound
from ivr.dialog.actions import Arrival, Found, Kept, Learnt, Line, QueueNow, Said, Served, Words, World
from ivr.document.model import Document, Language, Way
from ivr.self_service.service import Customer
from ivr.speaking.values import AnyValue
from records.contact import Represented


class Sounds(Protocol):
    """Speaks lines into sound files, kept by what they say; those with a member's data are kept for the call only."""

    async def sound(self, lines: Sequence[Line], language: Language, slow: bool, call_id: str) -> Sound: ...

    async def prepare(self, document: Document) -> object:
        """Speak every prompt of the document that can be spoken before a call."""

    async def forget(self, call_id: str) -> None: ...


class Identity(Protocol):
    """Who calls. A secret goes in and never comes out."""

    async def arrival(self, number: str, dialled: str) -> Arrival: ...

    async def find(self, keys: str) -> Found: ...

    async def prove(
        self, way: Way, secret: tuple[str, ...], found: Found, number: str
    ) -> Literal["right", "wrong", "locked", "nothing"]:
        """Whether `secret` (a PIN or code; or the SSN's last four and the birth date's keys) is that of who was found.

        `number` is the calling one: failures count against it too.
        """

    async def acting(self, member_id: str, authority_id: str) -> Represented | None:
        """What the contact is told of whoever has proved that they act for the member."""

    async def remember_language(self, member_id: str, language: Language) -> None: ...


class Services(Protocol):
    async def serve(self, name: str, customer: Customer) -> Served: ...


class Queues(Protocol):
    async def now(self, queue: str) -> QueueNow: ...


class Callbacks(Protocol):
    async def keep(self, wish: Wish) -> Kept: ...


class Ear(Protocol):
    """Listens to a caller, from the moment the context is entered; the future is done once something was said."""

    def listening(
        self, leg_uniqueid: str, language: Language, words: Words
    ) -> AbstractAsyncContextManager[Awaitable[Said]]: ...


@dataclass(frozen=True)
class Wish:
    """To be called back; `place` keeps the caller's place in the queue. `facts`: what was said and proved by now."""

    call_id: str
    queue: str
    number: str
    place: bool
    member_id: str
    language: Language
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Returned:
    """A caller who is taken out of a queue, back into the menu: where `document` starts, as who they are known to be.

    `values` are those that its texts name.
    """

    document: Document
    values: Mapping[str, AnyValue]
    learnt: Learnt


async def nobody_moves_up(member_id: str) -> int | None:
    return None


@dataclass(frozen=True)
class Parts:
    """What a session works with beside the telephone. Without an `ear` only keys are understood.

    `priority` says of a member who waits whether they move up in the line; None: as the queue has it.
    """

    sounds: Sounds
    identity: Identity
    services: Services
    queues: Queues
    callbacks: Callbacks
    world: Callable[[], World]
    bus: Bus
    clock: Clock
    ear: Ear | None = None
    priority: Callable[[str], Awaitable[int | None]] = nobody_moves_up
