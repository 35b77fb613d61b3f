"""One origin behind Debian's nginx, with the file that the documentation gives; and TLS without a proxy."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from waiting import until_found
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from wire_house import TwoPeople

from core.clock import SystemClock
from core.errors import Problem
from memberline import addresses
from memberline.paths import SERVERS
from memberline.settings import Settings
from memberline.setup import servers
from realtime.bus import InProcessBus
from realtime.gateway import Gateway
from realtime.http import HttpServer, create_app
from realtime.tickets import Tickets

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "nginx.conf"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, private


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@asynccontextmanager
async def service(settings: Settings) -> AsyncIterator[tuple[int, int]]:
    """Desk and gateway as the settings say; their ports."""
    clock, bus, tls = SystemClock(), InProcessBus(), addresses.tls_context(settings)
    origin, tickets = addresses.origin(settings), Tickets(clock)
    gateway = Gateway(bus, tickets, port=settings.gateway_port, origins=(origin,), tls=tls)
    await gateway.start()
    app = create_app(
        bus=bus,
        clock=clock,
        authenticator=TwoPeople(),
        tickets=tickets,
        gateway_url=addresses.gateway(settings, gateway.port),
        origins=(origin,),
        secure=origin.startswith("https:"),
        proxies=settings.trusted_proxies,
    )
    server = HttpServer(app, "127.0.0.1", settings.http_port, tls=tls)
    await server.start()
    try:
        yield server.port, gateway.port
    finally:
        await server.stop()
        await gateway.stop()


@asynccontextmanager
async def nginx(
    folder: Path, port: int, desk: int, gateway: int, certificate: tuple[Path, Path]
) -> AsyncIterator[None]:
    """The documented file with this test's ports and folders."""
    program = servers.program("nginx", SERVERS)
    assert program is not None, "There is no nginx. Run `make setup`."
    text = EXAMPLE.read_text()
    for pattern, here in (
        (r"listen 443", f"listen 127.0.0.1:{port}"),
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{desk}"),
        (r"127\.0\.0\.1:8001", f"127.0.0.1:{gateway}"),
        (r"/etc/ssl/memberline/fullchain\.pem", str(certificate[0])),
        (r"/etc/ssl/memberline/key\.pem", str(certificate[1])),
        (r"phones\.example\.org;", "localhost;"),
        (r"proxy_set_header Host \$host;", "proxy_set_header Host $host:$server_port;"),  # 443 goes without saying
        (r"worker_processes auto", "worker_processes 1"),
        (r"worker_connections \d+", "worker_connections 100"),
        (r"include mime\.types;", ""),
    ):
        text, found = re.subn(pattern, here, text)
        assert found, f"{pattern} is not in the example"
    bodies = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    text = text.replace("http {", f"http {{\nclient_body_temp_path {folder}/body;\n{bodies}", 1)
    (folder / "nginx.conf").write_text(f"daemon off;\nuser root;\npid {folder}/pid;\nerror_log stderr;\n{text}")
    process = await asyncio.create_subprocess_exec(
        str(program),
        *("-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"),
        env={**os.environ, "LD_LIBRARY_PATH": servers.libraries(SERVERS)},
        stderr=asyncio.subprocess.PIPE,
    )

    async def answers() -> bool:
        assert process.returncode is None, (await process.stderr.read()).decode()  # type: ignore[union-attr]
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await until_found(answers, within=10)
        yield
    finally:
        process.terminate()
        await process.wait()


def trusting(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))


async def works(base: str, certificate: tuple[Path, Path], gateway: str) -> None:
    """Sign in, get a ticket, open the websocket with it: what a browser does."""
    tls = trusting(certificate)
    jar = CookieJar(unsafe=True)
    async with ClientSession(
        base, cookie_jar=jar, connector=TCPConnector(ssl=tls), headers={"Origin": base}
    ) as browser:
        async with browser.post("/api/session", json={"username": "ann", "password": "ann"}) as answer:
            assert answer.status == 200
            cookie = answer.headers["Set-Cookie"]
            assert {"Secure", "HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))
        async with browser.post("/api/ticket") as answer:
            url = (await answer.json())["url"]
        assert url.startswith(gateway)
        async with connect(url, ssl=tls, origin=base) as wire:  # type: ignore[arg-type]
            assert '"hello"' in str(await wire.recv())
        with pytest.raises(InvalidStatus):
            await connect(url, ssl=tls, origin="https://evil.example")  # type: ignore[arg-type]
        foreign = {"Origin": "https://evil.example"}
        async with browser.post("/api/ticket", headers=foreign) as answer:
            assert answer.status == 403


async def test_one_origin_behind_nginx(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    port = free_port()
    base = f"https://localhost:{port}"
    settings = Settings(public_url=base, trusted_proxies=("127.0.0.1",), http_port=0, gateway_port=0)
    async with service(settings) as (desk, gateway), nginx(tmp_path, port, desk, gateway, certificate):
        await works(base, certificate, f"wss://localhost:{port}/ws/?")


async def test_tls_without_a_proxy(certificate: tuple[Path, Path]) -> None:
    port = free_port()
    settings = Settings(
        http_host="localhost",
        http_port=port,
        gateway_host="localhost",
        gateway_port=0,
        tls_certificate=str(certificate[0]),
        tls_key=str(certificate[1]),
    )
    async with service(settings) as (_, gateway):
        await works(f"https://localhost:{port}", certificate, f"wss://localhost:{gateway}/")


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"tls_certificate": "/nowhere.pem", "tls_key": "/nowhere.key"}, "/nowhere.pem"),
        ({"tls_certificate": "/nowhere.pem"}, "tls_certificate and tls_key"),
        ({"tls_certificate": __file__, "tls_key": __file__}, __file__),
    ],
)
def test_a_certificate_that_does_not_fit_is_one_clear_problem(changed: dict[str, str], place: str) -> None:
    with pytest.raises(Problem, match=re.escape(place)):
        addresses.tls_context(Settings(**changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["phones.example.org", "ftp://x", "https://x/path", "https://"])
def test_a_public_url_that_is_no_origin_is_refused(url: str) -> None:
    with pytest.raises(Problem, match="public_url"):
        addresses.origin(Settings(public_url=url))
