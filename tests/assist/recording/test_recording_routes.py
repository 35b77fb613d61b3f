"""Recordings over HTTP: who may hear, hold, silence and delete, and that it is on record."""

from __future__ import annotations

from typing import Any

import pytest
from recording_house import CALL, House
from sounds import played
from sqlalchemy import insert, update

from assist.recording.routes import (
    DeletionAsked,
    HoldAsked,
    PauseAsked,
    RecordingRoutes,
    SilenceAsked,
    SoundAsked,
)
from core.access import Role, User, allowed
from core.blobs import Blob
from core.routes import Refusal, Request
from records.contact import Answered
from records.members import MemberDirectory
from records.passwords import Passwords
from records.tables import Member

DANA = User(agent_id="dana", name="Dana", role="agent")
MORGAN = User(agent_id="morgan", name="Morgan", role="supervisor")
CLEARED = User(agent_id="grace", name="Grace", role="supervisor", cleared=True)


class Office:
    """Dana's call of three seconds about Loretta, over and recorded."""

    def __init__(self, house: House, contact_id: str) -> None:
        self.house, self.contact_id = house, contact_id
        self.routes = RecordingRoutes(
            kept=house.kept,
            archive=house.archive,
            recorder=house.recorder,
            contacts=house.contacts,
            members=MemberDirectory(house.db, house.clock, Passwords("the tests' own")),
            audit=house.audit,
            agent_on=self.agent_on,
        )

    async def agent_on(self, request: Request[Any]) -> str | None:
        return "dana"

    def asks(self, user: User = MORGAN, *, body: Any = None, query: Any = None, **path: str) -> Request[Any]:
        path = {"contact_id": self.contact_id, "call_id": CALL, **path}
        return Request(user=user, path=path, query=query, body=body, request_id="r1")

    async def looks(self) -> list[tuple[str, str, str, str | None]]:
        looks = (await self.house.audit.looks(limit=20)).items
        return [(look.agent_id, look.action, look.why, look.contact_id) for look in reversed(looks)]


@pytest.fixture
def young() -> None:
    return None


@pytest.fixture
async def office(house: House) -> Office:
    loretta = {"id": "loretta", "member_number": "10000001", "first_name": "Loretta", "last_name": "B"}
    loretta |= {"relation": "retiree", "status": "retired", "plan": "p", "tier": "t", "email": ""}
    more = {"birth_date": house.clock.now().date(), "address": [], "flags": []}
    await house.db.write(lambda session: session.execute(insert(Member).values(**loretta, **more)) and None)
    contact_id = await house.begun()
    await house.contacts.identify(CALL, "loretta", "pin")
    await house.contacts.progress(CALL, Answered(at=house.clock.now(), agent_id="dana", agent_name="Dana"))
    await house.talk(3)
    await house.recorder.end(CALL)
    return Office(house, contact_id)


@pytest.mark.parametrize(
    ("role", "hears", "hears_own", "changes"),
    [
        ("agent", False, True, False),
        ("specialist", False, True, False),
        ("supervisor", True, True, True),
        ("auditor", True, True, False),
        ("administrator", False, False, True),
        ("scheduler", False, False, False),
    ],
)
def test_who_may(role: Role, hears: bool, hears_own: bool, changes: bool) -> None:
    assert allowed(role, "recording", "see") is hears
    assert allowed(role, "recording", "see", own=True) is hears_own
    assert allowed(role, "recording", "change", own=True) is changes


async def test_every_playback_is_on_record_before_it_is_heard(office: Office) -> None:
    heard = await office.routes.sound(office.asks(query=SoundAsked(start_s=1.0, end_s=2.5)))
    assert isinstance(heard, Blob)
    assert heard.content_type == "audio/wav"
    assert dict(heard.headers) == {"X-Start-Seconds": "1.000", "X-End-Seconds": "2.500"}
    assert played(heard.body).shape == (12_000, 2)
    assert "RIFF" not in repr(heard)
    assert await office.looks() == [("morgan", "recording", "played from 1 to 2.5 s", office.contact_id)]
    with pytest.raises(Refusal) as refused:
        await office.routes.sound(office.asks(query=SoundAsked(start_s=5.0, end_s=4.0)))
    assert refused.value.status == 422


async def test_an_agents_own_are_those_they_talked_in(office: Office) -> None:
    routes = {(route.method, route.path.partition("{contact_id}")[2]): route for route in office.routes.routes()}
    owner = routes["GET", "/recording/sound"].owner
    assert owner is not None
    assert await owner(office.asks(DANA)) == "dana"
    luis = User(agent_id="luis", name="Luis", role="agent")
    assert await owner(office.asks(luis)) is None
    with pytest.raises(Refusal) as refused:
        await owner(office.asks(DANA, contact_id="nothing"))
    assert refused.value.status == 404


async def test_protected_members_are_for_who_is_cleared(office: Office) -> None:
    statement = update(Member).where(Member.id == "loretta").values(protected=True)
    await office.house.db.write(lambda session: session.execute(statement) and None)
    for asked in (office.routes.about, office.routes.sound, office.routes.proof):
        with pytest.raises(Refusal, match="protected") as refused:
            await asked(office.asks(query=SoundAsked()))
        assert refused.value.status == 403
    assert (await office.routes.about(office.asks(CLEARED))).state == "kept"
    assert await office.looks() == []


async def test_held_silenced_released_and_deleted_all_on_record(office: Office) -> None:
    hold = await office.routes.hold(office.asks(body=HoldAsked(why="case 12")))
    assert (await office.routes.about(office.asks())).holds == (hold,)
    with pytest.raises(Refusal, match="legal hold") as refused:
        await office.routes.delete(office.asks(body=DeletionAsked(why="asked for")))
    assert refused.value.status == 409
    silenced = await office.routes.silence(office.asks(body=SilenceAsked(start_s=1, end_s=2, why="a card number")))
    assert (silenced.start_s, silenced.end_s) == (1.0, 2.0)
    await office.routes.release(office.asks(hold_id=hold.hold_id))
    with pytest.raises(Refusal) as refused:
        await office.routes.release(office.asks(hold_id=hold.hold_id))
    assert refused.value.status == 404
    with pytest.raises(Refusal) as refused:
        await office.routes.proof(office.asks())
    assert refused.value.status == 404
    gone = await office.routes.delete(office.asks(body=DeletionAsked(why="asked for", transcript=True)))
    proof = await office.routes.proof(office.asks())
    assert (proof.deleted, proof.log_whole) == (gone, True)
    with pytest.raises(Refusal, match="was deleted") as refused:
        await office.routes.sound(office.asks(query=SoundAsked()))
    assert refused.value.status == 404
    assert [action for _, action, _, _ in await office.looks()] == [
        "recording_hold",
        "recording_silence",
        "recording_release",
        "recording_deleted",
        "recording",
    ]


async def test_an_agent_pauses_the_recording_of_the_call_they_are_on(office: Office, house: House) -> None:
    with pytest.raises(Refusal, match="not being recorded"):
        await office.routes.pause(office.asks(DANA, body=PauseAsked(paused=True)))
    assert await office.looks() == []
    contact_id = await house.begun("call-2")
    await office.routes.pause(office.asks(DANA, body=PauseAsked(paused=True), call_id="call-2"))
    await house.talk(1, call_id="call-2")
    await office.routes.pause(office.asks(DANA, body=PauseAsked(paused=False), call_id="call-2"))
    await house.recorder.end("call-2")
    found = await house.kept.get(contact_id)
    assert found is not None
    assert [(span.kind, span.start_s, span.end_s) for span in found.silent] == [("paused", 0.0, 1.0)]
    assert await office.looks() == [
        ("dana", "recording_pause", "call call-2: paused", contact_id),
        ("dana", "recording_resume", "call call-2: paused", contact_id),
    ]


@pytest.mark.parametrize(
    ("role", "own", "may"),
    [("agent", False, False), ("agent", True, True), ("supervisor", False, True), ("auditor", False, False)],
)
def test_a_call_is_paused_by_its_agent_and_by_supervisors(office: Office, role: Role, own: bool, may: bool) -> None:
    (route,) = (each for each in office.routes.routes() if each.path == "/api/calls/{call_id}/recording")
    assert route.owner == office.agent_on
    assert allowed(role, route.rule.resource, route.rule.action, own=own) is may
