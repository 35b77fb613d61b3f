"""Telephones in pages at the PBX: what is written for it, and accounts that open, end and outlive restarts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from centre import site
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.clock import ManualClock
from core.errors import Problem
from memberline.commands.pbx.softphones import command
from memberline.demo.phone import Phone
from memberline.demo.phone.message import SipMessage, authorization, read, token, write
from memberline.paths import ASTERISK, PROMPTS
from telephony.ami.connection import Address
from telephony.ami.errors import ActionFailed
from telephony.ami.link import AmiLink
from telephony.pbx import webrtc
from telephony.pbx.find import find
from telephony.pbx.runner import PrivateAsterisk, private_asterisk
from telephony.softphones import FAMILY, Softphones, Telephone, device_of

AT = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
HOUR_S = 3600.0
Pbx = tuple[PrivateAsterisk, webrtc.WebSockets]


class FakePbx:
    """A database that is written and read as Asterisk's is."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def action(self, fields: dict[str, str], *, within: float = 5.0) -> dict[str, str]:
        key = f"/{fields['Family']}/{fields['Key']}"
        if fields["Action"] == "DBPut":
            self.kept[key] = fields["Val"]
        elif self.kept.pop(key, None) is None:
            raise ActionFailed("Database entry not found")
        return {"Response": "Success"}

    async def list_action(self, fields: dict[str, str], *, within: float = 10.0) -> list[dict[str, str]]:
        found = [
            {"Key": key, "Val": value} for key, value in self.kept.items() if key.startswith(f"/{fields['Family']}/")
        ]
        if not found:
            raise ActionFailed("Database entry not found")
        return found

    def of(self, kind: str, name: str = "page-dana") -> dict[str, str] | None:
        text = self.kept.get(f"/{FAMILY}/{kind}/{name}")
        return json.loads(text) if text else None


def softphones(pbx: FakePbx, clock: ManualClock) -> Softphones:
    numbers = count(1)
    return Softphones(pbx, clock, new_password=lambda: f"secret-{next(numbers)}")


async def test_an_account_is_a_telephone_with_a_password_of_its_own() -> None:
    pbx = FakePbx()
    account = await softphones(pbx, ManualClock(AT)).open("dana", "Dana Whitfield")
    assert (account.name, account.password, account.lasts_s) == ("page-dana", "secret-1", 3600)
    assert account.device == device_of("dana") == "PJSIP/page-dana"
    assert pbx.of("auth") == {"auth_type": "userpass", "username": "page-dana", "password": "secret-1"}
    endpoint = pbx.of("endpoint")
    assert endpoint is not None
    assert endpoint["webrtc"] == "yes"
    assert endpoint["context"] == "memberline-codes"
    assert endpoint["callerid"] == "Dana Whitfield <page-dana>"
    assert "secret" not in repr(account)


async def test_asked_again_the_password_of_before_is_gone() -> None:
    pbx = FakePbx()
    phones = softphones(pbx, ManualClock(AT))
    await phones.open("dana", "Dana")
    await phones.open("dana", "Dana")
    auth = pbx.of("auth")
    assert auth is not None
    assert auth["password"] == "secret-2"


async def test_it_ends_when_its_time_is_over_and_not_before() -> None:
    pbx, clock = FakePbx(), ManualClock(AT)
    phones = softphones(pbx, clock)
    await phones.open("dana", "Dana")
    clock.advance(HOUR_S / 2)
    await phones.open("luis", "Luis")
    clock.advance(HOUR_S / 2 - 1)
    await phones.expire()
    assert pbx.of("auth") is not None
    clock.advance(1)
    await phones.expire()
    assert pbx.of("auth") is None
    assert pbx.of("auth", "page-luis") is not None


async def test_it_ends_in_time_also_when_memberline_was_restarted_meanwhile() -> None:
    pbx, clock = FakePbx(), ManualClock(AT)
    await softphones(pbx, clock).open("dana", "Dana")
    after = softphones(pbx, clock)
    await after.expire()
    assert pbx.of("auth") is not None
    clock.advance(HOUR_S)
    await after.expire()
    assert pbx.of("auth") is None


async def test_closed_twice_is_closed() -> None:
    pbx = FakePbx()
    phones = softphones(pbx, ManualClock(AT))
    await phones.open("dana", "Dana")
    await phones.close("dana")
    await phones.close("dana")
    assert pbx.of("auth") is None
    assert not any("until" in key for key in pbx.kept)


async def test_what_was_taken_out_by_hand_hinders_nothing() -> None:
    pbx = FakePbx()
    phones = softphones(pbx, ManualClock(AT))
    await phones.open("dana", "Dana")
    pbx.kept.clear()
    await phones.close("dana")
    assert (await phones.open("dana", "Dana")).password == "secret-2"


@pytest.mark.parametrize("agent_id", ["", "a b", "a/b", "x" * 60, "a\r\nAction: Command"], ids=range(5))
async def test_an_id_that_cannot_name_a_telephone_is_refused(agent_id: str) -> None:
    with pytest.raises(Problem, match="cannot name a telephone"):
        await softphones(FakePbx(), ManualClock(AT)).open(agent_id, "Dana")


def test_a_name_says_nothing_but_the_name() -> None:
    endpoint = Telephone().objects("page-x", 'Eve" <911>;x=\r\n,y', "secret")["endpoint"]
    assert endpoint["callerid"] == "Eve 911x=y <page-x>"


def test_the_snippets_say_where_they_belong() -> None:
    texts = webrtc.snippets(webrtc.WebSockets(certificate="/etc/desk.pem", key="/etc/desk.key"))
    assert set(texts) == {
        "pjsip_memberline_softphones.conf",
        "sorcery_memberline_softphones.conf",
        "http_memberline_softphones.conf",
    }
    assert all("nclude it at the end of" in text or "Put this into" in text for text in texts.values())
    assert "tlscertfile=/etc/desk.pem" in texts["http_memberline_softphones.conf"]


def test_the_address_of_pages_is_encrypted_where_there_is_a_certificate() -> None:
    assert webrtc.WebSockets(port=8088).url == "ws://127.0.0.1:8088/ws"
    sockets = webrtc.WebSockets(host="pbx.example.org", certificate="c.pem", key="k.pem")
    assert sockets.url == "wss://pbx.example.org:8089/ws"
    with pytest.raises(Problem, match="belong together"):
        webrtc.WebSockets(certificate="c.pem")


def test_the_files_are_printed_or_written_once(tmp_path: Path) -> None:
    printed = CliRunner().invoke(command, ["--certificate", "/etc/desk.pem", "--key", "/etc/desk.key"])
    assert "tlscertfile=/etc/desk.pem" in printed.output
    assert "; ===== sorcery_memberline_softphones.conf =====" in printed.output
    written = CliRunner().invoke(command, ["--install", str(tmp_path)])
    assert written.exit_code == 0
    assert len(list(tmp_path.iterdir())) == 3
    again = CliRunner().invoke(command, ["--install", str(tmp_path)])
    assert isinstance(again.exception, Problem)
    assert CliRunner().invoke(command, ["--install", str(tmp_path), "--force"]).exit_code == 0


# --- at the real Asterisk -----------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    folder = tmp_path_factory.mktemp("pages")
    async with private_asterisk(folder, find(ASTERISK), site(), PROMPTS) as running:
        sockets = webrtc.WebSockets.free()
        webrtc.add_to_private(folder, sockets)
        webrtc.add_to_private(folder, sockets)
        await running.restart()
        yield running, sockets


@asynccontextmanager
async def linked(asterisk: PrivateAsterisk) -> AsyncIterator[AmiLink[None]]:
    address = Address("127.0.0.1", asterisk.ports.ami, "memberline-act", asterisk.site.act_secret)
    link = AmiLink[None]("acting", address, on_event=lambda message: None)
    await link.start()
    yield link
    await link.stop()


async def registered(url: str, name: str, password: str) -> int:
    """The status with which the PBX answers a page that wants to be this telephone."""
    async with ClientSession() as session, session.ws_connect(url, protocols=("sip",)) as socket:
        call_id, tag = token(), token()
        challenge = await _register(socket, name, call_id, tag, 1, "")
        if challenge.status != 401:
            return challenge.status
        asked = challenge.header("www-authenticate")
        proof = authorization(asked, user=name, password=password, method="REGISTER", uri="sip:127.0.0.1")
        return (await _register(socket, name, call_id, tag, 2, proof)).status


async def _register(
    socket: ClientWebSocketResponse, name: str, call_id: str, tag: str, sequence: int, proof: str
) -> SipMessage:
    headers = [
        ("Via", f"SIP/2.0/WS page.invalid;branch=z9hG4bK{token()}"),
        ("Max-Forwards", "70"),
        ("From", f"<sip:{name}@127.0.0.1>;tag={tag}"),
        ("To", f"<sip:{name}@127.0.0.1>"),
        ("Call-ID", call_id),
        ("CSeq", f"{sequence} REGISTER"),
        ("Contact", f"<sip:{name}@page.invalid;transport=ws>;expires=30"),
    ]
    headers += [("Authorization", proof)] if proof else []
    await socket.send_str(write("REGISTER sip:127.0.0.1 SIP/2.0", headers).decode())
    while True:
        message = await socket.receive(timeout=5)
        assert message.type is WSMsgType.TEXT
        answer = read(message.data.encode())
        if answer is not None and answer.status >= 200:
            return answer


@pytest.mark.pbx
async def test_a_page_registers_with_its_password_and_nobody_with_another(pbx: Pbx) -> None:
    asterisk, sockets = pbx
    async with linked(asterisk) as link:
        phones = Softphones(link, ManualClock(AT))
        account = await phones.open("mia", "Mia Torres")
        assert await registered(sockets.url, account.name, "guessed") in (401, 403)
        assert await registered(sockets.url, account.name, account.password) == 200
        newer = await phones.open("mia", "Mia Torres")
        assert await registered(sockets.url, account.name, account.password) in (401, 403)
        assert await registered(sockets.url, newer.name, newer.password) == 200


@pytest.mark.pbx
async def test_without_an_account_nobody_gets_in(pbx: Pbx) -> None:
    asterisk, sockets = pbx
    async with linked(asterisk) as link:
        phones = Softphones(link, ManualClock(AT))
        assert await registered(sockets.url, "page-nobody", "") in (401, 403)
        account = await phones.open("noa", "Noa")
        await phones.close("noa")
        assert await registered(sockets.url, account.name, account.password) >= 400
        assert await registered(sockets.url, account.name, "") >= 400


@pytest.mark.pbx
async def test_accounts_outlive_a_restart_of_the_pbx_and_end_all_the_same(tmp_path: Path) -> None:
    clock, sockets = ManualClock(AT), webrtc.WebSockets.free()
    async with private_asterisk(tmp_path, find(ASTERISK), site(), PROMPTS) as running:
        webrtc.add_to_private(tmp_path, sockets)
        await running.restart()
        async with linked(running) as link:
            account = await Softphones(link, clock, lasts=timedelta(minutes=30)).open("ola", "Ola")
        await running.stop()  # in order: what was written in a crash's last second may be lost
        await running.restart()
        async with linked(running) as link:
            assert await registered(sockets.url, account.name, account.password) == 200
            clock.advance(1800)
            await Softphones(link, clock).expire()
            assert await registered(sockets.url, account.name, account.password) >= 400


@pytest.mark.pbx
async def test_telephones_on_tables_register_as_before(pbx: Pbx) -> None:
    asterisk, _ = pbx
    phone = Phone("dana", "dana-secret", ("127.0.0.1", asterisk.ports.sip))
    await phone.start()
    await phone.register()
    await phone.stop()


def self_signed(folder: Path) -> tuple[str, str]:
    """The files of a certificate for this machine, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "desk.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "desk.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(folder / "desk.pem"), str(folder / "desk.key")


@pytest.mark.pbx
async def test_it_speaks_by_wss_too(tmp_path: Path) -> None:
    """With the certificate of the desk, as browsers ask for."""
    certificate, key = self_signed(tmp_path)
    async with private_asterisk(tmp_path / "pbx", find(ASTERISK), site(), PROMPTS) as running:
        plain, encrypted = webrtc.WebSockets.free(), webrtc.WebSockets.free()
        sockets = webrtc.WebSockets(port=plain.port, tls_port=encrypted.port, certificate=certificate, key=key)
        webrtc.add_to_private(tmp_path / "pbx", sockets)
        await running.restart()
        async with linked(running) as link:
            account = await Softphones(link, ManualClock(AT)).open("pia", "Pia")
        async with ClientSession() as session, session.ws_connect(sockets.url, protocols=("sip",), ssl=False) as socket:
            answer = await _register(socket, account.name, token(), token(), 1, "")
            assert answer.status == 401
