"""A protected member's call: who is not cleared sees that there is one, and not who; who is cleared sees all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from one_call import DANA, Call, asked, one_call
from test_acting import HELD
from test_desk_service import NOW, answered, offered

from assist.desk.board_routes import BoardRoutes
from core.access import User
from core.paging import Paging
from core.routes import Refusal
from records.agents import Agent
from records.contact import ContactDraft
from records.events import AgentChanged
from records.profile import seen_by

RUTH = replace(HELD, protected=True)
SUE = User(agent_id="sue", name="Sue", role="supervisor")
CLEARED = [False, True]


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[Call]:
    """Dana, who is not cleared, talks with Ruth's representative."""
    async with one_call(tmp_path, RUTH) as made:
        yield made


def agent(name: str, device: str, *, cleared: bool) -> AgentChanged:
    facts = {"username": name, "name": name.title(), "role": "agent", "level": 1, "specialties": ()}
    person = Agent(agent_id=name, device=device, cleared=cleared, **facts)  # type: ignore[arg-type]
    return AgentChanged(at=NOW, agent=person)


def names_in(value: object) -> list[str]:
    """What of Ruth, and of who acts for her, can be read in it."""
    text = msgspec.json.encode(value).decode()
    return [word for word in ("Ruth", "Hale", "Sam", "Oak Street", "00000017", "1951") if word in text]


async def test_the_pop_is_masked_for_who_is_not_cleared(call: Call) -> None:
    shown = call.centre.desk("dana").call
    assert shown is not None
    assert shown.member == seen_by(RUTH, cleared=False)
    assert names_in(call.centre.told["dana"]) == []
    assert call.centre.notes.actions == [("dana", "screen_pop_masked", "m1")]


@pytest.mark.parametrize("cleared", CLEARED)
async def test_the_briefing_tells_as_much_as_its_reader_may_see(call: Call, cleared: bool) -> None:
    file = call.centre.desks.file("c1")
    assert file is not None
    await call.acts_by("asks", replace(DANA, cleared=True))
    file.draft = ContactDraft(summary="Ruth Hale moved.", commitments=("write to Sam Hale",))
    await call.centre.happens(agent("ann", "PJSIP/p1", cleared=cleared))
    await call.centre.desks.deeds.transfer_begun(file, "analyst", "Analyst", "dana")
    await call.centre.happens(offered("PJSIP/p1"), answered("PJSIP/p1"))
    shown = call.centre.desk("ann").call
    assert shown is not None
    assert shown.briefing == (
        "Ruth Hale, verified by PIN, from Dana. Sam Hale speaks for them (power of attorney). Ruth Hale moved. "
        "Promised: write to Sam Hale."
        if cleared
        else "Protected member, verified by PIN, from Dana. Chose “Payments” in the menu."
    )


@pytest.mark.parametrize("cleared", CLEARED)
async def test_the_wall_names_them_to_nobody_and_that_it_was_read_is_on_record(call: Call, cleared: bool) -> None:
    desks = call.centre.desks
    await desks.wall.start()
    routes = BoardRoutes(wall=desks.wall, queues=None, looks=desks.looks)  # type: ignore[arg-type]
    for _ in range(3):  # a page that comes back reads it again
        (line,) = (await routes.wall(asked(replace(SUE, cleared=cleared)))).state.calls
    assert (line.caller, line.member_id, line.protected) == ("Protected member", "m1", True)
    await desks.looks.stop()
    assert call.centre.notes.actions[1:] == [("sue", "wall_masked", "m1")]
    assert call.centre.notes.reasons[-1] == "report: the wall, call c1"


@pytest.mark.parametrize("cleared", CLEARED)
async def test_the_history_is_for_who_is_cleared(call: Call, cleared: bool) -> None:
    asking = asked(replace(DANA, cleared=cleared), query=Paging(), member_id="m1")
    if cleared:
        assert (await call.routes.history(asking)).items == ()
    else:
        with pytest.raises(Refusal, match="protected") as refused:
            await call.routes.history(asking)
        assert refused.value.status == 403
    (look,) = await call.looks()
    expected = ("history", "call c1") if cleared else ("history_refused", "call c1: protected")
    assert (look.action, look.why, look.member_id) == (*expected, "m1")


async def test_who_loses_the_clearance_in_mid_call_keeps_nothing_on_the_desk(call: Call) -> None:
    file = call.centre.desks.file("c1")
    assert file is not None
    await call.centre.happens(agent("ann", "PJSIP/p1", cleared=True))
    await call.centre.desks.deeds.transfer_begun(file, "analyst", "Analyst", "dana")
    await call.centre.happens(offered("PJSIP/p1"), answered("PJSIP/p1"))
    assert names_in(call.centre.desk("ann"))
    await call.centre.happens(agent("ann", "PJSIP/p1", cleared=False))
    assert names_in(call.centre.desk("ann")) == []
    await call.centre.happens(agent("ann", "PJSIP/p1", cleared=True))
    assert names_in(call.centre.desk("ann"))
    assert [action for who, action, _ in call.centre.notes.actions if who == "ann"] == [
        "screen_pop",
        "screen_pop_masked",
    ]
