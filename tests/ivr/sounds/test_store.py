"""Sounds are made once and found again; a caller's own values are gone with the call."""

from __future__ import annotations

import asyncio
import datetime
import logging
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from counting_voice import Counting

from core.errors import Problem
from ivr.dialog.actions import Line
from ivr.document.model import Announce, Document, Goodbye, Menu, Option, Prompt, Queue, Say, Tries
from ivr.sounds.programs import Speech
from ivr.sounds.store import NotPrepared, SoundStore
from ivr.speaking.values import AnyValue, Day, Money, Words

CALL = "0190-call"
THANKS = Prompt(texts={"en": "Thank you for calling.", "es": "Gracias por llamar."})
HOLD = Prompt(texts={"en": "Please hold.", "es": "Por favor, no cuelgue."})
PAYMENT = Prompt(texts={"en": "Your payment was {amount}.", "es": "Su pago fue de {amount}."})


def amount(cents: int) -> Line:
    return Line(prompt=PAYMENT, values={"amount": Money(cents=cents)})


def say(*prompts: Prompt) -> tuple[Line, ...]:
    return tuple(Line(prompt=prompt) for prompt in prompts)


def document(*said: Prompt, slow: float = 0.8, standard: dict[str, Say] | None = None) -> Document:
    return Document(
        name="test",
        version="0" * 16,
        languages=("en", "es"),
        zone="America/New_York",
        start="hello",
        person="person",
        slow=slow,
        steps={"hello": Announce(say=said, next="person"), "person": Queue(queue="q"), "bye": Goodbye()},
        standard=standard or {},
    )


def samples(path: str, ending: str = ".wav") -> tuple[np.ndarray, int]:
    return soundfile.read(f"{path}{ending}", dtype="int16")


def sounds_under(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*.wav*")}


def record(path: Path, *, seconds: float = 1.0, rate: int = 44_100, loud: float = 0.05, channels: int = 2) -> None:
    t = np.arange(int(seconds * rate)) / rate
    tone = loud * np.sin(2 * np.pi * 400 * t)
    soundfile.write(path, np.stack([tone] * channels, axis=1), rate)


# --- prompts -------------------------------------------------------------------------------------


async def test_the_same_text_twice_is_spoken_once(store: SoundStore, voice: Counting) -> None:
    first = await store.sound(say(THANKS), "en", False, CALL)
    again = await store.sound(say(Prompt(texts={"en": THANKS.texts["en"]}, barge=False)), "en", False, "another")
    assert again == first
    assert voice.spoken == [("Thank you for calling.", "en", 1.0)]


async def test_the_same_text_asked_for_by_many_at_once_is_spoken_once(store: SoundStore, voice: Counting) -> None:
    made = await asyncio.gather(*(store.sound(say(THANKS, HOLD), "en", False, str(each)) for each in range(50)))
    assert len(set(made)) == 1
    assert sorted(text for text, _, _ in voice.spoken) == ["Please hold.", "Thank you for calling."]


async def test_a_sound_is_found_again_after_a_restart(store: SoundStore, voice: Counting) -> None:
    before = await store.sound(say(THANKS, HOLD), "es", False, CALL)
    async with SoundStore(store.folder, {"es": voice}) as restarted:
        assert await restarted.sound(say(THANKS, HOLD), "es", False, CALL) == before
    assert len(voice.spoken) == 2


async def test_another_voice_is_another_file(store: SoundStore) -> None:
    usual = await store.sound(say(THANKS), "en", False, CALL)
    async with SoundStore(store.folder, {"en": Counting("en-us-nyc")}) as other:
        assert (await other.sound(say(THANKS), "en", False, CALL)).path != usual.path


async def test_asterisk_gets_16_bit_mono_at_8_and_16_khz_under_an_absolute_name(store: SoundStore) -> None:
    sound = await store.sound(say(THANKS), "en", False, CALL)
    assert Path(sound.path).is_absolute()
    for ending, rate in ((".wav", 8_000), (".wav16", 16_000)):
        info = soundfile.info(f"{sound.path}{ending}")
        assert (info.samplerate, info.channels, info.subtype, info.format) == (rate, 1, "PCM_16", "WAV")
        assert info.duration == pytest.approx(sound.seconds, abs=0.001)


async def test_english_and_spanish_are_spoken_differently_also_within_one_step(store: SoundStore) -> None:
    english = await store.sound(say(HOLD), "en", False, CALL)
    spanish = await store.sound(say(HOLD), "es", False, CALL)
    both = await store.sound((Line(prompt=HOLD), Line(prompt=HOLD, language="es")), "en", False, CALL)
    assert english.seconds != spanish.seconds
    assert both.seconds == pytest.approx(english.seconds + 0.3 + spanish.seconds, abs=0.01)


async def test_slow_is_longer_by_about_the_documents_pace(store: SoundStore) -> None:
    text = Prompt(texts={"en": "For your pension payments, press 1. For a change of address, press 2."})
    await store.prepare(document(slow=0.7))
    normal, slow = [await store.sound(say(text), "en", slow, CALL) for slow in (False, True)]
    assert slow.seconds / normal.seconds == pytest.approx(1 / 0.7, rel=0.12)


async def test_joined_lines_are_the_lines_with_pauses_between(store: SoundStore) -> None:
    one, other = [await store.sound(say(prompt), "en", False, CALL) for prompt in (THANKS, HOLD)]
    both = await store.sound(say(THANKS, HOLD), "en", False, CALL)
    for ending, rate in ((".wav", 8_000), (".wav16", 16_000)):
        pause = np.zeros(int(0.3 * rate), np.int16)
        expected = np.concatenate([samples(one.path, ending)[0], pause, samples(other.path, ending)[0]])
        assert np.array_equal(samples(both.path, ending)[0], expected)


async def test_nothing_to_say_is_a_moment_of_silence(store: SoundStore) -> None:
    sound = await store.sound((), "en", False, CALL)
    assert not samples(sound.path)[0].any()
    assert (await store.silence(2.0)).seconds == 2.0


async def test_a_broken_file_in_the_cache_is_made_again(store: SoundStore, voice: Counting) -> None:
    sound = await store.sound(say(THANKS), "en", False, CALL)
    Path(f"{sound.path}.wav").write_bytes(b"")
    async with SoundStore(store.folder, {"en": voice}) as restarted:
        assert await restarted.sound(say(THANKS), "en", False, CALL) == sound
    assert len(samples(sound.path)[0]) > 0


@pytest.mark.parametrize(
    ("line", "language", "what"),
    [
        (Line(prompt=THANKS), "fr", "no text in 'fr'.*There is one in: en, es"),
        (Line(prompt=Prompt(texts={"fr": "Bonjour."})), "fr", "no voice in 'fr'.*There is one in: en, es"),
        (Line(prompt=PAYMENT), "en", "no value for {amount}"),
        (Line(prompt=Prompt(texts={"en": "word " * 1000})), "en", "characters are too many to be spoken"),
    ],
)
async def test_what_cannot_be_said_is_one_clear_problem(
    store: SoundStore, line: Line, language: str, what: str
) -> None:
    with pytest.raises(Problem, match=what):
        await store.sound((line,), language, False, CALL)


def test_a_folder_that_asterisk_could_not_be_told_of_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="this folder's name cannot stand in a command of Asterisk"):
        SoundStore(tmp_path / "a, b & c", {})


# --- documents -----------------------------------------------------------------------------------


async def test_a_documents_prompts_are_made_in_every_language_at_both_paces_and_measured(
    store: SoundStore, voice: Counting
) -> None:
    menu = Menu(
        say=(THANKS,),
        options={"1": Option(about="One", say=(HOLD,), next="bye")},
        tries=Tries(silent=(Prompt(texts={"en": "Hello?", "es": "¿Hola?"}),)),
    )
    whole = document(PAYMENT, standard={"wrong": (HOLD,)})
    whole = Document(**{name: getattr(whole, name) for name in whole.__struct_fields__} | {"steps": {"main": menu}})
    steps: list[tuple[int, int]] = []
    prepared = await store.prepare(whole, lambda done, of: steps.append((done, of)))
    assert steps == [(each, 8) for each in range(1, 9)]
    places = {(".".join(map(str, each.where)), each.language, each.slow) for each in prepared.measured}
    assert {place for place, _, _ in places} == {
        "steps.main.say.0",
        "steps.main.options.1.say.0",
        "steps.main.tries.silent.0",
        "standard.wrong.0",
    }
    assert len(places) == 4 * 2 * 2
    assert len(voice.spoken) == len(prepared.keys) == 3 * 2 * 2  # one of the prompts is there twice
    for each in prepared.measured:
        line = (Line(prompt=each.prompt),)
        assert (await store.sound(line, each.language, each.slow, CALL)).seconds == each.seconds
    assert len(voice.spoken) == 12


async def test_all_that_cannot_be_made_is_told_at_once_and_the_pace_stays(store: SoundStore, tmp_path: Path) -> None:
    (tmp_path / "recordings/broken.wav").write_bytes(b"RIFF and then nothing")
    record(tmp_path / "recordings/silent.wav", loud=0.0)
    recorded = [Prompt(texts=THANKS.texts, recorded={"en": name}) for name in ("broken.wav", "silent.wav", "gone.wav")]
    with pytest.raises(NotPrepared) as raised:
        await store.prepare(document(THANKS, *recorded, slow=0.5))
    told = [str(problem) for problem in raised.value.problems]
    assert len(told) == 3
    for name, place, what in (
        ("broken.wav", "steps.hello.say.1 (en)", "cannot be read as sound"),
        ("silent.wav", "steps.hello.say.2 (en)", "is silent, or too quiet to be heard"),
        ("gone.wav", "steps.hello.say.3 (en)", "No such file"),
    ):
        [problem] = [each for each in told if name in each]
        assert problem.startswith(place)
        assert what in problem
    normal, slow = [await store.sound(say(THANKS), "en", slow, CALL) for slow in (False, True)]
    assert slow.seconds / normal.seconds < 1.5


async def test_a_recording_wins_and_is_as_loud_as_a_voice(store: SoundStore, voice: Counting, tmp_path: Path) -> None:
    record(tmp_path / "recordings/thanks.flac", seconds=1.5)
    prompt = Prompt(texts=PAYMENT.texts, recorded={"en": "thanks.flac"})
    prepared = await store.prepare(document(prompt))
    normal, slow = (each.seconds for each in prepared.measured if each.language == "en")
    assert normal == pytest.approx(1.5, abs=0.1)
    assert slow == pytest.approx(1.5 / 0.8, abs=0.15)
    sound = await store.sound(say(prompt), "en", False, CALL)
    assert sound.seconds == normal
    assert voice.spoken == []
    hertz = np.abs(np.fft.rfft(samples(sound.path)[0])).argmax() / sound.seconds
    assert hertz == pytest.approx(400, abs=2)


async def test_a_recording_that_was_made_anew_is_heard_after_the_next_preparation(
    store: SoundStore, tmp_path: Path
) -> None:
    prompt = Prompt(texts=THANKS.texts, recorded={"en": "thanks.wav", "es": "thanks.wav"})
    record(tmp_path / "recordings/thanks.wav", seconds=1.0)
    await store.prepare(document(prompt))
    record(tmp_path / "recordings/thanks.wav", seconds=2.0)
    await store.prepare(document(prompt))
    assert (await store.sound(say(prompt), "en", False, CALL)).seconds == pytest.approx(2.0, abs=0.1)


# --- what belongs to a call ----------------------------------------------------------------------


async def test_values_are_spoken_for_their_call_only_and_forgotten_with_it(
    store: SoundStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = Line(
        prompt=Prompt(texts={"en": "We have {address}, since {day}."}),
        values={"address": Words(texts={"": "Peachtree"}), "day": Day(day=datetime.date(2026, 11, 27))},
    )
    mine = await store.sound((secret, amount(214380)), "en", False, "call-a")
    other = await store.sound((amount(100),), "en", False, "call-b")
    folder = store.folder / "calls" / "call-a"
    assert Path(mine.path).parent == folder
    assert [path.stat().st_mode & 0o777 for path in (folder.parent, folder)] == [0o700, 0o700]
    assert not sounds_under(store.folder / "cache")
    names = " ".join(str(path) for path in store.folder.rglob("*"))
    for known in ("Peachtree", "2143", "214380", "twenty"):
        assert known not in names
        assert known not in caplog.text
    await store.forget("call-a")
    assert not folder.exists()
    assert soundfile.info(f"{other.path}.wav").frames > 0
    await store.forget("call-b")
    assert list((store.folder / "calls").iterdir()) == []


async def test_a_question_that_is_repeated_in_a_call_is_not_made_again(store: SoundStore, voice: Counting) -> None:
    once = await store.sound((amount(100),), "en", False, CALL)
    assert await store.sound((amount(100),), "en", False, CALL) == once
    assert (await store.sound((amount(200),), "en", False, CALL)).path != once.path
    assert len(voice.spoken) == 2


async def test_what_calls_left_behind_is_gone_after_a_restart(store: SoundStore, voice: Counting) -> None:
    sound = await store.sound((amount(100),), "en", False, CALL)
    kept = await store.sound(say(THANKS), "en", False, CALL)
    async with SoundStore(store.folder, {"en": voice}):
        assert not Path(f"{sound.path}.wav").exists()
        assert Path(f"{kept.path}.wav").exists()


async def test_setting_up_beside_a_running_service_leaves_its_calls_alone(store: SoundStore, voice: Counting) -> None:
    sound = await store.sound((amount(100),), "en", False, CALL)
    beside = SoundStore(store.folder, {"en": voice, "es": voice})
    await beside.prepare(document(THANKS))
    await beside.close()
    assert Path(f"{sound.path}.wav").exists()


@pytest.mark.parametrize("call_id", ["", "../out", "a/b", "x" * 65])
async def test_a_calls_id_that_is_no_name_of_a_folder_is_refused(store: SoundStore, call_id: str) -> None:
    with pytest.raises(Problem, match="a call's id cannot be the name of a folder"):
        await store.sound((amount(100),), "en", False, call_id)


async def test_what_is_still_being_made_when_the_caller_hangs_up_is_forgotten_too(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Late(Counting):
        def speak(self, text: str, language: str, pace: float) -> Speech:
            begun.set()
            go_on.wait(30)
            return super().speak(text, language, pace)

    async with SoundStore(tmp_path / "prompts", {"en": Late()}) as store:
        asked = asyncio.create_task(store.sound((amount(100),), "en", False, CALL))
        await asyncio.to_thread(begun.wait, 30)
        asked.cancel()
        forgetting = asyncio.create_task(store.forget(CALL))
        await asyncio.wait([asked])
        go_on.set()
        await forgetting
        assert asked.cancelled()
        assert list((store.folder / "calls").iterdir()) == []


# --- many at once --------------------------------------------------------------------------------


async def test_two_hundred_at_once_are_made_off_the_loop(tmp_path: Path, voice: Counting) -> None:
    words: list[AnyValue] = [Words(texts={"": f"{chr(97 + each % 26)} {each}"}) for each in range(200)]
    prompt = Prompt(texts={"en": "{word}"})
    loop_thread = threading.current_thread().name
    async with SoundStore(tmp_path / "prompts", {"en": voice}, within_s=60) as store:
        made = await asyncio.gather(
            *(
                store.sound((Line(prompt=prompt, values={"word": word}),), "en", False, f"call-{each}")
                for each, word in enumerate(words)
            )
        )
    assert len({sound.path for sound in made}) == 200
    assert len(voice.spoken) == 200
    assert loop_thread not in voice.threads
    assert all(name.startswith("sounds") for name in voice.threads)


async def test_past_the_bound_there_is_a_problem_at_once(tmp_path: Path) -> None:
    go_on = threading.Event()

    class Stuck(Counting):
        def speak(self, text: str, language: str, pace: float) -> Speech:
            go_on.wait(30)
            return super().speak(text, language, pace)

    async with SoundStore(tmp_path / "prompts", {"en": Stuck()}, waiting=3, within_s=60) as store:
        waiting = [asyncio.create_task(store.sound((amount(each),), "en", False, CALL)) for each in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Problem, match="too many sounds are waiting to be made already"):
            await store.sound((amount(4),), "en", False, CALL)
        go_on.set()
        assert len(set(await asyncio.gather(*waiting))) == 3
        assert (await store.sound((amount(4),), "en", False, CALL)).seconds > 0.5


async def test_a_voice_that_does_not_answer_is_a_problem_and_not_a_wait(tmp_path: Path) -> None:
    go_on = threading.Event()

    class Stuck(Counting):
        def speak(self, text: str, language: str, pace: float) -> Speech:
            go_on.wait(30)
            return super().speak(text, language, pace)

    async with SoundStore(tmp_path / "prompts", {"en": Stuck()}, within_s=0.05) as store:
        with pytest.raises(Problem, match=r"call 0190-call: a sound was not made within 0.05 s"):
            await store.sound((amount(1),), "en", False, CALL)
        go_on.set()


async def test_a_failure_is_not_kept_the_next_caller_gets_the_sound(tmp_path: Path) -> None:
    class Moody(Counting):
        def speak(self, text: str, language: str, pace: float) -> Speech:
            if not self.spoken:
                self.spoken.append((text, language, pace))
                raise Problem("out of order")
            return super().speak(text, language, pace)

    voice = Moody()
    async with SoundStore(tmp_path / "prompts", {"en": voice}) as store:
        for lines in (say(THANKS), (amount(1),)):
            with pytest.raises(Problem, match="out of order"):
                await store.sound(lines, "en", False, CALL)
            assert (await store.sound(lines, "en", False, CALL)).seconds > 0.5
            voice.spoken.clear()
