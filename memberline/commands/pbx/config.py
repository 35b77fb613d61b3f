"""`memberline pbx config`: what an existing Asterisk or FreePBX includes."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from assist.advice import directory as directories
from core.errors import Problem
from memberline import queues as queue_lines
from memberline.commands.pbx.delivering import deliver
from telephony.pbx.config import Destination, Queue, Site, snippets

FIRST = "member_services"  # where the menu leads, and callers whom it cannot serve


@click.command()
@click.option("--install", type=click.Path(path_type=Path), help="Write the files into this folder (/etc/asterisk).")
@click.option(
    "--permit", default="127.0.0.1/255.255.255.255", show_default=True, help="Where Memberline connects from."
)
@click.option("--queue", "names", multiple=True, metavar="NAME", help=f"A queue beside {FIRST}. May be given often.")
@click.option(
    "--queues", "file", type=click.Path(path_type=Path), help="Queues with who is rung when (TOML), as in `queues`."
)
@click.option(
    "--directory", type=click.Path(path_type=Path), help="The transfer directory; the sample plan's if left out."
)
@click.option(
    "--device", "devices", multiple=True, metavar="DESTINATION=DEVICE", help="Where a destination's calls ring."
)
@click.option("--force", is_flag=True, help="Replace files that are there already; their secrets go with them.")
def command(
    *,
    install: Path | None,
    permit: str,
    names: tuple[str, ...],
    file: Path | None,
    directory: Path | None,
    devices: tuple[str, ...],
    force: bool,
) -> None:
    """Print, or install, the snippets that an existing Asterisk or FreePBX includes.

    Each file says at its top where it is included. On FreePBX these are the files
    that end in _custom.conf. A destination without a device of its own goes to the first queue.
    Secrets are made anew each time the files are made.
    """
    places = directories.load(directory) if directory else directories.load()
    lines = queue_lines.load(file or "")
    queues = list(dict.fromkeys((FIRST, *names, *lines)))
    wanted = dict(_pair(each) for each in devices)
    internal = [place.id for place in places.destinations if place.kind == "internal"]
    if unknown := sorted(set(wanted) - set(internal)):
        raise Problem(f"{', '.join(unknown)}: no such destination", remedy=f"There are {', '.join(internal)}")
    site = Site(
        queues=tuple(lines[name].queue(name) if name in lines else Queue(name) for name in queues),
        destinations=tuple(
            Destination(each, device=wanted[each]) if each in wanted else Destination(each, queue=queues[0])
            for each in internal
        ),
        permit=permit,
        listen_secret=secrets.token_urlsafe(18),
        act_secret=secrets.token_urlsafe(18),
    )
    if deliver(snippets(site), install, force=force, remedy="Use --force to replace them, with new secrets"):
        click.echo("Now add the #include lines named at the top of each file, and: asterisk -rx 'core reload'")


def _pair(text: str) -> tuple[str, str]:
    destination, separator, device = text.partition("=")
    if not separator or "/" not in device:
        raise Problem(f"--device {text}: expected DESTINATION=TECHNOLOGY/NAME, as in supervisor=PJSIP/201")
    return destination, device
