"""The HTTP interface against its own description: whatever is sent, the answer is one that the description names.

The real application with the real staff, desks and audit log on SQLite; a few cases of each operation in the normal
run, many in the long one.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from closing_house import House as Closing
from hypothesis import HealthCheck, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import migrations
from assist.desk.board_routes import BoardRoutes
from assist.desk.boards import QueueKeeper
from assist.desk.routes import DeskRoutes, DirectoryInfo
from assist.desk.service import DeskService
from assist.desk.softphone_routes import SoftphoneRoutes
from assist.guide.routes import GuideRoutes
from core.access import ROLES, Role
from core.clock import SystemClock
from core.database import Database
from ivr.queue_settings import QueueSettings
from ivr.routes import ClosingRoutes
from memberline import interface
from memberline.recording import recording
from memberline.settings import Settings
from realtime.bus import InProcessBus
from realtime.gateway import Gateway
from realtime.http import HttpServer, create_app
from realtime.openapi import describe
from realtime.tickets import Tickets
from records.agents import Agents, Hired
from records.audit import Audit
from records.change_request_routes import ChangeRequestRoutes
from records.change_requests import ChangeRequests
from records.confirming import Confirming
from records.contact_routes import ContactRoutes
from records.contacts import Contacts
from records.members import MemberDirectory
from records.name_routes import NameRoutes
from records.outbox import Outbox
from records.passwords import Passwords
from records.recording_keys import MasterKeys
from records.request_routes import RequestRoutes
from records.requests import Requests
from records.sealing import Sealing
from records.task_routes import TaskRoutes
from records.tasks import Tasks
from scheduling.staff.service import Staff
from telephony.agents.rules import AgentRules
from telephony.agents.service import AgentsOnPhones
from telephony.agents.states import STANDARD
from telephony.queue import QueueSeen, QueueState
from telephony.softphones import Softphones

KEY = base64.b64encode(bytes(32)).decode()
SECRET = "a long enough secret"
DESCRIPTION = describe(interface.declared(), version("memberline"))
OPERATIONS = [result.ok() for result in schemathesis.openapi.from_dict(DESCRIPTION).get_all_operations()]
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


class NoPhones:
    """A phone system that answers nothing: no verb of these reaches one."""

    def __getattr__(self, name: str) -> Any:
        async def verb(*_: object, **__: object) -> None:
            return None

        return verb


class NoHandbook:
    """Finds nothing."""

    async def search(self, typed: str, call_id: str | None = None) -> tuple[()]:
        return ()

    async def opened(self, call_id: str, passage_id: str) -> bool:
        return False


class PhoneWithDatabase:
    """A PBX that keeps what it is told and has nothing yet."""

    async def action(self, fields: Any, *, within: float = 5.0) -> dict[str, str]:
        return {"Response": "Success"}

    async def list_action(self, fields: Any, *, within: float = 5.0) -> list[dict[str, str]]:
        return []


def closing(db: Database, bus: InProcessBus, clock: Any, passwords: Passwords) -> ClosingRoutes:
    house = Closing(db, clock, passwords, bus=bus)
    set_of_queues = QueueSettings(
        db, clock=clock, audit=house.audit, queues=lambda: house.service.queues, changed=house._overflow
    )
    return ClosingRoutes(
        closing=house.service, settings=set_of_queues, bus=bus, clock=clock, name=str, zone="America/New_York"
    )


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    url = f"sqlite:///{tmp_path / 'fuzz.db'}"
    await asyncio.to_thread(migrations.upgrade, url)
    db, bus, clock, tickets = Database(url), InProcessBus(), SystemClock(), Tickets(SystemClock())
    passwords = Passwords("x")
    agents, audit, contacts = Agents(db, passwords, clock), Audit(db, clock, "x"), Contacts(db, clock)
    members = MemberDirectory(db, clock, passwords)
    rules = AgentRules(wrap_up_s=60, no_answers=2, away_after_s=30)
    phones: Any = NoPhones()
    on_phones = AgentsOnPhones(system="pbx", bus=bus, clock=clock, control=phones, rules=rules)
    staff = Staff(agents=agents, phones=on_phones, bus=bus, clock=clock, states=STANDARD)
    for role in ROLES:
        await agents.hire(Hired(username=role, name=role.title(), role=role, password=SECRET))
    await staff.load()
    desks = DeskService(
        bus=bus,
        clock=clock,
        agents=staff.all,
        directory=members,
        audit=audit,
        phones=on_phones,
        live=frozenset,
        speech_model="",
    )
    queues = QueueKeeper(bus=bus, retell=lambda: None)
    for keeper in (desks, queues):
        await keeper.start()
    await bus.publish("queue.q", QueueSeen(at=clock.now(), state=QueueState(queue="q", waiting=(), members=())))
    tasks = Tasks(db, clock)
    desk = DeskRoutes(
        desks=desks,
        contacts=contacts,
        members=members,
        audit=audit,
        phone=phones,
        directory=DirectoryInfo(destinations=(), topics=(), states=STANDARD),
        dismiss=lambda call_id, suggestion_id: asyncio.sleep(0, False),
        call_for=lambda call_id, kind: asyncio.sleep(0, False),
        end_alarm=lambda call_id, alarm_id: asyncio.sleep(0, False),
        confirm=Confirming(confirms=contacts.confirm, tasks=tasks).confirm,
        clock=clock,
        zone=UTC,
    )
    gateway = Gateway(bus, tickets)
    await gateway.start()
    outbox = Outbox(db, clock)
    changes = ChangeRequests(db, clock, pepper="x", outbox=outbox)
    recorded = recording(
        Settings(recordings=str(tmp_path / "recordings")),
        MasterKeys(KEY),
        database=db,
        bus=bus,
        clock=clock,
        audit=audit,
    )
    await recorded.start()
    app = create_app(
        interface.routes(
            desk=desk,
            guide=GuideRoutes(guiding=NoHandbook(), agent_on=desk.agent_on),  # type: ignore[arg-type]
            softphone=SoftphoneRoutes(Softphones(PhoneWithDatabase(), clock), server="wss://pbx.example.org:8089/ws"),
            boards=BoardRoutes(wall=desks.wall, queues=queues, looks=desks.looks),
            staff=staff,
            requests=RequestRoutes(requests=Requests(db, clock), members=members, audit=audit),
            tasks=TaskRoutes(tasks=tasks, members=members, audit=audit, clock=clock, zone=UTC),
            names=NameRoutes(members=members, audit=audit, agent_name=str),
            audit=audit,
            closing=closing(db, bus, clock, passwords),
            contacts=ContactRoutes(contacts=contacts, members=members, audit=audit, sealing=Sealing(MasterKeys(KEY))),
            changes=ChangeRequestRoutes(changes=changes, outbox=outbox, members=members, audit=audit),
            recordings=recorded.routes(contacts=contacts, members=members, audit=audit, agent_on=desk.agent_on),
        ),
        bus=bus,
        clock=clock,
        authenticator=agents,
        tickets=tickets,
        gateway_url=f"ws://127.0.0.1:{gateway.port}/",
    )
    server = HttpServer(app, "127.0.0.1", 0)
    await server.start()
    yield f"http://127.0.0.1:{server.port}"
    await server.stop()
    await gateway.stop()
    for keeper in (desks, queues, recorded):
        await keeper.stop()
    await db.close()


def fuzz(address: str, role: Role, examples: int) -> None:
    """Every operation as somebody of this role; raises what the checks find."""
    import requests

    browser = requests.Session()
    browser.headers["X-Memberline"] = "1"

    def sign_in() -> None:
        answer = browser.post(f"{address}/api/session", json={"username": role, "password": SECRET}, timeout=20)
        answer.raise_for_status()

    sign_in()
    for operation in OPERATIONS:
        if operation.path == "/api/session":  # it would sign us out, or be stopped for guessing
            continue
        if operation.method.upper() == "DELETE" and operation.path == "/api/agents/{agent_id}":
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck))
            def sends(case: Any) -> None:
                case.headers = {**(case.headers or {}), "X-Memberline": "1"}
                case.call_and_validate(base_url=address, session=browser, checks=CHECKS, timeout=20)

            try:
                sends()
            except BaseException as found:
                if "Unsatisfiable" in type(found).__name__:  # nothing about it can be wrong
                    continue
                raise


async def test_a_few_of_everything(address: str) -> None:
    await asyncio.to_thread(fuzz, address, "administrator", 2)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("role", ["agent", "supervisor", "administrator", "auditor"])
async def test_a_lot_of_everything(address: str, role: Role) -> None:
    await asyncio.to_thread(fuzz, address, role, 60)
