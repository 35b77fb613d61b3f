"""Calls reaching desks: each test tells one call, and at its end state + events must equal a fresh look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from assist.desk.messages import AnyDeskEvent, DeskState, MemberFound, Suggested, Suggestion, Utterance, Words
from assist.desk.service import DeskService
from assist.desk.state import apply
from core.clock import ManualClock
from core.events import Event
from realtime.bus import InProcessBus
from records.agents import Agent
from records.contact import ContactDraft
from records.directory import Matches
from records.events import AgentChanged, CallerKnown, DeskConnected
from records.profile import MemberProfile
from telephony import events as pbx
from telephony.agents.states import AgentState, AgentStateChanged

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
CALL = {"call_id": "c1", "linkedid": "pbx-1.1"}
RUTH = MemberProfile(
    member_id="m1",
    member_number="00000017",
    name="Ruth Hale",
    relation="retiree",
    status="receiving a benefit",
    birth_date="1951-04-02",
    plan="Defined benefit",
    tier="1",
    employer="",
    service_years=31.0,
    address=("1 Oak Street",),
    phone="+14045550123",
    email="",
    benefit_cents=210_000,
    next_payment=None,
    beneficiaries=(),
    open_matters=(),
    flags=(),
    last_contacts=(),
)


class OneMember:
    """A directory with Ruth in it, that can be made slow."""

    def __init__(self) -> None:
        self.member = RUTH
        self.open = asyncio.Event()
        self.open.set()

    async def by_phone(self, e164: str) -> Matches:
        await self.open.wait()
        return Matches(members=(self.member,), total=1) if e164 == RUTH.phone else Matches(members=(), total=0)

    async def profile(self, member_id: str) -> MemberProfile | None:
        await self.open.wait()
        return self.member if member_id == RUTH.member_id else None


class Notebook:
    """Stands where the audit log and the phone system's verbs stand; writes down what was asked."""

    def __init__(self) -> None:
        self.actions: list[tuple[str, str, str | None]] = []
        self.reasons: list[str] = []
        self.let_in: list[str] = []
        self.live: set[str] = {"c1"}  # calls that the PBX has
        self.states: dict[str, AgentState] = {}  # what it says of telephones

    async def looked(self, agent_id: str, action: str, *, why: str, member_id: str | None = None, **_: object) -> None:
        self.actions.append((agent_id, action, member_id))
        self.reasons.append(why)

    def state(self, device: str) -> AgentState | None:
        return self.states.get(device)

    async def end_wrap_up(self, device: str) -> None:
        self.let_in.append(device)


class Centre:
    """The desks of Dana and Ann, and what was published to Dana's."""

    def __init__(self, bus: InProcessBus | None = None) -> None:
        self.bus, self.directory, self.notes = bus or InProcessBus(), OneMember(), Notebook()
        people = [
            Agent(agent_id=name, username=name, name=name.title(), role="agent", level=1, specialties=(), device=device)
            for name, device in (("dana", "PJSIP/a1"), ("ann", "PJSIP/p1"))
        ]
        self.desks = DeskService(
            bus=self.bus,
            clock=ManualClock(NOW),
            agents=people,
            directory=self.directory,  # type: ignore[arg-type]
            audit=self.notes,  # type: ignore[arg-type]
            phones=self.notes,
            live=lambda: self.notes.live,
            speech_model="test",
        )
        self.before = {name: self.desks.desk(name) for name in ("dana", "ann")}
        self.told: dict[str, list[AnyDeskEvent]] = {"dana": [], "ann": []}
        for name in self.told:
            self.bus.listen(f"agent.{name}", lambda delivery, name=name: self.told[name].append(delivery.event))  # type: ignore[misc]

    async def happens(self, *events: Event) -> None:
        for event in events:
            await self.desks.handle(event)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    def desk(self, name: str) -> DeskState:
        """A fresh look, which must equal the state before plus all that was told since."""
        state = self.before[name]
        for event in self.told[name]:
            state = apply(state, event)
        assert state == self.desks.desk(name)
        return state


@asynccontextmanager
async def centre() -> AsyncIterator[Centre]:
    it = Centre()
    try:
        yield it
    finally:
        await it.desks.stop()


def there(agent_id: str, there: bool) -> DeskConnected:
    return DeskConnected(at=at(0), agent_id=agent_id, there=there)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def started(number: str = "4045550123", **more: object) -> pbx.CallStarted:
    told = {"caller_number": number, "caller_name": "", "dialled": "100", "channel": "PJSIP/t-1", "uniqueid": "1.1"}
    return pbx.CallStarted(at=at(0), **CALL, **told, **more)  # type: ignore[arg-type]


def known(**facts: object) -> CallerKnown:
    told = {
        "member_id": "m1",
        "verification": "pin",
        "consent": "given",
        "language": "en",
        "chosen": "Payments",
        "menu_path": ("PIN right", "Payments"),
    }
    return CallerKnown(at=at(20), call_id="c1", **{**told, **facts})  # type: ignore[arg-type]


def queued() -> pbx.CallQueued:
    return pbx.CallQueued(at=at(30), **CALL, queue="member_services", position=1)


def offered(device: str = "PJSIP/a1") -> pbx.AgentOffered:
    return pbx.AgentOffered(at=at(32), **CALL, device=device, queue="member_services", channel="x", uniqueid="1.2")


def answered(device: str = "PJSIP/a1") -> pbx.CallAnswered:
    legs = {"caller_uniqueid": "1.1", "agent_uniqueid": "1.2", "agent_channel": "x"}
    return pbx.CallAnswered(at=at(35), **CALL, device=device, queue="member_services", **legs)


def said(text: str, *, final: bool = True, start: float = 1.0, who: str = "u1") -> Words:
    utterance = Utterance(
        utterance_id=who,
        speaker="caller",
        name="",
        start_s=start,
        end_s=start + 1,
        text=text,
        confidence=1,
        final=final,
    )
    return Words(at=at(40), call_id="c1", utterance=utterance)


async def test_the_pop_is_there_while_the_phone_rings() -> None:
    async with centre() as c:
        await c.happens(started(), known(), queued(), offered())
        call = c.desk("dana").call
        assert call is not None
        assert (call.phase, call.member) == ("ringing", RUTH)
        assert (call.caller.verification, call.caller.chosen, call.caller.waited_s) == ("pin", "Payments", 2.0)
        assert c.notes.actions == [("dana", "screen_pop", "m1")]
        assert c.desk("ann").call is None


async def test_a_slow_directory_delays_the_profile_and_not_the_pop() -> None:
    async with centre() as c:
        c.directory.open.clear()
        await c.happens(started(), queued(), offered())
        assert c.desk("dana").call is not None
        assert c.desk("dana").call.member is None  # type: ignore[union-attr]
        c.directory.open.set()
        await c.happens(said("hello"))
        assert any(isinstance(event, MemberFound) for event in c.told["dana"])
        assert c.desk("dana").call.member == RUTH  # type: ignore[union-attr]


async def test_a_number_match_is_said_to_prove_nothing() -> None:
    async with centre() as c:
        await c.happens(started(), queued(), offered())
        assert c.desk("dana").call.caller.verification == "number_match"  # type: ignore[union-attr]


async def test_words_grow_and_become_final_on_the_desk_of_who_talks() -> None:
    async with centre() as c:
        await c.happens(started(), queued(), offered(), answered())
        await c.happens(said("my add", final=False), said("my address"), said("yes", start=0.2, who="u0"))
        assert [u.text for u in c.desk("dana").call.transcript] == ["yes", "my address"]  # type: ignore[union-attr]


async def test_an_offer_that_nobody_took_leaves_the_desk() -> None:
    async with centre() as c:
        ended = pbx.AgentOfferEnded(at=at(50), **CALL, device="PJSIP/a1", result="no_answer", ring_s=15)
        await c.happens(started(), queued(), offered(), ended)
        assert c.desk("dana").call is None


async def test_after_the_call_comes_wrap_up_until_the_contact_is_confirmed() -> None:
    async with centre() as c:
        left = pbx.AgentLeft(at=at(90), **CALL, device="PJSIP/a1", agent_uniqueid="1.2", talk_s=55)
        ended = pbx.CallEnded(at=at(90), **CALL, outcome="answered", answered=True, wait_s=2, talk_s=55)
        await c.happens(started(), queued(), offered(), answered(), left, ended)
        assert c.desk("dana").call.phase == "wrap_up"  # type: ignore[union-attr]
        assert c.notes.let_in == []
        await c.desks.deeds.confirmed("dana", "c1", "contact-1")
        assert c.desk("dana").call is None
        assert c.notes.let_in == ["PJSIP/a1"]


async def test_a_transferred_call_brings_its_briefing_and_its_words_along() -> None:
    async with centre() as c:
        await c.happens(started(), known(), queued(), offered(), answered(), said("nineteen and a half years"))
        file = c.desks.file("c1")
        assert file is not None
        file.draft = ContactDraft(summary="Disputes her service credit.")
        await c.desks.deeds.transfer_begun(file, "pension_analyst", "Pension Analyst", "dana")
        moved = pbx.CallTransferred(
            at=at(60), **CALL, kind="blind", from_device="PJSIP/a1", target="pension_analyst", completed=True
        )
        left = pbx.AgentLeft(at=at(60), **CALL, device="PJSIP/a1", agent_uniqueid="1.2", talk_s=25)
        await c.happens(moved, left, offered("PJSIP/p1"), answered("PJSIP/p1"), said("thank you", start=70, who="u2"))
        ann, dana = c.desk("ann").call, c.desk("dana").call
        assert ann is not None
        assert dana is not None
        assert ann.briefing == "Ruth Hale, verified by PIN, from Dana. Disputes her service credit."
        assert dana.briefing == ""
        assert [u.text for u in ann.transcript] == ["nineteen and a half years", "thank you"]
        assert (dana.phase, dana.transfer.state) == ("wrap_up", "completed")  # type: ignore[union-attr]
        assert [u.text for u in dana.transcript] == ["nineteen and a half years"]


async def test_a_call_first_seen_in_a_snapshot_says_that_words_are_missing() -> None:
    async with centre() as c:
        await c.happens(started(incomplete=True), answered(), known())
        call = c.desk("dana").call
        assert call is not None
        assert (call.phase, call.transcribed, call.caller.consent) == ("talking", "gap", "given")


async def test_an_event_of_another_call_changes_no_desk() -> None:
    async with centre() as c:
        await c.happens(started(), queued(), offered(), answered())
        before = c.desk("dana")
        await c.happens(Words(at=at(41), call_id="c2", utterance=said("not mine").utterance))
        assert c.desk("dana") == before


async def test_every_desk_says_when_the_phone_system_is_out_of_hearing() -> None:
    async with centre() as c:
        await c.happens(pbx.PhoneSystemChanged(at=NOW, system="pbx", up=False))
        assert not c.desk("dana").phones_up
        await c.happens(pbx.PhoneSystemChanged(at=NOW, system="pbx", up=True))
        assert c.desk("dana").phones_up


async def test_a_desk_follows_its_agent_to_another_telephone() -> None:
    async with centre() as c:
        dana = Agent(
            agent_id="dana", username="dana", name="Dana", role="agent", level=1, specialties=(), device="PJSIP/b7"
        )
        lunch = AgentState(presence="paused", reason="lunch", since=NOW)
        await c.happens(
            AgentChanged(at=NOW, agent=dana),
            AgentStateChanged(at=NOW, device="PJSIP/b7", state=lunch),
            AgentStateChanged(at=NOW, device="PJSIP/a1", state=AgentState(presence="available", since=NOW)),
        )
        assert (c.desk("dana").device, c.desk("dana").state) == ("PJSIP/b7", lunch)
        await c.happens(started(), queued(), offered("PJSIP/b7"))
        assert c.desk("dana").call is not None


async def test_who_leaves_in_mid_call_is_told_nothing_more() -> None:
    async with centre() as c:
        await c.happens(started(), queued(), offered(), answered())
        gone = Agent(
            agent_id="dana",
            username="dana",
            name="Dana",
            role="agent",
            level=1,
            specialties=(),
            device=None,
            active=False,
        )
        await c.happens(AgentChanged(at=NOW, agent=gone, revoked=True))
        told = len(c.told["dana"])
        await c.happens(said("are you still there"))
        assert len(c.told["dana"]) == told


@pytest.mark.parametrize("sent_on", [True, False])
async def test_advice_is_for_who_talks_and_goes_when_the_call_does(sent_on: bool) -> None:
    suggestion = Suggestion(
        suggestion_id="s1",
        destination="pension_analyst",
        destination_name="Pension Analyst",
        confidence=0.9,
        reason="Disputed.",
        evidence="nineteen and a half years",
        evidence_utterance_id="u1",
    )
    made = Suggested(at=at(50), call_id="c1", suggestion=suggestion)
    async with centre() as c:
        await c.happens(started(), known(), queued(), offered(), answered(), made)
        call = c.desk("dana").call
        assert call is not None
        assert call.suggestions == (suggestion,)
        moved = pbx.CallTransferred(
            at=at(60), **CALL, kind="blind", from_device="PJSIP/a1", target="pension_analyst", completed=True
        )
        left = pbx.AgentLeft(at=at(60), **CALL, device="PJSIP/a1", agent_uniqueid="1.2", talk_s=25)
        await c.happens(moved if sent_on else left)
        await c.happens(*([] if sent_on else [made]))  # one that the last words led to comes too late
        call = c.desk("dana").call
        assert call is not None
        assert call.suggestions == ()


async def test_a_call_is_watched_while_its_desk_is_before_somebody() -> None:
    async with centre() as c:
        await c.happens(there("dana", True), started(), known(), queued())
        assert not c.desks.watched("c1")
        await c.happens(offered(), answered())
        assert c.desks.watched("c1")
        await c.happens(there("dana", False))
        assert not c.desks.watched("c1")
