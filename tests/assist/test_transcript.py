from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assist import transcript as transcript_module
from assist.desk.messages import Speaker, Utterance
from assist.speech.words import Heard, Word
from assist.transcript import Transcript, dialogue


def said(text: str, start: float, *, final: bool = True) -> Heard:
    """Words of half a second each, from `start` on."""
    words = tuple(
        Word(word, start + index / 2, start + index / 2 + 0.5, 0.9) for index, word in enumerate(text.split())
    )
    return Heard.of(words, final=final, at_s=start)


def texts(transcript: Transcript) -> list[str]:
    return [utterance.text for utterance in transcript.utterances]


def test_a_partial_utterance_grows_under_one_id_until_it_is_final() -> None:
    transcript = Transcript()
    first = transcript.heard("leg-1", "caller", "Denise", said("nineteen", 3.0, final=False))
    grown = transcript.heard("leg-1", "caller", "Denise", said("nineteen point", 3.0, final=False))
    final = transcript.heard("leg-1", "caller", "Denise", said("nineteen point five years", 2.9))
    assert first is not None
    assert grown is not None
    assert final is not None
    assert first.utterance_id == grown.utterance_id == final.utterance_id
    assert [each.final for each in (first, grown, final)] == [False, False, True]
    assert transcript.utterances == (final,)
    assert (final.start_s, final.end_s, final.name, final.confidence) == (2.9, 4.9, "Denise", 0.9)


def test_the_next_sentence_of_the_same_speaker_is_another_utterance() -> None:
    transcript = Transcript()
    one = transcript.heard("leg-1", "caller", "Denise", said("hello", 1.0))
    two = transcript.heard("leg-1", "caller", "Denise", said("my statement is wrong", 4.0, final=False))
    assert one is not None
    assert two is not None
    assert one.utterance_id != two.utterance_id
    assert transcript.finals == (one,)


def test_a_final_that_comes_late_takes_its_place_by_time() -> None:
    transcript = Transcript()
    transcript.heard("leg-2", "agent", "Dana", said("let me look", 5.0))
    transcript.heard("leg-1", "caller", "Denise", said("i never left", 3.0))
    assert texts(transcript) == ["i never left", "let me look"]


def test_a_partial_that_turns_out_to_be_nothing_is_taken_back() -> None:
    transcript = Transcript()
    partial = transcript.heard("leg-1", "caller", "Denise", said("uh", 1.0, final=False))
    taken_back = transcript.heard("leg-1", "caller", "Denise", said("", 1.0))
    assert partial is not None
    assert taken_back is not None
    assert (taken_back.utterance_id, taken_back.text, taken_back.final) == (partial.utterance_id, "", True)
    assert transcript.utterances == ()


def test_nothing_new_is_nothing_to_tell() -> None:
    transcript = Transcript()
    assert transcript.heard("leg-1", "caller", "Denise", said("", 1.0)) is None
    assert transcript.heard("leg-1", "caller", "Denise", said("yes", 1.0, final=False)) is not None
    assert transcript.heard("leg-1", "caller", "Denise", said("yes", 1.0, final=False)) is None
    assert texts(transcript) == ["yes"]


def test_words_in_the_air_when_a_leg_ends_stand_as_they_are() -> None:
    transcript = Transcript()
    transcript.heard("leg-1", "caller", "Denise", said("i want my", 1.0, final=False))
    ended = transcript.leg_ended("leg-1")
    assert ended is not None
    assert transcript.finals == (ended,)
    assert transcript.leg_ended("leg-1") is None


def test_two_agents_who_begin_in_the_same_instant_keep_their_own_ids() -> None:
    transcript = Transcript()
    dana = transcript.heard("leg-2", "agent", "Dana", said("here is priya", 9.0))
    priya = transcript.heard("leg-3", "agent", "Priya", said("hello", 9.0))
    assert dana is not None
    assert priya is not None
    assert dana.utterance_id != priya.utterance_id


def test_a_transcript_begun_anew_in_mid_call_gives_no_id_twice() -> None:
    before, after = Transcript(), Transcript()
    first = before.heard("leg-1", "caller", "Denise", said("hello", 1.0))
    later = after.heard("leg-1", "caller", "Denise", said("are you there", 60.0))
    assert first is not None
    assert later is not None
    assert first.utterance_id != later.utterance_id


def test_the_oldest_give_way_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript_module, "MOST_UTTERANCES", 3)
    transcript = Transcript()
    for second in range(5):
        transcript.heard("leg-1", "caller", "Denise", said(f"word{second}", float(second)))
    assert texts(transcript) == ["word2", "word3", "word4"]


def test_a_dialogue_is_read_with_times_and_speakers() -> None:
    transcript = Transcript()
    transcript.heard("leg-1", "caller", "Denise", said("hello", 61.0))
    transcript.heard("leg-2", "agent", "Dana", said("good morning", 63.5))
    assert dialogue(transcript.utterances).splitlines() == [
        "  1:01.0  caller  hello",
        "  1:03.5   agent  good morning",
    ]


LEGS: dict[str, Speaker] = {"leg-1": "caller", "leg-2": "agent", "leg-3": "agent"}
RESULTS = st.lists(
    st.tuples(
        st.sampled_from(sorted(LEGS)),
        st.sampled_from(["", "yes", "no", "nineteen and a half years"]),
        st.floats(0, 600),
        st.booleans(),
    ),
    max_size=40,
)


@given(RESULTS)
def test_told_changes_add_up_to_the_transcript(results: list[tuple[str, str, float, bool]]) -> None:
    """Replacing by id, and leaving out what was taken back, gives the same utterances in the same order."""
    transcript, told = Transcript(), dict[str, Utterance]()
    for leg, text, start, final in results:
        changed = transcript.heard(leg, LEGS[leg], leg, said(text, start, final=final))
        if changed is not None:
            told[changed.utterance_id] = changed
    for leg in LEGS:
        changed = transcript.leg_ended(leg)
        if changed is not None:
            told[changed.utterance_id] = changed
    standing = [utterance for utterance in told.values() if utterance.text]
    assert sorted(standing, key=lambda each: (each.start_s, each.end_s, each.utterance_id)) == list(
        transcript.utterances
    )
    assert all(utterance.final for utterance in transcript.utterances)
