"""The adviser over labelled dialogues, and what must hold of any conversation."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assist.advice import directory as directories
from assist.advice import sources
from assist.advice.adviser import Suggested, Withdrawn
from assist.conversation import AgentFacts, CallerFacts, Turn
from assist.dialogues import Dialogue, load
from assist.rehearsal import rehearse
from assist.scoring import score_advice
from core.errors import Problem

ADVISER = sources.adviser()
PLAN = ADVISER.directory
FOLDER = Path(__file__).parents[1] / "dialogues"
DIALOGUES = [dialogue for path in sorted(FOLDER.glob("*.yaml")) for dialogue in load(path, PLAN)]
WHO = "caller: {relation: retiree, verified: true}, agent: {level: 1, specialties: []}"
MEMBER = CallerFacts(relation="active_member", verified=True)


def test_the_adviser_is_as_good_as_it_was() -> None:
    """A floor under what it reached (transfers 0.91 and 0.95, topics 0.73), so that no change makes it worse unseen."""
    score = score_advice([(dialogue, rehearse(ADVISER, dialogue)) for dialogue in DIALOGUES])
    assert score.dialogues == 40
    assert score.transfers.precision >= 0.85
    assert score.transfers.recall >= 0.9
    assert score.topics.f1 >= 0.7
    assert score.irate_right >= 38


@given(st.sampled_from(DIALOGUES), st.data())
@settings(max_examples=60, deadline=None)
def test_advice_never_knows_what_comes_later(dialogue: Dialogue, data: st.DataObject) -> None:
    until = data.draw(st.integers(1, len(dialogue.turns)))
    whole, part = ADVISER.start(dialogue.caller, dialogue.agent), ADVISER.start(dialogue.caller, dialogue.agent)
    heard = [whole.hear(turn) for turn in dialogue.turns][:until]
    assert [part.hear(turn) for turn in dialogue.turns[:until]] == heard


@given(st.lists(st.tuples(st.sampled_from(["caller", "agent"]), st.text(max_size=80)), max_size=12))
@settings(max_examples=100, deadline=None)
def test_any_words_at_all_are_taken(said: list[tuple[str, str]]) -> None:
    advice = ADVISER.start(CallerFacts(), AgentFacts())
    for speaker, text in said:
        advice.hear(Turn(speaker="agent" if speaker == "agent" else "caller", text=text))
    assert len(advice.standing) <= 1


def disputed(utterance_id: str = "u1") -> Turn:
    text = "the years on my statement are wrong you never counted three years of my service credit"
    return Turn(speaker="caller", text=text, utterance_id=utterance_id)


def test_a_suggestion_names_its_reason_and_the_callers_words() -> None:
    [change] = ADVISER.start(MEMBER, AgentFacts()).hear(disputed())
    assert isinstance(change, Suggested)
    suggestion = change.suggestion
    assert (suggestion.destination, suggestion.destination_name) == ("pension_analyst", "Pension Analyst")
    assert "service credit" in suggestion.reason
    assert suggestion.evidence in disputed().text
    assert suggestion.evidence_utterance_id == "u1"
    assert 0.5 < suggestion.confidence <= 1


def test_an_agent_who_says_the_same_words_is_no_reason() -> None:
    spoken = Turn(speaker="agent", text=disputed().text)
    assert ADVISER.start(MEMBER, AgentFacts()).hear(spoken) == []


def test_a_specialist_keeps_their_own_calls() -> None:
    analyst = AgentFacts(level=3, specialties=("pension_analysis",))
    assert ADVISER.start(MEMBER, analyst).hear(disputed()) == []


def test_a_dismissed_suggestion_comes_back_with_new_evidence_only() -> None:
    advice = ADVISER.start(MEMBER, AgentFacts())
    [change] = advice.hear(disputed())
    assert isinstance(change, Suggested)
    assert advice.dismiss(change.suggestion.suggestion_id)
    assert not advice.dismiss(change.suggestion.suggestion_id)
    assert advice.hear(Turn(speaker="caller", text="that's what i said")) == []
    more = (
        "i want somebody to recalculate my pension you figured the amount wrong it is less than you promised "
        "and they never counted my years at the county i have the pay stubs for three more years you left off"
    )
    again = advice.hear(Turn(speaker="caller", text=more))
    assert [type(each) for each in again] == [Suggested]


def test_what_is_settled_is_taken_back() -> None:
    advice = ADVISER.start(MEMBER, AgentFacts())
    advice.hear(disputed())
    settling = [
        Turn(speaker="agent", text="i've corrected that it's done and i've entered the years you're all set"),
        Turn(speaker="caller", text="okay well that makes sense thank you for explaining that answers my question"),
        Turn(speaker="agent", text="you should get the new statement in the mail within five business days"),
        Turn(speaker="caller", text="thank you that's all i needed"),
    ]
    assert [type(each) for turn in settling for each in advice.hear(turn)] == [Withdrawn]
    assert advice.standing == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("- id: a", "no caller"),
        ("- {id: a, caller: {relation: king, verified: true}, agent: {level: 1, specialties: []}, turns: []}", "king"),
        (
            "- {id: a, caller: {relation: retiree, verified: yes}, agent: {level: 9, specialties: []}, turns: []}",
            "level 9",
        ),
        (f"- {{id: a, {WHO}, turns: [[dog, x]]}}", "dog"),
        ("[unclosed", "expected"),
    ],
)
def test_a_bad_dialogue_file_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(Problem) as problem:
        load(tmp_path / "bad.yaml", PLAN)
    assert told in str(problem.value)
    assert "bad.yaml" in str(problem.value)


def test_a_directory_with_mistakes_tells_all_of_them(tmp_path: Path) -> None:
    text = directories.SAMPLE.read_text().replace("kind: agency", "kind: abroad", 1).replace("level: 2", "level: 7", 1)
    (tmp_path / "directory.yaml").write_text(text)
    with pytest.raises(Problem) as problem:
        directories.load(tmp_path / "directory.yaml")
    assert "abroad" in str(problem.value)
    assert "level 7" in str(problem.value)
