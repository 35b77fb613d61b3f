"""Every setting, with its default. Read from a TOML file, then from `MEMBERLINE_<NAME>` in the environment.

A secret may also be given as the path of a file that holds it: `MEMBERLINE_<NAME>_FILE`. The command line takes none,
because command lines are seen by everybody on the machine.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.errors import Problem
from records.agents import DEVICES

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]

_PREFIX, _FILE = "MEMBERLINE_", "_FILE"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `memberline serve` needs to know. Ports on loopback unless a host says otherwise."""

    # The phone system
    system_name: str = "pbx"
    ami_host: str = "127.0.0.1"
    ami_port: Port = 5038
    ami_listen_user: str = "memberline-listen"
    ami_listen_secret: str = ""
    ami_act_user: str = "memberline-act"
    ami_act_secret: str = ""
    cel_url: str = ""  # SQLAlchemy URL of the PBX's own record (CEL); empty: gaps are marked, not mended
    cel_table: str = "cel"
    trunk_context: str = "memberline"
    transfer_context: str = "memberline-transfer"
    audio_host: str = "127.0.0.1"  # where the PBX reaches our AudioSocket server
    audio_port: Port = 0  # 0: any free port

    bus_url: str = ""  # nats://host:4222 where several machines run; empty: inside this process

    # What is kept
    database_url: str = "sqlite:///memberline.db"
    pepper: str = ""  # mixed into every PIN's hash, kept outside the database
    recording_key: str = ""  # 32 bytes in base64; empty: no call is recorded, and no hidden words are kept
    recording_old_keys: tuple[str, ...] = ()  # of before, until `memberline recordings rewrap` has gone through
    recordings: str = "recordings"  # the folder of the recordings, each encrypted under a key of its own
    retention: str = ""  # how long they are kept (TOML); empty: a year

    # The pension system
    pension_mapping: str = ""  # how it is read and changed (YAML); empty: the members are in our own tables
    pension_url: str = ""  # where it is: a SQLAlchemy URL, or the address of its service
    pension_token: str = ""  # of its service
    change_rules: str = ""  # which changes wait for whom (TOML); empty: the usual ones

    # What helps
    speech_calls: Annotated[int, msgspec.Meta(ge=0)] = 0  # transcribed at a time; 0: as many as the machine can
    speech_model: str = ""  # a path, or a published vosk model's name; empty: the demo speech model
    corrections: tuple[str, ...] = ()  # LANGUAGE=FILE: what is meant where the model hears something else (YAML)
    redaction: tuple[str, ...] = ()  # KIND=MODE, where a kind of secret is not treated as usual
    directory: str = ""  # transfer destinations and topics (YAML); empty: the sample plan's
    site_zone: str = "America/New_York"
    site_holidays: str = "US"  # country, or country-region: on them nothing that was promised falls due
    summary_address: str = ""  # of a language model of the house, up to /v1; empty: none words the summaries
    summary_model: str = ""
    summary_within_s: Seconds = 1.5

    # The desk
    http_host: str = "127.0.0.1"
    http_port: Port = 8000
    gateway_host: str = "127.0.0.1"
    gateway_port: Port = 8001
    metrics_host: str = "127.0.0.1"
    metrics_port: Port | None = None  # of GET /metrics, for monitoring; none: nowhere
    gateway_url: str = ""  # what browsers are told; empty: ws://<gateway_host>:<gateway_port>/
    allowed_origins: tuple[str, ...] = ()  # empty: the desk's own address only
    public_url: str = ""  # what browsers see, where a proxy stands between: https://phones.example.org
    trusted_proxies: tuple[str, ...] = ()  # whose X-Forwarded-For is believed
    tls_certificate: str = ""  # PEM files for both ports; empty: no TLS here
    tls_key: str = ""
    softphone_url: str = ""  # the PBX's WebSocket as browsers reach it: wss://pbx.example.org:8089/ws; empty: none
    softphone_stun: tuple[str, ...] = ()  # servers that tell a page its address outside: stun:host:port
    oidc_issuer: str = ""  # the organisation's identity provider (OpenID Connect); empty: none
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_claim: str = "preferred_username"  # whose value is the user name here
    password_sign_in: bool = True
    two_factor: Literal["off", "optional", "required"] = "off"

    # The callers
    menu: str = ""  # the menu document; empty: the sample plan's
    sounds: str = ""  # the folder of what callers hear, which Asterisk can read too; empty: .pbx/prompts
    menu_speech: tuple[str, ...] = ()  # LANGUAGE=MODEL, beside the one of speech_model: what may be said in menus
    voices: tuple[str, ...] = ()  # LANGUAGE=VOICE, as es=piper:/voices/es.onnx; left out: espeak-ng
    callback_dial: str = "PJSIP/{number}@trunk"  # how a caller is called back
    callback_shown: str = ""  # what they then see, as Name <number>; empty: what the trunk shows
    own_numbers: tuple[str, ...] = ()  # E.164: never called back
    closing_extension: str = ""  # as dialled: leads to the menu for closing; empty: none does
    closing_numbers: tuple[str, ...] = ()  # telephones from which one may close: E.164, or extensions

    # The agents
    wrap_up_s: Seconds = 60.0  # 0: no wrap-up
    no_answers: Annotated[int, msgspec.Meta(ge=0)] = 2  # calls in a row not answered before a pause; 0: never
    away_after_s: Seconds = 30.0  # without a desk; 0: never
    agent_states: tuple[str, ...] = ()  # beside break, lunch, meeting, training, correspondence: name=Label
    agent_devices: str = DEVICES  # a pattern: what agents may sign on with
    queues: str = ""  # whom each queue is for, and who is rung when (TOML); empty: everybody alike
    audit_keep_days: Annotated[int, msgspec.Meta(ge=30)] = 7 * 365


def load(path: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `path` (TOML, optional) and the environment; raises `Problem` naming the place."""
    values: dict[str, object] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text())
        except OSError as error:
            raise Problem(f"cannot be read: {error.strerror}", place=str(path)) from error
        except tomllib.TOMLDecodeError as error:
            raise Problem(f"is not valid TOML: {error}", place=str(path)) from error
    values |= _from_environment(environment)
    place = f"{path} or the environment" if path else "the environment"
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise Problem(str(error), place=place, remedy="docs/operating.md lists every setting") from error
    try:
        re.compile(settings.agent_devices)
    except re.error as error:
        raise Problem(f"agent_devices is no pattern: {error}", place=place, remedy=f"One is {DEVICES}") from error
    try:
        ZoneInfo(settings.site_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Problem(
            f"site_zone {settings.site_zone!r} is no time zone", place=place, remedy="Use a name like America/New_York"
        ) from error
    return settings


def pairs(setting: tuple[str, ...], place: str, form: str) -> Mapping[str, str]:
    """A setting of the `form` WHAT=WHICH as a mapping; raises `Problem` naming the `place` that is none."""
    halves = [each.partition("=") for each in setting]
    if wrong := ["".join(each) for each in halves if not all(each)]:
        raise Problem(f"{wrong[0]!r} is incomplete", place=place, remedy=f"Write {form}")
    return {what: which for what, _, which in halves}


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """The settings among the environment's variables; one that begins like ours and is none is refused."""
    kinds = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    values: dict[str, object] = {}
    for variable in sorted(environment):  # a value comes before the file of the same name, and stands
        if not variable.startswith(_PREFIX):
            continue
        name = variable.removeprefix(_PREFIX).lower()
        if name in kinds:
            values[name] = _typed(environment[variable], kinds[name])
            continue
        of_file = variable.removeprefix(_PREFIX).removesuffix(_FILE).lower()
        if not variable.endswith(_FILE) or of_file not in kinds:
            raise Problem("there is no such setting", place=variable, remedy="docs/operating.md lists every setting")
        try:
            values.setdefault(of_file, Path(environment[variable]).read_text().strip())
        except OSError as error:
            raise Problem(f"{environment[variable]} cannot be read: {error.strerror}", place=variable) from error
    return values


def _typed(text: str, kind: object) -> object:
    """Environment values are text; lists are separated by commas."""
    return [part.strip() for part in text.split(",") if part.strip()] if kind == tuple[str, ...] else text
