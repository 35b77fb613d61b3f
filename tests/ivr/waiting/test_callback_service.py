"""Call backs carried out: the story of each, with restarts and lost connections in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from unittest import mock

import pytest
from callback_house import CLOSES, OPENS, House
from waiting import until

from core.database import Database
from core.errors import DatabaseLate, Problem
from records.references import is_reference
from telephony.ami.errors import ActionFailed, ActionTimeout, LinkDown
from telephony.events import CalledBack, CallEnded, CallQueued


@pytest.fixture
def house(db: Database) -> House:
    return House(db)


async def ended(house: House, channel: str, outcome: str, *, answered: bool = False) -> None:
    house.pbx.up.discard(channel)
    await house.tells(CallEnded, channel, outcome=outcome, answered=answered, wait_s=0.0, talk_s=0.0)


async def test_a_caller_is_called_back_when_an_agent_is_free_and_served(house: House) -> None:
    house.agent(free=False)
    assert is_reference(await house.asks())
    await house.after(1)
    assert house.channels() == []
    house.agent(free=True)
    await house.after(1)
    row = await house.row()
    assert house.pbx.dialled == [
        {
            "channel": f"callback-{row.id}-1",
            "dial": "PJSIP/+14045550123@trunk",
            "context": "memberline-callback",
            "ML_QUEUE": "member_services",
            "ML_NUMBER": "+14045550123",
            "ML_LANGUAGE": "es",
            "ML_CALLBACK_OF": "visit-4045550123",
        }
    ]
    await house.tells(CalledBack, row.channel, result="answered")
    await house.tells(CalledBack, row.channel, result="accepted")
    await house.tells(CallQueued, row.channel, queue="member_services", position=1)
    assert (await house.row()).state == "talking"
    await ended(house, row.channel, "answered", answered=True)
    over = await house.row()
    assert (over.state, over.why) == ("done", "talked with an agent")
    await house.after(4000)
    assert len(house.channels()) == 1


async def test_who_answers_proves_nothing_and_is_recorded_only_after_pressing_one(house: House) -> None:
    house.agent()
    reference = await house.asks()
    await house.after(1)
    channel = (await house.row()).channel
    await house.tells(CalledBack, channel, result="answered")
    await house.tells(CalledBack, channel, result="accepted")
    first, then = house.known
    assert (first.member_id, first.verification, first.consent) == ("m1", "number_match", "pending")
    assert (then.verification, then.consent, then.language) == ("number_match", "given", "es")
    assert then.menu_path == (f"called back, reference {reference}", "payments")


@pytest.mark.parametrize(("before", "key"), [("refused", "accepted"), ("given", "unrecorded")])
async def test_who_refuses_is_not_recorded(house: House, before: str, key: str) -> None:
    house.agent()
    await house.asks(consent=before)
    await house.after(1)
    await house.tells(CalledBack, (await house.row()).channel, result=key)
    assert [known.consent for known in house.known] == ["refused"]
    assert (await house.row()).state == "talking"


async def test_the_place_is_kept_and_nobody_who_came_before_is_passed(house: House) -> None:
    house.agent(free=False)
    house.waiting("before")
    house.clock.advance(10)
    await house.asks()
    house.clock.advance(10)
    house.waiting("before", "after")
    house.agent(free=True)
    await house.after(1)
    assert house.channels() == []
    house.waiting("after")
    await house.after(1)
    assert len(house.channels()) == 1


async def test_who_calls_meanwhile_is_told_that_somebody_is_before_them(house: House) -> None:
    house.agent(free=False)
    alone = await house.queues.now("member_services")
    await house.asks()
    await house.after(1)
    now = await house.queues.now("member_services")
    assert (alone.position, now.position) == (1, 2)
    assert alone.wait_s
    assert now.wait_s
    assert now.wait_s > alone.wait_s


async def test_nobody_answers_so_it_is_tried_again_three_times_in_all(house: House) -> None:
    house.agent()
    await house.asks()
    for attempt, wait in ((1, 1), (2, 301), (3, 901)):
        await house.after(wait)
        row = await house.row()
        assert (row.state, row.attempt) == ("dialling", attempt)
        house.pbx.up.clear()
        house.service.on_event({"Event": "OriginateResponse", "Response": "Failure", "Uniqueid": row.channel})
        await until(lambda: not house.service._tasks)
        await house.after(1)
    over = await house.row()
    assert (over.state, over.why) == ("failed", "nobody answered")
    assert len(set(house.channels())) == 3


async def test_an_answering_machine_presses_nothing(house: House) -> None:
    house.agent()
    await house.asks()
    await house.after(1)
    channel = (await house.row()).channel
    for result in ("answered", "silent"):
        await house.tells(CalledBack, channel, result=result)
    await ended(house, channel, "ivr_only")
    row = await house.row()
    assert (row.state, row.attempt, row.why) == ("waiting", 1, "nobody pressed 1")


async def test_who_needs_us_no_longer_is_left_alone(house: House) -> None:
    house.agent()
    await house.asks()
    await house.after(1)
    channel = (await house.row()).channel
    await house.tells(CalledBack, channel, result="declined")
    await ended(house, channel, "ivr_only")
    await house.after(2000)
    assert (await house.row()).state == "cancelled"
    assert len(house.channels()) == 1


async def test_who_waited_in_vain_is_called_again_and_who_hung_up_is_not(house: House) -> None:
    house.agent()
    await house.asks()
    await house.after(1)
    first = (await house.row()).channel
    await house.tells(CalledBack, first, result="accepted")
    await ended(house, first, "no_agents")
    assert (await house.row()).state == "waiting"
    await house.after(301)
    second = (await house.row()).channel
    await house.tells(CalledBack, second, result="accepted")
    await ended(house, second, "abandoned")
    assert (await house.row()).state == "done"


async def test_one_number_one_call_back(house: House) -> None:
    assert await house.asks()
    other_visit = House(house.db)
    assert await other_visit.asks() != ""  # the same visit, told again
    assert await house.asks("911") == ""
    assert await house.asks("9005551234") == ""
    with mock.patch.object(house.service, "_when", lambda wish, now: (now, CLOSES)):
        again = await house.service.keep(
            mock.Mock(
                call_id="another", queue="q", number="4045550123", member_id="", language="", facts={}, place=True
            )
        )
    assert again.reference == ""


async def test_at_closing_it_is_over(house: House) -> None:
    await house.asks()
    await house.after((CLOSES - house.clock.now()).total_seconds())
    house.agent()
    await house.after(1)
    assert ((await house.row()).state, house.channels()) == ("expired", [])


async def test_no_place_is_kept_in_a_closed_queue(house: House) -> None:
    house.announced[""] = {"en": "We are closed because of the storm."}
    assert await house.asks() == ""
    now = await house.queues.now("member_services")
    assert (now.closed, now.message) == (True, {"en": "We are closed because of the storm."})
    house.announced.clear()
    house.clock.advance((CLOSES - house.clock.now()).total_seconds())
    assert await house.asks() == ""


async def test_while_it_is_closed_by_announcement_nobody_is_called(house: House) -> None:
    house.agent()
    await house.asks()
    house.announced["member_services"] = {"en": "Back at three."}
    await house.after(60)
    assert house.channels() == []
    del house.announced["member_services"]
    await house.after(1)
    assert len(house.channels()) == 1


async def test_who_asks_in_the_night_is_called_in_the_morning_after_who_waits_already(house: House) -> None:
    house.clock.advance((CLOSES - house.clock.now()).total_seconds() + 3600)
    assert await house.asks(place=False)
    row = await house.row()
    opens = OPENS + timedelta(days=1)
    assert (row.place_at, row.due_at, row.expires_at) == (opens, opens, CLOSES + timedelta(days=1))
    house.agent()
    await house.after(1)
    assert house.channels() == []
    await house.after((opens - house.clock.now()).total_seconds())
    assert len(house.channels()) == 1


async def test_a_centre_that_closes_says_what_becomes_of_call_backs(house: House) -> None:
    await house.asks()
    assert await house.service.cancel("member_services", "the centre closed early") == 1
    house.agent()
    await house.after(1)
    assert ((await house.row()).state, house.channels()) == ("cancelled", [])


# --- never twice ------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone."""


async def test_killed_between_commit_and_originate_it_was_not_dialled_and_is_tried_again_later(house: House) -> None:
    house.agent()
    await house.asks()
    with mock.patch.object(house.pbx, "call_back", side_effect=Killed), pytest.raises(Killed):
        await house.after(1)
    assert ((await house.row()).state, house.channels()) == ("dialling", [])
    house.restart()
    house.agent()
    await house.after(1)
    await house.after(20)
    assert ((await house.row()).state, house.channels()) == ("dialling", [])  # it is too early to say
    await house.after(20)
    row = await house.row()
    assert (row.state, row.attempt, row.why) == ("waiting", 1, "was not dialled")
    await house.after(301)
    assert house.channels() == [f"callback-{row.id}-2"]


async def test_killed_after_originate_the_call_that_goes_on_is_followed(house: House) -> None:
    house.agent()
    await house.asks()
    await house.after(1)
    channel = (await house.row()).channel
    house.restart()
    house.agent()
    await house.after(100)
    assert house.channels() == [channel]
    await house.tells(CalledBack, channel, result="accepted")
    assert (await house.row()).state == "talking"
    house.restart()
    house.pbx.up.clear()  # and it ended while nobody watched
    await house.after(100)
    assert (await house.row()).state == "done"
    assert house.channels() == [channel]


@pytest.mark.parametrize(
    ("traced", "state"), [("unanswered", "waiting"), ("silent", "waiting"), ("accepted", "done"), ("unknown", "failed")]
)
async def test_killed_after_originate_the_record_says_what_became_of_it(house: House, traced: str, state: str) -> None:
    house.agent()
    await house.asks()
    await house.after(1)
    house.pbx.record[(await house.row()).channel] = traced  # type: ignore[assignment]
    house.pbx.up.clear()
    house.restart()
    await house.after(100)
    assert (await house.row()).state == state
    assert len(house.channels()) == 1


async def test_an_originate_whose_answer_is_lost_is_not_sent_again(house: House) -> None:
    house.agent()
    await house.asks()
    house.pbx.fails_after = ActionTimeout("no answer within 5 s")
    await house.after(1)
    house.pbx.fails_after = None
    for _ in range(10):
        await house.after(20)
    [channel] = house.channels()
    await house.tells(CalledBack, str(channel), result="accepted")
    assert (await house.row()).state == "talking"


async def test_while_neither_pbx_nor_record_can_be_asked_nothing_is_dialled(house: House) -> None:
    house.agent()
    await house.asks()
    house.pbx.fails = LinkDown("the connection was lost")
    await house.after(1)
    house.pbx.fails, house.pbx.blind = None, Problem("the phone system's own record cannot be read")
    for _ in range(20):
        await house.after(60)
    assert ((await house.row()).state, house.channels()) == ("dialling", [])
    house.pbx.blind = None
    await house.after(60)
    assert (await house.row()).state == "waiting"


async def test_what_the_pbx_refuses_is_tried_again_by_the_same_rule(house: House) -> None:
    house.agent()
    await house.asks()
    house.pbx.fails = ActionFailed("Extension does not exist.")
    await house.after(1)
    row = await house.row()
    assert (row.state, row.attempt, row.why) == ("waiting", 1, "the phone system did not take the call")


async def test_a_commit_that_is_not_certain_dials_nobody(house: House) -> None:
    house.agent()
    await house.asks()
    begin = house.store.begin

    async def late(*given: object) -> None:
        await begin(*given)  # type: ignore[arg-type]
        raise DatabaseLate("the work did not end within 5 s")

    with mock.patch.object(house.store, "begin", late), pytest.raises(DatabaseLate):
        await house.after(1)
    assert ((await house.row()).state, house.channels()) == ("dialling", [])
    await house.after(31)
    assert (await house.row()).state == "waiting"


async def test_two_processes_on_one_database_dial_once(house: House) -> None:
    other = House(house.db, clock=house.clock, pbx=house.pbx)
    for each in (house, other):
        each.agent()
    await house.asks()
    house.clock.advance(1)
    await asyncio.gather(house.service.look(), other.service.look())
    assert len(house.channels()) == 1


async def test_it_runs_by_itself(house: House) -> None:
    house.agent()
    await house.service.start()
    await house.asks()
    await until(lambda: bool(house.channels()), 10)
    await house.service.stop()
