"""A small menu on a real Asterisk: short hums for prompts, parts that a test can slow down or break, a keen caller."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np

from core.errors import Problem
from ivr.dialog.actions import Arrival, Found, Kept, Line, MemberFacts, QueueNow, Said, Served, Words, World
from ivr.document.model import (
    PERSON,
    Announce,
    AnyStep,
    Choose,
    Collect,
    Consent,
    Document,
    Goodbye,
    Identify,
    Leave,
    Menu,
    Option,
    Outside,
    Prompt,
    Queue,
    Reply,
    Say,
    Serve,
    Tries,
    Way,
)
from ivr.parts import Wish
from ivr.self_service.service import Customer
from ivr.speaking.values import Money
from records.contact import Represented

HUM_S = 0.4
MEMBER = MemberFacts(member_id="m1", first_name="Denise", relation="retiree")
ACCESS = "90001"  # of somebody who acts for the member
NUMBER, PIN, LAST_FOUR, BIRTH = "10000006", "8642", "6789", "03041955"


def say(text: str, *, barge: bool = True) -> Say:
    return (Prompt(texts={"en": text, "es": text}, barge=barge),)


SOON = Tries(most=2, wait_s=1.0, silent=say("silent"), wrong=say("wrong"), over=say("over"))


def document(start: str, *, version: str = "0123456789abcdef", **steps: AnyStep) -> Document:
    """`steps` (underscores stand for hyphens), and a person."""
    return Document(
        name="test",
        version=version,
        languages=("en", "es"),
        zone="America/New_York",
        start=start,
        person=PERSON,
        steps={PERSON: Queue(queue="member_services", say=say("connecting")), **steps},
        standard={
            name: say(name)
            for name in ("silent", "wrong", "over", "sorry", "yes_no", "confirm_keys", "locked", "moment", "nobody")
        },
    )


EVERYTHING = document(
    "welcome",
    welcome=Announce(say=say("welcome"), next="language"),
    language=Choose(say=say("language"), keys={"1": "en", "2": "es"}, wait_s=1.0, next="notice"),
    notice=Consent(say=say("notice", barge=False), refuse="9", refused=say("not recorded"), next="main"),
    main=Menu(
        about="Main menu",
        say=say("main"),
        speech=True,
        tries=SOON,
        options={
            "1": Option(about="Payments", next="payment", phrases={"en": ("payments",)}),
            "2": Option(about="Number", next="number"),
            "3": Option(about="Who", next="who"),
            "4": Option(about="Agency", next="agency"),
            "5": Option(about="Bye", next="bye"),
            "6": Option(about="Late", next="late"),
            "7": Option(about="Urgent", next="urgent"),
            "8": Option(about="Uncut", next="uncut"),
        },
    ),
    payment=Serve(
        about="Next payment",
        service="next_payment",
        outcomes={"told": Reply(say=say("payment {amount}"), next="main"), "none": Reply(next=PERSON)},
        identify="who",
    ),
    number=Collect(about="Form", name="form", kind="digits", say=say("form"), least=3, most=3, tries=SOON, next=PERSON),
    who=Identify(
        number=say("number"),
        number_again=say("number again"),
        pin=say("pin"),
        pin_again=say("pin again"),
        ssn=say("ssn"),
        birth=say("birth"),
        ways=("pin", "knowledge"),
        tries=SOON,
        verified=PERSON,
        unverified=PERSON,
    ),
    agency=Outside(about="Agency", number="1003", say=say("agency"), failed="main"),
    bye=Goodbye(say=say("bye")),
    late=Leave(
        about="Call back",
        queue="member_services",
        confirm=say("confirm number"),
        number=say("call back number"),
        accepted=say("accepted"),
        refused=say("refused"),
        next="bye",
    ),
    urgent=Queue(
        about="Urgent", queue="hurried", priority=7, skills=("spanish", "finance"), facts={"topic": "a death"}
    ),
    uncut=Menu(
        about="Uncut", say=say("uncut", barge=False), tries=SOON, options={"1": Option(about="One", next="bye")}
    ),
)


@dataclass(frozen=True)
class Hum:
    path: str
    seconds: float


@dataclass
class Hums:
    """Every sentence is the same hum; what was to be said is noted. `hum_s` and `make_s`: how long it is, and takes."""

    folder: Path
    hum_s: float = HUM_S
    make_s: float = 0.0
    failure: Exception | None = None
    said: list[str] = field(default_factory=list)
    said_to: dict[str, list[str]] = field(default_factory=dict)
    slow: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    async def sound(self, lines: Sequence[Line], language: str, slow: bool, call_id: str) -> Hum:
        text = " + ".join(line.prompt.texts[language] for line in lines)
        if self.failure is not None:
            raise self.failure
        if self.make_s and text != "moment":
            await asyncio.sleep(self.make_s)
        path = self.folder / f"hum {self.hum_s:g}"
        if not path.with_suffix(".wav").exists():
            await asyncio.to_thread(write_hum, path.with_name(f"{path.name}.wav"), self.hum_s)
        self.said.append(text)
        self.said_to.setdefault(call_id, []).append(text)
        if slow:
            self.slow.append(text)
        return Hum(str(path), self.hum_s)

    async def prepare(self, document: Document) -> None:
        pass

    async def forget(self, call_id: str) -> None:
        self.forgotten.append(call_id)


def write_hum(path: Path, seconds: float) -> None:
    t = np.arange(int(8000 * seconds)) / 8000
    samples = (12000 * np.sin(2 * np.pi * 500 * t)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())


@dataclass
class Surroundings:
    """Everything beside the telephone, at the test's will."""

    answer: Served = field(default_factory=lambda: Served(outcome="told", values={"amount": Money(cents=12345)}))
    takes_s: float = 0.0
    failure: Exception | None = None
    proofs: list[tuple[str, ...]] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    remembered: list[tuple[str, str]] = field(default_factory=list)
    calling: MemberFacts | None = None
    levels: dict[str, Literal["none", "number_match", "knowledge", "pin"]] = field(
        default_factory=lambda: {"next_payment": "none"}
    )
    spoken: Callable[[Words], Awaitable[Said]] | None = None
    listened: list[str] = field(default_factory=list)

    def world(self) -> World:
        return World(now=datetime.now(UTC), levels=dict(self.levels))

    async def arrival(self, number: str, dialled: str) -> Arrival:
        if isinstance(self.failure, Problem):
            raise self.failure
        return Arrival(number=number, dialled=dialled, member=self.calling, matches=int(self.calling is not None))

    async def find(self, keys: str) -> Found:
        if keys == ACCESS:
            return Found(member=MEMBER, authority="a1")
        return Found(member=MEMBER if keys == NUMBER else None)

    async def prove(
        self, way: Way, secret: tuple[str, ...], found: Found, number: str
    ) -> Literal["right", "wrong", "locked"]:
        self.proofs.append(secret)
        return "right" if found.member == MEMBER and secret in ((PIN,), (LAST_FOUR, BIRTH)) else "wrong"

    async def acting(self, member_id: str, authority_id: str) -> Represented | None:
        return Represented(
            at=datetime(2026, 11, 25, tzinfo=UTC), authority_id=authority_id, name="Ann", kind="guardian"
        )

    async def remember_language(self, member_id: str, language: str) -> None:
        self.remembered.append((member_id, language))

    async def serve(self, name: str, customer: Customer) -> Served:
        self.customers.append(customer)
        await asyncio.sleep(self.takes_s)
        if self.failure is not None:
            raise self.failure
        return self.answer

    async def now(self, queue: str) -> QueueNow:
        return QueueNow()

    async def keep(self, wish: Wish) -> Kept:
        self.wishes.append(wish)
        return Kept(reference="4711")

    @asynccontextmanager
    async def listening(self, leg_uniqueid: str, language: str, words: Words) -> AsyncIterator[Awaitable[Said]]:
        self.listened.append(leg_uniqueid)
        waiting = asyncio.ensure_future(self.spoken(words) if self.spoken else asyncio.Event().wait())
        try:
            yield waiting  # type: ignore[misc]
        finally:
            waiting.cancel()
