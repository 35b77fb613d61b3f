"""`memberline staff closing-pin`: with what somebody closes the centre by telephone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

import migrations
from core.access import allowed
from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from ivr.closing_codes import ClosingCodes
from memberline import settings
from memberline.operators import who
from records.agents import Agents
from records.audit import Audit
from records.passwords import Passwords


@click.command("closing-pin")
@click.argument("username")
@click.option("--take-away", is_flag=True, help="They close nothing by telephone any more.")
@click.pass_obj
def command(file: Path | None, username: str, take_away: bool) -> None:
    """A code with which USERNAME closes the centre by telephone: printed once. An earlier one is void."""
    click.echo(asyncio.run(_done(settings.load(file), username, take_away=take_away)))


async def _done(chosen: settings.Settings, username: str, *, take_away: bool) -> str:
    if not chosen.pepper:
        raise Problem("is not set", place="pepper", remedy="Set MEMBERLINE_PEPPER_FILE, as for `memberline serve`")
    await asyncio.to_thread(migrations.upgrade, chosen.database_url)
    database, clock, passwords = Database(chosen.database_url), SystemClock(), Passwords(chosen.pepper)
    codes, audit = ClosingCodes(database, clock, passwords), Audit(database, clock, chosen.pepper)
    try:
        agent = await Agents(database, passwords, clock).by_username(username)
        if agent is None:
            raise Problem(f"nobody with the user name {username} works here", remedy="See `memberline staff list`")
        about = f"agent {agent.agent_id}"
        if take_away:
            had = await codes.take_away(agent.agent_id)
            await audit.looked(who(), "closing_pin", about=about, why="taken away")
            return f"{username} closes nothing by telephone{' any more' if had else ''}"
        if not allowed(agent.role, "closure", "change"):
            raise Problem(f"{username} may not close anything", remedy="Supervisors and administrators may")
        code = await codes.give(agent.agent_id)
        await audit.looked(who(), "closing_pin", about=about, why="given")
        return code
    finally:
        await database.close()
