"""A call that was made becomes a test that goes the same way, with nothing in it that is the caller's own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from benched import LEVELS, PEACHTREE, WORKDAY
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from core.errors import Problem
from ivr.bench import golden, golden_text, samples
from ivr.bench.doings import Doing, HangsUp, InQueue, Presses, Says, Waits
from ivr.bench.facts import CallBacks, Facts, Given, Person, Representative
from ivr.bench.golden_file import read
from ivr.bench.replaying import Replayed, replayed
from ivr.bench.walk import Walk
from ivr.dialog.actions import Arrival, Heard, Keys, Learnt, Listen, QueueNow, Served, State
from ivr.document.model import Document
from ivr.document.reading import load
from ivr.self_service.catalogue import SPECS
from ivr.speaking.values import Day, Money
from ivr.walked import walked
from records.contact import AnyStep, Chose, Contact, Walked

NUMBER, PIN, CALLER = "20000046", "8317", "+14045559876"
AT = datetime(2026, 11, 24, 15, tzinfo=UTC)


class Recorded(Walk):
    """A call of which is kept what a session keeps."""

    def __init__(self, *arguments: Any) -> None:
        self.did: list[str] = []
        super().__init__(*arguments)

    def _go_on(self, heard: Heard) -> None:
        if did := walked(self.document, self.state, self._action, heard):
            self.did.append(did)
        super()._go_on(heard)


REAL = Person(first_name="Verna", pin=PIN, ssn="5521", birth=WORKDAY.date().replace(1947))
DUE = Served(outcome="scheduled", values={"amount": Money(cents=98765), "day": Day(day=WORKDAY.date())})
FACTS = Facts(members={NUMBER: REAL}, services={"next_payment": (DUE,)})


def recorded(*doings: Doing, facts: Facts = FACTS, document: Document = PEACHTREE, language: str = "en") -> Recorded:
    call = Recorded(document, Given(now=WORKDAY, calls_from=CALLER, language=language, facts=facts), LEVELS)
    for doing in doings:
        if call.over is None:
            call.do(doing)
    return call


def contact(call: Recorded, **facts: Any) -> Contact:
    """What is kept of the call, as `assist.contact_keeper` keeps it."""
    course: list[AnyStep] = [Chose(at=AT, option=option) for option in call.learnt.path]
    if call.did:
        course.append(Walked(at=AT, did=tuple(call.did)))
    told = Contact(
        contact_id="c1",
        call_id="v1",
        system="pbx",
        linkedid="1",
        channel="call",
        caller_number=CALLER,
        dialled="5001",
        started_at=AT,
        answered_at=None,
        ended_at=AT,
        member_id=call.learnt.member.member_id if call.learnt.member else None,
        verification=call.learnt.verification,
        consent=call.learnt.consent,
        handwritten=False,
        language=call.learnt.language,
        course=tuple(course),
        outcome="ivr_only",
        wait_s=None,
        talk_s=None,
        incomplete=False,
        speech_model="",
        menu_version=call.document.version,
        draft=None,
        corrected=None,
        confirmed=None,
        confirmed_at=None,
        confirmed_by=None,
    )
    return replace(told, **facts)


def again(call: Recorded, **facts: Any) -> Replayed:
    return replayed(contact(call, **facts), call.document, SPECS)


def doings(replay: Replayed) -> list[Doing]:
    return [turn.doing for turn in replay.walk.turns if turn.doing is not None]


def test_a_call_that_proved_who_it_is_goes_the_same_way_with_a_made_up_number_and_pin() -> None:
    call = recorded(Waits(), Presses("1"), Presses(f"{NUMBER}#"), Presses("1111#"), Presses(f"{PIN}#"), Presses("0"))
    assert call.did == [
        "language 1",
        "consent -",
        "main 1",
        "identify xxxxxxxx#",
        "identify =member",
        "identify =wrong",
        "identify =right",
        "payment =scheduled",
        "main 0",
        "member-services =,",
    ]
    replay = again(call)
    assert replay.notes == ()
    assert doings(replay) == [
        Presses("1"),
        Waits(),
        Presses("1"),
        Presses(f"{samples.MEMBER}#", entered=True),
        Presses(f"{samples.WRONG_PIN}#", entered=True),
        Presses(f"{samples.PIN}#", entered=True),
        Presses("0"),
    ]
    assert replay.walk.over == InQueue("member_services")
    assert replay.walk.learnt.path == call.learnt.path
    assert (replay.walk.given.now, replay.walk.given.dialled) == (WORKDAY, "5001")


def test_nothing_of_the_caller_is_in_the_record_nor_in_the_test() -> None:
    call = recorded(
        Waits(),
        Says("my payment"),
        Presses(f"{NUMBER}#"),
        Presses(f"{PIN}#"),
        Presses("2"),
        Presses("774#"),
        Presses("1"),
    )
    assert call.learnt.verification == "pin"
    text = golden_text.dump([again(call).test]) + " ".join(call.did)
    for own in (NUMBER, PIN, "Verna", "774", "9876", "987", "eight hundred", "1947"):
        assert own not in text, own


def test_speech_is_replayed_by_a_phrase_of_what_was_understood() -> None:
    call = recorded(Waits(), Says("blah blah"), Says("report a death, you know", clearly=False), Says("yes"))
    assert call.did[2:] == ["main ~", "main ?3", "main ~1", "survivors =,"]
    replay = again(call)
    assert doings(replay)[2:] == [
        Says("hm hm"),
        Says("report a death", clearly=False),
        Says("yes"),
    ]
    assert replay.walk.over == call.over


def test_representatives_locks_and_unknown_numbers_are_replayed() -> None:
    acting = {"700099": Representative(member=NUMBER, code="6006")}
    facts = replace(FACTS, representatives=acting)
    call = recorded(Waits(), Presses("1"), Presses("55#"), Presses("700099#"), Presses("6006#"), facts=facts)
    replay = again(call)
    assert (replay.notes, replay.walk.learnt.path) == ((), call.learnt.path)
    assert replay.walk.learnt.authority == samples.REPRESENTATIVE
    facts = Facts(members={NUMBER: replace(REAL, locked=1)})
    call = recorded(Waits(), Presses("1"), Presses(f"{NUMBER}#"), Presses("1#"), Presses(f"{PIN}#"), facts=facts)
    assert "identify =locked" in call.did
    assert again(call).walk.learnt.path == call.learnt.path


def test_call_backs_queues_and_agencies_are_replayed() -> None:
    busy = {"member_services": QueueNow(wait_s=720.0, position=3)}
    facts = Facts(queues=busy, callbacks=CallBacks(refused=(CALLER,)))
    call = recorded(
        Waits(), Presses("0"), Presses("1"), Presses("1"), Presses("4045551234#"), Presses("1"), facts=facts
    )
    assert "member-services =refused" in call.did
    replay = again(call)
    assert (replay.notes, replay.walk.over) == ((), call.over)
    assert doings(replay)[-2] == Presses(f"{samples.telephone(0)}#", entered=True)
    call = recorded(Waits(), Presses("4"), facts=Facts(unanswered=("18006334227",)))
    assert call.did[-2:] == ["medicare =nobody", "member-services =,"]
    assert again(call).walk.learnt.path == call.learnt.path


def test_who_was_recognised_by_their_number_is_again() -> None:
    facts = Facts(members={NUMBER: replace(REAL, telephone=CALLER)})
    call = recorded(Waits(), HangsUp(), facts=facts)
    replay = again(call)
    assert replay.walk.learnt.verification == "number_match"
    assert replay.walk.given.calls_from == samples.CALLING
    assert doings(replay)[-1] == HangsUp()


def test_a_call_whose_way_the_record_does_not_tell_says_so() -> None:
    closed = replace(FACTS, announced={"": {"en": "Closed because of ice."}})
    replay = again(recorded(Waits(), Presses("0"), Presses("1"), facts=closed))
    assert any("the rest is left out" in note or "over here before" in note for note in replay.notes)
    assert any(note.startswith("recorded: language: en, asked for a person") for note in replay.notes)


def test_a_second_visit_is_told_and_a_call_without_a_record_is_refused() -> None:
    call = recorded(Waits())
    kept = contact(call)
    twice = replace(kept, course=(*kept.course, Walked(at=AT, did=("main 1",))))
    assert "this is the first visit only" in replayed(twice, PEACHTREE, SPECS).notes[-1]
    with pytest.raises(Problem, match="was not kept of this call"):
        replayed(replace(kept, course=()), PEACHTREE, SPECS)


@pytest.mark.parametrize(
    ("most", "at", "phase", "keys", "told"),
    [
        (1, "main", "", "7", "main 7"),
        (3, "form-number", "", "774", "form-number xxx"),
        (1, "form-number", "", "7", "form-number x"),
        (1, "form-number", "confirm", "1", "form-number 1"),
        (15, "member-services", "number", "4045551234", "member-services xxxxxxxxxx"),
        (12, "identify", "number", "0", "identify 0"),
        (3, "form-number", "", "0", "form-number x"),
    ],
)
def test_only_choices_are_kept_as_they_were_pressed(most: int, at: str, phase: str, keys: str, told: str) -> None:
    state = State(at=at, phase=phase, learnt=Learnt())
    action = Listen(language="en", most=most, wait_s=5)
    assert walked(PEACHTREE, state, action, Keys(digits=keys)) == told


DOINGS = st.lists(
    st.one_of(
        st.sampled_from(["1", "2", "3", "4", "5", "0", "*", "#", "9"]).map(Presses),
        st.sampled_from([f"{NUMBER}#", f"{PIN}#", "700099#", "6006#", "12#", "4045551234#"]).map(Presses),
        st.sampled_from(["my payment", "yes", "no", "nonsense", "a form"]).flatmap(
            lambda text: st.booleans().map(lambda clearly: Says(text, clearly))
        ),
        st.just(Waits()),
    ),
    max_size=25,
)
SHIPPED = load(Path(__file__).parents[3] / "ivr" / "menus" / "peachtree" / "menu.yaml", SPECS)
MENUS = {"of the page": PEACHTREE, "that ships": SHIPPED}
EVERYTHING = Facts(
    members={NUMBER: REAL},
    representatives={"700099": Representative(member=NUMBER, code="6006")},
    services={
        name: (Served(outcome=next(iter(spec.outcomes)), values=samples.values(next(iter(spec.outcomes.values())))),)
        for name, spec in SPECS.items()
    },
    queues={"member_services": QueueNow(wait_s=720.0, position=3)},
)


@settings(deadline=None, max_examples=40)
@given(DOINGS, st.sampled_from(list(MENUS)), st.sampled_from(["en", "es", ""]))
def test_any_call_is_replayed_the_way_it_went(
    tmp_path_factory: pytest.TempPathFactory, done: list[Doing], menu: str, language: str
) -> None:
    document = MENUS[menu]
    call = recorded(*done, facts=EVERYTHING, document=document, language=language)
    if not call.did:
        return
    replay = again(call)
    assert replay.notes == ()
    assert replay.walk.learnt.path == call.learnt.path
    assert type(replay.walk.over) is type(call.over) or call.over is None
    path = tmp_path_factory.mktemp("replayed") / "call.test.yaml"
    path.write_text(golden_text.dump([replay.test], document="menu.yaml", comment="Made of a call."))
    suite = read(path, SPECS, lambda _: document)
    assert suite.findings == ()
    assert [str(each) for each in golden.run(suite.tests[0], document, LEVELS).failures] == []


def test_the_arrival_is_that_of_a_stranger_where_no_number_was_told() -> None:
    call = recorded(Waits())
    replay = again(call, caller_number="anonymous", member_id=None)
    assert replay.walk.given.calls_from == ""
    assert replay.walk.state.arrival == Arrival(dialled="5001")
