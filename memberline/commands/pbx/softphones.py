"""`memberline pbx softphones`: what an Asterisk needs so that agents' pages can be telephones."""

from __future__ import annotations

from pathlib import Path

import click

from memberline.commands.pbx.delivering import deliver
from telephony.pbx.webrtc import WebSockets, snippets


@click.command()
@click.option("--install", type=click.Path(path_type=Path), help="Write the files into this folder (/etc/asterisk).")
@click.option("--host", default="0.0.0.0", show_default=True, help="The address of Asterisk's WebSocket.")
@click.option("--port", default=8088, show_default=True, help="Its port without TLS.")
@click.option("--tls-port", default=8089, show_default=True, help="Its port with TLS.")
@click.option("--certificate", default="", help="A certificate (PEM) that browsers trust, as the desk's.")
@click.option("--key", default="", help="Its key (PEM).")
@click.option("--force", is_flag=True, help="Replace files that are there already.")
def command(
    *, install: Path | None, host: str, port: int, tls_port: int, certificate: str, key: str, force: bool
) -> None:
    """Print, or install, what an existing Asterisk or FreePBX includes for telephones in pages.

    Each file says at its top where it is included.
    """
    files = snippets(WebSockets(host=host, port=port, tls_port=tls_port, certificate=certificate, key=key))
    if deliver(files, install, force=force, remedy="Use --force to replace them"):
        click.echo("Now add what the top of each file says, and restart Asterisk")
