"""Self-service, told as calls."""

from __future__ import annotations

from datetime import date, time

import pytest
from calls import CHILD, HIDDEN, ROSE, Call, entered
from documents import document, identify, plan, say

from ivr.dialog.actions import Ask, AskQueue, Find, Found, Keys, Listen, MemberFacts, Nothing, Prove, Proved, Served
from ivr.document.model import AnyStep, Collect, Menu, Option, Reply, Serve
from ivr.speaking.values import AnyValue, Clock, Count, Day, Digits, Minutes, Money, Words

RIGHT, WRONG, NOTHING = Proved(result="right"), Proved(result="wrong"), Proved(result="nothing")
PERSON = AskQueue(queue="member_services")


def serve(service: str = "next_payment", **fields: object) -> Serve:
    given: dict[str, object] = {
        "service": service,
        "about": "Next payment",
        "identify": "identify",
        "outcomes": {"known": Reply(say=say("{amount} on {date}."), next="main")},
        "unverified": "bye",
        **fields,
    }
    return Serve(**given)  # type: ignore[arg-type]


def asked(service: str = "next_payment", **fields: object) -> Call:
    steps: dict[str, AnyStep] = {
        "serve": serve(service, **fields),
        "identify": identify(verified="bye", unverified="main"),
    }
    return Call(document(steps), member=None)


def proved(member: MemberFacts = ROSE, *, way: str = "pin", service: str = "next_payment", authority: str = "") -> Call:
    call = asked(service).presses("42#").hears(Found(member=member, authority=authority))
    return call.hears(RIGHT) if way == "pin" else call.hears(NOTHING, RIGHT)


def test_whoever_is_not_verified_is_sent_to_identify_themselves_and_comes_back() -> None:
    call = asked()
    assert (call.at, call.said) == ("identify", ["Member number?"])
    call.presses("42#").hears(Found(member=ROSE), RIGHT)
    assert call.action == Ask(service="next_payment", inputs={})
    assert (call.at, call.state.return_to) == ("serve", ())


def test_the_answer_is_said_and_kept() -> None:
    call = proved().hears(
        Served(outcome="known", values={"amount": Money(cents=120050), "date": Day(day=date(2026, 12, 1))})
    )
    assert call.said[:2] == ["{amount} on {date}.", "Main menu."]
    assert call.state.texts == {"amount": "120050", "date": "2026-12-01"}
    assert call.path[-1] == "Next payment: known"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Money(cents=5), "5"),
        (Day(day=date(2026, 1, 2)), "2026-01-02"),
        (Clock(time=time(8, 5)), "08:05"),
        (Count(number=3), "3"),
        (Minutes(minutes=4), "4"),
        (Digits(digits="007"), "007"),
        (Words(texts={"en": "a form", "es": "un formulario"}), "a form"),
        (Words(texts={"": "Rose Lane"}), "Rose Lane"),
    ],
)
def test_every_value_has_a_text_for_services_and_conditions(value: AnyValue, text: str) -> None:
    call = proved().hears(Served(outcome="known", values={"amount": value, "date": value}))
    assert call.state.texts["amount"] == text


def test_who_still_is_not_verified_goes_on_elsewhere() -> None:
    assert asked().presses("#").at == "bye"
    assert asked().presses("42#").hears(Found(member=ROSE), WRONG, WRONG, WRONG).at == "bye"
    assert asked(identify="").at == "bye"


def test_a_dangerous_step_asks_for_more_than_knowledge() -> None:
    call = proved(way="knowledge", service="change_address")
    assert (call.at, call.learnt.verification) == ("bye", "knowledge")


def test_who_is_known_by_knowledge_is_asked_for_the_pin_only() -> None:
    steps: dict[str, AnyStep] = {
        "first": serve("form_arrived", outcomes={"yes": Reply(next="second")}),
        "second": serve("change_address"),
        "identify": identify(),
    }
    call = Call(document(steps)).presses("42#").hears(Found(member=ROSE), NOTHING, RIGHT, Served(outcome="yes"))
    assert isinstance(call.action, Prove)
    assert (call.action.way, call.said) == ("pin", ["PIN?"])
    assert call.hears(RIGHT).action == Ask(service="change_address", inputs={})


def test_who_turns_back_on_the_way_may_come_again_and_is_asked_again() -> None:
    """An interrupted identification is no failed one."""
    steps: dict[str, AnyStep] = {
        "menu": Menu(say=say("Menu."), options={"1": Option(about="Payment", next="serve")}),
        "serve": serve(),
        "identify": identify(),
    }
    call = Call(document(steps)).presses("1", "*")
    assert (call.at, call.state.return_to) == ("menu", ())
    assert call.presses("1").at == "identify"


def test_a_service_for_everybody_asks_for_nothing() -> None:
    call = entered(plan(), "hours", member=HIDDEN)
    assert call.action == Ask(service="office_hours", inputs={})


def test_a_service_that_nobody_has_named_asks_for_the_most() -> None:
    assert asked("something new").at == "identify"
    assert proved(way="knowledge", service="something new").at == "bye"


def test_a_protected_member_is_served_by_a_person_only() -> None:
    call = proved(HIDDEN)
    assert call.action == PERSON
    assert "Next payment: by a person only" in call.path


def test_before_the_proof_nothing_shows_that_a_member_is_protected() -> None:
    hidden, shown = (asked().presses("42#").hears(Found(member=member)) for member in (HIDDEN, ROSE))
    assert hidden.action == shown.action


def test_a_minor_has_no_self_service_not_even_through_a_custodian() -> None:
    assert proved(CHILD, authority="a7").action == PERSON
    levels = {"next_payment": "number_match"}
    call = Call(document({"serve": serve()}), member=CHILD, levels=levels)  # type: ignore[arg-type]
    assert call.at == "bye"


def test_a_service_gets_what_was_collected() -> None:
    steps: dict[str, AnyStep] = {
        "collect": Collect(name="form", kind="digits", say=say("Form?"), next="serve"),
        "serve": serve("office_hours", using={"form": "{form}", "kind": "paper", "other": "{nothing}"}),
    }
    call = Call(document(steps)).presses("12#")
    assert call.action == Ask(service="office_hours", inputs={"form": "12", "kind": "paper", "other": ""})


@pytest.mark.parametrize("outcome", ["", "something else"])
def test_a_service_that_fails_is_apologised_for_and_a_person_helps(outcome: str) -> None:
    call = proved().hears(Served(outcome=outcome))
    assert call.action == PERSON
    assert [line.prompt.texts["en"] for line in call.state.pending] == ["[sorry]"]
    assert "Next payment: failed" in call.path


def test_a_service_may_refuse_this_caller_itself() -> None:
    assert proved().hears(Served(outcome="unverified")).at == "bye"


@pytest.mark.parametrize("heard", [Nothing(), Keys(digits="1"), Found(member=ROSE)])
def test_what_is_no_answer_of_a_service_is_a_failure_of_it(heard: Nothing | Keys | Found) -> None:
    assert proved().hears(heard).action == PERSON


def test_what_was_said_before_a_service_is_said_with_its_answer() -> None:
    steps: dict[str, AnyStep] = {
        "serve": serve("office_hours", outcomes={"told": Reply(say=say("From 8."), next="main")})
    }
    call = Call(document({**steps}))
    assert call.hears(Served(outcome="told")).said == ["From 8.", "Main menu.", "For Anything"]
    assert isinstance(call.action, Listen)


def test_the_number_is_looked_up_as_it_was_keyed() -> None:
    assert asked().presses("0042#").action == Find(number="0042")
