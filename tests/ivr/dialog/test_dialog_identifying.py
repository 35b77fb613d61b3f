"""Who calls, told as calls."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from calls import CHILD, HIDDEN, PAUL, ROSE, Call
from documents import document, identify, option, plan, prompt, say
from msgspec.structs import replace

from ivr.dialog.actions import AskQueue, Find, Found, Keys, Listen, MemberFacts, Play, Prove, Proved, Served
from ivr.document.model import AnyStep, Collect, Menu, Reply, Serve, Tries
from ivr.speaking.values import Digits, Money

RIGHT, WRONG, NOTHING = Proved(result="right"), Proved(result="wrong"), Proved(result="nothing")


def asked(member: MemberFacts | None = None, **fields: Any) -> Call:
    """Asked for the member number; verified and unverified callers go on to the main menu."""
    return Call(document({"identify": identify(**fields)}), member=member)


def found(member: MemberFacts = ROSE, authority: str = "", **fields: Any) -> Call:
    return asked(**fields).presses("1234566#").hears(Found(member=member, authority=authority))


def test_a_number_and_its_pin_verify_the_member() -> None:
    call = asked()
    assert call.said == ["Member number?"]
    assert call.presses("1234566#").action == Find(number="1234566")
    call.hears(Found(member=ROSE))
    assert isinstance(call.action, Prove)
    assert (call.action.way, call.said, call.learnt.verification) == ("pin", ["PIN?"], "none")
    call.hears(RIGHT)
    assert (call.at, call.learnt.member, call.learnt.verification) == ("main", ROSE, "pin")
    assert call.path == ("member number entered", "PIN right")


def test_who_presses_only_the_pound_key_goes_on_unverified() -> None:
    call = asked().presses("#")
    assert (call.at, call.learnt.verification) == ("main", "none")


def test_the_calling_number_alone_proves_nothing() -> None:
    call = asked(member=ROSE)
    assert (call.learnt.member, call.learnt.verification) == (ROSE, "number_match")
    assert call.said == ["Member number?"]


def test_an_entered_number_replaces_the_number_match_and_is_not_yet_proof() -> None:
    call = asked(member=ROSE).presses("42#").hears(Found(member=PAUL))
    assert (call.learnt.member, call.learnt.verification) == (PAUL, "none")
    assert asked(member=ROSE).presses("42#").hears(Found(member=ROSE)).learnt.verification == "number_match"


def test_another_number_takes_back_what_was_proved_and_what_was_told() -> None:
    steps: dict[str, AnyStep] = {
        "form": Collect(name="form", kind="digits", say=say("Form?"), next="payment"),
        "payment": Serve(
            service="next_payment",
            identify="identify",
            outcomes={"known": Reply(say=say("{amount}."), next="identify")},
        ),
        "identify": identify(),
    }
    call = Call(document(steps)).presses("7#").presses("42#").hears(Found(member=ROSE), RIGHT)
    call.hears(Served(outcome="known", values={"amount": Money(cents=100)}))
    assert set(call.state.values) == set(call.state.texts) == {"form", "amount"}
    call.presses("43#").hears(Found(member=PAUL))
    assert (call.learnt.member, call.learnt.verification) == (PAUL, "none")
    assert set(call.state.values) == set(call.state.texts) == {"form"}


def test_what_an_option_kept_is_still_there_for_another_number_but_not_what_a_service_told_by_that_name() -> None:
    steps: dict[str, AnyStep] = {
        "menu": Menu(options={"1": replace(option("Refund", "identify"), value={"form": "refund", "slot": ""})}),
        "identify": identify(verified="offer"),
        "offer": Serve(service="office_hours", outcomes={"told": Reply(next="identify")}),
    }
    call = Call(document(steps)).presses("1", "42#").hears(Found(member=ROSE))
    assert call.state.texts == {"form": "refund", "slot": ""}
    call.hears(RIGHT, Served(outcome="told", values={"slot": Digits(digits="7")}))
    assert call.state.texts == {"form": "refund", "slot": "7"}
    call.presses("43#").hears(Found(member=PAUL))
    assert (call.state.texts, call.state.values) == ({"form": "refund"}, {})


def test_an_unknown_number_is_asked_again_and_ends_at_a_person() -> None:
    call = asked()
    for _ in range(2):
        call.presses("1#").hears(Found(member=None))
        assert call.said == ["Not found. Member number?"]
    call.presses("1#").hears(Found(member=None))
    assert call.action == AskQueue(queue="member_services")
    assert call.path.count("member number not found") == 3


def test_silence_at_the_number_asks_again_and_ends_at_a_person() -> None:
    call = asked().waits()
    assert call.said == ["[silent]", "Member number?"]
    assert call.waits(2).action == AskQueue(queue="member_services")


def test_a_lone_zero_reaches_a_person_and_a_star_asks_again_slowly() -> None:
    assert asked().presses("0").action == AskQueue(queue="member_services")
    call = asked().presses("*")
    assert (call.said, call.state.slow) == (["Member number?"], True)


def test_three_wrong_proofs_lead_on_unverified() -> None:
    call = found().hears(WRONG)
    assert call.said == ["Wrong. PIN?"]
    call.hears(WRONG, WRONG)
    assert (call.at, call.learnt.verification) == ("main", "none")
    assert call.said[0] == "[over]"
    assert call.path[-1] == "not verified"


def test_a_locked_member_is_told_so_and_goes_on_unverified() -> None:
    call = found().hears(Proved(result="locked"))
    assert (call.at, call.learnt.verification, call.said[0]) == ("main", "none", "[locked]")


def test_who_has_no_pin_is_offered_the_other_proof() -> None:
    call = found().hears(NOTHING)
    assert isinstance(call.action, Prove)
    assert (call.action.way, call.said) == ("knowledge", ["Last four?"])
    assert [line.prompt.texts["en"] for line in call.action.then] == ["Birth date?"]
    assert call.hears(RIGHT).learnt.verification == "knowledge"


def test_who_has_neither_is_asked_again_and_goes_on_unverified() -> None:
    call = found().hears(NOTHING, NOTHING)
    assert call.said == ["[silent]", "Last four?"]
    assert call.hears(WRONG).said == ["Wrong. Last four?"]
    assert call.hears(NOTHING).at == "main"


def test_where_only_the_pin_is_taken_silence_asks_for_it_again() -> None:
    call = found(ways=("pin",)).hears(NOTHING)
    assert call.said == ["[silent]", "PIN?"]


def test_failures_count_over_both_proofs() -> None:
    call = found(ways=("knowledge", "pin")).hears(WRONG, WRONG, NOTHING)
    assert isinstance(call.action, Prove)
    assert call.action.way == "pin"
    assert call.hears(WRONG).at == "main"


@pytest.mark.parametrize(("result", "at"), [("person", "people"), ("back", "identify")])
def test_zero_and_star_work_where_a_secret_is_asked_for(result: Literal["person", "back"], at: str) -> None:
    assert found().hears(Proved(result=result)).at == at


def test_who_acts_for_a_member_proves_it_by_a_code_of_their_own() -> None:
    call = found(authority="a7", ways=("knowledge", "pin"))
    assert isinstance(call.action, Prove)
    assert (call.action.way, call.learnt.authority) == ("pin", "")  # not before it is proved
    call.hears(RIGHT)
    assert (call.learnt.member, call.learnt.authority, call.learnt.verification) == (ROSE, "a7", "pin")
    assert call.path == ("access number entered", "access code right")


def test_no_authority_comes_of_a_wrong_code() -> None:
    call = found(authority="a7").hears(WRONG, WRONG, WRONG)
    assert (call.learnt.authority, call.learnt.verification) == ("", "none")


def test_a_proof_as_representative_is_none_for_the_member_themselves() -> None:
    call = found(authority="a7", verified="identify").hears(RIGHT).presses("42#").hears(Found(member=ROSE))
    assert (call.learnt.authority, call.learnt.verification) == ("", "none")


def test_a_minors_account_leads_elsewhere_at_once_and_for_a_custodian_after_the_proof() -> None:
    call = found(CHILD, minor="bye")
    assert (call.at, call.learnt.verification) == ("bye", "none")
    call = found(CHILD, authority="a7", minor="bye")
    assert isinstance(call.action, Prove)
    assert call.hears(RIGHT).at == "bye"
    assert call.learnt.verification == "pin"


def test_a_protected_member_is_verified_like_any_other() -> None:
    assert found(HIDDEN).hears(RIGHT).learnt.verification == "pin"


def test_an_entered_number_does_not_show_whose_it_is_before_the_proof() -> None:
    number = (*say("Member number?"), *say("Hello {first_name}."))
    call = asked(pin=(*say("PIN?"), *say("Hello {first_name}.")), number=number)
    assert call.presses("42#").hears(Found(member=ROSE)).said == ["PIN?"]


def test_a_failure_of_ours_is_no_fault_of_the_callers() -> None:
    call = asked().presses("42#").hears(Served(outcome=""))
    assert call.action == AskQueue(queue="member_services")
    assert call.state.pending[0].prompt.texts["en"] == "[sorry]"


def test_a_step_may_have_words_of_its_own_for_silence_wrong_input_and_the_end() -> None:
    own = Tries(most=2, silent=say("Hello?"), wrong=say("Hm."), over=say("Enough."), next="bye")
    assert asked(tries=own).waits().said == ["Hello?", "Member number?"]
    assert asked(tries=own).presses("1*").said == ["Hm.", "Not found. Member number?"]
    assert asked(tries=own).waits(2).said == ["Enough.", "Goodbye."]


def test_before_a_secret_nothing_that_was_pressed_is_kept() -> None:
    call = found(pin=(prompt("Now your PIN.", barge=False), *say("PIN?")))
    assert isinstance(call.action, Play)
    assert not call.action.ahead
    call.hears(Keys(digits="4711"))
    assert isinstance(call.action, Prove)
    assert call.state.typed == ""


def test_the_number_is_listened_for_without_speech() -> None:
    call = asked()
    assert isinstance(call.action, Listen)
    assert call.action.words is None


def test_a_proof_that_nobody_asked_for_verifies_nobody() -> None:
    call = Call(plan(), member=ROSE).hears(RIGHT, RIGHT, RIGHT, RIGHT)
    assert call.learnt.verification == "number_match"
