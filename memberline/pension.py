"""The pension system put together: whom calls are about, and what becomes of what they give."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.errors import Problem
from core.following import tell
from memberline.settings import Settings
from records import change_rules_file
from records.audit import Audit
from records.change_events import ChangeMoved
from records.change_proposing import ContactChanges
from records.change_request_routes import ChangeRequestRoutes
from records.change_requests import CHANGE, ChangeRequests
from records.change_rules import ChangeRules
from records.change_sending import ChangeCarrier
from records.confirming import Confirms
from records.contacts import Contacts
from records.directory import Accounts
from records.outbox import Outbox
from records.outbox_worker import OutboxWorker
from records.pension.directory import PensionAccounts
from records.pension.local import OwnKnowledge
from records.pension.mapping import load_rest, load_sql
from records.pension.rest_changes import RestChanges
from records.pension.rest_profiles import RestProfileSource
from records.pension.sql_changes import SqlChanges
from records.pension.sql_profiles import SqlProfileSource


@dataclass(frozen=True)
class Pension:
    """A plan's own system, as far as its mapping file tells of it."""

    profiles: SqlProfileSource | RestProfileSource | None
    changes: SqlChanges | RestChanges | None
    rules: ChangeRules

    def accounts(self, own: Accounts, database: Database, clock: Clock) -> Accounts:
        """Its members, with what we know of them ourselves."""
        if self.profiles is None:
            return own
        return PensionAccounts(self.profiles, clock, own, local=OwnKnowledge(database))

    async def close(self) -> None:
        for each in (self.profiles, self.changes):
            if each is not None:
                await each.close()


@dataclass(frozen=True)
class Changes:
    """How a contact is confirmed where its changes go on to the pension system, who decides on them, and what is
    on its way.
    """

    confirm: Confirms
    routes: ChangeRequestRoutes
    outbox: Outbox


def connected(settings: Settings) -> Pension | None:
    """None: there is no such system, our own tables hold the members. Blocks; raises `Problem` for a wrong file."""
    if not settings.pension_mapping:
        return None
    path = Path(settings.pension_mapping)
    rules = change_rules_file.load(Path(settings.change_rules)) if settings.change_rules else ChangeRules()
    if not settings.pension_url:
        raise Problem("is not set", place="pension_url", remedy="Set MEMBERLINE_PENSION_URL_FILE")
    if _kind(path) == "rest":
        rest = load_rest(path)
        headers = {"Authorization": f"Bearer {settings.pension_token}"} if settings.pension_token else None
        return Pension(
            profiles=RestProfileSource(rest, settings.pension_url, headers=headers) if rest.profiles else None,
            changes=RestChanges(rest, settings.pension_url, headers=headers) if rest.changes else None,
            rules=rules,
        )
    sql = load_sql(path)
    return Pension(
        profiles=SqlProfileSource(sql, settings.pension_url) if sql.profiles else None,
        changes=SqlChanges(sql, settings.pension_url) if sql.changes else None,
        rules=rules,
    )


@asynccontextmanager
async def changing(
    settings: Settings,
    pension: Pension | None,
    *,
    database: Database,
    bus: Bus,
    clock: Clock,
    contacts: Contacts,
    members: Accounts,
    audit: Audit,
) -> AsyncIterator[Changes | None]:
    """What contacts give goes to the pension system while the context lasts; None where it takes no changes."""
    if pension is None or pension.changes is None:
        yield None
        return

    async def moved(event: ChangeMoved) -> None:
        if event.state == "done" and isinstance(members, PensionAccounts):
            members.forget(event.member_id)
        await tell(bus, f"change.{event.change_id}", event)

    outbox = Outbox(database, clock)
    changes = ChangeRequests(database, clock, pepper=settings.pepper, outbox=outbox, rules=pension.rules, publish=moved)
    worker = OutboxWorker(outbox, {CHANGE: ChangeCarrier(changes, pension.changes)}, first=changes.let_through)
    proposing = ContactChanges(
        contacts=contacts, changes=changes, members=members, audit=audit, clock=clock, wake=worker.wake
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(worker.stop)
        await worker.start()
        yield Changes(
            proposing.confirm,
            ChangeRequestRoutes(changes=changes, outbox=outbox, members=members, audit=audit),
            outbox,
        )


def _kind(path: Path) -> str:
    """What the file says it is; whatever is wrong with it, who reads the whole of it says better."""
    try:
        found = yaml.safe_load(path.read_text())
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", place=str(path)) from error
    except (yaml.YAMLError, UnicodeDecodeError):
        return "sql"
    return str(found.get("kind", "sql")) if isinstance(found, dict) else "sql"
