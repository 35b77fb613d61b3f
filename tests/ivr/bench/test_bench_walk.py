"""A call without a telephone goes as it would with one: keys, speech, silence, facts in place of the world."""

from __future__ import annotations

from datetime import timedelta

import pytest
from benched import ROSE, SUNDAY, a_menu, heard, walk

from core.errors import Problem
from ivr.bench.doings import AtAgency, CallerEnded, HangsUp, InQueue, MenuEnded, Presses, Says, SetsClock, Waits
from ivr.bench.facts import CallBacks, Facts, Person, Representative, Unsaid
from ivr.bench.walk import KEY_S, SAYING_S, Walk
from ivr.dialog.actions import Listen, Play, Prove, QueueNow, Served
from ivr.speaking.values import Day, Money

DUE = Served(outcome="scheduled", values={"amount": Money(cents=120050), "day": Day(day=SUNDAY.date())})
PAID = Facts(members={"10000023": ROSE}, services={"next_payment": (DUE,)})


# --- the beginning


def test_the_language_is_chosen_for_the_caller_where_it_is_given() -> None:
    assert walk(language="es").learnt.language == "es"
    asked = walk(language="")
    assert heard(asked)[-1] == "Para español, oprima el número 2."
    asked.do(Presses("2"))
    assert asked.learnt.language == "es"


def test_the_notice_heard_to_its_end_is_consent() -> None:
    call = walk()
    assert isinstance(call.question, Play)
    call.do(Waits())
    assert (call.learnt.consent, heard(call)[0]) == ("given", "Main menu.")
    assert walk(Says("nothing that matters")).learnt.consent == "given"


def test_the_key_that_refuses_cuts_it_short_and_nobody_listens_to_speech_then() -> None:
    call = walk(Presses("9"))
    assert call.learnt.consent == "refused"
    call.do(Says("my payment"))
    assert (call.at, heard(call)[0]) == ("main", "I did not hear anything.")


def test_what_is_heard_before_a_key_belongs_to_what_was_done_before() -> None:
    call = walk(Presses("3"))
    before, after = call.turns
    assert "Main menu." in [each.text for each in before.heard]
    assert [each.text for each in after.heard] == ["I am sorry for your loss. I will connect you at once."]


def test_a_calling_number_of_one_member_is_recognised_and_of_two_is_not() -> None:
    assert walk(calls_from="(404) 555-0123").learnt.verification == "number_match"
    twins = Facts(members={"10000023": ROSE, "10000031": Person(telephone="404-555-0123")})
    assert walk(calls_from="404-555-0123", facts=twins).learnt.member is None


# --- keys and words


def test_keys_that_are_left_over_answer_the_next_question() -> None:
    call = walk(Presses("110000023#1234#"), facts=PAID)
    assert (call.learnt.verification, heard(call)[-1]) == ("pin", "For Medicare press 4.")
    assert any("one thousand two hundred dollars and fifty cents" in text for text in heard(call))


def test_a_phrase_is_understood_alone_and_in_a_sentence() -> None:
    for text in ("my payment", "My payment!", "well, I'd like to check my payment please"):
        assert walk(Says(text)).at == "identify", text
    assert walk(Says("mi pago"), language="es").at == "identify"
    assert walk(Says("the weather")).at == "main"
    assert walk(Says("give me a representative")).over == InQueue("member_services")


def test_what_is_mumbled_or_means_two_things_is_asked_back() -> None:
    for doing, phrase in ((Says("my payment", clearly=False), "my payment"), (Says("my payment and a form"), "a form")):
        call = walk(doing)
        assert (call.at, heard(call)) == ("main", [phrase, "For yes, press 1. For no, press 2."])
        call.do(Says("yes"))
        assert call.at in ("identify", "form-number")


SPOKEN = """\
what:
  step: collect
  name: what
  kind: {kind}
  say: {{en: What?}}
  confirm: {{en: "{{value}}."}}
  speech: true
  next: people
"""


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("digits", "one 2 oh", "one two zero."),
        ("date", "2026-12-01", "Tuesday, December first, twenty twenty-six."),
        ("date", "1 2 0 1 2 0 2 6", "Tuesday, December first, twenty twenty-six."),
        ("amount", "$1,250.50", "one thousand two hundred fifty dollars and fifty cents."),
        ("amount", "12", "twelve dollars."),
        ("phone", "404 555 0123", "four zero four, five five five, zero one two three."),
        ("yes_no", "Yes, please", "yes."),
        ("yes_no", "no", "no."),
    ],
)
def test_what_is_said_is_taken_as_the_kind_that_is_asked_for(kind: str, text: str, said: str) -> None:
    notice = "notice: {step: consent, say: {en: We record.}, refuse: 9, next: what}\n"
    call = walk(Waits(), Says(text), document=a_menu(notice + SPOKEN.format(kind=kind)))
    assert heard(call)[0] == said


@pytest.mark.parametrize("text", ["nobody", "seven", "2026-13-01"])
def test_what_is_none_of_the_kind_is_not_understood(text: str) -> None:
    notice = "notice: {step: consent, say: {en: We record.}, refuse: 9, next: what}\n"
    kind = "yes_no" if "no" in text else "date"
    call = walk(Waits(), Says(text), document=a_menu(notice + SPOKEN.format(kind=kind)))
    assert heard(call) == ["That is not one of the choices.", "What?"]


def test_who_does_nothing_comes_to_a_person() -> None:
    call = walk(Waits(), Waits(), Waits(), Waits())
    assert call.over == InQueue("member_services")
    assert call.learnt.path[-2:] == ("Main menu: too many tries", "member-services")


def test_keys_that_are_too_few_are_an_answer_after_a_wait() -> None:
    call = walk(Presses("2"))
    before = call.now
    assert isinstance(call.question, Listen)
    call.do(Presses("7"))
    assert heard(call)[0] == "You entered seven."
    assert call.now - before > timedelta(seconds=KEY_S + 6)


# --- who calls


def test_a_proof_of_two_parts_is_entered_in_two_lines_or_one() -> None:
    who = """\
who:
  step: identify
  number: {en: Number?}
  number_again: {en: Again?}
  pin: {en: PIN?}
  pin_again: {en: PIN again?}
  ssn: {en: Last four?}
  birth: {en: Birth date?}
  knowledge_again: {en: Last four again?}
  ways: [knowledge]
  verified: people
  unverified: people
"""
    call = walk(Presses("10000023#"), Presses("6789"), document=a_menu(who))
    assert isinstance(call.question, Prove)
    assert heard(call) == ["Birth date?"]
    call.do(Presses("11241950#"))
    assert call.learnt.verification == "knowledge"
    assert walk(Presses("10000023#6789#11241950#"), document=a_menu(who)).learnt.verification == "knowledge"
    again = walk(Presses("10000023#"), Presses("6789"), Presses("11251950"), document=a_menu(who))
    assert heard(again) == ["Last four again?"]
    assert heard(walk(Presses("10000023#"), Presses("6789"), Waits(), document=a_menu(who)))[-1] == "Last four?"


def test_zero_and_star_leave_a_secret() -> None:
    assert walk(Presses("1"), Presses("10000023#"), Presses("0")).over == InQueue("member_services")
    assert walk(Presses("1"), Presses("10000023#"), Presses("*")).at == "main"


def test_a_representative_enters_their_own_number_and_code() -> None:
    acting = Representative(member="10000023", code="4711")
    facts = Facts(members={"10000023": ROSE}, representatives={"700015": acting}, services=PAID.services)
    call = walk(Presses("1"), Presses("700015#"), Presses("1234#"), facts=facts)
    assert (call.learnt.authority, heard(call)) == (
        "",
        ["That did not match. Enter your PIN again, then the pound key."],
    )
    call.do(Presses("4711#"))
    assert (call.learnt.authority, call.learnt.verification) == ("700015", "pin")


def test_a_lock_may_be_there_before_or_come_with_the_wrong_proofs() -> None:
    locked = "For your security, I cannot check your identity"
    before = Facts(members={"10000023": Person(pin="1234", locked=0)})
    assert locked in heard(walk(Presses("1"), Presses("10000023#"), Presses("1234#"), facts=before))[0]
    later = Facts(members={"10000023": Person(pin="1234", locked=1)})
    call = walk(Presses("1"), Presses("10000023#"), Presses("1#"), facts=later)
    assert heard(call) == ["That did not match. Enter your PIN again, then the pound key."]
    call.do(Presses("1234#"))
    assert locked in heard(call)[0]


def test_a_member_without_a_pin_proves_nothing_with_any() -> None:
    call = walk(Presses("1"), Presses("10000023#"), Presses("#"), facts=Facts(members={"10000023": Person()}))
    assert call.learnt.verification == "none"


def test_a_protected_member_is_not_named() -> None:
    hello = "hello: {step: announce, say: {en: 'Hello {first_name}.'}, next: people}\n"
    facts = Facts(members={"1": ROSE})
    assert heard(walk(document=a_menu(hello), facts=facts, calls_from="4045550123"))[0] == "Hello Rose."
    hidden = Facts(members={"1": Person(first_name="Rose", telephone="404-555-0123", protected=True)})
    assert heard(walk(document=a_menu(hello), facts=hidden, calls_from="4045550123")) == ["I will connect you."]


# --- what is asked


def test_a_service_answers_in_order_and_then_the_same_again() -> None:
    suspended = Served(outcome="suspended")
    facts = Facts(members={"10000023": ROSE}, services={"next_payment": (DUE, suspended)})
    call = walk(Presses("1"), Presses("10000023#"), Presses("1234#"), facts=facts)
    assert call.at == "main"
    call.do(Presses("1"))
    assert call.over == InQueue("member_services")


def test_a_service_of_which_nothing_is_said_is_named() -> None:
    with pytest.raises(Unsaid, match="'next_payment' is asked, and the facts say nothing of it") as unsaid:
        walk(Presses("1"), Presses("10000023#"), Presses("1234#"))
    assert unsaid.value.service == "next_payment"


def test_a_long_wait_is_told_and_a_call_back_kept_or_refused() -> None:
    busy = {"member_services": QueueNow(wait_s=720, position=3)}
    call = walk(Presses("0"), facts=Facts(queues=busy), calls_from="404-555-0123")
    assert "about twelve minutes" in heard(call)[-1]
    call.do(Presses("1"))
    call.do(Presses("1"))
    assert (call.over, heard(call)) == (MenuEnded(), ["We will call you. Your reference is C B seven. Goodbye."])
    refused = Facts(queues=busy, callbacks=CallBacks(refused=("404-555-0123",)))
    call = walk(Presses("0"), Presses("1"), Presses("1"), facts=refused, calls_from="404-555-0123")
    assert heard(call)[0] == "We cannot call that number."
    call.do(Presses("4045550199#"))
    call.do(Presses("1"))
    assert call.over == MenuEnded()


def test_another_agency_answers_or_does_not() -> None:
    assert walk(Presses("4")).over == AtAgency("18006334227")
    assert walk(Presses("4"), facts=Facts(unanswered=("1-800-633-4227",))).over == InQueue("member_services")


def test_closures_and_closed_queues_lead_elsewhere() -> None:
    ice = Facts(announced={"": {"en": "Closed because of ice."}})
    assert "Closed because of ice." in heard(walk(Presses("0"), facts=ice))
    assert walk(Presses("0"), facts=Facts(queues={"member_services": QueueNow(closed=True)})).at == "leave-number"


# --- the clock and the end


def test_the_clock_goes_on_by_what_is_said_and_done() -> None:
    small = a_menu(
        "main:\n  step: menu\n  say: {en: One two three.}\n  speech: true\n"
        "  options:\n    1: {about: One, phrases: {en: one}, next: people}\n  tries: {wait_s: 5}\n"
    )
    call = walk(document=small)
    arrived = call.turns[0].at
    prompt = sum(each.seconds for each in call.turns[0].heard)
    assert call.now == arrived + timedelta(seconds=prompt)
    call.do(Waits())
    told = sum(each.seconds for each in call.turns[1].heard)
    assert call.now == arrived + timedelta(seconds=prompt + 5 + told)
    call.do(Presses("*"))
    slower = call.turns[2].heard[-1]
    assert slower.slow
    assert slower.seconds == pytest.approx(prompt / small.slow)
    before = call.now
    call.do(Says("one"))  # nobody has agreed to be listened to: it is a wait, and whoever is slow has twice the time
    assert call.now > before + timedelta(seconds=SAYING_S + 10)


def test_the_clock_can_be_set_in_the_middle() -> None:
    call = walk(Waits(), SetsClock(SUNDAY), Presses("0"))
    assert call.local.replace(tzinfo=None) >= SUNDAY
    assert heard(call)[0] == "Our office is closed. We are here Monday to Friday from 8 to 5."


def test_it_arrives_at_the_time_of_the_document_s_zone() -> None:
    assert walk().turns[0].at.isoformat() == "2026-11-24T15:00:00+00:00"
    assert "Our office is closed. We are here Monday to Friday from 8 to 5." in heard(_heard_out(walk(now=SUNDAY)))


def _heard_out(call: Walk) -> Walk:
    assert call.listen_on()
    return call


def test_after_the_end_nothing_can_be_done() -> None:
    call = walk(Waits(), HangsUp())
    assert call.over == CallerEnded()
    with pytest.raises(Problem, match="the call is over"):
        call.do(Presses("1"))
