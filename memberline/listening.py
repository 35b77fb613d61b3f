"""The ear put together: which language is heard with what, what of it may be seen, and where it is recorded."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from assist.discretion import Discretion
from assist.hearing import Hearing
from assist.redaction.model import Policy
from assist.speech import capacity, corrections, voice
from assist.speech.capacity import Calibration
from assist.speech.languages import Ear, Languages
from assist.speech.models import SpeechModel
from assist.speech.pool import DecoderPool
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.errors import Problem
from memberline.ear import by_language
from memberline.recording import RecordingSide, recording
from memberline.settings import Settings, pairs
from records.audit import Audit
from records.contacts import Contacts
from records.kept_values import KeptValues
from records.recording_keys import MasterKeys
from records.sealing import Sealing
from telephony.phone_system import PhoneSystem

HEARD_AGAIN = timedelta(days=2)  # of calls whose words were to come later, and whose process was stopped before

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EarSide:
    """What the rest of the service has to do with. `recorded`: None where calls are not."""

    decoders: DecoderPool
    models: Mapping[str, SpeechModel]
    recorded: RecordingSide | None
    sealing: Sealing | None


@asynccontextmanager
async def served(
    settings: Settings,
    model: SpeechModel,
    phones: PhoneSystem,
    *,
    database: Database,
    bus: Bus,
    clock: Clock,
    audit: Audit,
    contacts: Contacts,
    agent_name: Callable[[str], str],
    watched: Callable[[str], bool],
) -> AsyncIterator[EarSide]:
    """Calls are heard, and recorded where there is a key for it, while the context lasts.

    Enter before the phone system is started. Raises `Problem` for a setting that says no key, mode or rule.
    """
    master = MasterKeys(settings.recording_key, settings.recording_old_keys) if settings.recording_key else None
    sealing = Sealing(master) if master is not None else None
    recorded = None
    if master is not None:
        recorded = await asyncio.to_thread(
            recording, settings, master, database=database, bus=bus, clock=clock, audit=audit
        )
    heard_with = await by_language(model, pairs(settings.menu_speech, "menu_speech", "LANGUAGE=WHICH"))
    carried = settings.speech_calls or (await _calibrated(model, KeptValues(database, clock), clock)).calls
    voices = await asyncio.to_thread(voice.detectors)
    decoders = DecoderPool(model.recogniser, most_calls=carried, voices=voices)
    hearing = Hearing(
        bus=bus,
        clock=clock,
        taps=phones.taps,
        speech=decoders,
        languages=await asyncio.to_thread(_languages, settings, heard_with),
        discretion=_discretion(settings, sealing),
        agent_name=agent_name,
        recorder=recorded,
        watched=watched,
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(decoders)
        if recorded is not None:
            stack.push_async_callback(recorded.stop)
            await recorded.start()
        stack.push_async_callback(hearing.stop)
        await hearing.start()
        if recorded is not None:
            for contact_id in await recorded.kept.untranscribed(clock.now() - HEARD_AGAIN):
                if (contact := await contacts.get(contact_id)) is not None:
                    hearing.hear_from_recording(contact)
        yield EarSide(decoders, heard_with, recorded, sealing)


def _languages(settings: Settings, heard_with: Mapping[str, SpeechModel]) -> Languages:
    files = pairs(settings.corrections, "corrections", "LANGUAGE=FILE")
    if unknown := files.keys() - heard_with.keys():
        raise Problem(f"no model hears {min(unknown)!r}", place="corrections", remedy="Name a language that one does")
    tables = {language: corrections.load(Path(file)) for language, file in files.items()}
    return Languages(
        {
            language: Ear.with_model(model, tables.get(language, corrections.NONE))
            for language, model in heard_with.items()
        }
    )


async def _calibrated(model: SpeechModel, kept: KeptValues, clock: Clock) -> Calibration:
    """How many calls this machine carries with this model, measured when it was first seen here."""
    name = f"speech calibration {capacity.machine()} {model.label}"[:160]
    found = await kept.get(name, Calibration)
    threads = os.cpu_count() or 1
    if found is None or not capacity.still_good(found, model=model.label, threads=threads):
        found = await asyncio.to_thread(
            capacity.calibrate, model.recogniser, model=model.label, at=clock.now(), threads=threads
        )
        await kept.put(name, found)
    log.info("speech: %d calls at a time with %s on %s", found.calls, found.model, found.machine)
    return found


def _discretion(settings: Settings, sealing: Sealing | None) -> Callable[[str, str], Discretion]:
    """Begins one for a call, given its language and id."""
    policy = Policy.of(pairs(settings.redaction, "redaction", "KIND=MODE"))

    def begin(language: str, call_id: str) -> Discretion:
        seal = partial(sealing.seal, call_id) if sealing is not None else None
        return Discretion(language, policy=policy, seal=seal)

    return begin
