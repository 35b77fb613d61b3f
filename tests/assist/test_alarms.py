"""What needs more than an answer is told at once, and what only sounds like it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from assist.advice import alarms, sources
from assist.advice.adviser import Adviser
from assist.advice.alarms import AlarmWatch
from assist.conversation import AgentFacts, CallerFacts, Turn
from assist.cues import words
from core.errors import Problem
from records.contact import ContactDraft, ProposedUpdate

SCRIPT = "title: T\n  steps: [one]\n  cues: {1: [some words]}"


@pytest.fixture(scope="module")
def adviser() -> Adviser:
    return sources.adviser()


def raised(adviser: Adviser, *said: str) -> list[str]:
    advice = adviser.start(CallerFacts(relation="retiree", verified=True), AgentFacts())
    for place, text in enumerate(said):
        advice.hear(Turn(speaker="caller", text=text, utterance_id=f"u-{place}"))
    return [alarm.kind for alarm in advice.alarmed()]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("i don't see any other way i'm going to kill myself", "self_harm"),
        ("honestly most mornings i wish i was dead", "self_harm"),
        ("they would all be better off without me around", "self_harm"),
        ("i swear i will come down there and shoot somebody", "threat"),
        ("there is a bomb in your building", "threat"),
        ("you stupid bitch give me my money", "abuse"),
        ("what are you wearing right now", "abuse"),
        ("hold on he's telling me what to say", "fraud"),
        ("just change the phone number first and then the bank okay", "fraud"),
    ],
)
def test_an_alarm_is_raised(adviser: Adviser, said: str, kind: str) -> None:
    assert raised(adviser, said) == [kind]


@pytest.mark.parametrize(
    "said",
    [
        "my husband killed himself last spring and i'm calling about his pension",
        "this paperwork is killing me i tell you",
        "when i die who gets the rest of it",
        "i'm coming down there tomorrow to sign the papers",
        "shoot me an email with the form",
        "my supervisor told me to call you about my leave",
        "i moved in june and i need my address changed",
        "hold on let me find my glasses so i can read you the number",
        "that is ridiculous i am fed up with waiting on this check",
    ],
)
def test_what_only_sounds_like_one_raises_none(adviser: Adviser, said: str) -> None:
    assert raised(adviser, said) == []


def test_an_alarm_quotes_its_words_and_brings_its_script(adviser: Adviser) -> None:
    advice = adviser.start(CallerFacts(), AgentFacts())
    advice.hear(Turn(speaker="caller", text="well i want to die", utterance_id="u-7"))
    [alarm] = advice.alarmed()
    assert (alarm.evidence, alarm.evidence_utterance_id) == ("well i want to die", "u-7")
    assert any("988" in step for step in alarm.steps)
    assert advice.alarmed() == []
    assert advice.alarms == (alarm,)


def test_it_comes_once_and_again_only_after_somebody_saw_to_it(adviser: Adviser) -> None:
    advice = adviser.start(CallerFacts(), AgentFacts())
    for _ in range(2):
        advice.hear(Turn(speaker="caller", text="i'm going to kill you"))
    [first] = advice.alarmed()
    assert advice.end_alarm(first.alarm_id)
    assert not advice.end_alarm(first.alarm_id)
    assert advice.alarms == ()
    advice.hear(Turn(speaker="caller", text="i'm going to kill you"))
    [second] = advice.alarmed()
    assert second.alarm_id != first.alarm_id


def test_an_agents_words_raise_nothing(adviser: Adviser) -> None:
    advice = adviser.start(CallerFacts(), AgentFacts())
    advice.hear(Turn(speaker="agent", text="are you thinking of killing yourself i want to die they said"))
    assert advice.alarmed() == []


def test_a_new_telephone_and_a_new_bank_on_one_call_are_a_sign_of_fraud(adviser: Adviser) -> None:
    advice = adviser.start(CallerFacts(), AgentFacts())
    phone = ProposedUpdate(field="phone", value="+12025550100")
    draft = ContactDraft(topics=("direct_deposit",))
    assert advice.documented(draft) == []
    assert advice.documented(ContactDraft(updates=(phone,))) == []
    [alarm] = advice.documented(replace(draft, updates=(phone,)))
    assert (alarm.kind, alarm.evidence) == ("fraud", "")
    assert advice.documented(replace(draft, updates=(phone,))) == []


def test_without_words_the_model_alone_raises_what_it_is_sure_of() -> None:
    watch = AlarmWatch(alarms.load())
    assert watch.hear("so", words("so"), "u", {"threat": 0.69}) == []
    assert [alarm.kind for alarm in watch.hear("so", words("so"), "u", {"threat": 0.71})] == ["threat"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"self_harm:\n  {SCRIPT}\n", "threat"),
        ("\n".join(f"{kind}:\n  {SCRIPT}" for kind in (*alarms.KINDS, "hunger")), "hunger"),
        (
            "\n".join(f"{kind}:\n  {SCRIPT.replace('1:', 'lots:')}" for kind in alarms.KINDS),
            "points",
        ),
        (
            "\n".join(f"{kind}:\n  {SCRIPT.replace('some words', '.. words')}" for kind in alarms.KINDS),
            "begins with a word",
        ),
        (
            "\n".join(
                f"{kind}:\n  {SCRIPT}\n  together: {{updates: [phone], topics: [lottery]}}" for kind in alarms.KINDS
            ),
            "lottery",
        ),
    ],
    ids=["a kind is missing", "an unknown kind", "points that are no number", "a bad pattern", "an unknown topic"],
)
def test_a_file_with_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "alarms.yaml").write_text(text)
    with pytest.raises(Problem, match=told) as problem:
        alarms.of_plan(tmp_path / "directory.yaml", topics=["direct_deposit"])
    assert "alarms.yaml" in str(problem.value)


def test_a_plan_without_a_file_of_its_own_has_the_sample_plans(tmp_path: Path) -> None:
    assert alarms.of_plan(tmp_path / "directory.yaml", topics=[]).scripts.keys() == set(alarms.KINDS)


def test_a_hand_is_raised_once_and_no_words_raise_it(adviser: Adviser) -> None:
    advice = adviser.start(CallerFacts(), AgentFacts())
    [hand] = advice.call_for("help")
    assert (hand.kind, hand.evidence) == ("help", "")
    assert advice.call_for("help") == []
    assert advice.end_alarm(hand.alarm_id)
    assert [alarm.kind for alarm in advice.call_for("threat")] == ["threat"]
