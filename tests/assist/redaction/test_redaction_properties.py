"""What holds whatever is said."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from assist.redaction.labelled import spoken
from assist.redaction.language import load
from assist.redaction.model import MASK, Kind, Mode, Redacted
from assist.redaction.redactor import Redactor
from benchmarks.redaction import calls

DIGITS = {"oh": "0", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
DIGITS |= {"seven": "7", "eight": "8", "nine": "9"}
CUES = (
    *("my social is", "my social security number is", "the account number is", "the routing number is it's"),
    *("my pin is", "the card number is", "the security code is", "my medicare number is", "my passport number is"),
    *("the verification code is", "the last four of my social are", "my visa number is"),
)
QUESTIONS = (
    *("what's your social", "can i have the last four of your social", "your pin please", "and the account number"),
    *("what is the card number", "what's the routing number", "your social security number please"),
)
BACKCHANNELS = ("okay", "uh huh", "mm hmm", "go ahead", "yes", "thank you")

LINES = sorted({" ".join(word.text for word in turn.words) for call in calls() for turn in call.turns})
WORDS = sorted({word for line in LINES for word in line.split()})
secret_digits = st.lists(st.sampled_from(sorted(DIGITS)), min_size=4, max_size=16)
any_words = st.lists(st.sampled_from(WORDS), max_size=8)
# Too few digits for the secret that was named, and a street behind them: that is an address, and shown.
no_street = st.lists(st.sampled_from([word for word in WORDS if word not in load("en").streets]), max_size=8)
any_line = st.one_of(st.sampled_from(LINES), any_words.map(" ".join))
any_lines = st.lists(st.tuples(st.sampled_from(["caller", "agent"]), any_line), max_size=6)
Lines = list[tuple[str, str]]


def _given(lines: Lines, *, partials: bool = False) -> list[Redacted]:
    redactor, given_ = Redactor("en"), []
    for at, (speaker, text) in enumerate(lines):
        words = spoken(text.split(), at * 60.0)
        for end in range(1, len(words)) if partials else ():
            given_ += redactor.hear(f"u{at}", speaker, words[:end], False)
        given_ += redactor.hear(f"u{at}", speaker, words, True)
    return given_ + redactor.close()


def _last(given_: list[Redacted]) -> dict[str, Redacted]:
    return {each.utterance_id: each for each in given_}


def _shown_digits(redacted: Redacted, start: int, end: int) -> list[str]:
    return [word.text for word in redacted.words[start:end] if word.text in DIGITS]


@settings(max_examples=150, deadline=None)
@given(any_lines, any_words, st.sampled_from(CUES), secret_digits, no_street, any_lines)
def test_digits_told_behind_a_cue_never_show(
    before: Lines, lead: list[str], cue: str, digits: list[str], rest: list[str], behind: Lines
) -> None:
    line = " ".join([*lead, *cue.split(), *digits, *rest])
    start = len(lead) + len(cue.split())
    lines = [*before, ("caller", line), *behind]
    for each in _given(lines, partials=True):
        if each.utterance_id == f"u{len(before)}":
            assert _shown_digits(each, start, start + len(digits)) == []


@settings(max_examples=150, deadline=None)
@given(
    any_lines,
    st.sampled_from(QUESTIONS),
    st.lists(st.lists(st.sampled_from(sorted(DIGITS)), min_size=1, max_size=4), min_size=2, max_size=4),
    st.lists(st.sampled_from(BACKCHANNELS), min_size=4, max_size=4),
    any_lines,
)
def test_digits_asked_for_never_show_in_pieces(
    before: Lines, question: str, pieces: list[list[str]], backchannels: list[str], behind: Lines
) -> None:
    lines = [*before, ("agent", question)]
    answers = set()
    for piece, backchannel in zip(pieces, backchannels, strict=False):
        answers.add(f"u{len(lines)}")
        lines += [("caller", " ".join(piece)), ("agent", backchannel)]
    for each in _given([*lines, *behind]):
        if each.utterance_id in answers:
            assert {word.text for word in each.words} == {MASK}


@settings(max_examples=100, deadline=None)
@given(any_lines, st.sampled_from(CUES), secret_digits, any_lines, any_words, any_words)
def test_a_masked_secret_shows_nowhere(
    before: Lines, cue: str, digits: list[str], between: Lines, lead: list[str], rest: list[str]
) -> None:
    again = ("agent", " ".join([*lead, "x", *digits, *rest]))
    given_ = _last(_given([*before, ("caller", f"{cue} {' '.join(digits)}"), *between, again]))
    for each in given_.values():
        texts = [word.text for word in each.words]
        for at in range(len(texts)):
            assert texts[at : at + len(digits)] != digits


@settings(max_examples=100, deadline=None)
@given(any_lines)
def test_word_by_word_ends_in_the_same(lines: Lines) -> None:
    assert _last(_given(lines, partials=True)) == _last(_given(lines))


@settings(max_examples=100, deadline=None)
@given(any_lines, st.sampled_from(["en", "es"]), st.randoms(use_true_random=False))
def test_two_who_talk_at_once(lines: Lines, language: str, draw: object) -> None:
    """Partial words of both, finals in any order: nothing raises, and only what was heard comes back."""
    assert hasattr(draw, "random")
    redactor = Redactor(language)
    heard = {f"u{at}": spoken(text.split(), at * 1.0) for at, (_, text) in enumerate(lines)}
    open_ = dict(heard)
    while open_:
        name = sorted(open_)[int(draw.random() * len(open_))]
        words, final = heard[name], draw.random() < 0.4
        cut = words if final else words[: int(draw.random() * (len(words) + 1))]
        for each in redactor.hear(name, "caller", cut, final):
            original = heard[each.utterance_id]
            for word, was in zip(each.words, original, strict=False):
                assert word.text in (MASK, was.text)
                assert (word.start_s, word.end_s) == (was.start_s, was.end_s)
        if final:
            del open_[name]
    redactor.close()


@settings(max_examples=100, deadline=None)
@given(any_lines)
def test_a_decided_secret_stays_one(lines: Lines) -> None:
    secret: set[tuple[str, int]] = set()
    for each in _given(lines):
        if each.final:
            kinds = {at: span.kind for span in each.spans for at in range(span.start, span.end)}
            now = {at for at, kind in kinds.items() if not kind.harmless and kind is not Kind.UNDECIDED}
            assert {at for name, at in secret if name == each.utterance_id} <= now
            secret |= {(each.utterance_id, at) for at in now}


@settings(max_examples=100, deadline=None)
@given(any_lines)
def test_spans_cover_what_is_masked(lines: Lines) -> None:
    for each in _given(lines, partials=True):
        masked = {at for at, word in enumerate(each.words) if word.text == MASK}
        assert masked == {at for span in each.masked for at in range(span.start, span.end)}
        assert all(span.start < span.end <= len(each.words) for span in each.spans)
        assert all(span.mode is Mode.KEEP or not span.kind.harmless for span in each.spans)


@given(st.lists(st.text(max_size=8), max_size=12))
def test_any_text_is_taken(texts: list[str]) -> None:
    (given_,) = Redactor("es").hear("u", "caller", spoken(texts, 0.0), True)
    assert len(given_.words) == len(texts)


def test_the_languages_say_what_the_tests_say() -> None:
    assert set(DIGITS) - {"zero", "oh"} <= set(load("en").numerals.values)
