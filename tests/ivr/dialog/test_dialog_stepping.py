"""What holds for every step: no loop without end, nothing lost, nothing that cannot be answered."""

from __future__ import annotations

import msgspec
from calls import NIGHT, NOON, Call
from documents import document, option, people, plan, prompt, say

from ivr.dialog import advance, begin
from ivr.dialog.actions import (
    Arrival,
    AskQueue,
    Dial,
    Enqueue,
    HangUp,
    Keys,
    Nothing,
    Play,
    QueueNow,
    Served,
    State,
    World,
)
from ivr.document.model import PERSON, Announce, AnyStep, Branch, Collect, Menu, Outside, Reply, Serve, Tries


def test_a_loop_of_announcements_ends_at_a_person() -> None:
    steps: dict[str, AnyStep] = {
        "one": Announce(say=say("One."), next="two"),
        "two": Branch(cases=(), otherwise="one"),
    }
    call = Call(document(steps))
    assert isinstance(call.action, Enqueue)
    assert call.said == ["[over]"]
    assert call.path[-1] == "nothing heard for long"


def test_a_silent_caller_does_not_go_round_for_ever() -> None:
    menu = Menu(say=say("Menu."), options={}, tries=Tries(next="menu"))
    call = Call(document({"menu": menu}))
    call.waits(60)
    assert isinstance(call.action, Enqueue)


def test_a_service_that_leads_to_itself_does_not_go_round_for_ever() -> None:
    serve = Serve(service="office_hours", outcomes={"told": Reply(say=say("Told."), next="serve")})
    call = Call(document({"serve": serve}))
    call.hears(*[Served(outcome="told")] * 60)
    assert isinstance(call.action, Enqueue)


def test_at_night_a_silent_caller_is_told_that_nobody_is_there() -> None:
    steps: dict[str, AnyStep] = {
        "closed": Menu(say=say("Closed."), options={}),
        "people": people(hours="office", closed="closed"),
    }
    call = Call(document(steps), now=NIGHT).waits(60)
    assert HangUp in map(type, call.actions)
    ends = next(action for action in call.actions if isinstance(action, HangUp))
    assert [line.prompt.texts["en"] for line in ends.lines] == ["[nobody]"]


def test_a_caller_who_is_heard_may_go_round_as_often_as_they_like() -> None:
    call = Call(plan()).waits().listens_through()
    for _ in range(100):
        call.presses("1", "9")
    assert call.at == "main"


def test_after_the_end_whatever_is_heard_leads_to_a_person() -> None:
    call = Call(document({"bye": people()})).hears(QueueNow(), Nothing(), Keys(digits="1"), Served(outcome=""))
    assert call.action == Enqueue(language="en", queue="member_services")


def test_a_document_without_its_own_steps_still_ends_with_an_apology() -> None:
    lame = document({"start": Announce(say=say("Hello."), next="nowhere")}, person="nobody")
    call = Call(lame)
    assert isinstance(call.action, HangUp)
    assert call.said == ["Hello.", "[sorry]"]
    assert isinstance(call.hears(Nothing()).action, HangUp)


def test_an_unknown_target_is_a_person() -> None:
    assert Call(document({"start": Announce(say=say("Hello."), next="nowhere")})).action == AskQueue(
        queue="member_services"
    )


def test_a_state_of_another_document_leads_to_a_person() -> None:
    state, _ = begin(document({"gone": Menu(say=say("Menu."), options={})}), Arrival(), World(now=NOON))
    _, action = advance(document({"start": people()}), state, Keys(digits="1"), World(now=NOON))
    assert action == AskQueue(queue="member_services")


def test_a_prompt_that_names_what_is_not_there_is_left_out() -> None:
    steps: dict[str, AnyStep] = {"one": Announce(say=say("Form {form}.", "Next."), next="main")}
    assert Call(document(steps)).said[0] == "Next."


def test_what_no_key_may_cut_short_needs_no_play_of_its_own_before_the_end() -> None:
    steps: dict[str, AnyStep] = {"away": Outside(number="411", say=(prompt("Listen.", barge=False),))}
    assert isinstance(Call(document(steps)).action, Dial)


def test_a_step_entered_again_begins_anew() -> None:
    again = Collect(name="x", kind="digits", say=say("What?"), next="again")
    call = Call(document({"again": again})).waits(2).presses("1#").waits(2)
    assert call.at == "again"


def test_a_state_is_a_value_that_can_be_kept_and_read_again() -> None:
    call = Call(plan()).waits().listens_through().presses("3")
    stepped = Call(document({"menu": Menu(say=(prompt("Listen.", barge=False),), options={})}))
    assert isinstance(stepped.action, Play)
    for state in (call.state, stepped.state):
        assert msgspec.json.decode(msgspec.json.encode(state), type=State) == state


def test_the_path_has_a_bound() -> None:
    call = Call(document({"menu": Menu(say=say("Menu."), options={"0": option("Again", "menu")})}))
    for _ in range(300):
        call.presses("0")
    assert len(call.path) == 200


def test_the_person_step_is_where_person_leads() -> None:
    assert Call(document({"start": Announce(say=say("Hello."), next=PERSON)})).at == "people"
