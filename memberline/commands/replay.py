"""`memberline replay`: tell the story of a recorded AMI stream."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from core.errors import Problem
from core.events import encode
from telephony.replay import Replay, replay


@click.command()
@click.argument("trace", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the calls and the events as JSON.")
@click.option("--system", default="pbx", show_default=True, help="The PBX's name, part of every call's id.")
def command(trace: Path, as_json: bool, system: str) -> None:
    """Feed a recorded AMI stream to the trackers and tell the story.

    The time of everything is the stream's own. Calls still going on at its end are told up to there.
    """
    try:
        stream = trace.read_bytes()
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", place=str(trace)) from error
    told = replay(stream, system)
    if as_json:
        click.echo(msgspec.json.format(encode(told), indent=2).decode())
    else:
        _show(told)


def _show(told: Replay) -> None:
    console = Console()
    calls = Table("Call", "Caller", "Queues", "Agents", "Outcome", "Wait", "Talk", "Holds", "Transfers")
    for call in told.calls:
        sent = ", ".join(f"{t.kind} to {t.to}{'' if t.completed else ' (not completed)'}" for t in call.transfers)
        seconds = (f"{call.wait_s:.1f} s", f"{call.talk_s:.1f} s", str(call.holds))
        queues, agents = ", ".join(call.queues), ", ".join(call.agents)
        calls.add_row(call.linkedid, call.caller, queues, agents, call.outcome, *seconds, sent)
    console.print(calls)
    for event in told.events:
        at: datetime = event.at
        facts = {name: value for name, value in msgspec.structs.asdict(event).items() if name not in ("at", "call_id")}
        console.print(f"{at:%H:%M:%S.%f} {type(event).__name__} {facts}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"{told.ignored} messages meant nothing to the trackers")
