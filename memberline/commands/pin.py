"""`memberline pin`: codes for members to set a PIN with, access numbers for those who act for a member."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import click

import migrations
from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from memberline import settings
from records.audit import Audit
from records.members import MemberDirectory
from records.passwords import Passwords
from records.pins import CODE_HOLDS, Access, Pins
from records.profile import MemberProfile
from records.proofs import Proofs

T = TypeVar("T")
BY = "command line"


@click.group()
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML), as for `memberline serve`.")
@click.pass_context
def command(context: click.Context, file: Path | None) -> None:
    """What people prove with by telephone who they are. Each code is printed once and kept nowhere."""
    context.obj = file


@command.command()
@click.argument("member_number")
@click.pass_obj
def code(file: Path | None, member_number: str) -> None:
    """A code with which the member sets a PIN by telephone, to be mailed. It ends a lockout; an earlier one is void."""

    async def issue(members: MemberDirectory, pins: Pins) -> str:
        return await pins.issue_code((await _named(members, member_number)).member_id, BY)

    click.echo(f"{_run(file, issue)} (holds for {CODE_HOLDS.days} days)")


@command.command()
@click.argument("member_number")
@click.argument("name")
@click.pass_obj
def access(file: Path | None, member_number: str, name: str) -> None:
    """An access number and a code for NAME, who acts for the member as on record; an earlier code is void."""

    async def issue(members: MemberDirectory, pins: Pins) -> Access:
        member = await _named(members, member_number)
        theirs = [one for one in member.authorities if one.name == name]
        if len(theirs) != 1:
            known = ", ".join(one.name for one in member.authorities) or "nobody"
            found = "nobody" if not theirs else f"{len(theirs)} records"
            raise Problem(f"{found} of the name {name!r} acts for this member", remedy=f"On record: {known}")
        return await pins.issue_access(theirs[0].authority_id, BY)

    given = _run(file, issue)
    click.echo(f"number {given.number}, code {given.code}")


async def _named(members: MemberDirectory, member_number: str) -> MemberProfile:
    found = await members.by_number(member_number)
    if found is None:
        raise Problem("no member has this number", place=member_number, remedy="Check its digits")
    return found


def _run(file: Path | None, work: Callable[[MemberDirectory, Pins], Awaitable[T]]) -> T:
    async def run() -> T:
        async with _opened(file) as (members, pins):
            return await work(members, pins)

    return asyncio.run(run())


@asynccontextmanager
async def _opened(file: Path | None) -> AsyncIterator[tuple[MemberDirectory, Pins]]:
    chosen, clock = settings.load(file), SystemClock()
    if not chosen.pepper:
        raise Problem("is not set", place="pepper", remedy="Set MEMBERLINE_PEPPER_FILE, as for `memberline serve`")
    await asyncio.to_thread(migrations.upgrade, chosen.database_url)
    database, passwords, zone = Database(chosen.database_url), Passwords(chosen.pepper), ZoneInfo(chosen.site_zone)
    proofs = Proofs(database, clock, passwords, zone=zone)
    audit = Audit(database, clock, chosen.pepper)
    try:
        members = MemberDirectory(database, clock, passwords, proofs)
        yield members, Pins(database, clock, passwords, audit, proofs, zone=zone)
    finally:
        await database.close()
