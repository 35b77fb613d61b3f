"""The ear put together: which language is heard with what, what of it may be seen, and where it is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from assist.discretion import Discretion
from assist.hearing import Hearing
from assist.redaction.model import Policy
from assist.speech.languages import Ear, Languages
from assist.speech.models import SpeechModel
from assist.speech.pool import DecoderPool
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from memberline.ear import by_language
from memberline.recording import RecordingSide, recording
from memberline.settings import Settings, pairs
from records.audit import Audit
from records.recording_keys import MasterKeys
from records.sealing import Sealing
from telephony.phone_system import PhoneSystem


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
    agent_name: Callable[[str], str],
) -> AsyncIterator[EarSide]:
    """Calls are heard, and recorded where there is a key for it, while the context lasts.

    Enter before the phone system is started. Raises `Problem` for a setting that says no key, mode or rule.
    """
    master = MasterKeys(settings.recording_key, settings.recording_old_keys) if settings.recording_key else None
    sealing = Sealing(master) if master is not None else None
    recorded = None
    if master is not None:
        recorded = await asyncio.to_thread(recording, settings, master, database=database, clock=clock, audit=audit)
    heard_with = await by_language(model, pairs(settings.menu_speech, "menu_speech", "LANGUAGE=WHICH"))
    decoders = DecoderPool(model.recogniser)
    hearing = Hearing(
        bus=bus,
        clock=clock,
        taps=phones.taps,
        speech=decoders,
        languages=Languages({language: Ear.with_model(each) for language, each in heard_with.items()}),
        discretion=_discretion(settings, sealing),
        agent_name=agent_name,
        recorder=recorded,
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(decoders)
        if recorded is not None:
            stack.push_async_callback(recorded.stop)
            await recorded.start()
        stack.push_async_callback(hearing.stop)
        await hearing.start()
        yield EarSide(decoders, heard_with, recorded, sealing)


def _discretion(settings: Settings, sealing: Sealing | None) -> Callable[[str, str], Discretion]:
    """Begins one for a call, given its language and id."""
    policy = Policy.of(pairs(settings.redaction, "redaction", "KIND=MODE"))

    def begin(language: str, call_id: str) -> Discretion:
        seal = partial(sealing.seal, call_id) if sealing is not None else None
        return Discretion(language, policy=policy, seal=seal)

    return begin
