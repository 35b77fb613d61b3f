"""Asterisk's configuration from values: a complete private one, and the snippets that any Asterisk includes."""

from __future__ import annotations

import re
import secrets
import socket
import wave
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
import numpy as np
from numpy.typing import NDArray

from telephony.pbx.find import Asterisk

RATE = 8000  # samples a second, of every sound here
_LANGUAGE = re.compile(r"[a-z]{2,3}([_-][A-Za-z0-9]+)*")
TEMPLATES = Path(__file__).parent / "templates"
CODES = {"*45": "break", "*46": "", "*47": "lunch", "*48": "meeting"}  # empty: takes calls again
NEEDED_MODULES = tuple((Path(__file__).parent / "modules.txt").read_text().split())


@dataclass(frozen=True)
class Device:
    """A telephone that registers: its endpoint, who it shows as, and the extension that rings it."""

    name: str
    display: str
    number: str
    password: str

    @property
    def interface(self) -> str:
        """As queues name it."""
        return f"PJSIP/{self.name}"


@dataclass(frozen=True)
class Member:
    """A device's membership of a queue; a lower penalty is tried first."""

    device: str
    name: str
    penalty: int = 0


@dataclass(frozen=True)
class Widening:
    """After `seconds` of waiting (0: from the beginning), members up to `penalty` are rung."""

    seconds: int
    penalty: int


@dataclass(frozen=True)
class Queue:
    """`members` are fixed ones; agents who sign on join by themselves.

    `widen`: who is rung for a caller at first and later (empty: everybody, those of the lowest penalty first).
    `priority`: callers of a higher one are served before all others who wait, unless the menu gave them their own.
    """

    name: str
    members: tuple[Member, ...] = ()
    patience_s: int = 600
    widen: tuple[Widening, ...] = ()
    priority: int = 0
    ring_s: int = 15


@dataclass(frozen=True)
class Destination:
    """Where a transfer leads: a queue, or one device. By its number an agent's keys reach it, too."""

    id: str
    number: str = ""
    queue: str = ""
    device: str = ""
    ring_s: int = 30


@dataclass(frozen=True)
class Ports:
    """Of a private Asterisk, all on loopback."""

    ami: int
    sip: int
    rtp_first: int
    rtp_last: int

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody uses now. RTP gets a stretch of 400 even-numbered pairs."""
        with ExitStack() as held:
            ami = held.enter_context(socket.create_server(("127.0.0.1", 0)))
            sip = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sip.bind(("127.0.0.1", 0))
            first = 20_000 + 2 * secrets.randbelow(10_000)
            return cls(ami.getsockname()[1], sip.getsockname()[1], first, first + 800)


@dataclass(frozen=True)
class Site:
    """What is particular to one phone system."""

    queues: tuple[Queue, ...]
    destinations: tuple[Destination, ...]
    devices: tuple[Device, ...] = ()
    system_name: str = "pbx"
    number: str = "5550100"
    permit: str = "127.0.0.1/255.255.255.255"
    codes: Mapping[str, str] = field(default_factory=lambda: CODES)  # dialled by agents → state
    alive_within_s: int = 15
    menu_unheard_s: int = 5  # a caller in the menu goes on to a person when Memberline was silent for as long
    outside: str = "PJSIP/{number}@trunk"  # how a number outside is dialled
    outside_ring_s: int = 30
    callback_priority: int = 1000  # of who is called back when it is their turn: before all who wait
    telephones_asked_s: int = 15  # how often each says that it is still there
    listen_secret: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    act_secret: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    trunk_secret: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)


def snippets(site: Site) -> dict[str, str]:
    """File name → text: what an operator's Asterisk includes."""
    return _rendered("snippets", vars(site))


def write_private(folder: Path, asterisk: Asterisk, site: Site, ports: Ports, prompts: Path) -> None:
    """A complete configuration and its folders under `folder`.

    `prompts` holds the sounds of `memberline/` and of `digits/` in English, and a folder for every other language.
    """
    for name in ("etc", "lib/keys", "lib/agi-bin", "share/sounds/en", "share/moh", "spool", "run", "log"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    load = [name for name in NEEDED_MODULES if (asterisk.modules / f"{name}.so").exists()]
    values = {**vars(site), "base": folder, "modules": asterisk.modules, "ports": ports, "load": load}
    for name, text in {**_rendered("private", values), **snippets(site)}.items():
        target = (
            folder
            / "etc"
            / name.replace("_sqlite3_custom_memberline", "_sqlite3_custom").replace("cel_memberline", "cel")
        )
        target.touch(mode=0o600)
        target.write_text(text)
    for empty in _EMPTY:
        (folder / "etc" / empty).touch()
    others = {path.name: path for path in prompts.glob("*") if _LANGUAGE.fullmatch(path.name) and path.is_dir()}
    for language, sounds in {"en": prompts, **others}.items():
        (folder / "share/sounds" / language).mkdir(exist_ok=True)
        _link(folder / "share/sounds" / language / "memberline", sounds)
        if (sounds / "digits").is_dir():
            _link(folder / "share/sounds" / language / "digits", sounds / "digits")
    # Without its documentation folder Asterisk's Stasis does not start.
    documentation = asterisk.prefix / "usr/share/asterisk/documentation"
    if documentation.is_dir():
        _link(folder / "share/documentation", documentation)
    else:
        (folder / "share/documentation").mkdir(exist_ok=True)
    _write_music(folder / "share/moh/waiting.wav")
    for name, (hertz, seconds) in _TONES.items():
        _write_tone(folder / f"share/sounds/en/{name}.wav", hertz, seconds)


# What an agent hears when consulting; without these sounds the caller would hear the keys instead.
_TONES = {"pbx-transfer": (880.0, 0.15), "beep": (660.0, 0.15), "beeperr": (220.0, 0.4)}


# Files that Asterisk's modules insist on, whatever is in them.
_EMPTY = (
    *("acl.conf", "ari.conf", "ccss.conf", "cli.conf", "cli_aliases.conf", "codecs.conf", "dnsmgr.conf", "http.conf"),
    *("pjproject.conf", "sorcery.conf", "stasis.conf", "udptl.conf"),
)


def _rendered(kind: str, values: dict[str, object]) -> dict[str, str]:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES / kind),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        keep_trailing_newline=True,
    )
    return {
        name.removesuffix(".j2"): environment.get_template(name).render(values) for name in environment.list_templates()
    }


def _link(link: Path, target: Path) -> None:
    if link.is_symlink():
        link.unlink()
    link.symlink_to(target.resolve())


def _write_music(path: Path) -> None:
    """A quiet chord that comes and goes every eight seconds: waiting should not sound like being cut off."""
    seconds = 8
    t = np.arange(seconds * RATE) / RATE
    swell = 0.5 - 0.5 * np.cos(2 * np.pi * t / seconds)
    chord = sum(np.sin(2 * np.pi * hertz * t) for hertz in (220.0, 277.2, 329.6))
    _write_wave(path, chord * swell * 700)


def _write_tone(path: Path, hertz: float, seconds: float) -> None:
    t = np.arange(int(seconds * RATE)) / RATE
    _write_wave(path, np.sin(2 * np.pi * hertz * t) * np.sin(np.pi * t / seconds) * 4000)


def _write_wave(path: Path, samples: NDArray[np.float64]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
