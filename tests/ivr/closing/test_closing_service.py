"""Closing carried out: who waits, who is called back, who has an appointment, who is told; over restarts too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from closing_house import (
    ANALYSIS,
    FIVE,
    HOUR,
    ICE,
    LATE_SHIFT,
    LORETTA,
    NOW,
    SERVICES,
    TOMORROW_AT_EIGHT,
    TOMORROW_AT_FIVE,
    House,
    close,
)
from waiting import until

from core.errors import Problem
from core.routes import Refusal
from ivr.dialog.actions import Action, Arrival, AskQueue, Enqueue, HangUp, Listen, QueueNow, Spoken, World
from ivr.dialog.stepping import advance, begin
from ivr.parts import Returned
from ivr.speaking.values import Digits
from ivr.speaking.words import fill
from ivr.waiting.callbacks import Change
from telephony.calls.legs import CALLBACK


def goes_on(house: House, returned: Returned) -> Action:
    """What the caller meets first, once they are back in the menu."""
    world = World(now=house.clock.now(), announced=dict(house.known.announced()))
    arrival = Arrival(number="+14045550123")
    document = returned.document
    state, action = begin(document, arrival, world, learnt=returned.learnt, values=returned.values)
    if isinstance(action, AskQueue):
        _, action = advance(document, state, QueueNow(wait_s=20.0, position=1), world)
    return action


def heard(action: Action) -> str:
    assert isinstance(action, Spoken)
    return " ".join(fill(line.prompt.texts[action.language], line.values, action.language) for line in action.lines)


# --- in force ---------------------------------------------------------------------------------------


async def test_it_is_closed_at_once_and_open_again_at_the_set_time(house: House) -> None:
    await house.closes(ends_at=NOW + HOUR)
    assert house.known.announced() == {"": ICE}
    house.clock.advance(3599)
    assert house.known.closed(SERVICES)
    house.clock.advance(1)
    assert house.known.announced() == {}  # nobody had to do anything


async def test_one_that_begins_later_is_there_and_changes_nothing_before(house: House) -> None:
    await house.closes(begins_at=NOW + HOUR, queue=ANALYSIS)
    assert [each.queue for each in house.service.current()] == [ANALYSIS]
    assert house.known.announced() == {}
    house.clock.advance(3600)
    assert house.known.closed(ANALYSIS)
    assert not house.known.closed(SERVICES)


async def test_another_process_takes_over_what_is_closed(house: House) -> None:
    closure = await house.closes()
    house.restart()
    await house.service.look()
    assert [each.closure_id for each in house.service.current()] == [closure.closure_id]
    await house.service.end(closure.closure_id, "max")
    assert house.known.announced() == {}


async def test_what_another_process_closed_or_ended_is_taken_up(house: House) -> None:
    other = House(house.db, house.clock, house.passwords)
    closure = await other.closes()
    assert house.known.announced() == {}
    await house.service.look()
    assert house.known.announced() == {"": ICE}
    await other.service.end(closure.closure_id, "max")
    await house.service.look()
    assert house.known.announced() == {}


async def test_closed_twice_it_is_closed_once_and_ended_twice_it_ended_once(house: House) -> None:
    first, again = await house.closes(close()), await house.closes(close())
    assert first.closure_id == again.closure_id
    ended = await house.service.end(first.closure_id, "sue")
    house.clock.advance(60)
    assert await house.service.end(first.closure_id, "max") == ended
    log = await house.log("close", "open")
    assert [(row.agent_id, row.action, row.about) for row in log] == [
        ("sue", "close", f"closure {first.closure_id}"),
        ("sue", "open", f"closure {first.closure_id}"),
    ]
    assert log[0].why == "everything, 2026-03-10 14:00 to 2026-03-10 16:00 UTC: ice storm"
    assert (await house.audit.verify()).whole


async def test_what_cannot_be_is_refused_with_all_that_is_wrong_and_closes_nothing(house: House) -> None:
    with pytest.raises(Refusal, match=r"no queue 'benefits'.*missing in: es") as refused:
        await house.service.close(close(queue="benefits", message={"en": "Closed."}), "sue")
    assert refused.value.status == 422
    with pytest.raises(Refusal, match="no such closure") as none:
        await house.service.end("0190", "sue")
    assert none.value.status == 404
    await house.service.look()
    assert house.known.all == ()
    assert await house.log("close", "open") == []


async def test_colleagues_hear_of_each_change_once(house: House) -> None:
    await house.service.look()
    closure = await house.closes(ends_at=NOW + HOUR)
    await house.closes(queue=ANALYSIS, begins_at=NOW + HOUR / 2)
    await house.service.look()
    await house.at(NOW + HOUR / 2)
    await house.at(NOW + HOUR)
    assert [[(each.queue, each.why) for each in event.notices] for event in house.told] == [
        [],
        [("", "ice storm")],
        [("", "ice storm"), (ANALYSIS, "ice storm")],
        [(ANALYSIS, "ice storm")],
    ]
    assert house.told[1].notices[0].closure_id == closure.closure_id
    assert house.overflows == 4  # nobody goes on to what is closed: the phone system is told as well


# --- who waits --------------------------------------------------------------------------------------


async def test_who_stays_is_left_alone(house: House) -> None:
    await house.waits("ann")
    await house.closes(waiting="stay")
    assert house.taken == {}


async def test_who_is_to_leave_hears_why_and_goes_the_menus_closed_way(house: House) -> None:
    ann, bob = await house.waits("ann"), await house.waits("bob", language="en")
    await house.closes(waiting="leave")
    action = goes_on(house, house.taken[ann.channel])
    assert isinstance(action, Listen)
    assert heard(action).startswith("Estamos cerrados por el hielo. ")
    assert "Podemos llamarle en cuanto abramos." in heard(action)
    assert heard(goes_on(house, house.taken[bob.channel])).startswith("We are closed because of ice.")
    assert [(step.service, step.outcome) for step in await house.served("ann")] == [("closure", "told")]


async def test_nothing_that_was_known_of_them_is_asked_again_or_told_as_less(house: House) -> None:
    await house.waits("ann")
    await house.closes(waiting="leave")
    [returned] = house.taken.values()
    learnt = returned.learnt
    assert learnt.member is not None
    assert (learnt.member.member_id, learnt.verification, learnt.consent) == (LORETTA, "pin", "refused")
    assert (learnt.path, learnt.chosen) == (("Main menu", "A representative"), "A representative")


async def test_only_whoever_waits_where_it_is_closed_is_taken_out(house: House) -> None:
    ann, zoe = await house.waits("ann"), await house.waits("zoe", queue=ANALYSIS)
    await house.closes(queue=ANALYSIS, waiting="leave")
    assert list(house.taken) == [zoe.channel]
    # No menu leads to that queue: its message, then people who are there.
    action = goes_on(house, house.taken[zoe.channel])
    assert isinstance(action, Enqueue)
    assert action.queue == SERVICES
    assert heard(action).startswith("Estamos cerrados por el hielo.")
    await house.closes(waiting="leave")
    assert ann.channel in house.taken


async def test_whoever_comes_to_wait_all_the_same_is_taken_out_too_and_nobody_twice(house: House) -> None:
    ann = await house.waits("ann")
    await house.closes(waiting="leave")
    bob = await house.waits("bob")
    house.waiting.append(ann)  # the dialplan knew of nothing better
    await house.service.look()
    assert set(house.taken) == {ann.channel, bob.channel}
    assert house.waiting == [ann]


async def test_a_phone_system_that_refuses_is_asked_again(house: House, caplog: pytest.LogCaptureFixture) -> None:
    ann = await house.waits("ann")
    house.refuses = Problem("the link is down")
    await house.closes(waiting="leave")
    await house.service.look()
    assert house.taken == {}
    assert len([line for line in caplog.messages if "could not be taken out" in line]) == 1
    house.refuses = None
    await house.service.look()
    assert list(house.taken) == [ann.channel]


async def test_who_is_called_back_keeps_the_place_and_is_told_so(house: House) -> None:
    since = NOW - timedelta(minutes=7)
    ann, bob = await house.waits("ann", since=since), await house.waits("bob", number="+14045550124")
    await house.closes(waiting="callback", ends_at=NOW + 2 * HOUR)
    row = await house.called_back(ann.number)
    assert (row.queue, row.place_at, row.member_id, row.language) == (SERVICES, since, LORETTA, "es")
    assert (row.state, row.expires_at) == ("waiting", FIVE)
    assert row.facts["consent"] == "refused"
    assert row.place_at < (await house.called_back(bob.number)).place_at
    action = goes_on(house, house.taken[ann.channel])
    assert isinstance(action, HangUp)
    said = heard(action)
    assert said.startswith("Estamos cerrados por el hielo. No tiene que esperar.")
    assert fill("{r}", {"r": Digits(digits=row.reference)}, "es") in said
    assert [(step.outcome, step.reference) for step in await house.served("ann")] == [("called_back", row.reference)]
    # Until it is open again nobody is called, and then at once.
    assert not house.openings.is_open(SERVICES, house.clock.now())
    await house.at(NOW + 2 * HOUR)
    assert house.openings.is_open(SERVICES, house.clock.now())
    assert row.due_at <= house.clock.now()


@pytest.mark.parametrize("number", ["", "anonymous", "+14045550100", "1001"])
async def test_who_cannot_be_called_back_goes_the_closed_way(house: House, number: str) -> None:
    ann = await house.waits("ann", number=number)
    await house.closes(waiting="callback")
    assert isinstance(goes_on(house, house.taken[ann.channel]), Listen)
    assert await house.callbacks.open() == ()


async def test_who_is_being_called_back_goes_the_closed_way_and_is_tried_again_by_rule(house: House) -> None:
    row = await house.callback("+14045550123")
    ann = await house.waits("ann", linkedid=f"{CALLBACK}{row.id}-1")
    await house.closes(waiting="callback")
    assert isinstance(goes_on(house, house.taken[ann.channel]), Listen)
    assert [each.id for each in await house.callbacks.open()] == [row.id]


async def test_a_number_that_waits_to_be_called_is_told_its_reference_again(house: House) -> None:
    row = await house.callback("+14045550123")
    ann = await house.waits("ann")
    await house.closes(waiting="callback")
    assert house.taken[ann.channel].values["reference"] == Digits(digits=row.reference)


async def test_a_restart_between_two_callers_loses_neither(house: House) -> None:
    ann = await house.waits("ann")
    await house.closes(waiting="callback")
    row = await house.called_back(ann.number)
    house.taken.clear()
    house.waiting.append(ann)  # the process died before the phone system was told
    house.restart()
    await house.service.look()
    assert house.taken[ann.channel].values["reference"] == Digits(digits=row.reference)
    assert len(await house.callbacks.open()) == 1


# --- call backs -------------------------------------------------------------------------------------


async def test_call_backs_wait_over_the_closure_and_expire_with_the_day_of_the_reopening(house: House) -> None:
    await house.callback("+14045550123")
    await house.closes(ends_at=TOMORROW_AT_EIGHT + HOUR)
    row = await house.called_back("+14045550123")
    assert (row.state, row.expires_at) == ("waiting", TOMORROW_AT_FIVE)


async def test_a_short_closure_leaves_their_end_as_it_was(house: House) -> None:
    before = await house.callback("+14045550123")
    await house.closes(ends_at=NOW + HOUR)
    assert await house.called_back("+14045550123") == before


async def test_call_backs_that_are_given_up_are_so_once_and_their_contacts_say_so(house: House) -> None:
    row = await house.callback("+14045550123")
    other = await house.callback("+14045550124", queue=ANALYSIS)
    dialling = await house.callbacks.begin(await house.callback("+14045550125"), NOW)
    assert dialling is not None
    await house.closes(queue=SERVICES, callbacks="cancel")
    gone = await house.callbacks.get(row.id)
    assert gone is not None
    assert (gone.state, gone.why) == ("cancelled", "closed by announcement")
    assert [(step.outcome, step.reference) for step in await house.served(row.call_id)] == [
        ("cancelled: closed", row.reference)
    ]
    assert {each.id for each in await house.callbacks.open()} == {other.id, dialling.id}
    # Who leaves a number while it is closed knew that it was: they are called.
    later = await house.callback("+14045550126", due_at=NOW + 2 * HOUR)
    house.restart()
    await house.service.look()
    assert later.id in {each.id for each in await house.callbacks.open()}


async def test_who_was_to_be_called_at_the_end_is_called_when_it_ends_early(house: House) -> None:
    closure = await house.closes(ends_at=NOW + 2 * HOUR)
    promised = house.openings.opens(SERVICES, house.clock.now())
    assert promised == NOW + 2 * HOUR
    await house.callback("+14045550123", due_at=promised, place_at=promised)
    await house.callback("+14045550124", due_at=TOMORROW_AT_EIGHT, expires_at=TOMORROW_AT_FIVE)
    house.clock.advance(600)
    await house.service.end(closure.closure_id, "sue")
    assert (await house.called_back("+14045550123")).due_at == house.clock.now()
    assert (await house.called_back("+14045550124")).due_at == TOMORROW_AT_EIGHT


# --- appointments -----------------------------------------------------------------------------------


async def test_counsellors_are_told_of_each_appointment_in_it_once(house: House) -> None:
    inside = await house.appointment(NOW + HOUR)
    await house.appointment(NOW + 5 * HOUR, "demo-layoff")
    await house.closes(ends_at=NOW + 2 * HOUR, appointments="tell")
    house.restart()
    await house.service.look()
    [asked] = await house.asked_of_counsellors()
    assert asked.member_id == LORETTA
    assert asked.details == {
        "appointment": inside,
        "begins_at": (NOW + HOUR).isoformat(),
        "counsellor_id": "counsellor-1",
        "closed": "ice storm",
    }
    later = await house.appointment(NOW + HOUR + HOUR / 2, "demo-lost_1099r")
    await house.at(NOW + timedelta(minutes=1))
    assert {each.details["appointment"] for each in await house.asked_of_counsellors()} == {inside, later}


async def test_a_closure_to_come_tells_them_at_once(house: House) -> None:
    await house.appointment(TOMORROW_AT_EIGHT)
    await house.closes(begins_at=TOMORROW_AT_EIGHT, ends_at=TOMORROW_AT_FIVE)
    assert len(await house.asked_of_counsellors()) == 1


async def test_those_that_stand_are_left_and_a_queue_concerns_none(house: House) -> None:
    await house.appointment(NOW + HOUR)
    await house.closes(appointments="keep")
    await house.closes(queue=SERVICES, appointments="tell")
    assert await house.asked_of_counsellors() == []


async def test_whom_it_would_concern_can_be_seen_before(house: House) -> None:
    await house.waits("ann")
    await house.waits("zoe", queue=ANALYSIS)
    await house.callback("+14045550123")
    reference = await house.appointment(NOW + HOUR)
    all_of_it = await house.service.concerned("", NOW, NOW + 2 * HOUR)
    assert (all_of_it.waiting, all_of_it.callbacks) == (2, 1)
    assert [(each.reference, each.counsellor, each.place) for each in all_of_it.appointments] == [
        (reference, "counsellor-1", "Room 12")
    ]
    analysis = await house.service.concerned(ANALYSIS, NOW, NOW + 2 * HOUR)
    assert (analysis.waiting, analysis.callbacks, analysis.appointments) == (1, 0, ())
    assert (await house.service.concerned(LATE_SHIFT, NOW, NOW + HOUR)).waiting == 0


# --- over and again ---------------------------------------------------------------------------------


async def test_a_call_back_that_was_served_meanwhile_is_not_given_up(house: House) -> None:
    row = await house.callback("+14045550123")
    assert await house.callbacks.change(row, Change("done", "talked with an agent"), NOW)
    await house.closes(callbacks="cancel")
    assert await house.served(row.call_id) == []


async def test_the_loop_goes_on_after_whatever_fails(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = iter([RuntimeError("a bug"), Problem("the bus is away")])
    real = house.bus.publish

    async def publish(*args: object, **facts: object) -> object:
        failure = next(failures, None)
        if failure is not None:
            raise failure
        return await real(*args, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr("ivr.closing_service.EVERY_S", 0.01)
    await house.service.start()
    house.bus.publish = publish  # type: ignore[method-assign]
    try:
        await House(house.db, house.clock, house.passwords).closes()
        await until(lambda: len(house.told) >= 2)
    finally:
        await house.service.stop()
    assert house.told[-1].notices[0].why == "ice storm"
