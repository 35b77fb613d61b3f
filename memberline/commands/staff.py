"""`memberline staff`: who works here, in the records; a running service carries changes out within a second."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import click
import msgspec
from rich.console import Console
from rich.table import Table

import migrations
from core.access import ROLES
from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from core.events import encode
from memberline import queues, settings
from memberline.commands import closing_pin
from memberline.operators import who as _who
from records.agent_times import AgentTimes, TimeSpent
from records.agents import Agent, Agents, Hired, Moved
from records.audit import Audit
from records.passwords import Passwords
from records.second_factor import SecondFactor

T = TypeVar("T")
Kind = TypeVar("Kind", Hired, Moved)


@click.group()
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML), as for `memberline serve`.")
@click.pass_context
def command(context: click.Context, file: Path | None) -> None:
    """Who works here: hire, move, leave. A running service carries every change out within a second."""
    context.obj = file


command.add_command(closing_pin.command)


def _facts(function: Callable[..., None]) -> Callable[..., None]:
    """The options that say what a person is and may do."""
    for option in reversed(
        (
            click.option("--name", help="First and last name."),
            click.option("--role", type=click.Choice(ROLES)),
            click.option("--level", type=click.IntRange(1, 4)),
            click.option("--specialty", "specialties", multiple=True, help="May be given several times."),
            click.option("--language", "languages", multiple=True, help="May be given several times."),
            click.option(
                "--queue",
                "queues",
                multiple=True,
                metavar="QUEUE[=PENALTY]",
                help="A right; 0 is rung first. Without a penalty: by level and skills.",
            ),
            click.option("--cleared/--not-cleared", default=None, help="May see protected members."),
            click.option("--password", is_flag=True, help="Ask for a password (it is never an argument)."),
        )
    ):
        function = option(function)
    return function


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(file: Path | None, as_json: bool) -> None:
    """Everybody who works here."""

    async def read(agents: Agents, *_: object) -> tuple[Agent, ...]:
        return await agents.all()

    people = _run(file, read)
    if as_json:
        click.echo(encode(people))
        return
    table = Table(box=None, pad_edge=False)
    for head in ("user name", "name", "role", "level", "queues", "telephone"):
        table.add_column(head)
    for one in people:
        rights = ", ".join(f"{queue}={penalty}" for queue, penalty in sorted(one.queues.items()))
        table.add_row(one.username, one.name, one.role, str(one.level), rights, one.device or "")
    Console(highlight=False).print(table)


@command.command()
@click.argument("username")
@_facts
@click.pass_obj
def hire(file: Path | None, /, username: str, **facts: object) -> None:
    """Somebody new, who signs in as USERNAME."""
    hired = _filled(Hired, {"username": username, "name": username, **_given(facts)})

    async def store(agents: Agents, audit: Audit, _: AgentTimes) -> Agent:
        return await agents.hire(hired, audit.note(_who(), "hire"))

    click.echo(f"{_run(file, store).username} works here now")


@command.command()
@click.argument("username")
@_facts
@click.pass_obj
def move(file: Path | None, /, username: str, **facts: object) -> None:
    """What is given changes, the rest stays. Other rights end the person's sessions at once."""
    moved = _filled(Moved, _given(facts))

    async def store(agents: Agents, audit: Audit, _: AgentTimes) -> Agent:
        agent = await _named(agents, username)
        return await agents.move(agent.agent_id, moved, audit.note(_who(), "move"))

    _run(file, store)
    click.echo(f"{username} is changed")


@command.command("second-factor")
@click.argument("username")
@click.pass_obj
def second_factor(file: Path | None, username: str) -> None:
    """Give somebody a second factor: prints the address that their authenticator app reads, once."""

    async def store(agents: Agents, audit: Audit, _: AgentTimes) -> str:
        agent = await _named(agents, username)
        factor = SecondFactor(agents, SystemClock(), settings.load(file).pepper)
        return await factor.enrol(agent.agent_id, username, audit.note(_who(), "second_factor"))

    click.echo(_run(file, store))


@command.command()
@click.argument("username")
@click.option("--days", type=click.IntRange(1, 366), default=1, show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def times(file: Path | None, username: str, days: int, as_json: bool) -> None:
    """How long somebody was in each state. What lasts counts up to now."""
    now = SystemClock().now()

    async def read(agents: Agents, _: Audit, times: AgentTimes) -> tuple[TimeSpent, ...]:
        return await times.spent((await _named(agents, username)).agent_id, now - timedelta(days=days))

    spent = _run(file, read)
    if as_json:
        click.echo(encode(spent))
        return
    sums: Counter[str] = Counter()
    for one in spent:
        sums[f"{one.presence} {one.reason}".strip()] += round(((one.ended_at or now) - one.began_at).total_seconds())
    table = Table(box=None, pad_edge=False)
    table.add_column("state")
    table.add_column("h:mm:ss", justify="right")
    for state, seconds in sums.most_common():
        table.add_row(state, str(timedelta(seconds=seconds)))
    Console(highlight=False).print(table)


@command.command()
@click.argument("username")
@click.confirmation_option(prompt="Sessions, telephone and rights end at once. Go on?")
@click.pass_obj
def leave(file: Path | None, username: str) -> None:
    """Somebody works here no more."""

    async def store(agents: Agents, audit: Audit, _: AgentTimes) -> None:
        agent = await _named(agents, username)
        await agents.leave(agent.agent_id, audit.note(_who(), "leave"))

    _run(file, store)
    click.echo(f"{username} works here no more")


async def _named(agents: Agents, username: str) -> Agent:
    found = await agents.by_username(username)
    if found is None:
        raise Problem(f"nobody with the user name {username} works here", remedy="See `memberline staff list`")
    return found


def _given(facts: dict[str, object]) -> dict[str, object]:
    """The options that were given, in the words of `Hired` and `Moved`."""
    given = {name: value for name, value in facts.items() if value not in (None, ())}
    if rights := given.get("queues"):
        assert isinstance(rights, tuple)
        pairs = [text.partition("=") for text in rights]
        given["queues"] = {queue: int(penalty) if penalty.isdigit() else penalty or None for queue, _, penalty in pairs}
    if given.pop("password"):
        given["password"] = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return given


def _filled(kind: type[Kind], values: dict[str, object]) -> Kind:
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise Problem(str(error), place="staff") from error


def _run(file: Path | None, work: Callable[[Agents, Audit, AgentTimes], Awaitable[T]]) -> T:
    async def run() -> T:
        async with _opened(file) as records:
            return await work(*records)

    return asyncio.run(run())


@asynccontextmanager
async def _opened(file: Path | None) -> AsyncIterator[tuple[Agents, Audit, AgentTimes]]:
    chosen, clock = settings.load(file), SystemClock()
    if not chosen.pepper:
        raise Problem("is not set", place="pepper", remedy="Set MEMBERLINE_PEPPER_FILE, as for `memberline serve`")
    await asyncio.to_thread(migrations.upgrade, chosen.database_url)
    database = Database(chosen.database_url)
    try:
        agents = Agents(database, Passwords(chosen.pepper), clock, queues=queues.load(chosen.queues))
        yield agents, Audit(database, clock, chosen.pepper), AgentTimes(database)
    finally:
        await database.close()
