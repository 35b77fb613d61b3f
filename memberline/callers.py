"""The callers' side put together: the menu, what it says and hears, who calls, self-service, waiting, call backs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from core.bus import Bus
from core.clock import Clock
from core.database import Database
from ivr.calling_numbers import CallingNumbers
from ivr.dialog.actions import World
from ivr.document import reading
from ivr.document.model import Document
from ivr.identity import Identity
from ivr.parts import Parts, Returned
from ivr.self_service.catalogue import SPECS, Services
from ivr.self_service.serving import Office
from ivr.service import IvrService
from ivr.sounds.store import SoundStore
from ivr.sounds.voices import voices
from ivr.speech.ear import SpeechEar
from ivr.versions import Versions, VersionStore
from ivr.waiting.callback_service import CallbackService, Trunk
from ivr.waiting.callback_store import CallbackStore
from ivr.waiting.dialable import Dialable
from ivr.waiting.priority import priority
from ivr.waiting.queues import Queues
from ivr.waiting.tracing import in_record
from memberline import closing
from memberline.paths import CLOSING_MENU, MENU, PROMPTS
from memberline.pension import Pension
from memberline.settings import Settings, pairs
from records.agents import Agents
from records.appointments import Appointments
from records.audit import Audit
from records.contacts import Contacts
from records.directory import Accounts
from records.members import MemberDirectory
from records.passwords import Passwords
from records.pins import Pins
from records.proofs import Proofs
from records.requests import Requests
from telephony.phone_system import PhoneSystem

log = logging.getLogger(__name__)

LEVELS = {name: spec.level for name, spec in SPECS.items()}


@dataclass(frozen=True)
class Files:
    """What is kept of callers and for them."""

    members: Accounts
    requests: Requests
    calling: CallingNumbers
    office: Office
    closing: closing.Kept
    zone: ZoneInfo


def files(
    settings: Settings,
    database: Database,
    clock: Clock,
    *,
    passwords: Passwords,
    audit: Audit,
    contacts: Contacts,
    agents: Agents,
    pension: Pension | None = None,
) -> Files:
    zone = ZoneInfo(settings.site_zone)
    proofs = Proofs(database, clock, passwords, zone=zone)
    members: Accounts = MemberDirectory(database, clock, passwords, proofs)
    if pension is not None:
        members = pension.accounts(members, database, clock)
    requests = Requests(database, clock)
    calling, appointments = CallingNumbers(database, clock), Appointments(database, clock)
    office = Office(
        members=members,
        requests=requests,
        appointments=appointments,
        contacts=contacts,
        audit=audit,
        pins=Pins(database, clock, passwords, audit, proofs, zone=zone),
        zone=zone,
    )
    of_closing = closing.Kept(
        database, members, contacts, appointments, requests, calling, audit=audit, agents=agents, passwords=passwords
    )
    return Files(members, requests, calling, office, of_closing, zone)


@dataclass(frozen=True)
class CallersSide:
    """What the rest of the service has to do with."""

    ivr: IvrService
    closing: closing.Closing


@asynccontextmanager
async def served(
    settings: Settings,
    kept: Files,
    phones: PhoneSystem,
    *,
    database: Database,
    bus: Bus,
    clock: Clock,
    ear: SpeechEar | None = None,
) -> AsyncIterator[CallersSide]:
    """The menu takes every call that the PBX hands over, and those that it finds waiting, while the context lasts.

    Enter before the phone system is started. Callers are let go of by `IvrService.stop`, while the phone system is up.
    """
    menu = Path(settings.menu) if settings.menu else MENU
    folder = Path(settings.sounds) if settings.sounds else PROMPTS
    languages = (await asyncio.to_thread(reading.load, menu, SPECS)).languages
    sounds = SoundStore(
        folder,
        await asyncio.to_thread(voices, languages, pairs(settings.voices, "voices", "LANGUAGE=VOICE")),
        recordings=menu.parent,
    )

    async def prepare(document: Document) -> None:
        await sounds.prepare(document)
        if ear is not None:
            await ear.prepare(document)

    versions = Versions(path=menu, services=SPECS, store=VersionStore(database, clock), prepare=prepare)
    callback_store, dialable = CallbackStore(database), Dialable(never=frozenset(settings.own_numbers))

    async def take_back(channel: str, returned: Returned) -> None:
        await ivr.take_back(channel, returned)

    closed = closing.Closing(
        kept.closing,
        versions=versions,
        callbacks=callback_store,
        dialable=dialable,
        sounds=sounds,
        take_back=take_back,
        phones=phones,
        bus=bus,
        clock=clock,
        zone=kept.zone,
    )
    queues = Queues(
        bus=bus, clock=clock, announced=closed.known.announced, callback_above_s=closed.settings.callback_above_s
    )
    callbacks = CallbackService(
        store=callback_store,
        queues=queues,
        openings=closed.openings,
        dialler=phones.control,
        trace=in_record(settings.cel_url, settings.cel_table),
        bus=bus,
        clock=clock,
        trunk=Trunk(dial=settings.callback_dial, shown=settings.callback_shown),
        dialable=dialable,
    )
    members = kept.members

    async def moves_up(member_id: str) -> int | None:
        member = await members.profile(member_id)
        if member is None:
            return None
        return priority((past.at for past in member.last_contacts), clock.now(), flags=member.flags)

    parts = Parts(
        sounds=sounds,
        identity=Identity(members, kept.calling, clock, zone=kept.office.zone),
        services=Services(kept.office, clock, closed.by_telephone(settings.closing_numbers)),
        queues=queues,
        callbacks=callbacks,
        world=lambda: World(now=clock.now(), announced=dict(closed.known.announced()), levels=LEVELS),
        bus=bus,
        clock=clock,
        ear=ear,
        priority=moves_up,
    )
    ivr = IvrService(
        system=settings.system_name,
        agi=phones.agi,
        outside=phones.control,
        redirect=phones.redirect,
        current=versions.current,
        parts=parts,
        context=settings.trunk_context,
        others=await _closing_menu(settings, sounds),
    )
    phones.on_acting_event(ivr.on_event)
    phones.on_acting_event(callbacks.on_event)
    phones.on_snapshot(lambda snapshot: ivr.adopt(snapshot.channels))
    phones.on_snapshot(closed.on_snapshot)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(sounds)
        for part in (versions, closed, queues, callbacks):
            stack.push_async_callback(part.stop)
            await part.start()
        log.info("menu: %s, version %s", versions.current().name, versions.current().version)
        yield CallersSide(ivr, closed)


async def _closing_menu(settings: Settings, sounds: SoundStore) -> Mapping[str, Callable[[], Document]]:
    """The menu by which the centre is closed, for those who dial the extension that is set for it."""
    if not settings.closing_extension:
        return {}
    document = await asyncio.to_thread(reading.load, CLOSING_MENU, SPECS)
    await sounds.prepare(document)
    return {settings.closing_extension: lambda: document}
