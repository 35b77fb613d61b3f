"""Telephones in pages: what the PBX must load and be told so that a browser can be one (SIP over WebSocket, DTLS-SRTP).

Asterisk makes a fresh DTLS certificate for every call and sends its fingerprint over the page's own TLS connection, so
there is no key file to keep or to renew. The telephones themselves come and go (`telephony.softphones`).
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

import jinja2

from core.errors import Problem

FAMILY = "memberline-softphone"  # of the telephones in the PBX's own database
PATH = "/ws"
MODULES = ("res_http_websocket", "res_sorcery_astdb", "res_srtp", "res_pjsip_transport_websocket")
TEMPLATES = Path(__file__).parent / "templates" / "webrtc"
_INCLUDED_IN = {"pjsip.conf": "pjsip_memberline_softphones.conf", "sorcery.conf": "sorcery_memberline_softphones.conf"}
_HTTP = "http_memberline_softphones.conf"


@dataclass(frozen=True)
class WebSockets:
    """Where pages reach the PBX. With a `certificate` and its `key` (PEM files) also by wss, on `tls_port`."""

    host: str = "127.0.0.1"
    port: int = 8088
    tls_port: int = 8089
    certificate: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if bool(self.certificate) != bool(self.key):
            raise Problem("a certificate and its key belong together", place="softphones", remedy="Give both or none")

    @property
    def url(self) -> str:
        return f"wss://{self.host}:{self.tls_port}{PATH}" if self.certificate else f"ws://{self.host}:{self.port}{PATH}"

    @classmethod
    def free(cls) -> WebSockets:
        """On loopback, at a port that nobody uses now."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            return cls(port=probe.getsockname()[1])


def snippets(sockets: WebSockets) -> dict[str, str]:
    """File name → text: what an operator's Asterisk includes."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        keep_trailing_newline=True,
    )
    values = {**vars(sockets), "family": FAMILY}
    return {
        name.removesuffix(".j2"): environment.get_template(name).render(values) for name in environment.list_templates()
    }


def add_to_private(folder: Path, sockets: WebSockets) -> None:
    """Give the private Asterisk whose configuration lies under `folder` telephones in pages, once it starts again.

    Done twice it changes nothing.
    """
    etc = folder / "etc"
    files = snippets(sockets)
    (etc / "http.conf").write_text(files.pop(_HTTP))
    for name, text in files.items():
        (etc / name).write_text(text)
    for file, name in _INCLUDED_IN.items():
        _add(etc / file, f"#include {name}")
    for module in MODULES:
        _add(etc / "modules.conf", f"load={module}.so")


def _add(file: Path, line: str) -> None:
    text = file.read_text()
    if line not in text.splitlines():
        file.write_text(f"{text.rstrip()}\n{line}\n")
