"""What `memberline doctor` looks at: each check finds something out and changes nothing, within a time limit.

One that fails never keeps the others from running; what a check needs and did not get is said in its place.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import migrations
from assist.advice import directory as directories
from assist.advice import model as models_of_advice
from assist.advice import sources
from assist.speech import models
from core.clock import SystemClock
from core.database import Database
from core.errors import DatabaseGone, Problem
from core.events import Message
from ivr.document import reading
from ivr.document.model import Leave, Queue
from ivr.self_service.catalogue import SPECS
from memberline import pension
from memberline.paths import DESK, MENU
from memberline.settings import Settings
from records.agents import Agents
from records.members import MemberDirectory
from records.passwords import Passwords
from records.pension.rest_changes import RestChanges
from records.proofs import Proofs
from records.recording_keys import MasterKeys
from telephony import cel
from telephony.ami import fetch
from telephony.ami.connection import Address, Connection
from telephony.phone_system import acting_needs

WITHIN_S = 20.0
AMI_WITHIN_S = 8.0
RECORDED_BYTES_PER_S = 16_000  # of a call: two sides, a byte a sample
ENOUGH_HOURS = 500
MODULES = (
    *("app_queue", "app_audiosocket", "app_chanspy", "app_read", "app_playback", "app_userevent", "app_originate"),
    *("res_agi", "res_audiosocket", "chan_audiosocket", "func_timeout", "func_global", "format_wav"),
)
SNIPPETS = "Include the files of `memberline pbx config` and reload Asterisk"

Grade = Literal["ok", "warning", "failed"]


class Finding(Message, frozen=True, kw_only=True):
    """One line: what was looked at, what was found, and what to do about it."""

    check: str
    grade: Grade
    found: str
    remedy: str = ""


Check = Callable[[Settings], Awaitable[str]]
"""Returns what it found; raises `Problem` for what is wrong, `Doubt` for what may be."""


class Doubt(Problem):
    """Something works less well than it could."""


async def examine(settings: Settings) -> list[Finding]:
    """Every check, in the order in which things depend on each other."""
    return [await _finding(name, check, settings) for name, check in CHECKS.items()]


async def _finding(name: str, check: Check, settings: Settings) -> Finding:
    try:
        async with asyncio.timeout(WITHIN_S):
            return Finding(check=name, grade="ok", found=await check(settings))
    except Doubt as doubt:
        return Finding(check=name, grade="warning", found=doubt.what, remedy=doubt.remedy)
    except Problem as problem:
        what = f"{problem.place}: {problem.what}" if problem.place else problem.what
        return Finding(check=name, grade="failed", found=what, remedy=problem.remedy)
    except TimeoutError:
        return Finding(check=name, grade="failed", found=f"no answer within {WITHIN_S:.0f} s")
    except Exception as error:  # noqa: BLE001 - a doctor who faints helps nobody; it is said as what was found
        return Finding(check=name, grade="failed", found=f"{type(error).__name__}: {error}")


@asynccontextmanager
async def _listening(settings: Settings, needs: frozenset[str] = frozenset()) -> AsyncIterator[Connection]:
    if not settings.ami_listen_secret:
        raise Problem("ami_listen_secret is not set", remedy="It stands in manager_memberline.conf")
    user, secret = settings.ami_listen_user, settings.ami_listen_secret
    address = Address(settings.ami_host, settings.ami_port, user, secret, needs=needs, booted=bool(needs))
    connection = Connection(address, wanted=frozenset(), receive=lambda _: None)
    await connection.open(AMI_WITHIN_S)
    try:
        yield connection
    finally:
        connection.close()


async def _asterisk(settings: Settings) -> str:
    async with _listening(settings) as connection:
        answer = await connection.action({"Action": "CoreSettings"})
        return f"Asterisk {answer.get('AsteriskVersion', 'of unknown version')} at {connection.address}"


async def _may_listen(settings: Settings) -> str:
    async with _listening(settings, fetch.NEEDS):
        return f"{settings.ami_listen_user} may listen and take snapshots"


async def _may_act(settings: Settings) -> str:
    if not settings.ami_act_secret:
        raise Problem("ami_act_secret is not set", remedy="It stands in manager_memberline.conf")
    user, secret = settings.ami_act_user, settings.ami_act_secret
    address = Address(settings.ami_host, settings.ami_port, user, secret, needs=acting_needs())
    connection = Connection(address, wanted=frozenset(), receive=lambda _: None)
    await connection.open(AMI_WITHIN_S)
    connection.close()
    return f"{user} may do all that is needed"


async def _modules(settings: Settings) -> str:
    async with _listening(settings) as connection:
        missing = []
        for module in MODULES:
            try:
                await connection.action({"Action": "ModuleCheck", "Module": module})
            except Problem:
                missing.append(module)
    if missing:
        raise Problem(f"not loaded: {', '.join(missing)}", remedy="Load them in modules.conf")
    return f"all {len(MODULES)} needed modules are loaded"


async def _dialplan(settings: Settings) -> str:
    places = await asyncio.to_thread(directories.load, _directory_file(settings))
    internal = {place.id for place in places.destinations if place.kind == "internal"}
    wanted = await asyncio.to_thread(_led_to, settings)
    async with _listening(settings) as connection:
        entered = await _extensions(connection, settings.trunk_context)
        queues = await _extensions(connection, f"{settings.trunk_context}-queue")
        transfers = await _extensions(connection, settings.transfer_context)
    if not {"s", "fallback"} <= entered:
        raise Problem(f"there is no context {settings.trunk_context} as Memberline needs it", remedy=SNIPPETS)
    if missing := sorted(wanted - queues):
        raise Problem(f"the menu leads to {', '.join(missing)}, which the dialplan does not know", remedy=SNIPPETS)
    if missing := sorted(internal - transfers):
        raise Doubt(f"transfers to {', '.join(missing)} lead nowhere", remedy=SNIPPETS)
    return f"the menu's entrance, {len(queues)} queues and {len(transfers)} destinations are there"


def _led_to(settings: Settings) -> set[str]:
    """The queues that the menu leads to."""
    document = reading.load(Path(settings.menu) if settings.menu else MENU, SPECS)
    return {step.queue for step in document.steps.values() if isinstance(step, Queue | Leave)}


async def _extensions(connection: Connection, context: str) -> set[str]:
    try:
        rows = await connection.list_action({"Action": "ShowDialPlan", "Context": context}, within=AMI_WITHIN_S)
    except Problem:
        return set()  # Asterisk answers so for a context that does not exist
    return {row["Extension"] for row in rows if row.get("Context") == context and "Extension" in row}


async def _queues(settings: Settings) -> str:
    async with _listening(settings) as connection:
        rows = await connection.list_action({"Action": "QueueStatus"}, within=AMI_WITHIN_S)
    there = {row["Queue"] for row in rows if row.get("Event") == "QueueParams"}
    wanted = await asyncio.to_thread(_led_to, settings)
    if missing := sorted(wanted - there):
        raise Problem(f"there is no queue {', '.join(missing)}", remedy=SNIPPETS)
    empty = sorted(wanted - {row["Queue"] for row in rows if row.get("Event") == "QueueMember"})
    if empty:
        raise Doubt(f"nobody is a member of {', '.join(empty)}", remedy="Add members in queues.conf or with QueueAdd")
    return f"{', '.join(sorted(there))}"


async def _record(settings: Settings) -> str:
    if not settings.cel_url:
        raise Doubt(
            "cel_url is not set: calls that nobody saw are not found again", remedy="docs/operating.md says how"
        )
    since = SystemClock().now() - timedelta(days=1)
    rows = await asyncio.to_thread(cel.read_cel, settings.cel_url, settings.cel_table, since)
    found = cel.calls(rows, entered=settings.trunk_context)
    return f"readable; {len(found)} calls in the last 24 hours"


async def _database(settings: Settings) -> str:
    try:
        behind = await asyncio.to_thread(migrations.pending, settings.database_url)
    except DatabaseGone as gone:
        if settings.database_url.startswith("sqlite"):
            raise Doubt(f"{gone.place}: {gone.what}", remedy="`memberline serve` makes a missing one") from gone
        raise
    if behind:
        raise Doubt(f"{behind} migrations are still to run", remedy="`memberline serve` runs them when it starts")
    return "reachable and up to date"


async def _members(settings: Settings) -> str:
    if not settings.pepper:
        raise Problem("pepper is not set", remedy="Set MEMBERLINE_PEPPER_FILE to a file with a long random secret")
    database = Database(settings.database_url)
    try:
        clock, passwords = SystemClock(), Passwords(settings.pepper)
        proofs = Proofs(database, clock, passwords, zone=ZoneInfo(settings.site_zone))
        await MemberDirectory(database, clock, passwords, proofs).by_phone("+12025550100")
        people = await Agents(database, passwords, clock).all()
    finally:
        await database.close()
    able = sum(bool(agent.queues) for agent in people)
    if not able:
        raise Doubt("no agent has a right to a queue", remedy="Give one: memberline staff move NAME --queue QUEUE")
    return f"members are found; {able} agents have a right to a queue"


async def _speech(settings: Settings) -> str:
    model = await asyncio.to_thread(models.load, settings.speech_model)
    if not settings.speech_model:
        raise Doubt(f"{model.label}: it knows the demo's words only", remedy="Name a vosk model with speech_model")
    return model.label


async def _advice(settings: Settings) -> str:
    path = _directory_file(settings)
    found = await asyncio.to_thread(sources.load, path)
    learnt = await asyncio.to_thread(models_of_advice.load, path.parent / sources.MODEL)
    if learnt.learnt.fingerprint != found.fingerprint:
        raise Doubt("the adviser is older than its files", remedy="Learn anew: memberline adviser train")
    places = found.directory
    return f"{places.plan}: {len(places.destinations)} destinations, {len(places.topics)} topics"


def _directory_file(settings: Settings) -> Path:
    return Path(settings.directory) if settings.directory else directories.SAMPLE


async def _recordings(settings: Settings) -> str:
    if not settings.recording_key:
        raise Doubt("calls are not recorded: recording_key is not set", remedy="Make one: openssl rand -base64 32")
    MasterKeys(settings.recording_key, settings.recording_old_keys)
    return await asyncio.to_thread(_room, Path(settings.recordings))


def _room(folder: Path) -> str:
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise Problem("cannot be written to", place=str(there), remedy="Give the service's user the folder")
    hours = shutil.disk_usage(there).free / RECORDED_BYTES_PER_S / 3600
    if hours < ENOUGH_HOURS:
        raise Doubt(f"{folder}: room for {hours:.0f} hours of calls only", remedy="Give it a larger disk")
    return f"{folder}: room for {hours:,.0f} hours of calls"


async def _pension(settings: Settings) -> str:
    plan = await asyncio.to_thread(pension.connected, settings)
    if plan is None:
        return "members are in our own tables"
    try:
        for part in (plan.profiles, plan.changes):
            if part is not None and not isinstance(part, RestChanges):  # which cannot be asked without a change
                await part.check()
    finally:
        await plan.close()
    takes = [name for name, part in (("profiles", plan.profiles), ("changes", plan.changes)) if part is not None]
    return f"{settings.pension_mapping}: {' and '.join(takes)}"


async def _desk(settings: Settings) -> str:
    if not (DESK / "index.html").exists():
        raise Problem("the desk is not built", place=str(DESK), remedy="Run `make setup`")
    return "built"


async def _ports(settings: Settings) -> str:
    wanted = ((settings.http_host, settings.http_port), (settings.gateway_host, settings.gateway_port))
    taken = [f"{host}:{port}" for host, port in wanted if not await asyncio.to_thread(_free, host, port)]
    if taken:
        raise Doubt(
            f"{' and '.join(taken)} in use: by a running Memberline, or by something else",
            remedy="Set http_port and gateway_port to free ones if Memberline does not run",
        )
    return "free"


def _free(host: str, port: int) -> bool:
    try:
        with socket.create_server((host, port), reuse_port=False):
            return True
    except OSError:
        return False


CHECKS: dict[str, Check] = {
    "Asterisk": _asterisk,
    "AMI, listening": _may_listen,
    "AMI, acting": _may_act,
    "Modules": _modules,
    "Dialplan": _dialplan,
    "Queues": _queues,
    "PBX's record": _record,
    "Database": _database,
    "Members": _members,
    "Pension system": _pension,
    "Speech model": _speech,
    "Recordings": _recordings,
    "Directory": _advice,
    "Desk": _desk,
    "Ports": _ports,
}


def healthy(findings: Sequence[Finding]) -> bool:
    return all(finding.grade != "failed" for finding in findings)
