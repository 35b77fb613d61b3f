"""Whether callers who say what they want are understood: every phrase of the shipped menus, over a telephone line.

All of it is synthetic speech, by six voices that the demo model was not trained on, each at several paces: 8 kHz,
µ-law there and back, with noise 20 dB below the speech. There is no model for Spanish on board, so the phrases are the
English ones. What is decided is decided by the menu's own ear (recogniser with the menu's grammar, then
`ivr.speech.answer`), on the clock of the audio.

`correct`, `unsure` and `wrong` are shares of the phrases said alone: taken at once to their branch, asked about
first, taken at once to another one. `off_menu_*` is speech that means nothing in that menu.
"""

from __future__ import annotations

import io
import itertools
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from assist.speech import models
from assist.speech.listener import Frame, Listener
from assist.speech.models import SpeechModel
from benchmarks.harness import Goal, Result, percentile
from ivr.dialog.actions import Said, Words
from ivr.dialog.kinds import NO, YES
from ivr.dialog.menus import FOR_A_PERSON, PERSON_KEY
from ivr.document import reading
from ivr.document.model import Kind, Menu
from ivr.speaking import numbers
from ivr.speech.answer import Answer
from ivr.speech.grammar import grammar
from memberline.demo import scripts, voices
from memberline.ear import menu_heard
from memberline.paths import MENU, RUN

VOICES = ("flite:rms", "espeak:m4", "espeak:f4", "espeak:Hugo", "espeak:steph3", "espeak:victor")
PACES = (1.0, 0.9, 1.12)
NOISE_DB = 20.0
LEAD_S, SILENCE_S = 0.5, 3.5
TURN = 5  # frames of 20 ms that a decoder takes at a time, as on a live call
FRAME = voices.RATE // 50
SENTENCES = (
    "i would like to hear about {}",
    "um {} please",
    "yes hello {} thank you",
    "i have a question concerning {}",
)
NUMBERS = 60  # of each kind
ENGLISH = "en"


@dataclass(frozen=True)
class Case:
    """Something said where `words` may be said. `keys` "": it means nothing there."""

    group: str
    text: str
    keys: str
    words: Words
    voice: str
    pace: float


@dataclass(frozen=True)
class Outcome:
    case: Case
    said: Said | None  # None: the caller would have been taken for silent
    after_s: float  # from the end of the sound to the answer

    @property
    def name(self) -> str:
        if self.said is None or not self.said.keys:
            return "missed"
        right = self.said.keys == self.case.keys
        if self.said.sure:
            return "correct" if right else "wrong"
        return "unsure" if right else "asked_wrong"


def run() -> Result:
    model = models.load()
    with ThreadPoolExecutor() as threads:
        outcomes = list(threads.map(lambda each: _heard(model, *each), enumerate(_cases())))
    figures = _shares(outcomes, "phrases") | {"phrases": float(len(_of(outcomes, "phrases")))}
    figures["worst_voice_correct"] = min(
        _shares([each for each in outcomes if each.case.voice == voice], "phrases")["correct"] for voice in VOICES
    )
    for group in ("sentences", "keys", "yes_no"):
        figures |= {f"{group}_{name}": share for name, share in _shares(outcomes, group).items()}
    for group in ("digits", "dates"):  # always said back
        figures[f"{group}_right"] = _shares(outcomes, group)["unsure"]
    off_menu = Counter(each.name for each in _of(outcomes, "off_menu"))
    figures |= {
        "off_menu_taken": off_menu["wrong"] / off_menu.total(),
        "off_menu_asked": off_menu["asked_wrong"] / off_menu.total(),
    }
    waits_s = [each.after_s for each in _of(outcomes, "phrases") if each.name == "correct"]
    figures |= {
        "answer_p50_s": percentile(waits_s, 0.5),
        "answer_p95_s": percentile(waits_s, 0.95),
        "recogniser_ms": _making_ms(model),
    }
    return Result(figures, (Goal("correct", ">=", 0.95), Goal("wrong", "<=", 0.01)))


# --- what is said ---------------------------------------------------------------------------------


def _cases() -> Iterator[Case]:
    menus = list(_menus())
    sounds = itertools.cycle(itertools.product(PACES, VOICES))
    for menu in menus:
        for (phrase, key), voice in itertools.product(menu.phrases.items(), VOICES):
            yield Case("phrases", phrase, key, menu, voice, next(sounds)[0])
        for phrase, key in menu.phrases.items():
            for sentence in SENTENCES[:: 2 if len(phrase) % 2 else 1][:2]:
                yield _case("sentences", sentence.format(phrase), key, menu, sounds)
        for key in sorted(set(menu.phrases.values())):
            yield _case("keys", numbers.digit(key, ENGLISH), key, menu, sounds)
        for text in _off_menu(menu):
            yield _case("off_menu", text, "", menu, sounds)
    for text, key in _yes_no():
        yield _case("yes_no", text, key, Words(kind="yes_no"), sounds)
    for text, keys in _digits():
        yield _case("digits", text, keys, _asking("digits"), sounds)
    for text, keys in _dates():
        yield _case("dates", text, keys, _asking("date"), sounds)


def _case(group: str, text: str, keys: str, words: Words, sounds: Iterator[tuple[float, str]]) -> Case:
    pace, voice = next(sounds)
    return Case(group, text, keys, words, voice, pace)


def _menus() -> Iterator[Words]:
    """As the dialog asks for them."""
    for step in reading.load(MENU).steps.values():
        if isinstance(step, Menu) and step.speech:
            yield Words(
                phrases=dict.fromkeys(FOR_A_PERSON[ENGLISH], PERSON_KEY)
                | {phrase: key for key, each in step.options.items() for phrase in each.phrases.get(ENGLISH, ())}
            )


def _asking(kind: Kind) -> Words:
    return Words(kind=kind, phrases=dict.fromkeys(FOR_A_PERSON[ENGLISH], PERSON_KEY))


def _off_menu(menu: Words) -> Iterator[str]:
    """Some turns of the demo's conversations: how people talk who do not talk to a menu."""
    turns = [turn.words for script in scripts.load() for turn in script.turns]
    others = [turn for turn in turns if not any(f" {phrase} " in f" {turn} " for phrase in menu.phrases)]
    yield from random.Random(len(menu.phrases)).sample(others, 12)


def _yes_no() -> list[tuple[str, str]]:
    yes = ("yes", "yeah", "yes please", "correct", "that's right", "yes it is", "that is correct")
    no = ("no", "nope", "no that's wrong", "no it isn't", "that's not right", "no thank you")
    said = [*((text, YES) for text in yes), *((text, NO) for text in no)]
    return [each for each in said for _ in VOICES]


def _digits() -> Iterator[tuple[str, str]]:
    draw = random.Random(1)
    for _ in range(NUMBERS):
        digits = "".join(draw.choices("0123456789", k=draw.choice((5, 6, 7, 8))))
        words = ["oh" if digit == "0" and draw.random() < 0.5 else numbers.digit(digit, ENGLISH) for digit in digits]
        yield " ".join(words), digits


def _dates() -> Iterator[tuple[str, str]]:
    draw = random.Random(2)
    for _ in range(NUMBERS):
        day = date(1938, 1, 1) + timedelta(days=draw.randrange(34_000))
        said = f"{day:%B} {numbers.words(day.day, ENGLISH, 'ordinal')} {numbers.words(day.year, ENGLISH, 'year')}"
        yield said.lower().replace("-", " "), f"{day:%m%d%Y}"


# --- how it is heard ------------------------------------------------------------------------------


def _heard(model: SpeechModel, number: int, case: Case) -> Outcome:
    """Frame by frame, as the ear on a live call, until there is an answer."""
    sound = voices.render(case.text, case.voice, RUN / "sounds")
    pcm, over_s = _on_the_telephone(sound, case.pace, number)
    listener = Listener(lambda: model.hearing_only(grammar(case.words, ENGLISH)), 0.0)
    answer = Answer(case.words, ENGLISH)
    frames = [Frame(pcm[at : at + 2 * FRAME], (at / 2 + FRAME) / voices.RATE) for at in range(0, len(pcm), 2 * FRAME)]
    for turn in (frames[at : at + TURN] for at in range(0, len(frames), TURN)):
        now = turn[-1].at
        said = answer.waited(now)
        for heard in () if said else listener.hear(turn):
            said = said or answer.heard(menu_heard(heard), now)
        if said:
            return Outcome(case, said, now - over_s)
    return Outcome(case, None, 0.0)


def _on_the_telephone(samples: NDArray[np.int16], pace: float, seed: int) -> tuple[bytes, float]:
    """The line's sound, and when the speech is over. Faster is higher, too: another throat."""
    sound = soxr.resample(samples.astype(np.float32) / 32768, voices.RATE * pace, voices.RATE)
    loud = sound[np.abs(sound) > 0.02]
    level = float(np.sqrt(np.mean(loud**2))) / 10 ** (NOISE_DB / 20)
    lead, after = (np.zeros(int(seconds * voices.RATE)) for seconds in (LEAD_S, SILENCE_S))
    line = np.concatenate([lead, sound, after])
    line += np.random.default_rng(seed).normal(0, level, len(line))
    file = io.BytesIO()
    soundfile.write(file, np.clip(line, -1, 1), voices.RATE, format="WAV", subtype="ULAW")
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="int16")
    whole = len(decoded) // FRAME * FRAME
    return decoded[:whole].astype("<i2").tobytes(), LEAD_S + len(sound) / voices.RATE


# --- figures --------------------------------------------------------------------------------------


def _of(outcomes: Iterable[Outcome], group: str) -> list[Outcome]:
    return [each for each in outcomes if each.case.group == group]


def _shares(outcomes: Sequence[Outcome], group: str) -> dict[str, float]:
    counted = Counter(each.name for each in _of(outcomes, group))
    return {name: counted[name] / counted.total() for name in ("correct", "unsure", "wrong", "asked_wrong", "missed")}


def _making_ms(model: SpeechModel) -> float:
    sentences = grammar(max(_menus(), key=lambda menu: len(menu.phrases)), ENGLISH)
    began = time.perf_counter()
    for _ in range(50):
        model.hearing_only(sentences)
    return (time.perf_counter() - began) / 50 * 1000
