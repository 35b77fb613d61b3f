"""On to people and out of the menu, told as calls: queues, call backs, other agencies, the end."""

from __future__ import annotations

import pytest
from calls import HIDDEN, MOBILE, NIGHT, Call, entered
from documents import document, leave, offer, people, plan, say

from ivr.dialog.actions import AskQueue, Dial, Enqueue, HangUp, KeepPlace, Kept, Keys, Listen, Nothing, QueueNow
from ivr.document.model import AnyStep, Collect, Goodbye, Outside, Queue
from ivr.speaking.values import AnyValue, Count, Digits, Minutes

LONG = QueueNow(wait_s=900.0, position=12)
JOINS = "member_services"


def queue(step: Queue | None = None, **call: object) -> Call:
    wait = say("You are number {position}. The wait is {wait}.")
    return Call(document({"people": step or people(wait=wait)}), **call)  # type: ignore[arg-type]


def offered(**call: object) -> Call:
    step = people(wait=say("You are number {position}. The wait is {wait}."), callback=offer())
    return queue(step, **call).hears(LONG)


def last_values(call: Call) -> dict[str, AnyValue]:
    return {name: value for line in call.action.lines for name, value in line.values.items()}  # type: ignore[union-attr]


# --- into the queue -------------------------------------------------------------------------------


def test_a_caller_hears_their_place_and_wait_and_leaves_the_menu_with_the_facts() -> None:
    steps: dict[str, AnyStep] = {
        "form": Collect(name="form", about="Form", kind="digits", say=say("Form?"), next="queue"),
        "queue": people(
            about="Survivors",
            queue="survivors",
            wait=say("You are number {position}. The wait is {wait}."),
            priority=10,
            skills=("survivors",),
            facts={"reason": "Report of a death", "form": "{form}"},
        ),
    }
    call = Call(document(steps)).presses("12#")
    assert call.action == AskQueue(queue="survivors")
    call.hears(QueueNow(wait_s=100.0, position=2))
    assert isinstance(call.action, Enqueue)
    assert (call.action.queue, call.action.priority, call.action.skills) == ("survivors", 10, ("survivors",))
    assert call.action.facts == {"reason": "Report of a death", "form": "12"}
    assert call.said == ["I will connect you.", "You are number {position}. The wait is {wait}."]
    assert last_values(call) == {"position": Count(number=2), "wait": Minutes(minutes=2)}
    assert call.path == ("Form: given", "Survivors")


@pytest.mark.parametrize(
    "now",
    [
        QueueNow(),
        QueueNow(wait_s=60.0),
        QueueNow(position=1),
        QueueNow(wait_s=float("nan"), position=1),
        QueueNow(wait_s=-1.0, position=1),
    ],
)
def test_a_wait_that_is_not_known_is_not_told(now: QueueNow) -> None:
    assert queue().hears(now).said == ["I will connect you."]


def test_a_queue_that_does_not_answer_is_joined_all_the_same() -> None:
    assert isinstance(queue().hears(Nothing()).action, Enqueue)


def test_a_secret_never_becomes_a_fact_of_the_queue() -> None:
    steps: dict[str, AnyStep] = {
        "code": Collect(name="code", kind="digits", secret=True, say=say("Code?"), next="queue"),
        "queue": people(facts={"code": "{code}"}),
    }
    call = Call(document(steps)).presses("4711#").hears(QueueNow())
    assert isinstance(call.action, Enqueue)
    assert call.action.facts == {"code": ""}


# --- closed ---------------------------------------------------------------------------------------


def test_out_of_hours_it_goes_on_where_the_document_says() -> None:
    call = queue(people(hours="office", closed="bye"), now=NIGHT)
    assert (call.at, call.said) == ("bye", ["Goodbye."])


@pytest.mark.parametrize("which", ["", "member_services"])
def test_a_closure_is_said_and_goes_on_like_out_of_hours(which: str) -> None:
    storm = {"en": "We are closed for the storm.", "es": "Cerrado por la tormenta."}
    call = queue(people(closed="bye"), announced={which: storm})
    assert call.at == "bye"
    assert last_values(call)["words"].texts == {"": "We are closed for the storm."}  # type: ignore[union-attr]


def test_a_queue_that_was_closed_meanwhile_says_so_too() -> None:
    call = queue(people(closed="bye")).hears(QueueNow(closed=True, message={"es": "Cerrado."}))
    assert call.at == "bye"
    assert last_values(call)["words"].texts == {"": "Cerrado."}  # type: ignore[union-attr]


def test_another_queue_without_a_way_of_its_own_leads_to_the_documents_person() -> None:
    steps: dict[str, AnyStep] = {"survivors": people(queue="survivors", hours="never")}
    assert Call(document(steps)).action == AskQueue(queue=JOINS)


def test_where_nobody_can_take_the_call_the_caller_is_told_so() -> None:
    call = queue(people(hours="never"))
    assert isinstance(call.action, HangUp)
    assert call.said == ["[nobody]"]


# --- a call back that keeps the place ---------------------------------------------------------------


def test_a_long_wait_is_told_with_the_offer_to_be_called_back() -> None:
    call = offered()
    assert isinstance(call.action, Listen)
    assert call.said == ["I will connect you.", "The wait is {wait}. Press 1 to be called back."]
    assert last_values(call) == {"wait": Minutes(minutes=15)}


def test_a_wait_that_is_short_or_not_known_brings_no_offer() -> None:
    for now in (QueueNow(wait_s=300.0, position=1), QueueNow(position=9)):
        assert isinstance(queue(people(callback=offer())).hears(now).action, Enqueue)


@pytest.mark.parametrize("heard", [Nothing(), Keys(digits="2"), Keys(digits="0"), Keys(digits="", ended=True)])
def test_whoever_does_not_accept_waits_at_once(heard: Nothing | Keys) -> None:
    call = offered().hears(heard)
    assert isinstance(call.action, Enqueue)
    assert call.said == ["You are number {position}. The wait is {wait}."]


def test_the_calling_number_is_confirmed_and_the_place_is_kept() -> None:
    call = offered().presses("1")
    assert call.said == ["We call {number}. 1 yes, 2 another."]
    assert last_values(call) == {"number": Digits(digits="4045550123")}
    assert call.presses("1").action == KeepPlace(queue=JOINS, number=MOBILE, place=True)
    call.hears(Kept(reference="CB7"))
    assert isinstance(call.action, HangUp)
    assert last_values(call) == {"reference": Digits(digits="CB7")}
    assert call.path[-1] == "call back asked for"
    assert MOBILE[2:] not in "".join(call.path)


def test_another_number_may_be_given_and_is_said_back() -> None:
    call = offered().presses("1", "2")
    assert call.said == ["Which number?"]
    call.presses("7705550199#")
    assert last_values(call) == {"number": Digits(digits="7705550199")}
    assert call.presses("1").action == KeepPlace(queue=JOINS, number="+17705550199", place=True)


@pytest.mark.parametrize("number", ["", "anonymous"])
def test_whoever_hides_their_number_is_asked_for_one(number: str) -> None:
    assert offered(number=number).presses("1").said == ["Which number?"]


def test_a_protected_members_number_is_not_read_out() -> None:
    assert offered(member=HIDDEN).presses("1").said == ["Which number?"]


def test_a_number_that_is_not_called_is_refused_and_another_may_be_given() -> None:
    call = offered().presses("1", "1").hears(Kept(reference=""))
    assert call.said == ["We cannot call that number.", "Which number?"]
    call.presses("7705550199#", "1").hears(Kept(reference=""))
    call.presses("7705550198#", "1").hears(Kept(reference=""))
    assert isinstance(call.action, Enqueue)
    assert call.said[0] == "We cannot call that number."


def test_what_is_no_telephone_number_is_asked_again() -> None:
    assert offered().presses("1", "2", "12#").said == ["[wrong]", "Which number?"]


def test_whoever_falls_silent_there_waits_in_the_queue() -> None:
    call = offered().presses("1").waits()
    assert call.said == ["[silent]", "We call {number}. 1 yes, 2 another."]
    assert isinstance(call.waits(2).action, Enqueue)


def test_zero_there_is_the_queue_and_a_star_goes_back() -> None:
    assert isinstance(offered().presses("1", "0").action, Enqueue)
    call = entered(plan(), "main").presses("2", "0").hears(LONG)
    assert call.presses("1", "*").at == "main"


# --- leave: a call back when the queue opens --------------------------------------------------------


def left(**call: object) -> Call:
    return Call(document({"leave": leave()}), **call)  # type: ignore[arg-type]


def test_out_of_hours_a_call_back_is_noted_without_a_place() -> None:
    call = left().presses("1")
    assert call.action == KeepPlace(queue=JOINS, number=MOBILE, place=False)
    call.hears(Kept(reference="CB8"))
    assert (call.at, call.said) == ("bye", ["Noted. Your reference is {reference}.", "Goodbye."])


def test_a_caller_who_gives_no_number_goes_on() -> None:
    assert left().waits(3).at == "bye"
    assert "no number to call back" in left().waits(3).path


def test_a_person_may_still_be_asked_for() -> None:
    assert left().presses("0").action == AskQueue(queue=JOINS)


# --- other agencies and the end ---------------------------------------------------------------------


def test_another_agencys_number_is_read_out_and_dialled() -> None:
    call = entered(plan(), "medicare")
    assert isinstance(call.action, Dial)
    assert (call.action.number, last_values(call)) == ("1-800-633-4227", {"number": Digits(digits="8006334227")})


def test_when_nobody_answers_there_the_caller_is_back() -> None:
    call = entered(plan(), "medicare").hears(Keys(digits=""))
    assert call.at == "main"
    assert "Medicare: no answer" in call.path


def test_an_agencys_number_that_is_none_of_the_telephone_network_is_read_as_it_is() -> None:
    call = Call(document({"agency": Outside(number="411", say=say("Call {number}."))}))
    assert last_values(call) == {"number": Digits(digits="411")}


def test_a_goodbye_is_the_end() -> None:
    call = Call(document({"end": Goodbye(say=say("Bye."))}))
    assert isinstance(call.action, HangUp)
    assert call.said == ["Bye."]
