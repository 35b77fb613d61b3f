"""Everything put together: the one place that knows every room. Started in order, stopped in the opposite one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from prometheus_client.core import Metric

import migrations
from assist.advice import directory as directories
from assist.advice import sources
from assist.advice.adviser import Adviser
from assist.contact_keeper import ContactKeeper
from assist.conversation import AgentFacts
from assist.desk.board_routes import BoardRoutes
from assist.desk.boards import QueueKeeper
from assist.desk.routes import DeskRoutes, Destination, DirectoryInfo
from assist.desk.service import DeskService
from assist.guide.routes import GuideRoutes
from assist.speech import models
from core.bus import Bus
from core.clock import Clock, SystemClock
from core.database import Database
from core.errors import Problem
from memberline import addresses, callers, documenting, interface, listening, metrics, pension, queues, softphone
from memberline.ear import menu_ear
from memberline.housekeeping import Housekeeping
from memberline.mending import Mending
from memberline.paths import DESK
from memberline.settings import Settings
from realtime.bus import open_bus
from realtime.gateway import Gateway
from realtime.http import HttpServer, create_app
from realtime.oidc import OpenIdConnect, Provider
from realtime.tickets import Tickets
from records.agent_times import AgentTimes
from records.agents import Agent, Agents
from records.audit import Audit
from records.confirming import Confirming
from records.contact_routes import ContactRoutes
from records.contacts import Contacts
from records.name_routes import NameRoutes
from records.passwords import Passwords
from records.request_routes import RequestRoutes
from records.second_factor import SecondFactor
from records.sessions import SessionKeeper
from records.task_routes import TaskRoutes
from records.tasks import Tasks
from scheduling.history.keeper import HistoryKeeper
from scheduling.history.store import History
from scheduling.staff.service import Staff
from scheduling.staff.times import TimeKeeper
from telephony import softphones
from telephony.agents import states as agent_states
from telephony.agents.rules import AgentRules
from telephony.agents.service import AgentsOnPhones
from telephony.agents.states import OffPhones
from telephony.ami import fetch
from telephony.ami.connection import Address
from telephony.phone_system import PhoneSystem, acting_needs

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Addresses:
    """Where the running service is reached."""

    http: str
    gateway: str


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Addresses]:
    """The whole service, while the context lasts. Raises one clear `Problem` where a part cannot start."""
    if not settings.pepper:
        raise Problem(
            "is not set", place="pepper", remedy="Set MEMBERLINE_PEPPER_FILE to a file with a long random secret"
        )
    async with open_bus(settings.bus_url) as bus, _serving(settings, bus) as where:
        yield where


@asynccontextmanager
async def _serving(settings: Settings, bus: Bus) -> AsyncIterator[Addresses]:
    clock = SystemClock()
    await asyncio.to_thread(migrations.upgrade, settings.database_url)
    model, adviser = await asyncio.to_thread(_loaded, settings)
    database = Database(settings.database_url)
    passwords = Passwords(settings.pepper)
    contacts, audit = Contacts(database, clock), Audit(database, clock, settings.pepper)
    agents = Agents(
        database,
        passwords,
        clock,
        devices=settings.agent_devices,
        queues=await asyncio.to_thread(queues.load, settings.queues),
    )
    plan = await asyncio.to_thread(pension.connected, settings)
    kept = callers.files(
        settings,
        database,
        clock,
        passwords=passwords,
        audit=audit,
        contacts=contacts,
        agents=agents,
        pension=plan,
    )
    members = kept.members

    phones = _phone_system(settings, bus, clock)
    on_phones, staff = await _staff(settings, phones, agents, bus, clock)
    times = TimeKeeper(times=AgentTimes(database), bus=bus, at=staff.at)
    visits = HistoryKeeper(history=History(database), bus=bus, now=clock.now)

    keeper = ContactKeeper(
        bus=bus, contacts=contacts, system=settings.system_name, speech_model=model.label, agents=staff.name_at
    )
    desks = DeskService(
        bus=bus,
        clock=clock,
        agents=staff.all,
        directory=members,
        audit=audit,
        phones=on_phones,
        live=phones.live,
        speech_model=model.label,
    )
    lines = QueueKeeper(bus=bus, retell=phones.tell_queues)
    mending = _mending(settings, contacts, clock, phones, staff)

    tickets, sessions = Tickets(clock), SessionKeeper(database)
    tls = addresses.tls_context(settings)
    origin = addresses.origin(settings)
    gateway = Gateway(
        bus,
        tickets,
        host=settings.gateway_host,
        port=settings.gateway_port,
        origins=(origin, *settings.allowed_origins),
        tls=tls,
        onlooker=desks.looks.of_other,
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await database.check()
        for part in (keeper, on_phones, staff, times, visits, desks, lines):
            stack.push_async_callback(part.stop)
            await part.start()
        helped = await stack.enter_async_context(
            documenting.served(
                settings,
                adviser,
                bus=bus,
                clock=clock,
                file=desks.file,
                agent=lambda device: _facts(staff.at(device)),
                database=database,
                directory_file=_directory_file(settings),
            )
        )
        heard = await stack.enter_async_context(
            listening.served(
                settings,
                model,
                phones,
                database=database,
                bus=bus,
                clock=clock,
                audit=audit,
                contacts=contacts,
                agent_name=lambda at: staff.name_at(at)[1],
                watched=desks.watched,
            )
        )
        if plan is not None:
            stack.push_async_callback(plan.close)
        changes = await stack.enter_async_context(
            pension.changing(
                settings,
                plan,
                database=database,
                bus=bus,
                clock=clock,
                contacts=contacts,
                members=members,
                audit=audit,
            )
        )
        tasks, zone = Tasks(database, clock), ZoneInfo(settings.site_zone)
        desk = DeskRoutes(
            desks=desks,
            contacts=contacts,
            members=members,
            audit=audit,
            phone=phones,
            directory=_directory_info(adviser.directory, staff.states),
            dismiss=helped.helping.dismiss,
            end_alarm=helped.helping.end_alarm,
            call_for=helped.helping.call_for,
            confirm=Confirming(confirms=changes.confirm if changes else contacts.confirm, tasks=tasks).confirm,
            clock=clock,
            zone=zone,
        )
        keeping = Housekeeping(
            audit=audit,
            calling=kept.calling,
            clock=clock,
            audit_keep_days=settings.audit_keep_days,
            recordings=heard.recorded.daily if heard.recorded else None,
            outbox=changes.outbox.prune if changes else None,
        )
        for service in (keeping, gateway):
            stack.push_async_callback(service.stop)
            await service.start()
        stack.push_async_callback(sessions.stop)
        gateway_url = addresses.gateway(settings, gateway.port)
        ear = menu_ear(taps=phones.taps, decoders=heard.decoders, models=heard.models, clock=clock)
        side = await stack.enter_async_context(
            callers.served(settings, kept, phones, database=database, bus=bus, clock=clock, ear=ear)
        )
        app = create_app(
            interface.routes(
                desk=desk,
                boards=BoardRoutes(wall=desks.wall, queues=lines, looks=desks.looks),
                staff=staff,
                requests=RequestRoutes(requests=kept.requests, members=members, audit=audit),
                tasks=TaskRoutes(tasks=tasks, members=members, audit=audit, clock=clock, zone=zone),
                names=NameRoutes(members=members, audit=audit, agent_name=lambda agent_id: _name(staff, agent_id)),
                guide=GuideRoutes(guiding=helped.guide, agent_on=desk.agent_on),
                softphone=await stack.enter_async_context(
                    softphone.served(phones.acting, clock, server=settings.softphone_url, stun=settings.softphone_stun)
                ),
                audit=audit,
                closing=side.closing.routes(lambda agent_id: _name(staff, agent_id)),
                contacts=ContactRoutes(contacts=contacts, members=members, audit=audit, sealing=heard.sealing),
                recordings=(
                    heard.recorded.routes(contacts=contacts, members=members, audit=audit, agent_on=desk.agent_on)
                    if heard.recorded
                    else None
                ),
                changes=changes.routes if changes else None,
            ),
            bus=bus,
            clock=clock,
            authenticator=agents,
            people=agents,
            kept=sessions,
            tickets=tickets,
            gateway_url=gateway_url,
            static=_built(DESK),
            origins=(origin, *settings.allowed_origins),
            secure=origin.startswith("https:"),
            second_factor=SecondFactor(agents, clock, settings.pepper),
            two_factor=settings.two_factor,
            proxies=settings.trusted_proxies,
            organisation=_organisation(settings, agents, clock),
            passwords=settings.password_sign_in,
        )
        http = HttpServer(softphone.admit(app, settings.softphone_url), settings.http_host, settings.http_port, tls=tls)
        stack.push_async_callback(http.stop)
        await http.start()
        await stack.enter_async_context(_scraped(settings, phones, heard, changes, clock))
        # The phone system last, so that everybody hears its first snapshot. Callers are handed over while it is up.
        for first_let_go in (mending, phones, ear, side.ivr):
            stack.push_async_callback(first_let_go.stop)
        await phones.start()
        await mending.start()
        yield Addresses(http=origin, gateway=gateway_url)


def _loaded(settings: Settings) -> tuple[models.SpeechModel, Adviser]:
    model = models.load(settings.speech_model)
    log.info("speech model: %s", model.label)
    return model, sources.adviser(_directory_file(settings))


def _directory_file(settings: Settings) -> Path:
    return Path(settings.directory) if settings.directory else directories.SAMPLE


def _phone_system(settings: Settings, bus: Bus, clock: Clock) -> PhoneSystem:
    return PhoneSystem(
        system=settings.system_name,
        bus=bus,
        clock=clock,
        listen=Address(
            settings.ami_host,
            settings.ami_port,
            settings.ami_listen_user,
            settings.ami_listen_secret,
            needs=fetch.NEEDS,
            booted=True,
        ),
        act=Address(
            settings.ami_host,
            settings.ami_port,
            settings.ami_act_user,
            settings.ami_act_secret,
            needs=acting_needs() | (softphones.NEEDS if settings.softphone_url else frozenset()),
        ),
        audio=(settings.audio_host, settings.audio_port),
        transfer_context=settings.transfer_context,
    )


@asynccontextmanager
async def _scraped(
    settings: Settings, phones: PhoneSystem, heard: listening.EarSide, changes: pension.Changes | None, clock: Clock
) -> AsyncIterator[None]:
    """Monitoring is told how things stand while the context lasts, where it is wanted."""

    async def told() -> list[Metric]:
        found = metrics.speech(heard.decoders.figures())
        found += metrics.calls(len(phones.live()), len(heard.recorded.recorder.contacts) if heard.recorded else 0)
        return found + (metrics.outbox(await changes.outbox.load(), clock.now()) if changes else [])

    if settings.metrics_port is None:
        yield
        return
    async with metrics.served([told], settings.metrics_host, settings.metrics_port):
        yield


def _mending(settings: Settings, contacts: Contacts, clock: Clock, phones: PhoneSystem, staff: Staff) -> Mending:
    """What mends the contacts from the PBX's own record, after each snapshot too."""
    mending = Mending(
        url=settings.cel_url,
        table=settings.cel_table,
        context=settings.trunk_context,
        system=settings.system_name,
        contacts=contacts,
        clock=clock,
        live=phones.live,
        agent=staff.name_at,
    )
    phones.on_snapshot(lambda _: mending.mend())
    return mending


async def _staff(
    settings: Settings, phones: PhoneSystem, agents: Agents, bus: Bus, clock: Clock
) -> tuple[AgentsOnPhones, Staff]:
    """Who works here, and what their telephones do."""
    on_phones = AgentsOnPhones(
        system=settings.system_name,
        bus=bus,
        clock=clock,
        control=phones.control,
        rules=AgentRules(
            wrap_up_s=settings.wrap_up_s, no_answers=settings.no_answers, away_after_s=settings.away_after_s
        ),
        retell=phones.tell_queues,
    )
    staff = Staff(
        agents=agents, phones=on_phones, bus=bus, clock=clock, states=agent_states.states(settings.agent_states)
    )
    await staff.load()
    return on_phones, staff


def _organisation(settings: Settings, agents: Agents, clock: Clock) -> OpenIdConnect | None:
    if not settings.oidc_issuer:
        if not settings.password_sign_in:
            raise Problem("is off, and there is no other way in", place="password_sign_in", remedy="Set oidc_issuer")
        return None
    provider = Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, settings.oidc_claim)
    return OpenIdConnect(provider, find=agents.by_username, origin=addresses.origin(settings), clock=clock)


def _name(staff: Staff, agent_id: str) -> str:
    """An agent's name; what is no agent's id (`command line`) as it is."""
    return next((agent.name for agent in staff.all if agent.agent_id == agent_id), agent_id)


def _facts(agent: Agent | None) -> AgentFacts:
    return AgentFacts(level=agent.level, specialties=agent.specialties) if agent else AgentFacts()


def _directory_info(directory: directories.Directory, states: tuple[OffPhones, ...]) -> DirectoryInfo:
    return DirectoryInfo(
        states=states,
        destinations=tuple(
            Destination(id=place.id, name=place.name, kind=place.kind, purpose=place.purpose)
            for place in directory.destinations
        ),
        topics=tuple(topic.id for topic in directory.topics),
    )


def _built(desk: Path) -> Path:
    if not (desk / "index.html").exists():
        raise Problem("the desk is not built", place=str(desk), remedy="Run `make setup`")
    return desk
