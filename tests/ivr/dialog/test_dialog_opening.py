"""How a call begins, told as calls: greeting, language, notice of recording, branches."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from calls import CHILD, HIDDEN, NIGHT, NOON, PAUL, ROSE, Call, entered
from documents import document, plan, prompt, say

from ivr.dialog.actions import HangUp, Keys, Listen, MemberFacts, Play, Served
from ivr.document.model import Announce, AnyStep, Branch, Case, Choose, Condition, Consent, Goodbye
from records.contact import Verification

# --- announcements and the greeting ---------------------------------------------------------------


def test_announcements_are_said_with_the_next_question() -> None:
    steps = {"one": Announce(say=say("One."), next="two"), "two": Announce(say=say("Two."), next="main")}
    call = Call(document(steps))
    assert isinstance(call.action, Listen)
    assert call.said == ["One.", "Two.", "Main menu.", "For Anything"]


def test_a_known_number_is_greeted_by_name() -> None:
    assert "Hello {first_name}." in Call(plan(), member=ROSE).said


@pytest.mark.parametrize("member", [None, HIDDEN, CHILD, MemberFacts(member_id="m9")])
def test_the_name_is_left_out_where_there_is_none_to_be_said(member: MemberFacts | None) -> None:
    """Nobody known, a protected member, a minor, no name on record: the prompt that names it is not said at all."""
    assert Call(plan(), member=member).said[0] == "Welcome."
    assert "Hello {first_name}." not in Call(plan(), member=member).said


def test_a_closure_in_force_is_announced_in_the_callers_language() -> None:
    call = Call(plan(), announced={"": {"en": "We are closed for the storm.", "es": "Cerrado."}})
    line = next(line for line in call.action.lines if "announcement" in line.values)  # type: ignore[union-attr]
    assert line.values["announcement"].texts == {"": "We are closed for the storm."}  # type: ignore[union-attr]
    assert "{announcement}" not in Call(plan()).said


# --- the language ---------------------------------------------------------------------------------


def test_each_language_is_offered_in_its_own() -> None:
    call = Call(plan())
    assert call.said[-2:] == ["For English, press 1.", "Para español, oprima 2. (es)"]
    assert call.presses("2").learnt.language == "es"
    assert call.said == ["This call is recorded. (es)"]
    assert call.path == ("Language: es",)


def test_whoever_presses_nothing_has_the_first_language() -> None:
    call = Call(plan()).waits()
    assert (call.learnt.language, call.at) == ("en", "consent")


def test_the_language_remembered_for_a_member_is_spoken_from_the_start() -> None:
    call = Call(plan(), member=PAUL)
    assert call.said[0] == "Welcome. (es)"
    assert call.waits().learnt.language == "es"


def test_a_remembered_language_that_is_not_spoken_here_is_not_used() -> None:
    assert Call(plan(), member=MemberFacts(member_id="m9", language="fr")).learnt.language == "en"


def test_no_such_language_is_asked_again_and_then_the_first_is_taken() -> None:
    call = Call(plan()).presses("7")
    assert (call.at, call.said[0]) == ("language", "[wrong]")
    assert call.presses("7", "7").at == "consent"


def test_one_prompt_for_all_languages_is_said_in_the_callers() -> None:
    choose = Choose(say=say("English 1, español 2."), keys={"1": "en", "2": "es"}, next="main")
    assert Call(document({"choose": choose})).said == ["English 1, español 2."]


# --- consent --------------------------------------------------------------------------------------


def at_notice() -> Call:
    return Call(plan()).waits()


def test_the_notice_is_played_to_its_end_and_only_the_key_to_refuse_stops_it() -> None:
    call = at_notice()
    assert isinstance(call.action, Play)
    assert (call.action.stop_keys, call.learnt.consent) == ("9", "pending")


def test_who_hears_the_notice_through_has_consented() -> None:
    call = at_notice().listens_through()
    assert (call.learnt.consent, call.at) == ("given", "main")


def test_who_refuses_is_served_all_the_same_without_speech() -> None:
    call = at_notice().presses("9")
    assert (call.learnt.consent, call.at) == ("refused", "main")
    assert call.said[0] == "Not recorded."
    assert isinstance(call.action, Listen)
    assert call.action.words is None
    assert "recording refused" in call.path


def test_a_refusal_is_not_undone_by_hearing_the_notice_again() -> None:
    steps = {
        "one": Consent(say=say("Recorded."), next="two"),
        "two": Consent(say=say("Recorded."), next="main"),
    }
    call = Call(document(steps)).presses("9")
    assert (call.at, call.learnt.consent) == ("main", "refused")


def test_anything_but_the_notices_end_leaves_consent_open() -> None:
    call = at_notice().hears(Served(outcome="known"))
    assert (call.learnt.consent, call.at) == ("pending", "main")
    assert isinstance(call.action, Listen)
    assert call.action.words is None


def test_a_document_without_a_key_to_refuse_does_not_take_the_end_for_a_refusal() -> None:
    call = Call(document({"consent": Consent(say=say("Recorded."), refuse="", next="main")})).listens_through()
    assert call.learnt.consent == "given"


# --- branches -------------------------------------------------------------------------------------


def takes(when: Condition, **call: object) -> bool:
    branch = Branch(cases=(Case(when=when, next="yes"),), otherwise="no")
    steps: dict[str, AnyStep] = {"branch": branch, "yes": Goodbye(say=say("Yes.")), "no": Goodbye(say=say("No."))}
    made = Call(document(steps), **call)  # type: ignore[arg-type]
    assert isinstance(made.action, HangUp)
    return made.at == "yes"


def test_hours_decide() -> None:
    assert takes(Condition(open="office"))
    assert not takes(Condition(open="office"), now=NIGHT)
    assert takes(Condition(closed="office"), now=NIGHT)
    assert takes(Condition(closed="no such hours"))


def test_days_are_those_of_the_documents_zone() -> None:
    late = datetime(2026, 10, 16, 2, tzinfo=UTC)  # still the 15th in New York
    assert takes(Condition(since=date(2026, 10, 15), until=date(2026, 10, 15)), now=late)
    assert not takes(Condition(since=date(2026, 10, 16)), now=late)
    assert not takes(Condition(until=date(2026, 10, 14)), now=late)


def test_closures_decide() -> None:
    storm = {"en": "Storm."}
    assert takes(Condition(announced=True), announced={"": storm})
    assert takes(Condition(announced=True), announced={"member_services": storm})
    assert takes(Condition(announced=False), announced={"survivors": storm})


def test_the_call_decides() -> None:
    assert takes(Condition(language="es"), member=PAUL)
    assert takes(Condition(dialled=("+18005550100",)), dialled="+18005550100")
    assert not takes(Condition(dialled=("+18005550100",)), dialled="+18005550199")
    assert not takes(Condition(value={"form": "7"}))


def test_the_member_decides() -> None:
    assert takes(Condition(known=True), member=ROSE)
    assert takes(Condition(known=False))
    assert takes(Condition(relation=("retiree", "survivor")), member=ROSE)
    assert not takes(Condition(relation=("active",)), member=ROSE)
    assert takes(Condition(minor=True), member=CHILD)
    assert takes(Condition(represented=False), member=ROSE)


@pytest.mark.parametrize(("wanted", "holds"), [("number_match", True), ("knowledge", False), ("pin", False)])
def test_a_recognised_number_is_the_lowest_level(wanted: Verification, holds: bool) -> None:
    assert takes(Condition(verified=wanted), member=ROSE) is holds


def test_nothing_shows_that_a_protected_member_was_recognised() -> None:
    for when in (
        Condition(known=True),
        Condition(relation=("retiree",)),
        Condition(verified="number_match"),
        Condition(protected=True),
    ):
        assert not takes(when, member=HIDDEN)


def test_everything_that_is_given_must_hold() -> None:
    assert takes(Condition(open="office", known=True), member=ROSE)
    assert not takes(Condition(open="office", known=True), member=ROSE, now=NIGHT)
    assert takes(Condition(), now=NOON)


def test_a_long_greeting_is_joined_to_the_notice() -> None:
    steps: dict[str, AnyStep] = {
        "hello": Announce(say=(prompt("Hello.", barge=False),), next="consent"),
        "consent": Consent(say=say("Recorded."), next="main"),
    }
    call = Call(document(steps))
    assert call.said == ["Hello.", "Recorded."]
    assert call.hears(Keys(digits="")).at == "main"


def test_entered_anywhere_a_step_works_by_itself() -> None:
    assert entered(plan(), "closed", now=NIGHT).said[0] == "We are closed."
