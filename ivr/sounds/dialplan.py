"""What Asterisk plays by itself, under names that its configuration knows: when Memberline is not there, and in queues.

English is the folder itself, every other language a folder in it; Asterisk sees them as sounds of that language
(`telephony.pbx.config` links them; on an own Asterisk: `sounds/en/memberline` → folder, `sounds/es/memberline` →
folder/es, and the same for `digits` where it has none of that language):

    sorry, no-agents, please-hold, callback       `Playback(memberline/sorry)` and so on in the dialplan
    queue-youarenext, queue-thereare,             position, of app_queue; in queues.conf
    queue-callswaiting, queue-quantity1, -2       `queue-thereare=memberline/queue-thereare` and so on
    queue-holdtime, queue-minute, -minutes,       estimated wait, of app_queue
    queue-seconds, queue-thankyou, queue-reporthold
    digits/0 ... digits/99 and more               numbers as Asterisk's say_number composes them for a language

English say_number plays 0 to 20 and tens; Spanish 0 to 30, tens and `and`; both hundreds and thousands their own way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import yaml

from core.errors import Problem
from ivr.dialog.actions import Line
from ivr.document.model import Language, Prompt
from ivr.sounds.store import AT_A_TIME, NotPrepared, Progress, SoundStore
from ivr.speaking.values import Count
from ivr.speaking.words import spoken

EXPECTED = "Expected name → language → text"
TEXTS = Path(__file__).with_name("dialplan.yaml")
FIRST = "en"  # whose sounds stand in the folder itself: Asterisk's own language, where a channel has none of its own

_NO_CALL = "none"  # nothing here holds a value of a call's
_HUNDREDS = range(200, 1000, 100)
_MORE: Mapping[Language, Mapping[str, str]] = {
    "en": {"hundred": "hundred", "thousand": "thousand", "and": "and", "minus": "minus"},
    "es": {
        "and": "y",
        "1F": "una",
        "1M": "un",
        "100": "cien",
        "100-and": "ciento",
        **{str(number): spoken(Count(number=number), "es") for number in _HUNDREDS},
        "thousand": "mil",
        "minus": "menos",
    },
}


@dataclass(frozen=True)
class Named:
    """`name` is a path under the folder, without an ending."""

    name: str
    language: Language
    text: str


def texts(path: Path = TEXTS) -> dict[str, dict[Language, str]]:
    """Name → language → text. Raises `Problem` where the file is not so."""
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=dict[str, dict[Language, str]])
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", place=str(path), remedy=EXPECTED) from error
    except (msgspec.DecodeError, yaml.YAMLError) as error:
        raise Problem(f"is not what was expected: {error}", place=str(path), remedy=EXPECTED) from error


def names(languages: Sequence[Language], path: Path = TEXTS) -> Iterator[Named]:
    """All that Asterisk may look for. Raises `Problem` where a text is missing in one of `languages`."""
    for name, by_language in texts(path).items():
        if missing := [language for language in languages if language not in by_language]:
            raise Problem(f"{name} has no text in {', '.join(missing)}", place=str(path))
        yield from (Named(_under(language, name), language, by_language[language]) for language in languages)
    for language in languages:
        numbers = {str(number): spoken(Count(number=number), language) for number in range(100)}
        for name, text in {**numbers, **_MORE.get(language, {})}.items():
            yield Named(_under(language, f"digits/{name}"), language, text)


async def provide(
    store: SoundStore, languages: Sequence[Language], progress: Progress | None = None, path: Path = TEXTS
) -> frozenset[str]:
    """See that all of them are there under the store's folder, two at a time; their names. Raises `NotPrepared`."""
    wanted = list(names(languages, path))
    room, done = asyncio.Semaphore(AT_A_TIME), 0
    problems: list[Problem] = []

    async def make(named: Named) -> None:
        nonlocal done
        line = Line(prompt=Prompt(texts={named.language: named.text}))
        async with room:
            try:
                await store.name(named.name, await store.sound((line,), named.language, False, _NO_CALL))
            except Problem as problem:
                problems.append(Problem(problem.what, place=f"{named.name}: {problem.place}", remedy=problem.remedy))
        done += 1
        if progress is not None:
            progress(done, len(wanted))

    async with asyncio.TaskGroup() as group:
        for named in wanted:
            group.create_task(make(named))
    if problems:
        raise NotPrepared(problems)
    return frozenset(named.name for named in wanted)


def _under(language: Language, name: str) -> str:
    return name if language == FIRST else f"{language}/{name}"
